package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// Journal is where decisions are written down. All of it may be called by many
// goroutines at once.
type Journal interface {
	// Record commits a settlement whole. When it returns nil, it is on disk and in
	// the log for ever. schemas.ErrStale and schemas.ErrEquivocation mean that
	// nothing was written and why; any other error that nothing may be assumed.
	// The same message again gives its first entries, with Repeat set.
	Record(ctx context.Context, settlement *schemas.Settlement) (*schemas.Recorded, error)

	// Arrived finds bytes that were settled before on the same line: the message, ""
	// when it was not read that far, and the entry of its custody or refusal;
	// schemas.ErrUnknown when they are new.
	Arrived(ctx context.Context, sealed, connector string) (message string, entry int64, err error)

	// Behind reports whether a connector signed an earlier message than this number
	// that has not come.
	Behind(ctx context.Context, connector string, sequence int64) (bool, error)

	// Standing returns what is known of a message, or schemas.ErrUnknown.
	Standing(ctx context.Context, message string) (*schemas.Standing, error)

	// Prove returns the proof that an entry is in the log, and that the log has
	// only grown since it had size seen.
	Prove(ctx context.Context, index, seen int64) (proof, consistency []byte, err error)
}

// Archive holds wrapped content for as long as something still has to be done
// with it, and says what. It may be called by many goroutines at once.
type Archive interface {
	Case(ctx context.Context, thread string) (wrappedKey []byte, err error) // nil when the case has none
	Content(ctx context.Context, message string) (thread string, wrapped []byte, err error)
	Due(ctx context.Context, now time.Time, limit int) ([]schemas.Due, error)
	Postpone(ctx context.Context, due schemas.Due, until time.Time) error
	Told(ctx context.Context, message, connector string) (schemas.Told, error)
	Reviews(ctx context.Context, now time.Time, limit int) ([]schemas.Review, error)
	Newest(ctx context.Context, connector string) (sequence int64, manifest string, err error)
	Entry(ctx context.Context, index int64) (schemas.Entry, schemas.Record, error)
}

// Post carries sealed bytes to a mailbox. When Deliver returns nil the broker has
// them on disk; it may forget them all the same, and the same bytes may be
// delivered again. ErrFull means that this mailbox takes no more; any other error
// that the broker does not answer.
type Post interface {
	Deliver(ctx context.Context, mailbox string, sealed []byte) error

	// Holds is how many messages the broker has that the partner has not taken.
	Holds(ctx context.Context, mailbox string) (int, error)
}

// Keys wraps the keys of cases. The key that wraps never leaves the key store.
// An error means that the store does not answer: nothing is accepted until it
// does.
type Keys interface {
	Wrap(ctx context.Context, name string, key, context []byte) ([]byte, error)
	Unwrap(ctx context.Context, name string, wrapped, context []byte) ([]byte, error)
}

// Config is what a gateway is made of.
type Config struct {
	Anchors *pki.Anchors
	Secret  *pki.Secret // the gateway's own OpenPGP key
	Mailbox []byte      // key of the mailbox pseudonyms
	Journal Journal
	Archive Archive
	Post    Post
	Keys    Keys
	Epoch   int64
	Clock   func() time.Time
	Log     *slog.Logger
}

// Gateway is the way of a message. It may pass many messages at once.
type Gateway struct {
	Config
	current  atomic.Pointer[standing]
	deciding chan struct{} // bounds the decisions under way to the cores
	patience patience
	own      sync.Mutex // orders the gateway's own messages
}

// standing is what is in use: the directory, the mailboxes that follow from it, and
// the rules. Whatever of it changes raises the directory's epoch.
type standing struct {
	*pki.Directory
	mailboxes map[string]schemas.Sender // mailbox → connector
	rules     *policies.Rules           // nil until the log has them
	version   int64                     // of the rules
}

// New returns a gateway with an empty directory and no rules: [Gateway.Restore] and
// [Gateway.Begin] bring them. cores bounds the decisions made at the same time.
func New(config Config, cores int) *Gateway {
	g := &Gateway{Config: config, deciding: make(chan struct{}, max(cores, 1))}
	g.current.Store(&standing{})
	g.use(pki.NewDirectory())
	return g
}

// Directory returns the directory in use.
func (g *Gateway) Directory() *pki.Directory { return g.current.Load().Directory }

