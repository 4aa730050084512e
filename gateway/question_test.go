package gateway

import (
	"testing"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

func paper(change func(*schemas.Document)) *pki.Document {
	d := &pki.Document{Document: schemas.Document{ID: "paper", Status: "active", Parties: []string{"sender"}, From: "2026-01-01", Until: "2026-12-31"}}
	change(&d.Document)
	return d
}

func TestOnlyADocumentInForceBetweenTheseTwoCounts(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*schemas.Document)
		want   bool
	}{
		"of the sender alone":       {func(*schemas.Document) {}, true},
		"of both":                   {func(d *schemas.Document) { d.Parties = []string{"sender", "recipient"} }, true},
		"of the sender and another": {func(d *schemas.Document) { d.Parties = []string{"sender", "other"} }, false},
		"of another":                {func(d *schemas.Document) { d.Parties = []string{"recipient"} }, false},
		"withdrawn":                 {func(d *schemas.Document) { d.Status = "withdrawn" }, false},
	} {
		if got := between(paper(c.change), "sender", "recipient"); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

func TestAnAssuranceIsPendingUntilItSaysOtherwise(t *testing.T) {
	for scope, want := range map[string]string{
		"death-penalty given": "given", "death-penalty refused": "refused", "death-penalty pending": "pending", "death-penalty": "pending", "death-penalty Given": "pending",
	} {
		got := assurance(paper(func(d *schemas.Document) { d.Scope = scope }), "2026-06-01")
		if got.Type != "death-penalty" || got.State != want || got.ValidUntil != "2026-12-31" {
			t.Errorf("%q: got %+v, want %s", scope, got, want)
		}
	}
	if got := assurance(paper(func(d *schemas.Document) { d.Scope = "death-penalty given" }), "2025-12-31"); got.State != "pending" {
		t.Errorf("before its first day it is %s", got.State)
	}
}

func TestOfSeveralDecisionsTheOneThatNamesTheRecipientAndHoldsCounts(t *testing.T) {
	lapsed := paper(func(d *schemas.Document) {
		d.ID, d.Parties, d.Until = "lapsed", []string{"sender", "recipient"}, "2026-03-01"
	})
	another := paper(func(d *schemas.Document) { d.ID = "another" })
	holds := paper(func(d *schemas.Document) { d.ID, d.Parties = "holds", []string{"sender", "recipient"} })
	for _, c := range []struct {
		order []*pki.Document
		want  string
	}{
		{[]*pki.Document{lapsed, another, holds}, "holds"},
		{[]*pki.Document{holds, lapsed, another}, "holds"},
		{[]*pki.Document{another, lapsed}, "lapsed"},
		{[]*pki.Document{lapsed, another}, "lapsed"},
		{[]*pki.Document{another}, "another"},
	} {
		q := &policies.Question{}
		for _, document := range c.order {
			decisionFile(q, document, "recipient", "2026-06-01")
		}
		if q.DecisionFile.WPG20ID != c.want {
			t.Errorf("got %s, want %s", q.DecisionFile.WPG20ID, c.want)
		}
	}
}

func TestAnAnswerIsToTheRecipientsOwnQuestionOrOneOnPaper(t *testing.T) {
	recipient := &pki.Partner{Partner: schemas.Partner{ID: "asker"}}
	question := func(kind, connector string) *schemas.Standing {
		return &schemas.Standing{Settled: schemas.Settled{Connector: connector}, Kind: kind}
	}
	claims := schemas.Request{Exists: true, Question: "Q-1"}
	onPaper := []schemas.Claim{{ID: "sv-5-1-7", Documents: []schemas.Evidence{{ID: "Q-1", Kind: "mla-request"}}}}
	for name, c := range map[string]struct {
		replied *schemas.Standing
		request schemas.Request
		bases   []schemas.Claim
		want    bool
	}{
		"its own question":      {question(schemas.KindRequest, "asker/laptop"), schemas.Request{}, nil, true},
		"a question of another": {question(schemas.KindRequest, "other/laptop"), claims, nil, false},
		"no question":           {question(schemas.KindTip, "asker/laptop"), claims, nil, false},
		"the sender's word":     {nil, claims, nil, false},
		"one on paper":          {nil, claims, onPaper, true},
		"paper without a claim": {nil, schemas.Request{}, onPaper, false},
	} {
		m := &message{envelope: &schemas.Envelope{Request: c.request, Bases: c.bases}, replied: c.replied}
		if got := m.answers(recipient); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}
