//go:build mutants

package policies

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"schakel/schemas"
)

// factMutants changes one fact at a time: of every basis, every row of the matrix
// and every record that a decision rests on.
func factMutants(t *testing.T) []mutant {
	_, facts, _, err := read(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	m := &factMutator{base: embeddedRules(t), facts: facts, names: facts.names()}
	for i := range facts.Bases {
		m.basis(i)
	}
	for i := range facts.Flows {
		m.flow(i)
	}
	m.records()
	m.precedence()
	return m.all
}

type factMutator struct {
	base  *Rules
	facts catalogue
	names *names
	all   []mutant
}

// add makes the mutant in which the catalogue is changed, and says which questions
// can see that. The change gets a catalogue of its own; what it does not replace is
// shared.
func (m *factMutator) add(kind, where, what string, seenBy func(*Question) bool, change func(c *catalogue)) {
	m.all = append(m.all, mutant{kind: kind, name: fmt.Sprintf("%s: %s: %s", where, kind, what), seenBy: seenBy, change: func() (*Rules, error) {
		facts := m.changed(change)
		if err := facts.check(); err != nil {
			return nil, err
		}
		rules := *m.base
		return &rules, rules.facts(facts)
	}, facts: func() catalogue { return m.changed(change) }})
}

func (m *factMutator) changed(change func(c *catalogue)) catalogue {
	facts := m.facts
	facts.Bases, facts.Flows, facts.Countries = slices.Clone(facts.Bases), slices.Clone(facts.Flows), slices.Clone(facts.Countries)
	facts.Roles, facts.Offences, facts.Documents, facts.Reasons = slices.Clone(facts.Roles), slices.Clone(facts.Offences), slices.Clone(facts.Documents), slices.Clone(facts.Reasons)
	change(&facts)
	return facts
}

// listed are the lists of a basis with the words that they are written in.
func (m *factMutator) listed() []field[Basis] {
	return []field[Basis]{
		{"by", m.names.roles, func(b *Basis) *[]string { return &b.By }},
		{"to", m.names.roles, func(b *Basis) *[]string { return &b.To }},
		{"countries", m.names.classes, func(b *Basis) *[]string { return &b.Countries }},
		{"purposes", m.names.purposes, func(b *Basis) *[]string { return &b.Purposes }},
		{"articles", schemas.Articles, func(b *Basis) *[]string { return &b.Articles }},
		{"strict_articles", schemas.Articles, func(b *Basis) *[]string { return &b.StrictArticles }},
		{"data.only", m.names.categories, func(b *Basis) *[]string { return &b.Data.Only }},
		{"data.except", m.names.categories, func(b *Basis) *[]string { return &b.Data.Except }},
		{"subjects.only", m.names.subjects, func(b *Basis) *[]string { return &b.Subjects.Only }},
		{"subjects.except", m.names.subjects, func(b *Basis) *[]string { return &b.Subjects.Except }},
	}
}

// field is a list of a fact.
type field[T any] struct {
	name  string
	words []string
	of    func(*T) *[]string
}

// eachList drops a member of each list, and adds one; which, the name decides.
func eachList[T any](fact T, where string, fields []field[T], add func(kind, what string, change func(*T))) {
	for _, f := range fields {
		list := *f.of(&fact)
		if len(list) == 0 {
			continue
		}
		gone := list[hash(where+f.name)%uint32(len(list))]
		add("list narrowed", f.name+" without "+gone, func(x *T) { *f.of(x) = without(*f.of(x), gone) })
		var others []string
		for _, word := range unique(f.words) {
			if !slices.Contains(list, word) && word != "any" && !slices.Contains(list, "any") {
				others = append(others, word)
			}
		}
		if len(others) > 0 {
			more := others[hash(f.name+where)%uint32(len(others))]
			add("list widened", f.name+" with "+more, func(x *T) { *f.of(x) = append(slices.Clone(*f.of(x)), more) })
		}
	}
}

func (m *factMutator) basis(i int) {
	b := m.facts.Bases[i]
	where := strings.TrimSpace("basis " + b.ID + " " + b.From)
	seenBy := func(q *Question) bool { return b.Receiving || claimed(q, b.ID) }
	add := func(kind, what string, change func(*Basis)) {
		m.add(kind, where, what, seenBy, func(c *catalogue) { change(&c.Bases[i]) })
	}
	eachList(b, where, m.listed(), add)
	for j, condition := range b.Conditions {
		if condition.Design == "" {
			add("condition dropped", condition.Text, func(b *Basis) { b.Conditions = cut(b.Conditions, j) })
		}
	}
	for j, duty := range b.Obligations {
		add("obligation dropped", duty, func(b *Basis) { b.Obligations = cut(b.Obligations, j) })
	}
	for j, a := range b.Approvals {
		add("approval dropped", fmt.Sprint(a), func(b *Basis) { b.Approvals = cut(b.Approvals, j) })
	}
	if !b.Data.All && b.Data.NamedIn == "" {
		add("list widened", "all data", func(b *Basis) { b.Data = Selection{All: true} })
	}
	if !b.Subjects.All && b.Subjects.NamedIn == "" {
		add("list widened", "all persons", func(b *Basis) { b.Subjects = Selection{All: true} })
	}
	if !slices.Equal(b.By, b.To) {
		add("role swapped", "by and to", func(b *Basis) { b.By, b.To = b.To, b.By })
	}
	if b.Emergency {
		add("mark removed", "emergency", func(b *Basis) { b.Emergency = false })
	}
	if b.VictimIdentity {
		add("mark removed", "victim_identity", func(b *Basis) { b.VictimIdentity = false })
	}
	moved(b.Validity, func(what string, v Validity) { add("date moved", what, func(b *Basis) { b.Validity = v }) })
}

// moved moves each day of a validity by one; what is open is closed a year ago,
// or opens in a year.
func moved(v Validity, add func(what string, v Validity)) {
	from, until := "2027-11-23", "2025-11-23"
	if v.From != "" {
		from = nextDay(v.From, 1)
	}
	if v.Until != "" {
		until = nextDay(v.Until, -1)
	}
	add("valid_from "+from, Validity{from, v.Until})
	add("valid_until "+until, Validity{v.From, until})
}

func nextDay(day string, by int) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic("policies: " + err.Error()) // a fact that is no day
	}
	return t.AddDate(0, 0, by).Format(time.DateOnly)
}

