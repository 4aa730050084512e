package register

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.org/x/mod/sumdb/note"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

// proven fails the test unless an entry is shown to be in the log, as whoever
// gets the proof would look at it, and returns the head it is under.
func (h *house) proven(index, seen int64) (tlog.Proof, tlog.Consistency) {
	h.t.Helper()
	text, growth, err := h.Prove(h.t.Context(), index, seen)
	if err != nil {
		h.t.Fatal(err)
	}
	proof, err := tlog.ParseProof(text)
	if err != nil {
		h.t.Fatalf("proof of entry %d: %v", index, err)
	}
	if _, err := proof.Verify(h.verifier); err != nil || proof.Index != index {
		h.t.Fatalf("proof of entry %d, for %d: %v", index, proof.Index, err)
	}
	grown, err := tlog.ParseConsistency(growth)
	if err != nil {
		h.t.Fatalf("growth since %d: %v", seen, err)
	}
	return proof, grown
}

func (h *house) count(query string, args ...any) (n int64) {
	h.t.Helper()
	if err := h.reader.QueryRow(query, args...).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func TestSettlementBecomesEntriesInItsOrder(t *testing.T) {
	h := newHouse(t)
	tip := (&connector{name: "ngo/manila"}).write(schemas.KindTip).to("police", "police/desk").held("filo", "om", "om/desk").with("tip")
	recorded, err := h.Record(t.Context(), tip.Settlement)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(recorded.Indexes); got != "[0 1 2 3]" || recorded.Repeat {
		t.Errorf("got entries %s, repeat %v", got, recorded.Repeat)
	}
	for i, want := range tip.Events {
		entry, record, err := h.Entry(t.Context(), recorded.Indexes[i])
		if err != nil {
			t.Fatal(err)
		}
		if got, want := string(schemas.Encode(record)), string(schemas.Encode(want.Record)); got != want {
			t.Errorf("record %d: got %s, want %s", i, got, want)
		}
		if entry.Event != want.Entry.Event || entry.Record != schemas.RecordDigest(want.Salt, schemas.Encode(want.Record)) {
			t.Errorf("entry %d is not that of its event: %+v", i, entry)
		}
		h.proven(recorded.Indexes[i], 0)
	}
	h.sound(h.kept())
}

func TestMessageIsSettledOnce(t *testing.T) {
	h := newHouse(t)
	manila := &connector{name: "ngo/manila"}
	tip := manila.write(schemas.KindTip).to("police", "police/desk").with("tip")
	first := h.record(tip.Settlement)
	h.record(manila.write(schemas.KindTip).Settlement)
	size := h.Size()
	for what, again := range map[string]func(s *schemas.Settlement){
		"as it was":                    func(s *schemas.Settlement) {},
		"with another decision":        func(s *schemas.Settlement) { s.Events = s.Events[:1] },
		"under a directory that moved": func(s *schemas.Settlement) { s.Directory = 7 },
		"wrapped again":                func(s *schemas.Settlement) { s.Content, s.CaseKey = []byte("other"), []byte("other") },
	} {
		repeated := *tip.Settlement
		again(&repeated)
		recorded, err := h.Record(t.Context(), &repeated)
		if err != nil || !recorded.Repeat || len(recorded.Indexes) != 1 || recorded.Indexes[0] != first {
			t.Errorf("%s: got %+v, %v, want the entry %d of the first time", what, recorded, err, first)
		}
	}
	if h.Size() != size {
		t.Errorf("the log grew from %d to %d", size, h.Size())
	}
	h.sound()
}

func TestRefusedBytesAreWrittenDownOnce(t *testing.T) {
	h := newHouse(t)
	first := h.record(refusal("not a message"))
	h.record(refusal("not a message either"))
	recorded, err := h.Record(t.Context(), refusal("not a message"))
	if err != nil || !recorded.Repeat || recorded.Indexes[0] != first {
		t.Errorf("got %+v, %v, want entry %d again", recorded, err, first)
	}
	if h.Size() != 2 {
		t.Errorf("got %d entries, want 2", h.Size())
	}
}

// What a register remembers it remembers after it was closed.
func TestMessageIsSettledOnceAcrossRestarts(t *testing.T) {
	h := newHouse(t)
	tip := (&connector{name: "ngo/manila"}).write(schemas.KindTip).to("police", "police/desk").with("tip")
	first := h.record(tip.Settlement)
	h.close()
	h.open()
	recorded, err := h.Record(t.Context(), tip.Settlement)
	if err != nil || !recorded.Repeat || recorded.Indexes[0] != first {
		t.Errorf("got %+v, %v, want entry %d again", recorded, err, first)
	}
}

// Sixty-four workers settle messages of their own and one that all of them got.
func TestManyWorkersSettleEachMessageOnce(t *testing.T) {
	const workers, each = 64, 2
	h := newHouse(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	entries := map[string]int64{} // of each message, as it was returned
	fresh := 0
	settle := func(l *letter) {
		recorded, err := h.Record(t.Context(), l.Settlement)
		if err != nil {
			t.Errorf("%s: %v", l.ID, err)
			return
		}
		h.proven(recorded.Indexes[0], 0)
		mu.Lock()
		defer mu.Unlock()
		if known, ok := entries[l.ID]; ok && known != recorded.Indexes[0] {
			t.Errorf("%s: got entry %d, another worker got %d", l.ID, recorded.Indexes[0], known)
		}
		entries[l.ID] = recorded.Indexes[0]
		if !recorded.Repeat {
			fresh++
		}
	}
	for n := range workers {
		wg.Go(func() {
			own := &connector{name: fmt.Sprint("ngo/", n)}
			for range each {
				settle((&connector{name: "ngo/shared"}).write(schemas.KindTip).to("police", "police/desk").with("shared"))
				settle(own.write(schemas.KindTip).to("police", "police/desk").with("own"))
			}
		})
	}
	wg.Wait()

	const messages = workers*each + 1
	if fresh != messages || len(entries) != messages {
		t.Errorf("got %d messages settled anew, of %d, want %d", fresh, len(entries), messages)
	}
	if got := h.count(`SELECT COUNT(*) FROM messages`); got != messages {
		t.Errorf("got %d messages in the register, want %d", got, messages)
	}
	if size, highest := h.count(`SELECT COUNT(*) FROM entries`), h.count(`SELECT MAX(idx) FROM entries`); size != 2*messages || highest != size-1 || size != h.Size() {
		t.Errorf("got %d entries up to %d under a head of %d, want %d without a hole", size, highest, h.Size(), 2*messages)
	}
	for id, entry := range entries {
		if _, record, err := h.Entry(t.Context(), entry); err != nil || record.Message != id {
			t.Errorf("%s: its entry %d is that of %q, %v", id, entry, record.Message, err)
		}
	}
	h.sound(h.kept())
}

// pen signs when it is let, and counts how often.
type pen struct {
	note.Signer
	heads atomic.Int64
	let   chan struct{}
	fail  atomic.Bool
}

func (p *pen) Sign(text []byte) ([]byte, error) {
	p.heads.Add(1)
	<-p.let
	if p.fail.Load() {
		return nil, errors.New("the key store does not answer")
	}
	return p.Signer.Sign(text)
}

// inOneBatch records the settlements while the signature of an earlier one is
// awaited, so that the committer finds all of them waiting. It returns what each
// call returned.
func inOneBatch(t *testing.T, settlements ...*schemas.Settlement) (h *house, heads int64, recorded []*schemas.Recorded, errs []error) {
	t.Helper()
	h = newHouse(t)
	h.close()
	slow := &pen{Signer: h.signer, let: make(chan struct{})}
	h.signer = slow
	h.open()
	recorded, errs = make([]*schemas.Recorded, len(settlements)), make([]error, len(settlements))
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := h.Record(t.Context(), refusal("what came first")); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait() // it is being signed
	for i, s := range settlements {
		wg.Go(func() { recorded[i], errs[i] = h.Record(t.Context(), s) })
		synctest.Wait() // it is in the queue
	}
	close(slow.let)
	wg.Wait()
	return h, slow.heads.Load() - 1, recorded, errs
}

// One transaction, one head, one sync for all who wait at the same moment.
func TestWaitingSettlementsShareOneCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const waiting = 64
		var settlements []*schemas.Settlement
		for n := range waiting {
			settlements = append(settlements, (&connector{name: fmt.Sprint("ngo/", n)}).write(schemas.KindTip).to("police", "police/desk").with("tip").Settlement)
		}
		h, heads, recorded, errs := inOneBatch(t, settlements...)
		if heads != 1 {
			t.Errorf("got %d heads for %d settlements, want 1", heads, waiting)
		}
		for n, err := range errs {
			if err != nil {
				t.Fatalf("settlement %d: %v", n, err)
			}
			if want := int64(1 + 2*n); recorded[n].Indexes[0] != want {
				t.Errorf("settlement %d: got entry %d, want %d", n, recorded[n].Indexes[0], want)
			}
			h.proven(recorded[n].Indexes[0], 1)
		}
		h.sound()
		h.close()
	})
}

