package instance

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"golang.org/x/mod/sumdb/note"

	"schakel/connectors"
	"schakel/connectors/line"
	"schakel/gateway/register"
	"schakel/gateway/tlog"
	"schakel/pki"
	"schakel/schemas"
)

// The crash test plays with real processes: this test program runs itself again
// as broker, gateway or connector, and the test kills them.
const (
	roleVariable = "SCHAKEL_CRASH_ROLE"
	homeVariable = "SCHAKEL_CRASH_HOME"
	seedVariable = "SCHAKEL_CRASH_SEED" // plays a schedule of kills again
)

const (
	crashMessages = 200
	crashKills    = 64 // at random moments, besides those of the three losses
	lossMessages  = 4  // that are under way in each loss
	longEnough    = 100 * time.Second
)

var crashPassphrase = []byte("passphrase of the crash test only")

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVariable); role != "" {
		go endWithParent()
		if err := play(role, os.Getenv(homeVariable)); err != nil {
			fmt.Fprintln(os.Stderr, role, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// endWithParent ends a process that the test can no longer end.
func endWithParent() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

// play is what the programs do in these roles.
func play(role, home string) error {
	ctx, log := context.Background(), slog.New(slog.NewJSONHandler(os.Stdout, nil))
	switch role {
	case "broker":
		config, err := ReadConfig(home)
		if err != nil {
			return err
		}
		hub, err := Hub(home)
		if err != nil {
			return err
		}
		return RunBroker(ctx, home, config.Listen, hub, log)
	case "gateway":
		service, err := Open(home, crashPassphrase, time.Now, log)
		if err != nil {
			return err
		}
		return service.Run(ctx, nil)
	}
	connector, err := openConnector(home, log)
	if err != nil {
		return err
	}
	return line.Serve(ctx, connector, "")
}

func openConnector(home string, log *slog.Logger) (*connectors.Connector, error) {
	opened, err := connectors.OpenHome(home, crashPassphrase)
	if err != nil {
		return nil, err
	}
	return connectors.Start(opened, time.Now, log)
}

// process is one of the four, killed and started again.
type process struct {
	t          *testing.T
	name, role string
	home, log  string
	cmd        *exec.Cmd
	line       io.Closer // its standard input: it ends when this closes
	ended      chan struct{}
	meant      atomic.Bool
	kills      int
}

func (p *process) start() {
	p.t.Helper()
	output, err := os.OpenFile(p.log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	must(p.t, err)
	defer output.Close()
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), roleVariable+"="+p.role, homeVariable+"="+p.home)
	p.cmd.Stdout, p.cmd.Stderr = output, output
	p.line, err = p.cmd.StdinPipe()
	must(p.t, err)
	must(p.t, p.cmd.Start())
	p.meant.Store(false)
	p.ended = make(chan struct{})
	go p.watch(p.cmd, p.ended)
}

// watch reports a process that ends although nobody killed it.
func (p *process) watch(cmd *exec.Cmd, ended chan struct{}) {
	err := cmd.Wait()
	if !p.meant.Load() {
		p.t.Errorf("%s ended by itself: %v", p.name, err)
	}
	close(ended)
}

// kill ends the process as a power cut would end it.
func (p *process) kill() {
	p.meant.Store(true)
	p.cmd.Process.Kill()
	<-p.ended
	p.line.Close()
	p.kills++
}

// town is a centre and two partners, each with its own home and processes.
type town struct {
	t                                  *testing.T
	dir                                string
	broker, gateway, sender, recipient *process
	hub                                jetstream.JetStream
	trust                              []byte
	verifier                           note.Verifier
	mailbox                            map[string]string // by partner

	ration     chan struct{} // one for each message that may be submitted
	submitting sync.WaitGroup
	underWay   sync.WaitGroup // rations that are not yet accepted messages
	lock       sync.Mutex
	accepted   []string // ids
}

func newTown(t *testing.T) *town {
	t.Helper()
	w := &town{t: t, dir: t.TempDir(), mailbox: map[string]string{}, ration: make(chan struct{}, crashMessages)}
	w.broker = w.process("broker", "broker", "centre")
	w.gateway = w.process("gateway", "gateway", "centre")
	w.sender = w.process("sender", "connector", "ngo-luz")
	w.recipient = w.process("recipient", "connector", "tbkk")
	w.makeHomes()
	t.Cleanup(w.end)
	w.submitting.Go(w.submitRations)
	t.Cleanup(w.submitting.Wait)
	t.Cleanup(func() { close(w.ration) })
	w.broker.start()
	w.gateway.start()
	w.sender.start()
	w.recipient.start()
	w.hub = w.asHub()
	return w
}

func (w *town) home(name string) string { return filepath.Join(w.dir, name) }

func (w *town) process(name, role, home string) *process {
	return &process{t: w.t, name: name, role: role, home: w.home(home), log: w.home(name + ".log")}
}

func (w *town) processes() []*process {
	return []*process{w.broker, w.gateway, w.sender, w.recipient}
}

// end kills what still runs, and shows the logs of a test that failed.
func (w *town) end() {
	for _, p := range w.processes() {
		if p.cmd != nil && !p.meant.Load() {
			p.kill()
		}
		if w.t.Failed() {
			text, _ := os.ReadFile(p.log)
			w.t.Logf("end of the log of the %s:\n%s", p.name, text[max(0, len(text)-3000):])
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// makeHomes enrols an NGO in the Philippines and the police team, with what the
// law asks for a tip from one to the other.
func (w *town) makeHomes() {
	w.t.Helper()
	cheap := pki.KDF{Name: "argon2id", Time: 1, Memory: 8 << 10, Threads: 1}
	address := freeAddress(w.t)
	must(w.t, CreateGateway(GatewayOptions{
		Dir: w.home("centre"), Config: Config{Name: "crash.example", Listen: address, Broker: "tls://" + address, Workers: 2},
		Passphrase: crashPassphrase, KDF: cheap, Now: time.Now(),
	}))
	admin, err := OpenAdmin(w.home("centre"), crashPassphrase, time.Now)
	must(w.t, err)
	w.trust = admin.Anchors.Bytes
	w.verifier, err = note.NewVerifier(admin.Anchors.LogKey)
	must(w.t, err)
	year := time.Now().UTC().Format("2006")
	for _, partner := range []PartnerOptions{
		{ID: "tbkk", Name: "Team TBKK", Role: "pol-tbkk", Country: "NL", Accepts: []string{"o-use", "o-secrecy", "o-noonward", "o-destroy"}, Officers: []OfficerOptions{{ID: "desk-1", Functions: []string{"staff"}}}},
		{ID: "ngo-luz", Name: "Stichting Luz", Role: "ngo-dest", Country: "PH", Officers: []OfficerOptions{{ID: "field-1", Functions: []string{"staff"}}, {ID: "director", Functions: []string{"a-dir"}}}},
	} {
		partner.Dir, partner.Language, partner.Passphrase, partner.KDF = w.home(partner.ID), "en", crashPassphrase, cheap
		for i := range partner.Officers {
			partner.Officers[i].Passphrase = crashPassphrase
		}
		must(w.t, admin.AddPartner(partner))
		config, err := connectors.ReadConfig(partner.Dir)
		must(w.t, err)
		w.mailbox[partner.ID] = config.Mailbox
	}
	for _, document := range []schemas.Document{
		{ID: "sheet", Kind: "country-sheet", Issuer: "counsel PH", Country: "PH"},
		{ID: "programme", Kind: "approval", Issuer: "ngo-luz", Function: "a-dir", Person: "ngo-luz/director", Scope: "programme"},
		{ID: "undertaking", Kind: "undertaking", Issuer: "ngo-luz", Country: "PH"},
	} {
		document.Parties, document.From, document.Until = []string{"ngo-luz"}, year+"-01-01", year+"-12-31"
		must(w.t, admin.AddDocument(document))
	}
}

// freeAddress finds a port below those that the system gives to connections: the
// broker must get it again after each kill.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 1000 {
		address := "127.0.0.1:" + strconv.Itoa(20_000+rand.IntN(12_000))
		if listener, err := net.Listen("tcp", address); err == nil {
			listener.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// asHub is a line to the broker with the gateway's own key, to look at what the
// broker holds and to take it away.
func (w *town) asHub() jetstream.JetStream {
	w.t.Helper()
	config, err := ReadConfig(w.home("centre"))
	must(w.t, err)
	store, err := pki.OpenStore(filepath.Join(w.home("centre"), keysDir), crashPassphrase)
	must(w.t, err)
	seed, err := store.Get(secretHub)
	must(w.t, err)
	key, err := store.Get(secretTLS)
	must(w.t, err)
	cert, err1 := os.ReadFile(filepath.Join(w.home("centre"), "tls.crt"))
	ca, err2 := os.ReadFile(filepath.Join(w.home("centre"), caFile))
	must(w.t, errors.Join(err1, err2))
	secure, err := pki.ClientTLS(cert, key, ca)
	must(w.t, err)
	pair, err := nkeys.FromSeed(seed)
	must(w.t, err)
	public, err := pair.PublicKey()
	must(w.t, err)
	conn, err := nats.Connect(config.Broker, nats.Nkey(public, pair.Sign), nats.Secure(secure), nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	must(w.t, err)
	w.t.Cleanup(conn.Close)
	hub, err := jetstream.New(conn)
	must(w.t, err)
	return hub
}

// await looks until something is so.
func (w *town) await(what string, so func() bool) {
	w.t.Helper()
	if !w.until(so) {
		w.t.Fatalf("waited in vain: %s", what)
	}
}

func (w *town) until(so func() bool) bool {
	for deadline := time.Now().Add(longEnough); !so(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) || w.t.Context().Err() != nil {
			return false
		}
	}
	return true
}

// tip is an invented report, each with a text of its own.
func tip(n int) []byte {
	return []byte(`{"kind":"case-tip","to":["tbkk"],
"bases":[{"id":"ngo-local","documents":[{"id":"LUZ-` + strconv.Itoa(n) + `","kind":"local-reporting-check"}]}],
"body":{"subject":"person","at_risk_now":"unknown",
"persons":[{"category":"s-suspect","minor":"no","roles":["traveller"]},{"category":"s-potvictim","minor":"yes"}],
"seen":{"person":0,"told_by":"third-person","place":{"country":"PH","region":"Cebu"},"account":{"text":"Invented report ` + strconv.Itoa(n) + `.","categories":["d-susp","d-location"]}},
"suspects":[{"person":0,"name":"Pieter Voorbeeld","nationality":"NL"}],
"children":[{"person":1,"age_band":"12-15","sex":"girl","area":"Cebu"}],
"source":{"number":"LUZ-2026-014","consent":"only-through-us","local_police":"no","concerns_officials":"no"}}}`)
}

// submit hands in the next tip and repeats that until the connector has said that
// it is accepted, now or before it was killed.
func (w *town) submit() {
	w.t.Helper()
	w.lock.Lock()
	defer w.lock.Unlock()
	var answer error
	done := w.until(func() bool {
		desk, ok := connectors.DialHome(w.sender.home)
		if !ok {
			return false
		}
		var accepted *connectors.Accepted
		accepted, answer = desk.Submit(tip(len(w.accepted)+1), connectors.Options{})
		refusal := schemas.Refused(answer)
		switch {
		case answer == nil:
			w.accepted = append(w.accepted, accepted.ID)
		case refusal != nil && refusal.Code == "state.same-content":
			w.accepted, answer = append(w.accepted, refusal.At), nil
		}
		return answer == nil || refusal != nil
	})
	if (!done || answer != nil) && w.t.Context().Err() == nil {
		w.t.Errorf("tip %d was not accepted: %v", len(w.accepted)+1, answer)
	}
}

// submitRations submits one message for each ration.
func (w *town) submitRations() {
	for range w.ration {
		w.submit()
		w.underWay.Done()
	}
}

// allow gives out rations.
func (w *town) allow(n int) {
	w.underWay.Add(n)
	for range n {
		w.ration <- struct{}{}
	}
}

// submitSome returns when a few messages have been accepted, and which.
func (w *town) submitSome() []string {
	before := len(w.all())
	w.allow(lossMessages)
	w.underWay.Wait()
	return w.all()[before:]
}

// all returns what has been accepted so far.
func (w *town) all() []string {
	w.lock.Lock()
	defer w.lock.Unlock()
	return slices.Clone(w.accepted)
}

// awaitQuiet waits until everything that may be submitted is in custody. A sender
// that starts asks at once for what is still out.
func (w *town) awaitQuiet() {
	w.t.Helper()
	w.underWay.Wait()
	w.sender.kill()
	w.sender.start()
	w.awaitCustody(w.all())
}

// outbox is what the sender's connector says of these messages.
func (w *town) outbox() map[string]connectors.Outgoing {
	desk, ok := connectors.DialHome(w.sender.home)
	if !ok {
		return nil
	}
	list, err := desk.Outbox(true)
	if err != nil {
		return nil
	}
	all := map[string]connectors.Outgoing{}
	for _, out := range list {
		all[out.ID] = out
	}
	return all
}

// awaitState waits until the sender's connector says one of these words of each
// message. None may end in another way.
func (w *town) awaitState(ids []string, states ...string) {
	w.t.Helper()
	var missing []string
	done := w.until(func() bool {
		outbox := w.outbox()
		missing = nil
		for i, id := range ids {
			out := outbox[id]
			if state := out.State(); !slices.Contains(states, state) {
				missing = append(missing, fmt.Sprintf("message %d is %s %v %s", i+1, state, out.Results, out.Refusal))
			}
			if state := out.State(); state == "not-shared" || state == "refused" || state == "held" {
				w.t.Fatalf("message %d is %s: %v %s", i+1, state, out.Results, out.Refusal)
			}
		}
		return len(missing) == 0
	})
	if !done {
		w.t.Fatalf("waited in vain for %s:\n%s", states[0], strings.Join(missing, "\n"))
	}
}

func (w *town) awaitCustody(ids []string) {
	w.t.Helper()
	w.awaitState(ids, "custody", "delivered")
}

// strings reads one column of text from the register's file, beside the gateway
// or without it.
func (w *town) strings(query string, arguments ...any) []string {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+url.PathEscape(filepath.Join(w.home("centre"), registerFile))+"?mode=ro&_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	must(w.t, err)
	defer db.Close()
	rows, err := db.Query(query, arguments...)
	must(w.t, err)
	defer rows.Close()
	var all []string
	for rows.Next() {
		var text string
		must(w.t, rows.Scan(&text))
		all = append(all, text)
	}
	must(w.t, rows.Err())
	return all
}

// committed lists the digests of the sealed submissions that the register knows.
func (w *town) committed() []string {
	w.t.Helper()
	return w.strings(`SELECT DISTINCT json_extract(record, '$.sealed') FROM entries WHERE json_extract(record, '$.sealed') IS NOT NULL`)
}

// held lists what the broker holds under a subject; nil while it does not answer.
func (w *town) held(stream, subject string) [][]byte {
	ctx, cancel := context.WithTimeout(context.Background(), longEnough)
	defer cancel()
	s, err := w.hub.Stream(ctx, stream)
	if err != nil {
		return nil
	}
	var all [][]byte
	for next := uint64(1); ; {
		message, err := s.GetMsg(ctx, next, jetstream.WithGetMsgSubject(subject))
		if err != nil {
			return all
		}
		all = append(all, message.Data)
		next = message.Sequence + 1
	}
}

// awaitHeldOnly waits until the broker holds this many submissions of the sender
// that the register does not.
func (w *town) awaitHeldOnly(n int) {
	w.t.Helper()
	w.await("the broker holds what the register does not", func() bool {
		committed, waiting := w.committed(), map[string]bool{}
		for _, sealed := range w.held(schemas.StreamIn, schemas.SubjectIn(w.mailbox["ngo-luz"])) {
			if digest := schemas.Digest(sealed); !slices.Contains(committed, digest) {
				waiting[digest] = true
			}
		}
		return len(waiting) >= n
	})
}

// loseStore kills the broker and deletes everything it has.
func (w *town) loseStore() {
	w.t.Helper()
	w.broker.kill()
	must(w.t, os.RemoveAll(filepath.Join(w.home("centre"), brokerDir, "store")))
	w.broker.start()
}

// loseDeliveries deletes the broker's store when messages are committed and lie
// there for a recipient who is away: custody is told after the delivery.
func (w *town) loseDeliveries() {
	w.t.Helper()
	w.awaitQuiet()
	w.recipient.kill()
	w.awaitCustody(w.submitSome())
	w.loseStore()
	w.recipient.start()
}

// loseSubmissions deletes the broker's store when messages lie there that no
// gateway has seen.
func (w *town) loseSubmissions() {
	w.t.Helper()
	w.awaitQuiet()
	w.gateway.kill()
	w.submitSome()
	w.awaitHeldOnly(lossMessages)
	w.loseStore()
	w.gateway.start()
}

// loseReceipts deletes the mailboxes when custody receipts lie there for a sender
// who is away. He can only ask again.
func (w *town) loseReceipts() {
	w.t.Helper()
	w.awaitQuiet()
	w.gateway.kill()
	ids := w.submitSome()
	w.awaitHeldOnly(lossMessages)
	w.sender.kill()
	mailbox := schemas.SubjectOut(w.mailbox["ngo-luz"])
	before := len(w.held(schemas.StreamOut, mailbox))
	w.gateway.start()
	w.await("the receipts are with the broker", func() bool {
		return len(w.held(schemas.StreamOut, mailbox)) >= before+lossMessages
	})
	ctx, cancel := context.WithTimeout(context.Background(), longEnough)
	defer cancel()
	must(w.t, w.hub.DeleteStream(ctx, schemas.StreamOut))
	w.sender.start()
	w.awaitCustody(ids)
}

// killAtRandom kills one process after another, lets the sender go on with his
// messages as the kills go on, and has the broker lose things in between.
func (w *town) killAtRandom(random *rand.Rand) {
	w.t.Helper()
	losses := map[int]func(){crashKills / 4: w.loseDeliveries, crashKills / 2: w.loseSubmissions, crashKills * 3 / 4: w.loseReceipts}
	given := len(w.all()) + len(losses)*lossMessages // the losses take rations of their own
	for kill := range crashKills {
		if lose := losses[kill]; lose != nil {
			lose()
		}
		more := max(0, crashMessages*(kill+1)/crashKills-given)
		w.allow(more)
		given += more
		time.Sleep(time.Duration(50+random.IntN(800)) * time.Millisecond)
		victim := w.processes()[random.IntN(4)]
		victim.kill()
		victim.start()
	}
}

func crashSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv(seedVariable)
	if text == "" {
		return rand.Uint64()
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	must(t, err)
	return seed
}

func TestCrashesLoseNothingAndDoubleNothing(t *testing.T) {
	seed := crashSeed(t)
	t.Logf("%s=%d plays these kills again", seedVariable, seed)
	w := newTown(t)
	w.allow(1)
	w.awaitQuiet()
	began := time.Now()
	w.killAtRandom(rand.New(rand.NewPCG(seed, 0)))
	w.recipient.kill()
	w.recipient.start()
	w.awaitQuiet()
	w.awaitState(w.accepted, "delivered")
	t.Logf("all delivered and confirmed after %s", time.Since(began).Round(time.Second))
	w.checkRegister(nil) // beside the running gateway
	w.killAll()
	w.checkRegister(append(w.checkSender(), w.checkRecipient()...))
	w.checkLogs()
}

// killAll ends the play and counts the kills before.
func (w *town) killAll() {
	w.t.Helper()
	kills := 0
	for _, p := range w.processes() {
		w.t.Logf("%s killed %d times", p.name, p.kills)
		kills += p.kills
		p.kill()
	}
	if len(w.accepted) != crashMessages || kills < 60 {
		w.t.Errorf("%d kills over %d messages, want at least 60 over %d", kills, len(w.accepted), crashMessages)
	}
}

// checkRegister runs the register's own check, with every checkpoint that a
// partner holds, and wants each message in it once.
func (w *town) checkRegister(kept []tlog.Checkpoint) {
	w.t.Helper()
	report, err := register.Check(context.Background(), filepath.Join(w.home("centre"), registerFile), w.verifier, kept...)
	must(w.t, err)
	for _, finding := range report.Findings {
		w.t.Errorf("check of the register: %s", finding)
	}
	sorted := slices.Sorted(slices.Values(w.accepted))
	if got := w.strings(`SELECT id FROM messages WHERE connector = 'ngo-luz/1' ORDER BY id`); !slices.Equal(got, sorted) {
		w.t.Errorf("the register has %d messages of the sender, want %d", len(got), len(sorted))
	}
	for event, want := range map[string]int{schemas.EventSubmitted: len(sorted), schemas.EventDecided: len(sorted), schemas.EventRefused: 0} {
		got := w.strings(`SELECT json_extract(record, '$.message') FROM entries WHERE json_extract(entry, '$.event') = ? AND json_extract(record, '$.kind') = 'case-tip' ORDER BY 1`, event)
		if len(got) != want || want > 0 && !slices.Equal(got, sorted) {
			w.t.Errorf("%d entries %q, want %d", len(got), event, want)
		}
	}
}

// proven verifies a proof and returns the checkpoint under which it stands.
func (w *town) proven(text []byte) (schemas.Entry, tlog.Checkpoint) {
	w.t.Helper()
	proof, err := tlog.ParseProof(text)
	must(w.t, err)
	checkpoint, err := proof.Verify(w.verifier)
	must(w.t, err)
	if proof.Index >= checkpoint.Size {
		w.t.Errorf("entry %d is proven by a head of %d", proof.Index, checkpoint.Size)
	}
	var entry schemas.Entry
	must(w.t, schemas.Decode(proof.Opening.Entry, &entry))
	return entry, checkpoint
}

// checkSender wants custody proven and one confirmation for each message, and
// nothing else accepted. It returns the checkpoints that the sender holds.
func (w *town) checkSender() []tlog.Checkpoint {
	w.t.Helper()
	c, err := openConnector(w.sender.home, slog.New(slog.DiscardHandler))
	must(w.t, err)
	defer c.Close()
	list, err := c.Outbox(true)
	must(w.t, err)
	var kept []tlog.Checkpoint
	var ids []string
	for i, out := range list {
		ids = append(ids, out.ID)
		if out.Sequence != int64(i+1) || out.State() != "delivered" || len(out.Confirmed) != 1 || out.Confirmed[0].Partner != "tbkk" {
			w.t.Errorf("message %d has number %d, is %s, confirmed by %v", i+1, out.Sequence, out.State(), out.Confirmed)
		}
		entry, head := w.proven(out.Receipt)
		if entry.Event != schemas.EventSubmitted || entry.Manifest != schemas.Digest(out.Manifest) {
			w.t.Errorf("message %d has a receipt %q for %s", i+1, entry.Event, entry.Manifest)
		}
		kept = append(kept, head)
	}
	if !slices.Equal(ids, w.accepted) {
		w.t.Errorf("the sender's home has %d messages, %d were accepted", len(ids), len(w.accepted))
	}
	return kept
}

// checkRecipient wants each message in the inbox once, and nothing there without
// a decision that was in the log before. It returns the checkpoints that prove it.
func (w *town) checkRecipient() []tlog.Checkpoint {
	w.t.Helper()
	c, err := openConnector(w.recipient.home, slog.New(slog.DiscardHandler))
	must(w.t, err)
	defer c.Close()
	list, err := c.Inbox()
	must(w.t, err)
	var kept []tlog.Checkpoint
	var ids []string
	for _, received := range list {
		ids = append(ids, received.ID)
		kept = append(kept, w.checkDelivery(c, received.ID))
	}
	slices.Sort(ids)
	if !slices.Equal(ids, slices.Sorted(slices.Values(w.accepted))) {
		w.t.Errorf("the inbox has %d messages, %d were accepted", len(ids), len(w.accepted))
	}
	return kept
}

// checkDelivery verifies a delivery as an outsider would, and that the register
// holds the decision that it rests on.
func (w *town) checkDelivery(c *connectors.Connector, id string) tlog.Checkpoint {
	w.t.Helper()
	files, err := c.Export(id)
	must(w.t, err)
	report, err := connectors.VerifyExport(files, w.trust)
	must(w.t, err)
	if report.What != "delivery" || report.Message != id || report.Event != schemas.EventDecided {
		w.t.Errorf("delivery of %s is a %s of %s on an entry %q", id, report.What, report.Message, report.Event)
	}
	w.checkDecision(report.Entry, id)
	_, head := w.proven(files["entry.tlog-proof"])
	return head
}

// checkDecision wants the register to hold, at this index, the decision that let
// this message out to the police.
func (w *town) checkDecision(index int64, id string) {
	w.t.Helper()
	got := w.strings(`SELECT json_extract(record, '$.message') || ' to ' || json_extract(record, '$.recipient') || ': ' || json_extract(entry, '$.outcome') FROM entries WHERE idx = ?`, index)
	want := id + " to tbkk: " + schemas.Allow
	if len(got) != 1 || !strings.HasPrefix(got[0], want) {
		w.t.Errorf("entry %d is %q, want %q", index, got, want)
	}
}

// checkLogs wants no crash of a worker, no data race and no broken proof in what
// the processes wrote.
func (w *town) checkLogs() {
	w.t.Helper()
	for _, p := range w.processes() {
		text, err := os.ReadFile(p.log)
		must(w.t, err)
		counts := map[string]int{}
		for line := range bytes.Lines(text) {
			for _, bad := range []string{"DATA RACE", "panic", "worker crashed", "rcp.fork", "rcp.proof", "rcp.epoch", "rcp.checkpoint", `"find.`, "record not announced"} {
				if bytes.Contains(line, []byte(bad)) {
					w.t.Errorf("%s: %s", p.name, line)
				}
			}
			if _, after, found := bytes.Cut(line, []byte(`"msg":"`)); found {
				message, _, _ := bytes.Cut(after, []byte(`"`))
				counts[string(message)]++
			}
		}
		for _, message := range slices.Sorted(maps.Keys(counts)) {
			w.t.Logf("%s: %d × %s", p.name, counts[message], message)
		}
	}
}
