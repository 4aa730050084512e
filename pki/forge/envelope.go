package forge

import (
	"bytes"
	"crypto/aes"
	"crypto/rand"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// envelope is how packets are encrypted: one session key packet and one encrypted
// data packet (RFC 9580, sections 5.1 and 5.13).
type envelope struct {
	to         *packet.PublicKey
	hidden     bool // the session key packet names nobody
	keyVersion int  // of the session key packet: 3 or 6
	version    int  // of the encrypted data packet: 1 or 2
	cipher     packet.CipherFunction
	mode       packet.AEADMode
	chunk      byte // size of a chunk as an octet: 2^(6+chunk)

	// data writes the encrypted data packet in another way.
	data func(inner, session []byte) *packet.OpaquePacket
}

// honestEnvelope is what pki.Seal would write.
func (f *forger) honestEnvelope() *envelope {
	e := &envelope{to: f.recipient, keyVersion: 3, version: 1, cipher: packet.CipherAES256, mode: packet.AEADModeGCM, chunk: 8}
	if f.recipient.Version == 6 {
		e.aead()
	}
	return e
}

// aead turns to SEIPD version 2, which every partner may use.
func (e *envelope) aead() { e.keyVersion, e.version = 6, 2 }

func (e *envelope) seal(inner []byte) packets {
	session := e.session()
	data := e.encrypt
	if e.data != nil {
		data = e.data
	}
	return packets{e.sessionKeyPacket(session), data(inner, session)}
}

// session makes a session key.
func (e *envelope) session() []byte {
	session := make([]byte, e.cipher.KeySize())
	rand.Read(session)
	return session
}

func (e *envelope) sessionKeyPacket(session []byte) *packet.OpaquePacket {
	var out bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEADwithHiddenOption(&out, e.to, e.cipher, e.keyVersion == 6, session, e.hidden, nil); err != nil {
		panic("forge: " + err.Error())
	}
	return split(out.Bytes())[0]
}

func (e *envelope) encrypt(inner, session []byte) *packet.OpaquePacket {
	var out bytes.Buffer
	config := &packet.Config{AEADConfig: &packet.AEADConfig{DefaultMode: e.mode, ChunkSize: 1 << (e.chunk + 6)}}
	suite := packet.CipherSuite{Cipher: e.cipher, Mode: e.mode}
	writer := must(packet.SerializeSymmetricallyEncrypted(&out, e.cipher, e.version == 2, suite, session, config))
	must(writer.Write(inner))
	if err := writer.Close(); err != nil {
		panic("forge: " + err.Error())
	}
	return split(out.Bytes())[0]
}

// withoutIntegrity encrypts into the old packet that has no integrity protection
// (RFC 9580, section 5.7).
func withoutIntegrity(inner, session []byte) *packet.OpaquePacket {
	return &packet.OpaquePacket{Tag: tagUnprotected, Contents: feedback(inner, session, packet.OCFBResync)}
}

// withoutMDC encrypts into SEIPD version 1 and leaves the digest at its end out.
func withoutMDC(inner, session []byte) *packet.OpaquePacket {
	return &packet.OpaquePacket{Tag: tagData, Contents: append([]byte{1}, feedback(inner, session, packet.OCFBNoResync)...)}
}

func feedback(inner, session []byte, resync packet.OCFBResyncOption) []byte {
	block := must(aes.NewCipher(session))
	iv := make([]byte, aes.BlockSize)
	rand.Read(iv)
	stream, prefix := packet.NewOCFBEncrypter(block, iv, resync)
	encrypted := make([]byte, len(inner))
	stream.XORKeyStream(encrypted, inner)
	return append(prefix, encrypted...)
}
