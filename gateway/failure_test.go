package gateway_test

import (
	"bytes"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"schakel/policies"
	"schakel/schemas"
)

// Rules that give no answer let nothing pass: for every recipient the denial is
// written down, under the digest of those rules, and the sender is told.
func TestRulesThatFailEndInARecordedDeny(t *testing.T) {
	p := newPlay(t)
	p.Gateway.Rules = failingRules(t)
	tip := p.tip()
	p.wantState(ngo, tip, "not-shared")
	p.wantReceived(filo)
	p.wantReceived(tbkk)
	denied := 0
	for _, settlement := range p.journal.settled {
		for _, event := range settlement.Events {
			if e := event.Entry; e.Event == schemas.EventDecided && e.Rules == p.Gateway.Rules.Digest {
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

// failingRules load, and never answer.
func failingRules(t *testing.T) *policies.Rules {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(policies.Embedded(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policies.Embedded(), path)
		files[path] = &fstest.MapFile{Data: bytes.Replace(text, []byte(`"approvals": consent.missing,`), []byte(`"approvals": {"": consent.missing}[input.sender.org],`), 1)}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rules, err := policies.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}
