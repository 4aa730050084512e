package register

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"

	merkle "golang.org/x/mod/sumdb/tlog"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

func TestSoundRegisterHasNoFindings(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	var kept []tlog.Checkpoint
	for _, entries := range []int64{0, 1, 255, 256, 257, 600} {
		if missing := entries - h.Size(); missing > 0 {
			h.record(noise(h.Size(), missing))
		}
		kept = append(kept, h.kept())
		h.sound(kept...)
	}
	h.close()
	report, err := Check(t.Context(), h.path, h.verifier, kept...)
	if err != nil || report.Entries != 600 || report.Checkpoint != kept[len(kept)-1] || len(report.Findings) > 0 {
		t.Errorf("got %+v, %v", report, err)
	}
}

// Everything that follows from the log is made again from its entries, row for
// row: nobody has to be believed about it.
func TestProjectionsFollowFromTheEntries(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tell(h, 60)
	rebuilt, err := scratch()
	if err != nil {
		t.Fatal(err)
	}
	defer rebuilt.Close()
	tx, err := rebuilt.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for index := range h.Size() {
		entry, record, err := h.Entry(t.Context(), index)
		if err != nil {
			t.Fatal(err)
		}
		if err := project(tx, index, &entry, &record); err != nil {
			t.Fatalf("entry %d: %v", index, err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"messages", "deliveries", "outbound", "answers", "approvals", "assessments", "follows", "directory", "receipts", "recalls", "arrivals", "retries"} {
		want, err := dump(t.Context(), h.reader, `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		got, err := dump(t.Context(), rebuilt, `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Errorf("table %s: got %v, want %v", table, got, want)
		}
	}
}

// A check looks at one moment of a register, also while it grows.
func TestCheckMayRunBesideTheGateway(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(stop)
	wg.Go(func() {
		manila := &connector{name: "ngo/manila"}
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := h.Record(t.Context(), manila.write(schemas.KindTip).to("police", "police/desk").with("tip").Settlement); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for range 8 {
		h.sound(h.kept())
	}
}

// What a check says, it says about entries and tables.
func TestFindings(t *testing.T) {
	t.Parallel()
	h, file := closed(t, 60)
	for what, c := range map[string]struct {
		change string
		want   string
	}{
		"an entry":                       {`UPDATE entries SET entry = CAST(replace(CAST(entry AS TEXT), '2026', '2025') AS BLOB) WHERE idx = 5`, "the entries do not give the root of the signed head"},
		"a record":                       {`UPDATE entries SET record = CAST(replace(CAST(record AS TEXT), 'police', 'friend') AS BLOB) WHERE idx = 5`, "entry 5: the record is not the one the entry names"},
		"an entry that is no document":   {`UPDATE entries SET entry = x'00' WHERE idx = 7`, "entry 7: the entry cannot be read"},
		"an entry gone":                  {`DELETE FROM entries WHERE idx = 7`, "entry 8: the entry before it is missing"},
		"the last entry gone":            {`DELETE FROM entries WHERE idx = 59`, "the head speaks of 60 entries, there are 59"},
		"a tile gone":                    {`DELETE FROM tiles`, "tile 0/0 is missing"},
		"a tile changed":                 {`UPDATE tiles SET hashes = x'00'`, "tile 0/0 is not what the entries give"},
		"a tile more":                    {`INSERT INTO tiles VALUES (3, 3, x'00')`, "tile 3/3 is not what the entries give"},
		"no head":                        {`DELETE FROM meta WHERE name = 'head'`, "the head is not signed by this log"},
		"no epoch":                       {`DELETE FROM meta WHERE name = 'epoch'`, "the head or the epoch cannot be read"},
		"an epoch lowered":               {`UPDATE meta SET value = CAST('0' AS BLOB) WHERE name = 'epoch'`, "the epoch is 0, an entry was made in 1"},
		"an epoch that is no number":     {`UPDATE meta SET value = CAST('1st' AS BLOB) WHERE name = 'epoch'`, "the head or the epoch cannot be read"},
		"a row of meta more":             {`INSERT INTO meta VALUES ('note', x'00')`, "table meta has a row of no meaning"},
		"what is due lacks its content":  {`DELETE FROM contents WHERE message = 'ngo/manila/1'`, `the content of message "ngo/manila/1" is still needed and is missing`},
		"a copy that the law wants lost": {`DELETE FROM contents WHERE message = 'ngo/cebu/2'`, `the content of message "ngo/cebu/2" is still needed and is missing`},
		"other content":                  {`UPDATE contents SET wrapped = x'00' WHERE message = 'ngo/manila/1'`, `the kept content of message "ngo/manila/1" is not what its record names`},
		"content of another case":        {`UPDATE contents SET thread = 'ngo/cebu/2' WHERE message = 'ngo/manila/1'`, `the kept content of message "ngo/manila/1" is not what its record names`},
		"content that was to be erased":  {`INSERT INTO contents VALUES ('ngo/cebu/1', 'ngo/cebu/1', CAST('wrapped declined tip' AS BLOB))`, `the content of message "ngo/cebu/1" is kept, though nothing needs it`},
		"a key gone":                     {`DELETE FROM cases WHERE thread = 'ngo/manila/1'`, "table cases lacks a row that the log gives"},
		"a delivery nobody decided":      {`INSERT INTO outbound VALUES (99, 'mallory/desk', 'ngo/manila/1', -1)`, "table outbound has a row that the log does not give"},
		"a delivery never offered again": {`DELETE FROM retries`, "table retries lacks a row that the log gives"},
		"a hold opened again":            {`UPDATE deliveries SET closed = 0`, "table deliveries has a row that the log does not give"},
		"an approval invented":           {`INSERT INTO approvals SELECT 99, hold, 'mallory', function FROM approvals LIMIT 1`, "table approvals has a row that the log does not give"},
		"a trigger":                      {`CREATE TRIGGER quiet AFTER INSERT ON outbound BEGIN DELETE FROM outbound; END`, "the register's tables are not those of this program"},
		"a table gone":                   {`DROP TABLE arrivals`, "the register's tables are not those of this program"},
		"another version":                {`PRAGMA user_version = 3`, "the register's tables are not those of this program: it has schema 3, this program knows 2"},
	} {
		t.Run(what, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "register.db")
			write(t, path, file)
			execute(t, path, c.change)
			var found []string
			for _, finding := range check(t, path, h.verifier) {
				if finding.String() == c.want {
					return
				}
				found = append(found, finding.String())
			}
			t.Errorf("got %q, want %q", found, c.want)
		})
	}
}

// A history that contradicts itself is found out even when its digests fit: an
// approval of nothing, a message twice.
func TestEventsThatCannotBeAreFound(t *testing.T) {
	t.Parallel()
	h, file := closed(t, 60)
	impossible := happened(schemas.EventApproved, schemas.Record{Message: "m", Connector: "c", Sequence: 1})
	twice := (&connector{name: "ngo/manila"}).write(schemas.KindTip).Events[0]
	for what, event := range map[string]schemas.Event{"an approval of nothing": impossible, "a message twice": twice} {
		path := filepath.Join(t.TempDir(), "register.db")
		write(t, path, file)
		p := prepare(event)
		through(t, path, func(db *sql.DB) {
			if _, err := db.Exec(`UPDATE entries SET salt = ?, entry = ?, record = ? WHERE idx = 50`, p.opening.Salt, p.opening.Entry, p.record); err != nil {
				t.Fatal(err)
			}
		})
		want := Finding{50, "its rows cannot be made: it contradicts an earlier entry"}
		found := check(t, path, h.verifier)
		if len(found) == 0 || found[0] != want {
			t.Errorf("%s: got %v, want %v first", what, found, want)
		}
	}
}

func TestCheckIsOfOneLog(t *testing.T) {
	t.Parallel()
	h, _ := closed(t, 60)
	_, other := key(t, origin, "other")
	if found := check(t, h.path, other); len(found) == 0 {
		t.Error("a register is sound under another log's key")
	}
	if _, err := Check(t.Context(), filepath.Join(t.TempDir(), "none.db"), h.verifier); err == nil {
		t.Error("a register that is not there was checked")
	}
}

// Findings stay readable however much is wrong.
func TestFindingsAreNotEndless(t *testing.T) {
	t.Parallel()
	h, _ := closed(t, 300)
	execute(t, h.path, `UPDATE entries SET record = x'00'`)
	if found := check(t, h.path, h.verifier); len(found) != 100 {
		t.Errorf("got %d findings, want the first 100", len(found))
	}
}

// The register serves the log that it signs: a monitor comes to its root.
func TestRegisterServesItsLog(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	tell(h, 300)
	server := httptest.NewServer(tlog.Handler(h, h.Size))
	defer server.Close()
	fetch := func(path string) []byte {
		response, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", path, response.Status, err)
		}
		return body
	}
	head, err := tlog.OpenCheckpoint(fetch("/checkpoint"), h.verifier)
	if err != nil || head != h.kept() {
		t.Fatalf("got head %v, %v, want %v", head, err, h.kept())
	}
	leaves := append(fetch("/tile/entries/000"), fetch("/tile/entries/001.p/44")...)
	var history []tlog.Hash
	for ; len(leaves) >= 34; leaves = leaves[34:] {
		history = append(history, merkle.RecordHash(leaves[2:34]))
	}
	tree, err := tlog.Rebuild(history)
	if err != nil {
		t.Fatal(err)
	}
	if root, err := tree.Root(); err != nil || root != head.Root || tree.Size() != 300 {
		t.Errorf("got root %s of %d leaves, %v, want %s", root, tree.Size(), err, head.Root)
	}
	tiles, err := tree.Tiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, tile := range tiles {
		path := fmt.Sprintf("/tile/%d/%s", tile.Level, tlog.TilePath(tile.N, len(tile.Data)/32))
		if !bytes.Equal(fetch(path), tile.Data) {
			t.Errorf("%s is not what the leaves give", path)
		}
	}
}
