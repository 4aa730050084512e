package pki_test

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"sync"
	"testing"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

// everyBit calls try with each copy of data in which one bit is flipped. It uses
// all processors: there are tens of thousands.
func everyBit(data []byte, try func(bit int, flipped []byte)) {
	var all sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		all.Go(func() {
			for bit := worker; bit < 8*len(data); bit += workers {
				flipped := bytes.Clone(data)
				flipped[bit/8] ^= 1 << (bit % 8)
				try(bit, flipped)
			}
		})
	}
	all.Wait()
}

// unprotected are the bits of the session key packet that OpenPGP itself does
// not look at in profile v4, by octet: how long in bits the point says it is, its
// prefix, and the top bit of its last octet (RFC 9580, sections 3.2 and 9.2, RFC
// 7748, section 5). Profile v6 has none.
var unprotected = map[int]byte{13: 0x07, 14: 0xFF, 46: 0x80}

func TestASealedSubmissionWithOneBitFlippedIsRefusedOrIsTheSame(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		sealed := w.Submission().Sealed()
		honest := must(pki.Open(sealed, w.Expect(pki.Submission))).Marshal()
		everyBit(sealed, func(bit int, flipped []byte) {
			opened, err := pki.Open(flipped, w.Expect(pki.Submission))
			switch {
			case schemas.Refused(err) != nil:
			case err != nil:
				t.Errorf("bit %d: fault instead of refusal: %v", bit, err)
			case w.Profile == pki.ProfileV6 || unprotected[bit/8]&(1<<(bit%8)) == 0:
				t.Errorf("bit %d: accepted", bit)
			case !bytes.Equal(opened.Marshal(), honest):
				t.Errorf("bit %d: opened as something else", bit)
			}
		})
	})
}

func TestASealedSubmissionCutShortIsRefused(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		sealed := w.Submission().Sealed()
		for n := range sealed {
			if _, err := pki.Open(sealed[:n], w.Expect(pki.Submission)); schemas.Refused(err) == nil {
				t.Errorf("first %d octets: got %v, want a refusal", n, err)
			}
		}
	})
}

// What the sender signs is all that he packs but his own signature. In it OpenPGP
// version 4 does not look at the first two octets of the digest and at how long
// in bits the numbers say they are (RFC 9580, sections 5.2.3 and 3.2). For these
// the entry in the log has the digest of the signature as it came.
func TestAnOpenedContainerWithOneBitFlippedIsRefusedOrHasAnotherSignature(t *testing.T) {
	t.Run("v6", func(t *testing.T) {
		s := v6().Submission()
		padded := s.Padded()
		content := len(s.Honest.Marshal()) // behind it are zeros
		try := flippedInside(t, v6(), s)
		everyBit(padded[:content], func(bit int, flipped []byte) { try(bit, append(flipped, padded[content:]...)) })
	})
	t.Run("v4, the signature", func(t *testing.T) { // what else is in it differs in nothing from v6
		s := v4().Submission()
		padded := s.Padded()
		at := bytes.Index(padded, s.Honest.Signature)
		try := flippedInside(t, v4(), s)
		everyBit(s.Honest.Signature, func(bit int, flipped []byte) {
			whole := bytes.Clone(padded)
			copy(whole[at:], flipped)
			try(8*at+bit, whole)
		})
	})
}

// flippedInside seals a changed container as an honest one would be.
func flippedInside(t *testing.T, w *forge.World, s forge.Scene) func(bit int, flipped []byte) {
	seal := s.Sealer()
	return func(bit int, flipped []byte) {
		opened, err := pki.Open(seal(flipped), w.Expect(pki.Submission))
		switch {
		case schemas.Refused(err) != nil:
		case err != nil:
			t.Errorf("bit %d: fault instead of refusal: %v", bit, err)
		case w.Profile == pki.ProfileV6:
			t.Errorf("bit %d: accepted", bit)
		case schemas.Digest(opened.Signature) == schemas.Digest(s.Honest.Signature):
			t.Errorf("bit %d: accepted, and no digest in the log shows it", bit)
		case !bytes.Equal(opened.Manifest, s.Honest.Manifest) || len(opened.Disclosures) != len(s.Honest.Disclosures):
			t.Errorf("bit %d: opened as something else", bit)
		}
	}
}

func TestPaddingWithOneBitFlippedIsRefused(t *testing.T) {
	s := v4().Submission()
	padding := s.Padded()[len(s.Honest.Marshal()):]
	everyBit(padding, func(bit int, flipped []byte) {
		_, err := pki.UnmarshalContainer(append(s.Honest.Marshal(), flipped...))
		refused(t, err, "profile.padding")
	})
}

func TestAnOpenedContainerCutShortIsRefused(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		s := w.Submission()
		seal, whole := s.Sealer(), s.Honest.Marshal()
		for n := range len(whole) - 1 { // the last octet is the end mark: padding is the same
			cut := append(bytes.Clone(whole[:n]), make([]byte, pki.Classes[0]-n)...)
			if _, err := pki.Open(seal(cut), w.Expect(pki.Submission)); schemas.Refused(err) == nil {
				t.Errorf("first %d octets: got %v, want a refusal", n, err)
			}
		}
	})
}

func TestADisclosureIsNotDividedOtherwiseThanTheSenderDid(t *testing.T) {
	w := v4()
	s := w.Submission()
	padded := s.Padded()
	text := []byte(s.Honest.Disclosures[1])
	at := bytes.Index(padded, text)
	padded[at+len(text)/2] = '~'
	_, err := pki.Open(s.Sealer()(padded), w.Expect(pki.Submission))
	if family := schemas.Refused(err).Code.Family(); family != "sd" {
		t.Errorf("got %v, want a refusal of the family sd", err)
	}
}

func TestLengthsInAContainerAreNotBelieved(t *testing.T) {
	padded := v4().Submission().Padded()
	for _, length := range []uint32{0, 1, uint32(len(padded)), 1 << 31, 1<<32 - 1} {
		binary.BigEndian.PutUint32(padded[9:], length)
		if _, err := pki.UnmarshalContainer(padded); schemas.Refused(err) == nil {
			t.Errorf("section of %d octets: got %v, want a refusal", length, err)
		}
	}
}
