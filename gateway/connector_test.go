package gateway_test

import (
	"encoding/json"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"schakel/connectors"
	"schakel/gateway"
	"schakel/gateway/tlog"
	"schakel/pki"
	"schakel/schemas"
)

// anotherTip is a tip with a number of its own in a text that is not sealed.
func anotherTip(note string) []byte {
	return replace(schemas.Example("tip-manila"), "driver waits outside", note)
}

// reopen is a crash of a partner's connector and a new start.
func (p *play) reopen(partner string) {
	p.Helper()
	p.must(p.people[partner].Close())
	home, err := connectors.OpenHome(filepath.Join(p.dir, partner), passphrase)
	p.must(err)
	connector, err := connectors.Start(home, p.clock, slog.New(slog.DiscardHandler))
	p.must(err)
	p.Cleanup(func() { connector.Close() })
	p.people[partner] = connector
}

// pass takes everything that a partner's outbox holds to the gateway.
func (p *play) pass(partner string) {
	p.Helper()
	for _, sealed := range p.people[partner].Waiting() {
		p.must(p.Pass(p.Context(), gateway.Submission{Mailbox: p.mailbox(partner), Sealed: sealed}))
	}
}

func (p *play) health(partner string) *connectors.Health {
	p.Helper()
	health, err := p.people[partner].Health()
	p.must(err)
	return health
}

// enter writes an entry into the gateway's log and returns its proof.
func (p *play) enter(entry schemas.Entry, name func(salt []byte, e *schemas.Entry)) (proof, consistency []byte) {
	p.Helper()
	event := schemas.Event{Salt: tlog.NewSalt(), Entry: entry}
	name(event.Salt, &event.Entry)
	recorded, err := p.Journal.Record(p.Context(), &schemas.Settlement{Directory: p.Directory().Epoch, Events: []schemas.Event{event}})
	p.must(err)
	proof, consistency, err = p.Journal.Prove(p.Context(), recorded.Indexes[0], 0)
	p.must(err)
	return proof, consistency
}

// entry is the beginning of an entry of the gateway.
func (p *play) entry(event string) schemas.Entry {
	return schemas.Entry{Event: event, Epoch: p.Epoch, Trust: p.Anchors.Digest, Time: schemas.At(p.now)}
}

// sealTo seals what the gateway would send to a partner.
func (p *play) sealTo(partner string, container *pki.Container) []byte {
	p.Helper()
	key := p.secret(partner)
	sealed, err := pki.Seal(container, key.Certificate, key.EncryptionKey(p.now), p.now)
	p.must(err)
	return sealed
}

// opened opens what is on its way to a partner.
func (p *play) opened(partner string, sealed []byte) *pki.Opened {
	p.Helper()
	opened, err := pki.Open(sealed, pki.Expect{Form: pki.Incoming, Key: p.secret(partner), Now: p.now, Anchors: p.Anchors, Gateway: p.Anchors.Trust.Gateway})
	p.must(err)
	return opened
}

func TestANumberThatSeveralMessagesBeginWithIsNeverGuessed(t *testing.T) {
	p := newPlay(t)
	one, other := p.submit(ngo, anotherTip("one")), p.submit(ngo, anotherTip("another"))
	if one[:8] != other[:8] { // between them 65 seconds ended
		one = p.submit(ngo, anotherTip("a third"))
	}
	p.carry()
	luz, police := p.people[ngo], p.people[tbkk]
	for name, ask := range map[string]func(id string) error{
		"show": func(id string) error { _, err := police.Show(id, nil); return err },
		"reply": func(id string) error {
			_, err := police.Reply(id, schemas.Example("question-tbkk"), connectors.Options{})
			return err
		},
		"export": func(id string) error { _, err := police.Export(id); return err },
		"correct": func(id string) error {
			_, err := luz.Correct(id, "wrong-value", []connectors.Change{{Pointer: "/suspects/0/name"}})
			return err
		},
	} {
		err := ask(one[:8])
		if p.refusedCode(err) != "state.ambiguous" || !strings.Contains(schemas.Refused(err).At, one) || !strings.Contains(schemas.Refused(err).At, other) {
			t.Errorf("%s: got %v, want state.ambiguous and both ids", name, err)
		}
		if err := ask(strings.ToUpper(connectors.Short(one))); err != nil {
			t.Errorf("%s: the short form is refused: %v", name, err)
		}
	}
}

// Whoever must approve has not received the message, whatever he says.
func TestAnApproversReceiptIsNoConfirmation(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	standing, err := p.Journal.Standing(t.Context(), question)
	p.must(err)
	for _, d := range standing.Deliveries {
		if !d.Review || d.Recipient == tbkk {
			continue
		}
		body := schemas.Receipt{Message: question, Manifest: standing.Manifest, Entry: &d.Entry, Event: "delivered", At: schemas.At(p.now)}
		p.submit(d.Recipient, schemas.Encode(schemas.Draft{Kind: schemas.KindReceipt, To: []string{tbkk}, Thread: standing.Thread, Body: schemas.Encode(body)}))
	}
	p.carry()
	if got := p.sent(tbkk, question).Confirmed; len(got) > 0 {
		t.Errorf("before it left it is confirmed by %+v", got)
	}
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.mustAct(controller, question, controllerApproves)
	got := p.sent(tbkk, question)
	if len(got.Confirmed) != 1 || got.Confirmed[0].Partner != ngo || got.State() != "delivered" {
		t.Errorf("it is %s, confirmed by %+v, want the NGO alone", got.State(), got.Confirmed)
	}
}

