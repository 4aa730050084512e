package pki

import (
	"bytes"
	"encoding/binary"
	"io"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"schakel/schemas"
)

// Form says what an OpenPGP message must hold.
type Form int

// The forms. A message of one form opened as another is refused.
const (
	Submission Form = iota // partner to gateway: manifest, signature, disclosures
	Delivery               // gateway to recipient: the same and the sender's record and the clearance
	Answer                 // gateway to partner: a receipt
	Incoming               // a delivery or an answer: whatever lies in a mailbox
	Field                  // sealed value to an officer
)

// Expect is what an opened message must show.
type Expect struct {
	Form Form
	Key  *Secret   // ours; the message must be sealed to one of its encryption keys
	Now  time.Time // moment of receipt

	// Signer is the partner's connector on whose line a submission came. Its key
	// status is judged at Now.
	Signer *Signer

	// Anchors verify the sender's record that a delivery carries.
	Anchors *Anchors

	// Gateway is the fingerprint that the manifest must name.
	Gateway string
}

// Signer is one connector of a partner with the key it signs with.
type Signer struct {
	Sender      schemas.Sender
	Certificate *Certificate
	Key         string // fingerprint
	Active      bool   // status of the connector and its partner
}

// Opened is a message whose every condition holds.
type Opened struct {
	*Container
	Sender      *Partner          // of a delivery: the verified record
	Parsed      *schemas.Manifest // of a submission or delivery
	Disclosures []Disclosure      // matched against the manifest
	Signed      time.Time         // when the sender says he signed
}

// Open reads an OpenPGP message. It is the only function in the program that
// does. It returns an Opened only when all of this holds, in this order:
//
//  1. the size and the packets are those of the profile, before the library sees
//     them: one session key packet for us, one encrypted data packet;
//  2. it decrypts with our key, and the whole of it is read and its integrity
//     verified before anything is looked at;
//  3. it holds one literal packet with a container of the expected form, padded
//     to exactly a size class;
//  4. the manifest's signature is by the expected connector's key, active at the
//     moment of receipt, in the context of manifests (a delivery: by the key in
//     the record that trust officers signed);
//  5. only then is the manifest parsed: it names this gateway and the signer, and
//     its time agrees with the signature and with our clock;
//  6. every disclosure is referenced by the manifest exactly once.
//
// A refusal carries the code of the first condition that failed.
func Open(sealed []byte, expect Expect) (*Opened, error) {
	plaintext, err := decrypt(sealed, expect)
	if err != nil {
		return nil, err
	}
	container, err := unpack(plaintext, expect.Form)
	if err != nil {
		return nil, err
	}
	opened := &Opened{Container: container}
	if container.Manifest == nil { // an answer or a sealed value: nothing of a sender's is in it
		return opened, nil
	}
	signer, err := opened.signer(expect)
	if err != nil {
		return nil, err
	}
	if err := opened.verify(signer, expect); err != nil {
		return nil, err
	}
	opened.Disclosures, err = MatchDisclosures(opened.Parsed, container.Disclosures)
	return opened, err
}

// decrypt checks the packets and returns the literal data.
func decrypt(sealed []byte, expect Expect) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, schemas.Refuse("drop.empty", "")
	}
	if len(sealed) > maxSealed {
		return nil, schemas.Refuse("limit.size", "")
	}
	packets, err := splitPackets(sealed, maxPackets)
	if err != nil {
		return nil, err
	}
	private, err := recipient(packets, expect)
	if err != nil {
		return nil, err
	}
	inner, err := decryptData(packets, private)
	if err != nil {
		return nil, err
	}
	return literal(inner)
}

// recipient finds our key in the session key packet, and refuses any sequence
// other than one such packet and one encrypted data packet.
func recipient(packets []pgpPacket, expect Expect) (*packet.PrivateKey, error) {
	keys := 0
	for i, p := range packets {
		switch p.tag {
		case tagPKESK:
			keys++
		case tagSKESK:
			return nil, schemas.Refuse("profile.skesk", "")
		case tagCompressed:
			return nil, schemas.Refuse("profile.nesting", "")
		case tagEncrypted:
			return nil, schemas.Refuse("profile.unprotected", "")
		case tagSEIPD:
			if i < len(packets)-1 {
				return nil, schemas.Refuse("decrypt.trailing", "")
			}
		default:
			return nil, schemas.Refuse("profile.packet", "")
		}
	}
	switch {
	case keys > 1:
		return nil, schemas.Refuse("profile.recipients", "")
	case keys == 0 || packets[len(packets)-1].tag != tagSEIPD:
		return nil, schemas.Refuse("profile.form", "")
	}
	return ourKey(packets[0].body, expect.Key)
}

