package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// parts is the CPU time, in microseconds, of the bare primitives that one
// message and the recipient's receipt for it need at the gateway.
type parts map[string]float64

// partNames in the order in which a message meets them.
var partNames = []string{"open", "verify", "hash", "decide", "insert", "seal"}

func (p parts) sum() float64 {
	sum := 0.0
	for _, name := range partNames {
		sum += p[name]
	}
	return sum
}

// measureParts measures the primitives on the messages of a run that has ended,
// with its keys, rules and register.
func measureParts(r *benchRun) (parts, error) {
	bench, err := openWorkbench(r)
	if err != nil {
		return nil, err
	}
	defer bench.close()
	p := parts{}
	if err := errors.Join(bench.message(ngo, tbkk, p), bench.message(tbkk, ngo, p)); err != nil {
		return nil, err
	}
	p["open"] -= p["verify"] + p["hash"]
	p["insert"], err = bench.insert()
	return p, err
}

// workbench holds what the primitives are measured with.
type workbench struct {
	run      *benchRun
	register *sql.DB
	gateway  *pki.Secret
	rules    *policies.Rules
	homes    map[string]*connectors.Connector
}

func openWorkbench(r *benchRun) (*workbench, error) {
	w := &workbench{run: r, homes: map[string]*connectors.Connector{}}
	store, err := pki.OpenStore(r.path(gatewayHome+"/keys"), r.secret)
	if err != nil {
		return nil, err
	}
	if w.gateway, err = store.OpenPGP("openpgp"); err != nil {
		return nil, err
	}
	if w.rules, err = policies.Builtin(); err != nil {
		return nil, err
	}
	for _, id := range []string{ngo, tbkk} {
		home, err := connectors.OpenHome(r.path(id), r.secret)
		if err != nil {
			return nil, err
		}
		if w.homes[id], err = connectors.Start(home, time.Now, slog.New(slog.DiscardHandler)); err != nil {
			return nil, err
		}
	}
	w.register, err = sql.Open("sqlite", "file:"+r.path(gatewayHome+"/register.db")+"?mode=ro")
	return w, err
}

func (w *workbench) close() {
	w.register.Close()
	for _, home := range w.homes {
		home.Close()
	}
}

// newest finds the newest message of a sender, and the question about it.
func (w *workbench) newest(sender string) (id string, question *policies.Question, err error) {
	var text []byte
	err = w.register.QueryRow(`SELECT m.id, e.record FROM messages m JOIN deliveries d ON d.message = m.id JOIN entries e ON e.idx = d.entry
		WHERE m.connector = ? ORDER BY m.entry DESC LIMIT 1`, sender+"/1").Scan(&id, &text)
	if err != nil {
		return "", nil, err
	}
	var record schemas.Record
	if err := json.Unmarshal(text, &record); err != nil {
		return "", nil, err
	}
	question = &policies.Question{}
	return id, question, json.Unmarshal(record.Question, question)
}

// message measures what the newest message of a sender needed, and adds it.
func (w *workbench) message(sender, recipient string, p parts) error {
	id, question, err := w.newest(sender)
	if err != nil {
		return err
	}
	files, err := w.homes[recipient].Export(id)
	if err != nil {
		return err
	}
	submission := &pki.Container{Manifest: files["manifest.json"], Signature: files["manifest.sig"], Disclosures: strings.Fields(string(files["disclosures.txt"]))}
	delivery, answer := *submission, &pki.Container{Proof: files["entry.tlog-proof"]}
	delivery.Record, delivery.Proof = files["sender.json"], answer.Proof
	for name, do := range map[string]func() error{
		"open":   w.opening(sender, submission),
		"verify": w.verifying(sender, submission),
		"hash":   w.hashing(submission),
		"decide": func() error { _, err := w.rules.Decide(context.Background(), question); return err },
		"seal":   both(w.sealing(&delivery, recipient), w.sealing(answer, sender)),
	} {
		used, err := cost(do)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		p[name] += used
	}
	return nil
}

// decisions is what the rules cost by themselves, in CPU time on one core.
type decisions struct {
	Question  int     `json:"question_bytes"` // the largest of the casebook
	PerSecond float64 `json:"decisions_per_second"`
	P50       float64 `json:"p50_cpu_ms"`
	P99       float64 `json:"p99_cpu_ms"`
}

// measureDecisions asks the largest question of the casebook again and again, with
// as much garbage as the gateway allows itself.
func measureDecisions(ctx context.Context) (*decisions, error) {
	rules, err := policies.Builtin()
	if err != nil {
		return nil, err
	}
	cases, err := policies.Cases(policies.Casebook())
	if err != nil {
		return nil, err
	}
	size := func(c policies.Case) int { return len(schemas.Encode(c.Question)) }
	largest := slices.MaxFunc(cases, func(a, b policies.Case) int { return size(a) - size(b) })
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer debug.SetGCPercent(debug.SetGCPercent(instance.Garbage))
	var times []time.Duration
	all := selfCPU()
	for range 1000 {
		before := selfCPU()
		if _, err := rules.Decide(ctx, largest.Question); err != nil {
			return nil, err
		}
		times = append(times, selfCPU()-before)
	}
	d := &decisions{Question: size(largest), PerSecond: float64(len(times)) / (selfCPU() - all).Seconds()}
	d.P50, d.P99 = quantiles(times)
	return d, nil
}

