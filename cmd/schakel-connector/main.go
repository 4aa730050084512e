// Command schakel-connector is the partner's side alone, small, for a field
// laptop: the same commands as in schakel, without gateway, rules and broker.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"schakel/connectors/line"
)

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that went away is an error of the write
	tree := &struct {
		line.Flags
		line.Partner
	}{}
	session := &line.Session{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Flags: &tree.Flags}
	os.Exit(line.Run("schakel-connector", "The partner's side of Schakel: write, sign, queue, send, receive.", tree, os.Args[1:], session))
}
