package line

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"schakel/connectors"
	"schakel/schemas"
)

// partner is the command tree of the small program.
type partner struct {
	Flags
	Partner
}

// say runs a command line in this process.
func say(t *testing.T, stdin *os.File, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	tree := &partner{}
	status = Run("schakel", "", tree, args, &Session{Stdin: stdin, Stdout: &out, Stderr: &log, Flags: &tree.Flags})
	return status, out.String(), log.String()
}

// A draft that never ends and never fills is given up after a time.
func TestADraftThatNeverEndsIsGivenUp(t *testing.T) {
	defer func(old time.Duration) { readTime = old }(readTime)
	readTime = 50 * time.Millisecond
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	if _, err := writer.WriteString(`{"kind": "MARKER-7f3a`); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := say(t, reader, "submit")
	if status != Wrong || !strings.Contains(stderr, "[limit.time]") || stdout != "" || strings.Contains(stderr, "MARKER") {
		t.Errorf("got %d, %q, %q", status, stdout, stderr)
	}
}

// Every family of codes has the exit status that the package comment promises.
func TestTheExitStatusFollowsFromTheCode(t *testing.T) {
	for status, codes := range map[int][]schemas.Code{
		Wrong: {"usage.flag", "config.unknown", "file.not-found", "limit.size", "parse.syntax", "schema.type", "key.passphrase", "state.locked", "route.recipient", "env.officer"},
		No:    {"r-basis-missing", "r-role", "review.waiting", "policy.function", "verify.changed", "rcp.digest", "find.register", "ref.pointer"},
		Fault: {"store.disk-full", "store.damaged", "net.certificate"},
	} {
		for _, code := range codes {
			if got := statusOf(code); got != status {
				t.Errorf("%s: got exit %d, want %d", code, got, status)
			}
		}
	}
}

// A place is told on one line that does nothing to a terminal.
func TestAPlaceDoesNothingToATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"/to/0 (tbkk?)":         "/to/0 (tbkk?)",
		"zaak één.json":         "zaak één.json",
		"a\nb\r\tc":             "a?b??c",
		"\x1b[31mred\x07\x7f":   "?[31mred??",
		"\u009b31m":             "?31m",
		"a\u202egpj.exe\u2066x": "a?gpj.exe?x",
		"a\u200bb\ufeffc\u00ad": "a?b?c?",
		"line\u2028two\u2029":   "line?two?",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// A fault is told on one line too, whatever it consists of.
func TestAFaultIsToldOnOneLine(t *testing.T) {
	var log bytes.Buffer
	status := (&Session{Stderr: &log}).fail("schakel", errors.Join(errors.New("one\x1b[2J"), errors.New("two")))
	if status != Fault || strings.Count(log.String(), "\n") != 1 || strings.Contains(log.String(), "\x1b") {
		t.Errorf("got %d, %q", status, log.String())
	}
}

// Of what the parser says, only our own names come through.
func TestTheParsersWordsAreNotPassedOn(t *testing.T) {
	words := []string{"submit", "--home", "--wait", "--lang"}
	for text, want := range map[string]schemas.Refusal{
		`unexpected argument sumbit, did you mean "submit"?`:                {Code: "usage.unknown", At: "submit?"},
		`unexpected argument did you mean "MARKER"?`:                        {Code: "usage.unknown"},
		`unknown flag --MARKER, did you mean "--home"?`:                     {Code: "usage.flag", At: "--home?"},
		`unknown flag --MARKER, did you mean "-h"?`:                         {Code: "usage.flag"},
		`--wait: expected duration but got "--MARKER": unknown flag`:        {Code: "usage.duration", At: "--wait"},
		`--wait: expected duration value but got "EOL" (<EOL>)`:             {Code: "usage.flag-value", At: "--wait"},
		`--home: expected file value but got "--wait" (long flag); perhaps`: {Code: "usage.flag-value", At: "--home"},
		`--lang must be one of "nl","en" but got "--MARKER"`:                {Code: "usage.value", At: "--lang"},
		`missing flags: --home=STRING, --lang=STRING`:                       {Code: "usage.flag-missing", At: "--home, --lang"},
		`something new with MARKER`:                                         {Code: "usage.value"},
	} {
		if got := schemas.Refused(usageRefusal(errors.New(text), words)); *got != want {
			t.Errorf("%s: got %v, want %v", text, *got, want)
		}
	}
}

// The language is the one asked for, then that of the environment, then English.
func TestTheLanguageIsTheOneAskedFor(t *testing.T) {
	for _, c := range []struct{ flag, all, messages, lang, want string }{
		{"", "", "", "", "en"},
		{"nl", "", "", "en_GB.UTF-8", "nl"},
		{"en", "nl_NL", "nl_NL", "nl_NL", "en"},
		{"", "", "", "nl_NL.UTF-8", "nl"},
		{"", "", "nl_BE", "en_GB", "nl"},
		{"", "C", "", "nl_NL", "en"},
	} {
		t.Setenv("LC_ALL", c.all)
		t.Setenv("LC_MESSAGES", c.messages)
		t.Setenv("LANG", c.lang)
		if got := (&Session{Flags: &Flags{Lang: c.flag}}).Language(); got != c.want {
			t.Errorf("%+v: got %s", c, got)
		}
	}
}

