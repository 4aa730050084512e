package tlog

import (
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// TileHeight is the height of a tile: 256 hashes (c2sp.org/tlog-tiles).
const TileHeight = 8

// TileWidth is the number of hashes in a full tile.
const TileWidth = 1 << TileHeight

// Tiles reads stored tiles. ReadTile returns the hashes stored for a tile, 32
// bytes each: at least as many as the tree at the size that Tree was opened with
// has there. What it returns is not trusted.
type Tiles interface {
	ReadTile(level int, n int64) ([]byte, error)
}

// Tile is a tile as it must be stored after an append: the hashes so far.
type Tile struct {
	Level int
	N     int64
	Data  []byte
}

// Tree appends to the log and proves. It is not safe for concurrent use: one
// committer owns it.
type Tree struct {
	tiles  Tiles
	size   int64
	hashes map[int64]Hash // stored hashes of the newest part, by x/mod index
}

// keptHashes bounds the hashes that Tree keeps in memory: about 8 MB.
const keptHashes = 1 << 17

// OpenTree opens the tree of a checkpoint over its stored tiles and refuses when
// they do not give its root.
func OpenTree(head Checkpoint, tiles Tiles) (*Tree, error) {
	t := &Tree{tiles: tiles, size: head.Size, hashes: map[int64]Hash{}}
	if head.Size == 0 {
		return t, nil
	}
	root, err := t.Root()
	if err != nil {
		return nil, fmt.Errorf("open tree of %d: %w", head.Size, err)
	}
	if root != head.Root {
		return nil, fmt.Errorf("open tree of %d: stored tiles do not give the signed root", head.Size)
	}
	return t, nil
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Root is the root hash of the tree as it is.
func (t *Tree) Root() (Hash, error) { return t.RootAt(t.size) }

// RootAt is the root hash that the tree had at an earlier size.
func (t *Tree) RootAt(size int64) (Hash, error) {
	if size > t.size {
		return Hash{}, errLater
	}
	return tlog.TreeHash(size, t.reader())
}

var errLater = errors.New("tlog: the tree has not come to this size")

// Append adds leaves and returns the tiles that changed. Nothing is stored by
// it: the caller stores the tiles, the entries and the new head together, or
// calls Rewind with the size from before.
func (t *Tree) Append(leaves []Hash) ([]Tile, error) {
	t.trim()
	before := t.size
	for _, leaf := range leaves {
		if err := t.extend(leaf); err != nil {
			return nil, fmt.Errorf("append leaf %d: %w", t.size, err)
		}
	}
	return t.changed(before)
}

// extend adds one leaf and the hashes that it completes.
func (t *Tree) extend(leaf Hash) error {
	stored, err := tlog.StoredHashesForRecordHash(t.size, leaf, t.reader())
	if err != nil {
		return err
	}
	first := tlog.StoredHashIndex(0, t.size)
	for i, hash := range stored {
		t.hashes[first+int64(i)] = hash
	}
	t.size++
	return nil
}

// Rewind forgets what was appended after size: the store did not take it.
func (t *Tree) Rewind(size int64) {
	t.size = size
	for index := range t.hashes {
		if index >= tlog.StoredHashCount(size) {
			delete(t.hashes, index)
		}
	}
}

// Tiles returns every tile of the tree as it must be stored.
func (t *Tree) Tiles() ([]Tile, error) { return t.changed(0) }

func (t *Tree) changed(before int64) ([]Tile, error) {
	var changed []Tile
	for _, tile := range tlog.NewTiles(TileHeight, before, t.size) {
		data, err := tlog.ReadTileData(tile, t.reader())
		if err != nil {
			return nil, fmt.Errorf("tile %d/%d: %w", tile.L, tile.N, err)
		}
		changed = append(changed, Tile{tile.L, tile.N, data})
	}
	return changed, nil
}

// Prove returns the hashes that show leaf n in the tree of the given size.
func (t *Tree) Prove(size, n int64) ([]Hash, error) {
	if size > t.size {
		return nil, errLater
	}
	proof, err := tlog.ProveRecord(size, n, t.reader())
	return proof, err
}

// ProveConsistency shows that the tree of size old is a beginning of the tree of
// the given size.
func (t *Tree) ProveConsistency(size, old int64) (Consistency, error) {
	c := Consistency{Old: old, New: size}
	if size > t.size || old > size {
		return c, errLater
	}
	if old == 0 || old == size {
		return c, nil
	}
	hashes, err := tlog.ProveTree(size, old, t.reader())
	c.Hashes = hashes
	return c, err
}

// trim bounds the memory by dropping the oldest kept hashes.
func (t *Tree) trim() {
	if len(t.hashes) < keptHashes {
		return
	}
	oldest := tlog.StoredHashCount(t.size) - keptHashes/2
	for index := range t.hashes {
		if index < oldest {
			delete(t.hashes, index)
		}
	}
}

// reader finds stored hashes in memory first, then in the tiles.
func (t *Tree) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		found := make([]Hash, len(indexes))
		for i, index := range indexes {
			hash, err := t.hash(index)
			if err != nil {
				return nil, err
			}
			found[i] = hash
		}
		return found, nil
	})
}

func (t *Tree) hash(index int64) (Hash, error) {
	if hash, ok := t.hashes[index]; ok {
		return hash, nil
	}
	tile := tlog.TileForIndex(TileHeight, index)
	data, err := t.tiles.ReadTile(tile.L, tile.N)
	if err != nil {
		return Hash{}, err
	}
	if len(data) < tile.W*tlog.HashSize {
		return Hash{}, fmt.Errorf("tile %d/%d has %d hashes, needs %d", tile.L, tile.N, len(data)/tlog.HashSize, tile.W)
	}
	hash, err := tlog.HashFromTile(tile, data[:tile.W*tlog.HashSize], index)
	if err == nil {
		t.hashes[index] = hash
	}
	return hash, err
}

// Rebuild makes the tree from its leaves and nothing else: what an auditor does
// who trusts neither tiles nor head. It keeps every hash in memory.
func Rebuild(leaves []Hash) (*Tree, error) {
	t := &Tree{tiles: noTiles{}, hashes: make(map[int64]Hash, 2*len(leaves))}
	for _, leaf := range leaves {
		if err := t.extend(leaf); err != nil {
			return nil, err
		}
	}
	return t, nil
}

type noTiles struct{}

func (noTiles) ReadTile(int, int64) ([]byte, error) { return nil, errors.New("tlog: no tiles") }
