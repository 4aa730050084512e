// Command schakel is the one program: it makes homes, runs the gateway and a
// partner's connector, and holds every command of a partner. See README.md.
package main

import (
	"os"
	"os/signal"
	"syscall"

	"schakel/connectors/line"
)

// commands is the command tree; the struct of a command is its documentation.
type commands struct {
	line.Flags
	line.Partner

	Init    initCmd    `cmd:"" help:"Make the home of a gateway or of a partner, or enter a document." group:"gateway"`
	Gateway gatewayCmd `cmd:"" help:"Run the gateway." group:"gateway"`
	Broker  brokerCmd  `cmd:"" help:"Run a gateway's broker apart, in a process of its own." group:"gateway"`
	Check   checkCmd   `cmd:"" help:"Check a register against itself and against checkpoints that were kept." group:"gateway"`
	Decide  decideCmd  `cmd:"" help:"Ask the rules one question, without a gateway." group:"law"`
	Cases   casesCmd   `cmd:"" help:"Run the casebook through the rules, one line a case." group:"law"`
	Rules   rulesCmd   `cmd:"" help:"The rules in force, and how the law changes: propose, sign, activate." group:"law"`
	Replay  replayCmd  `cmd:"" help:"Ask recorded decisions again under the rules of their day." group:"law"`
	Demo    demoCmd    `cmd:"" help:"Play a whole case with real parts in a temporary folder." group:"look"`
	Bench   benchCmd   `cmd:"" help:"Measure messages through the real parts, beside the bare primitives." group:"look"`
}

func main() {
	signal.Ignore(syscall.SIGPIPE) // a reader that went away is an error of the write
	tree := &commands{}
	session := &line.Session{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Flags: &tree.Flags}
	os.Exit(line.Run("schakel", "Schakel: signed case messages between the people who see child sex tourism and the people who may act on it.", tree, os.Args[1:], session))
}
