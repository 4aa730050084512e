package forge

import (
	"crypto"
	_ "crypto/md5"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/eddsa"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"schakel/schemas"
)

// Subpackets of a signature (RFC 9580, section 5.2.3.7).
const (
	subpacketCreated     = 2
	subpacketLifetime    = 3
	subpacketKeyID       = 16
	subpacketNotation    = 20
	subpacketFingerprint = 33
)

// subpacket is one statement of a signature.
type subpacket struct {
	kind     byte
	critical bool
	data     []byte
}

// signature is what a detached signature says, field by field, so that each can
// be wrong (RFC 9580, section 5.2.3).
type signature struct {
	version   byte
	kind      packet.SignatureType
	algorithm packet.PublicKeyAlgorithm
	hash      crypto.Hash
	hashed    []subpacket
	unhashed  []subpacket
	key       *packet.PrivateKey // signs, whatever the rest says
	numbers   []byte             // stand for the signature's numbers, when set
}

// honestSignature is what pki.Sign would write.
func (f *forger) honestSignature(created string) *signature {
	at, err := time.Parse(schemas.Instant, created)
	if err != nil {
		at = f.Now // of a manifest whose date is what is wrong with it
	}
	s := &signature{version: byte(f.signer.Version), kind: packet.SigTypeBinary, algorithm: f.signer.PubKeyAlgo, hash: crypto.SHA512, key: f.signer}
	s.say(subpacketCreated, binary.BigEndian.AppendUint32(nil, uint32(at.Unix())))
	if s.version == 4 {
		s.say(subpacketKeyID, binary.BigEndian.AppendUint64(nil, f.signer.KeyId))
	}
	s.say(subpacketNotation, contextNotation("manifest/1"))
	s.issuedBy(&f.signer.PublicKey)
	return s
}

func contextNotation(context string) []byte { return notation("context@schakel", context) }

func notation(name, value string) []byte {
	data := []byte{0x80, 0, 0, 0, 0, byte(len(name)), 0, byte(len(value))}
	return append(append(data, name...), value...)
}

// say adds a statement to the part that is signed, in place of one of its kind.
func (s *signature) say(kind byte, data []byte) {
	s.silence(kind)
	s.add(subpacket{kind: kind, data: data})
}

func (s *signature) add(p subpacket) { s.hashed = append(s.hashed, p) }

// silence removes the statements of a kind.
func (s *signature) silence(kind byte) {
	s.hashed = slices.DeleteFunc(s.hashed, func(p subpacket) bool { return p.kind == kind })
}

// issuedBy names a key as the one that signed.
func (s *signature) issuedBy(key *packet.PublicKey) {
	s.say(subpacketFingerprint, append([]byte{byte(key.Version)}, key.Fingerprint...))
	if s.version == 4 {
		s.say(subpacketKeyID, binary.BigEndian.AppendUint64(nil, key.KeyId))
	}
}

func (s *signature) at(created time.Time) {
	s.say(subpacketCreated, binary.BigEndian.AppendUint32(nil, uint32(created.Unix())))
}

// body signs data and writes the packet's body.
func (s *signature) body(data []byte) []byte {
	head := []byte{s.version, byte(s.kind), byte(s.algorithm), hashIDs[s.hash]}
	head = s.area(head, s.hashed)
	salt := make([]byte, saltSizes[s.hash])
	h := s.hash.New()
	if s.version == 6 {
		h.Write(salt)
	}
	h.Write(data)
	h.Write(head)
	h.Write(binary.BigEndian.AppendUint32([]byte{s.version, 0xFF}, uint32(len(head))))
	digest := h.Sum(nil)

	out := append(s.area(head, s.unhashed), digest[:2]...)
	if s.version == 6 {
		out = append(append(out, byte(len(salt))), salt...)
	}
	if s.numbers != nil {
		return append(out, s.numbers...)
	}
	return append(out, s.sign(digest)...)
}

// area writes subpackets behind their length, which has four octets in version 6.
func (s *signature) area(out []byte, subpackets []subpacket) []byte {
	var all []byte
	for _, p := range subpackets {
		kind := p.kind
		if p.critical {
			kind |= 0x80
		}
		all = append(append(all, byte(len(p.data)+1), kind), p.data...)
	}
	if s.version == 6 {
		out = binary.BigEndian.AppendUint32(slices.Clone(out), uint32(len(all)))
	} else {
		out = binary.BigEndian.AppendUint16(slices.Clone(out), uint16(len(all)))
	}
	return append(out, all...)
}

func (s *signature) sign(digest []byte) []byte {
	if key, ok := s.key.PrivateKey.(*ed25519.PrivateKey); ok {
		return must(ed25519.Sign(key, digest))
	}
	r, t, err := eddsa.Sign(s.key.PrivateKey.(*eddsa.PrivateKey), digest)
	if err != nil {
		panic("forge: " + err.Error())
	}
	return append(mpi(r), mpi(t)...)
}

// mpi writes a multiprecision integer (RFC 9580, section 3.2).
func mpi(number []byte) []byte {
	for len(number) > 0 && number[0] == 0 {
		number = number[1:]
	}
	if len(number) == 0 {
		return []byte{0, 0}
	}
	size := 8*(len(number)-1) + bits.Len8(number[0])
	return append([]byte{byte(size >> 8), byte(size)}, number...)
}

var hashIDs = map[crypto.Hash]byte{crypto.MD5: 1, crypto.SHA1: 2, crypto.SHA256: 8, crypto.SHA384: 9, crypto.SHA512: 10}

// saltSizes are those of version 6 signatures (RFC 9580, section 9.5).
var saltSizes = map[crypto.Hash]int{crypto.MD5: 16, crypto.SHA1: 16, crypto.SHA256: 16, crypto.SHA384: 24, crypto.SHA512: 32}

func hexadecimal(data []byte) string { return hex.EncodeToString(data) }
