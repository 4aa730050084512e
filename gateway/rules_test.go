package gateway_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"schakel/cmd/instance"
	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// The trust officers of a play.
const (
	first  = "trust-1"
	second = "trust-2"
	third  = "trust-3"
)

// officerSecret is the key of a trust officer.
func (p *play) officerSecret(id string) *pki.Secret {
	p.Helper()
	store, err := pki.OpenStore(filepath.Join(p.dir, "gateway", "officers", id), passphrase)
	p.must(err)
	secret, err := store.OpenPGP("openpgp")
	p.must(err)
	return secret
}

// following is a rule set made from the one in force: a tip of an NGO to the police
// has no row any more.
func (p *play) following() *policies.Bundle {
	p.Helper()
	b, err := policies.BuiltinBundle()
	p.must(err)
	const row = "  - id: case-tip/1\n"
	if !strings.Contains(b.Files["facts/flows.yaml"], row) {
		p.Fatalf("facts/flows.yaml has no row case-tip/1")
	}
	b.Files["facts/flows.yaml"] = strings.Replace(b.Files["facts/flows.yaml"], row, row+"    valid_until: 2026-01-01\n", 1)
	maps.DeleteFunc(b.Files, func(name, _ string) bool { return strings.HasPrefix(name, "cases/") && name != "cases/S26.txt" })
	b.Version, b.Previous, b.Author, b.Created = p.RulesVersion()+1, p.Rules().Digest, first, schemas.At(p.now)
	b, err = policies.ReadBundle(b.Encode())
	p.must(err)
	return b
}

// signed has these officers sign a rule set, in this order.
func (p *play) signed(b *policies.Bundle, officers ...string) []byte {
	p.Helper()
	document := &schemas.SignedRules{Rules: base64.StdEncoding.EncodeToString(b.Encode())}
	for _, officer := range officers {
		p.must(pki.SignRules(document, officer, p.officerSecret(officer), p.now))
	}
	return schemas.Encode(document)
}

// editions are the rule sets that the play's log keeps.
func (p *play) editions() []instance.Edition {
	p.Helper()
	all, err := instance.Editions(p.Context(), filepath.Join(p.dir, "gateway"))
	p.must(err)
	return all
}

// outcomes are how a tip is decided for its recipients, now.
func (p *play) outcomes() (outcomes, rules []string) {
	p.Helper()
	before := len(p.journal.settled)
	p.tip()
	for _, settlement := range p.journal.settled[before:] {
		for _, event := range settlement.Events {
			if event.Entry.Event == schemas.EventDecided && event.Record.Kind == schemas.KindTip {
				outcomes, rules = append(outcomes, event.Entry.Outcome), append(rules, event.Entry.Rules)
			}
		}
	}
	if len(outcomes) == 0 {
		p.Fatal("no tip was decided")
	}
	return outcomes, rules
}

func (p *play) wantOutcome(outcome, digest string) {
	p.Helper()
	outcomes, rules := p.outcomes()
	for i := range outcomes {
		if outcomes[i] != outcome || rules[i] != digest {
			p.Errorf("decided %s under %s, want %s under %s", outcomes[i], rules[i], outcome, digest)
		}
	}
}

// The rules that came with the program have an entry before anything else, and it
// is the only one however often the gateway starts.
func TestTheRulesHaveAnEntryBeforeTheyAreUsed(t *testing.T) {
	p := newPlay(t)
	p.restart()
	all := p.editions()
	if len(all) != 1 || all[0].Entry != 0 || all[0].Version != 1 || all[0].Digest() != p.Rules().Digest || len(all[0].Signers) != 0 {
		t.Fatalf("got %d rule sets, want the program's in entry 0", len(all))
	}
	p.wantOutcome(schemas.AllowWithObligations, all[0].Digest())
}

func TestSignedRulesComeIntoForceAndStay(t *testing.T) {
	p := newPlay(t)
	old := p.Rules().Digest
	signed := p.signed(p.following(), first, third)
	p.must(p.AdmitRules(t.Context(), signed))
	if p.RulesVersion() != 2 || p.Rules().Digest == old {
		t.Fatalf("version %d is in force", p.RulesVersion())
	}
	p.wantOutcome(schemas.Deny, p.Rules().Digest)
	p.must(p.AdmitRules(t.Context(), signed)) // again: nothing happens
	p.restart()
	p.wantOutcome(schemas.Deny, p.Rules().Digest)
	all := p.editions()
	if len(all) != 2 || all[0].Digest() != old || all[1].Digest() != p.Rules().Digest || strings.Join(all[1].Signers, " ") != "trust-1 trust-3" {
		t.Errorf("the log keeps %d rule sets", len(all))
	}
	back := p.following() // what they were before, as the next version
	builtin, err := policies.BuiltinBundle()
	p.must(err)
	back.Files, back.Previous = builtin.Files, p.Rules().Digest
	p.must(p.AdmitRules(t.Context(), p.signed(back, first, second)))
	p.wantOutcome(schemas.AllowWithObligations, old)
}

