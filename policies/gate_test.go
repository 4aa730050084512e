package policies

import (
	"slices"
	"testing"
)

// What a gate lets through it lets through with a duty, and without it where the
// gate was not asked.
func TestAGateLetsThroughWithItsDuty(t *testing.T) {
	rules := embeddedRules(t)
	for _, c := range []struct {
		id, duty string
		want     bool
	}{
		{"G03-13", "o-assur", true},       // on an assurance
		{"G03-9", "o-assur", false},       // none was needed
		{"G10-1", "o-noevidence", true},   // to save a child, without one
		{"G10-14", "o-noevidence", false}, // to save a child, with one
		{"G03-9", "o-noevidence", false},
		{"S07", "o-review24", true}, // in danger
		{"G02-3", "o-review24", false},
		{"S02", "o-handling", true},
	} {
		decision, err := rules.Decide(t.Context(), caseOf(t, c.id).Question)
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(decision.Obligations, c.duty); got != c.want || !decision.Passes() {
			t.Errorf("%s: %s is a duty: got %t, want %t; outcome %s", c.id, c.duty, got, c.want, decision.Outcome)
		}
	}
}
