package pki_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

// These tests say what go-crypto does by itself, and so why our own checks are
// there. When an update of the library changes one, nothing is broken: read what
// changed, and then change the line.

// accepted are the forged messages that the library reads to the end without an
// error, and the check of ours that refuses each.
var accepted = map[string]schemas.Code{
	"shape/parts of one octet":                            "profile.partial-length",
	"packet/marker first":                                 "profile.packet",
	"packet/marker last":                                  "decrypt.trailing",
	"packet/padding between":                              "profile.packet",
	"packet/padding last":                                 "decrypt.trailing",
	"packet/trust":                                        "profile.packet",
	"packet/private and not critical":                     "profile.packet",
	"packet/eight markers first":                          "limit.packets",
	"packet/not encrypted":                                "profile.packet",
	"packet/signed and not encrypted":                     "profile.packet",
	"recipient/hidden":                                    "decrypt.not-for-us",
	"recipient/hidden, version 6":                         "decrypt.not-for-us",
	"recipient/a third party too":                         "profile.recipients",
	"recipient/twice the same":                            "profile.recipients",
	"recipient/a thousand hidden":                         "limit.packets",
	"recipient/a passphrase too":                          "profile.skesk",
	"cipher/AES-128":                                      "profile.algorithm",
	"cipher/AES-192":                                      "profile.algorithm",
	"cipher/AEAD with AES-128":                            "profile.algorithm",
	"cipher/AEAD with EAX":                                "profile.algorithm",
	"cipher/AEAD chunks of 128 KiB":                       "profile.chunk",
	"cipher/AEAD chunks of 4 MiB":                         "profile.chunk",
	"cipher/AEAD behind a version 3 session key":          "profile.form",
	"cipher/SEIPD version 1 to a version 6 key":           "profile.floor",
	"literal/text":                                        "profile.literal",
	"literal/UTF-8 text":                                  "profile.literal",
	"literal/with a name":                                 "profile.literal",
	"literal/for your eyes only":                          "profile.literal",
	"literal/with a date":                                 "profile.literal",
	"literal/marker before":                               "profile.packet",
	"literal/marker behind":                               "profile.packet",
	"literal/padding behind":                              "profile.packet",
	"literal/signature before":                            "profile.packet",
	"literal/in a signed message":                         "profile.packet",
	"literal/compressed":                                  "profile.nesting",
	"literal/compressed three times from 16 MiB of zeros": "profile.nesting",
	"literal/length without end":                          "profile.form",
	"literal/parts of one octet":                          "profile.form",
}

// verified are the forged signatures that the library finds good, and the check
// of ours that refuses each.
var verified = map[string]schemas.Code{
	"signature/two":                        "sig.count",
	"signature/three":                      "sig.count",
	"signature/with a marker":              "sig.count",
	"signature/not the version of its key": "sig.algorithm",
	"signature/of text":                    "sig.type",
	"signature/SHA-256":                    "sig.algorithm",
	"signature/SHA-384":                    "sig.algorithm",
	"signature/with an end":                "sig.form",
	"context/none":                         "sig.context",
	"context/approval":                     "sig.context",
	"context/directory":                    "sig.context",
	"context/export":                       "sig.context",
	"context/another version":              "sig.context",
	"context/empty":                        "sig.context",
	"context/twice":                        "sig.context",
	"context/another one too":              "sig.context",
	"context/outside what is signed":       "sig.context",
	"signer/nobody named":                  "sig.unknown", // v4: the key id is enough
	"signer/key expired on the way":        "sig.key-status",
	"time/signed long after":               "time.signature",
}

func TestWhatTheLibraryAcceptsAndWeRefuse(t *testing.T) {
	seen := map[string]bool{}
	inBoth(t, func(t *testing.T, w *forge.World) {
		for _, c := range forge.Cases(w.Submission()) {
			want, listed := accepted[c.Name]
			content, opened := libraryOpens(w.Gateway, c)
			seen[c.Name] = true
			switch {
			case slices.Contains([]string{"shape", "packet", "recipient", "cipher", "literal"}, family(c)):
				if opened != listed || listed && want != c.Code {
					t.Errorf("%s: library accepts it: %v; listed: %v; ours: %s", c.Name, opened, listed, c.Code)
				}
			case slices.Contains([]string{"signature", "context", "signer", "time"}, family(c)):
				want, listed := verified[c.Name]
				if c.Name == "signer/nobody named" {
					listed = w.Profile == pki.ProfileV4
				}
				good := libraryVerifies(w.Sender.Certificate, content, c.At)
				if good != listed || listed && want != c.Code {
					t.Errorf("%s: library finds it good: %v; listed: %v; ours: %s", c.Name, good, listed, c.Code)
				}
			}
		}
	})
	for _, list := range []map[string]schemas.Code{accepted, verified} {
		for name := range list {
			if !seen[name] {
				t.Errorf("%s: the forge makes no such message", name)
			}
		}
	}
}

