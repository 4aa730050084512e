package main_test

import (
	"io"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	main "schakel/cmd/schakel"
	"schakel/schemas"
)

// Every help text has its Dutch, and no Dutch text is left over.
func TestHelpIsThereInDutch(t *testing.T) {
	parser, err := kong.New(main.Tree(), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{
		"Schakel: signed case messages between the people who see child sex tourism and the people who may act on it.": true,
		"The partner's side of Schakel: write, sign, queue, send, receive.":                                            true,
	}
	kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch node := node.(type) {
		case *kong.Node:
			used[node.Help] = true
			if _, note, found := strings.Cut(node.Detail, "\n"); found {
				used[note] = true
			}
			for _, argument := range node.Positional {
				used[argument.Help] = true
			}
		case *kong.Flag:
			used[node.Help] = true
		}
		return next(nil)
	})
	delete(used, "")
	dutch := schemas.Helps("nl")
	for text := range used {
		if dutch[text] == "" {
			t.Errorf("texts/help.nl.json has no %q", text)
		}
	}
	for text := range dutch {
		if !used[text] {
			t.Errorf("texts/help.nl.json has %q, which no help says", text)
		}
	}
}

// Help, in either language, is in that language alone.
func TestHelpIsInOneLanguage(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"--help --lang nl", "help --lang nl", "submit --help --lang=nl", "help submit --lang nl", "init partner --lang nl --help"} {
		got := run(t, call{args: words(args)})
		for _, english := range []string{"Usage", "Flags", "Directory", "File with", "Run ", "Example", "Language of", "Show context"} {
			if strings.Contains(got.stdout, english) {
				t.Errorf("%s: says %q:\n%s", args, english, got.stdout)
			}
		}
		if got.exit != ok || got.stderr != "" || !strings.Contains(got.stdout, "--passphrase-file") == (args != "--help --lang nl" && args != "help --lang nl") {
			t.Errorf("%s: got exit %d and\n%s%s", args, got.exit, got.stdout, got.stderr)
		}
	}
}
