package pki_test

import (
	"bytes"
	"testing"
	"time"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

var contexts = []string{pki.ContextManifest, pki.ContextApproval, pki.ContextDirectory, pki.ContextExport}

func TestASignatureHoldsInItsContextAndInNoOther(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		secret, data := w.Sender.Secret, []byte("what is signed")
		key := secret.SigningKey(now)
		for _, context := range contexts {
			signature := must(pki.Sign(secret, key, context, data, now))
			for _, asked := range contexts {
				signed, err := pki.Verify(secret.Certificate, key, asked, data, signature)
				switch {
				case asked != context:
					refused(t, err, "sig.context")
				case err != nil || !signed.Equal(now):
					t.Errorf("%s: got %v, %v", context, signed, err)
				}
			}
		}
	})
}

func TestASignatureNamesItsMaker(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		key := w.Sender.Secret.SigningKey(now)
		if issuer, err := pki.Issuer(w.Sign([]byte("x"))); issuer != key || err != nil {
			t.Errorf("got %s, %v, want %s", issuer, err, key)
		}
		_, err := pki.Issuer(nil)
		refused(t, err, "sig.none")
		_, err = pki.Issuer([]byte("-----BEGIN PGP SIGNATURE-----"))
		refused(t, err, "sig.form")
	})
}

func TestVerifyRefusesOtherDataAndOtherKeys(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		secret, data := w.Sender.Secret, []byte("what is signed")
		key := secret.SigningKey(now)
		signature := w.Sign(data)
		for name, c := range map[string]struct {
			certificate *pki.Certificate
			key         string
			data        []byte
			code        schemas.Code
		}{
			"other data":              {secret.Certificate, key, []byte("what is signeD"), "sig.invalid"},
			"no data":                 {secret.Certificate, key, nil, "sig.invalid"},
			"other organisation":      {w.Receiver.Certificate, w.Receiver.Certificate.SigningKey(now), data, "sig.unknown"},
			"key of another":          {w.Receiver.Certificate, key, data, "sig.unknown"},
			"another key of the same": {secret.Certificate, secret.Fingerprint, data, "sig.key-status"},
			"no key":                  {secret.Certificate, "", data, "sig.key-status"},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := pki.Verify(c.certificate, c.key, pki.ContextManifest, c.data, signature)
				refused(t, err, c.code)
			})
		}
	})
}

func TestTwoSignaturesOfOneThingDifferAndBothHold(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		data := []byte("what is signed")
		one, two := w.Sign(data), w.Sign(data)
		if bytes.Equal(one, two) {
			t.Error("got the same octets: nobody may compare signatures octet by octet")
		}
		for _, signature := range [][]byte{one, two} {
			if _, err := pki.Verify(w.Sender.Certificate, w.Sender.Secret.SigningKey(now), pki.ContextManifest, data, signature); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestSignUsesOnlyAKeyThatMaySignNow(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		secret := w.Sender.Secret
		key := secret.SigningKey(now)
		for _, c := range []struct {
			name string
			key  string
			at   time.Time
		}{
			{"unknown key", w.Receiver.Secret.SigningKey(now), now},
			{"no key", "", now},
			{"key that decrypts", secret.EncryptionKey(now), now},
			{"key that certifies", secret.Fingerprint, now},
			{"key that expired", key, now.Add(pki.SigningLife)},
			{"key of tomorrow", key, now.Add(-time.Second)},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := pki.Sign(secret, c.key, pki.ContextManifest, []byte("x"), c.at)
				refused(t, err, "key.expired")
			})
		}
	})
}

func TestAKeyIsUsableFromItsFirstSecondToItsLast(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Sender.Certificate
		key := c.SigningKey(now)
		end, ends := c.Expires(key)
		if !ends || !end.Equal(now.Add(pki.SigningLife)) {
			t.Fatalf("got end %v, %v", end, ends)
		}
		for at, want := range map[time.Time]bool{
			now.Add(-time.Second): false, now: true, end.Add(-time.Second): true, end: false, end.Add(365 * day): false,
		} {
			if got := c.Usable(key, at); got != want {
				t.Errorf("at %v: got usable %v", at, got)
			}
		}
		if c.Usable("", now) || c.Usable(w.Receiver.Certificate.SigningKey(now), now) {
			t.Error("a key that is not in the certificate is usable")
		}
	})
}

// The status of a key is judged at receipt. That a signature is from before there
// was a key is judged with the signature, because it cannot be true.
func TestASignatureDatedBeforeItsKeyIsRefused(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		for _, c := range forge.Cases(w.Submission()) {
			if c.Name == "time/signed before there was a key" {
				_, err := pki.Open(c.Sealed, w.Expect(pki.Submission))
				refused(t, err, "time.signature")
				return
			}
		}
		t.Error("the forge has no such message")
	})
}