// A settlement that cannot be written takes no other with it.
func TestOneBadSettlementFailsAlone(t *testing.T) {
	good := func(n int) *schemas.Settlement {
		return (&connector{name: fmt.Sprint("ngo/", n)}).write(schemas.KindTip).to("police", "police/desk").with("tip").Settlement
	}
	for what, bad := range map[string]*letter{
		"a delivery to one connector twice": (&connector{name: "ngo/bad"}).write(schemas.KindTip).to("police", "police/desk", "police/desk"),
		"an approval of nothing":            {Settlement: &schemas.Settlement{Events: []schemas.Event{happened(schemas.EventApproved, schemas.Record{})}}},
		"a message twice in itself":         (&connector{name: "ngo/bad"}).write(schemas.KindTip).twice(),
		"an approval of a hold unknown":     (&connector{name: "ngo/bad"}).write(schemas.KindRelease).counting(99, 0),
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, _, _, errs := inOneBatch(t, good(1), good(2), bad.Settlement, good(3), good(4))
				for n, err := range errs {
					if (err != nil) != (n == 2) {
						t.Errorf("settlement %d: got %v", n, err)
					}
				}
				if h.Size() != 1+4*2 {
					t.Errorf("got %d entries, want those of the four good ones", h.Size())
				}
				h.sound()
				h.close()
			})
		})
	}
}

