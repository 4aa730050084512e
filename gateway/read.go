package gateway

import (
	"strings"
	"time"

	"schakel/pki"
	"schakel/schemas"
)

// message is a submission as far as it could be read. What is nil was not
// reached.
type message struct {
	in     Submission
	from   schemas.Sender // on whose line it came
	now    time.Time
	sealed string // digest of the ciphertext

	directory   *pki.Directory // by which it is judged
	sender      *pki.Partner   // as the directory has it
	signed      []byte         // the sender's record as it was when this came
	opened      *pki.Opened
	manifest    *schemas.Manifest
	digest      string // of the manifest
	envelope    *schemas.Envelope
	body        schemas.Body
	content     []schemas.Governed
	disclosures map[string]pki.Disclosure // by pointer

	thread  string            // root of the case
	root    *schemas.Standing // message of the case that the sender names, when it is another
	replied *schemas.Standing // message this answers
}

func (m *message) connector() string { return m.from.String() }

// day is the day of receipt, in UTC.
func (m *message) day() string { return m.now.UTC().Format(time.DateOnly) }

// anonymous forgets what the sender says of the message: it is about to be
// refused as something he must not say.
func (m *message) anonymous() *message {
	return &message{in: m.in, from: m.from, now: m.now, sealed: m.sealed, directory: m.directory}
}

// read opens a submission and puts it together, by the directory of this moment:
// when that has moved before the message is written down, it is read again. It
// returns what it could read also with a refusal.
func (g *Gateway) read(in Submission, from schemas.Sender, now time.Time) (*message, error) {
	m := &message{in: in, from: from, now: now, sealed: schemas.Digest(in.Sealed), directory: g.Directory()}
	m.sender, _ = m.directory.Partner(from.Organisation)
	m.signed = m.sender.Signed
	signer, ok := m.sender.Signer(from.Connector)
	if !ok {
		return m, schemas.Refuse("sig.unknown", "")
	}
	opened, err := pki.Open(in.Sealed, pki.Expect{Form: pki.Submission, Key: g.Secret, Now: now, Signer: signer, Gateway: g.Secret.Fingerprint})
	if err != nil {
		return m, err
	}
	m.opened, m.manifest, m.digest = opened, opened.Parsed, schemas.Digest(opened.Manifest)
	if err := m.assemble(opened.Disclosures); err != nil {
		return m, err
	}
	if _, _, ok := m.sender.Officer(m.envelope.Officer, m.day()); !ok {
		return m, schemas.Refuse("env.officer", "/envelope/officer")
	}
	return m, nil
}

// reread puts a message together from its stored container: it was verified when
// it came, with the sender's record of then, and is judged now only by the rules.
func (g *Gateway) reread(container *pki.Container, directory *pki.Directory, now time.Time) (*message, error) {
	manifest, err := schemas.ParseManifest(container.Manifest)
	if err != nil {
		return nil, err
	}
	disclosures, err := pki.MatchDisclosures(manifest, container.Disclosures)
	if err != nil {
		return nil, err
	}
	m := &message{from: manifest.From, now: now, directory: directory, signed: container.Record, manifest: manifest, digest: schemas.Digest(container.Manifest)}
	m.sender, _ = directory.Partner(manifest.From.Organisation)
	m.opened = &pki.Opened{Container: container, Parsed: manifest, Disclosures: disclosures}
	return m, m.assemble(disclosures)
}

const envelopePrefix = "/envelope/"

// assemble reads envelope and body out of the disclosures.
func (m *message) assemble(disclosures []pki.Disclosure) error {
	m.disclosures = make(map[string]pki.Disclosure, len(disclosures))
	var envelope, body []schemas.Leaf
	for _, d := range disclosures {
		m.disclosures[d.Leaf.Pointer] = d
		if strings.HasPrefix(d.Leaf.Pointer, envelopePrefix) {
			envelope = append(envelope, d.Leaf)
		} else {
			body = append(body, d.Leaf)
		}
	}
	if err := m.readEnvelope(envelope); err != nil {
		return err
	}
	return m.readBody(body)
}

// whole lists what an envelope must hold. Of bases only that there is something:
// an empty list is a leaf, a filled one has leaves below it.
var whole = []string{
	"officer", "sequence", "previous", "thread", "in_reply_to", "relay_of", "original_purpose",
	"request/exists", "request/question", "request/unavoidable", "emergency/claimed", "emergency/facts", "emergency/expires",
	"classification", "checkpoint/size", "checkpoint/root", "may",
}

func (m *message) readEnvelope(leaves []schemas.Leaf) error {
	for _, name := range whole {
		if _, ok := m.disclosures[envelopePrefix+name]; !ok {
			return schemas.Refuse("sd.missing", envelopePrefix+name)
		}
	}
	document, err := schemas.Assemble(leaves, false)
	if err != nil {
		return err
	}
	var root struct {
		Envelope schemas.Envelope `json:"envelope"`
	}
	if err := schemas.Decode(document, &root); err != nil {
		return err
	}
	if root.Envelope.Bases == nil {
		return schemas.Refuse("sd.missing", envelopePrefix+"bases")
	}
	m.envelope = &root.Envelope
	return nil
}

func (m *message) readBody(leaves []schemas.Leaf) error {
	document, err := schemas.Assemble(leaves, false)
	if err != nil {
		return err
	}
	if m.body, err = schemas.Parse(m.manifest.Kind, document); err != nil {
		return err
	}
	if refusal := schemas.Refused(m.envelope.Fits(m.body)); refusal != nil {
		return schemas.Refuse(refusal.Code, "/envelope"+refusal.At)
	}
	m.content, err = schemas.Govern(m.manifest.Kind, leaves)
	return err
}

// may reports whether the sender allows the leaf at a pointer to be withheld.
func (m *message) may(pointer string) bool {
	for _, allowed := range m.envelope.May {
		if pointer == allowed || strings.HasPrefix(pointer, allowed+"/") {
			return true
		}
	}
	return false
}
