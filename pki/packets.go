package pki

import (
	"encoding/binary"

	"schakel/schemas"
)

// Packet type ids (RFC 9580, section 5).
const (
	tagPKESK      = 1
	tagSignature  = 2
	tagSKESK      = 3
	tagSecretKey  = 5
	tagPublicKey  = 6
	tagSecretSub  = 7
	tagCompressed = 8
	tagEncrypted  = 9
	tagLiteral    = 11
	tagUserID     = 13
	tagPublicSub  = 14
	tagAttribute  = 17
	tagSEIPD      = 18
)

// pgpPacket is one packet of a sequence, its partial bodies joined.
type pgpPacket struct {
	tag  int
	body []byte
}

// Limits of the grammar, before the library parses anything.
const (
	maxPackets      = 8
	minFirstPartial = 512 // RFC 9580, section 4.2.1.4
)

// splitPackets reads the headers of an OpenPGP packet sequence and refuses what
// is no sequence, claims more bytes than there are, or has more than max
// packets. It copies bodies only where they come in parts.
func splitPackets(data []byte, max int) ([]pgpPacket, error) {
	var packets []pgpPacket
	for len(data) > 0 {
		if len(packets) == max {
			return nil, schemas.Refuse("limit.packets", "")
		}
		p, rest, err := nextPacket(data)
		if err != nil {
			return nil, err
		}
		packets = append(packets, p)
		data = rest
	}
	return packets, nil
}

func nextPacket(data []byte) (pgpPacket, []byte, error) {
	first := data[0]
	switch {
	case first&0x80 == 0:
		return pgpPacket{}, nil, schemas.Refuse("drop.not-openpgp", "")
	case first&0x40 != 0:
		return newFormat(int(first&0x3F), data[1:])
	}
	return oldFormat(first, data[1:])
}

// oldFormat reads a header of RFC 9580, section 4.2.2. GnuPG still writes them.
func oldFormat(first byte, data []byte) (pgpPacket, []byte, error) {
	octets := 1 << (first & 3)
	if octets == 8 { // indeterminate length
		return pgpPacket{}, nil, schemas.Refuse("profile.length", "")
	}
	if len(data) < octets {
		return pgpPacket{}, nil, schemas.Refuse("drop.not-openpgp", "")
	}
	length := uint64(0)
	for _, b := range data[:octets] {
		length = length<<8 | uint64(b)
	}
	return take(int(first>>2&0xF), length, data[octets:])
}

// newFormat reads a header of RFC 9580, section 4.2.1, joining partial bodies.
func newFormat(tag int, data []byte) (pgpPacket, []byte, error) {
	length, partial, rest, err := newLength(data)
	if err != nil || !partial {
		if err != nil {
			return pgpPacket{}, nil, err
		}
		return take(tag, length, rest)
	}
	if length < minFirstPartial {
		return pgpPacket{}, nil, schemas.Refuse("profile.partial-length", "")
	}
	joined := pgpPacket{tag: tag}
	for {
		part, after, err := take(tag, length, rest)
		if err != nil {
			return pgpPacket{}, nil, err
		}
		joined.body = append(joined.body, part.body...)
		if !partial {
			return joined, after, nil
		}
		if length, partial, rest, err = newLength(after); err != nil {
			return pgpPacket{}, nil, err
		}
	}
}

func newLength(data []byte) (length uint64, partial bool, rest []byte, err error) {
	if len(data) == 0 {
		return 0, false, nil, schemas.Refuse("drop.not-openpgp", "")
	}
	switch first := data[0]; {
	case first < 192:
		return uint64(first), false, data[1:], nil
	case first < 224 && len(data) >= 2:
		return uint64(first-192)<<8 + uint64(data[1]) + 192, false, data[2:], nil
	case first == 255 && len(data) >= 5:
		return uint64(binary.BigEndian.Uint32(data[1:5])), false, data[5:], nil
	case first >= 224 && first < 255:
		return 1 << (first & 0x1F), true, data[1:], nil
	}
	return 0, false, nil, schemas.Refuse("drop.not-openpgp", "")
}

func take(tag int, length uint64, data []byte) (pgpPacket, []byte, error) {
	if length > uint64(len(data)) {
		return pgpPacket{}, nil, schemas.Refuse("limit.packet", "")
	}
	return pgpPacket{tag, data[:length]}, data[length:], nil
}

// appendPacket writes a packet in the new format with a five-octet length.
func appendPacket(out []byte, tag int, body ...[]byte) []byte {
	length := 0
	for _, part := range body {
		length += len(part)
	}
	out = append(out, 0xC0|byte(tag), 255)
	out = binary.BigEndian.AppendUint32(out, uint32(length))
	for _, part := range body {
		out = append(out, part...)
	}
	return out
}
