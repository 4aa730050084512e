package policies

import (
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
