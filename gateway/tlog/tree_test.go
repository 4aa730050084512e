package tlog_test

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	merkle "golang.org/x/mod/sumdb/tlog"

	"schakel/gateway/tlog"
)

// The eight leaves and the roots over them that implementations of RFC 6962 have
// been compared with since the first Certificate Transparency log.
func TestRootsOfThePublishedTree(t *testing.T) {
	data := []string{"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"}
	want := []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	}
	var history []tlog.Hash
	for _, text := range data {
		record, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		history = append(history, merkle.RecordHash(record))
	}
	tree, err := tlog.Rebuild(history)
	if err != nil {
		t.Fatal(err)
	}
	for size := range want {
		root, err := tree.RootAt(int64(size))
		if got := hex.EncodeToString(root[:]); err != nil || got != want[size] {
			t.Errorf("size %d: got %s, %v, want %s", size, got, err, want[size])
		}
	}
}

// However the leaves come, alone or many at once, whether the tree was closed and
// opened between, it is the tree of its leaves.
func TestTreeIsTheTreeOfItsLeaves(t *testing.T) {
	const size = 700
	history := leaves(size)
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 0))
		l := newLog(t, 0)
		for l.tree.Size() < size {
			next := min(l.tree.Size()+random.Int64N(90), size)
			l.append(history[l.tree.Size():next])
			if random.IntN(3) == 0 {
				reopened, err := tlog.OpenTree(l.head(next), l.shelf)
				if err != nil {
					t.Fatalf("seed %d: open tree of %d: %v", seed, next, err)
				}
				l.tree = reopened
			}
			if got, want := l.head(next).Root, root(history[:next]); got != want {
				t.Fatalf("seed %d: root of %d: got %s, want %s", seed, next, got, want)
			}
		}
		rebuilt, err := tlog.Rebuild(history)
		if err != nil {
			t.Fatal(err)
		}
		tiles, err := rebuilt.Tiles()
		if err != nil {
			t.Fatal(err)
		}
		again := shelf{}
		again.put(tiles)
		for place, data := range l.shelf {
			if !bytes.Equal(again[place], data) {
				t.Errorf("seed %d: tile %v is not the one of the leaves", seed, place)
			}
		}
		if len(again) != len(l.shelf) {
			t.Errorf("seed %d: got %d tiles, the leaves have %d", seed, len(l.shelf), len(again))
		}
	}
}

func TestEarlierRootsStayKnown(t *testing.T) {
	const size = 300
	history := leaves(size)
	l := newLog(t, size)
	for old := range int64(size + 1) {
		if got, want := l.head(old).Root, root(history[:old]); got != want {
			t.Fatalf("root at %d: got %s, want %s", old, got, want)
		}
	}
}

// What a store did not take never was: the tree goes on from before.
func TestTreeForgetsWhatWasNotStored(t *testing.T) {
	history := leaves(600)
	for _, kept := range []int{0, 1, 7, 255, 256, 257, 511} {
		l := newLog(t, kept)
		if _, err := l.tree.Append(history[kept:]); err != nil { // stored nowhere
			t.Fatal(err)
		}
		l.tree.Rewind(int64(kept))
		if got, want := l.head(int64(kept)).Root, root(history[:kept]); got != want {
			t.Errorf("%d kept: got root %s, want %s", kept, got, want)
		}
		others := leaves(kept + 300)[kept:]
		others[0] = tlog.LeafHash(opening(1000))
		l.append(others)
		want := root(append(leaves(kept), others...))
		if got := l.head(l.tree.Size()).Root; got != want {
			t.Errorf("%d kept, others appended: got root %s, want %s", kept, got, want)
		}
		if _, err := tlog.OpenTree(l.head(l.tree.Size()), l.shelf); err != nil {
			t.Errorf("%d kept, others appended: %v", kept, err)
		}
	}
}

// The tiles are not trusted: where they were changed, the tree does not open.
func TestTreeDoesNotOpenOverOtherTiles(t *testing.T) {
	const size = 5
	l := newLog(t, size)
	tile := l.shelf[[2]int64{0, 0}]
	flips(tile, func(flipped []byte, bit int) {
		if _, err := tlog.OpenTree(l.head(size), shelf{{0, 0}: flipped}); err == nil {
			t.Errorf("bit %d: opened", bit)
		}
	})
	for what, tiles := range map[string]shelf{
		"no tiles":     {},
		"a short tile": {{0, 0}: tile[:len(tile)-1]},
		"an old tile":  {{0, 0}: tile[:len(tile)-32]},
		"a full tile":  {{0, 0}: make([]byte, 256*32)},
	} {
		if _, err := tlog.OpenTree(l.head(size), tiles); err == nil {
			t.Errorf("%s: opened", what)
		}
	}
}

func TestTreeOpensOverTilesThatHaveGrownSince(t *testing.T) {
	l := newLog(t, 700)
	for _, size := range []int64{1, 255, 256, 257, 512, 699} {
		if _, err := tlog.OpenTree(l.head(size), l.shelf); err != nil {
			t.Errorf("size %d: %v", size, err)
		}
	}
}

// A log larger than the memory that its tree may use still grows, proves its
// oldest entries, and can be rebuilt and compared.
func TestLogLargerThanMemory(t *testing.T) {
	const size = 140_000 // more than twice what is kept
	history := leaves(size)
	l := newLog(t, 0)
	for n := 0; n < size; n += 1000 {
		tiles, err := l.tree.Append(history[n : n+1000])
		if err != nil {
			t.Fatalf("append at %d: %v", n, err)
		}
		l.shelf.put(tiles)
	}
	rebuilt, err := tlog.Rebuild(history)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{1, 65_536, 131_072, size} {
		want, err := rebuilt.RootAt(at)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.head(at).Root; got != want {
			t.Errorf("root at %d: got %s, want %s", at, got, want)
		}
	}
	for _, index := range []int64{0, 1, 255, 65_535, size - 1} {
		if err := l.prove(size, index).Shows(l.head(size)); err != nil {
			t.Errorf("entry %d: %v", index, err)
		}
	}
	if err := l.proveGrowth(size, 3).Verify(l.head(3), l.head(size)); err != nil {
		t.Errorf("growth from 3: %v", err)
	}
	tiles, err := rebuilt.Tiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, tile := range tiles {
		if stored, _ := l.shelf.ReadTile(tile.Level, tile.N); !bytes.Equal(stored, tile.Data) {
			t.Errorf("tile %d/%d is not the one of the leaves", tile.Level, tile.N)
		}
	}
}
