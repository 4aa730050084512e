package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/connectors/line"
	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// rulesCmd shows the law in force and changes it: an officer proposes a changed copy,
// another signs it, the gateway takes it.
type rulesCmd struct {
	List     rulesListCmd     `cmd:"" default:"withargs" help:"The rules in force, with their sources, and the open questions of law."`
	Export   rulesExportCmd   `cmd:"" help:"Write the rules in force as files, to change them."`
	Propose  rulesProposeCmd  `cmd:"" help:"Propose changed rules, signed by their author; says what they would have decided differently."`
	Sign     rulesSignCmd     `cmd:"" help:"Sign proposed rules as the second officer; says what they would have decided differently."`
	Activate rulesActivateCmd `cmd:"" help:"Put rules into force that two officers have signed."`
}

// editionOf is the rule set in force at a gateway, or that of this program where
// none is meant and none is here.
func editionOf(home string) (edition instance.Edition, at string, err error) {
	at = home
	if at == "" {
		at = "."
	}
	if _, err := instance.ReadConfig(at); err != nil {
		if home != "" {
			return edition, "", noGateway(err, "--home")
		}
		edition.Entry = -1
		edition.Bundle, err = policies.BuiltinBundle()
		return edition, "", err
	}
	edition, err = instance.InForce(context.Background(), at)
	return edition, at, err
}

type rulesExportCmd struct {
	Home string `help:"Directory of the gateway's home; without one, the rules of this program." type:"path" env:"SCHAKEL_GATEWAY"`
	Out  string `arg:"" help:"Directory to make; it must not exist." name:"directory" type:"path"`
}

// Help shows how it is used.
func (*rulesExportCmd) Help() string { return "schakel rules export changed --home centre" }

// Run writes every file of the rule set into a new folder.
func (c *rulesExportCmd) Run(s *line.Session) error {
	edition, _, err := editionOf(c.Home)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.Out); err == nil {
		return schemas.Refuse("file.exists", filepath.Base(c.Out))
	}
	for name, text := range edition.Files {
		path := filepath.Join(c.Out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("export rules: %w", err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("export rules: %w", err)
		}
	}
	if s.Flags.JSON {
		return s.Print(made{ID: edition.Digest(), Directory: c.Out})
	}
	s.Say("rules.exported", edition.Version, c.Out)
	return nil
}

// officerFlags say which officer acts, at which gateway.
type officerFlags struct {
	Home           string `help:"Directory of the gateway's home." default:"." type:"path" env:"SCHAKEL_GATEWAY"`
	Officer        string `help:"Trust officer who signs, such as trust-1." required:""`
	PassphraseFile string `help:"File with the officer's passphrase; otherwise it is asked for." type:"path"`
}

func (f *officerFlags) passphrase(s *line.Session) ([]byte, error) {
	return s.Passphrase(f.PassphraseFile, "passphrase.officer", "--passphrase-file")
}

// wrong names the officer whose passphrase did not open his key.
func (f *officerFlags) wrong(err error) error {
	return line.WrongPassphrase(err, f.PassphraseFile, f.Officer)
}

// proposal is what a program reads of a proposal.
type proposal struct {
	File    string   `json:"file"`
	Version int64    `json:"version"`
	Rules   string   `json:"rules"` // digest
	Signers []string `json:"signers"`
	Report  *report  `json:"report"`
}

type rulesProposeCmd struct {
	officerFlags
	period
	Out    string `help:"File to write; otherwise rules-VERSION.json." type:"path"`
	Folder string `arg:"" optional:"" help:"Folder with the changed rules; otherwise the rules of this program." type:"path"`
}

// Help shows how it is used.
func (*rulesProposeCmd) Help() string {
	return "schakel rules propose changed --home centre --officer trust-1"
}

