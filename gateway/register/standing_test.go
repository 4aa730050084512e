package register

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"schakel/schemas"
)

func (h *house) standing(message string) *schemas.Standing {
	h.t.Helper()
	standing, err := h.Standing(h.t.Context(), message)
	if err != nil {
		h.t.Fatal(err)
	}
	return standing
}

// due lists what is due after a time, as "entry connector tries".
func (h *house) due(after time.Duration, limit int) (all []string) {
	h.t.Helper()
	found, err := h.Due(h.t.Context(), noon.Add(after), limit)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, due := range found {
		all = append(all, fmt.Sprint(due.Entry, " ", due.Connector, " ", due.Tries))
	}
	return all
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestMessageThatNeverCameIsUnknown(t *testing.T) {
	h := newHouse(t)
	tell(h, 0)
	if _, err := h.Standing(t.Context(), "nobody/1"); !errors.Is(err, schemas.ErrUnknown) {
		t.Errorf("standing: got %v, want ErrUnknown", err)
	}
	if _, _, err := h.Content(t.Context(), "nobody/1"); !errors.Is(err, schemas.ErrUnknown) {
		t.Errorf("content: got %v, want ErrUnknown", err)
	}
	if key, err := h.Case(t.Context(), "nobody/1"); key != nil || err != nil {
		t.Errorf("key of the case: got %q, %v, want none", key, err)
	}
	if told, err := h.Told(t.Context(), "nobody/1", "ngo/manila"); err != nil || told.Answers != nil || told.Receipts != nil {
		t.Errorf("told: got %+v, %v, want nothing", told, err)
	}
	if _, _, err := h.Entry(t.Context(), h.Size()); err == nil {
		t.Error("an entry beyond the log was read")
	}
}

// Standing says of a message who sent it, what was decided for whom, who
// approved, and how police graded it.
func TestStandingOfAMessage(t *testing.T) {
	h := newHouse(t)
	s := tell(h, 0)
	tip := h.standing(s.tip.ID)
	equal(t, "message", tip.Settled, s.tip.Settled)
	equal(t, "event", tip.Event, schemas.EventSubmitted)
	equal(t, "kind", tip.Kind, schemas.KindTip)
	equal(t, "entry", tip.Entry, s.custody)
	equal(t, "handling", tip.Handling, []string{"H1"})
	equal(t, "grade", tip.Grades[0].Source+tip.Grades[0].Information, "A1") // the later one
	if len(tip.Deliveries) != 4 {
		t.Fatalf("got %d decisions, want 4", len(tip.Deliveries))
	}

	police, hold, review, released := tip.Deliveries[0], tip.Deliveries[1], tip.Deliveries[2], tip.Deliveries[3]
	equal(t, "to the police", []any{police.Entry, police.Recipient, police.Outcome, police.Review, police.Closed, police.Left()}, []any{s.police, "police", schemas.Allow, false, false, true})
	equal(t, "what the police got", []any{police.To, police.Address, police.Disclosed, police.Fields}, []any{"1", "police", []string{"/what", "/where"}, "fields"})
	equal(t, "to the liaison", []any{hold.Entry, hold.Recipient, hold.Outcome, hold.Closed, hold.Left()}, []any{s.hold, "filo", schemas.Hold, true, false})
	equal(t, "what was asked", []any{string(hold.Question), string(hold.Decision)}, []any{`{"asked":1}`, `{"outcome":"hold"}`})
	equal(t, "to the reviewer", []any{review.Entry, review.Recipient, review.Review, review.Left()}, []any{s.review, "om", true, true})
	equal(t, "released", []any{released.Recipient, released.Outcome, released.Left()}, []any{"filo", schemas.Allow, true})

	var given []string
	for _, approval := range hold.Approvals {
		given = append(given, fmt.Sprint(approval.Officer, ", ", approval.Function, ", ", approval.At, ", ", approval.Until, ", ", approval.Withhold))
	}
	equal(t, "approvals", given, []string{
		"officer of om/desk, public-prosecutor, " + schemas.At(noon) + ", 2026-04-01, [/where]",
		"officer of ngo/office, controller, " + schemas.At(noon) + ", 2026-04-01, [/where]",
	})
	if police.Approvals != nil {
		t.Errorf("a delivery that needed no approval has some: %v", police.Approvals)
	}
}

func TestRefusedMessageHasAStanding(t *testing.T) {
	h := newHouse(t)
	l := (&connector{name: "ngo/manila"}).write(schemas.KindTip)
	l.Events[0].Entry.Event = schemas.EventRefused
	entry := h.record(l.Settlement)
	refused := h.standing(l.ID)
	equal(t, "event", refused.Event, schemas.EventRefused)
	equal(t, "entry", refused.Entry, entry)
	equal(t, "decisions", len(refused.Deliveries), 0)
	told, err := h.Told(t.Context(), l.ID, "ngo/manila")
	equal(t, "told", fmt.Sprint(told, err), fmt.Sprint(schemas.Told{Answers: []int64{entry}}, nil))
}

// Content is kept as long as something still has to be done with it.
func TestContentIsKeptUntilNothingNeedsIt(t *testing.T) {
	h := newHouse(t)
	manila, police, night, om := &connector{name: "ngo/manila"}, &connector{name: "police/desk"}, &connector{name: "police/night"}, &connector{name: "om/desk"}
	received := func(by *connector, delivery int64, l *letter) {
		h.record(by.write(schemas.KindReceipt).act(schemas.EventDelivered, delivery, l).Settlement)
	}
	kept := func(when string, l *letter, want bool) {
		t.Helper()
		thread, content, err := h.Content(t.Context(), l.ID)
		switch {
		case !want && !errors.Is(err, schemas.ErrUnknown):
			t.Errorf("%s: content still there, %v", when, err)
		case want && (err != nil || thread != l.Thread || string(content) != string(l.Content)):
			t.Errorf("%s: got %q of case %q, %v", when, content, thread, err)
		}
		h.sound()
	}

	two := manila.write(schemas.KindTip).to("police", "police/desk", "police/night").with("for two desks")
	entry := h.record(two.Settlement)
	kept("no receipt", two, true)
	received(police, entry+1, two)
	kept("one receipt of two", two, true)
	received(police, entry+1, two)
	kept("the same receipt again", two, true)
	received(night, entry+1, two)
	kept("both receipts", two, false)

	held := manila.write(schemas.KindTip).held("filo", "om", "om/desk").with("held")
	entry = h.record(held.Settlement)
	received(om, entry+2, held)
	kept("a hold is open", held, true)
	h.record(om.write(schemas.KindRelease).act(schemas.EventReturned, entry+1, held).Settlement)
	kept("the hold was returned", held, false)

	open := manila.write(schemas.KindTip).held("filo", "om", "om/desk").with("approved")
	entry = h.record(open.Settlement)
	received(om, entry+2, open)
	release := h.record(om.write(schemas.KindRelease).approves(entry+1, open, "public-prosecutor").releases(entry+1, open, "filo", "filo/desk").Settlement)
	kept("released and on its way", open, true)
	received(&connector{name: "filo/desk"}, release+1, open)
	kept("released and received", open, false)

	copied := manila.write(schemas.KindTip).to("police", "police/desk").with("a law asks for a copy")
	copied.Events[1].Record.Retain = true
	entry = h.record(copied.Settlement)
	received(police, entry+1, copied)
	kept("a law asks for a copy", copied, true)

	if key, err := h.Case(t.Context(), two.Thread); err != nil || string(key) != string(two.CaseKey) {
		t.Errorf("key of the case: got %q, %v", key, err)
	}
}

// A delivery is due until its own connector confirms it.
func TestDeliveryIsDueUntilItsReceipt(t *testing.T) {
	h := newHouse(t)
	tip := (&connector{name: "ngo/manila"}).write(schemas.KindTip).to("police", "police/desk", "police/night").with("tip")
	entry := h.record(tip.Settlement) + 1
	desk, night := fmt.Sprint(entry, " police/desk 0"), fmt.Sprint(entry, " police/night 0")

	equal(t, "at once", h.due(0, 10), []string(nil))
	equal(t, "a moment before", h.due(retryAfter-time.Second, 10), []string(nil))
	equal(t, "in time", h.due(retryAfter, 10), []string{desk, night})
	equal(t, "no more than asked for", len(h.due(retryAfter, 1)), 1)

	all, err := h.Due(t.Context(), noon.Add(retryAfter), 10)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "message", all[0].Message, tip.ID)
	all[0].Tries++
	if err := h.Postpone(t.Context(), all[0], noon.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	equal(t, "the other", h.due(time.Minute, 10), []string{night})
	equal(t, "postponed, the longest waiting first", h.due(time.Hour, 10), []string{night, fmt.Sprint(entry, " police/desk 1")})

	h.record((&connector{name: "police/night"}).write(schemas.KindReceipt).act(schemas.EventDelivered, entry, tip).to("ngo", "ngo/manila").with("receipt").Settlement)
	equal(t, "one confirmed; its receipt needs none", h.due(24*time.Hour, 10), []string{fmt.Sprint(entry, " police/desk 1")})
	h.close()
	h.open()
	equal(t, "after a restart", h.due(24*time.Hour, 10), []string{fmt.Sprint(entry, " police/desk 1")})
	desks := &connector{name: "police/desk"}
	h.record(desks.write(schemas.KindReceipt).act(schemas.EventFailed, entry, tip).Settlement)
	equal(t, "one could not open it", h.due(24*time.Hour, 10), []string{fmt.Sprint(entry, " police/desk 1")})
	if _, _, err := h.Content(t.Context(), tip.ID); err != nil {
		t.Errorf("its content: %v, want it kept for him who could not open it", err)
	}
	h.record(desks.write(schemas.KindReceipt).act(schemas.EventDelivered, entry, tip).Settlement)
	equal(t, "both answered", h.due(24*time.Hour, 10), []string(nil))
	h.sound()
}

// Bytes that came are known again on their own line, and on no other.
func TestBytesAreKnownAgainOnTheirLine(t *testing.T) {
	h := newHouse(t)
	tip := (&connector{name: "ngo/manila"}).write(schemas.KindTip).to("police", "police/desk").with("tip")
	custody := h.record(tip.Settlement)
	junk := h.record(refusal("junk"))
	for _, test := range []struct {
		sealed, connector, want string
	}{
		{"sealed " + tip.ID, "ngo/manila", fmt.Sprint(tip.ID, " ", custody, " <nil>")},
		{"sealed " + tip.ID, "ngo/cebu", fmt.Sprint(" 0 ", schemas.ErrUnknown)},
		{"junk", "ngo/manila", fmt.Sprint(" ", junk, " <nil>")},
		{"junk", "police/desk", fmt.Sprint(" 0 ", schemas.ErrUnknown)},
	} {
		message, entry, err := h.Arrived(t.Context(), schemas.Digest([]byte(test.sealed)), test.connector)
		equal(t, test.sealed+" of "+test.connector, fmt.Sprint(message, " ", entry, " ", err), test.want)
	}
	other := refusal("junk")
	other.Events[0].Record.Connector = "police/desk"
	if got := h.record(other); got != junk+1 {
		t.Errorf("the same bytes on another line: entry %d, want one of its own", got)
	}
	h.sound()
}

// A connector is behind while a message that it numbered earlier is missing.
func TestAConnectorIsBehindWhileAnEarlierNumberIsMissing(t *testing.T) {
	h := newHouse(t)
	manila := &connector{name: "ngo/manila"}
	first, second := manila.write(schemas.KindTip), manila.write(schemas.KindTip)
	wantBehind := func(sequence int64, want bool) {
		t.Helper()
		if got, err := h.Behind(t.Context(), "ngo/manila", sequence); err != nil || got != want {
			t.Errorf("at number %d: behind %v, %v, want %v", sequence, got, err, want)
		}
	}
	wantBehind(1, false)
	wantBehind(3, true)
	h.record(second.Settlement)
	wantBehind(3, true)
	h.record(first.Settlement)
	wantBehind(3, false)
	wantBehind(3+schemas.MaxAhead, true)
	wantBehind(4, true)
	h.record(refusal("number three, which could not be read"))
	wantBehind(4, false)
}

func TestPostponingWhatIsNotDueDoesNothing(t *testing.T) {
	h := newHouse(t)
	if err := h.Postpone(t.Context(), schemas.Due{Entry: 7, Connector: "police/desk"}, noon); err != nil {
		t.Error(err)
	}
	equal(t, "due", h.due(time.Hour, 10), []string(nil))
	h.sound()
}

// A sender is told of its message, of the receipts that came for it, and of what
// became of a hold; nobody else is.
func TestTold(t *testing.T) {
	h := newHouse(t)
	manila, police, om := &connector{name: "ngo/manila"}, &connector{name: "police/desk"}, &connector{name: "om/desk"}
	tip := manila.write(schemas.KindTip).to("police", "police/desk").held("filo", "om", "om/desk").with("tip")
	custody := h.record(tip.Settlement)
	receipt := police.write(schemas.KindReceipt).act(schemas.EventDelivered, custody+1, tip).to("ngo", "ngo/manila").with("receipt")
	received := h.record(receipt.Settlement)
	read := police.write(schemas.KindReceipt).act(schemas.EventOpened, custody+1, tip).to("ngo", "ngo/manila").with("receipt")
	opened := h.record(read.Settlement)
	release := om.write(schemas.KindRelease).approves(custody+2, tip, "public-prosecutor").releases(custody+2, tip, "filo", "filo/desk")
	released := h.record(release.Settlement)

	told, err := h.Told(t.Context(), tip.ID, "ngo/manila")
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "answers", told.Answers, []int64{custody, released + 2})
	equal(t, "receipts", told.Receipts, []schemas.Due{
		{Entry: received + 1, Message: receipt.ID, Connector: "ngo/manila"}, {Entry: opened + 1, Message: read.ID, Connector: "ngo/manila"},
	})

	for _, other := range []string{"ngo/cebu", "police/desk", "om/desk", ""} {
		if told, err := h.Told(t.Context(), tip.ID, other); err != nil || told.Answers != nil || told.Receipts != nil {
			t.Errorf("%q was told %+v, %v", other, told, err)
		}
	}
	told, err = h.Told(t.Context(), receipt.ID, "police/desk")
	equal(t, "the recipient, of its receipt", fmt.Sprint(told.Answers, told.Receipts, err), fmt.Sprint([]int64{received}, []schemas.Due(nil), nil))
}