// A list may be given flag by flag; anything else only once.
func TestOnlyListsMayBeRepeated(t *testing.T) {
	words := []string{"--home", "--withhold"}
	for _, c := range []struct{ args, want string }{
		{"approve --withhold /a --withhold /b", ""},
		{"approve --home a --withhold /a", ""},
		{"approve --home a --home a", "--home"},
		{"approve --home=a --home=b", "--home"},
		{"approve --home a -- --home", ""},
	} {
		got := ""
		if refusal := schemas.Refused(checkTwice(strings.Fields(c.args), words)); refusal != nil {
			got = refusal.At
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.args, got, c.want)
		}
	}
}

// The language asked for holds, however wrong the rest of the line is.
func TestTheLanguageIsObeyedBeforeAnythingIsParsed(t *testing.T) {
	t.Setenv("LC_ALL", "C")
	for _, c := range []struct{ args, want string }{
		{"--lang nl sumbit", "nu:"},
		{"sumbit --lang=nl", "nu:"},
		{"submit --nothing --lang nl", "nu:"},
		{"submit --home a --home b --lang nl", "nu:"},
		{"--lang nl", "nu:"},
		{"--lang de sumbit", "now:"},
		{"sumbit -- --lang nl", "now:"},
	} {
		if _, _, stderr := say(t, nil, strings.Fields(c.args)...); !strings.Contains(stderr, "schakel: "+c.want) {
			t.Errorf("%s: got %q", c.args, stderr)
		}
	}
	t.Setenv("SCHAKEL_PASSPHRASE", "MARKER-7f3a")
	if _, _, stderr := say(t, nil, "inbox", "--lang", "nl"); !strings.Contains(stderr, "schakel: nu:") {
		t.Errorf("a secret in the environment: got %q", stderr)
	}
}

// What would only have held a message is not given as a reason for refusing it.
func TestAHoldIsNoReasonToRefuse(t *testing.T) {
	for _, c := range []struct {
		outcome string
		codes   []schemas.Code
		want    []schemas.Code
	}{
		{schemas.Deny, []schemas.Code{"r-role", "r-approval"}, []schemas.Code{"r-role"}},
		{schemas.Deny, []schemas.Code{"r-approval"}, []schemas.Code{"r-approval"}},
		{schemas.Hold, []schemas.Code{"r-approval"}, []schemas.Code{"r-approval"}},
	} {
		if got := reasons(schemas.Result{Outcome: c.outcome, Reasons: c.codes}); !slices.Equal(got, c.want) {
			t.Errorf("%s %v: got %v, want %v", c.outcome, c.codes, got, c.want)
		}
	}
}

// A message that was not shared is seen for a month; one that was received is
// over.
func TestWhatWasNotSharedStaysInTheList(t *testing.T) {
	old, now := schemas.At(time.Now().Add(-remembered-time.Hour)), schemas.At(time.Now())
	refused := func(created string) connectors.Outgoing {
		return connectors.Outgoing{Created: created, Refusal: "drop.poison"}
	}
	denied := connectors.Outgoing{Created: now, Receipt: []byte("proof"), Results: []schemas.Result{{Outcome: schemas.Deny}}}
	for says, c := range map[string]struct {
		out  connectors.Outgoing
		over bool
	}{
		"refused today":     {refused(now), false},
		"refused long ago":  {refused(old), true},
		"not shared today":  {denied, false},
		"received":          {connectors.Outgoing{Created: now, Receipt: []byte("proof")}, true},
		"not at the centre": {connectors.Outgoing{Created: old}, false},
	} {
		if got := isOver(c.out); got != c.over {
			t.Errorf("%s: got over %v, want %v", says, got, c.over)
		}
	}
}

// A value that stays sealed says for whom it is.
func TestASealedValueSaysForWhomItIs(t *testing.T) {
	body := []byte(`{"children":[null,{"identity":[{"for":"tbkk/vid-1","sealed":"x"}]}]}`)
	for pointer, want := range map[string]string{"/children/1/identity/0": "vid-1", "/children/0/identity/0": "", "/nothing": ""} {
		if got := sealedFor(body, pointer); got != want {
			t.Errorf("%s: got %q, want %q", pointer, got, want)
		}
	}
}

// Every kind that people write has an example, which parses as a draft.
func TestEveryKindThatPeopleWriteHasAnExample(t *testing.T) {
	for _, kind := range schemas.Kinds() {
		status, stdout, stderr := say(t, nil, "draft", kind)
		if made := slices.Contains([]schemas.Kind{schemas.KindReceipt, schemas.KindRelease, schemas.KindRecall}, kind); made {
			if status != Wrong || !strings.Contains(stderr, "case-tip") {
				t.Errorf("%s: got %d, %q", kind, status, stderr)
			}
			continue
		}
		if draft, err := schemas.ParseDraft([]byte(stdout)); err != nil || draft.Kind != kind {
			t.Errorf("%s: got %v, %v", kind, draft, err)
		}
	}
}

// help and what is typed after it is the help of a command.
func TestHelpCanBeAskedForInWords(t *testing.T) {
	_, want, _ := say(t, nil, "submit", "--help")
	if status, got, _ := say(t, nil, "help", "submit"); status != Done || got != want || want == "" {
		t.Errorf("got %d and %q, want %q", status, got, want)
	}
	if _, got, _ := say(t, nil, "recall", "--help"); !strings.HasPrefix(got, "schakel correct") {
		t.Errorf("recall: got %q", got)
	}
}
