package gateway_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/gateway"
	"schakel/pki"
	"schakel/schemas"
)

// play is a gateway with its partners in one process: real homes, keys, rules and
// register. There is no broker: the test itself carries what they send, and may
// lose it, repeat it, or lie about it.
type play struct {
	*testing.T
	dir     string
	now     time.Time
	service *instance.Service
	*gateway.Gateway
	cast    []instance.PartnerOptions
	people  map[string]*connectors.Connector
	post    *post
	journal *journal
}

// The partners of every play.
const (
	ngo        = "ngo-luz"
	otherNGO   = "ngo-mar"
	filo       = "filo-manila"
	tbkk       = "tbkk"
	prosecutor = "om"
	controller = "korpschef"
)

// begun is when every play begins.
var begun = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)

var passphrase = []byte("a passphrase that opens every home of a play")

func officer(id string, functions ...string) instance.OfficerOptions {
	return instance.OfficerOptions{ID: id, Functions: functions, Passphrase: passphrase}
}

func cast() []instance.PartnerOptions {
	return []instance.PartnerOptions{
		{ID: tbkk, Name: "Police, TBKK", Role: "pol-tbkk", Country: "NL", Officers: []instance.OfficerOptions{officer("desk-1", "staff"), officer("vid-1", "a-vid"), officer("boss-1", "a-ctrl")}},
		{ID: filo, Name: "FILO Manila", Role: "lo", Country: "NL", Posts: []string{"manila"}, Officers: []instance.OfficerOptions{officer("filo-1", "staff")}},
		{ID: prosecutor, Name: "Prosecution", Role: "om", Country: "NL", Officers: []instance.OfficerOptions{officer("ovj-1", "a-ovj", "a-gezag"), officer("ovj-2", "a-ovj")}},
		{ID: controller, Name: "Controller", Role: "pol-nl", Country: "NL", Officers: []instance.OfficerOptions{officer("ctrl-1", "a-ctrl")}},
		{ID: ngo, Name: "Stichting Luz", Role: "ngo-dest", Country: "PH", Officers: []instance.OfficerOptions{officer("field-1", "staff"), officer("director", "a-dir")}},
		{ID: otherNGO, Name: "Stichting Mar", Role: "ngo-dest", Country: "PH", Officers: []instance.OfficerOptions{officer("field-1", "staff"), officer("director", "a-dir")}},
	}
}

func papers() []schemas.Document {
	paper := func(id, kind string, parties ...string) schemas.Document {
		return schemas.Document{ID: id, Kind: kind, Issuer: "counsel", Parties: parties, From: "2026-01-01", Until: "2026-12-31", Country: "PH"}
	}
	var all []schemas.Document
	for _, party := range []string{ngo, otherNGO} {
		approval := paper("programme-"+party, "approval", party)
		approval.Function, approval.Person, approval.Scope, approval.Country = "a-dir", party+"/director", "programme", ""
		all = append(all, paper("sheet-"+party, "country-sheet", party), paper("undertaking-"+party, "undertaking", party), approval)
	}
	return all
}

// newPlay makes everything and lets the gateway take the directory into use.
func newPlay(t *testing.T) *play {
	t.Helper()
	return newPlayAt(t, "127.0.0.1:4222", begun)
}

// newPlayAt is a play on another day, whose broker would listen elsewhere.
func newPlayAt(t *testing.T, listen string, begun time.Time) *play {
	t.Helper()
	return stage(t, listen, begun, cast(), papers())
}

