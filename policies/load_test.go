package policies

import (
	"fmt"
	"io/fs"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"schakel/schemas"
)

// added is the embedded rule set with one more file.
func added(t *testing.T, path, text string) fs.FS {
	t.Helper()
	files := fstest.MapFS{path: &fstest.MapFile{Data: []byte(text)}}
	err := fs.WalkDir(Embedded(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(Embedded(), path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

const oneMoreRow = `
flows:
  - {id: added/1, kind: case-tip, sender: [om], recipient: [om], decision: allow, source: law 4.1, evidence: D}
`

const oneMoreReview = `
afterwards:
  - id: added
    ratify: [a-ovj]
    ratify_within: 24
    close: [a-legal]
    close_within: 72
    source: none
    evidence: D
`

func TestAKeyInTwoFilesIsTakenFromBoth(t *testing.T) {
	rules, err := Load(added(t, "facts/zz.yaml", oneMoreRow))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(rules.flows["case-tip"]), len(load(t).flows["case-tip"])+1; got != want {
		t.Errorf("got %d rows, want %d", got, want)
	}
}

func TestFactsThatNobodyCouldMeanDoNotLoad(t *testing.T) {
	for name, text := range map[string]string{
		"a second document":   oneMoreRow + "---\n" + oneMoreRow,
		"a misspelt key":      "flow: []\n",
		"an unknown role":     strings.Replace(oneMoreRow, "sender: [om]", "sender: [pol-tbk]", 1),
		"an unknown verdict":  strings.Replace(oneMoreRow, "decision: allow", "decision: alow", 1),
		"an unknown basis":    strings.Replace(oneMoreRow, "evidence: D", "grounds: [[wpg-16]], evidence: D", 1),
		"an unknown function": strings.Replace(oneMoreRow, "evidence: D", "approvals: [a-ov], evidence: D", 1),
		"an unknown duty":     strings.Replace(oneMoreRow, "evidence: D", "obligations: [o-rge], evidence: D", 1),
		"an unknown reason":   strings.Replace(oneMoreRow, "evidence: D", "code: r-rol, evidence: D", 1),
		"an unknown bearing":  "questions:\n  - {id: Q-99, question: {nl: x, en: x}, default: {nl: x, en: x}, bears: [wpg-16], source: law 7, evidence: D}\n",
		"a review of no row":  oneMoreReview + "    rows: [case-tip/99]\n",
		"a review by nobody":  strings.Replace(oneMoreReview, "close: [a-legal]", "close: []", 1),
		"a review at no hour": strings.Replace(oneMoreReview, "ratify_within: 24", "ratify_within: 0", 1),
		"an unknown document": strings.Replace(oneMoreRow, "evidence: D", "conditions: [{text: x, document: sheet}], evidence: D", 1),
	} {
		if _, err := Load(added(t, "facts/zz.yaml", text)); err == nil {
			t.Errorf("%s loads", name)
		}
	}
}

// A fact that has not the form of one is refused with its file and its place.
func TestAFactThatDoesNotFitTheSchemaSaysWhere(t *testing.T) {
	for text, want := range map[string]string{
		strings.Replace(oneMoreRow, "decision: allow", "decision: alow", 1):                                             "facts/zz.yaml: flows/added/1/decision: value must be one of",
		strings.Replace(oneMoreRow, "evidence: D", "evidence: sure", 1):                                                 "facts/zz.yaml: flows/added/1/evidence: 'sure' does not match",
		strings.Replace(oneMoreRow, "source: law 4.1, ", "", 1):                                                         "facts/zz.yaml: flows/added/1: missing property 'source'",
		strings.Replace(oneMoreRow, "evidence: D", "valid_until: 2027-13-01, evidence: D", 1):                           "facts/zz.yaml: flows/added/1/valid_until: '2027-13-01' does not match",
		strings.Replace(oneMoreRow, "evidence: D", "conditions: [{text: x, document: mou, design: y}], evidence: D", 1): "facts/zz.yaml: flows/added/1/conditions/0: ",
		strings.Replace(oneMoreRow, "sender: [om]", "sender: om", 1):                                                    "facts/zz.yaml: flows/added/1/sender: ",
	} {
		if _, err := Load(added(t, "facts/zz.yaml", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

// A day need not stand in quotes.
func TestADayMayStandWithoutQuotes(t *testing.T) {
	rules, err := Load(added(t, "facts/zz.yaml", strings.Replace(oneMoreRow, "evidence: D", "evidence: D, valid_until: 2027-01-31", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if rows := rules.flows["case-tip"]; rows[len(rows)-1].fact.Until != "2027-01-31" {
		t.Errorf("got %q, want the day", rows[len(rows)-1].fact.Until)
	}
}

// What counsel still has to answer is said with the facts, numbered without a gap.
func TestEveryOpenQuestionOfLawIsAFact(t *testing.T) {
	questions := load(t).Questions
	for i, question := range questions {
		if want := fmt.Sprintf("Q-%02d", i+1); question.ID != want {
			t.Errorf("question %d is %s, want %s", i+1, question.ID, want)
		}
		for _, text := range []string{question.Question.NL, question.Question.EN, question.Default.NL, question.Default.EN} {
			if text == "" {
				t.Errorf("%s: a text is missing", question.ID)
			}
		}
	}
	if len(questions) != 35 {
		t.Errorf("got %d questions, want 35", len(questions))
	}
}

// A condition that names an attribute without a rule could never be shown.
func TestEveryAttributeThatFactsAskForHasARule(t *testing.T) {
	rules := map[string]bool{"": true}
	for path, text := range modules(t) {
		if !strings.HasPrefix(path, "basis/") {
			continue
		}
		for _, found := range regexp.MustCompile(`(?m)^attribute_shown\("([a-z-]+)"\)`).FindAllStringSubmatch(text, -1) {
			rules[found[1]] = true
		}
	}
	_, facts, _, err := read(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, basis := range facts.Bases {
		for _, condition := range basis.Conditions {
			if !rules[condition.Attribute] {
				t.Errorf("%s: no rule for attribute %q", basis.ID, condition.Attribute)
			}
		}
	}
	for _, row := range facts.Flows {
		for _, condition := range row.Conditions {
			if !rules[condition.Attribute] {
				t.Errorf("%s: no rule for attribute %q", row.ID, condition.Attribute)
			}
		}
	}
}

// What a feedback can say as a status is what the facts have as fixed phrases.
func TestAStatusIsAFixedPhrase(t *testing.T) {
	_, facts, _, err := read(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	status, _ := reflect.TypeFor[schemas.TipFeedback]().FieldByName("Status")
	_, words, _ := strings.Cut(status.Tag.Get("validate"), "oneof=")
	if got, want := ids(facts.Templates, termID), strings.Fields(words); !slices.Equal(got, want) {
		t.Errorf("facts/templates.yaml has %v, a feedback %v", got, want)
	}
}
