package connectors

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

// witnessed is a log as a connector sees it, with everything that it stores.
type witnessed struct {
	t      *testing.T
	name   string
	signer note.Signer
	tiles  map[string][]byte
	tree   *tlog.Tree
}

func newWitnessed(t *testing.T, name string, signer note.Signer) *witnessed {
	t.Helper()
	w := &witnessed{t: t, name: name, signer: signer, tiles: map[string][]byte{}}
	tree, err := tlog.OpenTree(tlog.Checkpoint{}, w)
	if err != nil {
		t.Fatal(err)
	}
	w.tree = tree
	return w
}

func logSigner(t *testing.T) note.Signer {
	t.Helper()
	private, _, err := note.GenerateKey(rand.Reader, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

func (w *witnessed) ReadTile(level int, n int64) ([]byte, error) {
	return w.tiles[fmt.Sprint(level, "/", n)], nil
}

// grow adds entries and returns the new head, signed.
func (w *witnessed) grow(entries int) (tlog.Checkpoint, []byte) {
	w.t.Helper()
	var leaves []tlog.Hash
	for range entries {
		leaves = append(leaves, tlog.LeafHash(tlog.Opening{Salt: make([]byte, 32), Entry: fmt.Appendf(nil, "%s %d %d", w.name, w.tree.Size(), len(leaves))}))
	}
	tiles, err := w.tree.Append(leaves)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, tile := range tiles {
		w.tiles[fmt.Sprint(tile.Level, "/", tile.N)] = tile.Data
	}
	root, err := w.tree.Root()
	if err != nil {
		w.t.Fatal(err)
	}
	head := tlog.Checkpoint{Origin: "log.example", Size: w.tree.Size(), Root: root}
	signed, err := head.Sign(w.signer)
	if err != nil {
		w.t.Fatal(err)
	}
	return head, signed
}

// since proves that the log has grown from a size to what it is.
func (w *witnessed) since(size int64) []byte {
	w.t.Helper()
	grown, err := w.tree.ProveConsistency(w.tree.Size(), size)
	if err != nil {
		w.t.Fatal(err)
	}
	return grown.Marshal()
}

func wantWitnessed(t *testing.T, err error, want schemas.Code) {
	t.Helper()
	refusal := schemas.Refused(err)
	switch {
	case want == "" && err != nil:
		t.Errorf("got %v, want it to be believed", err)
	case want != "" && (refusal == nil || refusal.Code != want):
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestTheNewestHeadIsTheOneThatIsNamed(t *testing.T) {
	log, state := newWitnessed(t, "log", logSigner(t)), &logState{}
	if seen := state.newest(); seen != (schemas.Seen{}) {
		t.Errorf("before anything was seen: %+v", seen)
	}
	first, signedFirst := log.grow(3)
	second, signedSecond := log.grow(2)
	wantWitnessed(t, state.witness(second, signedSecond, log.since(0)), "")
	wantWitnessed(t, state.witness(first, signedFirst, nil), "") // it came later and is older
	want := schemas.Seen{Size: 5, Root: base64.StdEncoding.EncodeToString(second.Root[:])}
	if seen := state.newest(); seen != want {
		t.Errorf("got %+v, want %+v", seen, want)
	}
}

func TestALogThatGrowsIsBelieved(t *testing.T) {
	log, state := newWitnessed(t, "log", logSigner(t)), &logState{}
	for range 2 * keepSeen {
		before := log.tree.Size()
		head, signed := log.grow(3)
		wantWitnessed(t, state.witness(head, signed, log.since(before)), "")
		wantWitnessed(t, state.witness(head, signed, log.since(before)), "") // as often as it comes
	}
	if len(state.Heads) != keepSeen || len(state.Forks) > 0 {
		t.Errorf("%d heads and %d forks are kept, want %d and none", len(state.Heads), len(state.Forks), keepSeen)
	}
	for _, head := range state.Heads[:keepSeen-1] {
		if !head.Proven {
			t.Errorf("the head of %d is not proven", head.Size)
		}
	}
}

// Two heads that contradict each other are the evidence: both stay, as signed.
func TestAForkIsRefusedAndKept(t *testing.T) {
	signer := logSigner(t)
	log, other := newWitnessed(t, "log", signer), newWitnessed(t, "other", signer)
	first, signedFirst := log.grow(4)
	same, signedSame := other.grow(4)
	longer, signedLonger := other.grow(4)
	for name, fork := range map[string]struct {
		head        tlog.Checkpoint
		signed      []byte
		consistency []byte
	}{
		"of the same size":                       {same, signedSame, nil},
		"with a proof that does not lead to it":  {longer, signedLonger, other.since(4)},
		"of the same size, with a proof from it": {same, signedSame, other.since(4)},
	} {
		t.Run(name, func(t *testing.T) {
			state := &logState{}
			wantWitnessed(t, state.witness(first, signedFirst, nil), "")
			consistency := fork.consistency
			wantWitnessed(t, state.witness(fork.head, fork.signed, consistency), "rcp.fork")
			if len(state.Forks) != 1 || !strings.Contains(state.Forks[0], string(signedFirst)) || !strings.Contains(state.Forks[0], string(fork.signed)) {
				t.Errorf("the evidence is %q, want both heads", state.Forks)
			}
			if got := state.newest().Size; got != first.Size {
				t.Errorf("the newest head is of %d, want the one believed first, of %d", got, first.Size)
			}
		})
	}
}

func TestAProofOfGrowthThatIsNoneIsRefused(t *testing.T) {
	log, state := newWitnessed(t, "log", logSigner(t)), &logState{}
	first, signedFirst := log.grow(4)
	wantWitnessed(t, state.witness(first, signedFirst, nil), "")
	proof := log.since(2)
	head, signed := log.grow(4)
	for name, consistency := range map[string][]byte{"empty": {}, "cut off": log.since(4)[:10], "to another head": proof} {
		if err := state.witness(head, signed, consistency); schemas.Refused(err) == nil || schemas.Refused(err).Code != "rcp.proof" {
			t.Errorf("%s: got %v, want rcp.proof", name, err)
		}
	}
	if got := state.newest().Size; got != first.Size {
		t.Errorf("the newest head is of %d, want %d", got, first.Size)
	}
	wantWitnessed(t, state.witness(head, signed, log.since(4)), "")
}