// A receipt for a message is not the last word while its recipient has nothing.
func TestAMessageIsDeliveredWhenItsRecipientHasIt(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustActUncarried(prosecutor, question, prosecutorApproves)
	p.mustActUncarried(controller, question, controllerApproves)
	p.pass(prosecutor)
	p.pass(controller)
	p.receive(tbkk)
	p.wantState(tbkk, question, "custody")
	p.carry()
	p.wantState(tbkk, question, "delivered")
}

func (p *play) mustActUncarried(partner, message string, act connectors.Act) {
	p.Helper()
	key, err := p.people[partner].OfficerKey(act.Officer, passphrase)
	p.must(err)
	_, err = p.people[partner].Act(message, act, key)
	p.must(err)
}

func TestWhoCannotOpenAMessageHasNotConfirmedIt(t *testing.T) {
	p := newPlay(t)
	p.tip() // from then on they know each other
	tip := p.submit(ngo, anotherTip("not opened"))
	p.pass(ngo)
	kept := p.post.empty(p.mailbox(tbkk))
	p.carry()
	standing, err := p.Journal.Standing(t.Context(), tip)
	p.must(err)
	n := slices.IndexFunc(standing.Deliveries, func(d schemas.Delivered) bool { return d.Recipient == tbkk })
	body := schemas.Receipt{Message: tip, Manifest: standing.Manifest, Entry: &standing.Deliveries[n].Entry, Event: "cannot-open", At: schemas.At(p.now)}
	p.submit(tbkk, schemas.Encode(schemas.Draft{Kind: schemas.KindReceipt, To: []string{ngo}, Thread: tip, Body: schemas.Encode(body)}))
	p.carry()
	out := p.sent(ngo, tip)
	if out.State() != "custody" || len(out.Confirmed) != 1 || len(out.Failed) != 1 || out.Failed[0].Partner != tbkk {
		t.Errorf("it is %s, confirmed by %+v, not opened by %+v", out.State(), out.Confirmed, out.Failed)
	}
	for _, sealed := range kept {
		p.must(p.people[tbkk].Receive(sealed))
	}
	p.carry()
	p.wantState(ngo, tip, "delivered")
}

// However corrections and what they correct come in, the newest one holds.
func TestACorrectionHoldsWhateverCameFirst(t *testing.T) {
	for name, order := range map[string][]int{
		"as sent":                   {0, 1, 2},
		"the corrections first":     {1, 2, 0},
		"the newest first":          {2, 1, 0},
		"an older one comes again":  {0, 1, 2, 1},
		"the message between":       {2, 0, 1},
		"everything twice":          {0, 0, 1, 1, 2, 2},
		"an older one, long after":  {0, 2, 1},
		"the message after a while": {1, 2, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t)
			tip := p.submit(ngo, schemas.Example("tip-manila"))
			var kept [][]byte
			keep := func() {
				p.pass(ngo)
				p.receive(ngo)
				kept = append(kept, p.post.empty(p.mailbox(tbkk))...)
			}
			keep()
			for _, value := range []string{"Pieter Voorbeeldman", "Pieter Voorbeeldsma"} {
				_, err := p.people[ngo].Correct(tip, "wrong-value", []connectors.Change{{Pointer: "/suspects/0/name", Value: value}})
				p.must(err)
				keep()
			}
			for _, n := range order {
				p.must(p.people[tbkk].Receive(kept[n]))
			}
			for range 2 {
				if got := p.show(tbkk, tip).Corrected["/suspects/0/name"]; got != "Pieter Voorbeeldsma" {
					t.Errorf("the police read %q, want the newest correction", got)
				}
				p.reopen(tbkk)
			}
		})
	}
}

func TestAFieldThatWasWithdrawnIsNotShownAsCorrected(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	p.correct(ngo, tip, connectors.Change{Pointer: "/suspects/0/name", Value: "Pieter Voorbeeldman"})
	p.correct(ngo, tip, connectors.Change{Pointer: "/suspects/0/name"})
	if got := p.show(tbkk, tip); len(got.Corrected) > 0 || !slices.Equal(got.Withdrawn, []string{"/suspects/0/name"}) {
		t.Errorf("corrected %v, withdrawn %v, want it withdrawn", got.Corrected, got.Withdrawn)
	}
}