// Run tries the changed rules, reports what they would have decided differently, and
// writes the proposal.
func (c *rulesProposeCmd) Run(s *line.Session) error {
	if _, err := instance.ReadConfig(c.Home); err != nil {
		return noGateway(err, "--home")
	}
	bundle, err := c.bundle()
	if err != nil {
		return err
	}
	passphrase, err := c.passphrase(s)
	if err != nil {
		return err
	}
	signed, err := instance.Propose(context.Background(), c.Home, bundle, c.Officer, passphrase, time.Now())
	if err != nil {
		return c.wrong(err)
	}
	out := c.Out
	if out == "" {
		out = fmt.Sprintf("rules-%d.json", bundle.Version)
	}
	if _, err := os.Lstat(out); err == nil {
		return schemas.Refuse("file.exists", filepath.Base(out))
	}
	r, err := c.report(s, c.Home, bundle)
	if err != nil {
		return err
	}
	if err := instance.WriteProposal(out, signed); err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(proposal{File: out, Version: bundle.Version, Rules: bundle.Digest(), Signers: []string{c.Officer}, Report: r})
	}
	s.Say("rules.proposed", bundle.Version, c.Officer, out)
	return nil
}

func (c *rulesProposeCmd) bundle() (*policies.Bundle, error) {
	if c.Folder == "" {
		return policies.BuiltinBundle()
	}
	return packed(c.Folder)
}

// packed is the rule set of a folder.
func packed(folder string) (*policies.Bundle, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return nil, schemas.Refuse("file.not-found", filepath.Base(folder))
	}
	return policies.PackBundle(os.DirFS(folder))
}

type rulesSignCmd struct {
	officerFlags
	period
	File string `arg:"" help:"Proposal; the signature is added to it."`
}

// Help shows how it is used.
func (*rulesSignCmd) Help() string {
	return "schakel rules sign rules-2.json --home centre --officer trust-2"
}

// Run shows the officer what he signs for, and adds his signature.
func (c *rulesSignCmd) Run(s *line.Session) error {
	if _, err := instance.ReadConfig(c.Home); err != nil {
		return noGateway(err, "--home")
	}
	signed, err := connectors.ReadFile(c.File, pki.MaxSignedRules)
	if err != nil {
		return err
	}
	bundle, signers, err := instance.ReadProposal(context.Background(), c.Home, signed)
	if err != nil {
		return err
	}
	passphrase, err := c.passphrase(s)
	if err != nil {
		return err
	}
	if signed, err = instance.SignProposal(c.Home, signed, c.Officer, passphrase, time.Now()); err != nil {
		return c.wrong(err)
	}
	r, err := c.report(s, c.Home, bundle)
	if err != nil {
		return err
	}
	if err := instance.WriteProposal(c.File, signed); err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(proposal{File: c.File, Version: bundle.Version, Rules: bundle.Digest(), Signers: append(signers, c.Officer), Report: r})
	}
	s.Say("rules.signed", bundle.Version, c.Officer, bundle.Author)
	return nil
}

type rulesActivateCmd struct {
	Home string `help:"Directory of the gateway's home." default:"." type:"path" env:"SCHAKEL_GATEWAY"`
	File string `arg:"" help:"Rules that two officers have signed."`
}

// Help shows how it is used.
func (*rulesActivateCmd) Help() string { return "schakel rules activate rules-2.json --home centre" }

// Run hands the rules to the gateway and says what became of them. A gateway that
// does not run takes them when it starts: then the answer is not yet.
func (c *rulesActivateCmd) Run(s *line.Session) error {
	if _, err := instance.ReadConfig(c.Home); err != nil {
		return noGateway(err, "--home")
	}
	signed, err := connectors.ReadFile(c.File, pki.MaxSignedRules)
	if err != nil {
		return err
	}
	edition, err := instance.Activate(context.Background(), c.Home, signed)
	if err != nil {
		return err
	}
	switch {
	case s.Flags.JSON:
		if err := s.Print(inForce(edition)); err != nil {
			return err
		}
	case edition.Entry >= 0:
		s.Say("rules.activated", edition.Version, edition.Digest(), edition.Entry)
	default:
		s.Say("rules.laid", edition.Version)
	}
	if edition.Entry < 0 {
		return line.ErrNo
	}
	return nil
}