// twice spoils a message: it is taken twice.
func (l *letter) twice() *letter {
	l.Events = append(l.Events, l.Events[0])
	return l
}

// counting says how many approvals of a hold the decision rests on.
func (l *letter) counting(hold int64, approvals int) *letter {
	l.Approvals[hold] = approvals
	return l
}

// Refusals of single settlements leave the others of the batch in one commit.
func TestRefusedSettlementsDoNotSplitABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		manila := &connector{name: "ngo/manila"}
		one, two := manila.write(schemas.KindTip), manila.write(schemas.KindTip)
		stale := (&connector{name: "ngo/stale"}).write(schemas.KindTip)
		stale.Directory = 5
		liar := (&connector{name: "ngo/manila"}).write(schemas.KindTip).to("police", "police/desk")
		liar.Manifest = "other"
		h, heads, recorded, errs := inOneBatch(t, one.Settlement, stale.Settlement, liar.Settlement, one.Settlement, two.Settlement)
		if heads != 1 || h.Size() != 3 {
			t.Errorf("got %d heads and %d entries, want 1 and 3", heads, h.Size())
		}
		for n, want := range []error{nil, schemas.ErrStale, schemas.ErrEquivocation, nil, nil} {
			if !errors.Is(errs[n], want) {
				t.Errorf("settlement %d: got %v, want %v", n, errs[n], want)
			}
		}
		if again := recorded[3]; again == nil || !again.Repeat || again.Indexes[0] != recorded[0].Indexes[0] {
			t.Errorf("the same message in one batch: got %+v, want entry %d again", again, recorded[0].Indexes[0])
		}
		h.sound()
		h.close()
	})
}

