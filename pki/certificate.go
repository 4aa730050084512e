package pki

import (
	"bytes"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"schakel/schemas"
)

// Limits of a key file from outside.
const (
	maxKeyFile    = 64 << 10
	maxUserIDs    = 3
	maxSubkeys    = 6
	maxSignatures = 64
)

// Certificate is the public half of an OpenPGP key, read once. It is safe for
// concurrent use: everything that the library would look up lazily has been
// looked up.
type Certificate struct {
	Fingerprint string // of the primary key, upper-case hexadecimal
	raw         []byte
	keys        map[string]*publicKey
	order       []string
}

// publicKey is one usable key of a certificate and how long it may be used.
type publicKey struct {
	packet  *packet.PublicKey
	sign    bool
	encrypt bool
	from    time.Time
	until   time.Time // zero: no end
	revoked bool
}

// at reports whether the key may be used at a moment. A revocation counts for
// all time: who stole a key can choose the date he signs.
func (k *publicKey) at(now time.Time) bool {
	return !k.revoked && !now.Before(k.from) && (k.until.IsZero() || now.Before(k.until))
}

// ParseCertificate reads one OpenPGP certificate, binary or armoured, with no
// secret part.
func ParseCertificate(data []byte) (*Certificate, error) {
	binary, err := dearmor(data)
	if err != nil {
		return nil, err
	}
	entity, err := readEntity(binary, tagPublicKey, tagPublicSub)
	if err != nil {
		return nil, err
	}
	return certificateOf(entity, binary)
}

// readEntity reads one key. The library passes over what it does not know: a
// subkey's algorithm, a revocation's form. Here it makes the whole unfit.
func readEntity(data []byte, primary, sub int) (*openpgp.Entity, error) {
	count, err := checkKeyPackets(data, primary, sub)
	if err != nil {
		return nil, err
	}
	entity, err := openpgp.ReadEntity(packet.NewReader(bytes.NewReader(data)))
	if err != nil {
		return nil, schemas.Refuse("key.not-openpgp", "")
	}
	if understood(entity) != count {
		return nil, schemas.Refuse("key.grammar", "")
	}
	return entity, nil
}

// understood is how many packets the library made an entity of.
func understood(entity *openpgp.Entity) int {
	n := 1 + len(entity.Revocations) + len(entity.DirectSignatures)
	for _, identity := range entity.Identities {
		n += 1 + len(identity.SelfCertifications) + len(identity.OtherCertifications) + len(identity.Revocations)
	}
	for _, subkey := range entity.Subkeys {
		n += 1 + len(subkey.Bindings) + len(subkey.Revocations)
	}
	return n
}

