package gateway

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"schakel/pki"
	"schakel/schemas"
)

// refuse settles a submission that is not taken: written down with its code, and
// answered to the partner on whose line it came.
func (g *Gateway) refuse(ctx context.Context, m *message, refusal *schemas.Refusal) error {
	event := g.event(schemas.EventRefused, m.now)
	event.Entry.Sealed, event.Entry.Reasons, event.Entry.At = m.sealed, []schemas.Code{refusal.Code}, refusal.At
	event.Entry.Sender = schemas.Party(event.Salt, m.from.Organisation)
	event.Record = schemas.Record{Sealed: m.sealed, Connector: m.connector()}
	settlement := &schemas.Settlement{Directory: g.Directory().Epoch, Events: []schemas.Event{event}}
	if m.envelope != nil {
		m.thread = m.manifest.ID // a message that is not taken is no part of a case
		settlement.Message = g.settlement(m).Message
		settlement.Events[0].Entry.Manifest, settlement.Events[0].Record = m.digest, m.record()
	}
	recorded, err := g.Journal.Record(ctx, settlement)
	switch {
	case errors.Is(err, schemas.ErrStale):
		return fmt.Errorf("refuse: %w", err)
	case errors.Is(err, schemas.ErrEquivocation):
		return g.refuse(ctx, m.anonymous(), &schemas.Refusal{Code: "find.equivocation", At: "/envelope/sequence"})
	case err != nil:
		return fmt.Errorf("record refusal: %w", err)
	}
	g.Log.Info("refused", "connector", m.connector(), "code", refusal.Code, "at", refusal.At, "entry", recorded.Indexes[0])
	return g.answer(ctx, m.connector(), recorded.Indexes[0], m.seen())
}

// seen is the size of the newest checkpoint that the sender says he has seen.
func (m *message) seen() int64 {
	if m.envelope == nil {
		return 0
	}
	return m.envelope.Checkpoint.Size
}

