package pki_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"github.com/go-json-experiment/json"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

func TestARecordSignedByTheQuorumIsBelieved(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		p, err := w.Anchors.OpenPartner(w.Sender.Signed)
		if err != nil {
			t.Fatal(err)
		}
		if p.ID != "helpers" || p.Certificate.Fingerprint != w.Sender.Secret.Fingerprint || p.Digest != schemas.Digest(p.Signed) {
			t.Errorf("got %+v", p.Partner)
		}
		d, err := w.Anchors.OpenDocument(w.Record(document("covenant", 1)))
		if err != nil || d.ID != "covenant" {
			t.Errorf("got %+v, %v", d, err)
		}
	})
}

func TestARecordIsRefusedWithoutItsQuorum(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		record := schemas.Encode(w.Partner("helpers", w.Sender.Secret))
		alice, bob := w.Officers["alice"], w.Officers["bob"]
		eve := w.Generate("eve")
		sign := func(officers map[string]*pki.Secret) []byte { return must(pki.SignRecord(record, officers, now)) }
		both := sign(map[string]*pki.Secret{"alice": alice, "bob": bob})
		other := forge.NewWorld(w.Profile, now)
		for _, c := range []struct {
			name   string
			signed []byte
			code   schemas.Code
		}{
			{"one officer", sign(map[string]*pki.Secret{"alice": alice}), "key.quorum"},
			{"one officer twice", signatures(both, func(s []schemas.RecordSignature) []schemas.RecordSignature { return append(s[:1], s[0]) }), "key.quorum"},
			{"one officer under both names", sign(map[string]*pki.Secret{"alice": alice, "bob": alice}), "sig.unknown"},
			{"a third who is none", sign(map[string]*pki.Secret{"alice": alice, "bob": bob, "eve": eve}), "key.record"},
			{"a stranger under an officer's name", sign(map[string]*pki.Secret{"alice": alice, "bob": eve}), "sig.unknown"},
			{"officers of another instance", other.Record(w.Partner("helpers", w.Sender.Secret)), "sig.unknown"},
			{"no signatures", signatures(both, func([]schemas.RecordSignature) []schemas.RecordSignature { return nil }), "schema.range"},
			{"signatures over another record", signatures(both, func([]schemas.RecordSignature) []schemas.RecordSignature {
				return bundle(w.Receiver.Signed).Signatures
			}), "sig.invalid"},
			{"signatures of another purpose", signatures(both, func(s []schemas.RecordSignature) []schemas.RecordSignature {
				approval := must(pki.Sign(alice, alice.SigningKey(now), pki.ContextApproval, record, now))
				s[0].Signature = base64.StdEncoding.EncodeToString(approval)
				return s
			}), "sig.context"},
			{"a document's record", w.Record(document("covenant", 1)), "schema.unknown-key"},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := w.Anchors.OpenPartner(c.signed)
				refused(t, err, c.code)
			})
		}
	})
}

// Every octet of a signed record counts: in the record, in the signatures, or in
// the digest that the log has of the whole.
func TestARecordWithOneOctetChangedIsRefusedOrHasAnotherDigest(t *testing.T) {
	w := v4()
	honest := w.Sender
	for i := range honest.Signed {
		changed := bytes.Clone(honest.Signed)
		changed[i] ^= 1 << (i % 7) // stays ASCII
		p, err := w.Anchors.OpenPartner(changed)
		switch {
		case schemas.Refused(err) != nil:
		case err != nil:
			t.Errorf("octet %d: fault instead of refusal: %v", i, err)
		case p.Digest == honest.Digest || !bytes.Equal(schemas.Encode(p.Partner), schemas.Encode(honest.Partner.Partner)):
			t.Errorf("octet %d: another record was believed", i)
		}
	}
}

// A record lives longer than the key that signed it.
func TestAnOfficersKeyCountsAsItWasWhenHeSigned(t *testing.T) {
	w := forge.NewWorld(pki.ProfileV4, now)
	record := w.Partner("helpers", w.Sender.Secret)
	if _, err := pki.SignRecord(schemas.Encode(record), w.Officers, now.Add(pki.SigningLife+day)); schemas.Refused(err) == nil {
		t.Errorf("signed with an expired key: %v", err)
	}

	trust := w.Trust()
	revoked := changed(w.Officers["bob"], func(e *openpgp.Entity) error {
		return e.Subkeys[0].Revoke(packet.KeyCompromised, "", clock(now.Add(day)))
	})
	trust.Officers[1].Certificate = base64.StdEncoding.EncodeToString(revoked.Bytes())
	_, err := must(pki.OpenTrust(schemas.Encode(trust))).OpenPartner(w.Record(record))
	refused(t, err, "sig.key-status")
}

func TestATrustDocumentIsRefusedWhenItsKeysDoNotFit(t *testing.T) {
	w := v4()
	for _, c := range []struct {
		name   string
		change func(*schemas.Trust)
		code   schemas.Code
	}{
		{"gateway of another fingerprint", func(d *schemas.Trust) { d.Gateway = w.Sender.Secret.Fingerprint }, "key.fingerprint"},
		{"gateway without certificate", func(d *schemas.Trust) { d.Certificate = "AAAA" }, "key.not-openpgp"},
		{"gateway certificate that is not base64", func(d *schemas.Trust) { d.Certificate = "!!!!" }, "key.not-openpgp"},
		{"officer with a secret key", func(d *schemas.Trust) {
			d.Officers[0].Certificate = base64.StdEncoding.EncodeToString(w.Officers["alice"].SecretBytes())
		}, "key.count"},
		{"no officers", func(d *schemas.Trust) { d.Officers = nil }, "schema.range"},
		{"no quorum", func(d *schemas.Trust) { d.Quorum = 0 }, "schema.range"},
		{"another protocol", func(d *schemas.Trust) { d.Protocol = "trust/2" }, "schema.enum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			document := w.Trust()
			c.change(document)
			_, err := pki.OpenTrust(schemas.Encode(document))
			refused(t, err, c.code)
		})
	}
}

