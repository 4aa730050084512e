package connectors

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"schakel/schemas"
)

// maxOutbox is how many messages may wait in the outbox.
const maxOutbox = 10_000

// Connector is a partner's unlocked workstation. Its methods may be called from
// many goroutines.
type Connector struct {
	*Home
	Clock func() time.Time
	Log   *slog.Logger

	lock     sync.Mutex
	sequence int64             // of the newest message
	previous string            // digest of its manifest
	waiting  map[string]string // digest of manifest → file name, of what is not complete
	bytes    map[string]string // digest of ciphertext → file name
	recent   map[string]string // salted digest of draft → id, of what was accepted lately
	wake     chan struct{}
	ignored  map[schemas.Code]int
	log      *logState
}

// Start reads the state of a home and returns its connector.
func Start(home *Home, clock func() time.Time, log *slog.Logger) (*Connector, error) {
	c := &Connector{
		Home: home, Clock: clock, Log: log, waiting: map[string]string{}, bytes: map[string]string{}, recent: map[string]string{},
		wake: make(chan struct{}, 1), ignored: map[schemas.Code]int{},
	}
	var err error
	if c.log, err = home.readLog(); err != nil {
		return nil, err
	}
	if err := c.chain(); err != nil {
		return nil, err
	}
	names, foreign := home.names(outboxDir)
	for _, name := range foreign {
		log.Warn("foreign file left alone", "directory", outboxDir, "file", name)
	}
	for _, name := range names {
		var out Outgoing
		if err := home.read(outboxDir, name, &out); err != nil {
			log.Warn("damaged message left alone", "file", name, "error", err)
			continue
		}
		c.index(name, &out)
	}
	return c, nil
}

// chain finds the newest message ever accepted: the next one continues from it.
func (c *Connector) chain() error {
	for _, dir := range []string{outboxDir, sentDir} {
		names, _ := c.names(dir)
		if len(names) == 0 {
			continue
		}
		newest := names[len(names)-1]
		number, _, _ := parseName(newest)
		if number <= c.sequence {
			continue
		}
		var out Outgoing
		if err := c.read(dir, newest, &out); err != nil {
			return fmt.Errorf("newest message: %w", err)
		}
		c.sequence, c.previous = number, schemas.Digest(out.Manifest)
	}
	return nil
}

func (c *Connector) index(name string, out *Outgoing) {
	c.waiting[schemas.Digest(out.Manifest)] = name
	if out.Sealed != nil {
		c.bytes[schemas.Digest(out.Sealed)] = name
	}
	c.recent[out.Content] = out.ID
}

// now is the moment in whole seconds, as everything written down is.
func (c *Connector) now() time.Time { return c.Clock().UTC().Truncate(time.Second) }

// signer returns the key that signs for this workstation.
func (c *Connector) signer() (string, error) {
	signer, ok := c.self.Signer(c.Config.Connector)
	if !ok || !signer.Active {
		return "", schemas.Refuse("key.status", "")
	}
	return signer.Key, nil
}

// Outbox lists the messages that are not complete, oldest first; with all, also
// those that are. Receipts that we send are not shown.
func (c *Connector) Outbox(all bool) ([]Outgoing, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	dirs := []string{outboxDir}
	if all {
		dirs = []string{sentDir, outboxDir}
	}
	var list []Outgoing
	for _, dir := range dirs {
		names, _ := c.names(dir)
		for _, name := range names {
			var out Outgoing
			if err := c.read(dir, name, &out); err != nil {
				return nil, err
			}
			if out.Kind != schemas.KindReceipt {
				out.Sealed = nil
				list = append(list, out)
			}
		}
	}
	return list, nil
}

// Waiting returns what the gateway does not have yet, receipts included, oldest
// first: sealed messages without custody. Any road will do for them; only the
// gateway can open them.
func (c *Connector) Waiting() [][]byte {
	var waiting [][]byte
	for _, name := range c.waitingNames() {
		if out, ok := c.sendable(name); ok && out.Receipt == nil && out.Refusal == "" {
			waiting = append(waiting, out.Sealed)
		}
	}
	return waiting
}

// Ignored counts, by code, what came in and was not believed.
func (c *Connector) Ignored() map[schemas.Code]int {
	c.lock.Lock()
	defer c.lock.Unlock()
	counts := map[schemas.Code]int{}
	for code, n := range c.ignored {
		counts[code] = n
	}
	return counts
}

// nudge wakes the sender.
func (c *Connector) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