func TestRecordsAreThoseInUseInTheirOrder(t *testing.T) {
	h := newHouse(t)
	if records, err := h.Records(t.Context()); err != nil || records != nil {
		t.Errorf("empty: got %v, %v", records, err)
	}
	for _, record := range []struct {
		id      string
		version int64
	}{{"partner/ngo", 1}, {"document/covenant", 1}, {"partner/ngo", 2}, {"partner/police", 1}, {"document/covenant", 2}} {
		h.record(admission(record.id, record.version))
	}
	for range 2 { // also when it was closed in between
		records, err := h.Records(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, record := range records {
			got = append(got, fmt.Sprint(record.ID, " ", record.Version, " ", string(record.Signed)))
		}
		equal(t, "records", got, []string{
			"partner/ngo 2 record of partner/ngo, 2", "partner/police 1 record of partner/police, 1", "document/covenant 2 record of document/covenant, 2",
		})
		epoch, err := h.Directory(t.Context())
		equal(t, "epoch", fmt.Sprint(epoch, err), "5 <nil>")
		h.close()
		h.open()
	}
}

func TestGaps(t *testing.T) {
	for what, c := range map[string]struct {
		came []int64
		want []Gap
	}{
		"nothing came":                   {nil, nil},
		"the first":                      {[]int64{1}, nil},
		"all so far":                     {[]int64{1, 2, 3}, nil},
		"one is missing":                 {[]int64{1, 2, 4}, []Gap{{"ngo/manila", 3}}},
		"several: the first is told":     {[]int64{1, 4, 5, 9}, []Gap{{"ngo/manila", 2}}},
		"the first is missing":           {[]int64{2, 3}, []Gap{{"ngo/manila", 1}}},
		"the missing one came after all": {[]int64{1, 3, 2}, nil},
	} {
		t.Run(what, func(t *testing.T) {
			h := newHouse(t)
			manila := &connector{name: "ngo/manila"}
			var written []*letter
			for range 9 {
				written = append(written, manila.write(schemas.KindTip))
			}
			for _, n := range c.came {
				h.record(written[n-1].Settlement)
			}
			h.record((&connector{name: "ngo/cebu"}).write(schemas.KindTip).Settlement) // whose numbers are whole
			gaps, err := h.Gaps(t.Context())
			if err != nil || !slices.Equal(gaps, c.want) {
				t.Errorf("got %v, %v, want %v", gaps, err, c.want)
			}
		})
	}
}

func TestGapsOfSeveralConnectors(t *testing.T) {
	h := newHouse(t)
	for _, name := range []string{"police/desk", "ngo/manila"} {
		c := &connector{name: name}
		c.write(schemas.KindTip)
		h.record(c.write(schemas.KindTip).Settlement)
	}
	gaps, err := h.Gaps(t.Context())
	if want := []Gap{{"ngo/manila", 1}, {"police/desk", 1}}; err != nil || !slices.Equal(gaps, want) {
		t.Errorf("got %v, %v, want %v", gaps, err, want)
	}
}

// What was whole before is not read again, and what comes later counts.
func TestGapsFollowWhatComes(t *testing.T) {
	h := newHouse(t)
	manila := &connector{name: "ngo/manila"}
	var written []*letter
	for range 5 {
		written = append(written, manila.write(schemas.KindTip))
	}
	for _, step := range []struct {
		came int
		want []Gap
	}{{1, nil}, {2, nil}, {5, []Gap{{"ngo/manila", 3}}}, {3, []Gap{{"ngo/manila", 4}}}, {4, nil}} {
		h.record(written[step.came-1].Settlement)
		gaps, err := h.Gaps(t.Context())
		if err != nil || !slices.Equal(gaps, step.want) {
			t.Errorf("after number %d: got %v, %v, want %v", step.came, gaps, err, step.want)
		}
	}
}
