package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/connectors/line"
	"schakel/gateway/register"
	"schakel/gateway/tlog"
	"schakel/pki"
	"schakel/schemas"
)

// gatewayFlags say which gateway a command is about.
type gatewayFlags struct {
	Home           string `help:"Directory of the gateway's home." default:"." type:"path" env:"SCHAKEL_GATEWAY"`
	PassphraseFile string `help:"File with the gateway's passphrase, mode 0600; otherwise it is asked for." type:"path"`
}

type gatewayCmd struct{ gatewayFlags }

// Help shows how it is used.
func (*gatewayCmd) Help() string {
	return "schakel gateway --home centre --passphrase-file centre.pass"
}

// Run serves until it is interrupted.
func (c *gatewayCmd) Run(s *line.Session) error {
	if _, err := instance.ReadConfig(c.Home); err != nil {
		return noGateway(err, "--home")
	}
	passphrase, err := s.Passphrase(c.PassphraseFile, "passphrase.gateway", "--passphrase-file")
	if err != nil {
		return err
	}
	service, err := instance.Open(c.Home, passphrase, time.Now, slog.New(slog.NewJSONHandler(s.Stdout, nil)))
	if err != nil {
		return line.WrongPassphrase(err, c.PassphraseFile, filepath.Base(c.Home))
	}
	defer service.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return service.Run(ctx, nil)
}

// noGateway names the option with which a folder was named that is no gateway's
// home.
func noGateway(err error, option string) error {
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "state.no-gateway" {
		return schemas.Refuse("state.no-gateway", option)
	}
	return err
}

type brokerCmd struct {
	Home string `help:"Directory of the gateway's home." default:"." type:"path" env:"SCHAKEL_GATEWAY"`
}

// Help shows how it is used.
func (*brokerCmd) Help() string { return "schakel broker --home centre" }

// Run serves until it is interrupted. It needs no passphrase: the broker holds
// nothing that it can read.
func (c *brokerCmd) Run(s *line.Session) error {
	config, err := instance.ReadConfig(c.Home)
	if err != nil {
		return noGateway(err, "--home")
	}
	hub, err := instance.Hub(c.Home)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return instance.RunBroker(ctx, c.Home, config.Listen, hub, slog.New(slog.NewJSONHandler(s.Stdout, nil)))
}

type checkCmd struct {
	Home       string   `help:"Directory of the gateway's home." default:"." type:"path" env:"SCHAKEL_GATEWAY"`
	Checkpoint []string `arg:"" optional:"" help:"Signed checkpoints that somebody kept: the log must be an extension of each." type:"path"`
}

// Help shows how it is used.
func (*checkCmd) Help() string { return "schakel check --home centre checkpoint-of-last-week" }

// maxCheckpoint bounds a checkpoint file.
const maxCheckpoint = 64 << 10

// Run checks. It needs no passphrase and may run beside the gateway.
func (c *checkCmd) Run(s *line.Session) error {
	document, err := os.ReadFile(filepath.Join(c.Home, "trust.json"))
	if _, configErr := instance.ReadConfig(c.Home); err != nil || configErr != nil {
		return schemas.Refuse("state.no-gateway", "--home")
	}
	anchors, err := pki.OpenTrust(document)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(anchors.LogKey)
	if err != nil {
		return schemas.Refuse("key.log", "trust.json")
	}
	var kept []tlog.Checkpoint
	for _, path := range c.Checkpoint {
		text, err := connectors.ReadFile(path, maxCheckpoint)
		if err != nil {
			return err
		}
		checkpoint, err := tlog.OpenCheckpoint(text, verifier)
		if err != nil {
			return schemas.Refuse("verify.proof", filepath.Base(path))
		}
		kept = append(kept, checkpoint)
	}
	if _, err := os.Lstat(filepath.Join(c.Home, "register.db")); err != nil {
		return schemas.Refuse("state.no-register", "register.db")
	}
	report, err := register.Check(context.Background(), filepath.Join(c.Home, "register.db"), verifier, kept...)
	if err != nil {
		return err
	}
	return tell(s, report)
}

// checked is what a program reads of a check.
type checked struct {
	Good     bool     `json:"good"`
	Log      string   `json:"log"`
	Entries  int64    `json:"entries"`
	Root     string   `json:"root"`
	Findings []string `json:"findings"`
}

// tell says what a check found.
func tell(s *line.Session, report *register.Report) error {
	all := checked{Good: len(report.Findings) == 0, Log: report.Checkpoint.Origin, Entries: report.Entries, Root: fmt.Sprint(report.Checkpoint.Root), Findings: []string{}}
	for _, finding := range report.Findings {
		all.Findings = append(all.Findings, told(s.Language(), finding))
	}
	switch {
	case s.Flags.JSON:
		if err := s.Print(all); err != nil {
			return err
		}
	case all.Good:
		s.Say("check.good", all.Entries, all.Log, all.Root)
	default:
		for _, finding := range all.Findings {
			s.Note("check.finding", finding)
		}
		s.Note("check.bad", len(all.Findings))
	}
	if !all.Good {
		return line.ErrNo
	}
	return nil
}