func TestAPartnerSpeaksThroughTheConnectorsOfItsRecord(t *testing.T) {
	w := v4()
	signer, ok := w.Sender.Signer("1")
	if !ok || !signer.Active || signer.Key != w.Sender.Secret.SigningKey(now) || signer.Sender.String() != "helpers/1" {
		t.Errorf("got %+v, %v", signer, ok)
	}
	if _, ok := w.Sender.Signer("2"); ok {
		t.Error("a connector that is not in the record may sign")
	}
}

func TestAnOfficerActsFromHisFirstDayToHisLast(t *testing.T) {
	w := v4()
	key := w.Generate("carol")
	record := w.Partner("police", w.Receiver.Secret)
	record.Officers = []schemas.Officer{
		officer("carol", key, "active", "2026-03-01", "2026-03-31"),
		officer("dave", key, "ended", "2026-03-01", ""),
		officer("erin", key, "active", "2026-03-15", ""),
	}
	p := must(w.Anchors.OpenPartner(w.Record(record)))
	for day, want := range map[string]string{
		"2026-02-28": "", "2026-03-01": "carol", "2026-03-15": "carol erin", "2026-03-31": "carol erin", "2026-04-01": "erin",
	} {
		var names []string
		for _, holder := range p.Holders("controller", day) {
			names = append(names, holder.ID)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %q, want %q", day, got, want)
		}
		if _, certificate, ok := p.Officer("carol", day); ok != strings.Contains(want, "carol") || ok && certificate.Fingerprint != key.Fingerprint {
			t.Errorf("%s: carol acts: %v", day, ok)
		}
	}
	if holders := p.Holders("prosecutor", "2026-03-15"); holders != nil {
		t.Errorf("got holders of a function nobody has: %v", holders)
	}
}

func TestADirectoryOnlyMovesOn(t *testing.T) {
	w := v4()
	version := func(n int64) *pki.Partner {
		record := w.Partner("helpers", w.Sender.Secret)
		record.Version = n
		return must(w.Anchors.OpenPartner(w.Record(record)))
	}
	covenant := func(n int64) *pki.Document {
		return must(w.Anchors.OpenDocument(w.Record(document("covenant", n))))
	}
	empty := pki.NewDirectory()
	first := must(empty.With(version(2), nil))
	second := must(first.With(nil, covenant(2)))
	third := must(second.With(version(3), covenant(3)))
	if empty.Epoch != 0 || first.Epoch != 1 || second.Epoch != 2 || third.Epoch != 3 {
		t.Errorf("got epochs %d %d %d %d", empty.Epoch, first.Epoch, second.Epoch, third.Epoch)
	}
	if _, ok := empty.Partner("helpers"); ok {
		t.Error("a directory in use was changed")
	}
	if p, ok := second.Partner("helpers"); !ok || p.Version != 2 {
		t.Error("the older directory forgot its version")
	}
	for _, old := range []int64{1, 2} {
		_, err := second.With(version(old), nil)
		refused(t, err, "key.version")
		_, err = second.With(nil, covenant(old))
		refused(t, err, "key.version")
	}
	if d, ok := third.Document("covenant"); !ok || d.Version != 3 || len(third.Partners()) != 1 {
		t.Error("the newest directory has not the newest records")
	}
	if len(third.Documents("helpers")) != 1 || len(third.Documents("police")) != 0 {
		t.Error("a document is shown to those who are not party to it, or not to those who are")
	}
}

func document(id string, version int64) *schemas.Document {
	return &schemas.Document{
		Protocol: "document/1", ID: id, Version: version, Kind: "agreement", Issuer: "ministry",
		Parties: []string{"helpers"}, Status: "active", From: now.Format(time.DateOnly),
	}
}

func officer(id string, key *pki.Secret, status, from, until string) schemas.Officer {
	return schemas.Officer{
		ID: id, Functions: []string{"controller"}, Certificate: base64.StdEncoding.EncodeToString(key.Bytes()),
		Signing: key.SigningKey(now), Encryption: key.EncryptionKey(now), Status: status, From: from, Until: until,
	}
}

func bundle(signed []byte) schemas.SignedRecord {
	var record schemas.SignedRecord
	if err := json.Unmarshal(signed, &record); err != nil {
		panic(err)
	}
	return record
}

// signatures changes the signatures of a signed record.
func signatures(signed []byte, change func([]schemas.RecordSignature) []schemas.RecordSignature) []byte {
	record := bundle(signed)
	record.Signatures = change(record.Signatures)
	return schemas.Encode(record)
}

// A record is verified once for each home, and for nobody else.
func TestARecordIsVerifiedOnceForThoseWhoPinnedItsOfficers(t *testing.T) {
	w := v4()
	again := must(w.Anchors.OpenPartner(bytes.Clone(w.Sender.Signed)))
	if again != must(w.Anchors.OpenPartner(w.Sender.Signed)) {
		t.Error("the same record was opened twice")
	}
	other := forge.NewWorld(pki.ProfileV4, now)
	if _, err := other.Anchors.OpenPartner(w.Sender.Signed); err == nil {
		t.Error("a home believes officers that it never pinned")
	}
}
