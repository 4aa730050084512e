package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"schakel/connectors"
	"schakel/gateway"
	"schakel/policies"
	"schakel/schemas"
)

func TestATipTravelsWithWhatEachMayHave(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	p.wantState(ngo, tip, "delivered")
	p.wantReceived(filo, tip)
	p.wantReceived(tbkk, tip)
	p.wantReceived(prosecutor)
	if got := p.show(filo, tip); len(got.Sealed) > 0 || !slices.Contains(got.Withheld, "r-victim-min") {
		t.Errorf("the FILO got sealed values %v, withheld %v; want none, withheld for r-victim-min", got.Sealed, got.Withheld)
	}
	if got := p.show(tbkk, tip); !slices.Equal(got.Sealed, []string{"/children/0/identity/0"}) {
		t.Errorf("the police got sealed values %v, want the child's identity", got.Sealed)
	}
}

// Nothing is handed to the post before the commit that clears it.
func TestWrittenDownBeforeAnythingLeaves(t *testing.T) {
	p := newPlay(t)
	committed, left := 0, 0
	p.journal.after = func() error { committed++; return nil }
	p.post.before = func() error {
		if left++; committed == 0 {
			t.Error("something left before anything was written down")
		}
		return nil
	}
	p.journal.before = func() error { committed = 0; return nil }
	p.tip()
	if left == 0 {
		t.Error("nothing left at all")
	}
}

// A crash at any point leaves a message that was settled once or not at all, and
// the same bytes again bring it to its end.
func TestCrashAnywhereAndRunAgain(t *testing.T) {
	p := newPlay(t)
	points := map[string]func(func() error){
		"before the commit":  func(f func() error) { p.journal.before = f },
		"after the commit":   func(f func() error) { p.journal.after = f },
		"before a delivery":  func(f func() error) { p.post.before = f },
		"after a delivery":   func(f func() error) { p.post.after = f },
		"between deliveries": func(f func() error) { p.post.before = f },
	}
	for name, at := range points {
		t.Run(name, func(t *testing.T) {
			id := p.submit(ngo, schemas.Example("tip-manila"))
			submission := gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}
			calls := 0
			at(func() error {
				if calls++; name != "between deliveries" || calls == 2 {
					return errCrash
				}
				return nil
			})
			if err := p.Pass(t.Context(), submission); !errors.Is(err, errCrash) {
				t.Fatalf("Pass gave %v, want the crash", err)
			}
			at(nil)
			p.restart()
			p.carry()
			p.now = p.now.Add(gateway.FirstRetry)
			_, err := p.ResendDue(t.Context())
			p.must(err)
			p.carry()
			p.wantState(ngo, id, "delivered")
			for _, partner := range []string{filo, tbkk} {
				if n := count(p.received(partner), id); n != 1 {
					t.Errorf("%s has it %d times, want once", partner, n)
				}
			}
			p.wantOnce(id)
		})
	}
}

// wantOnce fails unless the register holds a message once, with one decision a
// recipient.
func (p *play) wantOnce(id string) {
	p.Helper()
	standing, err := p.Journal.Standing(p.Context(), id)
	p.must(err)
	recipients := map[string]int{}
	for _, d := range standing.Deliveries {
		if recipients[d.Recipient]++; recipients[d.Recipient] > 1 {
			p.Errorf("%s is decided %d times for %s", id, recipients[d.Recipient], d.Recipient)
		}
	}
}

func count(ids []string, id string) int {
	n := 0
	for _, other := range ids {
		if other == id {
			n++
		}
	}
	return n
}