// stage is a play with another cast and other papers.
func stage(t *testing.T, listen string, begun time.Time, cast []instance.PartnerOptions, papers []schemas.Document) *play {
	t.Helper()
	p := &play{T: t, dir: t.TempDir(), now: begun, cast: cast, people: map[string]*connectors.Connector{}}
	cheap := pki.KDF{Name: "argon2id", Time: 1, Memory: 8 << 10, Threads: 1}
	home := filepath.Join(p.dir, "gateway")
	config := instance.Config{Name: "schakel.play", Listen: listen, Broker: "embedded", Workers: 4, PerMinute: 60, Burst: 120}
	p.must(instance.CreateGateway(instance.GatewayOptions{Dir: home, Config: config, Passphrase: passphrase, KDF: cheap, Now: begun}))
	admin, err := instance.OpenAdmin(home, passphrase, p.clock)
	p.must(err)
	for _, partner := range cast {
		partner.Dir, partner.Passphrase, partner.KDF, partner.Language = filepath.Join(p.dir, partner.ID), passphrase, cheap, "en"
		p.must(admin.AddPartner(partner))
	}
	for _, paper := range papers {
		p.must(admin.AddDocument(paper))
	}
	p.open()
	for _, partner := range cast {
		home, err := connectors.OpenHome(filepath.Join(p.dir, partner.ID), passphrase)
		p.must(err)
		connector, err := connectors.Start(home, p.clock, slog.New(slog.DiscardHandler))
		p.must(err)
		t.Cleanup(func() { connector.Close() })
		p.people[partner.ID] = connector
	}
	p.admit()
	p.carry()
	return p
}

func (p *play) clock() time.Time { return p.now }

func (p *play) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// open starts the gateway on its home, with the play's post and journal.
func (p *play) open() {
	p.Helper()
	service, err := instance.Open(filepath.Join(p.dir, "gateway"), passphrase, p.clock, slog.New(slog.DiscardHandler))
	p.must(err)
	p.Cleanup(func() { service.Close() })
	p.post = &post{boxes: map[string][][]byte{}}
	p.journal = &journal{Journal: service.Gateway.Journal}
	p.service, p.Gateway = service, service.Gateway
	p.Gateway.Config.Post, p.Gateway.Config.Journal = p.post, p.journal
}

// restart is a crash of the gateway and a new start.
func (p *play) restart() {
	p.Helper()
	boxes := p.post.boxes
	p.must(p.service.Close())
	p.open()
	p.post.boxes = boxes
}

// admit brings every signed record of the gateway's home into use.
func (p *play) admit() {
	p.Helper()
	files, err := filepath.Glob(filepath.Join(p.dir, "gateway", "directory", "*.json"))
	p.must(err)
	for _, file := range files {
		signed, err := os.ReadFile(file)
		p.must(err)
		p.must(p.Admit(p.Context(), signed))
	}
}

// mailbox is under what name the broker would know a partner.
func (p *play) mailbox(partner string) string { return p.MailboxOf(partner + "/1") }

// carry lets everything go its way until nothing moves any more.
func (p *play) carry() {
	p.Helper()
	for moved := true; moved; {
		moved = false
		for _, partner := range p.cast {
			for _, sealed := range p.people[partner.ID].Waiting() {
				p.must(p.Pass(p.Context(), gateway.Submission{Mailbox: p.mailbox(partner.ID), Sealed: sealed}))
				moved = true
			}
			moved = p.receive(partner.ID) || moved
		}
	}
}

// receive empties a partner's mailbox into his connector.
func (p *play) receive(partner string) bool {
	p.Helper()
	all := p.post.empty(p.mailbox(partner))
	for _, sealed := range all {
		p.must(p.people[partner].Receive(sealed))
	}
	return len(all) > 0
}

// submit puts a draft into a partner's outbox and returns the message's id.
func (p *play) submit(partner string, draft []byte) string {
	p.Helper()
	accepted, err := p.people[partner].Submit(draft, connectors.Options{Again: true})
	p.must(err)
	return accepted.ID
}

// reply answers a message and returns the answer's id.
func (p *play) reply(partner, message, example string) string {
	p.Helper()
	accepted, err := p.people[partner].Reply(message, schemas.Example(example), connectors.Options{Again: true})
	p.must(err)
	return accepted.ID
}

// tip sends the example tip from the NGO and returns its id.
func (p *play) tip() string {
	p.Helper()
	id := p.submit(ngo, schemas.Example("tip-manila"))
	p.carry()
	return id
}

