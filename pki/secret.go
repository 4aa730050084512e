package pki

import (
	"bytes"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"schakel/schemas"
)

// Secret is an OpenPGP key with its secret half. It never leaves the key store
// in the clear.
type Secret struct {
	*Certificate
	raw     []byte
	private map[string]*packet.PrivateKey // by fingerprint
}

// Generate makes a key of a profile: a primary key that certifies, a signing
// subkey and an encryption subkey, with the lives that limits set.
func Generate(name, profile string, now time.Time) (*Secret, error) {
	now = now.Truncate(time.Second)
	entity, err := openpgp.NewEntity(name, "", "", config(profile, now))
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	if err := certifyOnly(entity, config(profile, now)); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	entity.Subkeys = nil // the library's own has the primary key's life
	signing, encryption := config(profile, now), config(profile, now)
	signing.KeyLifetimeSecs = uint32(SigningLife / time.Second)
	encryption.KeyLifetimeSecs = uint32(EncryptionLife / time.Second)
	if err := entity.AddSigningSubkey(signing); err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	if err := entity.AddEncryptionSubkey(encryption); err != nil {
		return nil, fmt.Errorf("make encryption key: %w", err)
	}
	var raw bytes.Buffer
	if err := entity.SerializePrivateWithoutSigning(&raw, nil); err != nil {
		return nil, fmt.Errorf("write key: %w", err)
	}
	return ParseSecret(raw.Bytes(), nil)
}

// certifyOnly takes from the primary key the right to sign messages that the
// library gives it. It has no end: it would sign where the signing key no longer
// may.
func certifyOnly(entity *openpgp.Entity, c *packet.Config) error {
	for _, direct := range entity.DirectSignatures {
		direct.Packet.FlagSign = false
		if err := direct.Packet.SignDirectKeyBinding(entity.PrimaryKey, entity.PrivateKey, c); err != nil {
			return err
		}
	}
	for name, identity := range entity.Identities {
		for _, self := range identity.SelfCertifications {
			self.Packet.FlagSign = false
			if err := self.Packet.SignUserId(name, entity.PrimaryKey, entity.PrivateKey, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// ParseSecret reads one secret key, binary or armoured, such as gpg
// --export-secret-keys writes. passphrase opens it where it is locked.
func ParseSecret(data, passphrase []byte) (*Secret, error) {
	binary, err := dearmor(data)
	if err != nil {
		return nil, err
	}
	entity, err := readEntity(binary, tagSecretKey, tagSecretSub)
	if err != nil {
		return nil, err
	}
	if err := entity.DecryptPrivateKeys(passphrase); err != nil {
		return nil, schemas.Refuse("key.passphrase", "")
	}
	return secretOf(entity)
}

func secretOf(entity *openpgp.Entity) (*Secret, error) {
	var public, secret bytes.Buffer
	if err := entity.Serialize(&public); err != nil {
		return nil, schemas.Refuse("key.grammar", "")
	}
	if err := entity.SerializePrivateWithoutSigning(&secret, nil); err != nil {
		return nil, schemas.Refuse("key.grammar", "")
	}
	certificate, err := certificateOf(entity, public.Bytes())
	if err != nil {
		return nil, err
	}
	s := &Secret{Certificate: certificate, raw: secret.Bytes(), private: map[string]*packet.PrivateKey{}}
	s.private[fingerprint(entity.PrimaryKey)] = entity.PrivateKey
	for _, subkey := range entity.Subkeys {
		s.private[fingerprint(subkey.PublicKey)] = subkey.PrivateKey
	}
	return s, nil
}

// SecretBytes is the secret key in the clear, for the key store only.
func (s *Secret) SecretBytes() []byte { return s.raw }
