package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"schakel/cmd/instance"
	"schakel/connectors/line"
	"schakel/policies"
	"schakel/schemas"
)

// rulesListCmd shows the law in force, for whoever answers for it.
type rulesListCmd struct {
	Home string `help:"Directory of the gateway's home; without one, the rules of this program." type:"path" env:"SCHAKEL_GATEWAY"`
}

// Help shows how it is used.
func (*rulesListCmd) Help() string { return "schakel rules --home centre --lang nl" }

// Run shows them.
func (c *rulesListCmd) Run(s *line.Session) error {
	edition, home, err := editionOf(c.Home)
	if err != nil {
		return err
	}
	rules, err := edition.Load()
	if err != nil {
		return err
	}
	newer := ""
	if home != "" {
		if newer, err = instance.NotProposed(context.Background(), home); err != nil {
			return err
		}
	}
	if s.Flags.JSON {
		return s.Print(pageOf(edition, rules, newer))
	}
	x := &explainer{s, rules}
	x.edition(edition, newer)
	x.reasons()
	x.catalogue()
	x.questions()
	return nil
}

// edition says which rules these are, since when, and on whose signatures.
func (x *explainer) edition(e instance.Edition, newer string) {
	fmt.Fprintln(x.Stdout, x.say("rules.version", e.Version, e.Digest()))
	switch {
	case e.Entry < 0:
		x.folded("", x.say("rules.program"))
	case len(e.Signers) == 0:
		x.folded("", x.say("rules.first", e.Since, e.Entry))
	default:
		x.folded("", x.say("rules.since", e.Since, e.Entry, e.Author, strings.Join(e.Signers[1:], ", ")))
	}
	if newer != "" {
		x.folded("", x.say("rules.newer", newer))
	}
}

// reasons lists what each step can object, with its source and who answers for it.
func (x *explainer) reasons() {
	for i, step := range policies.Steps {
		fmt.Fprintf(x.Stdout, "\n%d  %s\n", i+1, x.say("step."+step))
		for _, note := range distinct(x.rules.Notes(), step) {
			title := strings.TrimSuffix(x.inLanguage(policies.Title{NL: note.NL, EN: note.EN}), ".")
			x.paragraph(x.say("rules.reason", title, note.Code, x.say("effect."+note.Effect)))
			x.folded("      ", x.say("rules.source", x.source(note.Article), x.marks(note.Mark), strings.Join(note.Authors, ", ")))
		}
	}
}

// distinct are the reasons of a step, each code and effect once: rules that give the
// same say the same, on one article or several.
func distinct(notes []policies.Note, step string) []policies.Note {
	var all []policies.Note
	for _, note := range notes {
		if note.Step() != step {
			continue
		}
		i := slices.IndexFunc(all, func(n policies.Note) bool { return n.Code == note.Code && n.Effect == note.Effect })
		if i < 0 {
			all = append(all, note)
			continue
		}
		all[i].Article = joined(all[i].Article, note.Article)
		all[i].Mark = joined(all[i].Mark, note.Mark)
		for _, author := range note.Authors {
			all[i].Authors = addOnce(slices.Clone(all[i].Authors), author)
		}
	}
	return all
}

func joined(said, more string) string {
	if slices.Contains(strings.Split(said, "; "), more) {
		return said
	}
	return said + "; " + more
}

// catalogue lists the legal bases and the matrix, with their sources.
func (x *explainer) catalogue() {
	fmt.Fprintf(x.Stdout, "\n%s\n", x.say("rules.bases"))
	for _, basis := range x.rules.Bases() {
		x.paragraph(x.say("rules.basis", basis.ID, x.inLanguage(basis.Title)))
		x.folded("      ", x.say("rules.basis-source", x.sourceOf(&basis), x.marks(basis.Evidence))+x.valid(basis.Validity))
	}
	fmt.Fprintf(x.Stdout, "\n%s\n", x.say("rules.flows"))
	for _, row := range x.rules.Flows() {
		from, to := strings.Join(row.Sender, ", "), strings.Join(row.Recipient, ", ")
		x.paragraph(x.say("rules.flow", row.ID, from, to, x.say("outcome."+row.Decision)))
		x.folded("      ", x.say("rules.basis-source", row.Source, x.marks(row.Evidence))+x.valid(row.Validity))
	}
}

// valid says from when and until when a fact holds, where that is bounded.
func (x *explainer) valid(v policies.Validity) string {
	said := ""
	if v.From != "" {
		said += " " + x.say("rules.from", v.From)
	}
	if v.Until != "" {
		said += " " + x.say("rules.until", v.Until)
	}
	return said
}

// questions lists what counsel still has to answer, and what holds until then.
func (x *explainer) questions() {
	fmt.Fprintf(x.Stdout, "\n%s\n", x.say("rules.questions", len(x.rules.Questions)))
	for _, q := range x.rules.Questions {
		x.folded("   "+q.ID+"  ", x.inLanguage(q.Question))
		x.folded("      ", x.say("rules.until-then", x.inLanguage(q.Default)))
		if len(q.Bears) > 0 {
			x.folded("      ", x.say("rules.bears", strings.Join(q.Bears, ", ")))
		}
	}
}

// page is what a program reads of the rules in force.
type page struct {
	standing
	Builtin   string                  `json:"program_brings,omitempty"` // digest of rules that still have to be proposed
	Reasons   []reason                `json:"reasons"`
	Bases     []policies.Basis        `json:"bases"`
	Flows     []policies.Flow         `json:"flows"`
	Questions []policies.OpenQuestion `json:"questions"`
}

// standing says which rule set it is.
type standing struct {
	Version int64    `json:"version"`
	Rules   string   `json:"rules"` // digest
	Since   string   `json:"since,omitempty"`
	Entry   *int64   `json:"entry,omitempty"` // of the log, once it is in force
	Author  string   `json:"author,omitempty"`
	Signers []string `json:"signers,omitempty"`
}

type reason struct {
	Step     string         `json:"step"`
	Code     schemas.Code   `json:"code"`
	Effect   string         `json:"effect"`
	Title    policies.Title `json:"title"`
	Article  string         `json:"article"`
	Evidence string         `json:"evidence"`
	Authors  []string       `json:"authors"`
}

func inForce(e instance.Edition) standing {
	st := standing{Version: e.Version, Rules: e.Digest(), Since: e.Since, Author: e.Author, Signers: e.Signers}
	if e.Entry >= 0 {
		st.Entry = &e.Entry
	}
	return st
}

func pageOf(e instance.Edition, rules *policies.Rules, newer string) page {
	p := page{standing: inForce(e), Builtin: newer, Reasons: []reason{}, Bases: rules.Bases(), Flows: rules.Flows(), Questions: rules.Questions}
	for _, step := range policies.Steps {
		for _, n := range distinct(rules.Notes(), step) {
			p.Reasons = append(p.Reasons, reason{step, n.Code, n.Effect, policies.Title{NL: n.NL, EN: n.EN}, n.Article, n.Mark, n.Authors})
		}
	}
	return p
}
