package tlog_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"schakel/gateway/tlog"
)

// refused reports an error unless a proof, as text, cannot be read or does not
// hold.
func refused(t *testing.T, l *log, what string, text []byte) {
	t.Helper()
	proof, err := tlog.ParseProof(text)
	if err == nil {
		_, err = proof.Verify(l.verifier)
	}
	if !errors.Is(err, tlog.ErrProof) && !errors.Is(err, tlog.ErrCheckpoint) {
		t.Errorf("%s: got %v, want a refusal, of\n%s", what, err, text)
	}
}

func TestEveryEntryIsProvenUnderEveryLaterHead(t *testing.T) {
	l := newLog(t, 70)
	for size := int64(1); size <= 70; size++ {
		for index := range size {
			proof, err := tlog.ParseProof(l.prove(size, index).Marshal())
			if err != nil {
				t.Fatalf("entry %d in %d: %v", index, size, err)
			}
			if head, err := proof.Verify(l.verifier); err != nil || head != l.head(size) {
				t.Fatalf("entry %d in %d: got %v, %v", index, size, head, err)
			}
		}
	}
}

// A proof says where its entry stands, and which entry it is.
func TestProofHoldsForOneEntryAtOnePlace(t *testing.T) {
	l := newLog(t, 20)
	for size := int64(1); size <= 20; size++ {
		for index := range size {
			for claimed := range size + 2 {
				moved, other := l.prove(size, index), l.prove(size, index)
				moved.Index, other.Opening = claimed, opening(int(claimed))
				if err := moved.Shows(l.head(size)); (err == nil) != (claimed == index) {
					t.Errorf("entry %d of %d at %d: got %v", index, size, claimed, err)
				}
				if err := other.Shows(l.head(size)); (err == nil) != (claimed == index) {
					t.Errorf("entry %d of %d in the place of %d: got %v", claimed, size, index, err)
				}
			}
		}
	}
}

func TestProofWithItsHashesChangedIsRefused(t *testing.T) {
	l := newLog(t, 13)
	whole := l.prove(13, 5)
	for what, hashes := range map[string][]tlog.Hash{
		"none":           nil,
		"one fewer":      whole.Hashes[:len(whole.Hashes)-1],
		"the first gone": whole.Hashes[1:],
		"one more":       append(whole.Hashes[:len(whole.Hashes):len(whole.Hashes)], tlog.Hash{}),
		"one twice":      append(whole.Hashes[:1:1], whole.Hashes...),
		"two swapped":    append([]tlog.Hash{whole.Hashes[1], whole.Hashes[0]}, whole.Hashes[2:]...),
		"sixty-three":    make([]tlog.Hash, 63),
		"sixty-four":     make([]tlog.Hash, 64),
	} {
		changed := whole
		changed.Hashes = hashes
		refused(t, l, what, changed.Marshal())
	}
}

func TestProofUnderAHeadOfAnotherTreeIsRefused(t *testing.T) {
	l := newLog(t, 13)
	proof := l.prove(13, 5)
	for _, size := range []int64{0, 5, 6, 12} {
		proof.Checkpoint = l.sign(l.head(size))
		refused(t, l, fmt.Sprintf("head of %d", size), proof.Marshal())
	}
	other, _ := key(t, origin, "other")
	proof.Checkpoint, _ = l.head(13).Sign(other)
	refused(t, l, "head of another key", proof.Marshal())
}

func TestEveryFlippedBitOfAProofIsRefused(t *testing.T) {
	l := newLog(t, 5)
	text := l.prove(5, 2).Marshal()
	flips(text, func(flipped []byte, bit int) {
		refused(t, l, fmt.Sprintf("bit %d", bit), flipped)
	})
}

func TestEveryBeginningOfAProofIsRefused(t *testing.T) {
	l := newLog(t, 5)
	text := l.prove(5, 2).Marshal()
	for length := range text {
		refused(t, l, fmt.Sprintf("%d bytes", length), text[:length])
	}
}