func (m *factMutator) flow(i int) {
	f := m.facts.Flows[i]
	where := "row " + f.ID
	seenBy := func(q *Question) bool { return q.Message.Kind == f.Kind }
	add := func(kind, what string, change func(*Flow)) {
		m.add(kind, where, what, seenBy, func(c *catalogue) { change(&c.Flows[i]) })
	}
	eachList(f, where, []field[Flow]{
		{"sender", m.names.roles, func(f *Flow) *[]string { return &f.Sender }},
		{"recipient", m.names.roles, func(f *Flow) *[]string { return &f.Recipient }},
	}, add)
	m.add("row dropped", where, f.Decision, seenBy, func(c *catalogue) { c.Flows = cut(c.Flows, i) })
	switch f.Decision {
	case schemas.Deny:
		add("decision widened", "allow-with-obligations", func(f *Flow) { f.Decision = schemas.AllowWithObligations })
		if f.Code != "" {
			add("code swapped", f.Code, func(f *Flow) { f.Code = "" })
		}
	case schemas.Allow:
		add("decision narrowed", "allow-with-obligations", func(f *Flow) { f.Decision = schemas.AllowWithObligations })
	default:
		add("decision widened", "allow", func(f *Flow) { f.Decision = schemas.Allow })
	}
	for j, alternative := range f.Grounds {
		add("ground dropped", strings.Join(alternative, " + "), func(f *Flow) { f.Grounds = cut(f.Grounds, j) })
		if len(alternative) > 1 {
			half := int(hash(where) % uint32(len(alternative)))
			add("ground halved", strings.Join(alternative, " + "), func(f *Flow) {
				f.Grounds = slices.Clone(f.Grounds)
				f.Grounds[j] = cut(alternative, half)
			})
		}
	}
	for j, condition := range f.Conditions {
		if condition.Design == "" {
			add("condition dropped", condition.Text, func(f *Flow) { f.Conditions = cut(f.Conditions, j) })
		}
	}
	for j, duty := range f.Obligations {
		add("obligation dropped", duty, func(f *Flow) { f.Obligations = cut(f.Obligations, j) })
	}
	for j, function := range f.Approvals {
		add("approval dropped", function, func(f *Flow) { f.Approvals = cut(f.Approvals, j) })
	}
}

// records changes the roles, states, offences and kinds of document that a
// decision rests on.
func (m *factMutator) records() {
	for i, role := range m.facts.Roles {
		other := map[string]string{"police": "justice", "justice": "police", "private": "foreign", "foreign": "private"}[role.Side]
		if other == "" {
			other = "foreign"
		}
		m.add("role swapped", "role "+role.ID, role.Side+" to "+other, nil, func(c *catalogue) { c.Roles[i].Side = other })
	}
	for i, country := range m.facts.Countries {
		where := strings.TrimSpace("country " + country.ID + " " + country.From)
		change := func(kind, what string, change func(*Country)) {
			m.add(kind, where, what, nil, func(c *catalogue) { change(&c.Countries[i]) })
		}
		change("state changed", "membership", func(c *Country) { c.EU = !c.EU })
		change("state changed", "torture", func(c *Country) { c.Torture = !c.Torture })
	}
	for i, offence := range m.facts.Offences {
		for j, flag := range offence.Flags {
			m.add("list narrowed", "offence "+offence.ID, "flags without "+flag, nil, func(c *catalogue) { c.Offences[i].Flags = cut(offence.Flags, j) })
		}
	}
	for i, kind := range m.facts.Documents {
		if kind.About != "" {
			m.add("condition dropped", "document "+kind.ID, "about "+kind.About, nil, func(c *catalogue) { c.Documents[i].About = "" })
		}
	}
}

// precedence swaps two neighbours of the order of reasons.
func (m *factMutator) precedence() {
	for i := range len(m.facts.Reasons) - 1 {
		one, two := m.facts.Reasons[i], m.facts.Reasons[i+1]
		m.add("order swapped", "reasons", fmt.Sprintf("%s and %s", one.Code, two.Code), nil, func(c *catalogue) { c.Reasons[i], c.Reasons[i+1] = two, one })
	}
}
