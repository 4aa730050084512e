// Package line is the command line of a partner: the same commands in schakel and
// in the small schakel-connector.
//
// # How it speaks
//
// What a person asked for goes to standard output; everything else to standard
// error. A refusal is two lines, in Dutch or English: what happened, with its
// code and its place, and what to do now. It never repeats what was in a file.
// Lists are aligned columns for people, and JSON with --json for programs.
//
// # Exit status
//
//	0  done
//	1  a fault: the disk, the network, a bug
//	2  wrong use: the command, a file or a setting has to be mended
//	3  the answer is no, or not yet
//
// # Secrets
//
// A passphrase comes from the terminal or from a file that only its owner can
// read; never from the command line or the environment, where others can see it.
package line
