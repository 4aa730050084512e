package tlog_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"golang.org/x/mod/sumdb/note"
	merkle "golang.org/x/mod/sumdb/tlog"

	"schakel/gateway/tlog"
)

const origin = "log.example/schakel"

// seeded is a source of the same bytes in every run.
func seeded(seed string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

// key makes a log key; the same seed gives the same key.
func key(t *testing.T, name, seed string) (note.Signer, note.Verifier) {
	t.Helper()
	private, public, err := note.GenerateKey(seeded(seed), name)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	return signer, verifier
}

// shelf keeps tiles as a store would, the newest of each place.
type shelf map[[2]int64][]byte

func (s shelf) ReadTile(level int, n int64) ([]byte, error) {
	data, ok := s[[2]int64{int64(level), n}]
	if !ok {
		return nil, fmt.Errorf("no tile %d/%d", level, n)
	}
	return data, nil
}

func (s shelf) put(tiles []tlog.Tile) {
	for _, tile := range tiles {
		s[[2]int64{int64(tile.Level), tile.N}] = tile.Data
	}
}

// opening is the n-th entry of every log here.
func opening(n int) tlog.Opening {
	salt := sha256.Sum256(fmt.Append(nil, "salt ", n))
	return tlog.Opening{Salt: salt[:], Entry: fmt.Append(nil, "entry ", n)}
}

// leaves are the tree hashes of the first openings.
func leaves(count int) []tlog.Hash {
	all := make([]tlog.Hash, count)
	for n := range all {
		all[n] = tlog.LeafHash(opening(n))
	}
	return all
}

// log is a log with its key and everything that it stores.
type log struct {
	t        *testing.T
	signer   note.Signer
	verifier note.Verifier
	shelf    shelf
	tree     *tlog.Tree
	signed   []byte // newest checkpoint, as it is served
	heads    map[tlog.Checkpoint][]byte
}

// newLog returns a log with the first openings in it.
func newLog(t *testing.T, size int) *log {
	t.Helper()
	l := &log{t: t, shelf: shelf{}, heads: map[tlog.Checkpoint][]byte{}}
	l.signer, l.verifier = key(t, origin, "log")
	var err error
	if l.tree, err = tlog.OpenTree(tlog.Checkpoint{}, l.shelf); err != nil {
		t.Fatal(err)
	}
	l.append(leaves(size))
	return l
}

func (l *log) append(leaves []tlog.Hash) {
	l.t.Helper()
	tiles, err := l.tree.Append(leaves)
	if err != nil {
		l.t.Fatal(err)
	}
	l.shelf.put(tiles)
	l.signed = l.sign(l.head(l.tree.Size()))
}

// head is the checkpoint that the log had at a size.
func (l *log) head(size int64) tlog.Checkpoint {
	l.t.Helper()
	root, err := l.tree.RootAt(size)
	if err != nil {
		l.t.Fatal(err)
	}
	return tlog.Checkpoint{Origin: origin, Size: size, Root: root}
}

// sign signs each head once.
func (l *log) sign(head tlog.Checkpoint) []byte {
	l.t.Helper()
	if l.heads[head] == nil {
		signed, err := head.Sign(l.signer)
		if err != nil {
			l.t.Fatal(err)
		}
		l.heads[head] = signed
	}
	return l.heads[head]
}

// prove proves an entry under the checkpoint of a size.
func (l *log) prove(size, index int64) tlog.Proof {
	l.t.Helper()
	hashes, err := l.tree.Prove(size, index)
	if err != nil {
		l.t.Fatalf("prove entry %d in %d: %v", index, size, err)
	}
	return tlog.Proof{Opening: opening(int(index)), Index: index, Hashes: hashes, Checkpoint: l.sign(l.head(size))}
}

func (l *log) proveGrowth(size, old int64) tlog.Consistency {
	l.t.Helper()
	grown, err := l.tree.ProveConsistency(size, old)
	if err != nil {
		l.t.Fatalf("prove growth from %d to %d: %v", old, size, err)
	}
	return grown
}

// root is the Merkle tree hash as RFC 6962, section 2.1 defines it, written down
// a second time.
func root(leaves []tlog.Hash) tlog.Hash {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	}
	half := 1
	for 2*half < len(leaves) {
		half *= 2
	}
	return merkle.NodeHash(root(leaves[:half]), root(leaves[half:]))
}

// flips calls try with every text that differs from the given one in one bit.
func flips(text []byte, try func(flipped []byte, bit int)) {
	for bit := range 8 * len(text) {
		flipped := append([]byte{}, text...)
		flipped[bit/8] ^= 1 << (bit % 8)
		try(flipped, bit)
	}
}
