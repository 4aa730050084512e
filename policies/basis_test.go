package policies

import (
	"slices"
	"testing"
	"time"

	"schakel/schemas"
)

// What the casebook must hold of a basis is computed from the facts: a case for
// everything it asks, that fails for want of it and passes when it is given.
// Whether a case counts is told by the rules themselves.
func TestTheCasebookTriesEverythingThatTheLawAsks(t *testing.T) {
	book := decided(t)
	t.Run("of a basis", book.triesBases)
	t.Run("of a row or a recipient", book.triesRows)
}

func (book *casebookDecided) triesBases(t *testing.T) {
	for _, basis := range book.bases() {
		if basis.Receiving {
			continue
		}
		if !slices.ContainsFunc(book.cases, func(c *decidedCase) bool { return c.restsOn(basis.ID) }) {
			t.Errorf("%s: no case passes on it", basis.ID)
		}
		book.conditions(t, basis.ID, basis.Conditions, func(c *decidedCase) bool { return c.claims(basis.ID) })
		book.approvals(t, basis)
		book.dimensions(t, basis)
		book.expiry(t, basis)
	}
}

// triesRows does so for what a row asks besides its grounds, and for the grounds
// of the recipient.
func (book *casebookDecided) triesRows(t *testing.T) {
	for _, rows := range book.rules.flows {
		for _, row := range rows {
			book.conditions(t, row.fact.ID, row.fact.Conditions, func(c *decidedCase) bool { return c.decision.Row == row.fact.ID })
		}
	}
	for _, ground := range book.rules.receiving {
		book.conditions(t, ground.fact.ID, ground.fact.Conditions, func(c *decidedCase) bool {
			return member(ground.fact.By, c.Question.Sender.Role) && member(ground.fact.To, c.Question.Recipient.Role)
		})
	}
}

// casebookDecided is the casebook with what the rules say of it.
type casebookDecided struct {
	rules *Rules
	cases []*decidedCase
}

type decidedCase struct {
	Case
	decision *Decision
}

func decided(t *testing.T) *casebookDecided {
	book := &casebookDecided{rules: embeddedRules(t)}
	for _, c := range casesOf(t) {
		decision, err := book.rules.Decide(t.Context(), c.Question)
		if err != nil {
			t.Fatal(err)
		}
		book.cases = append(book.cases, &decidedCase{c, decision})
	}
	return book
}

// bases are those that a row of the matrix can rest on.
func (book *casebookDecided) bases() (all []Basis) {
	used := map[string]bool{}
	for _, rows := range book.rules.flows {
		for _, row := range rows {
			for _, id := range slices.Concat(row.fact.Grounds...) {
				used[id] = true
			}
		}
	}
	for id, versions := range book.rules.bases {
		if used[id] && !slices.Equal(versions[0].fact.Data.Only, []string{"d-none"}) {
			all = append(all, versions[0].fact)
		}
	}
	return all
}

func (c *decidedCase) claims(basis string) bool { return claimed(c.Question, basis) }

func (c *decidedCase) restsOn(basis string) bool {
	return c.decision.Passes() && slices.Contains(c.decision.Bases, basis)
}

func (c *decidedCase) says(code schemas.Code) bool { return slices.Contains(c.decision.Codes(), code) }

// names reports whether a document of a kind is among those of the case.
func (c *decidedCase) names(kind string) bool {
	documents := slices.Clone(c.Question.Documents)
	for _, claimed := range c.Question.Bases {
		documents = append(documents, claimed.Documents...)
	}
	return kind != "" && slices.ContainsFunc(documents, func(d Document) bool { return d.Kind == kind })
}