// Whatever is wrong with a rule set, the rules in force stay, and nothing is
// entered.
func TestRulesThatAreNotInOrderChangeNothing(t *testing.T) {
	p := newPlay(t)
	old, size := p.Rules().Digest, p.service.Register.Size()
	good := p.signed(p.following(), first, second)
	other := func(change func(b *policies.Bundle)) []byte {
		b := p.following()
		change(b)
		return p.signed(b, first, second)
	}
	for name, test := range map[string]struct {
		signed []byte
		want   schemas.Code
	}{
		"nothing":               {nil, "rules.form"},
		"cut off":               {good[:len(good)/2], "rules.form"},
		"corrupt":               {[]byte(strings.Replace(string(good), "A", "B", 1)), "rules.signature"},
		"unsigned":              {p.signed(p.following()), "rules.unsigned"},
		"one signature":         {p.signed(p.following(), first), "rules.quorum"},
		"the same signer twice": {p.signed(p.following(), first, second, second), "rules.twice"},
		"the author as second":  {p.signed(p.following(), first, first), "rules.author"},
		"not its author's":      {p.signed(p.following(), second, first), "rules.proposer"},
		"an older version":      {other(func(b *policies.Bundle) { b.Version = 1 }), "rules.version"},
		"a version skipped":     {other(func(b *policies.Bundle) { b.Version = 3 }), "rules.version"},
		"nobody's":              {other(func(b *policies.Bundle) { b.Author = "" }), "rules.version"},
		"made from other rules": {other(func(b *policies.Bundle) { b.Previous = schemas.Digest(nil) }), "rules.previous"},
		"the same rules": {other(func(b *policies.Bundle) {
			builtin, err := policies.BuiltinBundle()
			p.must(err)
			b.Files = builtin.Files
		}), "rules.unchanged"},
		"a file of no rule set":        {other(func(b *policies.Bundle) { b.Files["data.json"] = "{}" }), "rules.file"},
		"a rule that does not compile": {other(func(b *policies.Bundle) { b.Files["gate/zz.rego"] = "package policies.gate\n\nx := " }), "rules.load"},
		"no facts":                     {other(func(b *policies.Bundle) { delete(b.Files, "facts/roles.yaml") }), "rules.load"},
		"a case that is answered otherwise": {other(func(b *policies.Bundle) {
			b.Files["cases/S26.txt"] = strings.Replace(b.Files["cases/S26.txt"], `"outcome": "deny"`, `"outcome": "hold"`, 1)
		}), "rules.case"},
		"no case": {other(func(b *policies.Bundle) { delete(b.Files, "cases/S26.txt") }), "rules.case"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := p.refusedCode(p.AdmitRules(t.Context(), test.signed)); got != test.want {
				t.Errorf("refused with %q, want %q", got, test.want)
			}
		})
	}
	if p.Rules().Digest != old || p.service.Register.Size() != size || len(p.editions()) != 1 {
		t.Errorf("the rules are %s in a log of %d, want %s and %d", p.Rules().Digest, p.service.Register.Size(), old, size)
	}
	p.wantOutcome(schemas.AllowWithObligations, old)
}

// An older rule set that was in force once does not come back under its old number.
func TestOldRulesDoNotComeBack(t *testing.T) {
	p := newPlay(t)
	v2 := p.signed(p.following(), first, second)
	p.must(p.AdmitRules(t.Context(), v2))
	b := p.following()
	b.Files["facts/zz.yaml"] = "flows:\n  - {id: added/1, kind: case-tip, sender: [om], recipient: [om], decision: allow, source: law 4.1, evidence: D}\n"
	b.Author = second
	p.must(p.AdmitRules(t.Context(), p.signed(b, second, third)))
	now := p.Rules().Digest
	if got := p.refusedCode(p.AdmitRules(t.Context(), v2)); got != "rules.version" || p.Rules().Digest != now {
		t.Errorf("refused with %q under %s, want rules.version under %s", got, p.Rules().Digest, now)
	}
}

