package main

import (
	"context"
	"os"
	"path/filepath"

	"schakel/connectors"
	"schakel/connectors/line"
	"schakel/policies"
	"schakel/schemas"
)

// decideCmd asks the rules.
type decideCmd struct {
	Question string `arg:"" help:"File with the question as JSON; - for standard input."`
	Explain  bool   `help:"Say for a person what each step found, with its article."`
	rulesFlag
}

// rulesFlag says which rules are asked.
type rulesFlag struct {
	Rules string `help:"Folder with the changed rules; otherwise the rules of this program." type:"path"`
}

func (f rulesFlag) load() (*policies.Rules, error) {
	if f.Rules == "" {
		return policies.Builtin()
	}
	bundle, err := packed(f.Rules)
	if err != nil {
		return nil, err
	}
	return bundle.Load()
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
	rules, err := c.load()
	if err != nil {
		return err
	}
	explained, err := rules.Explain(context.Background(), question)
	if err != nil {
		return err
	}
	if c.Explain && !s.Flags.JSON {
		(&explainer{s, rules}).explain(question, explained)
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

// casesCmd runs the casebook.
type casesCmd struct {
	Dir   string `arg:"" optional:"" help:"Directory with cases; otherwise those of the rules."`
	Quiet bool   `help:"Only the cases whose rules and verdict differ, and the count."`
	rulesFlag
}

// Help shows how it is used.
func (*casesCmd) Help() string { return "schakel cases policies/cases" }

// Run asks every case and counts. A case that differs ends with status 3.
func (c *casesCmd) Run(s *line.Session) error {
	files := policies.Casebook()
	switch {
	case c.Dir != "":
		files = os.DirFS(c.Dir)
	case c.Rules != "":
		files = os.DirFS(filepath.Join(c.Rules, "cases"))
	}
	cases, err := policies.Cases(files)
	if err != nil {
		return err
	}
	if len(cases) == 0 {
		return schemas.Refuse(policies.CodeCase, "*.txt")
	}
	rules, err := c.load()
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
