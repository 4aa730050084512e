package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	log "schakel/gateway/tlog"
	"schakel/schemas"
)

// Finding is something that a check found wrong. It names entries and tables,
// never content.
type Finding struct {
	Entry int64 // -1 when it is about no single entry
	What  string
}

func (f Finding) String() string {
	if f.Entry < 0 {
		return f.What
	}
	return fmt.Sprintf("entry %d: %s", f.Entry, f.What)
}

// Report is the outcome of a check.
type Report struct {
	Checkpoint log.Checkpoint
	Entries    int64
	Findings   []Finding
}

func (r *Report) add(entry int64, what string, args ...any) {
	if len(r.Findings) < 100 {
		r.Findings = append(r.Findings, Finding{entry, fmt.Sprintf(what, args...)})
	}
}

// Check verifies a register file against itself: its tables against schema.sql,
// every record against its entry, every entry against the tree, the tree against
// the signed head, the tiles against the tree, and every projection and every
// kept content against what the log says. kept are checkpoints that somebody
// kept: the log must be an extension of each. It trusts nothing that is stored,
// writes nothing, and may run beside the gateway.
//
// It cannot see what the log does not say: a key of a case that was changed (its
// content no longer opens), when a delivery is offered again, an epoch raised
// that no entry carries yet. And without a kept checkpoint it cannot see what
// only others can know: that the file is an older one, or that whoever holds the
// log's key wrote another history.
func Check(ctx context.Context, path string, verifier note.Verifier, kept ...log.Checkpoint) (*Report, error) {
	db, err := open(path, "&mode=ro&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one moment of a store that may grow
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	c := &checker{db: tx, report: &Report{}, verifier: verifier, kept: kept}
	return c.report, c.run(ctx)
}

type checker struct {
	db       querier
	report   *Report
	verifier note.Verifier
	kept     []log.Checkpoint
	leaves   []tlog.Hash
	epoch    int64 // the highest of an entry
}

func (c *checker) run(ctx context.Context) error {
	rebuilt, err := scratch()
	if err != nil {
		return err
	}
	defer rebuilt.Close()
	err = checkShape(ctx, c.db, rebuilt)
	if errors.Is(err, errShape) {
		c.report.add(-1, "%v", err)
		return nil // nothing else can be asked of it
	}
	if err != nil {
		return err
	}
	if err := c.file(ctx); err != nil {
		return err
	}
	if err := c.entries(ctx, rebuilt); err != nil {
		return err
	}
	if err := c.tree(ctx); err != nil {
		return err
	}
	if err := c.contents(ctx, rebuilt); err != nil {
		return err
	}
	return c.projections(ctx, rebuilt)
}

// file asks SQLite whether pages, indexes and constraints agree.
func (c *checker) file(ctx context.Context) error {
	found, err := dump(ctx, c.db, `SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'`)
	if len(found) > 0 {
		c.report.add(-1, "the database file is damaged")
	}
	return err
}

// entries reads the log from its beginning: positions without a hole, records
// that agree with their entries, and the projections that follow.
func (c *checker) entries(ctx context.Context, rebuilt *sql.DB) error {
	rows, err := c.db.QueryContext(ctx, `SELECT idx, salt, entry, record FROM entries ORDER BY idx`)
	if err != nil {
		return err
	}
	defer rows.Close()
	tx, err := rebuilt.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for rows.Next() {
		var index int64
		var opening log.Opening
		var record []byte
		if err := rows.Scan(&index, &opening.Salt, &opening.Entry, &record); err != nil {
			return err
		}
		if index != int64(len(c.leaves)) {
			c.report.add(index, "the entry before it is missing")
		}
		c.leaves = append(c.leaves, log.LeafHash(opening))
		c.entry(tx, index, opening, record)
	}
	c.report.Entries = int64(len(c.leaves))
	if err := rows.Err(); err != nil {
		return err
	}
	return tx.Commit()
}

func (c *checker) entry(tx *sql.Tx, index int64, opening log.Opening, document []byte) {
	var entry schemas.Entry
	var record schemas.Record
	if decode(opening.Entry, &entry) != nil {
		c.report.add(index, "the entry cannot be read")
		return
	}
	c.epoch = max(c.epoch, entry.Epoch)
	if schemas.RecordDigest(opening.Salt, document) != entry.Record {
		c.report.add(index, "the record is not the one the entry names")
		return
	}
	if decode(document, &record) != nil {
		c.report.add(index, "the record cannot be read")
		return
	}
	if project(tx, index, &entry, &record) != nil || expectContent(tx, &record) != nil {
		c.report.add(index, "its rows cannot be made: it contradicts an earlier entry")
	}
}

// expectContent notes, in the rebuilt register, what the commit of a record
// stored besides the projections: the digest stands for the content.
func expectContent(tx *sql.Tx, r *schemas.Record) error {
	if r.Content == "" {
		return nil
	}
	if _, err := tx.Exec(`INSERT INTO cases VALUES (?, x'') ON CONFLICT DO NOTHING`, r.Thread); err != nil {
		return err
	}
	_, err := tx.Exec(`INSERT INTO contents VALUES (?, ?, ?)`, r.Message, r.Thread, []byte(r.Content))
	return err
}

// tree compares the entries with the signed head, the stored tiles, and the
// checkpoints that others kept.
func (c *checker) tree(ctx context.Context) error {
	tree, err := log.Rebuild(c.leaves)
	if err != nil {
		return err
	}
	signed, err := c.meta(ctx)
	if err != nil {
		return err
	}
	head, err := log.OpenCheckpoint(signed, c.verifier)
	if err != nil {
		c.report.add(-1, "the head is not signed by this log")
	}
	c.report.Checkpoint = head
	if head.Size != tree.Size() {
		c.report.add(-1, "the head speaks of %d entries, there are %d", head.Size, tree.Size())
	}
	c.compareRoot(tree, head, "the signed head")
	for _, kept := range c.kept {
		c.compareRoot(tree, kept, fmt.Sprintf("the checkpoint of %d that was kept", kept.Size))
	}
	return c.tiles(ctx, tree)
}

// meta reads the signed head, and compares the epoch with the entries.
func (c *checker) meta(ctx context.Context) (signed []byte, err error) {
	names, err := dump(ctx, c.db, `SELECT name FROM meta WHERE name NOT IN ('head', 'epoch')`)
	if err != nil {
		return nil, err
	}
	if len(names) > 0 {
		c.report.add(-1, "table meta has a row of no meaning")
	}
	signed, epoch, err := readMeta(ctx, c.db)
	if err != nil {
		c.report.add(-1, "the head or the epoch cannot be read")
	} else if epoch < c.epoch {
		c.report.add(-1, "the epoch is %d, an entry was made in %d", epoch, c.epoch)
	}
	return signed, nil
}

// compareRoot compares a head with the tree as it was at its size.
func (c *checker) compareRoot(tree *log.Tree, head log.Checkpoint, what string) {
	if head.Size > tree.Size() {
		c.report.add(-1, "the log has %d entries, fewer than %s", tree.Size(), what)
		return
	}
	if root, err := tree.RootAt(head.Size); err != nil || root != head.Root {
		c.report.add(-1, "the entries do not give the root of %s", what)
	}
}

// tiles compares the stored tiles with those that the entries give.
func (c *checker) tiles(ctx context.Context, tree *log.Tree) error {
	tiles, err := tree.Tiles()
	if err != nil {
		return err
	}
	want := map[[2]int64]string{}
	for _, tile := range tiles {
		want[[2]int64{int64(tile.Level), tile.N}] = string(tile.Data)
	}
	rows, err := c.db.QueryContext(ctx, `SELECT level, n, hashes FROM tiles`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var level, n int64
		var hashes []byte
		if err := rows.Scan(&level, &n, &hashes); err != nil {
			return err
		}
		if want[[2]int64{level, n}] != string(hashes) {
			c.report.add(-1, "tile %d/%d is not what the entries give", level, n)
		}
		delete(want, [2]int64{level, n})
	}
	for tile := range want {
		c.report.add(-1, "tile %d/%d is missing", tile[0], tile[1])
	}
	return rows.Err()
}

// contents compares what is kept of messages with what the log says is needed:
// for a delivery without receipt, for an open hold, or because a law asks.
func (c *checker) contents(ctx context.Context, rebuilt querier) error {
	needed, err := contents(ctx, rebuilt, func(digest []byte) string { return string(digest) })
	if err != nil {
		return err
	}
	stored, err := contents(ctx, c.db, schemas.Digest)
	if err != nil {
		return err
	}
	for message, want := range needed {
		if got, ok := stored[message]; !ok {
			c.report.add(-1, "the content of message %q is still needed and is missing", message)
		} else if got != want {
			c.report.add(-1, "the kept content of message %q is not what its record names", message)
		}
		delete(stored, message)
	}
	for message := range stored {
		c.report.add(-1, "the content of message %q is kept, though nothing needs it", message)
	}
	return nil
}

// content is what the log says of a kept container.
type content struct{ thread, digest string }

func contents(ctx context.Context, db querier, digest func([]byte) string) (map[string]content, error) {
	rows, err := db.QueryContext(ctx, `SELECT message, thread, wrapped FROM contents`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]content{}
	for rows.Next() {
		var message, thread string
		var wrapped []byte
		if err := rows.Scan(&message, &thread, &wrapped); err != nil {
			return nil, err
		}
		all[message] = content{thread, digest(wrapped)}
	}
	return all, rows.Err()
}

// projected lists what else follows from the log: tables, with the columns that
// do.
var projected = map[string]string{
	"cases":       "thread",
	"messages":    "id, connector, sequence, manifest, previous, thread, entry",
	"deliveries":  "entry, message, recipient, outcome, review, retain, closed",
	"outbound":    "entry, connector, message, receipt",
	"answers":     "entry, message, connector",
	"approvals":   "entry, hold, officer, function",
	"assessments": "entry, message",
	"follows":     "entry, message, stands, due, open",
	"directory":   "id, version, entry, epoch",
	"receipts":    "entry, message",
	"recalls":     "entry, message",
	"arrivals":    "sealed, connector, message, entry",
	"retries":     "entry, connector",
}

// projections compares every row with the one the log gives.
func (c *checker) projections(ctx context.Context, rebuilt querier) error {
	for _, table := range slices.Sorted(maps.Keys(projected)) {
		query := `SELECT ` + projected[table] + ` FROM ` + table
		stored, err := dump(ctx, c.db, query)
		if err != nil {
			return err
		}
		derived, err := dump(ctx, rebuilt, query)
		if err != nil {
			return err
		}
		for row, n := range stored {
			if derived[row] != n {
				c.report.add(-1, "table %s has a row that the log does not give", table)
			}
		}
		for row := range derived {
			if stored[row] == 0 {
				c.report.add(-1, "table %s lacks a row that the log gives", table)
			}
		}
	}
	return nil
}
