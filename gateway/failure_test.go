package gateway_test

import (
	"slices"
	"strings"
	"testing"

	"schakel/policies"
	"schakel/schemas"
)

// Rules that give no answer let nothing pass: for every recipient the denial is
// written down, under the digest of those rules, and the sender is told.
func TestRulesThatFailEndInARecordedDeny(t *testing.T) {
	p := newPlay(t)
	p.must(p.AdmitRules(t.Context(), p.signed(p.failingRules(), first, second)))
	tip := p.tip()
	p.wantState(ngo, tip, "not-shared")
	p.wantReceived(filo)
	p.wantReceived(tbkk)
	denied := 0
	for _, settlement := range p.journal.settled {
		for _, event := range settlement.Events {
			if e := event.Entry; e.Event == schemas.EventDecided && e.Rules == p.Rules().Digest {
				if e.Outcome != schemas.Deny || !slices.Equal(e.Reasons, []schemas.Code{policies.CodeFailed}) || e.Disclosed != "" {
					t.Errorf("written down is %s, %v, disclosed %q; want deny with %s", e.Outcome, e.Reasons, e.Disclosed, policies.CodeFailed)
				}
				denied++
			}
		}
	}
	if denied != 2 {
		t.Errorf("%d denials are written down, want one for each recipient", denied)
	}
}

// failingRules load, and never answer; their one case says so.
func (p *play) failingRules() *policies.Bundle {
	p.Helper()
	b := p.following()
	b.Files["policies.rego"] = strings.Replace(b.Files["policies.rego"], `"approvals": consent.missing,`, `"approvals": {"": consent.missing}[input.sender.org],`, 1)
	prose, _, _ := strings.Cut(b.Files["cases/S26.txt"], "-- decision.json --\n")
	b.Files["cases/S26.txt"] = prose + `-- decision.json --
{"outcome": "deny", "reason": "policy.failed"}
`
	b, err := policies.ReadBundle(b.Encode())
	p.must(err)
	return b
}
