package forge

import (
	"bytes"
	"crypto"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"schakel/pki"
	"schakel/schemas"
)

// This file deviates in the signature over the manifest and in its times.

// signatures are missing, several, of another kind, key or purpose, or over
// something else.
func (f *forger) signatures() []deviation {
	raw := func(change func([]byte) []byte) recipe { return recipe{signature: change} }
	signing := func(change func(*signature)) recipe { return recipe{signing: change} }
	hash := func(h crypto.Hash) recipe { return signing(func(s *signature) { s.hash = h }) }
	context := func(contexts ...string) recipe {
		return signing(func(s *signature) {
			s.silence(subpacketNotation)
			for _, c := range contexts {
				s.add(subpacket{kind: subpacketNotation, data: contextNotation(c)})
			}
		})
	}
	all := []deviation{
		{name: "signature/none", code: "sig.none", recipe: recipe{container: func(c *pki.Container) { c.Signature = nil }}},
		{name: "signature/two", code: "sig.count", recipe: raw(func(s []byte) []byte { return append(s, s...) })},
		{name: "signature/three", code: "sig.count", recipe: raw(func(s []byte) []byte { return bytes.Repeat(s, 3) })},
		{name: "signature/with a marker", code: "sig.count", recipe: raw(func(s []byte) []byte { return append(packetOf(tagMarker, []byte("PGP")), s...) })},
		{name: "signature/armoured", code: "sig.form", recipe: raw(func(s []byte) []byte { return armour("SIGNATURE", "", s) })},
		{name: "signature/line end behind it", code: "sig.form", recipe: raw(func(s []byte) []byte { return append(s, '\n') })},
		{name: "signature/cut off", code: "sig.form", recipe: raw(func(s []byte) []byte { return s[:len(s)-1] })},
		{name: "signature/another packet in its place", code: "sig.form", recipe: raw(func([]byte) []byte { return literalPacket(literalHead, []byte("signed")) })},
		{name: "signature/as a message", code: "sig.count", recipe: raw(func([]byte) []byte { return f.signedMessage(f.Honest.Manifest) })},
		{name: "signature/version 3", code: "sig.form", recipe: raw(func([]byte) []byte {
			return packetOf(tagSignature, slices.Concat([]byte{3, 5, 0, 1, 2, 3, 4}, make([]byte, 8), []byte{byte(f.signer.PubKeyAlgo), 10, 0, 0}, mpi([]byte{1}), mpi([]byte{1})))
		})},
		{name: "signature/not the version of its key", code: "sig.algorithm", recipe: signing(func(s *signature) { s.version = 10 - s.version; s.silence(subpacketKeyID) })},
		{name: "signature/of text", code: "sig.type", recipe: signing(func(s *signature) { s.kind = packet.SigTypeText })},
		{name: "signature/standing alone", code: "sig.type", recipe: signing(func(s *signature) { s.kind = 0x02 })},
		{name: "signature/of a certification", code: "sig.type", recipe: signing(func(s *signature) { s.kind = packet.SigTypePositiveCert })},
		{name: "signature/of a confirmation", code: "sig.type", recipe: signing(func(s *signature) { s.kind = 0x50 })},
		{name: "signature/MD5", code: "sig.algorithm", recipe: hash(crypto.MD5)},
		{name: "signature/SHA-1", code: "sig.algorithm", recipe: hash(crypto.SHA1)},
		{name: "signature/SHA-256", code: "sig.algorithm", recipe: hash(crypto.SHA256)},
		{name: "signature/SHA-384", code: "sig.algorithm", recipe: hash(crypto.SHA384)},
		{name: "signature/RSA", code: "sig.algorithm", recipe: signing(func(s *signature) {
			s.algorithm, s.numbers = packet.PubKeyAlgoRSA, mpi(bytes.Repeat([]byte{0x77}, 256))
		})},
		{name: "signature/DSA", code: "sig.algorithm", recipe: signing(func(s *signature) {
			s.algorithm, s.numbers = packet.PubKeyAlgoDSA, bytes.Repeat(mpi(bytes.Repeat([]byte{0x77}, 20)), 2)
		})},
		{name: "signature/ECDSA", code: "sig.algorithm", recipe: signing(func(s *signature) {
			s.algorithm, s.numbers = packet.PubKeyAlgoECDSA, bytes.Repeat(mpi(bytes.Repeat([]byte{0x77}, 32)), 2)
		})},
		{name: "signature/unknown algorithm", code: "sig.algorithm", recipe: signing(func(s *signature) { s.algorithm = 99 })},
		{name: "signature/no creation time", code: "sig.form", recipe: signing(func(s *signature) { s.silence(subpacketCreated) })},
		{name: "signature/with an end", code: "sig.form", recipe: signing(func(s *signature) { s.say(subpacketLifetime, []byte{0, 1, 0, 0}) })},
		{name: "signature/unknown critical subpacket", code: "sig.critical", recipe: signing(func(s *signature) { s.add(subpacket{100, true, []byte{1}}) })},
		{name: "signature/unknown critical notation", code: "sig.critical", recipe: signing(func(s *signature) { s.add(subpacket{subpacketNotation, true, notation("limit@example.org", "once")}) })},
		{name: "signature/critical context", code: "sig.critical", recipe: signing(func(s *signature) {
			s.silence(subpacketNotation)
			s.add(subpacket{subpacketNotation, true, contextNotation(pki.ContextManifest)})
		})},
		{name: "context/none", code: "sig.context", recipe: context()},
		{name: "context/approval", code: "sig.context", recipe: context(pki.ContextApproval)},
		{name: "context/directory", code: "sig.context", recipe: context(pki.ContextDirectory)},
		{name: "context/export", code: "sig.context", recipe: context(pki.ContextExport)},
		{name: "context/another version", code: "sig.context", recipe: context("manifest/2")},
		{name: "context/empty", code: "sig.context", recipe: context("")},
		{name: "context/twice", code: "sig.context", recipe: context(pki.ContextManifest, pki.ContextManifest)},
		{name: "context/another one too", code: "sig.context", recipe: context(pki.ContextManifest, pki.ContextApproval)},
		{name: "context/outside what is signed", code: "sig.context", recipe: signing(func(s *signature) {
			s.silence(subpacketNotation)
			s.unhashed = append(s.unhashed, subpacket{kind: subpacketNotation, data: contextNotation(pki.ContextManifest)})
		})},
		{name: "signer/nobody named", code: "sig.unknown", recipe: signing(func(s *signature) { s.silence(subpacketFingerprint) })},
		{name: "signer/a stranger", code: "sig.unknown", recipe: signing(func(s *signature) { s.issuedBy(&f.strangerKey.PublicKey); s.key = f.strangerKey })},
		{name: "signer/a stranger under the connector's name", code: "sig.invalid", recipe: signing(func(s *signature) { s.key = f.strangerKey })},
		{name: "signer/the connector under a stranger's name", code: "sig.unknown", recipe: signing(func(s *signature) { s.issuedBy(&f.strangerKey.PublicKey) })},
		{name: "manifest/changed after signing", code: "sig.invalid", recipe: recipe{tampering: func(m []byte) []byte { m[len(m)/2] ^= 1; return m }}},
		{name: "manifest/space added after signing", code: "sig.invalid", recipe: recipe{tampering: func(m []byte) []byte { return append(m, ' ') }}},
		{name: "manifest/cut after signing", code: "sig.invalid", recipe: recipe{tampering: func(m []byte) []byte { return m[:len(m)-1] }}},
	}
	certifier := signing(func(s *signature) { s.issuedBy(&f.certifier.PublicKey); s.key = f.certifier })
	decrypter := signing(func(s *signature) { s.issuedBy(f.decrypter) })
	if f.Form == pki.Submission {
		return append(all,
			deviation{name: "signer/the key that only certifies", code: "sig.usage", recipe: certifier},
			deviation{name: "signer/the key that only decrypts", code: "sig.usage", recipe: decrypter},
			deviation{name: "signer/key expired on the way", code: "sig.key-status", later: pki.SigningLife + time.Hour},
		)
	}
	return append(all,
		deviation{name: "signer/the key that only certifies", code: "sig.unknown", recipe: certifier},
		deviation{name: "signer/the key that only decrypts", code: "sig.unknown", recipe: decrypter},
	)
}

// times are from the future, apart, or from before there was a key.
func (f *forger) times() []deviation {
	created := func(at time.Time) recipe {
		return recipe{manifest: func(m *schemas.Manifest) { m.Created = schemas.At(at) }}
	}
	signed := func(apart time.Duration) recipe {
		at := must(time.Parse(schemas.Instant, f.manifest.Created))
		return recipe{signing: func(s *signature) { s.at(at.Add(apart)) }}
	}
	return []deviation{
		{name: "time/three minutes ahead", code: "time.future", recipe: created(f.Now.Add(3 * time.Minute))},
		{name: "time/a year ahead", code: "time.future", recipe: created(f.Now.Add(365 * 24 * time.Hour))},
		{name: "time/only the signature ahead", code: "time.future", recipe: signed(f.Now.Add(4 * time.Minute).Sub(must(time.Parse(schemas.Instant, f.manifest.Created))))},
		{name: "time/signed long before", code: "time.signature", recipe: signed(-6 * time.Minute)},
		{name: "time/signed long after", code: "time.signature", recipe: signed(6 * time.Minute), later: time.Hour},
		{name: "time/signed before there was a key", code: "time.signature", recipe: created(f.signer.CreationTime.Add(-time.Hour))},
	}
}