// act lets an officer decide on a held message.
func (p *play) act(partner, message string, act connectors.Act) (string, error) {
	p.Helper()
	key, err := p.people[partner].OfficerKey(act.Officer, passphrase)
	p.must(err)
	accepted, err := p.people[partner].Act(message, act, key)
	if err != nil {
		return "", err
	}
	p.carry()
	return accepted.ID, nil
}

// sent finds a message in a partner's outbox.
func (p *play) sent(partner, id string) connectors.Outgoing {
	p.Helper()
	list, err := p.people[partner].Outbox(true)
	p.must(err)
	i := slices.IndexFunc(list, func(o connectors.Outgoing) bool { return o.ID == id })
	if i < 0 {
		p.Fatalf("%s sent no message %s", partner, id)
	}
	return list[i]
}

// received lists the ids in a partner's inbox, oldest first.
func (p *play) received(partner string) []string {
	p.Helper()
	list, err := p.people[partner].Inbox()
	p.must(err)
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return ids
}

func (p *play) show(partner, id string) *connectors.Received {
	p.Helper()
	received, err := p.people[partner].Show(id, nil)
	p.must(err)
	return received
}

// wantReceived fails unless a partner received exactly these messages.
func (p *play) wantReceived(partner string, ids ...string) {
	p.Helper()
	if got := p.received(partner); !slices.Equal(got, ids) {
		p.Errorf("%s received %v, want %v", partner, got, ids)
	}
}

// wantState fails unless a message is in a state at its sender's.
func (p *play) wantState(partner, id, want string) {
	p.Helper()
	out := p.sent(partner, id)
	if got := out.State(); got != want {
		p.Errorf("%s's message is %s (%s %s, %+v), want %s", partner, got, out.Refusal, out.At, out.Results, want)
	}
}

// wantRefused fails unless the gateway refused a message with a code.
func (p *play) wantRefused(partner, id string, want schemas.Code) {
	p.Helper()
	if got := p.sent(partner, id).Refusal; got != want {
		p.Errorf("%s's message is refused with %q, want %q", partner, got, want)
	}
}

// refusedCode is the code of a refusal, "" for none; any other error fails.
func (p *play) refusedCode(err error) schemas.Code {
	p.Helper()
	if err == nil {
		return ""
	}
	refusal := schemas.Refused(err)
	if refusal == nil {
		p.Fatalf("want a refusal, got %v", err)
	}
	return refusal.Code
}

// post takes what the gateway delivers. before and after may make it fail before
// it took something, or lie: after it took it.
type post struct {
	lock          sync.Mutex
	boxes         map[string][][]byte
	before, after func() error
	lose          bool // says yes and forgets
}

func (p *post) Deliver(_ context.Context, mailbox string, sealed []byte) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	if err := call(p.before); err != nil {
		return err
	}
	if !p.lose {
		p.boxes[mailbox] = append(p.boxes[mailbox], sealed)
	}
	return call(p.after)
}

func (p *post) Holds(_ context.Context, mailbox string) (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	return len(p.boxes[mailbox]), nil
}

func (p *post) empty(mailbox string) [][]byte {
	p.lock.Lock()
	defer p.lock.Unlock()
	all := p.boxes[mailbox]
	delete(p.boxes, mailbox)
	return all
}

// journal is the real one, which can fail before it wrote, or lie: after.
type journal struct {
	gateway.Journal
	lock          sync.Mutex
	before, after func() error
	settled       []*schemas.Settlement
}

func (j *journal) Record(ctx context.Context, settlement *schemas.Settlement) (*schemas.Recorded, error) {
	if err := call(j.before); err != nil {
		return nil, err
	}
	recorded, err := j.Journal.Record(ctx, settlement)
	if err != nil {
		return nil, err
	}
	if !recorded.Repeat {
		j.lock.Lock()
		j.settled = append(j.settled, settlement)
		j.lock.Unlock()
	}
	return recorded, call(j.after)
}

func call(f func() error) error {
	if f == nil {
		return nil
	}
	return f()
}

// errCrash is a process that ends here.
var errCrash = errors.New("crash")

// replace changes a draft.
func replace(draft []byte, old, new string) []byte {
	return []byte(strings.Replace(string(draft), old, new, 1))
}