// copyOf copies the database as it lies on disk at this moment, log and all.
func (h *house) copyOf() string {
	h.t.Helper()
	path := filepath.Join(h.t.TempDir(), "register.db")
	for _, suffix := range []string{"", "-wal"} {
		data, err := os.ReadFile(h.path + suffix)
		if err != nil && suffix == "" {
			h.t.Fatal(err)
		}
		if err == nil {
			write(h.t, path+suffix, data)
		}
	}
	return path
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What Record has returned is in the files, whatever becomes of the process: a
// copy of them, taken at once, holds the entry under a signed head.
func TestNothingIsReturnedBeforeItIsOnDisk(t *testing.T) {
	h := newHouse(t)
	manila := &connector{name: "ngo/manila"}
	for range 25 {
		tip := manila.write(schemas.KindTip).to("police", "police/desk").with(strings.Repeat("x", 20_000))
		entry := h.record(tip.Settlement)
		copied := &house{t: t, path: h.copyOf(), signer: h.signer, verifier: h.verifier}
		copied.open()
		if _, record, err := copied.Entry(t.Context(), entry); err != nil || record.Message != tip.ID {
			t.Fatalf("the copy does not hold %s: %v", tip.ID, err)
		}
		if _, content, err := copied.Content(t.Context(), tip.ID); err != nil || string(content) != string(tip.Content) {
			t.Fatalf("the copy does not hold the content of %s: %v", tip.ID, err)
		}
		copied.proven(entry, entry)
		copied.close()
	}
	h.sound()
}

// The promise rests on two settings of the driver: they are what we set.
func TestCommitsWaitForTheDisk(t *testing.T) {
	h := newHouse(t)
	var mode string
	var synchronous int
	if err := h.writer.QueryRow(`SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous`).Scan(&mode, &synchronous); err != nil {
		t.Fatal(err)
	}
	if mode != "wal" || synchronous != 2 {
		t.Errorf("got journal_mode %s, synchronous %d, want wal and 2 (FULL)", mode, synchronous)
	}
}

// A head that cannot be signed is no commit: nothing was written, and the same
// settlement goes through later.
func TestNothingIsWrittenWithoutASignature(t *testing.T) {
	h := newHouse(t)
	h.close()
	slow := &pen{Signer: h.signer, let: make(chan struct{})}
	close(slow.let)
	h.signer = slow
	h.open()
	h.record(admission("partner/ngo", 1))
	slow.fail.Store(true)
	tip := (&connector{name: "ngo/manila"}).write(schemas.KindTip).to("police", "police/desk").with("tip")
	tip.Directory = 1
	for _, s := range []*schemas.Settlement{tip.Settlement, {Directory: 1, Events: admission("partner/police", 1).Events}} {
		if _, err := h.Record(t.Context(), s); err == nil {
			t.Fatal("recorded without a signature")
		}
	}
	if _, err := h.Standing(t.Context(), tip.ID); !errors.Is(err, schemas.ErrUnknown) {
		t.Errorf("the message is known: %v", err)
	}
	h.sound(h.kept())
	slow.fail.Store(false)
	if entry := h.record(tip.Settlement); entry != 1 {
		t.Errorf("got entry %d, want 1", entry)
	}
	h.sound(h.kept())
}

func TestWhoGaveUpBeforeTheCommitLeavesNothing(t *testing.T) {
	h := newHouse(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // whether it was queued or not
		if _, err := h.Record(ctx, refusal("given up")); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	}
	if h.Size() != 0 {
		t.Errorf("got %d entries, want none", h.Size())
	}
}

// Closing answers everybody: what was taken is recorded, what was not is an
// error, and nobody waits for ever.
func TestCloseAnswersEverybody(t *testing.T) {
	h := newHouse(t)
	var wg sync.WaitGroup
	var taken atomic.Int64
	for n := range 32 {
		wg.Go(func() {
			for i := range 8 {
				if _, err := h.Record(context.Background(), refusal(fmt.Sprint(n, " ", i))); err == nil {
					taken.Add(1)
				}
			}
		})
	}
	h.record(refusal("before the end"))
	h.close()
	wg.Wait()
	if err := h.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if _, err := h.Record(t.Context(), refusal("too late")); err == nil {
		t.Error("a closed register recorded")
	}
	h.open()
	if got, want := h.Size(), taken.Load()+1; got != want {
		t.Errorf("got %d entries, %d were answered with one", got, want)
	}
	h.sound()
}

// Two processes on one file would be a mistake of whoever runs them. The log does
// not fork: the one that finds the file moved can write nothing any more.
func TestTwoWritersCannotForkTheLog(t *testing.T) {
	h := newHouse(t)
	second := *h
	second.open()
	h.record(refusal("of the first"))
	if _, err := second.Record(t.Context(), refusal("of the second")); err == nil {
		t.Error("both wrote")
	}
	h.record(refusal("of the first again"))
	h.sound(h.kept())
}

// A connector that signs two messages under one id or one number, or denies its
// own past, is told by the register; nothing of it is written but what the
// gateway writes down about it.
func TestEquivocationIsRefusedAndWrittenDown(t *testing.T) {
	for what, lie := range map[string]func(first, next *schemas.Settled){
		"other bytes under one id":          func(first, next *schemas.Settled) { next.ID, next.Sequence = first.ID, 9 },
		"other bytes under id and number":   func(first, next *schemas.Settled) { next.ID, next.Sequence = first.ID, first.Sequence },
		"another message under one number":  func(first, next *schemas.Settled) { next.Sequence = first.Sequence },
		"another past":                      func(first, next *schemas.Settled) { next.Previous = "of another message" },
		"no past":                           func(first, next *schemas.Settled) { next.Previous = "" },
		"a past that the future denies":     func(first, next *schemas.Settled) { next.Sequence = first.Sequence - 1 },
		"the same id from another, earlier": func(first, next *schemas.Settled) { next.ID, next.Connector = first.ID, "ngo/cebu" },
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			manila := &connector{name: "ngo/manila"}
			manila.write(schemas.KindTip) // still on its way
			first := manila.write(schemas.KindTip)
			h.record(first.Settlement)
			next := manila.write(schemas.KindTip)
			lie(&first.Settled, &next.Settled)
			if _, err := h.Record(t.Context(), next.Settlement); !errors.Is(err, schemas.ErrEquivocation) {
				t.Fatalf("got %v, want ErrEquivocation", err)
			}
			if h.Size() != 1 {
				t.Errorf("got %d entries, want the first message alone", h.Size())
			}

			finding := refusal("the lie as it came")
			finding.Events[0].Entry.Reasons = []schemas.Code{"find.equivocation"}
			entry := h.record(finding)
			if again, err := h.Record(t.Context(), finding); err != nil || !again.Repeat || again.Indexes[0] != entry {
				t.Errorf("the same bytes again: got %+v, %v, want entry %d", again, err, entry)
			}
			if standing, err := h.Standing(t.Context(), first.ID); err != nil || standing.Manifest != first.Manifest {
				t.Errorf("the first message is no longer what it was: %+v, %v", standing, err)
			}
			h.sound()
		})
	}
}

