package connectors

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"schakel/pki"
	"schakel/schemas"
)

// Accepted is the word of the connector: the message is on disk and will be sent
// until the gateway has it.
type Accepted struct {
	ID       string `json:"id"`
	Sequence int64  `json:"sequence"`
	Source   string `json:"source,omitempty"` // number under which the source's identity was kept
}

// Options of a submission.
type Options struct {
	Again   bool        // the same content was accepted before, and this is meant
	Ask     bool        // only ask what would become of it: it is given to nobody
	Officer *pki.Secret // the acting officer's own key, for an act that needs a person
}

// Submit takes a draft: checks it against its schema, seals what is to be
// sealed, signs, seals to the gateway, and writes it to the outbox. A refusal
// means that nothing was accepted and nothing has changed.
func (c *Connector) Submit(draft []byte, options Options) (*Accepted, error) {
	d, err := schemas.ParseDraft(draft)
	if err != nil {
		return nil, err
	}
	if options.Ask && schemas.IsAct(d.Kind) {
		return nil, schemas.Refuse("policy.no-ask", "/kind")
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if len(c.waiting) >= maxOutbox || c.held >= maxOutboxBytes {
		return nil, schemas.Refuse("limit.outbox", "")
	}
	content := c.contentDigest(draft)
	if id := c.sentBefore(content); id != "" && !options.Again && !options.Ask {
		return nil, schemas.Refuse("state.same-content", id)
	}
	if err := c.complete(d); err != nil {
		return nil, err
	}
	w, err := c.write(d, options)
	if err != nil {
		return nil, err
	}
	w.out.Content = content
	if options.Ask { // the message itself may still be sent, and only then has a source
		w.out.Content, w.source = w.out.ID, ""
		return c.accept(w)
	}
	if d.SourceIdentity == nil {
		return c.accept(w)
	}
	isNew, err := c.keepSource(w.source, d.SourceIdentity)
	if err != nil {
		return nil, err
	}
	accepted, err := c.accept(w)
	if err != nil && isNew && w.out.Sequence != c.sequence { // its number was not taken
		c.dropSource(w.source)
	}
	return accepted, err
}

// contentDigest recognises a draft without keeping anything of it.
func (c *Connector) contentDigest(draft []byte) string {
	mac := hmac.New(sha256.New, []byte(c.secret.Fingerprint))
	mac.Write(draft)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// written is a message ready for the outbox.
type written struct {
	out    *Outgoing
	source string
}

// write makes the message of a complete draft.
func (c *Connector) write(d *schemas.Draft, options Options) (*written, error) {
	key, err := c.signer()
	if err != nil {
		return nil, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	now := c.now()
	w := &written{out: &Outgoing{ID: id.String(), Kind: d.Kind, Ask: options.Ask, Sequence: c.sequence + 1, Created: schemas.At(now), Thread: d.Thread, To: map[string]string{}, Record: c.self.Signed, Seen: c.log.newest()}}
	if w.out.Thread == "" {
		w.out.Thread = w.out.ID
	}
	leaves, err := c.body(d, w)
	if err != nil {
		return nil, inBody(err)
	}
	envelope, err := c.envelope(d, w)
	if err != nil {
		return nil, err
	}
	if err := checkMay(d.May, leaves); err != nil {
		return nil, err
	}
	container := &pki.Container{}
	digests := container.Disclose(append(leaves, envelope...))
	if len(container.Disclosures) >= schemas.MaxLeaves {
		return nil, schemas.Refuse("limit.leaves", "")
	}
	container.Manifest = schemas.Encode(schemas.Manifest{
		Protocol: schemas.Protocol, ID: w.out.ID, Kind: d.Kind, Schema: 1,
		From:    schemas.Sender{Organisation: c.self.ID, Connector: c.Config.Connector},
		Gateway: c.Anchors.Trust.Gateway, Created: w.out.Created, Purpose: d.Purpose, Handling: nonNil(d.Handling), TLP: d.TLP,
		Urgency: d.Urgency, Ask: options.Ask, Language: d.Language, SDAlg: "sha-256", SD: digests,
	})
	if container.Signature, err = pki.Sign(c.secret, key, pki.ContextManifest, container.Manifest, now); err != nil {
		return nil, err
	}
	if options.Officer != nil {
		officer := options.Officer
		if container.Officer, err = pki.Sign(officer, officer.SigningKey(now), pki.ContextApproval, container.Manifest, now); err != nil {
			return nil, err
		}
	}
	w.out.Manifest, w.out.Signature = container.Manifest, container.Signature
	w.out.Sealed, err = pki.Seal(container, c.Anchors.Gateway, c.Anchors.Gateway.EncryptionKey(now), now)
	return w, err
}

// inBody makes the place of a refusal in a body that in the draft.
func inBody(err error) error {
	refusal := schemas.Refused(err)
	if refusal == nil || refusal.At == "/source_identity" || strings.HasPrefix(refusal.At, "/on_file/") {
		return err
	}
	return schemas.Refuse(refusal.Code, "/body"+refusal.At)
}

// body seals what is to be sealed, checks the body against its schema, and takes
// it apart.
func (c *Connector) body(d *schemas.Draft, w *written) ([]schemas.Leaf, error) {
	if err := schemas.Scan(d.Body); err != nil {
		return nil, err
	}
	sealed, err := c.sealValues(d.Kind, w.out.ID, "", d.Body)
	if err != nil {
		return nil, err
	}
	document, err := c.labelled(d, sealed)
	if err != nil {
		return nil, err
	}
	body, err := schemas.Parse(d.Kind, document)
	if err != nil {
		return nil, err
	}
	if tip, ok := body.(*schemas.CaseTip); ok {
		w.source = tip.Source.Number
	}
	if d.SourceIdentity != nil && w.source == "" {
		return nil, schemas.Refuse("schema.unknown-key", "/source_identity")
	}
	if err := d.Fits(body); err != nil {
		return nil, err
	}
	leaves, err := schemas.Flatten(document)
	if err != nil {
		return nil, err
	}
	_, err = schemas.Govern(d.Kind, leaves)
	return leaves, err
}

// checkMay refuses a field, or an object of fields, that may be left out and is
// not there: whoever meant another would believe that this one is covered.
func checkMay(may []string, leaves []schemas.Leaf) error {
	for i, pointer := range may {
		if !slices.ContainsFunc(leaves, func(l schemas.Leaf) bool { return strings.HasPrefix(l.Pointer+"/", pointer+"/") }) {
			return schemas.Refuse("schema.may", "/may/"+itoa(i))
		}
	}
	return nil
}

// sealValues replaces every {"for", "value"} where the schema has a sealed value
// by the value sealed to that officer.
func (c *Connector) sealValues(kind schemas.Kind, message, pointer string, value schemas.Raw) (schemas.Raw, error) {
	switch value.Kind() {
	case '[':
		var elements []schemas.Raw
		if err := json.Unmarshal(value, &elements); err != nil {
			return nil, schemas.Refuse("parse.syntax", pointer)
		}
		for i := range elements {
			var err error
			if elements[i], err = c.sealValues(kind, message, pointer+"/"+itoa(i), elements[i]); err != nil {
				return nil, err
			}
		}
		return schemas.Encode(nonNilRaw(elements)), nil
	case '{':
		return c.sealMembers(kind, message, pointer, value)
	}
	return value, nil
}

func (c *Connector) sealMembers(kind schemas.Kind, message, pointer string, value schemas.Raw) (schemas.Raw, error) {
	if unsealed, ok := schemas.AsUnsealed(value); ok && schemas.IsSealed(kind, pointer) {
		sealed, err := c.sealFor(unsealed, message, pointer)
		return schemas.Encode(sealed), err
	}
	var members map[string]schemas.Raw
	if err := json.Unmarshal(value, &members); err != nil {
		return nil, schemas.Refuse("parse.syntax", pointer)
	}
	for name, member := range members {
		sealed, err := c.sealValues(kind, message, pointer+"/"+name, member)
		if err != nil {
			return nil, err
		}
		members[name] = sealed
	}
	return schemas.Encode(members), nil
}

func (c *Connector) sealFor(value schemas.Unsealed, message, pointer string) (schemas.Sealed, error) {
	id, officerID, _ := strings.Cut(value.For, "/")
	partner, err := c.Partner(id)
	if err != nil {
		return schemas.Sealed{}, schemas.Refuse("route.officer", pointer)
	}
	officer, certificate, ok := partner.Officer(officerID, c.today())
	if !ok {
		return schemas.Sealed{}, schemas.Refuse("route.officer", pointer)
	}
	if code := schemas.UnsafeText(value.Value); code != "" {
		return schemas.Sealed{}, schemas.Refuse(code, pointer)
	}
	sealed, err := pki.SealField(certificate, officer.Encryption, message, pointer, value.Value, c.now())
	return schemas.Sealed{For: value.For, Sealed: sealed}, err
}

// envelope makes the leaves that only the gateway sees.
func (c *Connector) envelope(d *schemas.Draft, w *written) ([]schemas.Leaf, error) {
	for _, address := range d.To {
		w.out.To[randomKey()] = address
	}
	envelope := schemas.Envelope{
		To: w.out.To, Officer: d.Officer, Sequence: w.out.Sequence, Previous: c.previous, Thread: w.out.Thread,
		ReplyTo: d.ReplyTo, RelayOf: d.RelayOf, Bases: d.Bases, OriginalPurpose: d.OriginalPurpose,
		Request: d.Request, Emergency: d.Emergency, Classification: d.Classification, Checkpoint: w.out.Seen, May: nonNil(d.May),
		Statements: d.Statements,
	}
	if envelope.Bases == nil {
		envelope.Bases = []schemas.Claim{}
	}
	document := schemas.Encode(map[string]schemas.Envelope{"envelope": envelope})
	if err := schemas.Validate(&envelope); err != nil {
		return nil, err
	}
	return schemas.Flatten(document)
}

// randomKey names an address in the envelope, so that a recipient's own entry
// does not tell its place among others.
func randomKey() string {
	random := make([]byte, 7)
	rand.Read(random)
	return "t" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random))[:11]
}

func nonNil(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

func nonNilRaw(l []schemas.Raw) []schemas.Raw {
	if l == nil {
		return []schemas.Raw{}
	}
	return l
}

// suggest lists the addresses nearest to one that is not known, from the home's
// own directory only.
func (c *Connector) suggest(address string) []string {
	var near []string
	for _, id := range c.Partners() {
		if id != c.self.ID && (strings.HasPrefix(id, address[:min(3, len(address))]) || strings.Contains(id, address)) {
			near = append(near, id)
		}
	}
	slices.Sort(near)
	return near
}
