package policies

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"schakel/schemas"
)

// names are what the facts may refer to.
type names struct {
	roles, purposes, categories, subjects, obligations, functions, documents, bases, rows, classes, kinds []string
	codes                                                                                                 []schemas.Code
}

// check finds every kind of fact that is missing as a whole, and every reference to
// a fact that is not there: a misspelt role opens or closes a row without anybody
// noticing.
func (c *catalogue) check() error {
	n := c.names()
	var faults []error
	for field, facts := range reflect.ValueOf(*c).Fields() {
		if facts.Len() == 0 {
			faults = append(faults, fmt.Errorf("%s: the facts hold none", field.Tag.Get("yaml")))
		}
	}
	known := func(where string, list []string, words ...string) {
		for _, word := range words {
			if word != "" && !slices.Contains(list, word) {
				faults = append(faults, fmt.Errorf("%s: %q is not in the facts", where, word))
			}
		}
	}
	for _, b := range c.Bases {
		b.check(b.ID, n, known)
	}
	for _, f := range c.Flows {
		f.check(n, known)
		if f.Code != "" && !slices.Contains(n.codes, schemas.Code(f.Code)) {
			faults = append(faults, fmt.Errorf("%s: %q is not in the facts", f.ID, f.Code))
		}
	}
	for _, country := range c.Countries {
		known(country.ID, n.functions, country.Approvals...)
	}
	for _, scale := range c.Scales {
		known(scale.ID, []string{"A", "B", "C", "X"}, slices.Collect(maps.Values(scale.Sources))...)
		known(scale.ID, []string{"1", "2", "3", "4"}, append(slices.Collect(maps.Values(scale.Information)), scale.Seen)...)
	}
	for _, function := range c.Functions {
		known(function.ID, append(n.roles, "own"), function.At...)
	}
	for _, regime := range c.Regimes {
		known(regime.ID, n.roles, regime.By...)
		known(regime.ID, schemas.Articles, regime.Articles...)
	}
	for _, r := range c.Retention {
		known(r.ID, schemas.Articles, r.Articles...)
		known(r.ID, n.bases, r.Bases...)
		known(r.ID, n.roles, r.Recipients...)
		known(r.ID, ids(c.Offences, func(o Offence) string { return o.ID }), r.Offences...)
		known(r.ID, []string{"collected", "delivery"}, r.From)
	}
	for _, question := range c.Questions {
		known(question.ID, n.all(c), question.Bears...)
	}
	faults = append(faults, c.checkAfterwards(n, known))
	return errors.Join(faults...)
}

// known tells of each word whether a list has it.
type known func(where string, list []string, words ...string)

func (b *Basis) check(where string, n *names, known known) {
	known(where, n.roles, slices.Concat(b.By, b.To)...)
	known(where, n.classes, b.Countries...)
	known(where, n.purposes, b.Purposes...)
	known(where, schemas.Articles, slices.Concat(b.Articles, b.StrictArticles)...)
	known(where, n.categories, slices.Concat(b.Data.Only, b.Data.Except)...)
	known(where, n.subjects, slices.Concat(b.Subjects.Only, b.Subjects.Except)...)
	known(where, n.obligations, b.Obligations...)
	for _, a := range b.Approvals {
		known(where, n.functions, a.Function)
		known(where, schemas.Articles, a.Articles...)
		known(where, n.subjects, a.Subjects...)
		known(where, n.classes, a.Classes...)
		known(where, n.roles, slices.Concat(a.Senders, a.Recipients)...)
		known(where, n.kinds, a.ExceptKinds...)
		known(where, n.documents, a.With)
	}
	checkConditions(where, b.Conditions, n, known)
}

func (f *Flow) check(n *names, known known) {
	known(f.ID, n.kinds, f.Kind)
	known(f.ID, n.roles, slices.Concat(f.Sender, f.Recipient)...)
	known(f.ID, n.functions, f.Approvals...)
	known(f.ID, n.obligations, f.Obligations...)
	known(f.ID, n.bases, slices.Concat(f.Grounds...)...)
	known(f.ID, []string{schemas.Allow, schemas.AllowWithObligations, schemas.Hold, schemas.Deny}, f.Decision)
	checkConditions(f.ID, f.Conditions, n, known)
}

// checkAfterwards finds an emergency at which nobody would look.
func (c *catalogue) checkAfterwards(n *names, known known) error {
	others := false
	for _, a := range c.Afterwards {
		known(a.ID, n.rows, a.Rows...)
		known(a.ID, n.bases, a.Bases...)
		known(a.ID, n.functions, slices.Concat(a.Ratify, a.Close)...)
		if !a.whole() {
			return fmt.Errorf("%s: nobody closes the review, or at no hour", a.ID)
		}
		others = others || a.others()
	}
	if !others {
		return errors.New("afterwards: nobody looks at an emergency that no entry names")
	}
	return nil
}

// whole reports whether somebody closes the review, and when each must have acted.
func (a *Afterwards) whole() bool {
	return len(a.Close) > 0 && a.RatifyWithin > 0 && a.CloseWithin >= a.RatifyWithin
}

// others reports whether an entry is about every emergency that no other names.
func (a *Afterwards) others() bool { return len(a.Rows) == 0 && len(a.Bases) == 0 }

func checkConditions(where string, conditions []Condition, n *names, known known) {
	for _, condition := range conditions {
		known(where, n.documents, condition.Document)
		known(where, schemas.Articles, condition.Articles...)
	}
}

func (c *catalogue) names() *names {
	n := &names{
		roles:       append(ids(c.Roles, func(r Role) string { return r.ID }), "any"),
		purposes:    ids(c.Purposes, termID),
		categories:  ids(c.Categories, func(d Category) string { return d.ID }),
		subjects:    ids(c.Subjects, termID),
		obligations: ids(c.Obligations, termID),
		functions:   ids(c.Functions, func(f Function) string { return f.ID }),
		documents:   ids(c.Documents, func(d DocumentKind) string { return d.ID }),
		kinds:       ids(c.Kinds, termID),
		bases:       ids(c.Bases, func(b Basis) string { return b.ID }),
		rows:        ids(c.Flows, func(f Flow) string { return f.ID }),
		classes:     append(ids(c.Countries, func(c Country) string { return c.Class }), "cc-tb", "cc-ts"), // a treaty or an assessment lifts a country to these
	}
	for _, reason := range c.Reasons {
		n.codes = append(n.codes, reason.Code)
	}
	return n
}

// all are the ids that an open question can bear on: of facts, gates and reasons.
func (n *names) all(c *catalogue) []string {
	every := slices.Concat(n.bases, n.roles, n.purposes, n.categories, n.subjects, n.obligations, n.functions, n.documents, n.classes, n.kinds, gates,
		ids(c.Flows, func(f Flow) string { return f.ID }))
	for _, code := range n.codes {
		every = append(every, string(code))
	}
	return every
}

// gates are those of law/README.md 3c.
var gates = []string{"G01", "G02", "G03", "G04", "G05", "G06", "G07", "G08", "G09", "G10", "G11", "G12", "G13", "G14", "G15", "G16"}

func termID(t Term) string { return t.ID }