// One proof has one text: what says the same in other words is refused.
func TestProofInOtherWordsIsRefused(t *testing.T) {
	l := newLog(t, 5)
	proof := l.prove(5, 2)
	text := string(proof.Marshal())
	extra := base64.StdEncoding.EncodeToString(proof.Opening.Marshal())
	for what, changed := range map[string]string{
		"nothing":                    "",
		"another version":            strings.Replace(text, "@v1", "@v2", 1),
		"another header":             strings.Replace(text, "c2sp.org/tlog-proof", "c2sp.org/tlog-witness", 1),
		"a line end in front":        "\n" + text,
		"a line end after":           text + "\n",
		"lines ended with CR and LF": strings.ReplaceAll(text, "\n", "\r\n"),
		"no extra data":              strings.Replace(text, "extra "+extra+"\n", "", 1),
		"empty extra data":           strings.Replace(text, extra, "", 1),
		"extra data twice":           strings.Replace(text, "extra ", "extra "+extra+"\nextra ", 1),
		"extra data without a word":  strings.Replace(text, "extra ", "", 1),
		"only a salt":                strings.Replace(text, extra, base64.StdEncoding.EncodeToString(proof.Opening.Salt), 1),
		"index before extra":         strings.Replace(text, "extra "+extra+"\nindex 2\n", "index 2\nextra "+extra+"\n", 1),
		"no index":                   strings.Replace(text, "index 2\n", "", 1),
		"an index with a zero":       strings.Replace(text, "index 2", "index 02", 1),
		"an index with a plus":       strings.Replace(text, "index 2", "index +2", 1),
		"a negative index":           strings.Replace(text, "index 2", "index -2", 1),
		"an index with a fraction":   strings.Replace(text, "index 2", "index 2.0", 1),
		"an index too large":         strings.Replace(text, "index 2", "index 9223372036854775808", 1),
		"the index of the size":      strings.Replace(text, "index 2", "index 5", 1),
		"a hash in hexadecimal":      strings.Replace(text, proof.Hashes[0].String(), fmt.Sprintf("%x", proof.Hashes[0][:]), 1),
		"an empty line more":         strings.Replace(text, "\n\n", "\n\n\n", 1),
		"no empty line":              strings.Replace(text, "\n\n", "\n", 1),
		"no checkpoint":              text[:strings.Index(text, "\n\n")+2],
		"two checkpoints":            text + string(proof.Checkpoint),
	} {
		if changed == text {
			t.Fatalf("%s: the text is the same", what)
		}
		refused(t, l, what, []byte(changed))
	}
}

func TestProofTooLongToBeReadIsRefused(t *testing.T) {
	l := newLog(t, 1)
	long := tlog.Opening{Salt: make([]byte, tlog.SaltSize), Entry: bytes.Repeat([]byte("x"), tlog.MaxProof)}
	l.append([]tlog.Hash{tlog.LeafHash(long)})
	proof := l.prove(2, 1)
	proof.Opening = long
	refused(t, l, "longer than MaxProof", proof.Marshal())
}

// parsedAgain sends a consistency proof through its text.
func parsedAgain(t *testing.T, proof tlog.Consistency) tlog.Consistency {
	t.Helper()
	parsed, err := tlog.ParseConsistency(proof.Marshal())
	if err != nil {
		t.Fatalf("%v, of\n%s", err, proof.Marshal())
	}
	return parsed
}

func TestGrowthIsProvenBetweenAllHeads(t *testing.T) {
	l := newLog(t, 40)
	for size := range int64(41) {
		for old := range size + 1 {
			if err := parsedAgain(t, l.proveGrowth(size, old)).Verify(l.head(old), l.head(size)); err != nil {
				t.Errorf("from %d to %d: %v", old, size, err)
			}
		}
	}
}

// A log that changed one entry of its past cannot prove that it only grew,
// whichever entry it was, and neither proof of the two histories helps.
func TestForkIsNotProven(t *testing.T) {
	const size = 40
	honest := newLog(t, size)
	for changed := range int64(size) {
		forked := newLog(t, 0)
		history := leaves(size)
		history[changed] = tlog.LeafHash(opening(1000))
		forked.append(history)
		for old := changed + 1; old <= size; old++ { // before it, both are one log
			for _, proof := range []tlog.Consistency{honest.proveGrowth(size, old), forked.proveGrowth(size, old)} {
				if err := proof.Verify(honest.head(old), forked.head(size)); !errors.Is(err, tlog.ErrProof) {
					t.Fatalf("entry %d changed, from %d to %d: got %v, want ErrProof", changed, old, size, err)
				}
			}
		}
	}
}