// certificateOf judges every key of an entity once.
func certificateOf(entity *openpgp.Entity, raw []byte) (*Certificate, error) {
	self, err := entity.PrimarySelfSignature(time.Time{}, nil)
	if err != nil {
		return nil, schemas.Refuse("key.binding", "")
	}
	c := &Certificate{Fingerprint: fingerprint(entity.PrimaryKey), raw: raw, keys: map[string]*publicKey{}}
	revoked := slices.ContainsFunc(entity.Revocations, func(r *packet.VerifiableSignature) bool {
		return entity.PrimaryKey.VerifyRevocationSignature(r.Packet) == nil
	})
	if err := c.add(entity.PrimaryKey, self, revoked); err != nil {
		return nil, err
	}
	for i := range entity.Subkeys {
		subkey := &entity.Subkeys[i]
		binding, err := subkey.LatestValidBindingSignature(time.Time{}, nil)
		if err != nil {
			return nil, schemas.Refuse("key.binding", "")
		}
		if err := c.add(subkey.PublicKey, binding, revoked || subkey.Revoked(binding, time.Time{})); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Certificate) add(key *packet.PublicKey, self *packet.Signature, revoked bool) error {
	if !signs(key.PubKeyAlgo) && !encrypts(key.PubKeyAlgo) {
		return schemas.Refuse("key.algorithm", "")
	}
	if curve, err := key.Curve(); key.Version == 4 && (err != nil || curve != packet.Curve25519) {
		return schemas.Refuse("key.algorithm", "")
	}
	k := &publicKey{packet: key, from: key.CreationTime, revoked: revoked}
	k.sign = signs(key.PubKeyAlgo) && self.FlagsValid && self.FlagSign
	k.encrypt = encrypts(key.PubKeyAlgo) && self.FlagsValid && (self.FlagEncryptCommunications || self.FlagEncryptStorage)
	if self.KeyLifetimeSecs != nil && *self.KeyLifetimeSecs > 0 {
		k.until = key.CreationTime.Add(time.Duration(*self.KeyLifetimeSecs) * time.Second)
	}
	if primary := c.keys[c.Fingerprint]; primary != nil && !primary.until.IsZero() && (k.until.IsZero() || primary.until.Before(k.until)) {
		k.until = primary.until // no subkey outlives its primary key
	}
	name := fingerprint(key)
	c.keys[name] = k
	c.order = append(c.order, name)
	return nil
}

// Bytes is the certificate as it was read, binary.
func (c *Certificate) Bytes() []byte { return c.raw }

// Armored is the certificate for people and for gpg --import, with checksum:
// without it GnuPG 2.2 misreads every third one.
func (c *Certificate) Armored() []byte { return armored(armorPublic, c.raw) }

// SigningKey and EncryptionKey return the fingerprint of the newest key that may
// be used for it at a moment, or "".
func (c *Certificate) SigningKey(now time.Time) string {
	return c.newest(now, func(k *publicKey) bool { return k.sign })
}

// EncryptionKey is described at SigningKey.
func (c *Certificate) EncryptionKey(now time.Time) string {
	return c.newest(now, func(k *publicKey) bool { return k.encrypt })
}

func (c *Certificate) newest(now time.Time, fit func(*publicKey) bool) string {
	best := ""
	for _, name := range c.order {
		key := c.keys[name]
		if fit(key) && key.at(now) && (best == "" || !key.from.Before(c.keys[best].from)) {
			best = name
		}
	}
	return best
}

// Expires returns when a key of the certificate may no longer be used; false
// when it has no end or is not there.
func (c *Certificate) Expires(fingerprint string) (time.Time, bool) {
	key := c.keys[fingerprint]
	if key == nil || key.until.IsZero() {
		return time.Time{}, false
	}
	return key.until, true
}

func fingerprint(key *packet.PublicKey) string { return fingerprintOf(key.Fingerprint) }

func fingerprintOf(octets []byte) string {
	return strings.ToUpper(hex.EncodeToString(octets))
}

// checkKeyPackets bounds a key file before the library parses it: one primary
// key of the given tag, then user ids, subkeys and signatures within limits. It
// returns how many packets there are.
func checkKeyPackets(data []byte, primary, sub int) (int, error) {
	packets, err := splitPackets(data, 1+maxUserIDs+maxSubkeys+maxSignatures)
	if err != nil {
		return 0, schemas.Refuse("key.grammar", "")
	}
	count := map[int]int{}
	for i, p := range packets {
		if (i == 0) != (p.tag == primary) {
			return 0, schemas.Refuse("key.count", "")
		}
		count[p.tag]++
	}
	switch {
	case len(packets) == 0:
		return 0, schemas.Refuse("key.empty", "")
	case count[tagUserID] > maxUserIDs:
		return 0, schemas.Refuse("limit.user-ids", "")
	case count[sub] > maxSubkeys:
		return 0, schemas.Refuse("limit.subkeys", "")
	case count[tagSignature] > maxSignatures:
		return 0, schemas.Refuse("limit.signatures", "")
	case count[tagAttribute] > 0:
		return 0, schemas.Refuse("key.attribute", "")
	case len(packets) != 1+count[tagUserID]+count[sub]+count[tagSignature]:
		return 0, schemas.Refuse("key.grammar", "")
	}
	return len(packets), nil
}

// dearmor returns binary key data from binary or armoured input.
func dearmor(data []byte) ([]byte, error) {
	if len(data) == 0 {
		return nil, schemas.Refuse("key.empty", "")
	}
	if len(data) > maxKeyFile {
		return nil, schemas.Refuse("limit.key-file", "")
	}
	if data[0]&0x80 != 0 {
		return data, nil
	}
	reader := bytes.NewReader(data)
	block, err := armor.Decode(reader)
	if err != nil {
		return nil, schemas.Refuse("key.not-openpgp", "")
	}
	binary, err := io.ReadAll(io.LimitReader(block.Body, maxKeyFile))
	if err != nil {
		return nil, schemas.Refuse("key.armor", "")
	}
	if bytes.Contains(data[len(data)-reader.Len():], []byte("-----BEGIN")) {
		return nil, schemas.Refuse("key.count", "")
	}
	return binary, nil
}

// armorPublic is the kind of an armoured certificate (RFC 9580, section 6.2).
const armorPublic = "PGP PUBLIC KEY BLOCK"

func armored(kind string, binary []byte) []byte {
	var out bytes.Buffer
	writer, err := armor.EncodeWithChecksumOption(&out, kind, nil, true)
	if err != nil {
		panic("pki: armour: " + err.Error()) // only for headers, and there are none
	}
	writer.Write(binary)
	writer.Close()
	out.WriteByte('\n')
	return out.Bytes()
}
