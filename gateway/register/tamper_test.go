package register

import (
	"database/sql"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

var seed = flag.Uint64("seed", 1, "of the tampering trials")

// A trial changes a register behind its back. What must be seen follows from what
// it changed, whatever it set out to do:
//
//   - nothing that the log speaks of: no finding (the control);
//   - a state that the register once was in: a check sees it that has a checkpoint
//     of since; no other can, for nothing in the file is wrong;
//   - a history that the log's own key signed: the same, for every change at or
//     below the checkpoint;
//   - anything else: every check sees it.
//
// Nothing at or below a kept checkpoint remains unseen. What does remain is what
// no entry speaks of, listed in unspoken, and what the holder of the log's key
// writes anew above the newest checkpoint that anybody else has kept.
type trial struct {
	name string
	do   func(x *intruder)
}

// unspoken lists the columns that do not follow from the log, with what comes of
// it when they are changed.
var unspoken = map[string]string{
	"cases.key":     "content of the case no longer opens: the key store refuses the key",
	"retries.tries": "the next repetitions come sooner or later",
	"retries.due":   "the next repetition comes sooner or later",
}

// intruder has the file of a register and a source of chance.
type intruder struct {
	t      *testing.T
	db     *sql.DB
	random *rand.Rand
	past   *past
}

// past is a register as it was from time to time, the last one being the
// present.
type past struct {
	h      *house
	files  [][]byte
	states []state
	heads  []tlog.Checkpoint
	noise  int64 // the first entry that nothing else refers to
}

func (p *past) present() []byte { return p.files[len(p.files)-1] }

// tables and columns are those of the database itself, so that a new one is
// tampered with as well.
type table struct {
	name    string
	columns []string
	keys    int // columns of the primary key
}

func tablesOf(t *testing.T, db *sql.DB) (all []table) {
	t.Helper()
	for _, name := range column(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`) {
		all = append(all, table{
			name:    name,
			columns: column(t, db, `SELECT name FROM pragma_table_info(?) ORDER BY cid`, name),
			keys:    len(column(t, db, `SELECT name FROM pragma_table_info(?) WHERE pk > 0`, name)),
		})
	}
	return all
}

// rows reads a table in the order of its key.
func (x *intruder) rows(name string) (all [][]any) {
	x.t.Helper()
	return rows(x.t, x.db, `SELECT * FROM `+name+` ORDER BY 1, 2`)
}

func rows(t *testing.T, db *sql.DB, query string) (all [][]any) {
	t.Helper()
	found, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		row, into := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// write puts other rows in the place of a table's. It reports whether the
// database took them: keys must stay unique.
func (x *intruder) write(name string, rows [][]any) bool {
	x.t.Helper()
	tx, err := x.db.Begin()
	if err != nil {
		x.t.Fatal(err)
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`DELETE FROM ` + name); err != nil {
		x.t.Fatal(err)
	}
	for _, row := range rows {
		if _, err := tx.Exec(`INSERT INTO `+name+` VALUES (?`+strings.Repeat(", ?", len(row)-1)+`)`, row...); err != nil {
			return false
		}
	}
	return tx.Commit() == nil
}

// rewrite changes the rows of a table until the database takes it.
func (x *intruder) rewrite(name string, change func(rows [][]any) [][]any) {
	x.t.Helper()
	for range 100 {
		rows := x.rows(name)
		if len(rows) == 0 { // emptied by what was done before
			return
		}
		if x.write(name, change(rows)) {
			return
		}
	}
	x.t.Fatalf("table %s could not be changed", name)
}

// other is a value of the same type.
func (x *intruder) other(value any) any {
	switch value := value.(type) {
	case int64:
		return value + []int64{-1, 1, 2, 1000, -1000}[x.random.IntN(5)]
	case string:
		return string(x.bent([]byte(value), 1)) // one letter
	case []byte:
		return x.bent(value, 1<<x.random.IntN(8)) // one bit
	}
	x.t.Fatalf("a value of type %T", value)
	return nil
}

// bent is a value changed somewhere, longer, or shorter.
func (x *intruder) bent(value []byte, bits byte) []byte {
	how := x.random.IntN(6)
	if how == 0 || len(value) == 0 {
		return append(slices.Clone(value), 'x')
	}
	if how == 1 {
		return slices.Clone(value[:len(value)-1])
	}
	bent := slices.Clone(value)
	bent[x.random.IntN(len(bent))] ^= bits
	return bent
}

// What may be done to one table.

func edit(name string, column int) func(x *intruder) {
	return func(x *intruder) {
		x.rewrite(name, func(rows [][]any) [][]any {
			row := rows[x.random.IntN(len(rows))]
			row[column] = x.other(row[column])
			return rows
		})
	}
}

func swap(name string, columns ...int) func(x *intruder) {
	return func(x *intruder) {
		x.rewrite(name, func(rows [][]any) [][]any {
			one, two := rows[x.random.IntN(len(rows))], rows[x.random.IntN(len(rows))]
			for _, column := range columns {
				one[column], two[column] = two[column], one[column]
			}
			return rows
		})
	}
}

func remove(name string) func(x *intruder) {
	return func(x *intruder) {
		x.rewrite(name, func(rows [][]any) [][]any {
			at := x.random.IntN(len(rows))
			return slices.Delete(rows, at, at+1+x.random.IntN(min(3, len(rows)-at)))
		})
	}
}

func insert(name string) func(x *intruder) {
	return func(x *intruder) {
		x.rewrite(name, func(rows [][]any) [][]any {
			row := slices.Clone(rows[x.random.IntN(len(rows))])
			for column := range row {
				if x.random.IntN(2) == 0 {
					row[column] = x.other(row[column])
				}
			}
			return append(rows, row)
		})
	}
}

// restore gives tables the rows that they had earlier.
func restore(names ...string) func(x *intruder) {
	return func(x *intruder) {
		path := filepath.Join(x.t.TempDir(), "older.db")
		write(x.t, path, x.past.files[x.random.IntN(len(x.past.files)-1)])
		through(x.t, path, func(older *sql.DB) {
			for _, name := range names {
				if !x.write(name, rows(x.t, older, `SELECT * FROM `+name)) {
					x.t.Fatalf("table %s could not be restored", name)
				}
			}
		})
	}
}

// trials are one of every kind for every table and column, and as many again of
// several at once.
func trials(tables []table, random *rand.Rand) (all []trial) {
	add := func(name string, do func(x *intruder)) { all = append(all, trial{name, do}) }
	var singles []func(x *intruder)
	for _, table := range tables {
		var rest []int
		for column, name := range table.columns {
			add("edit "+table.name+"."+name, edit(table.name, column))
			add("swap "+table.name+"."+name, swap(table.name, column))
			if column >= table.keys {
				rest = append(rest, column)
			}
		}
		add("swap rows of "+table.name, swap(table.name, rest...))
		add("remove from "+table.name, remove(table.name))
		add("insert into "+table.name, insert(table.name))
		add("restore "+table.name, restore(table.name))
		singles = append(singles, edit(table.name, random.IntN(len(table.columns))), remove(table.name), insert(table.name), restore(table.name))
	}
	for n := range 20 {
		var some []string
		for _, table := range tables {
			if random.IntN(2) == 0 {
				some = append(some, table.name)
			}
		}
		add(fmt.Sprint("restore some tables ", n), restore(some...))
	}
	for n := range 20 {
		one, two := singles[random.IntN(len(singles))], singles[random.IntN(len(singles))]
		add(fmt.Sprint("two at once ", n), func(x *intruder) { one(x); two(x) })
	}
	return all
}

// state is everything in a register that the log speaks of, by table.
type state map[string]map[string]int

func (s state) equals(other state) bool {
	return maps.EqualFunc(s, other, func(a, b map[string]int) bool { return maps.Equal(a, b) })
}

// raised reads an epoch above that of the entries as theirs: it waits for the
// next entry to carry it.
const raised = `CASE WHEN name = 'epoch' AND CAST(value AS TEXT) NOT GLOB '*[^0-9]*' AND CAST(CAST(value AS TEXT) AS INTEGER) > 1
	THEN CAST('1' AS BLOB) ELSE value END`

func stateOf(t *testing.T, db *sql.DB) state {
	t.Helper()
	s := state{}
	for _, table := range tablesOf(t, db) {
		var spoken []string
		for _, column := range table.columns {
			if table.name == "meta" && column == "value" {
				column = raised
			}
			if unspoken[table.name+"."+column] == "" {
				spoken = append(spoken, column)
			}
		}
		found, err := dump(t.Context(), db, `SELECT `+strings.Join(spoken, ", ")+` FROM `+table.name)
		if err != nil {
			t.Fatal(err)
		}
		s[table.name] = found
	}
	return s
}

// remember tells the story in a register and keeps what it was from time to time.
func remember(t *testing.T) *past {
	t.Helper()
	h := newHouse(t)
	p := &past{h: h}
	keep := func() {
		p.heads = append(p.heads, h.kept())
		h.close()
		file, err := os.ReadFile(h.path)
		if err != nil {
			t.Fatal(err)
		}
		p.files = append(p.files, file)
		through(t, h.path, func(db *sql.DB) { p.states = append(p.states, stateOf(t, db)) })
		h.open()
	}
	keep()
	tell(h, 0)
	p.noise = h.Size()
	keep()
	for h.Size() < p.noise+15 {
		h.record(noise(h.Size(), 5))
		keep()
	}
	more := (&connector{name: "ngo/davao"}).write(schemas.KindTip).to("police", "police/desk").held("filo", "om", "om/desk").with("tip")
	h.record(more.Settlement)
	keep()
	h.sound(p.heads...)
	h.close()
	return p
}

// attempt does a trial on a copy of the present register and returns the copy,
// and its state.
func (p *past) attempt(t *testing.T, n int, do func(x *intruder)) (path string, after state) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "register.db")
	write(t, path, p.present())
	through(t, path, func(db *sql.DB) {
		do(&intruder{t: t, db: db, random: rand.New(rand.NewPCG(*seed, uint64(n))), past: p})
		after = stateOf(t, db)
	})
	return path, after
}

func TestTamperingIsSeen(t *testing.T) {
	t.Parallel()
	p := remember(t)
	var tables []table
	through(t, p.h.path, func(db *sql.DB) { tables = tablesOf(t, db) })
	all := trials(tables, rand.New(rand.NewPCG(*seed, 0)))
	present := p.states[len(p.states)-1]
	newest := p.heads[len(p.heads)-1]
	seen := map[string]int{}
	for n, trial := range all {
		path, after := p.attempt(t, n, trial.do)
		found := check(t, path, p.h.verifier)
		past := slices.ContainsFunc(p.states[:len(p.states)-1], after.equals)
		switch {
		case after.equals(present):
			seen["nothing changed"]++
			if len(found) > 0 {
				t.Errorf("seed %d, trial %d, %s: nothing changed, but %v", *seed, n, trial.name, found)
			}
		case past:
			seen["rolled back"]++
			if found = check(t, path, p.h.verifier, newest); len(found) == 0 {
				t.Errorf("seed %d, trial %d, %s: rolled back unseen", *seed, n, trial.name)
			}
		default:
			seen["changed"]++
			if len(found) == 0 {
				t.Errorf("seed %d, trial %d, %s: changed unseen", *seed, n, trial.name)
			}
		}
	}
	t.Logf("seed %d: %d trials: %v", *seed, len(all), seen)
	if seen["changed"] < 100 || seen["nothing changed"] == 0 {
		t.Errorf("got %v: too few trials that mean something", seen)
	}
}

// An older copy of the whole register is a sound register. Whoever kept a later
// checkpoint sees that it is not the present one.
func TestRollBackIsSeenByWhoKeptACheckpoint(t *testing.T) {
	t.Parallel()
	p := remember(t)
	newest := len(p.files) - 1
	for n, file := range p.files {
		path := filepath.Join(t.TempDir(), "register.db")
		write(t, path, file)
		if found := check(t, path, p.h.verifier, p.heads[:n+1]...); len(found) > 0 {
			t.Errorf("copy %d: a register that is no older than what was kept: got %v", n, found)
		}
		if n == newest {
			continue
		}
		for _, kept := range []int{n + 1, newest} {
			if found := check(t, path, p.h.verifier, p.heads[kept]); len(found) == 0 {
				t.Errorf("copy %d: rolled back unseen by who kept checkpoint %d", n, kept)
			}
		}
	}
}

// forge gives the register another history with everything that follows from it,
// signed with the log's own key: no part of the file contradicts another.
func (x *intruder) forge(change func(history []prepared) []prepared) {
	x.t.Helper()
	must := func(err error) {
		x.t.Helper()
		if err != nil {
			x.t.Fatal(err)
		}
	}
	var history []prepared
	for _, row := range x.rows("entries") {
		p := prepared{record: row[3].([]byte), opening: tlog.Opening{Salt: row[1].([]byte), Entry: row[2].([]byte)}}
		must(decode(p.opening.Entry, &p.event.Entry))
		must(decode(p.record, &p.event.Record))
		p.event.Salt = p.opening.Salt
		history = append(history, p)
	}
	history = change(history)

	tx, err := x.db.Begin()
	must(err)
	defer tx.Rollback()
	for _, table := range []string{"entries", "tiles", "messages", "deliveries", "outbound", "answers", "approvals", "assessments", "follows", "directory", "receipts", "recalls", "arrivals", "retries"} {
		_, err := tx.Exec(`DELETE FROM ` + table)
		must(err)
	}
	var leaves []tlog.Hash
	for i, p := range history {
		_, err := tx.Exec(`INSERT INTO entries VALUES (?, ?, ?, ?)`, i, p.opening.Salt, p.opening.Entry, p.record)
		must(err)
		must(project(tx, int64(i), &p.event.Entry, &p.event.Record))
		leaves = append(leaves, tlog.LeafHash(p.opening))
	}
	for _, statement := range []string{`DELETE FROM contents WHERE message NOT IN (SELECT id FROM messages)`, `DELETE FROM cases WHERE thread NOT IN (SELECT thread FROM messages)`} {
		_, err := tx.Exec(statement)
		must(err)
	}
	tree, err := tlog.Rebuild(leaves)
	must(err)
	tiles, err := tree.Tiles()
	must(err)
	for _, tile := range tiles {
		_, err := tx.Exec(`INSERT INTO tiles VALUES (?, ?, ?)`, tile.Level, tile.N, tile.Data)
		must(err)
	}
	root, err := tree.Root()
	must(err)
	_, err = tx.Exec(`UPDATE meta SET value = ? WHERE name = 'head'`, signedBy(x.t, "log", tree.Size(), root))
	must(err)
	must(tx.Commit())
}

// What may be done to a history. Each returns the first entry that is another.
var forgeries = map[string]func(x *intruder, history []prepared) (forged []prepared, first int){
	"another time": func(x *intruder, history []prepared) ([]prepared, int) {
		at := x.random.IntN(len(history))
		event := history[at].event
		event.Entry.Time = "2026-03-01T11:59:59Z"
		history[at] = prepare(event)
		return history, at
	},
	"another officer": func(x *intruder, history []prepared) ([]prepared, int) {
		at := x.random.IntN(len(history))
		event := history[at].event
		event.Record.Officer += "'s deputy"
		history[at] = prepare(event)
		return history, at
	},
	"a refusal that was not": func(x *intruder, history []prepared) ([]prepared, int) {
		at := int(x.past.noise) + x.random.IntN(len(history)-int(x.past.noise))
		return slices.Insert(history, at, prepare(refusal("never came").Events[0])), at
	},
	"a refusal less": func(x *intruder, history []prepared) ([]prepared, int) {
		at := int(x.past.noise) + x.random.IntN(15)
		return slices.Delete(history, at, at+1), at
	},
	"two refusals swapped": func(x *intruder, history []prepared) ([]prepared, int) {
		at := int(x.past.noise) + x.random.IntN(14)
		history[at], history[at+1] = history[at+1], history[at]
		return history, at
	},
	"the newest gone": func(x *intruder, history []prepared) ([]prepared, int) {
		at := len(history) - 1 - x.random.IntN(10)
		return history[:at], at
	},
}

// Whoever has the log's key can write a history in which everything fits. A
// checkpoint that somebody else kept does not fit it, when it was of the changed
// entry or later; about entries above it nobody but the register knows anything
// yet.
func TestForgedHistoryIsSeenByWhoKeptACheckpoint(t *testing.T) {
	t.Parallel()
	p := remember(t)
	hidden := 0
	for n, name := range slices.Sorted(maps.Keys(forgeries)) {
		for round := range 5 {
			trial := 1000*n + round
			var first int
			path, _ := p.attempt(t, trial, func(x *intruder) {
				x.forge(func(history []prepared) (forged []prepared) {
					forged, first = forgeries[name](x, history)
					return forged
				})
			})
			if found := check(t, path, p.h.verifier); len(found) > 0 {
				t.Errorf("seed %d, trial %d, %s: the forgery is no good: %v", *seed, trial, name, found)
			}
			kept := p.heads[(trial+round)%len(p.heads)]
			found := check(t, path, p.h.verifier, kept)
			if below := int64(first) < kept.Size; below != (len(found) > 0) {
				t.Errorf("seed %d, trial %d, %s of entry %d, a checkpoint of %d: got %v", *seed, trial, name, first, kept.Size, found)
			} else if !below {
				hidden++
			}
			if found := check(t, path, p.h.verifier, p.heads...); len(found) == 0 {
				t.Errorf("seed %d, trial %d, %s: unseen by who kept everything", *seed, trial, name)
			}
		}
	}
	t.Logf("seed %d: %d forgeries, %d above the checkpoint that was kept", *seed, 5*len(forgeries), hidden)
}

// Two logs under one key are a fork, however sound each of them is.
func TestForkIsSeenByWhoKeptACheckpoint(t *testing.T) {
	t.Parallel()
	shown, told := newHouse(t), newHouse(t)
	for _, h := range []*house{shown, told} {
		h.record(admission("partner/ngo", 1))
	}
	common := shown.kept()
	shown.record(refusal("shown to one"))
	told.record(refusal("told to another"))
	for _, h := range []*house{shown, told} {
		h.record(refusal("the same again"))
		h.sound(common, h.kept())
	}
	for one, other := range map[*house]*house{shown: told, told: shown} {
		if found := check(t, one.path, one.verifier, other.kept()); len(found) == 0 {
			t.Error("a fork was not seen")
		}
	}
}

// Storage rots below the level of SQL. A bit that changed anywhere in the file is
// seen, or it changed nothing that the log speaks of.
func TestFlippedBitInTheFileIsSeen(t *testing.T) {
	t.Parallel()
	p := remember(t)
	random := rand.New(rand.NewPCG(*seed, 2))
	seen := 0
	const flipped = 60
	for n := range flipped {
		file := slices.Clone(p.present())
		bit := random.IntN(8 * len(file))
		file[bit/8] ^= 1 << (bit % 8)
		path := filepath.Join(t.TempDir(), "register.db")
		write(t, path, file)
		if found := check(t, path, p.h.verifier); len(found) > 0 {
			seen++
			continue
		}
		through(t, path, func(db *sql.DB) {
			if !stateOf(t, db).equals(p.states[len(p.states)-1]) {
				t.Errorf("seed %d, trial %d: bit %d changed the register unseen", *seed, n, bit)
			}
		})
	}
	t.Logf("seed %d: %d of %d flipped bits were seen; the others lay in unused space or where no entry speaks", *seed, seen, flipped)
}

// What a careful administrator does to a database is no tampering.
func TestUpkeepIsNoTampering(t *testing.T) {
	t.Parallel()
	h, file := closed(t, 60)
	for what, statements := range map[string][]string{
		"nothing":                nil,
		"vacuum":                 {`VACUUM`},
		"rebuilt indexes":        {`REINDEX`},
		"a checkpoint of SQLite": {`UPDATE retries SET tries = tries`, `PRAGMA wal_checkpoint(TRUNCATE)`},
		"rows written as before": {`UPDATE messages SET thread = thread`, `UPDATE entries SET record = record`},
		"rows in another order":  {`CREATE TABLE t AS SELECT * FROM answers ORDER BY random()`, `DELETE FROM answers`, `INSERT INTO answers SELECT * FROM t`, `DROP TABLE t`},
		"an epoch raised":        {`UPDATE meta SET value = CAST('2' AS BLOB) WHERE name = 'epoch'`},
	} {
		path := filepath.Join(t.TempDir(), "register.db")
		write(t, path, file)
		execute(t, path, statements...)
		if found := check(t, path, h.verifier, h.kept()); len(found) > 0 {
			t.Errorf("%s: got %v", what, found)
		}
		r, err := Open(path, h.signer, h.verifier)
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		r.Close()
	}
}

// The trials mean something: the story leaves rows to tamper with in every table,
// and what no entry speaks of is still there.
func TestTrialsCoverEveryTable(t *testing.T) {
	t.Parallel()
	h, _ := closed(t, 60)
	there := map[string]bool{}
	through(t, h.path, func(db *sql.DB) {
		for _, table := range tablesOf(t, db) {
			if found := rows(t, db, `SELECT * FROM `+table.name); len(found) == 0 {
				t.Errorf("the story leaves no row in table %s", table.name)
			}
			for _, column := range table.columns {
				there[table.name+"."+column] = true
			}
		}
	})
	for column := range unspoken {
		if !there[column] {
			t.Errorf("there is no column %s", column)
		}
	}
}