// turns reports whether a case that does not pass, or not on what it should, does
// so after a change of its question.
func (book *casebookDecided) turns(t *testing.T, c *decidedCase, basis string, change func(*Question)) bool {
	t.Helper()
	q := &Question{}
	if err := schemas.Decode(schemas.Encode(c.Question), q); err != nil {
		t.Fatal(err)
	}
	change(q)
	decision, err := book.rules.Decide(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	_, isBasis := book.rules.bases[basis]
	return decision.Passes() && (!isBasis || slices.Contains(decision.Bases, basis) || book.rules.bases[basis][0].fact.Receiving)
}

// conditions asks for each condition a case that fails for want of it alone.
func (book *casebookDecided) conditions(t *testing.T, of string, conditions []Condition, concerns func(*decidedCase) bool) {
	t.Helper()
	for _, condition := range conditions {
		if condition.Design != "" {
			continue
		}
		if condition.Document == "" && shows[condition.Attribute] == nil {
			t.Errorf("%s: shows does not say how %q is shown", of, condition.Attribute)
			continue
		}
		if !slices.ContainsFunc(book.cases, func(c *decidedCase) bool {
			return concerns(c) && !c.restsOn(of) && (condition.Months > 0 || !c.names(condition.Document)) && (of != c.decision.Row || !c.decision.Passes()) && book.turns(t, c, of, give(condition))
		}) {
			t.Errorf("%s: no case fails for want of %s%s alone: %s", of, condition.Document, condition.Attribute, condition.Text)
		}
	}
}

// approvals asks for each approval a case that waits for it alone, where a row
// leaves it to the basis or asks it too.
func (book *casebookDecided) approvals(t *testing.T, basis Basis) {
	t.Helper()
	for _, approval := range basis.Approvals {
		if !book.asked(basis.ID, approval) {
			continue
		}
		if !slices.ContainsFunc(book.cases, func(c *decidedCase) bool {
			return c.claims(basis.ID) && slices.Equal(c.decision.Approvals, []string{approval.Function}) && of(approval, c.Question) &&
				book.turns(t, c, basis.ID, func(q *Question) {
					q.Approvals = append(q.Approvals, Approved{Function: approval.Function, Person: "elsewhere/officer", At: "2026-11-20T08:00:00Z", Scope: "this message"})
				})
		}) {
			t.Errorf("%s: no case waits for %s alone %v", basis.ID, approval.Function, approval.Articles)
		}
	}
}

func (book *casebookDecided) asked(basis string, approval Approval) bool {
	for _, rows := range book.rules.flows {
		for _, row := range rows {
			grounds := slices.Concat(row.fact.Grounds...)
			if slices.Contains(grounds, basis) && (len(row.fact.Approvals) == 0 || slices.Contains(row.fact.Approvals, approval.Function)) {
				return true
			}
		}
	}
	return false
}

// of reports whether an approval is asked for what a question is about.
func of(approval Approval, q *Question) bool {
	return (len(approval.Senders) == 0 || slices.Contains(approval.Senders, q.Sender.Role)) &&
		(len(approval.Recipients) == 0 || slices.Contains(approval.Recipients, q.Recipient.Role)) &&
		slices.ContainsFunc(q.Items, func(i Item) bool {
			return (len(approval.Articles) == 0 || slices.Contains(approval.Articles, i.ProcessingArticle)) &&
				(len(approval.Subjects) == 0 || slices.Contains(approval.Subjects, i.SubjectCategory))
		})
}

// dimensions asks for a case with a wrong purpose, country, source, category and
// person, as far as there is a wrong one, and for wrong parties where a row that
// knows the basis has them.
func (book *casebookDecided) dimensions(t *testing.T, basis Basis) {
	t.Helper()
	item := func(wrong func(Item) bool) func(*Question) bool {
		return func(q *Question) bool { return slices.ContainsFunc(q.Items, wrong) }
	}
	for _, d := range []struct {
		name  string
		codes []schemas.Code
		asked bool
		wrong func(*Question) bool
	}{
		{"purpose", []schemas.Code{"r-purpose-mismatch"}, true, func(q *Question) bool { return !slices.Contains(basis.Purposes, q.Purpose) }},
		{"class", []schemas.Code{"r-recipient-class"}, true, func(q *Question) bool { return !slices.Contains(basis.Countries, q.Country.Class) }},
		{"article", []schemas.Code{"r-processing-article"}, true, item(func(i Item) bool {
			return !slices.Contains(slices.Concat(basis.Articles, basis.StrictArticles), i.ProcessingArticle)
		})},
		{"data", []schemas.Code{"r-data-category", "r-outside-decision"}, !basis.Data.All || len(basis.Data.Except) > 0, item(func(i Item) bool { return !takesIn(basis.Data, i.DataCategory) })},
		{"subject", []schemas.Code{"r-subject-category"}, !basis.Subjects.All, item(func(i Item) bool { return !takesIn(basis.Subjects, i.SubjectCategory) })},
		{"party", []schemas.Code{"r-no-basis"}, book.rowBeyond(basis), func(q *Question) bool {
			return !member(basis.By, q.Sender.Role) || !member(basis.To, q.Recipient.Role)
		}},
	} {
		if d.asked && !slices.ContainsFunc(book.cases, func(c *decidedCase) bool {
			return c.claims(basis.ID) && !c.restsOn(basis.ID) && d.wrong(c.Question) && (slices.ContainsFunc(d.codes, c.says) || c.decision.Passes())
		}) {
			t.Errorf("%s: no case has a wrong %s", basis.ID, d.name)
		}
	}
}

func takesIn(s Selection, code string) bool {
	return s.All && !slices.Contains(s.Except, code) || slices.Contains(s.Only, code)
}

// rowBeyond reports whether a row that rests on a basis has a party that may not
// invoke it, or to whom it does not reach.
func (book *casebookDecided) rowBeyond(basis Basis) bool {
	for _, rows := range book.rules.flows {
		for _, row := range rows {
			beyond := func(of []string, parties []string) bool {
				return slices.ContainsFunc(parties, func(role string) bool { return !member(of, role) })
			}
			if slices.Contains(slices.Concat(row.fact.Grounds...), basis.ID) && (beyond(basis.By, row.fact.Sender) || beyond(basis.To, row.fact.Recipient)) {
				return true
			}
		}
	}
	return false
}

// expiry asks, of a basis that a document carries, for a case on its last day and
// one on the day after.
func (book *casebookDecided) expiry(t *testing.T, basis Basis) {
	t.Helper()
	kinds := []string{}
	for _, condition := range basis.Conditions {
		if condition.Document != "" {
			kinds = append(kinds, condition.Document)
		}
	}
	ends := func(c *decidedCase, days int) bool {
		now, err := time.Parse(time.RFC3339, c.Question.Now)
		if err != nil {
			t.Fatal(err)
		}
		day := now.AddDate(0, 0, days).Format(time.DateOnly)
		documents := c.Question.Documents
		for _, claimed := range c.Question.Bases {
			documents = append(slices.Clone(documents), claimed.Documents...)
		}
		return slices.ContainsFunc(documents, func(d Document) bool { return slices.Contains(kinds, d.Kind) && d.ValidUntil == day })
	}
	if len(kinds) == 0 {
		return
	}
	if !slices.ContainsFunc(book.cases, func(c *decidedCase) bool { return c.restsOn(basis.ID) && ends(c, 0) }) {
		t.Errorf("%s: no case passes on the last day of one of %v", basis.ID, kinds)
	}
	if !slices.ContainsFunc(book.cases, func(c *decidedCase) bool {
		return c.claims(basis.ID) && !c.restsOn(basis.ID) && ends(c, -1) && (c.says("r-basis-expired") || c.decision.Passes())
	}) {
		t.Errorf("%s: no case fails on the day after the last of one of %v", basis.ID, kinds)
	}
}

// give is a question with the evidence of one condition.
func give(condition Condition) func(*Question) {
	return func(q *Question) {
		if condition.Document != "" {
			show(q, condition.Document)
			return
		}
		shows[condition.Attribute](q)
	}
}

// show adds a document that fits everything.
func show(q *Question, kind string) {
	q.Documents = append(q.Documents, Document{
		ID: "given", Kind: kind, Issuer: q.Sender.Org, Parties: []string{q.Sender.Org, q.Recipient.Org}, Purposes: []string{q.Purpose}, Categories: []string{},
		Country: q.Recipient.Country, Status: "active", ValidFrom: "2026-11-01", ValidUntil: "2027-03-01",
	})
}

func everyItem(change func(*Item)) func(*Question) {
	return func(q *Question) {
		for i := range q.Items {
			change(&q.Items[i])
		}
	}
}

func leavingOut(category string) func(*Question) {
	return func(q *Question) {
		q.Items = slices.DeleteFunc(q.Items, func(i Item) bool { return i.DataCategory == category })
	}
}

func withDocument(kind string) func(*Question) { return func(q *Question) { show(q, kind) } }

var (
	named  = everyItem(func(i *Item) { i.OffenceRef = "sr-248" })
	danger = func(q *Question) {
		q.Message.Emergency = Emergency{Claimed: true, Facts: "a child is with the man now", Expires: "2026-11-24T10:00:00Z"}
	}
)

// shows says how what an attribute of the facts asks for is shown.
var shows = map[string]func(*Question){
	"adequate-country":   func(q *Question) { q.Country.Class = "cc-ta" },
	"annex-ii-b":         withDocument("necessity"),
	"answer-only":        func(q *Question) { q.Request = Request{true, "2026-7", "the answer cannot do without it"} },
	"assessment":         func(q *Question) { q.Recipient.Assessment.ID = "given" },
	"assessment-term":    func(q *Question) { q.Recipient.Assessment.ValidUntil = "2027-03-01" },
	"child-consent":      func(q *Question) { q.Child.Consent = "guardian" },
	"criminal-ground":    withDocument("criminal-data-ground"),
	"danger-facts":       danger,
	"danger-now":         danger,
	"decision-file":      func(q *Question) { q.DecisionFile.WPG20ID = "given" },
	"eio":                withDocument("eio-form"),
	"europol-categories": leavingOut("d-risk"),
	"evasion-parties":    everyItem(func(i *Item) { i.SubjectCategory = "s-convicted" }),
	"police-question":    func(q *Question) { leavingOut("d-crim-rec")(q); leavingOut("d-susp")(q) },
	"victim-is-subject":  leavingOut("d-vict-id"),
	"fiu-consent": func(q *Question) {
		show(q, "orig-consent")
		q.Documents[len(q.Documents)-1].Issuer = "fiu-nl"
	},
	"foreign-conditions":  everyItem(func(i *Item) { i.OriginConditions = []string{"H0"} }),
	"foreign-origin":      everyItem(func(i *Item) { i.OriginCountry, i.OriginOrg = "NL", "" }),
	"handling-code":       everyItem(func(i *Item) { i.OriginConditions = []string{"H0"} }),
	"jit":                 withDocument("jit-agreement"),
	"ladder":              withDocument("balancing"),
	"local-case":          func(q *Question) { q.LocalCase, q.DutchCase = "none", "none" },
	"measure-dates":       withDocument("judicial-decision"),
	"no-accused":          everyItem(func(i *Item) { i.SubjectCategory = "s-victim" }),
	"no-fiu-file":         leavingOut("d-mot"),
	"no-visual-material":  leavingOut("d-csam"),
	"offence-named":       named,
	"offence-over-a-year": named,
	"origin-untainted":    everyItem(func(i *Item) { i.OriginCountry = "GB" }),
	"own-country":         func(q *Question) { q.Recipient.Country = q.Sender.Country },
	"pnr-offence":         named,
	"pnr-recent":          everyItem(func(i *Item) { i.CollectedAt = "2026-11-01" }),
	"request":             func(q *Question) { q.Request = Request{Exists: true, QuestionRef: "2026-7"} },
	"single-person":       everyItem(func(i *Item) { i.SubjectRef = "person-1" }),
	"source-split":        leavingOut("d-source"),
	"sv-demand":           withDocument("sv-demand"),
	"treaty-crime":        named,
	"victim-purpose":      func(q *Question) { q.Purpose = "p-victim" },
}
