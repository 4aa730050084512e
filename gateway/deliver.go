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
	settlement := &schemas.Settlement{Directory: m.directory.Epoch, Events: []schemas.Event{event}}
	if m.envelope != nil {
		m.thread = m.manifest.ID // a message that is not taken is no part of a case
		settlement.Message = g.settlement(m).Message
		settlement.Events[0].Entry.Manifest, settlement.Events[0].Record = m.digest, m.record()
	}
	recorded, err := g.Journal.Record(ctx, settlement)
	switch {
	case errors.Is(err, schemas.ErrStale):
		return fmt.Errorf("refuse: %w", errMoving)
	case errors.Is(err, schemas.ErrEquivocation):
		return g.refuse(ctx, m.anonymous(), &schemas.Refusal{Code: "find.equivocation", At: "/envelope/sequence"})
	case err != nil:
		return fmt.Errorf("record refusal: %w", fault(err))
	}
	g.Log.Info("refused", "connector", m.connector(), "code", refusal.Code, "at", refusal.At, "entry", recorded.Indexes[0])
	return g.answer(ctx, m.connector(), recorded.Indexes[0], m.seen(), nil)
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
		told := event.Entry.Event == schemas.EventInformed || event.Entry.Event == schemas.EventRecalled
		if told && g.takesPart(event.Record.Connector) {
			if err := g.answer(ctx, event.Record.Connector, recorded.Indexes[i], 0, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// takesPart reports whether the partner of a connector is told anything new.
func (g *Gateway) takesPart(connector string) bool {
	org, _, _ := strings.Cut(connector, "/")
	partner, ok := g.Directory().Partner(org)
	return ok && partner.Status == "active"
}

// send seals one delivery with its clearance to one connector and posts it.
func (g *Gateway) send(ctx context.Context, container pki.Container, recipient *pki.Partner, connector string, entry int64) error {
	var err error
	if container.Proof, container.Consistency, err = g.Journal.Prove(ctx, entry, 0); err != nil {
		return fault(err)
	}
	return g.post(ctx, &container, recipient, connector)
}

// answer tells a connector of an entry that is meant for it: the entry, the proof
// that the log holds it, and that the log has only grown since what it had seen.
// foreseen is the answer to who asked beforehand, to which the entry commits.
func (g *Gateway) answer(ctx context.Context, connector string, entry, seen int64, foreseen []byte) error {
	org, _, _ := strings.Cut(connector, "/")
	partner, ok := g.Directory().Partner(org)
	if !ok {
		return nil
	}
	proof, consistency, err := g.Journal.Prove(ctx, entry, seen)
	if err != nil {
		return fault(err)
	}
	return g.post(ctx, &pki.Container{Proof: proof, Consistency: consistency, Foreseen: foreseen}, partner, connector)
}

// post seals a container to one connector of a partner and hands it to the
// broker. A full mailbox is no fault: a delivery stays due, and who waits for an
// answer asks again. The gateway itself has no mailbox: it knows what it did.
func (g *Gateway) post(ctx context.Context, container *pki.Container, partner *pki.Partner, connector string) error {
	if partner.ID == Own.Organisation {
		return nil
	}
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
	err = g.Post.Deliver(ctx, g.MailboxOf(connector), sealed)
	if errors.Is(err, ErrFull) {
		g.Log.Warn("mailbox full", "connector", connector)
		return nil
	}
	return fault(err)
}

// Settled reports whether a submission was settled before.
func (g *Gateway) Settled(ctx context.Context, in Submission) bool {
	from := g.current.Load().mailboxes[in.Mailbox]
	_, _, err := g.Journal.Arrived(ctx, schemas.Digest(in.Sealed), from.String())
	return err == nil
}

// again answers bytes that were settled before on the same line; known is false
// when they were not. Nothing is judged again. A partner who takes no part any
// more is told what he was told first, and nothing that came since.
func (g *Gateway) again(ctx context.Context, in Submission, from schemas.Sender) (known bool, err error) {
	message, entry, err := g.Journal.Arrived(ctx, schemas.Digest(in.Sealed), from.String())
	if errors.Is(err, schemas.ErrUnknown) {
		return false, nil
	}
	if err != nil {
		return false, fault(err)
	}
	_, record, err := g.Archive.Entry(ctx, entry)
	if err != nil {
		return false, fault(err)
	}
	if message == "" || !g.takesPart(from.String()) {
		return true, g.answer(ctx, from.String(), entry, record.Seen, record.Foreseen)
	}
	return true, g.repeat(ctx, message, from, record.Seen)
}

// repeat says again what was said about a message that was settled before, and
// sends again the receipts that came back for it.
func (g *Gateway) repeat(ctx context.Context, message string, to schemas.Sender, seen int64) error {
	told, err := g.Archive.Told(ctx, message, to.String())
	if err != nil {
		return fault(err)
	}
	for _, entry := range told.Answers {
		_, record, err := g.Archive.Entry(ctx, entry)
		if err != nil {
			return fault(err)
		}
		if err := g.answer(ctx, to.String(), entry, seen, record.Foreseen); err != nil {
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
	entry, record, err := g.Archive.Entry(ctx, due.Entry)
	if err != nil {
		return fault(err)
	}
	container, err := g.unwrap(ctx, due.Message)
	if errors.Is(err, schemas.ErrUnknown) {
		return nil // erased since: nothing is due any more
	}
	if err != nil {
		return fmt.Errorf("resend %d: %w", due.Entry, err)
	}
	recipient, ok := g.Directory().Partner(record.Recipient)
	if !ok || recipient.Status != "active" {
		return nil
	}
	m, err := g.reread(container, g.Directory(), g.Clock())
	if err != nil {
		return fmt.Errorf("resend %d: %w", due.Entry, err)
	}
	var sheet []byte
	if record.Review {
		sheet, err = g.sheet(ctx, m, entry.Question)
		if err != nil {
			return fmt.Errorf("resend %d: %w", due.Entry, err)
		}
	}
	return g.send(ctx, *m.parcel(record.Disclosed, sheet), recipient, due.Connector, due.Entry)
}

// sheet makes again what a reviewer was asked: the one of this digest.
func (g *Gateway) sheet(ctx context.Context, m *message, digest string) ([]byte, error) {
	standing, err := g.Journal.Standing(ctx, m.manifest.ID)
	if err != nil {
		return nil, fault(err)
	}
	for _, d := range standing.Deliveries {
		for _, sheet := range m.sheets(d) {
			if schemas.Digest(sheet) == digest {
				return sheet, nil
			}
		}
	}
	return nil, errors.New("what is under review is missing")
}

// sheets are what reviewers can have been asked about a delivery.
func (m *message) sheets(d schemas.Delivered) [][]byte {
	sheet := schemas.ReviewSheet{Question: d.Question, Decision: d.Decision, Fields: m.digests(d.Disclosed)}
	switch {
	case d.Outcome == schemas.Hold:
		return [][]byte{schemas.Encode(sheet)}
	case d.Released != nil:
		return [][]byte{sheetAfterwards(sheet, d.Released.Afterwards), sheetAfterwards(sheet, overdue(d.Released))}
	}
	return nil
}

// keep wraps the container of a message under the key of its case, when it is
// still needed after the commit. The sender's record goes with it as it is now:
// who gets the message later verifies it by the key that signed.
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
	container.Record = m.signed
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
		return nil, nil, fault(err)
	}
	if known != nil {
		key, err = g.Keys.Unwrap(ctx, keyCases, known, []byte(thread))
		return key, nil, fault(err)
	}
	key = make([]byte, 32)
	rand.Read(key)
	wrapped, err = g.Keys.Wrap(ctx, keyCases, key, []byte(thread))
	return key, wrapped, fault(err)
}

// keyCases names, in the key store, the key that wraps the keys of cases.
const keyCases = "cases"

// unwrap reads a kept container; schemas.ErrUnknown when it has been erased.
func (g *Gateway) unwrap(ctx context.Context, message string) (*pki.Container, error) {
	thread, wrapped, err := g.Archive.Content(ctx, message)
	if err != nil {
		return nil, fault(err)
	}
	caseKey, err := g.Archive.Case(ctx, thread)
	if err != nil {
		return nil, fault(err)
	}
	if caseKey == nil {
		return nil, schemas.ErrUnknown
	}
	key, err := g.Keys.Unwrap(ctx, keyCases, caseKey, []byte(thread))
	if err != nil {
		return nil, fault(err)
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

// Patience with a delivery without receipt. The first offers are quick, in case
// one got lost; then each waits twice as long as the one before. While the broker
// still holds what the partner has not taken, nothing is added to it.
const (
	firstRetry = 10 * time.Second
	lastRetry  = 24 * time.Hour
	quick      = 3                // offers before the broker is asked what it holds
	lookAgain  = 15 * time.Minute // after it holds something
	maxFaults  = 3                // of the system in one round: then nothing gets through
)

// ResendDue offers again every delivery whose time has come, and returns how
// many. Whatever was lost on the way, by a crash, by the broker or at the
// recipient, is sent until a receipt says that it arrived. What cannot be sent is
// put off, and does not stop the others.
func (g *Gateway) ResendDue(ctx context.Context) (int, error) {
	now := g.Clock()
	due, err := g.Archive.Due(ctx, now, 256)
	if err != nil {
		return 0, fault(err)
	}
	sent, faults := 0, 0
	for _, d := range due {
		wait := lookAgain
		if d.Tries < quick || !g.untaken(ctx, d.Connector) {
			err := g.Resend(ctx, d)
			switch {
			case errors.Is(err, ErrSystem):
				faults++
				wait = firstRetry
			case err == nil:
				sent++
				fallthrough
			default:
				d.Tries++
				wait = min(firstRetry<<min(d.Tries, 16), lastRetry)
			}
			if err != nil {
				g.Log.Warn("not offered again", "entry", d.Entry, "connector", d.Connector, "error", err)
			}
		}
		if err := g.Archive.Postpone(ctx, d, now.Add(wait)); err != nil || faults == maxFaults {
			return sent, fault(err)
		}
	}
	return sent, nil
}

// untaken reports whether the broker holds something for a connector. When it does
// not say, nothing is known to be there.
func (g *Gateway) untaken(ctx context.Context, connector string) bool {
	n, err := g.Post.Holds(ctx, g.MailboxOf(connector))
	return err == nil && n > 0
}

func decode(document []byte, value any) error {
	return json.Unmarshal(document, value, json.RejectUnknownMembers(true))
}

func itoa(n int) string { return strconv.Itoa(n) }

func isContent(pointer string) bool { return !strings.HasPrefix(pointer, envelopePrefix) }
