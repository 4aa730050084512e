package policies

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"schakel/schemas"
)

// later are the reasons of facts/reasons.yaml that no rule gives yet: their gates
// come with the law issue.
var later = []schemas.Code{}

// A reason is written in the annotation of its rule and nowhere else; the files
// that the programs read are made from it. Rules that give one code to one effect
// say the same.
func TestReasonsAreWrittenOnce(t *testing.T) {
	dutch, english := map[schemas.Code]schemas.Wording{}, map[schemas.Code]schemas.Wording{}
	for _, note := range load(t).Notes() {
		key := schemas.ReasonKey(note.Code, note.Effect)
		nl, en := schemas.Wording{What: sentence(note.NL), Now: note.NowNL}, schemas.Wording{What: sentence(note.EN), Now: note.NowEN}
		if known, ok := dutch[key]; ok && (known != nl || english[key] != en) {
			t.Errorf("%s: %s says something else than another rule with that code and effect", note.Path, key)
		}
		dutch[key], english[key] = nl, en
	}
	compareText(t, "../schemas/texts/rules.nl.json", dutch)
	compareText(t, "../schemas/texts/rules.en.json", english)
}

// What a kind of document is called is written in the facts and nowhere else; the
// files that the partners' programs read are made from them.
func TestDocumentsAreNamedOnce(t *testing.T) {
	dutch, english := map[string]string{}, map[string]string{}
	for _, kind := range load(t).Documents {
		dutch["document."+kind.ID], english["document."+kind.ID] = kind.Title.NL, kind.Title.EN
	}
	compareText(t, "../schemas/texts/facts.nl.json", dutch)
	compareText(t, "../schemas/texts/facts.en.json", english)
}

func TestEveryReasonSaysWhatALegalOfficerNeeds(t *testing.T) {
	rules := load(t)
	for _, note := range rules.Notes() {
		for name, text := range map[string]string{
			"title": note.NL, "title_en": note.EN, "article": note.Article, "authors": strings.Join(note.Authors, ""), "now_nl": note.NowNL, "now_en": note.NowEN,
		} {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s has no %s", note.Path, note.Code, name)
			}
		}
		if marks := []string{"V", "Vs", "K", "D"}; !slices.Contains(marks, note.Mark) {
			t.Errorf("%s: %s has evidence %q, want one of %v", note.Path, note.Code, note.Mark, marks)
		}
		if effects := []string{schemas.Deny, schemas.Hold, schemas.Allow}; !slices.Contains(effects, note.Effect) {
			t.Errorf("%s: %s has effect %q, want one of %v", note.Path, note.Code, note.Effect, effects)
		}
		if _, ok := rules.reasons[note.Code]; !ok {
			t.Errorf("%s: %s is not in facts/reasons.yaml", note.Path, note.Code)
		}
	}
}

func TestEveryReasonIsGivenByARuleOrComesLater(t *testing.T) {
	rules := load(t)
	given := map[schemas.Code]bool{"ok": true} // given in Go, when no rule objects
	for _, note := range rules.Notes() {
		given[note.Code] = true
	}
	for code := range rules.reasons {
		if given[code] == slices.Contains(later, code) {
			t.Errorf("%s: given by a rule is %t, listed as coming later is %t", code, given[code], !given[code])
		}
	}
	for _, code := range later {
		if _, ok := rules.reasons[code]; !ok {
			t.Errorf("%s is said to come later, and is not in facts/reasons.yaml", code)
		}
	}
}

func load(t *testing.T) *Rules {
	t.Helper()
	rules, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// sentence ends a title with a full stop.
func sentence(title string) string { return strings.TrimSuffix(title, ".") + "." }

// compareText compares a file of texts with what it must be, byte for byte; with
// -update it writes it.
func compareText(t *testing.T, path string, texts any) {
	t.Helper()
	var want bytes.Buffer
	encoder := json.NewEncoder(&want)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(texts); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%s does not say what the annotations and facts say; run go test ./policies -run 'WrittenOnce|NamedOnce' -update and read the difference", path)
	}
}