// use puts a directory into use.
func (g *Gateway) use(directory *pki.Directory) {
	now := g.current.Load()
	s := &standing{directory, map[string]schemas.Sender{}, now.rules, now.version}
	for _, partner := range directory.Partners() {
		for _, connector := range partner.Connectors {
			sender := schemas.Sender{Organisation: partner.ID, Connector: connector.ID}
			s.mailboxes[g.MailboxOf(sender.String())] = sender
		}
	}
	g.current.Store(s)
}

// MailboxOf is the pseudonym under which the broker knows a connector
// ("organisation/connector"). Only the gateway can tell whose it is.
func (g *Gateway) MailboxOf(connector string) string { return Mailbox(g.Config.Mailbox, connector) }

// Mailbox derives the pseudonym of a connector from the gateway's mailbox key.
func Mailbox(key []byte, connector string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("mailbox\x00" + connector))
	return "m" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(mac.Sum(nil)))[:19]
}

// Mailboxes lists the mailboxes in use by connector. The gateway has none: it hands
// its own messages to Pass.
func (g *Gateway) Mailboxes() map[string]string {
	all := map[string]string{}
	for mailbox, connector := range g.current.Load().mailboxes {
		if connector != Own {
			all[connector.String()] = mailbox
		}
	}
	return all
}

// Admit brings a signed directory record into use: verified, entered in the log,
// and only then used. A record that is in use already is no error.
func (g *Gateway) Admit(ctx context.Context, signed []byte) error {
	directory, record, err := g.openRecord(signed)
	if err != nil || directory == nil {
		return err
	}
	event := g.event(schemas.EventDirectory, g.Clock())
	event.Entry.Directory = schemas.Digest(signed)
	event.Record = record
	recorded, err := g.Journal.Record(ctx, &schemas.Settlement{Directory: g.Directory().Epoch, Events: []schemas.Event{event}})
	if err != nil {
		return fmt.Errorf("enter record %s: %w", record.ID, err)
	}
	g.use(directory) // from here on it counts
	g.announce(ctx, record, recorded.Indexes[0])
	return nil
}

// announce gives a partner's new record to the connectors that may hold it, with
// the proof that it is in the log. Whoever misses it gets the record with the
// next delivery of that partner.
func (g *Gateway) announce(ctx context.Context, record schemas.Record, entry int64) {
	id, isPartner := strings.CutPrefix(record.ID, "partner/")
	if !isPartner || id == Own.Organisation { // its record comes with its messages
		return
	}
	announced, _ := g.Directory().Partner(id)
	for _, partner := range g.Directory().Partners() {
		if !g.Rules().MayKnow(partner.Role, announced.Role) && partner.ID != id {
			continue
		}
		for _, connector := range connectorsOf(partner) {
			if err := g.send(ctx, pki.Container{Record: record.Signed}, partner, connector, entry); err != nil {
				g.Log.Info("record not announced", "connector", connector, "error", err)
				return
			}
		}
	}
}

// Restore brings records into use that the log already holds, in its order, and of
// the rules those that came last.
func (g *Gateway) Restore(records []schemas.Record, epoch int64) error {
	for _, record := range records {
		if IsRules(record) {
			continue
		}
		directory, _, err := g.openRecord(record.Signed)
		if err != nil || directory == nil {
			return fmt.Errorf("restore record %s: %w", record.ID, err)
		}
		g.use(directory)
	}
	directory := *g.Directory()
	directory.Epoch = epoch
	g.use(&directory)
	return g.restoreRules(records)
}

// openRecord reads a partner or document record; nil when it is in use already.
func (g *Gateway) openRecord(signed []byte) (*pki.Directory, schemas.Record, error) {
	current := g.Directory()
	if partner, err := g.Anchors.OpenPartner(signed); err == nil {
		if known, ok := current.Partner(partner.ID); ok && known.Digest == partner.Digest {
			return nil, schemas.Record{}, nil
		}
		next, err := current.With(partner, nil)
		return next, schemas.Record{ID: "partner/" + partner.ID, Version: partner.Version, Signed: signed}, err
	}
	document, err := g.Anchors.OpenDocument(signed)
	if err != nil {
		return nil, schemas.Record{}, err
	}
	if known, ok := current.Document(document.ID); ok && known.Digest == document.Digest {
		return nil, schemas.Record{}, nil
	}
	next, err := current.With(nil, document)
	return next, schemas.Record{ID: "document/" + document.ID, Version: document.Version, Signed: signed}, err
}
