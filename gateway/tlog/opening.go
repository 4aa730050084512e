package tlog

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is an RFC 6962 tree hash.
type Hash = tlog.Hash

// SaltSize is the length of the salt of an opening, in bytes.
const SaltSize = 32

// Opening is what turns an anonymous leaf into a statement: the entry and the
// salt it was committed with.
type Opening struct {
	Salt  []byte
	Entry []byte
}

// NewSalt returns a fresh salt.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt)
	return salt
}

// Commit returns the leaf of an opening: SHA-256 over a label, the salt and the
// entry, each with its length.
func Commit(o Opening) [sha256.Size]byte {
	h := sha256.New()
	for _, part := range [][]byte{[]byte("schakel/entry/1"), o.Salt, o.Entry} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// LeafHash returns the tree hash of a leaf (RFC 6962, section 2.1).
func LeafHash(o Opening) Hash {
	leaf := Commit(o)
	return tlog.RecordHash(leaf[:])
}

// Marshal writes an opening as the salt followed by the entry.
func (o Opening) Marshal() []byte { return append(append([]byte{}, o.Salt...), o.Entry...) }

// ParseOpening reads what Marshal wrote.
func ParseOpening(data []byte) (Opening, error) {
	if len(data) <= SaltSize {
		return Opening{}, errors.New("tlog: opening too short")
	}
	return Opening{Salt: data[:SaltSize], Entry: data[SaltSize:]}, nil
}
