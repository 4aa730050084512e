package forge

import (
	"encoding/base64"
	"maps"
	"slices"
	"time"

	"schakel/pki"
	"schakel/schemas"
)

// World is a small instance with nothing but keys and records: a gateway, two
// trust officers, a partner that sends and one that receives.
type World struct {
	Now      time.Time
	Profile  string
	Officers map[string]*pki.Secret // trust officers by id
	Gateway  *pki.Secret
	Anchors  *pki.Anchors
	Sender   Party
	Receiver Party
}

// Party is a partner with its secret key.
type Party struct {
	*pki.Partner
	Secret *pki.Secret
}

// NewWorld makes an instance whose keys are all of one profile.
func NewWorld(profile string, now time.Time) *World {
	now = now.UTC().Truncate(time.Second)
	w := &World{Now: now, Profile: profile, Officers: map[string]*pki.Secret{}}
	w.Gateway = w.Generate("gateway")
	w.Officers["alice"], w.Officers["bob"] = w.Generate("alice"), w.Generate("bob")
	w.Anchors = must(pki.OpenTrust(schemas.Encode(w.Trust())))
	w.Sender, w.Receiver = w.Enrol("helpers"), w.Enrol("police")
	return w
}

// Generate makes a key of the world's profile.
func (w *World) Generate(name string) *pki.Secret {
	return must(pki.Generate(name, w.Profile, w.Now))
}

// Trust is the trust document: two officers, both must sign.
func (w *World) Trust() *schemas.Trust {
	trust := &schemas.Trust{
		Protocol: "trust/1", Name: "test", Gateway: w.Gateway.Fingerprint, Certificate: text(w.Gateway.Certificate),
		LogOrigin: "test", LogKey: "test+00000000+AA==", Quorum: len(w.Officers),
	}
	for _, id := range slices.Sorted(maps.Keys(w.Officers)) {
		trust.Officers = append(trust.Officers, schemas.TrustOfficer{ID: id, Certificate: text(w.Officers[id].Certificate)})
	}
	return trust
}

// Enrol makes a partner with a key and a signed record.
func (w *World) Enrol(id string) Party {
	secret := w.Generate(id)
	return Party{must(w.Anchors.OpenPartner(w.Record(w.Partner(id, secret)))), secret}
}

// Partner is the record of a partner with one connector, not yet signed.
func (w *World) Partner(id string, secret *pki.Secret) *schemas.Partner {
	return &schemas.Partner{
		Protocol: "partner/1", ID: id, Version: 1, Name: id, Role: "ngo", Country: "PH", Status: "active", Profile: w.Profile,
		Certificate: text(secret.Certificate), From: w.Now.Format(time.DateOnly),
		Connectors: []schemas.Connector{{ID: "1", Signing: secret.SigningKey(w.Now), Encryption: secret.EncryptionKey(w.Now), Status: "active"}},
	}
}

// Record has all trust officers sign a record.
func (w *World) Record(record any) []byte {
	return must(pki.SignRecord(schemas.Encode(record), w.Officers, w.Now))
}

// Submission is the scene of a message from the sender to the gateway.
func (w *World) Submission() Scene {
	c := w.Container()
	return Scene{
		Form: pki.Submission, Now: w.Now, From: w.from(), Signer: w.Sender.Secret, Key: w.Sender.Connectors[0].Signing,
		To: w.Gateway.Certificate, ToKey: w.Gateway.EncryptionKey(w.Now), Honest: c,
	}
}

// Delivery is the scene of the same message from the gateway to the receiver.
func (w *World) Delivery() Scene {
	s := w.Submission()
	s.Form, s.To, s.ToKey = pki.Incoming, w.Receiver.Certificate, w.Receiver.Connectors[0].Encryption
	s.Honest.Record, s.Honest.Proof = w.Sender.Signed, []byte(`{"proof":"of the log"}`)
	return s
}

// Expect is what the one who opens a scene's message asks for.
func (w *World) Expect(form pki.Form) pki.Expect {
	e := pki.Expect{Form: form, Key: w.Receiver.Secret, Now: w.Now, Anchors: w.Anchors, Gateway: w.Gateway.Fingerprint}
	if form == pki.Submission {
		e.Key = w.Gateway
		e.Signer, _ = w.Sender.Signer("1")
	}
	return e
}

// Manifest is an honest manifest over disclosures.
func (w *World) Manifest(disclosures []pki.Disclosure) *schemas.Manifest {
	return &schemas.Manifest{
		Protocol: schemas.Protocol, ID: "019c0000-0000-7000-8000-000000000001", Kind: schemas.KindTip, Schema: 1, From: w.from(),
		Gateway: w.Gateway.Fingerprint, Created: schemas.At(w.Now), Purpose: "p-invest", Handling: []string{"H1"},
		Urgency: "normal", Language: "en", SDAlg: "sha-256", SD: pki.Digests(disclosures),
	}
}

// Container is what the sender packs: a signed manifest and three disclosures.
func (w *World) Container() *pki.Container {
	var disclosures []pki.Disclosure
	var texts []string
	for _, pointer := range []string{"/envelope/officer", "/narrative", "/seen_at/place"} {
		d := pki.Disclose(schemas.Leaf{Pointer: pointer, Value: schemas.Raw(`"what was told"`)})
		disclosures, texts = append(disclosures, d), append(texts, d.Text)
	}
	manifest := schemas.Encode(w.Manifest(disclosures))
	return &pki.Container{Manifest: manifest, Signature: w.Sign(manifest), Disclosures: texts}
}

// Sign signs a manifest as the sender's connector.
func (w *World) Sign(manifest []byte) []byte {
	return must(pki.Sign(w.Sender.Secret, w.Sender.Connectors[0].Signing, pki.ContextManifest, manifest, w.Now))
}

func (w *World) from() schemas.Sender {
	return schemas.Sender{Organisation: w.Sender.ID, Connector: "1"}
}

func text(c *pki.Certificate) string { return base64.StdEncoding.EncodeToString(c.Bytes()) }
