package register

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"schakel/gateway/tlog"
)

// through opens a database file as anybody with a copy of SQLite does.
func through(t *testing.T, path string, do func(db *sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	do(db)
}

// execute changes a database file.
func execute(t *testing.T, path string, statements ...string) {
	t.Helper()
	through(t, path, func(db *sql.DB) {
		for _, statement := range statements {
			if _, err := db.Exec(statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	})
}

// closed tells the story, closes the register and returns its file.
func closed(t *testing.T, entries int64) (h *house, file []byte) {
	t.Helper()
	h = newHouse(t)
	tell(h, entries)
	h.close()
	file, err := os.ReadFile(h.path)
	if err != nil {
		t.Fatal(err)
	}
	return h, file
}

func TestRegisterIsMadeOnce(t *testing.T) {
	h := newHouse(t)
	if err := Create(h.path, h.signer); err == nil {
		t.Error("made over another")
	}
	empty := filepath.Join(t.TempDir(), "empty.db")
	write(t, empty, nil)
	if err := Create(empty, h.signer); err == nil {
		t.Error("made over an empty file")
	}
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(filepath.Join(t.TempDir(), "elsewhere"), link); err != nil {
		t.Fatal(err)
	}
	if err := Create(link, h.signer); err == nil {
		t.Error("made through a link that leads nowhere")
	}
	info, err := os.Stat(h.path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("got mode %o, want 600", got)
	}
}

func TestEmptyRegisterHasASignedHead(t *testing.T) {
	h := newHouse(t)
	head := h.kept()
	if head.Size != 0 || head.Origin != origin || h.Size() != 0 || h.Epoch() != 1 {
		t.Errorf("got %+v, size %d, epoch %d", head, h.Size(), h.Epoch())
	}
	h.sound(head)
}

func TestRegisterOpensAsItWasClosed(t *testing.T) {
	h, _ := closed(t, 60)
	h.open()
	if h.Size() != 60 {
		t.Errorf("got %d entries, want 60", h.Size())
	}
	if epoch, err := h.Directory(t.Context()); err != nil || epoch != 4 {
		t.Errorf("got directory %d, %v, want 4", epoch, err)
	}
	if entry := h.record(refusal("after")); entry != 60 {
		t.Errorf("got entry %d, want 60", entry)
	}
	h.sound(h.kept())
}

// A register does not open when anything about it is not as the log left it: to
// go on from there would be to sign it.
func TestRegisterDoesNotOpen(t *testing.T) {
	h, file := closed(t, 300)
	changed := func(statements ...string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { execute(t, path, statements...) }
	}
	cut := func(size int) func(t *testing.T, path string) {
		return func(t *testing.T, path string) { write(t, path, file[:size]) }
	}
	for what, spoil := range map[string]func(t *testing.T, path string){
		"there is none":                 func(t *testing.T, path string) { os.Remove(path) },
		"an empty file":                 cut(0),
		"half a page":                   cut(2048),
		"the first page":                cut(4096),
		"half of the pages":             cut(len(file) / 2 &^ 4095),
		"all but the last page":         cut(len(file) - 4096),
		"no database":                   func(t *testing.T, path string) { write(t, path, make([]byte, 8192)) },
		"a newer schema":                changed(`PRAGMA user_version = 3`),
		"an older schema":               changed(`PRAGMA user_version = 1`),
		"a trigger":                     changed(`CREATE TRIGGER quiet AFTER INSERT ON outbound BEGIN DELETE FROM outbound; END`),
		"a column more":                 changed(`ALTER TABLE messages ADD COLUMN note TEXT`),
		"a column less":                 changed(`ALTER TABLE approvals DROP COLUMN function`),
		"a column of another name":      changed(`ALTER TABLE answers RENAME COLUMN connector TO address`),
		"an index less":                 changed(`DROP INDEX outbound_open`),
		"a table more":                  changed(`CREATE TABLE notes (text TEXT)`),
		"a view in place of a table":    changed(`ALTER TABLE arrivals RENAME TO hidden`, `CREATE VIEW arrivals AS SELECT * FROM hidden WHERE 0`),
		"no head":                       changed(`DELETE FROM meta WHERE name = 'head'`),
		"no epoch":                      changed(`DELETE FROM meta WHERE name = 'epoch'`),
		"an epoch that is no number":    changed(`UPDATE meta SET value = CAST('first' AS BLOB) WHERE name = 'epoch'`),
		"a head changed by hand":        changed(`UPDATE meta SET value = CAST(replace(CAST(value AS TEXT), '300', '299') AS BLOB) WHERE name = 'head'`),
		"a head of another key":         func(t *testing.T, path string) { putHead(t, path, signedBy(t, "other", 300, h.kept().Root)) },
		"a head of another root":        func(t *testing.T, path string) { putHead(t, path, signedBy(t, "log", 300, tlog.Hash{})) },
		"a head larger than the tree":   func(t *testing.T, path string) { putHead(t, path, signedBy(t, "log", 301, h.kept().Root)) },
		"a head of before":              func(t *testing.T, path string) { putHead(t, path, h.before(t, file, 40)) },
		"the last entry missing":        changed(`DELETE FROM entries WHERE idx = 299`),
		"an entry more":                 changed(`INSERT INTO entries SELECT 300, salt, entry, record FROM entries WHERE idx = 299`),
		"the last tile missing":         changed(`DELETE FROM tiles WHERE level = 0 AND n = 1`),
		"the last tile shorter":         changed(`UPDATE tiles SET hashes = substr(hashes, 1, 32 * 43) WHERE level = 0 AND n = 1`),
		"a hash in the last tile other": changed(`UPDATE tiles SET hashes = CAST(zeroblob(32) || substr(hashes, 33) AS BLOB) WHERE level = 0 AND n = 1`),
		"the tile above other":          changed(`UPDATE tiles SET hashes = zeroblob(32) WHERE level = 1`),
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "register.db")
			write(t, path, file)
			spoil(t, path)
			if r, err := Open(path, h.signer, h.verifier); err == nil {
				r.Close()
				t.Error("opened")
			}
		})
	}
	for _, table := range tables(t, h.path) {
		t.Run("without table "+table, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "register.db")
			write(t, path, file)
			execute(t, path, `DROP TABLE `+table)
			if r, err := Open(path, h.signer, h.verifier); err == nil {
				r.Close()
				t.Error("opened")
			}
		})
	}
}