// A directory that cannot be synced: the file is there, and nobody can say that it
// stays. Its number is never given again, and nothing of it leaves before it is
// safe.
func TestANumberIsNeverGivenTwice(t *testing.T) {
	p := newPlay(t)
	outbox := filepath.Join(p.dir, ngo, "outbox")
	p.asSomebody(filepath.Join(p.dir, ngo), func() {
		p.must(os.Chmod(outbox, 0o300))
		_, err := p.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{})
		if p.refusedCode(err) != "store.unsynced" {
			t.Errorf("got %v, want store.unsynced", err)
		}
		if waiting := p.people[ngo].Waiting(); len(waiting) > 0 {
			t.Error("it leaves before it is safe")
		}
		p.must(os.Chmod(outbox, 0o700))
	})
	_, err := p.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{})
	if p.refusedCode(err) != "state.same-content" {
		t.Errorf("submitted again: got %v, want state.same-content", err)
	}
	p.submit(ngo, anotherTip("one more"))
	list, err := p.people[ngo].Outbox(true)
	p.must(err)
	if len(list) != 2 || list[0].Sequence == list[1].Sequence {
		t.Fatalf("the outbox holds %d messages, want two with a number each", len(list))
	}
	p.carry()
	for _, out := range list {
		p.wantState(ngo, out.ID, "delivered")
	}
}

// asSomebody does something without being root, who may read everything.
func (p *play) asSomebody(dir string, do func()) {
	p.Helper()
	if os.Getuid() != 0 {
		do()
		return
	}
	const nobody = 65534
	p.must(filepath.WalkDir(p.dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && (path == p.dir || strings.HasPrefix(path, dir)) {
			err = os.Lchown(path, nobody, nobody)
		}
		return err
	}))
	p.must(os.Chmod(filepath.Dir(p.dir), 0o755)) // of the test
	runtime.LockOSThread()                       // the file system's user belongs to the thread
	defer runtime.UnlockOSThread()
	p.must(syscall.Setfsuid(nobody))
	defer syscall.Setfsuid(0)
	do()
}

func TestARefusalOfWhatIsInCustodyIsNotBelieved(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	manifest := schemas.Digest(p.sent(tbkk, question).Manifest)
	entry := p.entry(schemas.EventRefused)
	entry.Manifest, entry.Reasons = manifest, []schemas.Code{"sig.unknown"}
	proof, consistency := p.enter(entry, func(salt []byte, e *schemas.Entry) { e.Sender = schemas.Party(salt, tbkk) })
	p.must(p.people[tbkk].Receive(p.sealTo(tbkk, &pki.Container{Proof: proof, Consistency: consistency})))
	p.wantState(tbkk, question, "held")
	if n := p.people[tbkk].Ignored()["rcp.custody"]; n != 1 {
		t.Errorf("it is counted %d times, want once", n)
	}
}

// A disk that fails when a message is complete: the same receipts, again, are still
// about a message of ours.
func TestAFaultWhileAMessageIsMovedForgetsNothing(t *testing.T) {
	p := newPlay(t)
	tip := p.submit(ngo, replace(schemas.Example("tip-manila"), `["lo:PH", "tbkk"]`, `["tbkk"]`))
	p.pass(ngo)
	p.receive(ngo)
	p.receive(tbkk)
	p.pass(tbkk)
	confirmation := p.post.empty(p.mailbox(ngo))
	sent := filepath.Join(p.dir, ngo, "sent")
	p.must(os.Rename(sent, sent+".away"))
	for _, sealed := range confirmation {
		if p.people[ngo].Receive(sealed) == nil {
			t.Error("it says that it was kept")
		}
	}
	p.must(os.Rename(sent+".away", sent))
	custody, _, err := p.Archive.Entry(t.Context(), *p.sentSummary(ngo, tip).Entry)
	p.must(err)
	if custody.Event != schemas.EventSubmitted {
		t.Fatalf("the entry is %s", custody.Event)
	}
	p.carry() // the custody receipt comes again
	for _, sealed := range confirmation {
		p.must(p.people[ngo].Receive(sealed))
	}
	p.wantState(ngo, tip, "delivered")
	if n := p.people[ngo].Ignored()["rcp.unknown"]; n > 0 {
		t.Errorf("%d receipts were about a message that is not known", n)
	}
}

func (p *play) sentSummary(partner, id string) connectors.Summary {
	p.Helper()
	out := p.sent(partner, id)
	return out.Summary()
}

// damage flips a bit in the middle of a file.
func (p *play) damage(path string) {
	p.Helper()
	data, err := os.ReadFile(path)
	p.must(err)
	data[len(data)/2] ^= 1
	p.must(os.WriteFile(path, data, 0o600))
}

// file is the path of the newest file in a directory of a home.
func (p *play) file(partner, dir string) string {
	p.Helper()
	paths, err := filepath.Glob(filepath.Join(p.dir, partner, dir, "0*"))
	p.must(err)
	if len(paths) == 0 {
		p.Fatalf("%s of %s is empty", dir, partner)
	}
	return paths[len(paths)-1]
}

func TestADamagedFileHoldsUpNothingElse(t *testing.T) {
	p := newPlay(t)
	first := p.tip()
	p.submit(ngo, anotherTip("second"))
	p.carry()
	p.damage(p.file(tbkk, "inbox"))
	damaged, err := os.ReadFile(p.file(tbkk, "inbox"))
	p.must(err)
	for range 2 {
		p.wantReceived(tbkk, first)
		if got := p.health(tbkk).Damaged; !slices.Equal(got, []string{"inbox/" + filepath.Base(p.file(tbkk, "inbox"))}) {
			t.Errorf("damaged: %v, want the second tip's file", got)
		}
		p.reopen(tbkk)
	}
	damaged[len(damaged)/2] ^= 1
	p.must(os.WriteFile(p.file(tbkk, "inbox"), damaged, 0o600)) // from a backup
	if n := len(p.received(tbkk)); n != 2 || len(p.health(tbkk).Damaged) > 0 {
		t.Errorf("%d messages, damaged %v, want both tips and nothing", n, p.health(tbkk).Damaged)
	}
}

