package policies

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"schakel/schemas"
)

// loss takes one thing away that speaks for sending: a permission, a document, an
// approval, a promise or their validity.
type loss struct {
	what string
	take func(*Question)
}

// losses lists all that a question can lose.
func losses(q *Question) []loss {
	var all []loss
	lose := func(what string, take func(*Question)) { all = append(all, loss{what, take}) }
	for b := range q.Bases {
		lose(fmt.Sprintf("basis %d", b), func(q *Question) { q.Bases = slices.Delete(q.Bases, b, b+1) })
		all = append(all, documentLosses(fmt.Sprintf("basis %d", b), q.Bases[b].Documents, func(q *Question) *[]Document { return &q.Bases[b].Documents })...)
	}
	all = append(all, documentLosses("standing", q.Documents, func(q *Question) *[]Document { return &q.Documents })...)
	all = append(all, documentLosses("authorisation", q.Sender.Authorisations, func(q *Question) *[]Document { return &q.Sender.Authorisations })...)
	for i := range q.Approvals {
		lose(fmt.Sprintf("approval %d", i), func(q *Question) { q.Approvals = slices.Delete(q.Approvals, i, i+1) })
		lose(fmt.Sprintf("approval %d lapsed", i), func(q *Question) { q.Approvals[i].ValidUntil = "2020-01-01" })
		lose(fmt.Sprintf("approval %d by the sender", i), func(q *Question) { q.Approvals[i].Person = q.Sender.OfficerID })
	}
	for i, assurance := range q.Assurances {
		if assurance.State == "given" {
			lose(fmt.Sprintf("assurance %d", i), func(q *Question) { q.Assurances = slices.Delete(q.Assurances, i, i+1) })
			lose(fmt.Sprintf("assurance %d pending", i), func(q *Question) { q.Assurances[i].State = "pending" })
			lose(fmt.Sprintf("assurance %d lapsed", i), func(q *Question) { q.Assurances[i].ValidUntil = "2020-01-01" })
		}
	}
	for i := range q.Recipient.AcceptedConditions {
		lose(fmt.Sprintf("accepted condition %d", i), func(q *Question) {
			q.Recipient.AcceptedConditions = slices.Delete(q.Recipient.AcceptedConditions, i, i+1)
		})
	}
	lose("functions of the recipient", func(q *Question) { q.Recipient.Functions = []string{} })
	lose("assessment lapsed", func(q *Question) { q.Recipient.Assessment.ValidUntil = "2020-01-01" })
	lose("decision file lapsed", func(q *Question) { q.DecisionFile.ValidUntil = "2020-01-01" })
	lose("request", func(q *Question) { q.Request = Request{} })
	lose("facts of the emergency", func(q *Question) { q.Message.Emergency.Facts = "" })
	lose("emergency", func(q *Question) { q.Message.Emergency = Emergency{} })
	lose("facts of the country", func(q *Question) { q.Country.FactsAsOf = "2020-01-01" })
	lose("consent for the child", func(q *Question) { q.Child = Child{} })
	lose("consent of the source", func(q *Question) { q.Source.Consent = "" })
	return all
}

func documentLosses(whose string, documents []Document, of func(*Question) *[]Document) []loss {
	var all []loss
	for i := range documents {
		all = append(all,
			loss{fmt.Sprintf("document %d of %s", i, whose), func(q *Question) { list := of(q); *list = slices.Delete(*list, i, i+1) }},
			loss{fmt.Sprintf("document %d of %s withdrawn", i, whose), func(q *Question) { (*of(q))[i].Status = "withdrawn" }},
			loss{fmt.Sprintf("document %d of %s lapsed", i, whose), func(q *Question) { (*of(q))[i].ValidUntil = "2020-01-01" }})
	}
	return all
}

