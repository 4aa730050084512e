package main

import (
	"context"
	"fmt"
	"os"

	"schakel/connectors"
	"schakel/connectors/line"
	"schakel/policies"
	"schakel/schemas"
)

// decideCmd asks the rules.
type decideCmd struct {
	Question string `arg:"" help:"File with the question as JSON; - for standard input."`
	Explain  bool   `help:"Say for a person what each step found, with its article."`
}

// Help shows how it is used.
func (*decideCmd) Help() string { return "schakel decide --explain question.json" }

// Run prints the decision. What is held or denied ends with status 3.
func (c *decideCmd) Run(s *line.Session) error {
	text, err := c.read(s)
	if err != nil {
		return err
	}
	question, err := policies.ParseQuestion(text)
	if err != nil {
		return err
	}
	rules, err := policies.Builtin()
	if err != nil {
		return err
	}
	explained, err := rules.Explain(context.Background(), question)
	if err != nil {
		return err
	}
	if c.Explain && !s.Flags.JSON {
		explain(s, explained)
	} else if err := s.Print(explained.Decision); err != nil {
		return err
	}
	if !explained.Decision.Passes() {
		return line.ErrNo
	}
	return nil
}

func (c *decideCmd) read(s *line.Session) ([]byte, error) {
	if c.Question == "-" {
		return connectors.ReadLimited(s.Stdin, "-", policies.MaxQuestion)
	}
	return connectors.ReadFile(c.Question, policies.MaxQuestion)
}

// explain says for a person what each step found.
func explain(s *line.Session, e *policies.Explanation) {
	say := func(key string, arguments ...any) string { return schemas.Say(s.Language(), key, arguments...) }
	fmt.Fprintf(s.Stdout, "%s [%s]\n\n", say("outcome."+e.Decision.Outcome), e.Decision.Reasons[0].Code)
	for i, step := range policies.Steps {
		fmt.Fprintf(s.Stdout, "%d  %s\n", i+1, say("step."+step))
		switch step {
		case "pair":
			explainRow(s, e.Row)
		case "basis":
			for _, basis := range e.Bases {
				fmt.Fprintf(s.Stdout, "   %s: %s (%s) [%s]\n", basis.ID, inLanguage(s, basis.Title.NL, basis.Title.EN), basis.Source, basis.Evidence)
			}
		}
		explainObjections(s, e.Objections[step])
	}
	fmt.Fprintf(s.Stdout, "%d  %s: %s\n", len(policies.Steps)+1, say("step.together"), say("outcome."+e.Decision.Outcome))
	explainTogether(s, e.Decision)
	fmt.Fprintf(s.Stdout, "\n%s\n", say("decide.rules", e.Decision.Rules))
}

func explainRow(s *line.Session, row *policies.Flow) {
	if row == nil {
		s.Say("decide.no-row")
		return
	}
	fmt.Fprintf(s.Stdout, "   %s: %s (%s) [%s]\n", row.ID, schemas.Say(s.Language(), "outcome."+row.Decision), row.Source, row.Evidence)
}

func explainObjections(s *line.Session, notes []policies.Note) {
	if len(notes) == 0 {
		s.Say("decide.clear")
	}
	for _, note := range notes {
		effect := schemas.Say(s.Language(), "decide."+note.Effect)
		fmt.Fprintf(s.Stdout, "   %s: %s [%s] (%s) [%s]\n", effect, inLanguage(s, note.NL, note.EN), note.Code, note.Article, note.Mark)
		fmt.Fprintf(s.Stdout, "      %s\n", inLanguage(s, note.NowNL, note.NowEN))
	}
}

func explainTogether(s *line.Session, d *policies.Decision) {
	if len(d.Approvals) > 0 {
		s.Say("decide.approvals", s.Functions(d.Approvals))
	}
	if len(d.Obligations) > 0 {
		s.Say("decide.duties", s.Duties(d.Obligations))
	}
	for _, withheld := range d.Withhold {
		s.Say("decide.withheld", withheld.Item, withheld.Code)
	}
	if d.Retention != "" {
		s.Say("decide.retention", d.Retention)
	}
}

// inLanguage is a text of the law in the language that is shown.
func inLanguage(s *line.Session, nl, en string) string {
	if s.Language() == "nl" {
		return nl
	}
	return en
}

// casesCmd runs the casebook.
type casesCmd struct {
	Dir   string `arg:"" optional:"" help:"Directory with cases; otherwise the casebook of this program."`
	Quiet bool   `help:"Only the cases whose rules and verdict differ, and the count."`
}

// Help shows how it is used.
func (*casesCmd) Help() string { return "schakel cases policies/cases" }

// Run asks every case and counts. A case that differs ends with status 3.
func (c *casesCmd) Run(s *line.Session) error {
	files := policies.Casebook()
	if c.Dir != "" {
		files = os.DirFS(c.Dir)
	}
	cases, err := policies.Cases(files)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return schemas.Refuse(policies.CodeCase, "*.txt")
	}
	rules, err := policies.Builtin()
	if err != nil {
		return err
	}
	failed := 0
	for i := range cases {
		agrees, err := c.try(s, rules, &cases[i])
		if err != nil {
			return err
		}
		if !agrees {
			failed++
		}
	}
	s.Say("cases.count", len(cases)-failed, failed)
	if failed > 0 {
		return line.ErrNo
	}
	return nil
}

// try asks one case and prints its line.
func (c *casesCmd) try(s *line.Session, rules *policies.Rules, one *policies.Case) (bool, error) {
	got, agrees, err := rules.Try(context.Background(), one)
	if err != nil {
		return false, err
	}
	outcome := func(o string) string { return schemas.Say(s.Language(), "outcome."+o) }
	switch {
	case !agrees:
		s.Say("cases.differs", one.ID, outcome(got.Outcome), got.Reasons[0].Code, outcome(one.Outcome), one.Reason)
	case !c.Quiet:
		s.Say("cases.agrees", one.ID, outcome(got.Outcome), got.Reasons[0].Code)
	}
	return agrees, nil
}