// The newest message names its predecessor by digest; the next one must name it,
// also when its file can no longer be read.
func TestTheChainGoesOnAfterADamagedMessage(t *testing.T) {
	p := newPlay(t)
	p.tip()
	p.submit(ngo, anotherTip("damaged"))
	p.pass(ngo)
	p.damage(p.file(ngo, "outbox"))
	p.reopen(ngo)
	next := p.submit(ngo, anotherTip("next"))
	p.carry()
	p.wantState(ngo, next, "delivered")
}

func TestADamagedMemoryOfTheLogIsSetAsideAndBegunAgain(t *testing.T) {
	p := newPlay(t)
	p.tip()
	p.damage(filepath.Join(p.dir, ngo, "log.state"))
	p.reopen(ngo)
	if got := p.health(ngo).Damaged; len(got) != 1 || !strings.HasPrefix(got[0], "log.state.damaged-") {
		t.Errorf("damaged: %v, want the file that was set aside", got)
	}
	next := p.submit(ngo, anotherTip("next"))
	p.carry()
	p.wantState(ngo, next, "delivered")
}

// A door that crashed does not know that its draft was accepted, sent and received
// long ago.
func TestADraftIsNotSentTwiceUnmeant(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	p.wantState(ngo, tip, "delivered")
	p.reopen(ngo)
	_, err := p.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{})
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "state.same-content" || refusal.At != tip {
		t.Errorf("got %v, want state.same-content at %s", err, tip)
	}
	p.now = p.now.Add(31 * 24 * time.Hour)
	p.reopen(ngo)
	if _, err := p.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{}); err != nil {
		t.Errorf("a month later: %v", err)
	}
}

func TestASourceIsNeverReplacedByAnother(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	p.submit(ngo, anotherTip("the same source again"))
	before := p.people[ngo].Waiting()
	_, err := p.people[ngo].Submit(replace(anotherTip("another source"), "Maria Halimbawa", "Jose Halimbawa"), connectors.Options{})
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "state.source-taken" || refusal.At != "/source_identity" {
		t.Errorf("got %v, want state.source-taken", err)
	}
	if identity, err := p.people[ngo].Source("LUZ-2026-014"); err != nil || identity["name"] != "Maria Halimbawa" {
		t.Errorf("the number stands for %v, %v", identity, err)
	}
	if after := p.people[ngo].Waiting(); len(after) != len(before) {
		t.Errorf("%d messages wait, want %d", len(after), len(before))
	}
}

// A receipt without the proof that the log has only grown is custody, and an
// alarm.
func TestCustodyWithoutProofOfGrowthIsAnAlarm(t *testing.T) {
	p := newPlay(t)
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	p.pass(ngo)
	for _, sealed := range p.post.empty(p.mailbox(ngo)) {
		opened := p.opened(ngo, sealed)
		opened.Container.Consistency = nil
		p.must(p.people[ngo].Receive(p.sealTo(ngo, opened.Container)))
	}
	out := p.sent(ngo, tip)
	if out.Receipt == nil || !out.Summary().Unproven || p.health(ngo).Ignored["rcp.unproven"] != 1 {
		t.Errorf("custody %t, unproven %t, counted %v", out.Receipt != nil, out.Unproven, p.health(ngo).Ignored)
	}
	p.carry()
	p.wantState(ngo, tip, "delivered")
	if next := p.sentSummary(ngo, p.tip()); next.Unproven {
		t.Error("the next one is not proven")
	}
}

func TestACorrectionThatTheFieldDoesNotAllowIsRefused(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	for _, c := range []struct {
		pointer, value string
		code           schemas.Code
		at             string
	}{
		{"/suspects/0/nationality", "Dutch", "schema.form", "/suspects/0/nationality"},
		{"/suspects/0/born", "long ago", "schema.form", "/suspects/0/born"},
		{"/suspects/0/name", strings.Repeat("n", 900), "schema.form", "/suspects/0/name"},
		{"/suspects/0/aliases", "Uncle", "schema.type", "/suspects/0/aliases"},
		{"/children/0/identity/0", "Ana Halimbawa", "schema.type", "/children/0/identity/0"},
		{"/suspects/0/shoe_size", "44", "ref.pointer", "/suspects/0/shoe_size"},
		{"/persons/0/category", "s-witness", "ref.pointer", "/persons/0/category"},
		{"no pointer \x1b", "44", "ref.pointer", ""},
	} {
		_, err := p.people[ngo].Correct(tip, "wrong-value", []connectors.Change{{Pointer: c.pointer, Value: c.value}})
		if refusal := schemas.Refused(err); refusal == nil || refusal.Code != c.code || refusal.At != c.at {
			t.Errorf("%s: got %v, want %s at %q", c.pointer, err, c.code, c.at)
		}
	}
	if waiting := p.people[ngo].Waiting(); len(waiting) > 0 {
		t.Errorf("%d corrections wait, want none", len(waiting))
	}
	p.correct(ngo, tip, connectors.Change{Pointer: "/suspects/0/aliases", Value: `["Uncle Pete"]`}, connectors.Change{Pointer: "/children/0/identity/0"})
}