// A journal that wrote and says that it did not is believed the second time: the
// first decision stands, also when the rules would decide otherwise by now.
func TestTheFirstDecisionStands(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	submission := gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}
	p.journal.after = func() error { return errCrash }
	if err := p.Pass(t.Context(), submission); !errors.Is(err, errCrash) {
		t.Fatalf("Pass gave %v, want the crash", err)
	}
	p.journal.after = nil
	settled := len(p.journal.settled)
	p.now = p.now.AddDate(1, 0, 0) // the country sheet has lapsed by now
	p.must(p.Pass(t.Context(), submission))
	if got := len(p.journal.settled); got != settled {
		t.Errorf("%d settlements more, want none", got-settled)
	}
}

// What the post lost is offered again until a receipt says that it arrived.
func TestWhatIsLostOnTheWayIsOfferedAgain(t *testing.T) {
	p := newPlay(t)
	p.post.lose = true
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}))
	p.post.lose = false
	p.carry() // the sender asks again, and is told; the recipients do not know yet that there is something
	p.wantState(ngo, tip, "custody")
	p.wantReceived(tbkk)
	p.now = p.now.Add(gateway.FirstRetry)
	p.resend(2)
	p.carry()
	p.wantState(ngo, tip, "delivered")
	p.now = p.now.Add(gateway.LastRetry)
	p.resend(0)
}

// resend fails unless so many deliveries are offered again.
func (p *play) resend(want int) {
	p.Helper()
	n, err := p.ResendDue(p.Context())
	p.must(err)
	if n != want {
		p.Errorf("%d deliveries were offered again, want %d", n, want)
	}
}

// A recipient who does not answer is asked less and less often, and not for ever
// at the cost of others.
func TestPatienceWithASilentRecipientGrows(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}))
	p.now = p.now.Add(gateway.FirstRetry)
	p.resend(2)
	p.now = p.now.Add(gateway.FirstRetry)
	p.resend(0)
	p.now = p.now.Add(gateway.FirstRetry)
	p.resend(2)
}

func TestNothingIsAcceptedWhileTheKeyStoreIsAway(t *testing.T) {
	p := newPlay(t)
	keys := p.Gateway.Config.Keys
	p.Gateway.Config.Keys = away{}
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	submission := gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}
	settled := len(p.journal.settled)
	if err := p.Pass(t.Context(), submission); err == nil {
		t.Error("Pass took a message, want an error")
	}
	if len(p.journal.settled) != settled || len(p.post.boxes) != 0 {
		t.Error("something was written or left")
	}
	p.Gateway.Config.Keys = keys
	p.carry()
	p.wantState(ngo, tip, "delivered")
}

func TestTheSameBytesAgainGiveTheSameReceipt(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	sealed := p.people[ngo].Waiting()[0]
	p.carry()
	entries := p.service.Register.Size()
	for range 3 {
		p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: sealed}))
	}
	if got := p.service.Register.Size(); got != entries {
		t.Errorf("the log grew by %d, want nothing", got-entries)
	}
	if len(p.post.boxes[p.mailbox(ngo)]) < 3 {
		t.Error("the sender was not told again")
	}
	for _, partner := range []string{filo, tbkk} {
		if n := len(p.post.boxes[p.mailbox(partner)]); n != 0 {
			t.Errorf("%s got it again %d times", partner, n)
		}
	}
}

// The broker lets each partner speak on its own line only. What comes on another's
// is not signed by whose line it is.
func TestAMessageOnAnothersLineIsRefused(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	sealed := p.people[ngo].Waiting()[0]
	p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(otherNGO), Sealed: sealed}))
	p.wantLastRefused("sig.unknown", "schema.from")
	p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: "mnobodynobodynobody", Sealed: sealed}))
	p.carry()
	p.wantReceived(otherNGO)
}

// wantLastRefused fails unless the newest settlement is a refusal with one of the
// codes.
func (p *play) wantLastRefused(codes ...schemas.Code) {
	p.Helper()
	if len(p.journal.settled) == 0 {
		p.Error("nothing was written down")
		return
	}
	entry := p.journal.settled[len(p.journal.settled)-1].Events[0].Entry
	if entry.Event != schemas.EventRefused || !slices.Contains(codes, entry.Reasons[0]) {
		p.Errorf("written down as %s %v, want refused with one of %v", entry.Event, entry.Reasons, codes)
	}
}

