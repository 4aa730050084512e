package pki

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"schakel/schemas"
)

// Disclosure is one leaf of a message with its salt, in the form of RFC 9901,
// section 4.2.1, with the JSON Pointer as claim name. Its digest is that of the
// ASCII text (section 4.2.3).
type Disclosure struct {
	Salt   string
	Leaf   schemas.Leaf
	Text   string // base64url of ["<salt>", "<pointer>", <value>]
	Digest string
}

// SaltSize is the length of a salt in bytes. RFC 9901 asks for 16; a withheld
// value must not be guessable from its digest in a hundred years.
const SaltSize = 32

// Disclose makes the disclosure of a leaf with a fresh salt.
func Disclose(leaf schemas.Leaf) Disclosure {
	salt := make([]byte, SaltSize)
	rand.Read(salt)
	encoded := base64.RawURLEncoding.EncodeToString(salt)
	document := append([]byte(`["`+encoded+`",`), quoted(leaf.Pointer)...)
	document = append(append(append(document, ','), leaf.Value...), ']')
	text := base64.RawURLEncoding.EncodeToString(document)
	return Disclosure{encoded, leaf, text, schemas.Digest([]byte(text))}
}

// Disclose adds a disclosure of each leaf to a container, and returns their
// digests, with decoys among them, as the manifest lists them.
func (c *Container) Disclose(leaves []schemas.Leaf) []string {
	var disclosures []Disclosure
	for _, leaf := range leaves {
		disclosure := Disclose(leaf)
		disclosures = append(disclosures, disclosure)
		c.Disclosures = append(c.Disclosures, disclosure.Text)
	}
	return Digests(disclosures)
}

func quoted(text string) []byte {
	out, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		panic("pki: quote: " + err.Error()) // only for invalid UTF-8, refused before
	}
	return out
}

// ParseDisclosure reads one disclosure strictly.
func ParseDisclosure(text string) (Disclosure, error) {
	document, err := decodeBase64(base64.RawURLEncoding, text)
	if err != nil {
		return Disclosure{}, schemas.Refuse("sd.form", "")
	}
	var parts []schemas.Raw
	if err := json.Unmarshal(document, &parts); err != nil || len(parts) != 3 {
		return Disclosure{}, schemas.Refuse("sd.form", "")
	}
	d := Disclosure{Text: text, Digest: schemas.Digest([]byte(text))}
	if json.Unmarshal(parts[0], &d.Salt) != nil || json.Unmarshal(parts[1], &d.Leaf.Pointer) != nil {
		return Disclosure{}, schemas.Refuse("sd.form", "")
	}
	if salt, err := decodeBase64(base64.RawURLEncoding, d.Salt); err != nil || len(salt) < 16 {
		return Disclosure{}, schemas.Refuse("sd.salt", "")
	}
	if !schemas.Matches("pointer", d.Leaf.Pointer) {
		return Disclosure{}, schemas.Refuse("sd.pointer", "")
	}
	d.Leaf.Value = parts[2]
	return d, nil
}

// decodeBase64 decodes what was encoded in the one way there is. The library's
// strict decoders still pass over line breaks.
func decodeBase64(encoding *base64.Encoding, text string) ([]byte, error) {
	if at := strings.IndexAny(text, "\r\n"); at >= 0 {
		return nil, base64.CorruptInputError(at)
	}
	return encoding.Strict().DecodeString(text)
}

// MatchDisclosures parses disclosures and checks them against the digests of a
// signed manifest: each is referenced exactly once, no pointer stands twice
// (RFC 9901, section 7.1).
func MatchDisclosures(manifest *schemas.Manifest, texts []string) ([]Disclosure, error) {
	if err := checkDigests(manifest.SD); err != nil {
		return nil, err
	}
	if len(texts) > schemas.MaxLeaves {
		return nil, schemas.Refuse("limit.leaves", "")
	}
	seen := make(map[string]bool, len(texts))
	all := make([]Disclosure, 0, len(texts))
	for _, text := range texts {
		d, err := ParseDisclosure(text)
		if err != nil {
			return nil, err
		}
		if _, found := slices.BinarySearch(manifest.SD, d.Digest); !found {
			return nil, schemas.Refuse("sd.unreferenced", "")
		}
		if seen[d.Leaf.Pointer] {
			return nil, schemas.Refuse("sd.clash", d.Leaf.Pointer)
		}
		seen[d.Leaf.Pointer] = true
		all = append(all, d)
	}
	return all, nil
}

// checkDigests refuses a list that is not sorted, has a digest twice, or is not
// padded to a bucket.
func checkDigests(digests []string) error {
	if bucket(len(digests)) != len(digests) {
		return schemas.Refuse("sd.shape", "")
	}
	for i := 1; i < len(digests); i++ {
		if strings.Compare(digests[i-1], digests[i]) >= 0 {
			return schemas.Refuse("sd.shape", "")
		}
	}
	return nil
}

// Digests returns the sorted digests of disclosures, padded with decoys to the
// next bucket (RFC 9901, section 4.2.7).
func Digests(disclosures []Disclosure) []string {
	var digests []string
	for _, d := range disclosures {
		digests = append(digests, d.Digest)
	}
	for size := bucket(len(digests) + 1); len(digests) < size; {
		decoy := make([]byte, 32)
		rand.Read(decoy)
		digests = append(digests, base64.RawURLEncoding.EncodeToString(decoy))
	}
	slices.Sort(digests)
	return digests
}

// bucket is the smallest of 16, 32, 64 … 256 that holds n.
func bucket(n int) int {
	for size := 16; size <= schemas.MaxLeaves; size *= 2 {
		if n <= size {
			return size
		}
	}
	return -1
}