func TestOfTwoMessagesUnderOneNumberOneIsTaken(t *testing.T) {
	h := newHouse(t)
	var wg sync.WaitGroup
	var taken, lies atomic.Int64
	for n := range 64 {
		wg.Go(func() {
			l := (&connector{name: "ngo/manila"}).write(schemas.KindTip)
			l.Manifest = fmt.Sprint("version ", n)
			l.Events[0].Record.Manifest = l.Manifest
			switch _, err := h.Record(t.Context(), l.Settlement); {
			case err == nil:
				taken.Add(1)
			case errors.Is(err, schemas.ErrEquivocation):
				lies.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if taken.Load() != 1 || lies.Load() != 63 || h.Size() != 1 {
		t.Errorf("got %d taken, %d refused, %d entries, want 1, 63 and 1", taken.Load(), lies.Load(), h.Size())
	}
	h.sound()
}

// Messages may come in any order: a missing one is a gap, not a lie.
func TestMessagesMayOvertakeEachOther(t *testing.T) {
	h := newHouse(t)
	manila := &connector{name: "ngo/manila"}
	var letters []*letter
	for range 6 {
		letters = append(letters, manila.write(schemas.KindTip))
	}
	for _, n := range []int{3, 0, 5, 1, 4, 2} {
		h.record(letters[n].Settlement)
	}
	h.sound()
}

// A decision is written down only on the ground that it was made on.
func TestDecisionOnMovedGroundIsStale(t *testing.T) {
	h := newHouse(t)
	h.record(admission("partner/ngo", 1))
	manila, prosecutor := &connector{name: "ngo/manila"}, &connector{name: "om/desk"}
	tip := manila.write(schemas.KindTip).held("filo", "om", "om/desk").with("tip")
	hold := h.record(tip.Settlement) + 1
	closed := manila.write(schemas.KindTip).held("filo", "om", "om/desk").with("tip")
	closedHold := h.record(closed.Settlement) + 1
	h.record(prosecutor.write(schemas.KindRelease).act(schemas.EventReturned, closedHold, closed).Settlement)
	h.record(prosecutor.write(schemas.KindRelease).approves(hold, tip, "public-prosecutor").Settlement)
	size := h.Size()

	for what, c := range map[string]struct {
		letter    *letter
		directory int64
		want      error
	}{
		"an older directory":           {manila.write(schemas.KindTip), 0, schemas.ErrStale},
		"a directory that is not yet":  {(&connector{name: "ngo/a"}).write(schemas.KindTip), 2, schemas.ErrStale},
		"an approval came in between":  {(&connector{name: "ngo/b"}).write(schemas.KindRelease).counting(hold, 0), 1, schemas.ErrStale},
		"an approval that is not yet":  {(&connector{name: "ngo/c"}).write(schemas.KindRelease).counting(hold, 2), 1, schemas.ErrStale},
		"the hold was closed":          {(&connector{name: "ngo/d"}).write(schemas.KindRelease).counting(closedHold, 0), 1, schemas.ErrStale},
		"the case got its key already": {(&connector{name: "ngo/e"}).write(schemas.KindTip).in(tip).with("reply"), 1, schemas.ErrStale},
		"the ground as it is":          {(&connector{name: "ngo/f"}).write(schemas.KindRelease).counting(hold, 1), 1, nil},
	} {
		c.letter.Directory = c.directory
		if _, err := h.Record(t.Context(), c.letter.Settlement); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", what, err, c.want)
		}
	}
	if h.Size() != size+1 {
		t.Errorf("got %d entries, want %d", h.Size(), size+1)
	}
	h.sound()
}

// The ground may also move within one batch.
func TestDecisionIsStaleWhenTheGroundMovesBesideIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before, after := (&connector{name: "ngo/a"}).write(schemas.KindTip), (&connector{name: "ngo/b"}).write(schemas.KindTip)
		after.Directory = 1
		h, heads, _, errs := inOneBatch(t, admission("partner/ngo", 1), before.Settlement, after.Settlement)
		if !errors.Is(errs[1], schemas.ErrStale) || errs[0] != nil || errs[2] != nil || heads != 1 {
			t.Errorf("got %v and %d heads, want only the second stale, and 1", errs, heads)
		}
		h.sound()
		h.close()
	})
}

