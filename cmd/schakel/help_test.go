package main_test

import (
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	main "schakel/cmd/schakel"
	"schakel/gateway/register"
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
	for _, form := range findings(t) {
		used[form] = true
	}
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

// findings lists the forms of what a check of the register can find.
func findings(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("../../gateway/register/check.go")
	if err != nil {
		t.Fatal(err)
	}
	forms := []string{
		"the signed head", "the checkpoint of %d that was kept", "the register's tables are not those of this program",
		"the register's tables are not those of this program: it has schema %d, this program knows %d",
	}
	for _, match := range regexp.MustCompile(`report\.add\([a-z0-9-]+, "([^"]*)"`).FindAllSubmatch(source, -1) {
		if form := string(match[1]); form != "%v" {
			forms = append(forms, form)
		}
	}
	return forms
}

// A finding is told in the language asked for, with what it is about.
func TestAFindingIsToldInTheLanguage(t *testing.T) {
	for _, c := range []struct {
		finding  register.Finding
		language string
		want     string
	}{
		{register.Finding{Entry: 12, What: "the entry cannot be read"}, "nl", "vermelding 12: de vermelding is niet te lezen"},
		{register.Finding{Entry: 12, What: "the entry cannot be read"}, "en", "entry 12: the entry cannot be read"},
		{register.Finding{Entry: -1, What: "the log has 7 entries, fewer than the checkpoint of 9 that was kept"}, "nl", "het logboek heeft 7 vermeldingen, minder dan het bewaarde ijkpunt van 9"},
		{register.Finding{Entry: -1, What: "tile 0/3 is missing"}, "nl", "tegel 0/3 ontbreekt"},
		{register.Finding{Entry: -1, What: "something new"}, "nl", "something new"},
	} {
		if got := main.Told(c.language, c.finding); got != c.want {
			t.Errorf("%v in %s: got %q, want %q", c.finding, c.language, got, c.want)
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
