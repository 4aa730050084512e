package pki_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

// A thief can write any date into a signature. So the key of a submission is
// judged at the moment of receipt, whatever the signature says.
func TestTheSendersKeyIsJudgedAtReceipt(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		expired := now.Add(pki.SigningLife)
		for _, c := range []struct {
			name     string
			made     time.Time
			received time.Time
			code     schemas.Code
		}{
			{"made and received in its life", now, now, ""},
			{"a month on the way", now, now.Add(30 * day), ""},
			{"received in its last second", now, expired.Add(-time.Second), ""},
			{"expired on the way", now, expired, "sig.key-status"},
			{"dated back into its life", expired.Add(-time.Hour), expired.Add(day), "sig.key-status"},
			{"received before its life, by our clock", now, now.Add(-time.Minute), "sig.key-status"},
		} {
			t.Run(c.name, func(t *testing.T) {
				expect := w.Expect(pki.Submission)
				expect.Now = c.received
				_, err := pki.Open(submittedAt(w, c.made), expect)
				wants(t, err, c.code)
			})
		}
	})
}

func TestTheStandingOfAConnectorIsJudgedAtReceipt(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		for _, c := range []struct {
			name               string
			partner, connector string
			code               schemas.Code
		}{
			{"both active", "active", "active", ""},
			{"connector retired", "active", "retired", "sig.key-status"},
			{"connector compromised", "active", "compromised", "sig.key-status"},
			{"partner suspended", "suspended", "active", "sig.key-status"},
			{"partner revoked", "revoked", "active", "sig.key-status"},
		} {
			t.Run(c.name, func(t *testing.T) {
				record := w.Partner("helpers", w.Sender.Secret)
				record.Status, record.Connectors[0].Status = c.partner, c.connector
				expect := w.Expect(pki.Submission)
				expect.Signer, _ = must(w.Anchors.OpenPartner(w.Record(record))).Signer("1")
				_, err := pki.Open(w.Submission().Sealed(), expect)
				wants(t, err, c.code)
			})
		}
	})
}

// What the gateway took in time may reach the recipient late: he believes the
// gateway's proof for the moment of receipt.
func TestADeliveryOpensThoughTheSendersKeyHasExpiredSince(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		expect := w.Expect(pki.Delivery)
		expect.Now = now.Add(pki.SigningLife + day)
		if _, err := pki.Open(w.Delivery().Sealed(), expect); err != nil {
			t.Error(err)
		}
	})
}

func TestADeliveryShowsTheRecordOfItsOwnSender(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Delivery().Honest
		c.Record = w.Receiver.Signed
		_, err := pki.Open(sealedTo(w.Receiver.Secret, c), w.Expect(pki.Delivery))
		refused(t, err, "sig.unknown")

		alike := w.Partner("police", w.Sender.Secret) // another partner with the same key
		c.Record = w.Record(alike)
		_, err = pki.Open(sealedTo(w.Receiver.Secret, c), w.Expect(pki.Delivery))
		refused(t, err, "env.sender")
	})
}

func TestARevocationCountsForAllTime(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		secret := w.Sender.Secret
		for _, c := range []struct {
			name   string
			reason packet.ReasonForRevocation
			at     time.Time
		}{
			{"compromised", packet.KeyCompromised, now.Add(10 * day)},
			{"retired", packet.KeyRetired, now.Add(10 * day)},
			{"superseded, by a clock of the next century", packet.KeySuperseded, now.Add(80 * 365 * day)},
		} {
			t.Run(c.name, func(t *testing.T) {
				primary := changed(secret, func(e *openpgp.Entity) error { return e.Revoke(c.reason, "", clock(c.at)) })
				subkey := changed(secret, func(e *openpgp.Entity) error { return e.Subkeys[0].Revoke(c.reason, "", clock(c.at)) })
				for _, at := range []time.Time{now, now.Add(20 * day)} {
					if primary.Usable(secret.SigningKey(now), at) || primary.Usable(secret.EncryptionKey(now), at) || primary.SigningKey(at) != "" {
						t.Errorf("primary key revoked: a key is usable at %v", at)
					}
					if subkey.Usable(secret.SigningKey(now), at) || !subkey.Usable(secret.EncryptionKey(now), at) {
						t.Errorf("signing key revoked: the wrong keys are usable at %v", at)
					}
				}
				expect := w.Expect(pki.Submission)
				expect.Signer.Certificate = subkey
				_, err := pki.Open(w.Submission().Sealed(), expect)
				refused(t, err, "sig.key-status")
			})
		}
	})
}

