package main

import (
	"context"
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
	return "Example: schakel gateway --home centre --passphrase-file centre.pass"
}

// Run serves until it is interrupted.
func (c *gatewayCmd) Run(s *line.Session) error {
	passphrase, err := s.Passphrase(c.PassphraseFile, "passphrase.gateway")
	if err != nil {
		return err
	}
	service, err := instance.Open(c.Home, passphrase, time.Now, slog.New(slog.NewJSONHandler(s.Stdout, nil)))
	if err != nil {
		return err
	}
	defer service.Close()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return service.Run(ctx, nil)
}

type brokerCmd struct {
	Home string `help:"Directory of the gateway's home." default:"." type:"path" env:"SCHAKEL_GATEWAY"`
}

// Help shows how it is used.
func (*brokerCmd) Help() string { return "Example: schakel broker --home centre" }

// Run serves until it is interrupted. It needs no passphrase: the broker holds
// nothing that it can read.
func (c *brokerCmd) Run(s *line.Session) error {
	config, err := instance.ReadConfig(c.Home)
	if err != nil {
		return err
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
func (*checkCmd) Help() string { return "Example: schakel check --home centre checkpoint-of-last-week" }

// maxCheckpoint bounds a checkpoint file.
const maxCheckpoint = 64 << 10

// Run checks. It needs no passphrase and may run beside the gateway.
func (c *checkCmd) Run(s *line.Session) error {
	document, err := os.ReadFile(filepath.Join(c.Home, "trust.json"))
	if err != nil {
		return schemas.Refuse("state.no-gateway", "")
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
		return schemas.Refuse("state.no-gateway", "")
	}
	report, err := register.Check(context.Background(), filepath.Join(c.Home, "register.db"), verifier, kept...)
	if err != nil {
		return err
	}
	for _, finding := range report.Findings {
		s.Note("check.finding", finding)
	}
	if len(report.Findings) > 0 {
		s.Note("check.bad", len(report.Findings))
		return line.ErrNo
	}
	s.Say("check.good", report.Entries, report.Checkpoint.Origin, report.Checkpoint.Root)
	return nil
}
