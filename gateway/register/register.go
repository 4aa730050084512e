package register

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/note"
	_ "modernc.org/sqlite" // the driver: SQLite without cgo

	"schakel/gateway/tlog"
	"schakel/schemas"
)

//go:embed schema.sql
var schemaSQL string

// Register is the store. Its methods may be called from many goroutines; one
// goroutine of its own writes.
type Register struct {
	writer *sql.DB // one connection
	reader *sql.DB
	signer note.Signer

	queue  chan *pending
	done   chan struct{}
	gate   sync.RWMutex // guards closed, and the queue against being closed under a sender
	closed bool

	tree  *tlog.Tree // owned by the committer
	proof sync.Mutex // guards tree between committer and provers
	head  atomic.Pointer[head]
	epoch int64

	directory int64 // records of the directory that came into use; owned by the committer

	gaps  sync.Mutex
	whole map[string]int64 // by connector: up to which number nothing is missing; guarded by gaps
}

// head is the newest signed checkpoint.
type head struct {
	signed []byte
	tlog.Checkpoint
}

// Create makes an empty register for a log and signs its empty head. The file
// must not exist: a log is made once, on a named day, never by mistake.
func Create(path string, signer note.Signer) error {
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("create register: %s exists", path)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("create register: %w", err)
	}
	file.Close()
	db, err := open(path, "")
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(schemaSQL); err != nil {
		return fmt.Errorf("create register: %w", err)
	}
	empty, err := emptyHead(signer)
	if err != nil {
		return err
	}
	_, err = db.Exec(`INSERT INTO meta VALUES ('head', ?), ('epoch', CAST('1' AS BLOB))`, empty)
	return err
}

func emptyHead(signer note.Signer) ([]byte, error) {
	tree, err := tlog.OpenTree(tlog.Checkpoint{}, nil)
	if err != nil {
		return nil, err
	}
	root, err := tree.Root()
	if err != nil {
		return nil, err
	}
	return tlog.Checkpoint{Origin: signer.Name(), Root: root}.Sign(signer)
}

// Open opens a register that Create made. verifier is the log's public key. It
// refuses another log's key, tables that are not those of this version, and a
// stored head that the log did not sign or that stored tree and entries do not
// give.
func Open(path string, signer note.Signer, verifier note.Verifier) (*Register, error) {
	if _, err := os.Lstat(path); err != nil {
		return nil, fmt.Errorf("open register: %w", err)
	}
	if signer.Name() != verifier.Name() || signer.KeyHash() != verifier.KeyHash() {
		return nil, errors.New("open register: the signing key is not the log's")
	}
	writer, err := open(path, "&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	reader, err := open(path, "&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	r := &Register{writer: writer, reader: reader, signer: signer, queue: make(chan *pending, maxBatch), done: make(chan struct{}), whole: map[string]int64{}}
	if err := r.load(verifier); err != nil {
		writer.Close()
		reader.Close()
		return nil, fmt.Errorf("open register: %w", err)
	}
	go r.commitLoop()
	return r, nil
}

func open(path, more string) (*sql.DB, error) {
	dsn := "file:" + url.PathEscape(path) + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" + more
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open register: %w", err)
	}
	return db, nil
}

// load reads the head and checks it against the tree and the entries.
func (r *Register) load(verifier note.Verifier) error {
	ctx := context.Background()
	fresh, err := scratch()
	if err != nil {
		return err
	}
	defer fresh.Close()
	if err := checkShape(ctx, r.reader, fresh); err != nil {
		return err
	}
	signed, epoch, err := readMeta(ctx, r.reader)
	if err != nil {
		return err
	}
	r.epoch = epoch
	if r.directory, err = r.Directory(ctx); err != nil {
		return fmt.Errorf("read directory: %w", err)
	}
	checkpoint, err := tlog.OpenCheckpoint(signed, verifier)
	if err != nil {
		return fmt.Errorf("stored head: %w", err)
	}
	var entries int64
	if err := r.reader.QueryRow(`SELECT COALESCE(MAX(idx), -1) + 1 FROM entries`).Scan(&entries); err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	if entries != checkpoint.Size {
		return fmt.Errorf("the stored head speaks of %d entries, there are %d", checkpoint.Size, entries)
	}
	if r.tree, err = tlog.OpenTree(checkpoint, tileReader{r.reader}); err != nil {
		return err
	}
	r.head.Store(&head{signed, checkpoint})
	return nil
}

// readMeta reads the signed head and the epoch.
func readMeta(ctx context.Context, db querier) (signed []byte, epoch int64, err error) {
	var number string
	err = db.QueryRowContext(ctx, `SELECT (SELECT value FROM meta WHERE name = 'head'), (SELECT CAST(value AS TEXT) FROM meta WHERE name = 'epoch')`).Scan(&signed, &number)
	if err != nil {
		return nil, 0, fmt.Errorf("read head and epoch: %w", err)
	}
	if epoch, err = strconv.ParseInt(number, 10, 64); err != nil {
		return nil, 0, fmt.Errorf("read epoch: %w", err)
	}
	return signed, epoch, nil
}