// That somebody opened it is told until the gateway has the receipt.
func TestALostReceiptIsSentAgain(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	p.show(tbkk, tip)
	p.pass(tbkk)
	p.post.empty(p.mailbox(tbkk)) // its custody receipt is lost
	p.post.empty(p.mailbox(ngo))  // and so is the receipt itself
	p.reopen(tbkk)
	if n := len(p.people[tbkk].Waiting()); n != 1 {
		t.Fatalf("%d receipts wait, want one", n)
	}
	p.carry()
	if n := len(p.people[tbkk].Waiting()); n != 0 {
		t.Errorf("%d receipts wait after custody, want none", n)
	}
}

func TestAnApproverSeesWhatStillWaits(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	review := func() *connectors.Review { return p.show(prosecutor, question).Review }
	if r := review(); !r.Waits || len(r.Acts) > 0 || len(r.Reasons) == 0 {
		t.Errorf("before: %+v, want that it waits, and why", r)
	}
	stolen, err := p.people[prosecutor].OfficerKey("ovj-2", passphrase)
	p.must(err)
	_, err = p.people[prosecutor].Act(question, prosecutorApproves, stolen)
	p.must(err)
	p.carry()
	if r := review(); !r.Waits || len(r.Acts) != 1 || r.Acts[0].Refusal != "sig.officer" {
		t.Errorf("after an act that was refused: %+v, want that it waits", r)
	}
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.reopen(prosecutor)
	r := review()
	if r.Waits || len(r.Acts) != 2 || r.Acts[1].Verb != "approve" || r.Acts[1].Officer != "ovj-1" || r.Acts[1].Function != "a-ovj" || r.Acts[1].At != schemas.At(p.now) {
		t.Errorf("after the approval: %+v, want it noted, with nothing to do", r)
	}
	if r := p.show(controller, question).Review; !r.Waits {
		t.Error("it does not wait for the controller")
	}
}

func TestASummaryExplainsItself(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	held := p.sentSummary(tbkk, question)
	if held.State != "held" || held.Entry == nil || held.Kind != schemas.KindRequest || len(held.Results) != 1 || held.Results[0].To != ngo || len(held.Results[0].Reasons) == 0 || len(held.Results[0].Approvals) != 2 {
		t.Errorf("held: %+v", held)
	}
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.mustAct(controller, question, controllerApproves)
	p.show(ngo, question)
	p.carry()
	told := p.sentSummary(tbkk, question)
	if told.State != "delivered" || len(told.Confirmed) != 2 || told.Confirmed[1].Event != "opened" || told.Confirmed[1].At != schemas.At(p.now) {
		t.Errorf("delivered: %+v", told)
	}
	for _, secret := range []string{"manifest", "signature", "record", "receipt", "sealed", "consistency"} {
		if text := string(schemas.Encode(told)); strings.Contains(text, `"`+secret+`"`) {
			t.Errorf("it shows the %s", secret)
		}
	}
	waiting := p.submit(ngo, anotherTip("waiting"))
	if s := p.sentSummary(ngo, waiting); s.State != "accepted" || s.Entry != nil || len(s.Results) != 2 || s.Results[0].Outcome != "" {
		t.Errorf("accepted: %+v", s)
	}
}

// tampered is what a gateway that lies could deliver: what it proves, and what it
// sends, changed in one way.
type tampered struct {
	name string
	code schemas.Code
	lie  func(salt []byte, e *schemas.Entry, c *pki.Container)
}