func TestRegisterDoesNotOpenUnderAnotherKey(t *testing.T) {
	h, _ := closed(t, 0)
	otherSigner, otherVerifier := key(t, origin, "other")
	renamedSigner, renamedVerifier := key(t, "other.example/log", "log")
	for what, open := range map[string]func() (*Register, error){
		"another public key":   func() (*Register, error) { return Open(h.path, h.signer, otherVerifier) },
		"another signing key":  func() (*Register, error) { return Open(h.path, otherSigner, h.verifier) },
		"both of another key":  func() (*Register, error) { return Open(h.path, otherSigner, otherVerifier) },
		"both of another name": func() (*Register, error) { return Open(h.path, renamedSigner, renamedVerifier) },
	} {
		if r, err := open(); err == nil {
			r.Close()
			t.Errorf("%s: opened", what)
		}
	}
}

// signedBy is a head signed by a key.
func signedBy(t *testing.T, seed string, size int64, root tlog.Hash) []byte {
	t.Helper()
	signer, _ := key(t, origin, seed)
	signed, err := tlog.Checkpoint{Origin: origin, Size: size, Root: root}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// before is the head that the log signed at an earlier size.
func (h *house) before(t *testing.T, file []byte, size int64) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "register.db")
	write(t, path, file)
	r, err := Open(path, h.signer, h.verifier)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	root, err := r.tree.RootAt(size)
	if err != nil {
		t.Fatal(err)
	}
	return signedBy(t, "log", size, root)
}

func putHead(t *testing.T, path string, signed []byte) {
	t.Helper()
	through(t, path, func(db *sql.DB) {
		if _, err := db.Exec(`UPDATE meta SET value = ? WHERE name = 'head'`, signed); err != nil {
			t.Fatal(err)
		}
	})
}

// tables lists the tables of a register, as the database knows them.
func tables(t *testing.T, path string) (names []string) {
	t.Helper()
	through(t, path, func(db *sql.DB) {
		names = column(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`)
	})
	return names
}

// column reads a column of text.
func column(t *testing.T, db *sql.DB, query string, args ...any) (all []string) {
	t.Helper()
	rows, err := db.Query(query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		all = append(all, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