// A worker that crashes on the same bytes three times refuses them; the others go
// on.
func TestPoisonIsRefusedAfterThreeCrashes(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	poison := gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}
	crashes := 0
	p.journal.before = func() error {
		if crashes++; crashes <= 3 {
			panic("a bug")
		}
		return nil
	}
	for i := range 2 {
		if err := p.Pass(t.Context(), poison); err == nil {
			t.Fatalf("crash %d was settled, want an error", i+1)
		}
	}
	p.must(p.Pass(t.Context(), poison))
	p.wantLastRefused("drop.poison")
}

// A home that was put back from a backup signs a number a second time. The
// gateway keeps the first, refuses the second, and writes that down.
func TestANumberIsUsedOnce(t *testing.T) {
	p := newPlay(t)
	forked := p.fromBackup(ngo, schemas.Example("tip-manila"))
	first := p.submit(ngo, schemas.Example("tip-manila"))
	p.carry()
	p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: forked}))
	p.wantLastRefused("find.equivocation")
	p.wantReceived(tbkk, first)
}

func TestALostNumberIsNoticed(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	p.submit(ngo, schemas.Example("tip-manila"))
	second := p.people[ngo].Waiting()[1]
	p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: second}))
	gaps, err := p.service.Register.Gaps(t.Context())
	p.must(err)
	if len(gaps) != 1 || gaps[0].Connector != ngo+"/1" || gaps[0].Sequence != 1 {
		t.Errorf("gaps are %+v, want number 1 of %s/1", gaps, ngo)
	}
	p.carry()
	if gaps, err = p.service.Register.Gaps(t.Context()); err != nil || len(gaps) != 0 {
		t.Errorf("gaps are %+v (%v) after it came, want none", gaps, err)
	}
}

// Two recipients of one message see nothing of each other.
func TestRecipientsDoNotSeeEachOther(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	for partner, other := range map[string]string{filo: tbkk, tbkk: filo} {
		files, err := p.people[partner].Export(tip)
		p.must(err)
		for name, data := range files {
			for _, word := range []string{other, "lo:PH"} {
				if word == "lo:PH" && partner == filo { // his own address
					continue
				}
				if name != "trust.json" && slices.Contains(words(data), word) {
					t.Errorf("%s sees %q in %s", partner, word, name)
				}
			}
		}
	}
}

// A follow-up that overtook its predecessor waits for it, however long.
func TestAFollowUpWaitsForWhatCameBeforeIt(t *testing.T) {
	p := newPlay(t)
	first := p.submit(ngo, schemas.Example("tip-manila"))
	second := p.submit(ngo, replace(schemas.Example("tip-manila"), `"kind"`, `"thread": "`+first+`", "kind"`))
	waiting := p.people[ngo].Waiting()
	for range 20 {
		if err := p.again(ngo, waiting[1]); !errors.Is(err, gateway.ErrEarly) {
			t.Fatalf("the follow-up gave %v, want that it is early", err)
		}
	}
	p.must(p.again(ngo, waiting[0]))
	p.must(p.again(ngo, waiting[1]))
	p.carry()
	p.wantState(ngo, second, "delivered")
}

// An id that others have is answered as one that nobody has, also while the
// sender's own messages are still under way.
func TestWhatOthersHaveIsAsEarlyAsWhatNobodyHas(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	for name, thread := range map[string]string{"one that others have": tip, "one that nobody has": "01a208e6-0000-7000-8000-000000000000"} {
		p.submit(otherNGO, schemas.Example("tip-manila")) // never carried
		p.submit(otherNGO, replace(schemas.Example("tip-manila"), `"kind"`, fmt.Sprintf(`"thread": %q, "kind"`, thread)))
		waiting := p.people[otherNGO].Waiting()
		if err := p.again(otherNGO, waiting[len(waiting)-1]); !errors.Is(err, gateway.ErrEarly) {
			t.Errorf("%s gave %v, want that it is early", name, err)
		}
	}
}