func TestConsistencyOfOtherHeadsIsRefused(t *testing.T) {
	l := newLog(t, 20)
	proof := l.proveGrowth(20, 7)
	for what, heads := range map[string][2]int64{
		"an older one":     {6, 20},
		"a later one":      {8, 20},
		"an earlier end":   {7, 19},
		"turned round":     {20, 7},
		"nothing as start": {0, 20},
		"the same twice":   {20, 20},
	} {
		if err := proof.Verify(l.head(heads[0]), l.head(heads[1])); !errors.Is(err, tlog.ErrProof) {
			t.Errorf("%s: got %v, want ErrProof", what, err)
		}
	}
}

func TestConsistencyWithItsHashesChangedIsRefused(t *testing.T) {
	l := newLog(t, 20)
	for _, from := range []int64{0, 7, 20} {
		whole := l.proveGrowth(20, from)
		more, fewer := whole, whole
		more.Hashes = append(whole.Hashes[:len(whole.Hashes):len(whole.Hashes)], tlog.Hash{})
		if more.Verify(l.head(from), l.head(20)) == nil {
			t.Errorf("from %d: a hash more was accepted", from)
		}
		if len(whole.Hashes) == 0 {
			continue
		}
		fewer.Hashes = whole.Hashes[1:]
		if fewer.Verify(l.head(from), l.head(20)) == nil {
			t.Errorf("from %d: a hash less was accepted", from)
		}
	}
}

func TestEveryFlippedBitOfAConsistencyProofIsRefused(t *testing.T) {
	l := newLog(t, 5)
	flips(l.proveGrowth(5, 3).Marshal(), func(flipped []byte, bit int) {
		proof, err := tlog.ParseConsistency(flipped)
		if err == nil {
			err = proof.Verify(l.head(3), l.head(5))
		}
		if !errors.Is(err, tlog.ErrProof) {
			t.Errorf("bit %d: got %v, want ErrProof, of\n%s", bit, err, flipped)
		}
	})
}

func TestConsistencyInOtherWordsIsRefused(t *testing.T) {
	l := newLog(t, 5)
	text := string(l.proveGrowth(5, 3).Marshal())
	for what, changed := range map[string]string{
		"nothing":              "",
		"another header":       strings.Replace(text, "/1\n", "/2\n", 1),
		"no line end":          strings.TrimSuffix(text, "\n"),
		"an empty line more":   text + "\n",
		"a size with a zero":   strings.Replace(text, "old 3", "old 03", 1),
		"a size with a plus":   strings.Replace(text, "new 5", "new +5", 1),
		"sizes turned round":   strings.Replace(text, "old 3\nnew 5", "new 5\nold 3", 1),
		"a size missing":       strings.Replace(text, "old 3\n", "", 1),
		"a word more":          strings.Replace(text, "new 5", "new 5 entries", 1),
		"a carriage return":    strings.Replace(text, "new 5\n", "new 5\r\n", 1),
		"a hash of 31 bytes":   text + base64.StdEncoding.EncodeToString(make([]byte, 31)) + "\n",
		"a hash without a sum": text + "=\n",
		"too many hashes":      text + strings.Repeat(tlog.Hash{}.String()+"\n", 63),
		"too long":             text + strings.Repeat("A", tlog.MaxProof),
	} {
		if _, err := tlog.ParseConsistency([]byte(changed)); !errors.Is(err, tlog.ErrProof) {
			t.Errorf("%s: got %v, want ErrProof", what, err)
		}
	}
}

func TestWhatTheLogDoesNotHoldCannotBeProven(t *testing.T) {
	l := newLog(t, 5)
	for _, index := range []int64{-1, 5, 6} {
		if _, err := l.tree.Prove(5, index); err == nil {
			t.Errorf("entry %d of 5 was proven", index)
		}
	}
	if _, err := l.tree.Prove(6, 5); err == nil {
		t.Error("an entry of a tree of 6 was proven by a log of 5")
	}
	for _, old := range []int64{-1, 6} {
		if _, err := l.tree.ProveConsistency(5, old); err == nil {
			t.Errorf("growth from %d to 5 was proven", old)
		}
	}
}
