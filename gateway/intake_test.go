package gateway_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"schakel/gateway"
	"schakel/pki"
	"schakel/schemas"
)

// patient bounds everything that should happen.
const patient = 30 * time.Second

// live is a play whose submissions come through the real broker; what the gateway
// sends goes to the play's post.
type live struct {
	*play
	line *gateway.Line // on which the test puts submissions
}

// newLive makes a play and starts its broker and intake.
func newLive(t *testing.T, prepare func(p *play)) *live {
	t.Helper()
	return goLive(t, func(listen string) *play {
		p := newPlayAt(t, listen, time.Now())
		prepare(p)
		return p
	})
}

// goLive starts the broker and intake of a play that listens where it is told.
func goLive(t *testing.T, begin func(listen string) *play) *live {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	free.Close()
	p := begin(address)
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- p.service.Run(ctx, func() { close(ready) }) }()
	t.Cleanup(func() { cancel(); p.must(<-ended) })
	select {
	case <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	l := &live{play: p, line: p.hub(address)}
	t.Cleanup(l.line.Close)
	for _, partner := range p.cast {
		l.until("the intake serves "+partner.ID, func() bool {
			_, err := l.line.Waiting(t.Context(), l.mailbox(partner.ID))
			return err == nil
		})
	}
	return l
}

// hub opens a line of the gateway's own.
func (p *play) hub(address string) *gateway.Line {
	p.Helper()
	home := filepath.Join(p.dir, "gateway")
	store, err := pki.OpenStore(filepath.Join(home, "keys"), passphrase)
	p.must(err)
	seed, err := store.Get("hub")
	p.must(err)
	key, err := store.Get("tls")
	p.must(err)
	cert, err := os.ReadFile(filepath.Join(home, "tls.crt"))
	p.must(err)
	ca, err := os.ReadFile(filepath.Join(home, "ca.crt"))
	p.must(err)
	config, err := pki.ClientTLS(cert, key, ca)
	p.must(err)
	line, err := gateway.Dial(nil, "tls://"+address, seed, config)
	p.must(err)
	return line
}

func (l *live) put(partner string, sealed []byte) {
	l.Helper()
	ctx, cancel := context.WithTimeout(l.Context(), patient)
	defer cancel()
	l.must(l.line.Put(ctx, l.mailbox(partner), sealed))
}

// tipFrom puts a tip that is new on a partner's line.
func (l *live) tipFrom(partner string) {
	l.Helper()
	l.submit(partner, schemas.Example("tip-manila"))
	waiting := l.people[partner].Waiting()
	l.put(partner, waiting[len(waiting)-1])
}

// until waits for something that should happen.
func (l *live) until(what string, happened func() bool) {
	l.Helper()
	for deadline := time.Now().Add(patient); !happened(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.Fatalf("it did not happen that %s", what)
		}
	}
}

func (l *live) answered(partner string) bool {
	n, err := l.post.Holds(l.Context(), l.mailbox(partner))
	return err == nil && n > 0
}

func (l *live) waiting(partner string) int {
	l.Helper()
	n, err := l.line.Waiting(l.Context(), l.mailbox(partner))
	l.must(err)
	return n
}

// A laptop that comes back after a month, or a flood, holds up nobody else.
func TestABacklogOfOnePartnerHoldsUpNoOther(t *testing.T) {
	l := newLive(t, func(*play) {})
	for n := range 600 {
		l.put(ngo, fmt.Append(nil, "junk ", n))
	}
	l.until("the rate of the first was used up", func() bool { return l.waiting(ngo) <= 600-120 })
	start := time.Now()
	l.tipFrom(otherNGO)
	l.until("the other was answered", func() bool { return l.answered(otherNGO) })
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the other waited %v for its answer", took)
	}
	if n := l.waiting(ngo); n < 300 {
		t.Errorf("%d of the first wait, want most of them", n)
	}
}

// Asking for a receipt again costs nothing of what a partner may send.
func TestARepeatIsNotCharged(t *testing.T) {
	l := newLive(t, func(*play) {})
	for range 300 {
		l.put(ngo, []byte("the same junk"))
	}
	l.tipFrom(ngo)
	l.until("everything of the partner was taken", func() bool { return l.waiting(ngo) == 0 })
}

// What fails by itself ten times is refused and circles no more.
func TestWhatFailsTenTimesIsRefused(t *testing.T) {
	gateway.Hurry(t)
	var tries atomic.Int64
	l := newLive(t, func(p *play) {
		p.journal.before = func() error {
			if tries.Add(1) <= 10 {
				return fmt.Errorf("about the message: %w", schemas.ErrUnknown)
			}
			return nil
		}
	})
	l.tipFrom(ngo)
	l.until("the sender was answered", func() bool { return l.answered(ngo) })
	l.until("the broker was told", func() bool { return l.waiting(ngo) == 0 })
	if n := tries.Load(); n != 11 {
		t.Errorf("%d settlements were tried, want ten and the refusal", n)
	}
	l.wantLastRefused("drop.poison")
}

// A fault of the system is no fault of the message, however long it lasts.
func TestAFaultOfTheSystemCountsAsNoTry(t *testing.T) {
	gateway.Hurry(t)
	var tries atomic.Int64
	l := newLive(t, func(p *play) {
		p.journal.before = func() error {
			if tries.Add(1) <= 12 {
				return errCrash
			}
			return nil
		}
	})
	l.tipFrom(ngo)
	l.until("the sender was answered", func() bool { return l.answered(ngo) })
	l.until("the broker was told", func() bool { return l.waiting(ngo) == 0 })
	l.journal.lock.Lock()
	defer l.journal.lock.Unlock()
	if got := l.journal.settled[len(l.journal.settled)-1].Events[0].Entry.Event; got != schemas.EventSubmitted {
		t.Errorf("written down as %s, want submitted", got)
	}
}