// What the rules do not let pass has no effect either.
func TestAnAssessmentThatIsDeniedGradesNothing(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	body := schemas.Assessment{Message: tip, Grades: []schemas.Graded{{Of: new(int), Source: "A", Information: "1", Statement: "fact"}}, Handling: []string{"H0"}}
	id := p.submit(ngo, schemas.Encode(schemas.Draft{Kind: schemas.KindAssessment, Thread: tip, Body: schemas.Encode(body)}))
	p.carry()
	if out := p.sent(ngo, id); out.Results[0].Passes() {
		t.Fatalf("the NGO is told %+v, want that it may not grade", out.Results)
	}
	standing, err := p.Journal.Standing(t.Context(), tip)
	p.must(err)
	if len(standing.Grades) > 0 || standing.Handling != nil {
		t.Errorf("the tip is graded %v, %v", standing.Grades, standing.Handling)
	}
	if own, err := p.Journal.Standing(t.Context(), id); err != nil || own.Event != schemas.EventSubmitted {
		t.Errorf("it is written down as %s (%v), want submitted", own.Event, err)
	}
}

// One delivery that cannot be sent does not stop the others.
func TestABadDeliveryDoesNotStopTheOthers(t *testing.T) {
	for name, fails := range map[string]error{"full": gateway.ErrFull, "broken": errCrash} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t)
			p.lost()
			calls := 0
			p.post.before = func() error {
				if calls++; calls == 1 {
					return fails
				}
				return nil
			}
			p.now = p.now.Add(gateway.FirstRetry)
			_, err := p.ResendDue(t.Context())
			p.must(err)
			if calls != 2 {
				t.Errorf("%d deliveries were tried, want both", calls)
			}
		})
	}
}

// What the broker still holds for a partner is not added to.
func TestNothingIsAddedToWhatIsNotTaken(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	p.settle(ngo)
	for range 30 * 24 * 4 { // a month, each quarter of an hour
		p.now = p.now.Add(15 * time.Minute)
		_, err := p.ResendDue(t.Context())
		p.must(err)
	}
	for _, partner := range []string{filo, tbkk} {
		if n := len(p.post.boxes[p.mailbox(partner)]); n > 5 {
			t.Errorf("%d copies lie in the mailbox of %s", n, partner)
		}
	}
	p.post.boxes = map[string][][]byte{} // the broker loses its store
	p.now = p.now.Add(time.Hour)
	p.resend(2)
}

// What is taken and not believed is sent less and less often.
func TestWhatIsNotBelievedIsSentLessAndLessOften(t *testing.T) {
	p := newPlay(t)
	p.lost()
	p.post.lose = true
	sent := 0
	for range 30 * 24 * 4 {
		p.now = p.now.Add(15 * time.Minute)
		n, err := p.ResendDue(t.Context())
		p.must(err)
		sent += n
	}
	if sent > 2*45 {
		t.Errorf("%d copies in a month, want fewer than 45 for each of two", sent)
	}
}

// A full mailbox keeps nobody's message waiting: what was written down stays due.
func TestAFullMailboxDoesNotHoldUpTheSender(t *testing.T) {
	p := newPlay(t)
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	p.post.before = func() error { return fmt.Errorf("post: %w", gateway.ErrFull) }
	p.settle(ngo)
	p.post.before = nil
	p.now = p.now.Add(gateway.FirstRetry)
	p.resend(2)
	p.carry()
	p.wantState(ngo, tip, "delivered")
}

