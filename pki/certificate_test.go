package pki_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

func TestACertificateIsReadAsItWasWritten(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Sender.Certificate
		for name, written := range map[string][]byte{"binary": c.Bytes(), "armoured": c.Armored()} {
			read, err := pki.ParseCertificate(written)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if read.Fingerprint != c.Fingerprint || read.SigningKey(now) != c.SigningKey(now) || read.EncryptionKey(now) != c.EncryptionKey(now) {
				t.Errorf("%s: got other keys", name)
			}
			if !bytes.Equal(read.Bytes(), c.Bytes()) {
				t.Errorf("%s: got other octets", name)
			}
		}
	})
}

func TestASecretIsReadAsItWasWritten(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		secret := w.Gateway
		read, err := pki.ParseSecret(secret.SecretBytes(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if read.Fingerprint != secret.Fingerprint || !bytes.Equal(read.Bytes(), secret.Bytes()) {
			t.Error("got another key")
		}
		expect := w.Expect(pki.Submission)
		expect.Key = read
		if _, err := pki.Open(w.Submission().Sealed(), expect); err != nil {
			t.Error(err)
		}
	})
}

func TestAGeneratedKeyCertifiesSignsAndDecryptsWithDifferentKeys(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		c := w.Sender.Certificate
		keys := map[string]bool{c.Fingerprint: true, c.SigningKey(now): true, c.EncryptionKey(now): true}
		if len(keys) != 3 || keys[""] {
			t.Errorf("got keys %v", keys)
		}
		if until, ends := c.Expires(c.Fingerprint); ends {
			t.Errorf("the primary key ends on %v", until)
		}
		if until, _ := c.Expires(c.EncryptionKey(now)); !until.Equal(now.Add(pki.EncryptionLife)) {
			t.Errorf("the encryption key ends on %v", until)
		}
	})
}

func TestAKeyOutsideTheProfileIsRefused(t *testing.T) {
	for name, config := range map[string]packet.Config{
		"RSA":           {Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024},
		"P-256":         {Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveNistP256},
		"P-521":         {Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveNistP521},
		"secp256k1":     {Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveSecP256k1},
		"brainpoolP256": {Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveBrainpoolP256},
		"Curve448":      {Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve448},
		"Ed448, v6":     {Algorithm: packet.PubKeyAlgoEd448, V6Keys: true},
	} {
		t.Run(name, func(t *testing.T) {
			entity := must(openpgp.NewEntity("outsider", "", "", &config))
			var public, secret bytes.Buffer
			if err := entity.Serialize(&public); err != nil {
				t.Fatal(err)
			}
			if err := entity.SerializePrivateWithoutSigning(&secret, nil); err != nil {
				t.Fatal(err)
			}
			_, err := pki.ParseCertificate(public.Bytes())
			refused(t, err, "key.algorithm")
			_, err = pki.ParseSecret(secret.Bytes(), nil)
			refused(t, err, "key.algorithm")
		})
	}
}