// A gateway that lies to the log cannot lie to the recipient: whatever its entry
// does not commit to is not believed, and whatever is wrong with it has its code.
func TestADeliveryThatIsNotWhatItsEntrySaysIsNotBelieved(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	p.pass(ngo)
	honest := p.post.empty(p.mailbox(tbkk))[0]
	opened := p.opened(tbkk, honest)
	proof, err := tlog.ParseProof(opened.Proof)
	p.must(err)
	other := schemas.Digest([]byte("something else"))
	without := func(c *pki.Container, prefix string) string {
		var digests []string
		c.Disclosures = nil
		for _, d := range opened.Disclosures {
			if !strings.HasPrefix(d.Leaf.Pointer, prefix) {
				c.Disclosures, digests = append(c.Disclosures, d.Text), append(digests, d.Digest)
			}
		}
		return schemas.SetDigest(digests)
	}
	for _, c := range []tampered{
		{"an event that clears nothing", "rcp.kind", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Event = schemas.EventSubmitted }},
		{"a hold", "rcp.outcome", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Outcome = schemas.Hold }},
		{"a no", "rcp.outcome", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Outcome = schemas.Deny }},
		{"no outcome", "rcp.outcome", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Outcome = "" }},
		{"another message", "rcp.digest", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Manifest = other }},
		{"another signature", "rcp.digest", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Signature = other }},
		{"an officer who did not sign", "rcp.digest", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Officer = other }},
		{"another record of the sender", "rcp.sender", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Directory = other }},
		{"another sender", "rcp.sender", func(salt []byte, e *schemas.Entry, _ *pki.Container) { e.Sender = schemas.Party(salt, otherNGO) }},
		{"another recipient", "rcp.recipient", func(salt []byte, e *schemas.Entry, _ *pki.Container) { e.Recipient = schemas.Party(salt, filo) }},
		{"other fields", "rcp.disclosed", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Disclosed = other }},
		{"fields kept back", "rcp.disclosed", func(_ []byte, _ *schemas.Entry, c *pki.Container) { without(c, "/narrative") }},
		{"no address of ours", "rcp.address", func(_ []byte, e *schemas.Entry, c *pki.Container) { e.Disclosed = without(c, "/envelope/to") }},
		{"a question that was not asked", "rcp.question", func(_ []byte, e *schemas.Entry, c *pki.Container) { c.Question, e.Question = []byte(`{}`), other }},
		{"a question that is none", "rcp.question", func(_ []byte, e *schemas.Entry, c *pki.Container) {
			c.Question = []byte(`[]`)
			e.Question = schemas.Digest(c.Question)
		}},
		{"fields that would not leave", "rcp.question", func(_ []byte, e *schemas.Entry, c *pki.Container) {
			c.Question = schemas.Encode(schemas.ReviewSheet{Question: schemas.Raw(`{}`), Decision: schemas.Raw(`{}`), Fields: []string{}})
			e.Question = schemas.Digest(c.Question)
		}},
		{"another instance", "rcp.instance", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Trust = other }},
		{"a register of before", "rcp.epoch", func(_ []byte, e *schemas.Entry, _ *pki.Container) { e.Epoch-- }},
	} {
		t.Run(c.name, func(t *testing.T) {
			container := *opened.Container
			var entry schemas.Entry
			p.must(json.Unmarshal(proof.Opening.Entry, &entry))
			container.Proof, container.Consistency = p.enter(entry, func(salt []byte, e *schemas.Entry) {
				e.Sender, e.Recipient = schemas.Party(salt, ngo), schemas.Party(salt, tbkk)
				c.lie(salt, e, &container)
			})
			p.wantIgnored(t, tbkk, &container, c.code)
		})
	}
	for name, text := range map[string]string{
		"rcp.proof":      "no proof",
		"rcp.checkpoint": forgedSignature(string(opened.Proof)),
	} {
		container := *opened.Container
		container.Proof = []byte(text)
		p.wantIgnored(t, tbkk, &container, schemas.Code(name))
	}
	p.wantReceived(tbkk)
	if n := len(p.people[tbkk].Waiting()); n > 0 {
		t.Errorf("the police answer %d times, want never", n)
	}
	p.must(p.people[tbkk].Receive(honest))
	if n := len(p.received(tbkk)); n != 1 {
		t.Errorf("the police received %d messages, want the honest one", n)
	}
}

// wantIgnored fails unless a partner does not believe what he gets, and counts it
// under a code.
func (p *play) wantIgnored(t *testing.T, partner string, container *pki.Container, code schemas.Code) {
	t.Helper()
	before := p.people[partner].Ignored()
	if err := p.people[partner].Receive(p.sealTo(partner, container)); err != nil {
		t.Errorf("it would come again: %v", err)
	}
	if after := p.people[partner].Ignored(); after[code] != before[code]+1 {
		t.Errorf("counted %v, before %v, want it under %s", after, before, code)
	}
}

// forgedSignature changes one character in the middle of the last line: the log's
// signature under the checkpoint.
func forgedSignature(proof string) string {
	n, change := len(proof)-30, byte('A')
	if proof[n] == change {
		change = 'B'
	}
	return proof[:n] + string(change) + proof[n+1:]
}

// What was told later in the log holds, however it comes in.
func TestTheNewestNewsOfAMessageHolds(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {2, 0, 1, 0}} {
		p := newPlay(t)
		tip := p.submit(ngo, replace(schemas.Example("tip-manila"), `["lo:PH", "tbkk"]`, `["tbkk"]`))
		out := p.sent(ngo, tip)
		key := slices.Collect(maps.Keys(out.To))[0]
		p.pass(ngo)
		news := p.post.empty(p.mailbox(ngo))
		for _, outcome := range []string{schemas.Hold, schemas.Deny} {
			entry := p.entry(schemas.EventInformed)
			entry.Manifest, entry.Results = schemas.Digest(out.Manifest), []schemas.Result{{To: key, Outcome: outcome}}
			proof, consistency := p.enter(entry, func(salt []byte, e *schemas.Entry) { e.Sender = schemas.Party(salt, ngo) })
			news = append(news, p.sealTo(ngo, &pki.Container{Proof: proof, Consistency: consistency}))
		}
		for _, n := range order {
			p.must(p.people[ngo].Receive(news[n]))
		}
		p.wantState(ngo, tip, "not-shared")
	}
}

