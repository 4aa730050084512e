package main_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"schakel/policies"
	"schakel/schemas"
)

// asked writes the question of a case to a file.
func asked(t *testing.T, id string) string {
	t.Helper()
	c, err := policies.ReadCase(policies.Casebook(), id)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), id+".json")
	if err := os.WriteFile(path, schemas.Encode(c.Question), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Of a question anybody can ask what the rules say, without a gateway.
func TestAQuestionIsAnsweredWithoutAGateway(t *testing.T) {
	for id, want := range map[string]struct {
		exit    int
		outcome string
	}{"S01": {0, schemas.AllowWithObligations}, "S03": {0, schemas.Allow}, "S25": {3, schemas.Hold}, "S26": {3, schemas.Deny}} {
		a := run(t, call{args: []string{"decide", asked(t, id)}})
		var decision policies.Decision
		if err := json.Unmarshal([]byte(a.stdout), &decision); err != nil {
			t.Fatalf("%s: %v\n%s%s", id, err, a.stdout, a.stderr)
		}
		if a.exit != want.exit || decision.Outcome != want.outcome || len(decision.Reasons) == 0 || a.stderr != "" {
			t.Errorf("%s: exit %d, %s %v, %q, want %d and %s", id, a.exit, decision.Outcome, decision.Reasons, a.stderr, want.exit, want.outcome)
		}
	}
}

// A person reads every step in his language, with the article of each objection
// and what he can do now.
func TestADecisionIsExplainedStepByStep(t *testing.T) {
	question := asked(t, "S26")
	for language, steps := range map[string][]string{
		"en": {"1  What never travels", "2  From whom to whom", "3  The legal basis", "4  The recipient's own ground", "5  Content and country", "6  Consent and approval", "7  Together: not shared"},
		"nl": {"1  Wat nooit reist", "2  Van wie aan wie", "3  De grondslag", "4  De eigen grondslag van de ontvanger", "5  Inhoud en land", "6  Toestemming en goedkeuring", "7  Samen: niet gedeeld"},
	} {
		told := run(t, call{args: []string{"decide", "--explain", "--lang", language, question}}).stdout
		rest := told
		for _, step := range steps {
			_, after, found := strings.Cut(rest, step+"\n")
			if !found {
				t.Fatalf("%s: %q is not said in its place:\n%s", language, step, told)
			}
			rest = after
		}
		if !strings.Contains(told, "[r-") || !strings.Contains(told, "Wpg") {
			t.Errorf("%s: no objection with its code and article:\n%s", language, told)
		}
	}
}

// Who reads law and no code follows a case: every word of the question stands as
// people say it, and no line is longer than a terminal.
func TestAnExplanationIsForWhoReadsNoCode(t *testing.T) {
	word := regexp.MustCompile(`(^|[^\[])\b([dsp]-[a-z]|art\d|cc-|explain\.|mark\.|role\.)`)
	for _, id := range []string{"S03", "S07", "S15", "S26", "S27", "S34", "E20", "E24"} {
		question := asked(t, id)
		for _, language := range []string{"en", "nl"} {
			told := run(t, call{args: []string{"decide", "--explain", "--lang", language, question}}).stdout
			for line := range strings.Lines(told) {
				if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 80 || word.MatchString(line) {
					t.Errorf("%s, %s: too long, or a word of the program: %q", id, language, line)
				}
			}
		}
	}
}

func TestAQuestionThatIsNoneIsRefused(t *testing.T) {
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, code string }{
		"unknown.json": {`{"sendr": {}}`, "schema.unknown-key"},
		"twice.json":   {`{"now": "a", "now": "b"}`, "parse.duplicate"},
		"list.json":    {`[]`, "schema.type"},
		"empty.json":   {``, "parse.empty"},
		"large.json":   {`{"now": "` + strings.Repeat("x", policies.MaxQuestion) + `"}`, "limit.size"},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if a := run(t, call{args: []string{"decide", name}, dir: dir}); a.exit != 2 || !strings.Contains(a.stderr, "["+c.code+"]") || a.stdout != "" {
			t.Errorf("%s: exit %d\n%s%s, want 2 and %s", name, a.exit, a.stdout, a.stderr, c.code)
		}
	}
}

func TestTheCasebookIsRunAndCounted(t *testing.T) {
	if a := run(t, call{args: []string{"cases", "--quiet"}}); a.exit != 0 || !strings.HasSuffix(a.stdout, " passed, 0 failed\n") {
		t.Errorf("exit %d\n%s%s", a.exit, a.stdout, a.stderr)
	}
	dir := t.TempDir()
	text, err := os.ReadFile("../../policies/cases/S03.txt")
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(string(text), `"outcome": "allow"`, `"outcome": "deny"`, 1)
	if err := os.WriteFile(filepath.Join(dir, "X1.txt"), []byte(wrong), 0o600); err != nil {
		t.Fatal(err)
	}
	a := run(t, call{args: []string{"cases", dir}})
	if a.exit != 3 || !strings.Contains(a.stdout, "X1  DIFFERS") || !strings.HasSuffix(a.stdout, "0 passed, 1 failed\n") {
		t.Errorf("exit %d\n%s%s, want 3 and the case that differs", a.exit, a.stdout, a.stderr)
	}
}