// ourKey names the private key that a session key packet is for. A hidden
// recipient (key id 0) is not part of the profile.
func ourKey(body []byte, secret *Secret) (*packet.PrivateKey, error) {
	for name, public := range secret.keys {
		if public.encrypt && namesKey(body, public.packet) {
			return secret.private[name], nil
		}
	}
	return nil, schemas.Refuse("decrypt.not-for-us", "")
}

func namesKey(body []byte, key *packet.PublicKey) bool {
	if len(body) < 10 {
		return false
	}
	if body[0] == 3 {
		return binary.BigEndian.Uint64(body[1:9]) == key.KeyId
	}
	return body[0] == 6 && bytes.HasPrefix(body[1:], append([]byte{byte(len(key.Fingerprint) + 1), byte(key.Version)}, key.Fingerprint...))
}

// decryptData decrypts and returns the whole plaintext once its integrity is
// known. All failures give one code: which one it was helps only an attacker.
func decryptData(packets []pgpPacket, private *packet.PrivateKey) ([]byte, error) {
	if err := checkData(packets[0].body, packets[1].body, private.Version); err != nil {
		return nil, err
	}
	read, err := packet.Read(bytes.NewReader(appendPacket(nil, tagPKESK, packets[0].body)))
	session, ok := read.(*packet.EncryptedKey)
	if err != nil || !ok {
		return nil, schemas.Refuse("decrypt.integrity", "")
	}
	if err := session.Decrypt(private, nil); err != nil {
		return nil, schemas.Refuse("decrypt.integrity", "")
	}
	if session.Version == 3 && session.CipherFunc != packet.CipherAES256 {
		return nil, schemas.Refuse("profile.algorithm", "")
	}
	read, err = packet.Read(bytes.NewReader(appendPacket(nil, tagSEIPD, packets[1].body)))
	data, ok := read.(*packet.SymmetricallyEncrypted)
	if err != nil || !ok {
		return nil, schemas.Refuse("decrypt.integrity", "")
	}
	return readAll(data, session, len(packets[1].body))
}

// checkData reads the head of an encrypted data packet: the version that the key
// and the session key packet ask for (RFC 9580, section 10.3.2.1), and for version
// 2 its algorithms and chunk size (section 5.13.2), before anything is allocated
// for it.
func checkData(session, body []byte, keyVersion int) error {
	switch {
	case len(body) < 20:
		return schemas.Refuse("decrypt.integrity", "")
	case body[0] != 1 && body[0] != 2:
		return schemas.Refuse("profile.algorithm", "")
	case body[0] == 1 && keyVersion != 4:
		return schemas.Refuse("profile.floor", "")
	case (body[0] == 2) != (session[0] == 6):
		return schemas.Refuse("profile.form", "")
	case body[0] == 1:
		return nil
	case packet.CipherFunction(body[1]) != packet.CipherAES256:
		return schemas.Refuse("profile.algorithm", "")
	case packet.AEADMode(body[2]) != packet.AEADModeGCM && packet.AEADMode(body[2]) != packet.AEADModeOCB:
		return schemas.Refuse("profile.algorithm", "")
	case body[3] > maxChunk:
		return schemas.Refuse("profile.chunk", "")
	}
	return nil
}

func readAll(data *packet.SymmetricallyEncrypted, session *packet.EncryptedKey, size int) ([]byte, error) {
	reader, err := data.Decrypt(session.CipherFunc, session.Key)
	if err != nil {
		return nil, schemas.Refuse("decrypt.integrity", "")
	}
	plaintext := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	if _, err := io.Copy(plaintext, io.LimitReader(reader, int64(size)+1)); err != nil {
		return nil, schemas.Refuse("decrypt.integrity", "")
	}
	if err := reader.Close(); err != nil {
		return nil, schemas.Refuse("decrypt.integrity", "")
	}
	return plaintext.Bytes(), nil
}

// literal returns the data of the one literal packet that a message may hold.
func literal(inner []byte) ([]byte, error) {
	packets, err := splitPackets(inner, maxPackets)
	if err != nil || len(packets) == 0 {
		return nil, schemas.Refuse("profile.form", "")
	}
	switch first := packets[0]; {
	case first.tag == tagCompressed || first.tag == tagSEIPD || first.tag == tagEncrypted:
		return nil, schemas.Refuse("profile.nesting", "")
	case first.tag != tagLiteral:
		return nil, schemas.Refuse("profile.packet", "")
	case len(packets) > 1:
		return nil, schemas.Refuse("profile.packet", "")
	case !bytes.HasPrefix(first.body, []byte{'b', 0, 0, 0, 0, 0}):
		return nil, schemas.Refuse("profile.literal", "")
	default:
		return first.body[6:], nil
	}
}