// Written down, then in force: whenever the gateway ends, it starts on the rules
// that the log has last, and on no others.
func TestACrashDuringActivationLeavesOldOrNew(t *testing.T) {
	for _, written := range []bool{false, true} {
		p := newPlay(t)
		old := p.Rules().Digest
		if written {
			p.journal.after = func() error { return errCrash }
		} else {
			p.journal.before = func() error { return errCrash }
		}
		signed := p.signed(p.following(), first, second)
		if err := p.AdmitRules(t.Context(), signed); !errors.Is(err, errCrash) {
			t.Fatalf("got %v", err)
		}
		if p.Rules().Digest != old {
			t.Error("rules are in force that may not be in the log")
		}
		p.restart()
		if changed := p.Rules().Digest != old; changed != written {
			t.Errorf("after the crash, with an entry %t: the rules changed %t", written, changed)
		}
		p.must(p.AdmitRules(t.Context(), signed)) // it is offered again
		if all := p.editions(); len(all) != 2 || p.Rules().Digest != all[1].Digest() {
			t.Errorf("got %d rule sets, want 2", len(all))
		}
	}
}

// A decision names exactly one rule set, the one in force when it is committed: when
// they change between the two, the rules are asked again.
func TestADecisionRestsOnTheRulesOfItsCommit(t *testing.T) {
	p := newPlay(t)
	signed := p.signed(p.following(), first, second)
	p.journal.before = func() error {
		p.journal.before = nil
		p.must(p.AdmitRules(t.Context(), signed))
		return nil
	}
	p.wantOutcome(schemas.Deny, p.following().Digest())
	if p.RulesVersion() != 2 {
		t.Errorf("version %d is in force", p.RulesVersion())
	}
}

// Every decision that was recorded gives the same bytes when it is asked again under
// the rules of its day: what left, what was held, shown and released, what was
// denied, and what the gateway itself refused.
func TestEveryRecordedDecisionCanBeAskedAgain(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.mustAct(controller, question, controllerApproves)
	p.must(p.AdmitRules(t.Context(), p.signed(p.following(), first, second)))
	p.tip() // denied now
	p.change(filo, withoutDesk)
	p.tip()

	home := filepath.Join(p.dir, "gateway")
	under, err := instance.OfTheDay(t.Context(), home)
	p.must(err)
	outcomes := map[string]int{}
	reviews, sets := 0, map[string]bool{}
	p.must(instance.AskAgain(t.Context(), home, begun, under, func(a *instance.Asked) error {
		if !a.Same() {
			t.Errorf("entry %d, %s: recorded %s, now %s", a.Index, a.Record.Kind, a.Record.Decision, schemas.Encode(a.Now))
		}
		outcomes[a.Then.Outcome]++
		sets[a.Entry.Rules] = true
		if a.Record.Review {
			reviews++
		}
		return nil
	}))
	if outcomes[schemas.Hold] == 0 || outcomes[schemas.Deny] == 0 || outcomes[schemas.AllowWithObligations] == 0 || reviews == 0 || len(sets) != 2 {
		t.Errorf("asked %v, %d reviews, under %d rule sets", outcomes, reviews, len(sets))
	}
}

// What the gateway itself refused is the gateway's also when it is asked again; a
// decision that somebody changed in the register is not found the same.
func TestAChangedDecisionIsNotTheSame(t *testing.T) {
	p := newPlay(t)
	p.tip()
	p.must(p.AdmitRules(t.Context(), p.signed(p.following(), first, second)))
	rules := p.Rules()
	different := 0
	home := filepath.Join(p.dir, "gateway")
	p.must(instance.AskAgain(t.Context(), home, begun, func(string) (*policies.Rules, error) { return rules, nil }, func(a *instance.Asked) error {
		if a.Record.Kind == schemas.KindTip && !a.Alike() {
			different++
		}
		return nil
	}))
	if different == 0 {
		t.Error("no tip would come out differently, though the rules deny it now")
	}
	p.must(instance.AskAgain(t.Context(), home, begun, func(string) (*policies.Rules, error) { return nil, nil }, func(a *instance.Asked) error {
		if a.Same() {
			t.Errorf("entry %d is the same under no rules at all", a.Index)
		}
		return nil
	}))
}
