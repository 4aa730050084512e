package policies

import (
	"slices"
	"testing"

	"schakel/schemas"
)

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