// The same of answers about what a partner sent.
func TestAnAnswerThatIsNotAboutOurMessageIsNotBelieved(t *testing.T) {
	p := newPlay(t)
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	manifest := schemas.Digest(p.sent(ngo, tip).Manifest)
	for _, c := range []struct {
		name, event, manifest, sender string
		code                          schemas.Code
	}{
		{"for another", schemas.EventInformed, manifest, tbkk, "rcp.sender"},
		{"about nothing of ours", schemas.EventInformed, schemas.Digest([]byte("nothing")), ngo, "rcp.unknown"},
		{"a clearance", schemas.EventDecided, manifest, ngo, "rcp.kind"},
		{"a refusal without a reason", schemas.EventRefused, manifest, ngo, "rcp.entry"},
		{"a record that is not the one entered", schemas.EventDirectory, "", ngo, "rcp.digest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			entry := p.entry(c.event)
			entry.Manifest = c.manifest
			proof, consistency := p.enter(entry, func(salt []byte, e *schemas.Entry) { e.Sender = schemas.Party(salt, c.sender) })
			p.wantIgnored(t, ngo, &pki.Container{Proof: proof, Consistency: consistency}, c.code)
		})
	}
	p.wantState(ngo, tip, "accepted")
}

// A refusal leaves nothing behind: no message, no number, no source.
func TestARefusedDraftLeavesNothingBehind(t *testing.T) {
	p := newPlay(t)
	tip := schemas.Example("tip-manila")
	with := func(old, new string) []byte { return replace(tip, old, new) }
	for _, c := range []struct {
		name  string
		draft []byte
		code  schemas.Code
		at    string
	}{
		{"no JSON", []byte("tip"), "parse.syntax", "line 1, column 1"},
		{"no kind", with(`"case-tip"`, `"rumour"`), "schema.enum", "/kind"},
		{"nobody to send to", with(`"to": ["lo:PH", "tbkk"],`, ``), "schema.missing", "/to"},
		{"an address that is not known", with(`"lo:PH"`, `"tbkx"`), "route.recipient", "/to/0 (tbkk?)"},
		{"ourselves", with(`"lo:PH"`, `"ngo-luz"`), "route.own", "/to/0"},
		{"an officer who is none", with(`"urgency"`, `"officer": "boss-9", "urgency"`), "env.officer", "/officer"},
		{"a language that is none", with(`"language": "en"`, `"language": "xx"`), "schema.language", "/language"},
		{"a may that is not there", with(`"/children/0/health"`, `"/children/1/health"`), "schema.may", "/may/0"},
		{"a may that is half a name", with(`"/children/0/health"`, `"/children/0/heal"`), "schema.may", "/may/0"},
		{"a label that is not there", with(`"label": 0`, `"label": 7`), "schema.mark", "/label"},
		{"a value sealed to nobody", with(`"tbkk/vid-1"`, `"tbkk/vid-9"`), "route.officer", "/children/0/identity/0"},
		{"a value sealed with invisible signs", with(`Ana Halimbawa`, `Ana\u200bHalimbawa`), "schema.invisible", ""},
		{"a field that is missing", with(`"at_risk_now": "unknown",`, ``), "schema.missing", "/at_risk_now"},
		{"a source without a number", with(`"number": "LUZ-2026-014",`, ``), "schema.missing", "/source/number"},
	} {
		_, err := p.people[ngo].Submit(c.draft, connectors.Options{})
		if refusal := schemas.Refused(err); refusal == nil || refusal.Code != c.code || !strings.Contains(refusal.At, c.at) {
			t.Errorf("%s: got %v, want %s at %q", c.name, err, c.code, c.at)
		}
	}
	if _, err := p.people[ngo].Source("LUZ-2026-014"); p.refusedCode(err) != "state.unknown-source" {
		t.Errorf("the source: %v, want that it is not kept", err)
	}
	accepted, err := p.people[ngo].Submit(tip, connectors.Options{})
	p.must(err)
	if accepted.Sequence != 1 || len(p.people[ngo].Waiting()) != 1 {
		t.Errorf("the first message has number %d, and %d wait", accepted.Sequence, len(p.people[ngo].Waiting()))
	}
}

// A disk that is full, or gone, when everything else is done.
func TestADraftThatCannotBeWrittenLeavesNothingBehind(t *testing.T) {
	p := newPlay(t)
	outbox := filepath.Join(p.dir, ngo, "outbox")
	p.must(os.Rename(outbox, outbox+".away"))
	if _, err := p.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{}); err == nil {
		t.Fatal("accepted, and written nowhere")
	}
	p.must(os.Rename(outbox+".away", outbox))
	if _, err := p.people[ngo].Source("LUZ-2026-014"); p.refusedCode(err) != "state.unknown-source" {
		t.Errorf("the source: %v, want that it is not kept", err)
	}
	accepted, err := p.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{})
	p.must(err)
	if accepted.Sequence != 1 {
		t.Errorf("the first message has number %d", accepted.Sequence)
	}
}