func family(c forge.Case) string {
	name, _, _ := bytes.Cut([]byte(c.Name), []byte("/"))
	return string(name)
}

func libraryOpens(secret *pki.Secret, c forge.Case) (content []byte, ok bool) {
	details, err := openpgp.ReadMessage(bytes.NewReader(c.Sealed), ring(secret.SecretBytes()), nil, clock(c.At))
	if err != nil {
		return nil, false
	}
	content, err = io.ReadAll(details.UnverifiedBody)
	return content, err == nil
}

func libraryVerifies(certificate *pki.Certificate, content []byte, at time.Time) bool {
	c, err := pki.UnmarshalContainer(content)
	if err != nil {
		return false
	}
	_, _, err = openpgp.VerifyDetachedSignature(ring(certificate.Bytes()), bytes.NewReader(c.Manifest), bytes.NewReader(c.Signature), clock(at))
	return err == nil
}

func ring(key []byte) openpgp.EntityList { return openpgp.EntityList{entity(key)} }

func entity(key []byte) *openpgp.Entity {
	return must(openpgp.ReadEntity(packet.NewReader(bytes.NewReader(key))))
}

func TestTheLibraryGivesOutPlaintextBeforeItKnowsItsIntegrity(t *testing.T) { // decryptData reads to the end first
	s := v4().Submission()
	changed := s.Sealed()
	changed[len(changed)-1] ^= 1
	details := must(openpgp.ReadMessage(bytes.NewReader(changed), ring(v4().Gateway.SecretBytes()), nil, nil))
	first := make([]byte, 100)
	if _, err := io.ReadFull(details.UnverifiedBody, first); err != nil || !bytes.Equal(first, s.Padded()[:100]) {
		t.Errorf("got %q, %v", first, err)
	}
	if _, err := io.ReadAll(details.UnverifiedBody); err == nil {
		t.Error("and at the end it says nothing")
	}
	_, err := pki.Open(changed, v4().Expect(pki.Submission))
	refused(t, err, "decrypt.integrity")
}

func TestTheLibraryTakesAnUnsignedMessageWithoutAnError(t *testing.T) { // Open verifies the manifest's signature itself
	details := must(openpgp.ReadMessage(bytes.NewReader(v4().Submission().Sealed()), ring(v4().Gateway.SecretBytes()), nil, nil))
	if _, err := io.ReadAll(details.UnverifiedBody); err != nil || details.SignatureError != nil || details.IsSigned {
		t.Errorf("got %v, %v, signed %v", err, details.SignatureError, details.IsSigned)
	}
}

