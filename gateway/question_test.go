package gateway

import (
	"reflect"
	"testing"
	"time"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

func paper(change func(*schemas.Document)) *pki.Document {
	d := &pki.Document{Document: schemas.Document{ID: "paper", Status: "active", Parties: []string{"sender"}, From: "2026-01-01", Until: "2026-12-31"}}
	change(&d.Document)
	return d
}

// on is a message of a day.
func on(day string) *message {
	now, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return &message{now: now, envelope: &schemas.Envelope{}, manifest: &schemas.Manifest{}, sender: &pki.Partner{}}
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
		got := on("2026-06-01").assurance(paper(func(d *schemas.Document) { d.Scope = scope }))
		if got.Type != "death-penalty" || got.State != want || got.ValidUntil != "2026-12-31" {
			t.Errorf("%q: got %+v, want %s", scope, got, want)
		}
	}
	if got := on("2025-12-31").assurance(paper(func(d *schemas.Document) { d.Scope = "death-penalty given" })); got.State != "pending" {
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

// stating is a message about two persons whose sender states something of them.
func stating(statements schemas.Statements) *message {
	m := on("2026-06-01")
	m.envelope.Statements = statements
	m.manifest.Kind, m.manifest.TLP = schemas.KindTip, "AMBER"
	m.body = &schemas.CaseTip{Common: schemas.Common{
		Persons: []schemas.Person{{Category: "s-suspect", Minor: "no"}, {Category: "s-convicted", Minor: "no"}},
		Labels:  []schemas.Label{{Regime: "wpg", Article: "art8", Author: "tbkk/desk-1", Statement: "assessment", Grade: &schemas.Grade{Source: "C", Information: "4", Scale: "5x5x5", FromSource: "D", FromInformation: "5"}}},
	}}
	return m
}

func TestWhatTheSenderStatesIsInTheQuestion(t *testing.T) {
	m := stating(schemas.Statements{
		OnFile: []schemas.OnFile{
			{Person: 0, Category: "s-contact", Ended: []string{"dismissed"}, Elsewhere: []string{"TH", "PH"}, Assurances: []string{"paper"}},
			{Person: 1, Ended: []string{"final-judgment"}, Elsewhere: []string{"PH"}, Concerns: []string{"political", "persecution"}},
		},
	})
	item := m.item(0, trait{category: "d-susp", person: 0, label: 0}, pki.NewDirectory())
	if item.FileCategory != "s-contact" || item.Author != "tbkk/desk-1" || item.Grade != (policies.Grade{Source: "C", Info: "4", Scale: "5x5x5", FromSource: "D", FromInfo: "5"}) {
		t.Errorf("got file %q, author %q, grade %+v", item.FileCategory, item.Author, item.Grade)
	}
	if item := m.item(0, trait{category: "d-susp", person: 1, label: 0}, pki.NewDirectory()); item.FileCategory != "" {
		t.Errorf("of whom nothing was said: got file %q, want none", item.FileCategory)
	}
	want := policies.SubjectFlags{Dismissed: true, FinalJudgment: true, Political: true, Persecution: true, OtherProceedings: []string{"PH", "TH"}}
	if got := m.proceedings(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := on("2026-06-01"); !reflect.DeepEqual(stating(got.envelope.Statements).proceedings(), policies.SubjectFlags{OtherProceedings: []string{}}) {
		t.Error("nothing said: got flags, want none")
	}
	if got := m.described(); got.TLP != "AMBER" {
		t.Errorf("got TLP %q, want AMBER", got.TLP)
	}
	given := paper(func(d *schemas.Document) {
		d.Scope, d.Offences, d.Binding, d.Validated = "death-penalty given", []string{"sr-245"}, true, []string{"om", "minjv"}
	})
	if got := m.assurance(given); !reflect.DeepEqual(got.Persons, []string{"person-0"}) || !got.Binding || !reflect.DeepEqual(got.Offences, []string{"sr-245"}) || len(got.Validated) != 2 {
		t.Errorf("got assurance %+v", got)
	}
}

func TestAnAdverseStepIsTakenByAnOfficerOfTheDirectory(t *testing.T) {
	m := stating(schemas.Statements{Human: &schemas.Human{Step: "stop", Officer: "kmar/duty-1", At: "2026-05-31T10:00:00Z", GroundsSeen: true}})
	m.directory = pki.NewDirectory()
	if got := m.human(); got != (policies.Human{Step: "stop", At: "2026-05-31T10:00:00Z", GroundsSeen: true}) {
		t.Errorf("an officer whom nobody knows: got %+v", got)
	}
	if got := on("2026-06-01").human(); got != (policies.Human{}) {
		t.Errorf("nothing said: got %+v", got)
	}
}

func TestAFreeTextPresumesGuiltUnlessOfAConvict(t *testing.T) {
	m := stating(schemas.Statements{})
	leaf := func(pointer, text string, person int) schemas.Governed {
		return schemas.Governed{Leaf: schemas.Leaf{Pointer: pointer, Value: schemas.Encode(text)}, Person: person}
	}
	for name, c := range map[string]struct {
		leaf schemas.Governed
		want bool
	}{
		"of a suspect":    {leaf("/narrative/text", "The offender left.", 0), true},
		"of a convict":    {leaf("/narrative/text", "The offender left.", 1), false},
		"of nobody named": {leaf("/narrative/text", "The offender left.", -1), true},
		"another word":    {leaf("/narrative/text", "The suspect left.", 0), false},
		"no free text":    {leaf("/suspects/0/name", "Offender", 0), false},
	} {
		if got := m.presumesGuilt(c.leaf); got != c.want {
			t.Errorf("%s: got %t, want %t", name, got, c.want)
		}
	}
}

func TestWhoIsNamedAmongTheRecipients(t *testing.T) {
	m := stating(schemas.Statements{Excluded: []string{"TH"}})
	partner := &pki.Partner{Partner: schemas.Partner{ID: "tbkk", Country: "NL"}}
	bureau := &pki.Partner{Partner: schemas.Partner{ID: "ipsg", Country: "INT"}}
	sealed := func(officers ...string) (all []schemas.Governed) {
		for _, officer := range officers {
			all = append(all, schemas.Governed{Sealed: officer})
		}
		return all
	}
	for name, c := range map[string]struct {
		t    target
		want string
	}{
		"one officer":     {target{"k", "tbkk", partner, sealed("tbkk/vid-1", "om/ovj-1")}, "tbkk/vid-1"},
		"two officers":    {target{"k", "tbkk", partner, sealed("tbkk/vid-1", "tbkk/vid-2")}, ""},
		"the liaison":     {target{"k", "lo:PH", partner, nil}, "lo:PH"},
		"a whole partner": {target{"k", "tbkk", partner, nil}, ""},
	} {
		if got := m.recipient(c.t); got.OfficerID != c.want || len(got.Excluded) != 0 {
			t.Errorf("%s: got officer %q, excluded %v; want %q and none", name, got.OfficerID, got.Excluded, c.want)
		}
	}
	if got := m.recipient(target{"k", "ipsg", bureau, nil}); !reflect.DeepEqual(got.Excluded, []string{"TH"}) {
		t.Errorf("Interpol: got excluded %v, want TH", got.Excluded)
	}
}