// burdens make a message heavier: more data, or a stricter handling code.
func burdens(q *Question, random *rand.Rand, categories []string) []loss {
	category := categories[random.IntN(len(categories))]
	code := []string{"H1", "H2", "H3"}[random.IntN(3)]
	like := q.Items[random.IntN(len(q.Items))]
	more := func(may bool) func(*Question) {
		return func(q *Question) {
			item := like
			item.ID, item.DataCategory, item.May = 1000, category, may
			q.Items = append(q.Items, item)
		}
	}
	all := []loss{
		{"more data: " + category, more(false)},
		{"more data that may be left out: " + category, more(true)},
	}
	if len(q.Message.Handling) > 0 { // no code at all is no lighter one: it stands for H2, or is a label that misses
		all = append(all, loss{"handling code " + code, func(q *Question) { q.Message.Handling = append(q.Message.Handling, code) }})
	}
	if slices.ContainsFunc(q.Items[0].OriginConditions, func(c string) bool { return slices.Contains(schemas.Handling, c) }) {
		all = append(all, loss{"a condition " + code, func(q *Question) { q.Items[0].OriginConditions = append(q.Items[0].OriginConditions, code) }})
	}
	return all
}

// copied is the same question, of which nothing is shared.
func copied(t testing.TB, q *Question) *Question {
	t.Helper()
	other := &Question{}
	if err := json.Unmarshal(schemas.Encode(q), other); err != nil {
		t.Fatal(err)
	}
	return other
}

func ask(t *testing.T, rules *Rules, q *Question) *Decision {
	t.Helper()
	decision, err := rules.Decide(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return decision
}

// drawn is a third of the casebook, the same on every machine.
func drawn(t *testing.T, random *rand.Rand) []Case {
	return slices.DeleteFunc(casesOf(t), func(Case) bool { return random.IntN(3) > 0 })
}

// Whatever speaks for sending is taken away, one thing after another: what was held
// or denied never passes because of it.
func TestTakingAwayNeverLetsPass(t *testing.T) {
	rules := embeddedRules(t)
	random := rand.New(rand.NewPCG(4, 2026))
	held := 0
	for _, c := range drawn(t, random) {
		q := copied(t, c.Question)
		passed := c.Outcome == schemas.Allow || c.Outcome == schemas.AllowWithObligations
		var taken []string
		for range 6 {
			all := losses(q)
			one := all[random.IntN(len(all))]
			one.take(q)
			taken = append(taken, one.what)
			decision := ask(t, rules, q)
			if !passed {
				held++
			}
			if decision.Passes() && !passed {
				t.Fatalf("%s: passes without %v", c.ID, taken)
			}
			passed = decision.Passes()
		}
	}
	if held < 1000 {
		t.Errorf("only %d held or denied questions lost something", held)
	}
}

// A message that becomes heavier never discloses more of what it held, but for one
// that the law lets pass only in company.
func TestAddingNeverDisclosesMore(t *testing.T) {
	rules := embeddedRules(t)
	random := rand.New(rand.NewPCG(5, 2026))
	var categories []string
	for _, c := range casesOf(t) {
		for _, item := range c.Question.Items {
			categories = append(categories, item.DataCategory)
		}
	}
	categories = unique(categories)
	compared := 0
	for _, c := range drawn(t, random) {
		if len(c.Question.Items) == 0 {
			continue
		}
		before := disclosed(c.Question, ask(t, rules, c.Question))
		for _, burden := range burdens(c.Question, random, categories) {
			q := copied(t, c.Question)
			burden.take(q)
			compared++
			for _, item := range disclosed(q, ask(t, rules, q)) {
				if item != 1000 && !slices.Contains(before, item) && !wantsCompany(c.Question) {
					t.Errorf("%s with %s: discloses item %d, and without it %v", c.ID, burden.what, item, before)
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d messages became heavier", compared)
	}
}

// disclosed lists the items that leave.
func disclosed(q *Question, d *Decision) []int {
	var all []int
	for _, item := range q.Items {
		if d.Passes() && !slices.ContainsFunc(d.Withhold, func(w Withheld) bool { return w.Item == item.ID }) {
			all = append(all, item.ID)
		}
	}
	return all
}

// wantsCompany reports whether the law lets a message pass only if something stands
// beside what is in it: other data beside those of Wpg 5, a ground beside a score
// (Wpg 7a), the dismissal beside the suspicion (Wjsg 7c).
func wantsCompany(q *Question) bool {
	return q.SubjectFlags.Dismissed || slices.ContainsFunc(q.Items, func(item Item) bool {
		return slices.Contains([]string{"d-health", "d-psych", "d-sexlife", "d-ethn", "d-relig", "d-biom", "d-dna", "d-risk"}, item.DataCategory)
	})
}
