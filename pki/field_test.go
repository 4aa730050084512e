package pki_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

const (
	message = "019c0000-0000-7000-8000-000000000001"
	place   = "/persons/0/name"
)

// sealedField seals a value to the receiver, who plays an officer here.
func sealedField(w *forge.World, value string) string {
	c := w.Receiver.Certificate
	return must(pki.SealField(c, c.EncryptionKey(now), message, place, value, now))
}

func TestASealedValueOpensForItsOfficerInItsPlace(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		for _, value := range []string{"Maria Santos", "", "é \"quoted\"\nsecond line", strings.Repeat("x", schemas.MaxSealedText)} {
			got, err := pki.OpenField(w.Receiver.Secret, sealedField(w, value), message, place, now)
			if err != nil || got != value {
				t.Errorf("got %q, %v, want %q", got, err, value)
			}
		}
	})
}

func TestASealedValueIsRefusedElsewhere(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		sealed := sealedField(w, "Maria Santos")
		for _, c := range []struct {
			name           string
			officer        *pki.Secret
			sealed         string
			message, place string
			code           schemas.Code
		}{
			{"another message", w.Receiver.Secret, sealed, strings.Replace(message, "1", "2", 1), place, "sd.moved"},
			{"another place", w.Receiver.Secret, sealed, message, "/persons/1/name", "sd.moved"},
			{"another officer", w.Sender.Secret, sealed, message, place, "decrypt.not-for-us"},
			{"the gateway", w.Gateway, sealed, message, place, "decrypt.not-for-us"},
			{"not base64", w.Receiver.Secret, "!" + sealed, message, place, "drop.not-openpgp"},
			{"line broken", w.Receiver.Secret, sealed[:64] + "\n" + sealed[64:], message, place, "drop.not-openpgp"},
			{"nothing", w.Receiver.Secret, "", message, place, "drop.empty"},
			{"cut short", w.Receiver.Secret, sealed[:len(sealed)/8*4], message, place, "limit.packet"},
			{"a whole message", w.Receiver.Secret, base64.StdEncoding.EncodeToString(w.Delivery().Sealed()), message, place, "env.size"},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, err := pki.OpenField(c.officer, c.sealed, c.message, c.place, now)
				refused(t, err, c.code)
			})
		}
	})
}

func TestASealedValueThatSaysSomethingElseIsRefused(t *testing.T) {
	w := v4()
	seal := w.Delivery().Sealer()
	for document, code := range map[string]schemas.Code{
		`{"message":"` + message + `","pointer":"` + place + `","value":"x"}`:             "",
		`{"message":"` + message + `","pointer":"` + place + `","value":"x","more":"y"}`:  "schema.type",
		`{"message":"` + message + `","pointer":"` + place + `","value":1}`:               "schema.type",
		`{"message":"` + message + `","pointer":"` + place + `","value":"x","value":"y"}`: "parse.duplicate",
		`{"message":"` + message + `","value":"x"}`:                                       "sd.moved",
		`hello`: "parse.not-json",
	} {
		container := (&pki.Container{Field: []byte(document)}).Marshal()
		padded := append(container, make([]byte, 256-len(container))...)
		_, err := pki.OpenField(w.Receiver.Secret, base64.StdEncoding.EncodeToString(seal(padded)), message, place, now)
		wants(t, err, code)
	}
}

func TestAValueTooLongIsNotSealed(t *testing.T) {
	c := v4().Receiver.Certificate
	_, err := pki.SealField(c, c.EncryptionKey(now), message, place, strings.Repeat("x", schemas.MaxSealedText+1), now)
	refused(t, err, "limit.string")
	_, err = pki.SealField(c, c.SigningKey(now), message, place, "x", now)
	refused(t, err, "key.expired")
}

func TestTheLengthOfASealedValueTellsOneOfThreeSizes(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		sizes := map[int]bool{}
		for n := 0; n <= schemas.MaxSealedText; n += 64 {
			sizes[len(sealedField(w, strings.Repeat("x", n)))] = true
		}
		if len(sizes) != 3 {
			t.Errorf("got lengths %v", sizes)
		}
	})
}

func TestTheGatewaySeesToWhomAValueIsSealedWithoutOpeningIt(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Receiver.Certificate
		sealed := sealedField(w, "Maria Santos")
		two := base64.StdEncoding.EncodeToString(append(must(base64.StdEncoding.DecodeString(sealed)), 0xCA, 3, 'P', 'G', 'P'))
		for _, test := range []struct {
			name        string
			sealed      string
			certificate *pki.Certificate
			key         string
			code        schemas.Code
		}{
			{"to this key", sealed, c, c.EncryptionKey(now), ""},
			{"to another key of his", sealed, c, c.SigningKey(now), "key.reseal"},
			{"to another officer", sealed, w.Sender.Certificate, w.Sender.Certificate.EncryptionKey(now), "key.reseal"},
			{"to a key he has not", sealed, c, w.Sender.Certificate.EncryptionKey(now), "key.reseal"},
			{"with something behind it", two, c, c.EncryptionKey(now), "profile.form"},
			{"not base64", "!", c, c.EncryptionKey(now), "drop.not-openpgp"},
			{"not OpenPGP", "AAAA", c, c.EncryptionKey(now), "drop.not-openpgp"},
			{"nothing", "", c, c.EncryptionKey(now), "profile.form"},
		} {
			t.Run(test.name, func(t *testing.T) {
				wants(t, pki.SealedTo(test.sealed, test.certificate, test.key), test.code)
			})
		}
	})
}
