package pki

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"schakel/schemas"
)

// Seal encrypts a container to exactly one key of a certificate, padded to a
// size class. The profile follows the key: version 4 keys get SEIPD version 1,
// version 6 keys SEIPD version 2.
func Seal(container *Container, to *Certificate, key string, now time.Time) ([]byte, error) {
	padded, err := pad(container.Marshal(), Classes)
	if err != nil {
		return nil, err
	}
	return encrypt(padded, to, key, now)
}

// encrypt writes one OpenPGP message: one session key packet, one encrypted data
// packet, in it one literal packet (binary, no name, date 0).
func encrypt(plaintext []byte, to *Certificate, key string, now time.Time) ([]byte, error) {
	public := to.keys[key]
	if public == nil || !public.encrypt || !public.at(now) {
		return nil, schemas.Refuse("key.expired", "")
	}
	v6 := public.packet.Version == 6
	c := config(ProfileV4, now)
	if v6 {
		c = config(ProfileV6, now)
	}
	session := make([]byte, packet.CipherAES256.KeySize())
	rand.Read(session)
	var out bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEAD(&out, public.packet, packet.CipherAES256, v6, session, c); err != nil {
		return nil, fmt.Errorf("seal to %s: %w", key, err)
	}
	suite := packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeGCM}
	writer, err := packet.SerializeSymmetricallyEncrypted(&out, packet.CipherAES256, v6, suite, session, c)
	if err != nil {
		return nil, fmt.Errorf("seal to %s: %w", key, err)
	}
	literal := appendPacket(make([]byte, 0, len(plaintext)+16), tagLiteral, []byte{'b', 0, 0, 0, 0, 0}, plaintext)
	if _, err := writer.Write(literal); err != nil {
		return nil, fmt.Errorf("seal to %s: %w", key, err)
	}
	if err := writer.Close(); err != nil {
		return nil, fmt.Errorf("seal to %s: %w", key, err)
	}
	return out.Bytes(), nil
}