func TestTheLibraryIgnoresOctetsBehindASessionKey(t *testing.T) { // harmless: the plaintext is the same, the digest of the ciphertext another
	sealed := v4().Submission().Sealed()
	head, length := sealed[0], int(sealed[1]) // session key packet, short enough for one octet
	longer := append(append([]byte{head, byte(length + 3)}, sealed[2:2+length]...), "abc"...)
	longer = append(longer, sealed[2+length:]...)
	if _, err := pki.Open(longer, v4().Expect(pki.Submission)); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestTheLibraryIgnoresWhatOpenPGPDoesNotProtectInASignature(t *testing.T) { // the log's entry has the signature's digest
	data := []byte("what is signed")
	signature := v4().Sign(data)
	for !fullLength(signature) {
		signature = v4().Sign(data)
	}
	key := v4().Sender.Secret.SigningKey(now)
	hashTag := len(signature) - numbers - 1 // last octet before the two numbers
	for name, change := range map[string]func([]byte) []byte{
		"first octets of the digest": func(s []byte) []byte { s[hashTag] ^= 1; return s },
		"octets behind the numbers":  func(s []byte) []byte { s[2] += 3; return append(s, "abc"...) }, // a length of two octets
	} {
		changed := change(bytes.Clone(signature))
		if _, err := pki.Verify(v4().Sender.Certificate, key, pki.ContextManifest, data, changed); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
		if schemas.Digest(changed) == schemas.Digest(signature) {
			t.Errorf("%s: same digest", name)
		}
	}
}

// numbers are the octets of two numbers of 256 bits, each behind its length.
const numbers = 2 * (2 + 32)

// fullLength says that a signature ends in two such numbers: one in four does.
func fullLength(signature []byte) bool {
	at := len(signature) - numbers
	bits := []byte{1, 0} // 256, big-endian
	return bytes.Equal(signature[at:at+2], bits) && bytes.Equal(signature[at+34:at+36], bits)
}

func TestTheLibraryVerifiesOneSignaturesBitsAndNotItsPurpose(t *testing.T) { // checkForm does
	critical := map[string]schemas.Code{"signature/unknown critical notation": "sig.critical", "signature/standing alone": "sig.type"}
	for _, c := range forge.Cases(v4().Submission()) {
		if critical[c.Name] == "" {
			continue
		}
		content, _ := libraryOpens(v4().Gateway, c)
		container := must(pki.UnmarshalContainer(content))
		signature := must(packet.Read(bytes.NewReader(container.Signature))).(*packet.Signature)
		hash := must(signature.PrepareVerify())
		hash.Write(container.Manifest)
		if err := entity(v4().Sender.Certificate.Bytes()).Subkeys[0].PublicKey.VerifySignature(hash, signature); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if critical[c.Name] != c.Code {
			t.Errorf("%s: ours is %s", c.Name, c.Code)
		}
	}
}

func TestTheLibraryForgetsARevocationThatIsDatedLater(t *testing.T) { // certificateOf counts it for all time
	e := entity(v4().Sender.Secret.SecretBytes())
	if err := e.Revoke(packet.KeyRetired, "", clock(now.Add(day))); err != nil {
		t.Fatal(err)
	}
	if e.Revoked(now) {
		t.Error("it does not")
	}
}

func TestTheLibraryPassesOverASubkeyItDoesNotKnow(t *testing.T) { // readEntity counts: key.grammar
	one := pieces(v4().Sender.Certificate.Bytes())
	one[3][7] = 99 // algorithm of the signing key
	if e := entity(joined(one...)); len(e.Subkeys) != 1 {
		t.Errorf("got %d subkeys, want one of two", len(e.Subkeys))
	}
}

func TestTheLibraryLetsASubkeyOutliveItsPrimaryKey(t *testing.T) { // add ends it with the primary key
	e := entity(v4().Sender.Secret.SecretBytes())
	life := uint32(7 * day / time.Second)
	for name, identity := range e.Identities {
		identity.SelfCertifications[0].Packet.KeyLifetimeSecs = &life
		if err := identity.SelfCertifications[0].Packet.SignUserId(name, e.PrimaryKey, e.PrivateKey, clock(now)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := e.Subkeys[0].Verify(now.Add(8*day), nil); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestTheLibraryLetsThePrimaryKeyItMakesSign(t *testing.T) { // certifyOnly takes it away
	e := must(openpgp.NewEntity("name", "", "", clock(now)))
	if self := must(e.PrimarySelfSignature(now, nil)); !self.FlagSign {
		t.Error("it does not")
	}
}

func TestTheLibraryTakesKeysOfEveryKind(t *testing.T) { // add: key.algorithm
	for _, config := range []packet.Config{{Algorithm: packet.PubKeyAlgoRSA, RSABits: 1024}, {Algorithm: packet.PubKeyAlgoECDSA, Curve: packet.CurveSecP256k1}} {
		e := must(openpgp.NewEntity("name", "", "", &config))
		var out bytes.Buffer
		if err := errors.Join(e.Serialize(&out)); err != nil {
			t.Fatal(err)
		}
		entity(out.Bytes())
	}
}

func TestTheLibraryTakesArmourWithAWrongChecksum(t *testing.T) { // the key's own signatures hold it together
	armoured := v4().Sender.Certificate.Armored()
	at := bytes.LastIndex(armoured, []byte("\n=")) + 2
	copy(armoured[at:], "AAAA")
	block := must(armor.Decode(bytes.NewReader(armoured)))
	if _, err := io.ReadAll(block.Body); err != nil {
		t.Errorf("got %v", err)
	}
}