// Two messages of a case that has no key yet each bring one. Only one can stay:
// the other message is asked to be wrapped again, or nobody could ever read it.
func TestCaseHasOneKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := (&connector{name: "ngo/manila"}).write(schemas.KindTip)
		one := (&connector{name: "ngo/a"}).write(schemas.KindTip).in(root).with("one")
		two := (&connector{name: "ngo/b"}).write(schemas.KindTip).in(root).with("two")
		one.to("police", "police/desk")
		two.to("police", "police/desk")
		two.CaseKey = []byte("another key")
		h, _, _, errs := inOneBatch(t, root.Settlement, one.Settlement, two.Settlement)
		if errs[0] != nil || errs[1] != nil || !errors.Is(errs[2], schemas.ErrStale) {
			t.Fatalf("got %v, want the last one stale", errs)
		}
		key, err := h.Case(t.Context(), root.Thread)
		if err != nil || string(key) != string(one.CaseKey) {
			t.Errorf("got key %q, %v, want that of the first", key, err)
		}
		two.CaseKey = nil // wrapped again under the key that there is
		if _, err := h.Record(t.Context(), two.Settlement); err != nil {
			t.Error(err)
		}
		h.sound()
		h.close()
	})
}

// Whoever keeps the last checkpoint he saw is shown that the log has only grown
// since, from whichever one it was.
func TestProofsShowThatTheLogGrew(t *testing.T) {
	h := newHouse(t)
	seen := []tlog.Checkpoint{h.kept()}
	for n := range 20 {
		h.record(refusal(fmt.Sprint(n)))
		seen = append(seen, h.kept())
	}
	for _, old := range seen {
		_, grown := h.proven(0, old.Size)
		if err := grown.Verify(old, h.kept()); err != nil {
			t.Errorf("since %d: %v", old.Size, err)
		}
	}
	if _, grown := h.proven(0, 1000); grown.Old != h.Size() { // seen by nobody
		t.Errorf("since a head that is not yet: got %d to %d", grown.Old, grown.New)
	}
	for _, index := range []int64{-1, h.Size()} {
		if _, _, err := h.Prove(t.Context(), index, 0); err == nil {
			t.Errorf("entry %d was proven", index)
		}
	}
	if _, _, err := h.Prove(t.Context(), 0, -1); err == nil {
		t.Error("growth since a negative size was proven")
	}
}

