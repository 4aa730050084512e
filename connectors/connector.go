package connectors

import (
	"cmp"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"schakel/schemas"
)

// How many messages may wait in the outbox, and how many bytes of them.
const (
	maxOutbox      = 10_000
	maxOutboxBytes = 2 << 30
)

// Connector is a partner's unlocked workstation. Its methods may be called from
// many goroutines.
type Connector struct {
	*Home
	Clock func() time.Time
	Log   *slog.Logger

	lock     sync.Mutex
	sequence int64               // of the newest message
	previous string              // digest of its manifest
	unsynced bool                // a crash may still take back what lies in the outbox
	waiting  map[string]string   // digest of manifest → file name, of what is not complete
	bytes    map[string]string   // digest of ciphertext → file name
	held     int64               // bytes of ciphertext in the outbox
	done     map[string]bool     // digests of manifest and ciphertext, of what was completed lately
	recent   map[string]before   // salted digest of draft → what was accepted lately
	recalls  map[string][]string // message → files of the inbox that recall or correct it
	wake     chan struct{}
	ignored  map[schemas.Code]int
	damaged  map[string]bool // files that could not be read, and whether it is still so
	log      *logState
	logMoved bool // since it was last written down
}

// before is a message that was accepted from some draft.
type before struct{ id, created string }

// lately is how long a draft is remembered, so that it is not sent twice unmeant.
const lately = 30 * 24 * time.Hour

// Start reads the state of a home and returns its connector. Damaged files are
// left where they are, and named by [Connector.Health].
func Start(home *Home, clock func() time.Time, log *slog.Logger) (*Connector, error) {
	c := &Connector{
		Home: home, Clock: clock, Log: log, waiting: map[string]string{}, bytes: map[string]string{}, done: map[string]bool{}, recent: map[string]before{},
		recalls: map[string][]string{}, wake: make(chan struct{}, 1), ignored: map[schemas.Code]int{}, damaged: map[string]bool{},
	}
	if err := c.openLog(); err != nil {
		return nil, err
	}
	if err := c.openChain(); err != nil {
		return nil, err
	}
	c.readSent()
	if err := c.readOutbox(); err != nil {
		return nil, err
	}
	c.readInbox()
	return c, nil
}

// readOutbox indexes what waits. What a crash left in both directories is among
// the sent.
func (c *Connector) readOutbox() error {
	names, foreign := c.names(outboxDir)
	for _, name := range foreign {
		c.Log.Warn("foreign file left alone", "directory", outboxDir, "file", name)
	}
	for _, name := range names {
		var out Outgoing
		if c.holds(sentDir, name) && c.read(sentDir, name, &out) == nil {
			if err := os.Remove(filepath.Join(c.Dir, outboxDir, name)); err != nil {
				return storeFault(err)
			}
			continue
		}
		if c.read(outboxDir, name, &out) == nil {
			c.index(name, &out)
		}
	}
	return nil
}

// readSent remembers what was completed lately, newest first.
func (c *Connector) readSent() {
	names, _ := c.names(sentDir)
	for _, name := range slices.Backward(names) {
		var out Outgoing
		if c.read(sentDir, name, &out) != nil {
			continue
		}
		if !c.isLate(out.Created) {
			return
		}
		c.done[schemas.Digest(out.Manifest)] = true
		if _, ok := c.recent[out.Content]; !ok {
			c.recent[out.Content] = before{out.ID, out.Created}
		}
	}
}

// readInbox finds the recalls.
func (c *Connector) readInbox() {
	names, _ := c.names(inboxDir)
	for _, name := range names {
		var in Incoming
		if c.read(inboxDir, name, &in) == nil {
			c.noteRecall(name, &in)
		}
	}
}

// read opens one message file, and notes whether it is damaged.
func (c *Connector) read(dir, name string, value any) error {
	return c.note(dir, name, c.Home.read(dir, name, value))
}

// note keeps the list of damaged files, until a backup brings them back. Each is
// warned of once.
func (c *Connector) note(dir, name string, err error) error {
	place := dir + "/" + name
	_, warned := c.damaged[place]
	if err != nil && !warned {
		c.Log.Warn("damaged file left alone", "file", place, "error", err)
	}
	if err != nil || warned {
		c.damaged[place] = err != nil
	}
	return err
}

func (c *Connector) index(name string, out *Outgoing) {
	c.waiting[schemas.Digest(out.Manifest)] = name
	if out.Sealed != nil {
		c.bytes[schemas.Digest(out.Sealed)] = name
		c.held += int64(len(out.Sealed))
	}
	if out.Kind != schemas.KindReceipt && !out.Ask {
		c.recent[out.Content] = before{out.ID, out.Created}
	}
}

// unindex lets a message go that is complete, and was in the outbox with these
// sealed bytes.
func (c *Connector) unindex(out *Outgoing, sealed []byte) {
	for _, digest := range []string{schemas.Digest(out.Manifest), schemas.Digest(sealed)} {
		delete(c.waiting, digest)
		delete(c.bytes, digest)
		c.done[digest] = true
	}
	c.held -= int64(len(sealed))
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

// isLate reports whether a moment was lately.
func (c *Connector) isLate(at string) bool { return at >= schemas.At(c.now().Add(-lately)) }

// today is the day in UTC.
func (c *Connector) today() string { return c.now().Format(time.DateOnly) }

// Outbox lists the messages that are not complete, oldest first; with all, also
// those that are. Receipts that we send are not shown, and damaged files are left
// out; [Connector.Health] names those.
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
			if c.read(dir, name, &out) != nil || out.Kind == schemas.KindReceipt {
				continue
			}
			out.Sealed, out.Confirmed = nil, out.confirmations()
			list = append(list, out)
		}
	}
	slices.SortStableFunc(list, func(a, b Outgoing) int { return cmp.Compare(a.Sequence, b.Sequence) })
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
	return maps.Clone(c.ignored)
}

// Health is what is to be known of a home beside its messages.
type Health struct {
	Damaged []string             `json:"damaged,omitempty"` // files to be put back from a backup
	Ignored map[schemas.Code]int `json:"ignored,omitempty"` // what came in and was not believed, since the start
}

// Health returns the files that could not be read when they were last tried, and
// what came in and was not believed.
func (c *Connector) Health() (*Health, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	health := &Health{Ignored: maps.Clone(c.ignored)}
	for _, place := range slices.Sorted(maps.Keys(c.damaged)) {
		if c.damaged[place] {
			health.Damaged = append(health.Damaged, place)
		}
	}
	return health, nil
}

// nudge wakes the sender.
func (c *Connector) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
