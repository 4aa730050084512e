package register

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

const origin = "log.example/schakel"

// noon is when everything here happens.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// key makes a log key; the same seed gives the same key.
func key(t *testing.T, name, seed string) (note.Signer, note.Verifier) {
	t.Helper()
	private, public, err := note.GenerateKey(rand.NewChaCha8(sha256.Sum256([]byte(seed))), name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

// house is a register on disk with the key of its log.
type house struct {
	*Register
	t        *testing.T
	path     string
	signer   note.Signer
	verifier note.Verifier
}

// newHouse makes an empty register and opens it.
func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, path: filepath.Join(t.TempDir(), "register.db")}
	h.signer, h.verifier = key(t, origin, "log")
	if err := Create(h.path, h.signer); err != nil {
		t.Fatal(err)
	}
	h.open()
	return h
}

// open opens the register; it is closed with the test.
func (h *house) open() {
	h.t.Helper()
	r, err := Open(h.path, h.signer, h.verifier)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Register = r
	h.t.Cleanup(func() { r.Close() })
}

func (h *house) close() {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
}

// record commits a settlement, decided under the directory in use, and returns the
// position of its first entry.
func (h *house) record(s *schemas.Settlement) int64 {
	h.t.Helper()
	var err error
	if s.Directory, err = h.Directory(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	recorded, err := h.Record(h.t.Context(), s)
	if err != nil {
		h.t.Fatalf("record: %v", err)
	}
	if recorded.Repeat {
		h.t.Fatal("record: it was there already")
	}
	return recorded.Indexes[0]
}

// kept is the newest checkpoint, as somebody keeps it who received it.
func (h *house) kept() tlog.Checkpoint {
	h.t.Helper()
	signed, err := h.SignedCheckpoint()
	if err != nil {
		h.t.Fatal(err)
	}
	head, err := tlog.OpenCheckpoint(signed, h.verifier)
	if err != nil {
		h.t.Fatal(err)
	}
	return head
}

// check checks a register file and returns what was found.
func check(t *testing.T, path string, verifier note.Verifier, kept ...tlog.Checkpoint) []Finding {
	t.Helper()
	report, err := Check(t.Context(), path, verifier, kept...)
	if err != nil {
		return []Finding{{-1, err.Error()}}
	}
	return report.Findings
}

// sound fails the test when a check finds anything.
func (h *house) sound(kept ...tlog.Checkpoint) {
	h.t.Helper()
	for _, finding := range check(h.t, h.path, h.verifier, kept...) {
		h.t.Errorf("check: %v", finding)
	}
}

// connector is a partner's connector: it numbers its messages and names in each
// the one before.
type connector struct {
	name     string
	sequence int64
	previous string
}

// letter is a message with what is decided about it.
type letter struct {
	schemas.Settled
	kind string
	*schemas.Settlement
}

// write makes the next message of a connector, in a case of its own.
func (c *connector) write(kind string) *letter {
	c.sequence++
	id := fmt.Sprintf("%s/%d", c.name, c.sequence)
	l := &letter{kind: kind, Settled: schemas.Settled{
		ID: id, Connector: c.name, Sequence: c.sequence, Manifest: schemas.Digest([]byte(id)), Previous: c.previous, Thread: id,
	}}
	c.previous = l.Manifest
	l.Settlement = &schemas.Settlement{Message: &l.Settled, Approvals: map[int64]int{}}
	l.add(schemas.EventSubmitted, l.record())
	return l
}

// record is the register's row about the message itself.
func (l *letter) record() schemas.Record {
	return schemas.Record{
		Message: l.ID, Connector: l.Connector, Sequence: l.Sequence, Manifest: l.Manifest, Previous: l.Previous, Thread: l.Thread,
		Kind: l.kind, Officer: "officer of " + l.Connector, Sealed: schemas.Digest([]byte("sealed " + l.ID)),
	}
}

// in makes the message one of a case that there is.
func (l *letter) in(root *letter) *letter {
	l.Thread, l.Events[0].Record.Thread = root.Thread, root.Thread
	return l
}

// act makes the message one that acts on an earlier entry of another message.
func (l *letter) act(event string, of int64, about *letter) *letter {
	l.Events[0].Entry.Event = event
	l.Events[0].Entry.Of, l.Events[0].Record.Of, l.Events[0].Record.About = &of, &of, about.ID
	return l
}

// add adds an event.
func (l *letter) add(event string, r schemas.Record) *schemas.Event {
	l.Events = append(l.Events, happened(event, r))
	return &l.Events[len(l.Events)-1]
}

// happened is an event. Its salt follows from it, so that a test does the same in
// every run.
func happened(event string, r schemas.Record) schemas.Event {
	salt := sha256.Sum256(fmt.Appendf(nil, "%s %s", event, schemas.Encode(r)))
	return schemas.Event{Salt: salt[:], Record: r, Entry: schemas.Entry{
		Event: event, Epoch: 1, Time: schemas.At(noon), Kind: r.Kind, Outcome: r.Outcome, Of: r.Of,
	}}
}

// to decides that the message may go to the connectors of a partner.
func (l *letter) to(recipient string, connectors ...string) *letter {
	l.add(schemas.EventDecided, schemas.Record{
		Message: l.ID, Kind: l.kind, Recipient: recipient, Address: recipient, To: "1", Outcome: schemas.Allow,
		Disclosed: []string{"/what", "/where"}, Fields: "fields", Connectors: connectors,
	})
	return l
}

// held decides that the message must wait, and puts it to a reviewer.
func (l *letter) held(recipient, reviewer, desk string) *letter {
	l.add(schemas.EventDecided, schemas.Record{
		Message: l.ID, Kind: l.kind, Recipient: recipient, Address: recipient, To: "2", Outcome: schemas.Hold,
		Question: schemas.Raw(`{"asked":1}`), Decision: schemas.Raw(`{"outcome":"hold"}`),
	})
	l.add(schemas.EventDecided, schemas.Record{
		Message: l.ID, Kind: l.kind, Recipient: reviewer, Address: recipient, To: "2", Outcome: schemas.Allow, Connectors: []string{desk}, Review: true,
	})
	return l
}

// with keeps the content of the message, under a new key of its case.
func (l *letter) with(content string) *letter {
	l.Content, l.CaseKey = []byte("wrapped "+content), []byte("key of "+l.Thread)
	l.Events[0].Record.Content = schemas.Digest(l.Content)
	return l
}

// refusal is what is written down of bytes that are no message.
func refusal(sealed string) *schemas.Settlement {
	event := happened(schemas.EventRefused, schemas.Record{Sealed: schemas.Digest([]byte(sealed)), Connector: "ngo/manila"})
	event.Entry.Reasons = []schemas.Code{"sig.not-genuine"}
	return &schemas.Settlement{Events: []schemas.Event{event}}
}

// admission is what is written down of a directory record.
func admission(id string, version int64) *schemas.Settlement {
	record := schemas.Record{ID: id, Version: version, Signed: fmt.Appendf(nil, "record of %s, %d", id, version)}
	return &schemas.Settlement{Events: []schemas.Event{happened(schemas.EventDirectory, record)}}
}
