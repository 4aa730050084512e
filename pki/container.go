package pki

import (
	"bytes"
	"encoding/binary"
	"strings"

	"schakel/schemas"
)

// Container is what travels inside one OpenPGP message. Its sections are raw
// bytes: nothing in it is parsed before it has been verified.
type Container struct {
	Manifest    []byte   // exact bytes that were signed
	Signature   []byte   // of the sender's connector over the manifest
	Officer     []byte   // of an officer over the manifest, where an act needs a person
	Disclosures []string // RFC 9901 disclosures
	Record      []byte   // signed directory record of the sender
	Proof       []byte   // of the log entry: clearance or receipt
	Consistency []byte   // from a checkpoint the reader said he had seen
	Question    []byte   // to a reviewer: the question as it was put to the rules
	Field       []byte   // of a sealed value
	Foreseen    []byte   // to who asked beforehand: what would become of the message
}

const containerMagic = "SCHAKEL1"

// sections in the order in which they stand; the type is the position.
func (c *Container) sections() []*[]byte {
	return []*[]byte{&c.Manifest, &c.Signature, &c.Officer, nil, &c.Record, &c.Proof, &c.Consistency, &c.Question, &c.Field, &c.Foreseen}
}

const disclosureSection = 3

// Classes are the sizes of a container before encryption. The ciphertext of a
// class is somewhat longer (version 2 adds a tag to each chunk) and fits 4, 16, 64,
// 256 or 1020 KiB, so the wire shows one of five sizes and nothing else.
var Classes = []int{4<<10 - 512, 16<<10 - 512, 64<<10 - 512, 256<<10 - 512, maxSealed - 2048}

// maxSealed is the largest ciphertext; with its headers it fits a NATS payload.
const maxSealed = 1020 << 10

// fieldClasses are the sizes of a sealed value.
var fieldClasses = []int{256, 1024, 4608}

// Marshal writes the sections that are there, in order, and an end mark.
func (c *Container) Marshal() []byte {
	out := []byte(containerMagic)
	for i, section := range c.sections() {
		data := []byte(strings.Join(c.Disclosures, "~"))
		if section != nil {
			data = *section
		}
		if len(data) > 0 {
			out = append(out, byte(i+1))
			out = binary.BigEndian.AppendUint32(out, uint32(len(data)))
			out = append(out, data...)
		}
	}
	return append(out, 0) // from here on only zeros
}

// pad fills a marshalled container to the smallest class that holds it.
func pad(data []byte, classes []int) ([]byte, error) {
	for _, class := range classes {
		if len(data) <= class {
			return append(data, make([]byte, class-len(data))...), nil
		}
	}
	return nil, schemas.Refuse("limit.size", "")
}

// UnmarshalContainer reads what Marshal writes, padded or not, and nothing else:
// sections in order, none twice, none empty, zeros to the end.
func UnmarshalContainer(data []byte) (*Container, error) {
	rest, found := bytes.CutPrefix(data, []byte(containerMagic))
	c := &Container{}
	for last := 0; found && len(rest) > 0; {
		kind := int(rest[0])
		if kind == 0 {
			return c, checkPadding(rest)
		}
		if kind <= last || kind > len(c.sections()) || len(rest) < 5 {
			break
		}
		length := uint64(binary.BigEndian.Uint32(rest[1:]))
		if rest = rest[5:]; length == 0 || length >= uint64(len(rest)) {
			break
		}
		c.set(kind-1, rest[:length])
		rest, last = rest[length:], kind
	}
	return nil, schemas.Refuse("profile.form", "")
}

func checkPadding(rest []byte) error {
	if len(bytes.Trim(rest, "\x00")) > 0 {
		return schemas.Refuse("profile.padding", "")
	}
	return nil
}

func (c *Container) set(section int, data []byte) {
	if section == disclosureSection {
		c.Disclosures = strings.Split(string(data), "~")
		return
	}
	*c.sections()[section] = data
}
