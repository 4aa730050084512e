package forge

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"schakel/pki"
	"schakel/schemas"
)

// recipe is how a message is made, stage by stage. A stage that is nil is done
// honestly; a deviation sets exactly one.
type recipe struct {
	manifest    func(*schemas.Manifest)                             // what the sender says
	disclosures func(texts, digests []string) (t, d []string)       // what he discloses, and the digests he signs
	document    func([]byte) []byte                                 // bytes of the manifest, signed as they are
	signing     func(*signature)                                    // what the signature says
	tampering   func([]byte) []byte                                 // bytes of the manifest, after they were signed
	signature   func([]byte) []byte                                 // bytes of the signature
	container   func(*pki.Container)                                // what is packed
	sections    func([]section) []section                           // sections as they stand
	padded      func([]byte) []byte                                 // bytes of the padded container
	literal     func([]byte) []byte                                 // the packets to be encrypted, from the padded container
	envelope    func(*envelope)                                     // how they are encrypted
	packets     func([]*packet.OpaquePacket) []*packet.OpaquePacket // the message, packet by packet
	message     func([]byte) []byte                                 // the message
}

// forger holds a scene with its keys read.
type forger struct {
	Scene
	signer      *packet.PrivateKey // the connector's signing key
	certifier   *packet.PrivateKey // primary key of the same certificate
	decrypter   *packet.PublicKey  // encryption key of the same certificate
	stranger    *pki.Secret        // nobody the directory knows
	strangerKey *packet.PrivateKey // its signing key
	recipient   *packet.PublicKey
	manifest    schemas.Manifest
}

func newForger(s Scene) *forger {
	profile := pki.ProfileV4
	if len(s.Key) == 64 {
		profile = pki.ProfileV6
	}
	stranger := must(pki.Generate("nobody", profile, s.Now))
	f := &forger{Scene: s, stranger: stranger, strangerKey: privateKey(stranger, stranger.SigningKey(s.Now))}
	f.signer = privateKey(s.Signer, s.Key)
	f.certifier = privateKey(s.Signer, s.Signer.Fingerprint)
	f.decrypter = publicKey(s.Signer.Certificate, s.Signer.EncryptionKey(s.Now))
	f.recipient = publicKey(s.To, s.ToKey)
	f.manifest = *must(schemas.ParseManifest(s.Honest.Manifest))
	return f
}

// make follows a recipe.
func (f *forger) make(r recipe) []byte {
	c := *f.Honest
	if r.manifest != nil || r.disclosures != nil || r.document != nil || r.signing != nil {
		f.resign(&c, r)
	}
	c.Manifest = apply(r.tampering, c.Manifest)
	c.Signature = apply(r.signature, c.Signature)
	if r.container != nil {
		r.container(&c)
	}
	sections := readSections(c.Marshal())
	if r.sections != nil {
		sections = r.sections(sections)
	}
	padded := apply(r.padded, pad(writeSections(sections)))
	inner := literalPacket(literalHead, padded)
	if r.literal != nil {
		inner = r.literal(padded)
	}
	e := f.honestEnvelope()
	if r.envelope != nil {
		r.envelope(e)
	}
	packets := e.seal(inner)
	if r.packets != nil {
		packets = r.packets(packets)
	}
	return apply(r.message, join(packets))
}

// resign makes manifest and signature anew.
func (f *forger) resign(c *pki.Container, r recipe) {
	m := f.manifest
	if r.manifest != nil {
		r.manifest(&m)
	}
	if r.disclosures != nil {
		c.Disclosures, m.SD = r.disclosures(bytesClone(c.Disclosures), bytesClone(m.SD))
	}
	c.Manifest = apply(r.document, schemas.Encode(m))
	s := f.honestSignature(m.Created)
	if r.signing != nil {
		r.signing(s)
	}
	c.Signature = packetOf(tagSignature, s.body(c.Manifest))
}

func apply(change func([]byte) []byte, data []byte) []byte {
	if change == nil {
		return data
	}
	return change(bytes.Clone(data))
}

func bytesClone(list []string) []string { return append([]string(nil), list...) }

// section is one section of a container.
type section struct {
	kind byte
	data []byte
}

// The kinds of section, in their order.
const (
	sectionManifest = iota + 1
	sectionSignature
	sectionOfficer
	sectionDisclosures
	sectionRecord
	sectionProof
	sectionConsistency
	sectionQuestion
	sectionField
	sectionForeseen
)

const magic = "SCHAKEL1"

// readSections takes a marshalled container apart.
func readSections(data []byte) []section {
	var all []section
	for data = data[len(magic):]; data[0] != 0; {
		length := binary.BigEndian.Uint32(data[1:])
		all = append(all, section{data[0], data[5 : 5+length]})
		data = data[5+length:]
	}
	return all
}

func writeSections(sections []section) []byte {
	out := []byte(magic)
	for _, s := range sections {
		out = append(out, s.kind)
		out = binary.BigEndian.AppendUint32(out, uint32(len(s.data)))
		out = append(out, s.data...)
	}
	return append(out, 0)
}

// pad fills to the smallest class; what is larger than every class stays as it is.
func pad(data []byte) []byte {
	for _, class := range pki.Classes {
		if len(data) <= class {
			return append(data, make([]byte, class-len(data))...)
		}
	}
	return data
}

// literalHead is the head of the one literal packet that the profile knows:
// binary, no name, date 0 (RFC 9580, section 5.9).
const literalHead = "b\x00\x00\x00\x00\x00"

func literalPacket(head string, data []byte) []byte {
	return packetOf(tagLiteral, append([]byte(head), data...))
}

// packetOf writes a packet in the new format with a definite length.
func packetOf(tag uint8, body []byte) []byte {
	var out bytes.Buffer
	if err := (&packet.OpaquePacket{Tag: tag, Contents: body}).Serialize(&out); err != nil {
		panic("forge: " + err.Error())
	}
	return out.Bytes()
}

func join(packets []*packet.OpaquePacket) []byte {
	var out []byte
	for _, p := range packets {
		out = append(out, packetOf(p.Tag, p.Contents)...)
	}
	return out
}

// split takes a message apart, partial bodies joined.
func split(message []byte) []*packet.OpaquePacket {
	var all []*packet.OpaquePacket
	for reader := packet.NewOpaqueReader(bytes.NewReader(message)); ; {
		p, err := reader.Next()
		if err != nil {
			return all
		}
		all = append(all, p)
	}
}

// privateKey returns the secret half of one key of a secret.
func privateKey(secret *pki.Secret, fingerprint string) *packet.PrivateKey {
	entity := readEntity(secret.SecretBytes())
	if named(entity.PrimaryKey, fingerprint) {
		return entity.PrivateKey
	}
	for _, subkey := range entity.Subkeys {
		if named(subkey.PublicKey, fingerprint) {
			return subkey.PrivateKey
		}
	}
	panic("forge: no key " + fingerprint)
}

// publicKey returns one key of a certificate.
func publicKey(certificate *pki.Certificate, fingerprint string) *packet.PublicKey {
	entity := readEntity(certificate.Bytes())
	for _, subkey := range entity.Subkeys {
		if named(subkey.PublicKey, fingerprint) {
			return subkey.PublicKey
		}
	}
	panic("forge: no key " + fingerprint)
}

func readEntity(data []byte) *openpgp.Entity {
	return must(openpgp.ReadEntity(packet.NewReader(bytes.NewReader(data))))
}

func named(key *packet.PublicKey, fingerprint string) bool {
	return strings.EqualFold(hexadecimal(key.Fingerprint), fingerprint)
}