// certificate of a partner, as the other end holds it.
func (w *workbench) certificate(id string) *pki.Certificate {
	partner, err := w.homes[id].Partner(id)
	if err != nil {
		return nil
	}
	return partner.Certificate
}

// opening opens the submission as the gateway does: decrypts, verifies, compares
// every digest. What verify and hash cost by themselves is taken off later.
func (w *workbench) opening(sender string, submission *pki.Container) func() error {
	now := time.Now()
	sealed, err := pki.Seal(submission, w.gateway.Certificate, w.gateway.EncryptionKey(now), now)
	partner, err2 := w.homes[sender].Partner(sender)
	if err := errors.Join(err, err2); err != nil {
		return func() error { return err }
	}
	signer, _ := partner.Signer("1")
	expect := pki.Expect{Form: pki.Submission, Key: w.gateway, Now: now, Signer: signer, Gateway: w.gateway.Fingerprint}
	return func() error { _, err := pki.Open(sealed, expect); return err }
}

func (w *workbench) verifying(sender string, submission *pki.Container) func() error {
	certificate := w.certificate(sender)
	key := certificate.SigningKey(time.Now())
	return func() error {
		_, err := pki.Verify(certificate, key, pki.ContextManifest, submission.Manifest, submission.Signature)
		return err
	}
}

func (w *workbench) hashing(submission *pki.Container) func() error {
	return func() error {
		for _, text := range submission.Disclosures {
			sha256.Sum256([]byte(text))
		}
		sha256.Sum256(submission.Manifest)
		return nil
	}
}

func (w *workbench) sealing(container *pki.Container, to string) func() error {
	now, certificate := time.Now(), w.certificate(to)
	key := certificate.EncryptionKey(now)
	return func() error { _, err := pki.Seal(container, certificate, key, now); return err }
}

func both(first, second func() error) func() error {
	return func() error { return errors.Join(first(), second()) }
}

// cost is the CPU time of one call, in microseconds, over as many calls as fit
// into a third of a second.
func cost(do func() error) (float64, error) {
	if err := do(); err != nil { // once before: caches fill
		return 0, err
	}
	before, calls := selfCPU(), 0
	for begun := time.Now(); time.Since(begun) < time.Second/3; calls++ {
		if err := do(); err != nil {
			return 0, err
		}
	}
	return micros(selfCPU()-before) / float64(calls), nil
}

// selfCPU is the time that this process has used.
func selfCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// perCommit is how many messages one transaction holds in the measure of insert.
const perCommit = 64

// insert writes every row of the run's register once more, into the same tables
// of a new database, many messages a transaction.
func (w *workbench) insert() (float64, error) {
	db, err := sql.Open("sqlite", "file:"+w.run.path("insert.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	tables, err := w.tables(db)
	if err != nil {
		return 0, err
	}
	commits := 2 * (w.run.messages + warmUp) / perCommit
	before := selfCPU()
	for i := range commits {
		if err := insertShare(db, tables, i, commits); err != nil {
			return 0, err
		}
	}
	return micros(selfCPU()-before) / float64(w.run.messages+warmUp), nil
}

// table is one table of the register with all its rows.
type table struct {
	insert string
	rows   [][]any
}

// tables makes the register's tables in a new database, and reads their rows.
func (w *workbench) tables(db *sql.DB) ([]table, error) {
	var all []table
	schema, err := query(w.register, `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	for _, made := range schema {
		if _, err := db.Exec(made[2].(string)); err != nil {
			return nil, err
		}
		if made[0] != "table" {
			continue
		}
		rows, err := query(w.register, "SELECT * FROM "+made[1].(string))
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			marks := strings.TrimSuffix(strings.Repeat("?,", len(rows[0])), ",")
			all = append(all, table{"INSERT INTO " + made[1].(string) + " VALUES (" + marks + ")", rows})
		}
	}
	return all, nil
}

func query(db *sql.DB, text string) ([][]any, error) {
	rows, err := db.Query(text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]any
	for rows.Next() {
		values := make([]any, len(columns))
		pointers := make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return nil, err
		}
		all = append(all, values)
	}
	return all, rows.Err()
}

// insertShare writes the n-th of so many equal shares of every table.
func insertShare(db *sql.DB, tables []table, n, of int) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, t := range tables {
		for _, row := range t.rows[len(t.rows)*n/of : len(t.rows)*(n+1)/of] {
			if _, err := tx.Exec(t.insert, row...); err != nil {
				return err
			}
		}
	}
	return tx.Commit()
}
