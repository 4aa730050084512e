package forge

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// This file deviates in what anybody on the way can see: the packets of the
// message and how they are encrypted.

type packets = []*packet.OpaquePacket

// Packet type ids (RFC 9580, section 5).
const (
	tagReserved    = 0
	tagSession     = 1
	tagSignature   = 2
	tagPassphrase  = 3
	tagOnePass     = 4
	tagCompressed  = 8
	tagUnprotected = 9
	tagMarker      = 10
	tagLiteral     = 11
	tagTrust       = 12
	tagAttribute   = 17
	tagData        = 18
	tagDraftAEAD   = 20
	tagPadding     = 21
	tagCritical    = 39 // unassigned; must not be ignored
	tagUncritical  = 60 // for private use; may be ignored
)

// shapes are no sequence of packets at all, or too much of one.
func (f *forger) shapes() []deviation {
	message := func(change func([]byte) []byte) recipe { return recipe{message: change} }
	return []deviation{
		{name: "shape/nothing", code: "drop.empty", recipe: message(func([]byte) []byte { return nil })},
		{name: "shape/one octet", code: "drop.not-openpgp", recipe: message(func(m []byte) []byte { return m[:1] })},
		{name: "shape/only 0xFF", code: "limit.packet", recipe: message(func([]byte) []byte { return bytes.Repeat([]byte{0xFF}, 64) })},
		{name: "shape/text", code: "drop.not-openpgp", recipe: message(func([]byte) []byte { return []byte(`{"schakel":"1"}`) })},
		{name: "shape/armoured", code: "drop.not-openpgp", recipe: message(func(m []byte) []byte { return armour("MESSAGE", "", m) })},
		{name: "shape/armoured with headers", code: "drop.not-openpgp", recipe: message(func(m []byte) []byte { return armour("MESSAGE", "Comment: hello\n", m) })},
		{name: "shape/signed in the clear", code: "drop.not-openpgp", recipe: message(func([]byte) []byte {
			return append([]byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nhello\n"), armour("SIGNATURE", "", f.Honest.Signature)...)
		})},
		{name: "shape/larger than the largest class", code: "limit.size", recipe: message(func(m []byte) []byte { return append(m, make([]byte, 1020<<10)...) })},
		{name: "shape/line end behind it", code: "drop.not-openpgp", recipe: message(func(m []byte) []byte { return append(m, '\n') })},
		{name: "shape/zeros behind it", code: "drop.not-openpgp", recipe: message(func(m []byte) []byte { return append(m, 0, 0, 0, 0) })},
		{name: "shape/last octet missing", code: "limit.packet", recipe: message(func(m []byte) []byte { return m[:len(m)-1] })},
		{name: "shape/packet of 4 GiB", code: "limit.packet", recipe: message(func(m []byte) []byte { return append([]byte{0xC0 | tagSession, 255, 255, 255, 255, 255}, m[2:]...) })},
		{name: "shape/length without end", code: "profile.length", recipe: message(func(m []byte) []byte { return append([]byte{0x80 | tagSession<<2 | 3}, m[2:]...) })},
		{name: "shape/parts of one octet", code: "profile.partial-length", recipe: message(partialOctets)},
		{name: "shape/two messages", code: "decrypt.trailing", recipe: message(func(m []byte) []byte { return append(m, f.Sealed()...) })},
	}
}

// packets has packets too many, too few, or out of place.
func (f *forger) packets() []deviation {
	in := func(at int, tag uint8, body []byte) recipe {
		return recipe{packets: func(p packets) packets { return slices.Insert(p, at, &packet.OpaquePacket{Tag: tag, Contents: body}) }}
	}
	only := func(tag uint8, body []byte) recipe {
		return recipe{packets: func(packets) packets { return packets{{Tag: tag, Contents: body}} }}
	}
	return []deviation{
		{name: "packet/marker first", code: "profile.packet", recipe: in(0, tagMarker, []byte("PGP"))},
		{name: "packet/marker last", code: "decrypt.trailing", recipe: in(2, tagMarker, []byte("PGP"))},
		{name: "packet/padding between", code: "profile.packet", recipe: in(1, tagPadding, make([]byte, 64))},
		{name: "packet/padding last", code: "decrypt.trailing", recipe: in(2, tagPadding, make([]byte, 64))},
		{name: "packet/trust", code: "profile.packet", recipe: in(0, tagTrust, []byte{1, 2})},
		{name: "packet/user attribute", code: "profile.packet", recipe: in(0, tagAttribute, []byte{1, 1})},
		{name: "packet/unassigned and critical", code: "profile.packet", recipe: in(0, tagCritical, []byte{1})},
		{name: "packet/private and not critical", code: "profile.packet", recipe: in(0, tagUncritical, []byte{1})},
		{name: "packet/reserved type", code: "profile.packet", recipe: in(0, tagReserved, []byte{1})},
		{name: "packet/signature first", code: "profile.packet", recipe: in(0, tagSignature, f.signatureBody())},
		{name: "packet/eight markers first", code: "limit.packets", recipe: recipe{packets: func(p packets) packets {
			return append(slices.Repeat(packets{{Tag: tagMarker, Contents: []byte("PGP")}}, 8), p...)
		}}},
		{name: "packet/data packet twice", code: "decrypt.trailing", recipe: recipe{packets: func(p packets) packets { return append(p, p[1]) }}},
		{name: "packet/data packet first", code: "decrypt.trailing", recipe: recipe{packets: func(p packets) packets { return packets{p[1], p[0]} }}},
		{name: "packet/no data packet", code: "profile.form", recipe: recipe{packets: func(p packets) packets { return p[:1] }}},
		{name: "packet/no session key packet", code: "profile.form", recipe: recipe{packets: func(p packets) packets { return p[1:] }}},
		{name: "packet/not encrypted", code: "profile.packet", recipe: recipe{message: func([]byte) []byte { return literalPacket(literalHead, pad(f.Honest.Marshal())) }}},
		{name: "packet/signed and not encrypted", code: "profile.packet", recipe: recipe{message: func([]byte) []byte { return f.signedMessage(pad(f.Honest.Marshal())) }}},
		{name: "packet/only a signature", code: "profile.packet", recipe: only(tagSignature, f.signatureBody())},
		{name: "packet/compressed", code: "profile.nesting", recipe: recipe{message: compress}},
		{name: "packet/AEAD packet of a draft", code: "profile.packet", recipe: recipe{packets: func(p packets) packets {
			return packets{p[0], {Tag: tagDraftAEAD, Contents: append([]byte{1, 9, 2, 10}, p[1].Contents...)}}
		}}},
	}
}

// recipients are none, others, or more than the one.
func (f *forger) recipients() []deviation {
	session := func(change func([]byte) []byte) recipe {
		return recipe{packets: func(p packets) packets {
			return packets{{Tag: tagSession, Contents: change(bytes.Clone(p[0].Contents))}, p[1]}
		}}
	}
	another := func(to *packet.PublicKey) *packet.OpaquePacket {
		e := f.honestEnvelope()
		e.to = to
		return e.seal(nil)[0]
	}
	stranger := publicKey(f.stranger.Certificate, f.stranger.EncryptionKey(f.Now))
	return []deviation{
		{name: "recipient/another", code: "decrypt.not-for-us", recipe: recipe{envelope: func(e *envelope) { e.to = stranger }}},
		{name: "recipient/the sender himself", code: "decrypt.not-for-us", recipe: recipe{envelope: func(e *envelope) { e.to = f.decrypter }}},
		{name: "recipient/hidden", code: "decrypt.not-for-us", recipe: recipe{envelope: func(e *envelope) { e.hidden = true }}},
		{name: "recipient/hidden, version 6", code: "decrypt.not-for-us", recipe: recipe{envelope: func(e *envelope) { e.aead(); e.hidden = true }}},
		{name: "recipient/a third party too", code: "profile.recipients", recipe: recipe{packets: func(p packets) packets { return append(packets{another(stranger)}, p...) }}},
		{name: "recipient/twice the same", code: "profile.recipients", recipe: recipe{packets: func(p packets) packets { return packets{p[0], p[0], p[1]} }}},
		{name: "recipient/a thousand hidden", code: "limit.packets", recipe: recipe{packets: func(p packets) packets {
			hidden := append([]byte{3, 0, 0, 0, 0, 0, 0, 0, 0}, p[0].Contents[9:]...)
			return append(slices.Repeat(packets{{Tag: tagSession, Contents: hidden}}, 1000), p...)
		}}},
		{name: "recipient/named but sealed to another", code: "decrypt.integrity", recipe: session(func(b []byte) []byte {
			other := another(stranger).Contents
			return append(b[:f.headSize()], other[f.headSize():]...)
		})},
		{name: "recipient/unknown version of packet", code: "decrypt.not-for-us", recipe: session(func(b []byte) []byte { b[0] = 2; return b })},
		{name: "recipient/unknown algorithm", code: "decrypt.integrity", recipe: session(func(b []byte) []byte { b[f.headSize()] = 99; return b })},
		{name: "recipient/packet cut off", code: "decrypt.integrity", recipe: session(func(b []byte) []byte { return b[:f.headSize()+8] })},
		{name: "recipient/packet that names nobody", code: "decrypt.not-for-us", recipe: session(func(b []byte) []byte { return b[:4] })},
		{name: "recipient/session key changed", code: "decrypt.integrity", recipe: session(func(b []byte) []byte { b[len(b)-1] ^= 1; return b })},
		{name: "recipient/a passphrase too", code: "profile.skesk", recipe: recipe{packets: func(p packets) packets { return append(packets{passphrase(byDigest)}, p...) }}},
		{name: "recipient/only a passphrase", code: "profile.skesk", recipe: recipe{packets: func(p packets) packets { return packets{passphrase(byDigest), p[1]} }}},
		{name: "recipient/passphrase with 2 TiB of Argon2", code: "profile.skesk", recipe: recipe{packets: func(p packets) packets { return packets{passphrase(byArgon2), p[1]} }}},
	}
}

// headSize is the length of a session key packet up to the algorithm.
func (f *forger) headSize() int {
	if f.recipient.Version == 6 {
		return 3 + len(f.recipient.Fingerprint)
	}
	return 9
}

// ciphers are too weak, unknown, without integrity, or damaged.
func (f *forger) ciphers() []deviation {
	sealed := func(change func(*envelope)) recipe { return recipe{envelope: change} }
	data := func(change func([]byte) []byte) recipe {
		return recipe{packets: func(p packets) packets {
			return packets{p[0], {Tag: tagData, Contents: change(bytes.Clone(p[1].Contents))}}
		}}
	}
	aead := func(change func([]byte) []byte) recipe {
		return recipe{envelope: func(e *envelope) {
			e.aead()
			e.chunk = 0
			small := *e
			e.data = func(inner, session []byte) *packet.OpaquePacket {
				return &packet.OpaquePacket{Tag: tagData, Contents: change(small.encrypt(inner, session).Contents)}
			}
		}}
	}
	all := []deviation{
		{name: "cipher/no integrity", code: "profile.unprotected", recipe: sealed(func(e *envelope) { e.keyVersion, e.data = 3, withoutIntegrity })},
		{name: "cipher/unknown version", code: "profile.algorithm", recipe: data(func(b []byte) []byte { b[0] = 3; return b })},
		{name: "cipher/bit changed", code: "decrypt.integrity", recipe: data(func(b []byte) []byte { b[len(b)/2] ^= 4; return b })},
		{name: "cipher/end missing", code: "decrypt.integrity", recipe: data(func(b []byte) []byte { return b[:len(b)-1] })},
		{name: "cipher/octet more", code: "decrypt.integrity", recipe: data(func(b []byte) []byte { return append(b, 0) })},
		{name: "cipher/too short", code: "decrypt.integrity", recipe: data(func(b []byte) []byte { return b[:12] })},
		{name: "cipher/AEAD with AES-128", code: "profile.algorithm", recipe: sealed(func(e *envelope) { e.aead(); e.cipher = packet.CipherAES128 })},
		{name: "cipher/AEAD with EAX", code: "profile.algorithm", recipe: sealed(func(e *envelope) { e.aead(); e.mode = packet.AEADModeEAX })},
		{name: "cipher/AEAD chunks of 128 KiB", code: "profile.chunk", recipe: sealed(func(e *envelope) { e.aead(); e.chunk = 11 })},
		{name: "cipher/AEAD chunks of 4 MiB", code: "profile.chunk", recipe: sealed(func(e *envelope) { e.aead(); e.chunk = 16 })},
		{name: "cipher/AEAD chunk missing", code: "decrypt.integrity", recipe: aead(func(b []byte) []byte { return slices.Delete(b, 36, 36+80) })},
		{name: "cipher/AEAD last chunk missing", code: "decrypt.integrity", recipe: aead(func(b []byte) []byte { return append(b[:36+80], b[len(b)-16:]...) })},
		{name: "cipher/AEAD chunks swapped", code: "decrypt.integrity", recipe: aead(func(b []byte) []byte {
			return slices.Concat(b[:36], b[36+80:36+160], b[36:36+80], b[36+160:])
		})},
		{name: "cipher/AEAD last tag missing", code: "decrypt.integrity", recipe: aead(func(b []byte) []byte { return b[:len(b)-16] })},
		{name: "cipher/AEAD behind a version 3 session key", code: "profile.form", recipe: sealed(func(e *envelope) { e.keyVersion, e.version = 3, 2 })},
	}
	if f.recipient.Version == 6 {
		return append(all, deviation{name: "cipher/SEIPD version 1 to a version 6 key", code: "profile.floor", recipe: sealed(func(e *envelope) { e.keyVersion, e.version = 3, 1 })})
	}
	return append(all,
		deviation{name: "cipher/AES-128", code: "profile.algorithm", recipe: sealed(func(e *envelope) { e.cipher = packet.CipherAES128 })},
		deviation{name: "cipher/AES-192", code: "profile.algorithm", recipe: sealed(func(e *envelope) { e.cipher = packet.CipherAES192 })},
		deviation{name: "cipher/no MDC", code: "decrypt.integrity", recipe: sealed(func(e *envelope) { e.data = withoutMDC })},
		deviation{name: "cipher/SEIPD version 1 behind a version 6 session key", code: "profile.form", recipe: sealed(func(e *envelope) { e.keyVersion, e.version = 6, 1 })},
	)
}

// signatureBody is the honest signature as a packet's body.
func (f *forger) signatureBody() []byte { return split(f.Honest.Signature)[0].Contents }

// armour writes text armour by hand, so that it can have headers.
func armour(kind, headers string, data []byte) []byte {
	return []byte("-----BEGIN PGP " + kind + "-----\n" + headers + "\n" + base64.StdEncoding.EncodeToString(data) + "\n-----END PGP " + kind + "-----\n")
}

// partialOctets writes the data packet in parts of one octet each.
func partialOctets(message []byte) []byte {
	p := split(message)
	out := append(packetOf(p[0].Tag, p[0].Contents), 0xC0|tagData)
	last := len(p[1].Contents) - 1
	for _, octet := range p[1].Contents[:last] {
		out = append(out, 224, octet)
	}
	return append(out, 1, p[1].Contents[last])
}

// Ways to derive a key from a passphrase (RFC 9580, section 3.7.1).
var (
	byDigest = []byte{3, 8, 1, 2, 3, 4, 5, 6, 7, 8, 96}
	byArgon2 = append(append([]byte{4}, make([]byte, 16)...), 3, 4, 31)
)

// passphrase is a session key packet that a passphrase opens.
func passphrase(derivation []byte) *packet.OpaquePacket {
	return &packet.OpaquePacket{Tag: tagPassphrase, Contents: append([]byte{4, byte(packet.CipherAES256)}, derivation...)}
}

// compress wraps packets in a compressed packet.
func compress(inner []byte) []byte {
	var out bytes.Buffer
	writer := must(packet.SerializeCompressed(nopCloser{&out}, packet.CompressionZLIB, nil))
	must(writer.Write(inner))
	if err := writer.Close(); err != nil {
		panic("forge: " + err.Error())
	}
	p := split(out.Bytes())[0]
	return packetOf(tagCompressed, p.Contents)
}

type nopCloser struct{ *bytes.Buffer }

func (nopCloser) Close() error { return nil }

// signedMessage is a signed message as OpenPGP knows it: a one-pass signature, a
// literal, a signature (RFC 9580, section 10.3).
func (f *forger) signedMessage(data []byte) []byte {
	s := f.honestSignature(f.manifest.Created)
	onePass := []byte{3, byte(s.kind), hashIDs[s.hash], byte(s.algorithm)}
	onePass = append(binary.BigEndian.AppendUint64(onePass, f.signer.KeyId), 1)
	if s.version == 6 {
		onePass = append([]byte{6, byte(s.kind), hashIDs[s.hash], byte(s.algorithm), 32}, make([]byte, 32)...)
		onePass = append(append(onePass, f.signer.Fingerprint...), 1)
	}
	return slices.Concat(packetOf(tagOnePass, onePass), literalPacket(literalHead, data), packetOf(tagSignature, s.body(data)))
}