func TestReferencesToMessagesOfOthersAreUnknown(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	for name, thread := range map[string]string{"one that others have": tip, "one that nobody has": "01a208e6-0000-7000-8000-000000000000"} {
		t.Run(name, func(t *testing.T) {
			draft := replace(schemas.Example("tip-manila"), `"kind": "case-tip",`, fmt.Sprintf(`"kind": "case-tip", "thread": %q,`, thread))
			id := p.submit(otherNGO, draft)
			for range 5 { // it may still be under way, for a while
				p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(otherNGO), Sealed: p.people[otherNGO].Waiting()[0]})
			}
			p.receive(otherNGO)
			p.wantRefused(otherNGO, id, "ref.unknown")
		})
	}
}

// away is a key store that does not answer.
type away struct{}

func (away) Wrap(context.Context, string, []byte, []byte) ([]byte, error)   { return nil, errCrash }
func (away) Unwrap(context.Context, string, []byte, []byte) ([]byte, error) { return nil, errCrash }

// fromBackup writes a message in a copy of a partner's home, and returns it sealed.
func (p *play) fromBackup(partner string, draft []byte) []byte {
	p.Helper()
	dir := filepath.Join(p.TempDir(), partner)
	p.must(exec.Command("cp", "-a", filepath.Join(p.dir, partner), dir).Run())
	home, err := connectors.OpenHome(dir, passphrase)
	p.must(err)
	connector, err := connectors.Start(home, p.clock, slog.New(slog.DiscardHandler))
	p.must(err)
	defer connector.Close()
	_, err = connector.Submit(draft, connectors.Options{})
	p.must(err)
	waiting := connector.Waiting()
	return waiting[len(waiting)-1]
}

// words takes a text apart where JSON does.
func words(data []byte) []string {
	return strings.FieldsFunc(string(data), func(r rune) bool { return strings.ContainsRune("\"{}[],\n ", r) })
}

// What the sender states of the case is for the rules; no recipient gets it.
func TestWhatIsStatedToTheGatewayStaysThere(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	draft := replace(schemas.Example("question-tbkk"), `"cases"`, `"human": {"step": "alert", "officer": "tbkk/desk-1", "at": "2026-11-22T10:00:00Z", "grounds_seen": true}, "complaint": "lapsed", "tlp": "GREEN", "cases"`)
	accepted, err := p.people[tbkk].Reply(tip, draft, connectors.Options{})
	p.must(err)
	p.carry()
	standing, err := p.Journal.Standing(t.Context(), accepted.ID)
	p.must(err)
	var q policies.Question
	p.must(json.Unmarshal(standing.Deliveries[0].Question, &q))
	if want := (policies.Human{Step: "alert", Officer: "tbkk/desk-1", At: "2026-11-22T10:00:00Z", GroundsSeen: true}); q.Human != want {
		t.Errorf("got human %+v, want %+v", q.Human, want)
	}
	if q.LocalCase != "none" || q.DutchCase != "open" || q.Complaint != "lapsed" || q.Message.TLP != "GREEN" || q.Items[0].FileCategory != "s-suspect" {
		t.Errorf("got cases %q and %q, complaint %q, TLP %q, file %q", q.LocalCase, q.DutchCase, q.Complaint, q.Message.TLP, q.Items[0].FileCategory)
	}
	for _, d := range standing.Deliveries {
		for _, pointer := range d.Disclosed {
			if strings.HasPrefix(pointer, "/envelope/") && !slices.Contains([]string{"/envelope/thread", "/envelope/in_reply_to"}, pointer) && !strings.HasPrefix(pointer, "/envelope/to/") {
				t.Errorf("%s gets %s", d.Recipient, pointer)
			}
		}
	}
}

func TestAStatementIsAboutAPersonOfTheMessage(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	draft := replace(schemas.Example("question-tbkk"), `"on_file": [{ "person": 0`, `"on_file": [{ "person": 1`)
	_, err := p.people[tbkk].Reply(tip, draft, connectors.Options{})
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "schema.mark" || refusal.At != "/on_file/0/person" {
		t.Errorf("got %v, want schema.mark at /on_file/0/person", err)
	}
}
