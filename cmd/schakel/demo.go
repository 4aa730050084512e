package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/connectors/line"
)

// demoCmd plays a case.
type demoCmd struct {
	Once bool `help:"End after the story; otherwise the gateway and the partners keep running."`
}

// Help shows how it is used.
func (*demoCmd) Help() string { return "schakel demo --once" }

// Run plays the story in a temporary folder. It is gone afterwards, unless the
// story went wrong.
func (c *demoCmd) Run(s *line.Session) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "schakel-")
	if err != nil {
		return err
	}
	if err := c.in(ctx, s, dir); err != nil {
		s.Note("demo.kept", dir)
		return err
	}
	return os.RemoveAll(dir)
}

func (c *demoCmd) in(ctx context.Context, s *line.Session, dir string) error {
	stage, err := newStage(ctx, s, dir)
	if err != nil {
		return err
	}
	defer stage.close()
	if err := stage.play(story); err != nil {
		return err
	}
	if err := stage.counts(); err != nil || c.Once {
		return err
	}
	stage.invite()
	<-ctx.Done()
	return nil
}

// stage is a whole Schakel in one folder, with the people of the story. Server,
// keys, rules and register are the real ones; only the line of the NGO can be cut
// on purpose.
type stage struct {
	session *line.Session
	dir     string
	secret  []byte // opens every home on the stage
	cable   *cable // between the NGO and the broker
	service *instance.Service
	people  map[string]*connectors.Connector
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	failed  chan error
	acts    int

	tip, question, known *connectors.Accepted // what the story is about
	files                map[string][]byte    // export of the tip
}

// newStage makes everything and lets it run, the NGO's line still cut.
func newStage(ctx context.Context, session *line.Session, dir string) (*stage, error) {
	st := &stage{session: session, dir: dir, secret: []byte(rand.Text()), people: map[string]*connectors.Connector{}, failed: make(chan error, 8)}
	st.ctx, st.cancel = context.WithCancel(ctx)
	if err := st.build(); err != nil {
		st.close()
		return nil, err
	}
	return st, nil
}

func (st *stage) build() error {
	if err := os.WriteFile(st.path("officers.pass"), st.secret, 0o600); err != nil {
		return err
	}
	file, err := os.OpenFile(st.path("log.json"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(file, nil))
	if err := st.create(); err != nil {
		return err
	}
	if err := st.serve(log); err != nil {
		return err
	}
	for _, partner := range cast() {
		if err := st.employ(partner.ID, log); err != nil {
			return err
		}
	}
	return nil
}

func (st *stage) path(name string) string { return filepath.Join(st.dir, name) }

// create makes the homes. The NGO's end of its line is in the field.
func (st *stage) create() error {
	address, err := freeAddress()
	if err != nil {
		return err
	}
	if st.cable, err = layCable(address); err != nil {
		return err
	}
	partners := cast()
	partners[len(partners)-1].Broker = st.cable.near()
	config := instance.Config{Name: "schakel.demo", Listen: address, Broker: "embedded", Workers: 64}
	return makeHomes(st.dir, st.secret, config, partners)
}

// serve runs the gateway, with its broker inside.
func (st *stage) serve(log *slog.Logger) error {
	var err error
	if st.service, err = instance.Open(st.path(gatewayHome), st.secret, time.Now, log.With("who", "gateway")); err != nil {
		return err
	}
	ready := make(chan struct{})
	st.run(func() error { return st.service.Run(st.ctx, func() { close(ready) }) })
	select {
	case <-ready:
		return nil
	case err := <-st.failed:
		return err
	}
}

// employ runs a partner's connector, with its socket for commands.
func (st *stage) employ(id string, log *slog.Logger) error {
	home, err := connectors.OpenHome(st.path(id), st.secret)
	if err != nil {
		return err
	}
	connector, err := connectors.Start(home, time.Now, log.With("who", id))
	if err != nil {
		return err
	}
	st.people[id] = connector
	st.run(func() error { return line.Serve(st.ctx, connector, "") })
	return nil
}

// run keeps a part going; its failure ends the story.
func (st *stage) run(part func() error) {
	st.running.Go(func() {
		if err := part(); err != nil {
			st.failed <- err
		}
	})
}

func (st *stage) close() {
	st.cancel()
	st.running.Wait()
	for _, connector := range st.people {
		connector.Close()
	}
	if st.service != nil {
		st.service.Close()
	}
	if st.cable != nil {
		st.cable.close()
	}
}

// patience is how long a step of the story may take on a slow machine.
const patience = time.Minute

// errTooLong ends a story that does not go on.
var errTooLong = errors.New("the story does not go on")

// until waits for something to become true.
func (st *stage) until(holds func() (bool, error)) error {
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if done, err := holds(); done || err != nil {
			return err
		}
		select {
		case <-st.ctx.Done():
			return st.ctx.Err()
		case err := <-st.failed:
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
	return errTooLong
}

// invite prints how to look around while everything keeps running.
func (st *stage) invite() {
	program := filepath.Base(os.Args[0])
	if strings.Contains(os.Args[0], "go-build") {
		program = "go run ./cmd/schakel"
	}
	say := st.session.Say
	say("demo.invite", st.dir)
	for _, command := range []string{
		fmt.Sprintf("inbox --home %s", st.path(tbkk)),
		fmt.Sprintf("show --home %s %s", st.path(filo), st.tip.ID),
		fmt.Sprintf("show --home %s --officer vid-1 --officer-passphrase-file %s %s", st.path(tbkk), st.path("officers.pass"), st.tip.ID),
		fmt.Sprintf("outbox --home %s --all", st.path(ngo)),
		fmt.Sprintf("export --home %s %s %s", st.path(tbkk), st.tip.ID, st.path("tip")),
		fmt.Sprintf("verify %s --trust %s", st.path("tip"), filepath.Join(st.path(gatewayHome), "trust.json")),
		fmt.Sprintf("check --home %s", st.path(gatewayHome)),
	} {
		fmt.Fprintf(st.session.Stdout, "  %s %s\n", program, command)
	}
	say("demo.end")
}