func TestAKeyFileIsRefusedForItsShape(t *testing.T) {
	c := v4().Sender.Certificate
	one := pieces(c.Bytes()) // primary key, user id, its signature, two subkeys with theirs
	primary, user, self, subkey, binding := one[0], one[1], one[2], one[3], one[4]
	unknownKey := bytes.Clone(subkey)
	unknownKey[7] = 99 // algorithm, behind the packet's head, the version and the date
	revoked := pieces(changed(v4().Sender.Secret, func(e *openpgp.Entity) error { return e.Revoke(packet.KeyCompromised, "", clock(now)) }).Bytes())
	unknownRevocation := bytes.Clone(revoked[1])
	unknownRevocation[bytes.IndexByte(unknownRevocation, byte(packet.SigTypeKeyRevocation))+1] = 99 // algorithm
	for _, bad := range []struct {
		name string
		data []byte
		code schemas.Code
	}{
		{"nothing", nil, "key.empty"},
		{"text", []byte("my key"), "key.not-openpgp"},
		{"noise", bytes.Repeat([]byte{0xFF}, 100), "key.grammar"},
		{"larger than 64 KiB", append(c.Bytes(), make([]byte, 64<<10)...), "limit.key-file"},
		{"message", v4().Submission().Sealed(), "key.count"},
		{"secret key", v4().Sender.Secret.SecretBytes(), "key.count"},
		{"two keys", append(bytes.Clone(c.Bytes()), v4().Receiver.Certificate.Bytes()...), "key.count"},
		{"two keys, armoured", append(c.Armored(), c.Armored()...), "key.count"},
		{"armour broken off", c.Armored()[:300], "key.armor"},
		{"armour with a changed letter", bytes.Replace(c.Armored(), []byte("="), []byte("!"), 1), "key.armor"},
		{"cut short", c.Bytes()[:len(c.Bytes())-1], "key.grammar"},
		{"four user ids", joined(primary, user, self, user, self, user, self, user, self), "limit.user-ids"},
		{"seven subkeys", joined(append([][]byte{primary, user, self}, repeated(7, subkey, binding)...)...), "limit.subkeys"},
		{"65 signatures", joined(append([][]byte{primary, user}, repeated(65, self)...)...), "limit.signatures"},
		{"picture", joined(primary, user, self, []byte{0xC0 | 17, 2, 1, 1}), "key.attribute"},
		{"unknown packet", joined(primary, user, self, []byte{0xC0 | 60, 1, 1}), "key.grammar"},
		{"no user id", joined(primary, subkey, binding), "key.not-openpgp"},
		{"user id not signed", joined(primary, user, subkey, binding), "key.not-openpgp"},
		{"subkey not bound", joined(primary, user, self, subkey), "key.binding"},
		{"subkey of another", joined(primary, user, self, pieces(v4().Receiver.Certificate.Bytes())[3], binding), "key.binding"},
		{"subkey of an unknown algorithm", joined(primary, user, self, unknownKey, binding, subkey, binding), "key.grammar"},
		{"revocation of an unknown algorithm", joined(append([][]byte{primary, unknownRevocation}, one[1:]...)...), "key.grammar"},
		{"user id of another", joined(primary, pieces(v4().Receiver.Certificate.Bytes())[1], self, subkey, binding), "key.binding"},
	} {
		t.Run(bad.name, func(t *testing.T) {
			_, err := pki.ParseCertificate(bad.data)
			refused(t, err, bad.code)
		})
	}
}

func TestACertificateIsNoSecret(t *testing.T) {
	_, err := pki.ParseSecret(v4().Sender.Certificate.Bytes(), nil)
	refused(t, err, "key.count")
}

func TestALockedSecretOpensWithItsPassphraseOnly(t *testing.T) {
	entity := must(openpgp.ReadEntity(packet.NewReader(bytes.NewReader(v4().Sender.Secret.SecretBytes()))))
	if err := entity.EncryptPrivateKeys([]byte("correct horse"), nil); err != nil {
		t.Fatal(err)
	}
	var locked bytes.Buffer
	if err := entity.SerializePrivateWithoutSigning(&locked, nil); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "correct house"} {
		_, err := pki.ParseSecret(locked.Bytes(), []byte(wrong))
		refused(t, err, "key.passphrase")
	}
	secret, err := pki.ParseSecret(locked.Bytes(), []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Sign(secret, secret.SigningKey(now), pki.ContextManifest, []byte("x"), now); err != nil {
		t.Error(err)
	}
}

// A bit of a certificate that OpenPGP does not protect changes no key, no right
// and no date; that it changed is seen in the digest of the directory record.
func TestACertificateWithOneBitFlippedIsRefusedOrHasTheSameKeys(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		honest := w.Sender.Certificate
		everyBit(honest.Bytes(), func(bit int, flipped []byte) {
			c, err := pki.ParseCertificate(flipped)
			switch {
			case schemas.Refused(err) != nil:
			case err != nil:
				t.Errorf("bit %d: fault instead of refusal: %v", bit, err)
			case rights(c) != rights(honest):
				t.Errorf("bit %d: got keys %s, want %s", bit, rights(c), rights(honest))
			}
		})
	})
}

func rights(c *pki.Certificate) string {
	end, ends := c.Expires(c.SigningKey(now))
	return fmt.Sprint(c.Fingerprint, c.SigningKey(now), c.EncryptionKey(now), end, ends)
}

// pieces are the packets of a certificate with their heads.
func pieces(data []byte) [][]byte {
	var all [][]byte
	for reader := packet.NewOpaqueReader(bytes.NewReader(data)); ; {
		p, err := reader.Next()
		if err != nil {
			return all
		}
		var out bytes.Buffer
		if err := p.Serialize(&out); err != nil {
			panic(err)
		}
		all = append(all, out.Bytes())
	}
}

func joined(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func repeated(n int, parts ...[]byte) [][]byte {
	var all [][]byte
	for range n {
		all = append(all, parts...)
	}
	return all
}
