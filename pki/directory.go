package pki

import (
	"encoding/base64"
	"maps"
	"slices"
	"sync"
	"time"

	"schakel/schemas"
)

// Anchors are what a home believes without proof: the trust officers' keys, the
// gateway's certificate and the log's key. They are pinned on the first day.
type Anchors struct {
	schemas.Trust
	Digest   string // of the trust document; every log entry names it
	Bytes    []byte
	Gateway  *Certificate
	officers map[string]*Certificate

	lock   sync.Mutex
	opened map[string]*Partner // by digest: a record that was true stays true
}

// maxOpened bounds the records that are kept open; beyond it they are begun anew.
const maxOpened = 1024

// OpenTrust reads a trust document.
func OpenTrust(document []byte) (*Anchors, error) {
	a := &Anchors{Digest: schemas.Digest(document), Bytes: document, officers: map[string]*Certificate{}}
	if err := schemas.Decode(document, &a.Trust); err != nil {
		return nil, err
	}
	var err error
	if a.Gateway, err = decodeCertificate(a.Trust.Certificate); err != nil {
		return nil, err
	}
	if a.Gateway.Fingerprint != a.Trust.Gateway {
		return nil, schemas.Refuse("key.fingerprint", "/gateway")
	}
	for _, officer := range a.Officers {
		if a.officers[officer.ID], err = decodeCertificate(officer.Certificate); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// Partner is a verified partner record with its certificates read.
type Partner struct {
	schemas.Partner
	Signed      []byte // the signed record as it stands in the directory
	Digest      string // of Signed
	Certificate *Certificate
	officers    map[string]*Certificate
}

// OpenPartner verifies a signed partner record: a quorum of different trust
// officers signed its exact bytes. The same bytes again give the same Partner,
// which nobody may change.
func (a *Anchors) OpenPartner(signed []byte) (*Partner, error) {
	digest := schemas.Digest(signed)
	a.lock.Lock()
	defer a.lock.Unlock()
	if known := a.opened[digest]; known != nil {
		return known, nil
	}
	partner, err := a.openPartner(signed)
	if err != nil {
		return nil, err
	}
	if a.opened == nil || len(a.opened) >= maxOpened {
		a.opened = map[string]*Partner{}
	}
	a.opened[digest] = partner
	return partner, nil
}

func (a *Anchors) openPartner(signed []byte) (*Partner, error) {
	record, err := a.openRecord(signed)
	if err != nil {
		return nil, err
	}
	p := &Partner{Signed: signed, Digest: schemas.Digest(signed), officers: map[string]*Certificate{}}
	if err := schemas.Decode(record, &p.Partner); err != nil {
		return nil, err
	}
	if p.Certificate, err = decodeCertificate(p.Partner.Certificate); err != nil {
		return nil, err
	}
	for _, officer := range p.Officers {
		if p.officers[officer.ID], err = decodeCertificate(officer.Certificate); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// ReadPartner reads a signed partner record and believes nothing of it: no
// signature is checked, no certificate read. It is for comparing files with each
// other before [Anchors.OpenPartner] says whether the record is true.
func ReadPartner(signed []byte) (*Partner, error) {
	_, record, err := readRecord(signed)
	if err != nil {
		return nil, err
	}
	p := &Partner{Signed: signed, Digest: schemas.Digest(signed)}
	return p, schemas.Decode(record, &p.Partner)
}

// Armored is the certificate that the record holds, for gpg --import; nil when
// there is none.
func (p *Partner) Armored() []byte {
	binary, err := decodeBase64(base64.StdEncoding, p.Partner.Certificate)
	if err != nil {
		return nil
	}
	return armored(armorPublic, binary)
}

// Document is a verified standing document.
type Document struct {
	schemas.Document
	Signed []byte
	Digest string
}

// OpenDocument verifies a signed document record.
func (a *Anchors) OpenDocument(signed []byte) (*Document, error) {
	record, err := a.openRecord(signed)
	if err != nil {
		return nil, err
	}
	d := &Document{Signed: signed, Digest: schemas.Digest(signed)}
	if err := schemas.Decode(record, &d.Document); err != nil {
		return nil, err
	}
	return d, nil
}

// openRecord checks the signatures and returns the record's exact bytes.
func (a *Anchors) openRecord(signed []byte) ([]byte, error) {
	bundle, record, err := readRecord(signed)
	if err != nil {
		return nil, err
	}
	signers := map[string]bool{}
	for _, s := range bundle.Signatures {
		signature, err := decodeBase64(base64.StdEncoding, s.Signature)
		officer := a.officers[s.Officer]
		if err != nil || officer == nil {
			return nil, schemas.Refuse("key.record", "/signatures")
		}
		if err := verifyOfficer(officer, ContextDirectory, record, signature); err != nil {
			return nil, err
		}
		signers[s.Officer] = true
	}
	if len(signers) < a.Quorum || len(signers) != len(bundle.Signatures) {
		return nil, schemas.Refuse("key.quorum", "/signatures")
	}
	return record, nil
}

// readRecord takes a signed record apart.
func readRecord(signed []byte) (bundle schemas.SignedRecord, record []byte, err error) {
	if err := schemas.Decode(signed, &bundle); err != nil {
		return bundle, nil, err
	}
	if record, err = decodeBase64(base64.StdEncoding, bundle.Record); err != nil {
		return bundle, nil, schemas.Refuse("key.record", "/record")
	}
	return bundle, record, nil
}

// verifyOfficer checks one officer's signature. A record outlives the key that
// signed it, so the key counts as it was then; a revoked one never counts.
func verifyOfficer(officer *Certificate, context string, record, signature []byte) error {
	key, err := Issuer(signature)
	if err != nil {
		return err
	}
	signed, err := Verify(officer, key, context, record, signature)
	if err == nil && !officer.Usable(key, signed) {
		return schemas.Refuse("sig.key-status", "/signatures")
	}
	return err
}

// SignRecord makes a signed record; officers maps ids to their keys.
func SignRecord(record []byte, officers map[string]*Secret, now time.Time) ([]byte, error) {
	bundle := schemas.SignedRecord{Record: base64.StdEncoding.EncodeToString(record)}
	for _, id := range slices.Sorted(maps.Keys(officers)) {
		secret := officers[id]
		signature, err := Sign(secret, secret.SigningKey(now), ContextDirectory, record, now)
		if err != nil {
			return nil, err
		}
		bundle.Signatures = append(bundle.Signatures, schemas.RecordSignature{Officer: id, Signature: base64.StdEncoding.EncodeToString(signature)})
	}
	return schemas.Encode(bundle), nil
}

func decodeCertificate(text string) (*Certificate, error) {
	data, err := decodeBase64(base64.StdEncoding, text)
	if err != nil {
		return nil, schemas.Refuse("key.not-openpgp", "/certificate")
	}
	return ParseCertificate(data)
}

// Signer returns what a submission of one of the partner's connectors must be
// signed with; false when it has no such connector.
func (p *Partner) Signer(connector string) (*Signer, bool) {
	for _, c := range p.Connectors {
		if c.ID == connector {
			return &Signer{
				Sender:      schemas.Sender{Organisation: p.ID, Connector: c.ID},
				Certificate: p.Certificate,
				Key:         c.Signing,
				Active:      c.Status == "active" && p.Status == "active",
			}, true
		}
	}
	return nil, false
}

// Officer returns an officer of the partner with his certificate, when he may
// act on a day.
func (p *Partner) Officer(id string, day string) (*schemas.Officer, *Certificate, bool) {
	for i, o := range p.Officers {
		if o.ID == id && o.Status == "active" && o.From <= day && (o.Until == "" || day <= o.Until) {
			return &p.Officers[i], p.officers[id], true
		}
	}
	return nil, nil, false
}

// Holders returns the officers of the partner who hold a function on a day.
func (p *Partner) Holders(function, day string) []schemas.Officer {
	var holders []schemas.Officer
	for _, o := range p.Officers {
		if _, _, active := p.Officer(o.ID, day); active && slices.Contains(o.Functions, function) {
			holders = append(holders, o)
		}
	}
	return holders
}

// Directory is a snapshot of who is who. It does not change; a new version of a
// record makes a new Directory.
type Directory struct {
	Epoch     int64 // rises with every record that comes into use
	partners  map[string]*Partner
	documents map[string]*Document
}

// NewDirectory returns the empty directory.
func NewDirectory() *Directory {
	return &Directory{partners: map[string]*Partner{}, documents: map[string]*Document{}}
}

// With returns the directory with one more record. A record whose version is
// not higher than the one in use is refused.
func (d *Directory) With(partner *Partner, document *Document) (*Directory, error) {
	next := &Directory{Epoch: d.Epoch + 1, partners: maps.Clone(d.partners), documents: maps.Clone(d.documents)}
	if partner != nil {
		if old := d.partners[partner.ID]; old != nil && old.Version >= partner.Version {
			return nil, schemas.Refuse("key.version", "/version")
		}
		next.partners[partner.ID] = partner
	}
	if document != nil {
		if old := d.documents[document.ID]; old != nil && old.Version >= document.Version {
			return nil, schemas.Refuse("key.version", "/version")
		}
		next.documents[document.ID] = document
	}
	return next, nil
}

// Partner returns a partner's record in use.
func (d *Directory) Partner(id string) (*Partner, bool) { p, ok := d.partners[id]; return p, ok }

// Document returns a document in use.
func (d *Directory) Document(id string) (*Document, bool) {
	document, ok := d.documents[id]
	return document, ok
}

// Partners returns all partners by id.
func (d *Directory) Partners() []*Partner {
	var all []*Partner
	for _, id := range slices.Sorted(maps.Keys(d.partners)) {
		all = append(all, d.partners[id])
	}
	return all
}

// Documents returns the documents to which a partner is party, by id.
func (d *Directory) Documents(party string) []*Document {
	var all []*Document
	for _, id := range slices.Sorted(maps.Keys(d.documents)) {
		if document := d.documents[id]; slices.Contains(document.Parties, party) {
			all = append(all, document)
		}
	}
	return all
}