// A tile that went bad gives a fault here, not a proof that its receiver refuses.
func TestBadTileGivesNoProof(t *testing.T) {
	h := newHouse(t)
	h.record(noise(0, 600))
	if _, err := h.writer.Exec(`UPDATE tiles SET hashes = zeroblob(256 * 32) WHERE level = 0 AND n = 0`); err != nil {
		t.Fatal(err)
	}
	h.close()
	h.open() // the head rests on other tiles, and the tile is full
	if _, _, err := h.Prove(t.Context(), 7, 0); !errors.Is(err, tlog.ErrProof) {
		t.Errorf("got %v, want ErrProof", err)
	}
	h.proven(300, 0)
}

// An entry that nobody's proof could carry is not written.
func TestAnEntryThatIsTooLongIsRefused(t *testing.T) {
	h := newHouse(t)
	long := refusal("long")
	for len(schemas.Encode(long.Events[0].Entry)) <= schemas.MaxTextEntry {
		long.Events[0].Entry.Reasons = append(long.Events[0].Entry.Reasons, "sig.not-genuine")
	}
	_, err := h.Record(t.Context(), long)
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "limit.entry" {
		t.Errorf("got %v, want limit.entry", err)
	}
	if h.Size() != 0 {
		t.Errorf("%d entries were written", h.Size())
	}
}