// unpack reads the container and checks that it has the sections of its form
// and no other.
func unpack(plaintext []byte, form Form) (*Container, error) {
	classes := Classes
	if form == Field {
		classes = fieldClasses
	}
	if !isClass(len(plaintext), classes) {
		return nil, schemas.Refuse("env.size", "")
	}
	c, err := UnmarshalContainer(plaintext)
	if err != nil {
		return nil, err
	}
	var fits bool
	switch form {
	case Submission:
		fits = c.Manifest != nil && c.Disclosures != nil && c.Record == nil && c.Proof == nil && c.Consistency == nil && c.Question == nil && c.Field == nil && c.Foreseen == nil
	case Delivery:
		fits = isDelivery(c)
	case Answer:
		fits = isAnswer(c)
	case Incoming:
		fits = isDelivery(c) || isAnswer(c)
	case Field:
		fits = isBare(c) && c.Field != nil && c.Record == nil && c.Proof == nil && c.Consistency == nil && c.Question == nil && c.Foreseen == nil
	}
	if !fits {
		return nil, schemas.Refuse("profile.form", "")
	}
	return c, nil
}

func isBare(c *Container) bool {
	return c.Manifest == nil && c.Signature == nil && c.Officer == nil && c.Disclosures == nil
}

func isDelivery(c *Container) bool {
	return c.Manifest != nil && c.Disclosures != nil && c.Record != nil && c.Proof != nil && c.Field == nil && c.Foreseen == nil
}

func isAnswer(c *Container) bool {
	return isBare(c) && c.Proof != nil && c.Question == nil && c.Field == nil
}

func isClass(size int, classes []int) bool {
	for _, class := range classes {
		if size == class {
			return true
		}
	}
	return false
}

// signer says whose signature the manifest must carry: the one expected on this
// line, or for a delivery the connector in the verified record of the sender
// whose key the signature names.
func (o *Opened) signer(expect Expect) (*Signer, error) {
	if expect.Form == Submission {
		return expect.Signer, nil
	}
	record, err := expect.Anchors.OpenPartner(o.Record)
	if err != nil {
		return nil, err
	}
	o.Sender = record
	issuer, err := Issuer(o.Signature)
	if err != nil {
		return nil, err
	}
	for _, connector := range record.Connectors {
		if connector.Signing == issuer {
			return &Signer{Sender: schemas.Sender{Organisation: record.ID, Connector: connector.ID}, Certificate: record.Certificate, Key: issuer}, nil
		}
	}
	return nil, schemas.Refuse("sig.unknown", "")
}

// verify checks the signature and then, and only then, parses the manifest.
func (o *Opened) verify(signer *Signer, expect Expect) error {
	signed, err := Verify(signer.Certificate, signer.Key, ContextManifest, o.Manifest, o.Signature)
	if err != nil {
		return err
	}
	if expect.Form == Submission && (!signer.Active || !signer.Certificate.Usable(signer.Key, expect.Now)) {
		return schemas.Refuse("sig.key-status", "")
	}
	manifest, err := schemas.ParseManifest(o.Manifest)
	if err != nil {
		return err
	}
	switch {
	case manifest.From != signer.Sender:
		return schemas.Refuse("env.sender", "/from")
	case manifest.Gateway != expect.Gateway:
		return schemas.Refuse("sig.recipient-other", "/gateway")
	}
	o.Parsed, o.Signed = manifest, signed
	return checkTimes(manifest.Created, signed, expect.Now)
}

// checkTimes compares the manifest's time with the signature's and with now. A
// message may be old: a field laptop is offline for weeks. It may not be from
// the future.
func checkTimes(created string, signed, now time.Time) error {
	at, err := time.Parse(schemas.Instant, created)
	switch {
	case err != nil:
		return schemas.Refuse("schema.date", "/created")
	case at.After(now.Add(futureSkew)) || signed.After(now.Add(futureSkew)):
		return schemas.Refuse("time.future", "/created")
	case signed.Sub(at).Abs() > signatureSkew:
		return schemas.Refuse("time.signature", "/created")
	}
	return nil
}