// deliver sends every parcel that the commit cleared, and the news for senders
// of held messages. What cannot be sealed now (a key that has lapsed) stays due.
func (g *Gateway) deliver(ctx context.Context, v *verdict, recorded *schemas.Recorded) error {
	for _, p := range v.parcels {
		for _, connector := range v.Events[p.event].Record.Connectors {
			if err := g.send(ctx, *p.container, p.recipient, connector, recorded.Indexes[p.event]); err != nil {
				return err
			}
		}
	}
	for i, event := range v.Events {
		if event.Entry.Event == schemas.EventInformed {
			if err := g.answer(ctx, event.Record.Connector, recorded.Indexes[i], 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// send seals one delivery with its clearance to one connector and posts it.
func (g *Gateway) send(ctx context.Context, container pki.Container, recipient *pki.Partner, connector string, entry int64) error {
	var err error
	if container.Proof, container.Consistency, err = g.Journal.Prove(ctx, entry, 0); err != nil {
		return err
	}
	return g.post(ctx, &container, recipient, connector)
}

// answer tells a connector of an entry that is meant for it: the entry, the proof
// that the log holds it, and that the log has only grown since what it had seen.
func (g *Gateway) answer(ctx context.Context, connector string, entry, seen int64) error {
	org, _, _ := strings.Cut(connector, "/")
	partner, ok := g.Directory().Partner(org)
	if !ok {
		return nil
	}
	proof, consistency, err := g.Journal.Prove(ctx, entry, seen)
	if err != nil {
		return err
	}
	return g.post(ctx, &pki.Container{Proof: proof, Consistency: consistency}, partner, connector)
}

// post seals a container to one connector of a partner and hands it to the
// broker.
func (g *Gateway) post(ctx context.Context, container *pki.Container, partner *pki.Partner, connector string) error {
	key := ""
	for _, c := range partner.Connectors {
		if partner.ID+"/"+c.ID == connector {
			key = c.Encryption
		}
	}
	sealed, err := pki.Seal(container, partner.Certificate, key, g.Clock())
	if refusal := schemas.Refused(err); refusal != nil {
		g.Log.Warn("cannot seal", "connector", connector, "code", refusal.Code)
		return nil
	}
	if err != nil {
		return err
	}
	return g.Post.Deliver(ctx, g.MailboxOf(connector), sealed)
}

// repeat says again what was said about a message that was settled before, and
// sends again the receipts that came back for it.
func (g *Gateway) repeat(ctx context.Context, m *message) error {
	told, err := g.Archive.Told(ctx, m.manifest.ID, m.connector())
	if err != nil {
		return err
	}
	for _, entry := range told.Answers {
		if err := g.answer(ctx, m.connector(), entry, m.seen()); err != nil {
			return err
		}
	}
	for _, due := range told.Receipts {
		if err := g.Resend(ctx, due); err != nil {
			return err
		}
	}
	return nil
}

// Resend sends a decided delivery once more, from the register.
func (g *Gateway) Resend(ctx context.Context, due schemas.Due) error {
	_, record, err := g.Archive.Entry(ctx, due.Entry)
	if err != nil {
		return err
	}
	container, err := g.unwrap(ctx, due.Message)
	if errors.Is(err, schemas.ErrUnknown) {
		return nil // erased since: nothing is due any more
	}
	if err != nil {
		return fmt.Errorf("resend %d: %w", due.Entry, err)
	}
	manifest, err := schemas.ParseManifest(container.Manifest)
	if err != nil {
		return fmt.Errorf("resend %d: %w", due.Entry, err)
	}
	sender, _ := g.Directory().Partner(manifest.From.Organisation)
	recipient, ok := g.Directory().Partner(record.Recipient)
	if !ok || sender == nil || recipient.Status != "active" {
		return nil
	}
	m, err := g.reread(container, sender, g.Clock())
	if err != nil {
		return fmt.Errorf("resend %d: %w", due.Entry, err)
	}
	var sheet []byte
	if record.Review {
		sheet, err = g.sheet(ctx, m, record)
		if err != nil {
			return fmt.Errorf("resend %d: %w", due.Entry, err)
		}
	}
	return g.send(ctx, *m.parcel(record.Disclosed, sheet), recipient, due.Connector, due.Entry)
}

// sheet makes again what a reviewer was asked.
func (g *Gateway) sheet(ctx context.Context, m *message, review schemas.Record) ([]byte, error) {
	standing, err := g.Journal.Standing(ctx, m.manifest.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range standing.Deliveries {
		if d.Outcome == schemas.Hold && d.To == review.To {
			return schemas.Encode(schemas.ReviewSheet{Question: d.Question, Decision: d.Decision, Fields: m.digests(d.Disclosed)}), nil
		}
	}
	return nil, errors.New("the hold under review is missing")
}

// keep wraps the container of a message under the key of its case, when it is
// still needed after the commit.
func (g *Gateway) keep(ctx context.Context, m *message, v *verdict) error {
	needed := false
	for _, event := range v.Events {
		mine := event.Record.Message == m.manifest.ID
		needed = needed || mine && (len(event.Record.Connectors) > 0 || event.Record.Outcome == schemas.Hold)
	}
	if !needed {
		return nil
	}
	key, wrapped, err := g.caseKey(ctx, m.thread)
	if err != nil {
		return err
	}
	container := *m.opened.Container
	v.CaseKey = wrapped
	v.Content, err = sealBytes(key, container.Marshal(), m.manifest.ID)
	v.Events[0].Record.Content = schemas.Digest(v.Content)
	return err
}

// caseKey returns the key of a case: the one it has, or a new one with its
// wrapped form.
func (g *Gateway) caseKey(ctx context.Context, thread string) (key, wrapped []byte, err error) {
	known, err := g.Archive.Case(ctx, thread)
	if err != nil {
		return nil, nil, err
	}
	if known != nil {
		key, err = g.Keys.Unwrap(ctx, keyCases, known, []byte(thread))
		return key, nil, err
	}
	key = make([]byte, 32)
	rand.Read(key)
	wrapped, err = g.Keys.Wrap(ctx, keyCases, key, []byte(thread))
	return key, wrapped, err
}

// keyCases names, in the key store, the key that wraps the keys of cases.
const keyCases = "cases"

// unwrap reads a kept container; schemas.ErrUnknown when it has been erased.
func (g *Gateway) unwrap(ctx context.Context, message string) (*pki.Container, error) {
	thread, wrapped, err := g.Archive.Content(ctx, message)
	if err != nil {
		return nil, err
	}
	caseKey, err := g.Archive.Case(ctx, thread)
	if err != nil {
		return nil, err
	}
	if caseKey == nil {
		return nil, schemas.ErrUnknown
	}
	key, err := g.Keys.Unwrap(ctx, keyCases, caseKey, []byte(thread))
	if err != nil {
		return nil, err
	}
	data, err := openBytes(key, wrapped, message)
	if err != nil {
		return nil, err
	}
	return pki.UnmarshalContainer(data)
}

// sealBytes and openBytes are AES-256-GCM with the message id as associated data.
func sealBytes(key, data []byte, message string) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, data, []byte(message)), nil
}

func openBytes(key, wrapped []byte, message string) ([]byte, error) {
	aead, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	if len(wrapped) < aead.NonceSize() {
		return nil, errors.New("kept content is too short")
	}
	return aead.Open(nil, wrapped[:aead.NonceSize()], wrapped[aead.NonceSize():], []byte(message))
}

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// Back-off of a delivery without receipt: 10 s, then doubling to 15 minutes.
const (
	firstRetry = 10 * time.Second
	lastRetry  = 15 * time.Minute
)

// ResendDue offers again every delivery whose time has come, and returns how
// many. Whatever was lost on the way, by a crash, by the broker or at the
// recipient, is sent until a receipt says that it arrived.
func (g *Gateway) ResendDue(ctx context.Context) (int, error) {
	now := g.Clock()
	due, err := g.Archive.Due(ctx, now, 256)
	if err != nil {
		return 0, err
	}
	for _, d := range due {
		if err := g.Resend(ctx, d); err != nil {
			return 0, err
		}
		wait := min(firstRetry<<min(d.Tries+1, 16), lastRetry)
		if err := g.Archive.Postpone(ctx, d, now.Add(wait)); err != nil {
			return 0, err
		}
	}
	return len(due), nil
}

func decode(document []byte, value any) error {
	return json.Unmarshal(document, value, json.RejectUnknownMembers(true))
}

func itoa(n int) string { return strconv.Itoa(n) }

func isContent(pointer string) bool { return !strings.HasPrefix(pointer, envelopePrefix) }
