package pki_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"schakel/pki"
	"schakel/schemas"
)

// The example of RFC 9901, section 4.2.3.
func TestADigestIsThatOfRFC9901(t *testing.T) {
	const text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
	if got, want := schemas.Digest([]byte(text)), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err := pki.ParseDisclosure(text)
	refused(t, err, "sd.pointer") // a claim name there, a JSON Pointer here
}

func TestADisclosureIsReadAsItWasWritten(t *testing.T) {
	for _, value := range []string{`"text"`, `"é ü \" \\ <>"`, `true`, `-5`, `["a","b"]`, `{"sealed":"AAAA"}`, `""`} {
		leaf := schemas.Leaf{Pointer: "/persons/0/name", Value: schemas.Raw(value)}
		written := pki.Disclose(leaf)
		read, err := pki.ParseDisclosure(written.Text)
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		if read.Leaf.Pointer != leaf.Pointer || string(read.Leaf.Value) != value || read.Digest != written.Digest || read.Salt != written.Salt {
			t.Errorf("%s: got %+v, want %+v", value, read, written)
		}
	}
}

func TestASaltIsFreshAndLong(t *testing.T) {
	leaf := schemas.Leaf{Pointer: "/minor", Value: schemas.Raw("true")}
	seen := map[string]bool{}
	for range 100 {
		d := pki.Disclose(leaf)
		salt := must(base64.RawURLEncoding.DecodeString(d.Salt))
		if len(salt) != pki.SaltSize || seen[d.Salt] || seen[d.Digest] {
			t.Fatalf("got salt %x", salt)
		}
		seen[d.Salt], seen[d.Digest] = true, true
	}
}

func TestDigestsAreSortedAndPaddedSoThatNobodyCanCountLeaves(t *testing.T) {
	for n, want := range map[int]int{0: 16, 1: 16, 15: 16, 16: 32, 31: 32, 32: 64, 100: 128, schemas.MaxLeaves - 1: schemas.MaxLeaves, schemas.MaxLeaves: schemas.MaxLeaves} {
		all := leaves(n)
		digests := pki.Digests(all)
		if len(digests) != want || !slices.IsSorted(digests) {
			t.Errorf("%d leaves: got %d digests, sorted %v, want %d", n, len(digests), slices.IsSorted(digests), want)
		}
		for _, d := range all {
			if !slices.Contains(digests, d.Digest) {
				t.Errorf("%d leaves: a digest is missing", n)
			}
		}
		for _, digest := range digests {
			if !schemas.Matches("digest", digest) {
				t.Errorf("%d leaves: a decoy looks otherwise: %s", n, digest)
			}
		}
	}
}

func TestAnySubsetOfTheDisclosuresMatches(t *testing.T) {
	all := leaves(4)
	manifest := &schemas.Manifest{SD: pki.Digests(all)}
	for subset := range 1 << len(all) {
		var texts []string
		for i, d := range all {
			if subset>>i&1 == 1 {
				texts = append(texts, d.Text)
			}
		}
		slices.Reverse(texts) // the order says nothing
		matched, err := pki.MatchDisclosures(manifest, texts)
		if err != nil || len(matched) != len(texts) {
			t.Errorf("subset %04b: got %d, %v", subset, len(matched), err)
		}
	}
}

func TestDisclosuresThatDoNotMatchAreRefused(t *testing.T) {
	all := leaves(4)
	honest := pki.Digests(all)
	one, foreign := all[0].Text, pki.Disclose(all[0].Leaf)
	swapped := slices.Clone(honest)
	swapped[3], swapped[4] = swapped[4], swapped[3]
	double := slices.Clone(honest)
	double[5] = double[4]
	both := slices.Clone(honest)
	decoy := slices.IndexFunc(both, func(d string) bool {
		return !slices.ContainsFunc(all, func(real pki.Disclosure) bool { return real.Digest == d })
	})
	both[decoy] = foreign.Digest
	slices.Sort(both)
	for _, c := range []struct {
		name    string
		digests []string
		texts   []string
		code    schemas.Code
	}{
		{"not signed", honest, []string{foreign.Text}, "sd.unreferenced"},
		{"same one twice", honest, []string{one, one}, "sd.clash"},
		{"two for one place", both, []string{one, foreign.Text}, "sd.clash"},
		{"one letter changed", honest, []string{"A" + one[1:]}, "sd.form"},
		{"digests not sorted", swapped, nil, "sd.shape"},
		{"digest twice", double, nil, "sd.shape"},
		{"one digest too many", append(slices.Clone(honest), strings.Repeat("z", 43)), nil, "sd.shape"},
		{"one digest too few", honest[1:], nil, "sd.shape"},
		{"no digests", nil, nil, "sd.shape"},
		{"more than a message has leaves", honest, slices.Repeat([]string{one}, schemas.MaxLeaves+1), "limit.leaves"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pki.MatchDisclosures(&schemas.Manifest{SD: c.digests}, c.texts)
			refused(t, err, c.code)
		})
	}
}

func leaves(n int) []pki.Disclosure {
	var all []pki.Disclosure
	for i := range n {
		all = append(all, pki.Disclose(schemas.Leaf{Pointer: fmt.Sprintf("/field%d", i), Value: schemas.Raw(`"value"`)}))
	}
	return all
}