// What each role means when a draft does not say.
func TestADraftIsCompletedAsItsSendersRoleMeans(t *testing.T) {
	p := newPlay(t)
	p.acquaint(tbkk, prosecutor)
	p.acquaint(prosecutor, tbkk)
	p.acquaint(ngo, tbkk)
	bare := func(to string) []byte {
		draft := replace(schemas.Example("tip-manila"), `["lo:PH", "tbkk"]`, to)
		draft = replace(draft, `"bases": [{ "id": "ngo-local", "documents": [{ "id": "LUZ-2026-031", "kind": "local-reporting-check" }, { "id": "LUZ-2026-032", "kind": "best-interests" }] }],`, ``)
		draft = replace(draft, `"source_identity"`, `"purpose": "p-invest", "source_identity"`)
		start, end := strings.Index(string(draft), `"labels": [`), strings.Index(string(draft), `"subject"`)
		return slices.Concat(draft[:start], draft[end:])
	}
	for _, c := range []struct {
		sender, to      string
		handling        string
		bases           []string
		regime, article string
		graded          bool
	}{
		{ngo, `["tbkk"]`, "H2", []string{"ngo-local"}, "foreign", "foreign", true},
		{tbkk, `["lo:PH"]`, "H0", []string{"wpg-15-1"}, "wpg", "art8", false},
		{tbkk, `["lo:PH", "om", "lo:TH"]`, "H0", []string{"wpg-15-1", "wpg-16-1-a"}, "wpg", "art8", false},
		{prosecutor, `["tbkk"]`, "H0", nil, "wjsg", "wjsg-strafv", false},
	} {
		p.submit(c.sender, bare(c.to))
		sealed := p.people[c.sender].Waiting()
		partner, _ := p.Directory().Partner(c.sender)
		signer, _ := partner.Signer("1")
		us := p.secret("gateway")
		opened, err := pki.Open(sealed[len(sealed)-1], pki.Expect{Form: pki.Submission, Key: us, Now: p.now, Signer: signer, Gateway: us.Fingerprint})
		p.must(err)
		got := map[string]string{}
		for _, d := range opened.Disclosures {
			got[d.Leaf.Pointer] = string(d.Leaf.Value)
		}
		if !slices.Equal(opened.Parsed.Handling, []string{c.handling}) || got["/labels/0/regime"] != `"`+c.regime+`"` || got["/labels/0/article"] != `"`+c.article+`"` || (got["/labels/0/grade/source"] == `"X"`) != c.graded {
			t.Errorf("%s: handling %v, label %s %s, grade %s", c.sender, opened.Parsed.Handling, got["/labels/0/regime"], got["/labels/0/article"], got["/labels/0/grade/source"])
		}
		for i, basis := range c.bases {
			if got["/envelope/bases/"+strconv.Itoa(i)+"/id"] != `"`+basis+`"` {
				t.Errorf("%s to %s: basis %d is %s, want %s", c.sender, c.to, i, got["/envelope/bases/"+strconv.Itoa(i)+"/id"], basis)
			}
		}
		if got["/label"] != "0" || got["/envelope/classification"] != `"none"` || opened.Parsed.Purpose != "p-invest" || got["/envelope/original_purpose"] != `"p-invest"` {
			t.Errorf("%s: label %s, classification %s, purpose %s of %s", c.sender, got["/label"], got["/envelope/classification"], opened.Parsed.Purpose, got["/envelope/original_purpose"])
		}
	}
}

// An export of what we sent is its custody, also when one of us had to approve it;
// the copy that he saw has a name of its own.
func TestAnExportOfOurOwnMessageIsItsCustody(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	for _, shown := range p.inboxOf(tbkk) {
		if shown.ID != question {
			continue
		}
		files, err := p.people[tbkk].Export(question)
		p.must(err)
		report, err := connectors.VerifyExport(files, nil)
		p.must(err)
		copied, err := p.people[tbkk].Export(question + "@" + strconv.FormatInt(shown.Entry, 10))
		p.must(err)
		approved, err := connectors.VerifyExport(copied, nil)
		p.must(err)
		if report.What != "custody" || approved.What != "delivery" || approved.Entry != shown.Entry {
			t.Errorf("exported %s, and under its entry %s of %d", report.What, approved.What, approved.Entry)
		}
		return
	}
	t.Fatal("nobody of the police had to approve the question")
}

func (p *play) inboxOf(partner string) []connectors.Received {
	p.Helper()
	list, err := p.people[partner].Inbox()
	p.must(err)
	return list
}

// acquaint gives a partner the signed record of another.
func (p *play) acquaint(partner, other string) {
	p.Helper()
	known, _ := p.Directory().Partner(other)
	p.must(os.WriteFile(filepath.Join(p.dir, partner, "directory", other+".json"), known.Signed, 0o600))
}

// A crash after a complete message was written among the sent, and before it was
// taken out of the outbox.
func TestAMessageThatACrashLeftInBothPlacesIsComplete(t *testing.T) {
	p := newPlay(t)
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	path := p.file(ngo, "outbox")
	before, err := os.ReadFile(path)
	p.must(err)
	p.carry()
	p.must(os.WriteFile(path, before, 0o600))
	p.reopen(ngo)
	p.wantState(ngo, tip, "delivered")
	if list, err := p.people[ngo].Outbox(true); err != nil || len(list) != 1 || len(p.people[ngo].Waiting()) > 0 {
		t.Errorf("the outbox lists %d messages, and %d wait: %v", len(list), len(p.people[ngo].Waiting()), err)
	}
}
