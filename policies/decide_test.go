package policies

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"schakel/schemas"
)

// What the rules see is the JSON of the question, which is what is written down.
func TestTheRulesSeeTheQuestionThatIsWrittenDown(t *testing.T) {
	for _, c := range casesOf(t) {
		seen, err := document(c.Question)
		if err != nil {
			t.Fatal(err)
		}
		written, err := ast.ValueFromReader(bytes.NewReader(schemas.Encode(c.Question)))
		if err != nil {
			t.Fatal(err)
		}
		if seen.Compare(written) != 0 {
			t.Errorf("%s: the rules see %v, written is %v", c.ID, seen, written)
		}
	}
}

func TestOfTwoWaysTheOneThatAsksLeastIsTaken(t *testing.T) {
	allow, deny := &Decision{Outcome: schemas.Allow}, &Decision{Outcome: schemas.Deny}
	one := &Decision{Outcome: schemas.Hold, Approvals: []string{"a-lirc"}}
	two := &Decision{Outcome: schemas.Hold, Approvals: []string{"a-ctrl", "a-ovj"}}
	for name, c := range map[string]struct {
		first, second *Decision
		want          bool
	}{
		"what passes before what waits":  {allow, one, true},
		"what waits before what may not": {two, deny, true},
		"one approval before two":        {one, two, true},
		"two approvals after one":        {two, one, false},
		"of equals the first":            {one, one, false},
	} {
		if got := better(c.first, c.second); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

// An answer about a record that may not be seen is, but for what is left out, the
// answer that there is none (Bpg 2:11): whoever reads it cannot tell them apart.
func TestWhatMayNotBeSeenAnswersAsIfItWereNotThere(t *testing.T) {
	rules := embeddedRules(t)
	decide := func(id string) *Decision {
		decision, err := rules.Decide(t.Context(), caseOf(t, id).Question)
		if err != nil {
			t.Fatal(err)
		}
		return decision
	}
	none := decide("CODE-6")
	for id, hidden := range map[string]int{"CODE-7": 1, "CODE-8": 2, "CODE-9": 1, "CODE-13": 1} {
		got := decide(id)
		if len(got.Withhold) != hidden {
			t.Errorf("%s: %d items are left out, want %d", id, len(got.Withhold), hidden)
		}
		got.Withhold = none.Withhold
		if !reflect.DeepEqual(got, none) {
			t.Errorf("%s: got %+v, want %+v", id, got, none)
		}
	}
}

// The keeper of such a record hears of the question, and nobody else does: not who
// asks in vain, nor who has to wait.
func TestOnlyTheKeeperHearsOfAMatchThatMayNotBeSeen(t *testing.T) {
	rules := embeddedRules(t)
	for id, want := range map[string]bool{"S19": true, "CODE-1": false, "CODE-2": false, "CODE-3": false, "CODE-4": false, "CODE-5": false, "CODE-7": false} {
		decision, err := rules.Decide(t.Context(), caseOf(t, id).Question)
		if err != nil {
			t.Fatal(err)
		}
		if alerted, marked := slices.Contains(decision.Obligations, "o-alert210"), slices.Contains(decision.Codes(), "r-code-nl"); alerted != want || marked != want {
			t.Errorf("%s: alerted is %t, marked is %t, want %t", id, alerted, marked, want)
		}
	}
}

// Why a message waits is told by the rule that made it wait, though others say the
// same in the same words.
func TestAnExplanationNamesTheArticleOfItsRule(t *testing.T) {
	rules := embeddedRules(t)
	for id, want := range map[string]string{"LIM-5": "Sv 5.1.5(5)", "G14-9": "Wjsg 7c", "G11-3": "poort G11"} {
		e, err := rules.Explain(t.Context(), caseOf(t, id).Question)
		if err != nil {
			t.Fatal(err)
		}
		if notes := e.Objections["pair"]; len(notes) != 1 || !strings.Contains(notes[0].Article, want) {
			t.Errorf("%s: got %+v, want one by %s", id, notes, want)
		}
	}
}

// What a sender set as a condition, and what colour he gave, binds the next: as
// duties, and nothing else as one.
func TestConditionsTravelAsDuties(t *testing.T) {
	rules := embeddedRules(t)
	for id, want := range map[string][]string{
		"S20": {"o-handling", "o-mincell"}, "G12-24": {"o-handling", "o-mincell"}, "G12-27": {"o-handling", "o-mincell", "o-noonward"},
		"G12-58": {"o-handling", "o-mincell", "o-secrecy"}, "G12-59": {"o-handling", "o-mincell", "o-secrecy"},
	} {
		decision, err := rules.Decide(t.Context(), caseOf(t, id).Question)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(decision.Obligations, want) {
			t.Errorf("%s: got %v, want %v", id, decision.Obligations, want)
		}
	}
}