// Close waits for the commits under way and closes the store.
func (r *Register) Close() error {
	r.gate.Lock()
	if !r.closed {
		r.closed = true
		close(r.queue)
	}
	r.gate.Unlock()
	<-r.done
	return errors.Join(r.writer.Close(), r.reader.Close())
}

// Epoch is the fencing epoch. It rises only when a backup is restored; entries
// carry it, and a recipient refuses one lower than he has seen.
func (r *Register) Epoch() int64 { return r.epoch }

// Directory is the epoch of the directory: how many records have come into use.
// A decision names the one it rests on.
func (r *Register) Directory(ctx context.Context) (epoch int64, err error) {
	err = r.reader.QueryRowContext(ctx, `SELECT COALESCE(MAX(epoch), 0) FROM directory`).Scan(&epoch)
	return epoch, err
}

// Size is the number of entries under the newest checkpoint.
func (r *Register) Size() int64 { return r.head.Load().Size }

// RootAt is the root that the log had at an earlier size.
func (r *Register) RootAt(size int64) (tlog.Hash, error) {
	r.proof.Lock()
	defer r.proof.Unlock()
	return r.tree.RootAt(size)
}

// SignedCheckpoint returns the newest signed head of the log.
func (r *Register) SignedCheckpoint() ([]byte, error) { return r.head.Load().signed, nil }

// ReadTile returns a tile of the tree (tlog.Tiles).
func (r *Register) ReadTile(level int, n int64) ([]byte, error) {
	return tileReader{r.reader}.ReadTile(level, n)
}

// Leaves returns the commitments of entries, for tlog.Handler.
func (r *Register) Leaves(first, count int64) ([][]byte, error) {
	rows, err := r.reader.Query(`SELECT salt, entry FROM entries WHERE idx >= ? AND idx < ? ORDER BY idx`, first, first+count)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var leaves [][]byte
	for rows.Next() {
		var opening tlog.Opening
		if err := rows.Scan(&opening.Salt, &opening.Entry); err != nil {
			return nil, err
		}
		leaf := tlog.Commit(opening)
		leaves = append(leaves, leaf[:])
	}
	return leaves, rows.Err()
}

// tileReader reads tiles of committed trees.
type tileReader struct{ db *sql.DB }

func (t tileReader) ReadTile(level int, n int64) ([]byte, error) {
	var hashes []byte
	err := t.db.QueryRow(`SELECT hashes FROM tiles WHERE level = ? AND n = ?`, level, n).Scan(&hashes)
	if err != nil {
		return nil, fmt.Errorf("read tile %d/%d: %w", level, n, err)
	}
	return hashes, nil
}

// Prove returns the proof of an entry under the newest checkpoint
// (c2sp.org/tlog-proof), and the proof that this checkpoint extends the one of
// size seen.
func (r *Register) Prove(ctx context.Context, index, seen int64) (proof, consistency []byte, err error) {
	p := tlog.Proof{Index: index}
	err = r.reader.QueryRowContext(ctx, `SELECT salt, entry FROM entries WHERE idx = ?`, index).Scan(&p.Opening.Salt, &p.Opening.Entry)
	if err != nil {
		return nil, nil, fmt.Errorf("prove entry %d: %w", index, err)
	}
	r.proof.Lock()
	defer r.proof.Unlock()
	newest := r.head.Load()
	if p.Hashes, err = r.tree.Prove(newest.Size, index); err != nil {
		return nil, nil, fmt.Errorf("prove entry %d: %w", index, err)
	}
	if err := p.Shows(newest.Checkpoint); err != nil {
		return nil, nil, fmt.Errorf("prove entry %d: a stored tile is not what the log says: %w", index, err)
	}
	p.Checkpoint = newest.signed
	grown, err := r.tree.ProveConsistency(newest.Size, min(seen, newest.Size))
	if err != nil {
		return nil, nil, fmt.Errorf("prove growth from %d: %w", seen, err)
	}
	return p.Marshal(), grown.Marshal(), nil
}

// Entry returns one entry and the register's record of it.
func (r *Register) Entry(ctx context.Context, index int64) (schemas.Entry, schemas.Record, error) {
	var entry schemas.Entry
	var record schemas.Record
	var entryJSON, recordJSON []byte
	err := r.reader.QueryRowContext(ctx, `SELECT entry, record FROM entries WHERE idx = ?`, index).Scan(&entryJSON, &recordJSON)
	if err == nil {
		err = errors.Join(decode(entryJSON, &entry), decode(recordJSON, &record))
	}
	if err != nil {
		return entry, record, fmt.Errorf("read entry %d: %w", index, err)
	}
	return entry, record, nil
}