func TestARevocationByAnotherKeyCountsNothing(t *testing.T) {
	w := v4()
	var revocation *packet.Signature
	changed(w.Receiver.Secret, func(e *openpgp.Entity) error {
		err := e.Revoke(packet.KeyCompromised, "", clock(now))
		revocation = e.Revocations[0].Packet
		return err
	})
	c := changed(w.Sender.Secret, func(e *openpgp.Entity) error {
		e.Revocations = append(e.Revocations, packet.NewVerifiableSig(revocation))
		return nil
	})
	if !c.Usable(w.Sender.Secret.SigningKey(now), now) {
		t.Error("a stranger revoked the key")
	}
}

func TestNoSubkeyOutlivesItsPrimaryKey(t *testing.T) {
	end := now.Add(7 * day)
	c := changed(v4().Sender.Secret, func(e *openpgp.Entity) error {
		life := uint32(7 * day / time.Second)
		for name, identity := range e.Identities {
			self := identity.SelfCertifications[0].Packet
			self.KeyLifetimeSecs = &life
			if err := self.SignUserId(name, e.PrimaryKey, e.PrivateKey, clock(now)); err != nil {
				return err
			}
		}
		return nil
	})
	key := c.SigningKey(now)
	if until, ends := c.Expires(key); !ends || !until.Equal(end) {
		t.Errorf("got end %v, %v, want that of the primary key, %v", until, ends, end)
	}
	if c.Usable(key, end) || c.SigningKey(end) != "" || c.EncryptionKey(end) != "" {
		t.Error("a subkey is usable though its primary key has expired")
	}
}

func TestTheNewestKeyThatMayBeUsedIsTaken(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		secret, later := w.Sender.Secret, now.Add(100*day)
		c := changed(secret, func(e *openpgp.Entity) error { return e.AddSigningSubkey(clock(later)) })
		first, second := secret.SigningKey(now), c.SigningKey(later)
		if second == first || second == "" {
			t.Fatalf("got %q", second)
		}
		if got := c.SigningKey(later.Add(-time.Second)); got != first {
			t.Errorf("before the new key: got %s, want the old one", got)
		}
		if got := secret.SigningKey(now.Add(pki.SigningLife)); got != "" {
			t.Errorf("after the only signing key: got %s, want none: the primary key only certifies", got)
		}
	})
}

// wants checks for a refusal, or for none when the code is empty.
func wants(t *testing.T, err error, want schemas.Code) {
	t.Helper()
	if want != "" {
		refused(t, err, want)
	} else if err != nil {
		t.Errorf("got %v, want it opened", err)
	}
}

// submittedAt is a submission that says it was made at a moment.
func submittedAt(w *forge.World, at time.Time) []byte {
	c := w.Container()
	manifest := w.Manifest(must(pki.MatchDisclosures(must(schemas.ParseManifest(c.Manifest)), c.Disclosures)))
	manifest.Created = schemas.At(at)
	c.Manifest = schemas.Encode(manifest)
	c.Signature = must(pki.Sign(w.Sender.Secret, w.Sender.Connectors[0].Signing, pki.ContextManifest, c.Manifest, at))
	return sealedTo(w.Gateway, c)
}

// changed is the certificate of a secret after something was done to it with the
// library, as another program would.
func changed(secret *pki.Secret, change func(*openpgp.Entity) error) *pki.Certificate {
	entity := must(openpgp.ReadEntity(packet.NewReader(bytes.NewReader(secret.SecretBytes()))))
	if err := change(entity); err != nil {
		panic(err)
	}
	var public bytes.Buffer
	if err := entity.Serialize(&public); err != nil {
		panic(err)
	}
	return must(pki.ParseCertificate(public.Bytes()))
}

func clock(at time.Time) *packet.Config {
	return &packet.Config{Time: func() time.Time { return at }, Algorithm: packet.PubKeyAlgoEd25519}
}
