package register

import (
	"errors"
	"testing"
	"time"

	"schakel/schemas"
)

// What left in an emergency is due at its hour, until its review has moved on.
func TestAReviewAfterwardsIsDueAtItsHour(t *testing.T) {
	h := newHouse(t)
	referral := (&connector{name: "lo/desk"}).write(schemas.KindReferral).inEmergency("filo/desk")
	release := h.record(referral.Settlement) + 1
	wantDue := func(at string, want int) {
		t.Helper()
		now, err := time.Parse(schemas.Instant, at)
		if err != nil {
			t.Fatal(err)
		}
		due, err := h.Reviews(t.Context(), now, 10)
		if err != nil || len(due) != want || want == 1 && (due[0] != schemas.Review{Entry: release, Message: referral.ID}) {
			t.Errorf("due at %s: %v, %v, want %d", at, due, err, want)
		}
	}
	wantDue("2026-03-03T11:59:59Z", 0)
	wantDue("2026-03-03T12:00:00Z", 1)
	own := &connector{name: "gateway/1"}
	h.record(own.write(schemas.KindRecall).recalls(referral, "/what").moves(release, referral, schemas.EventRecalled, schemas.StageRecalled).Settlement)
	wantDue("2026-03-05T11:59:59Z", 0)
	wantDue("2026-03-05T12:00:00Z", 1)
	h.record((&connector{name: "jz/desk"}).write(schemas.KindRelease).moves(release, referral, schemas.EventInformed, schemas.StageClosed).Settlement)
	wantDue("2027-01-01T00:00:00Z", 0)
	h.sound()
}

// A message's standing says how its review began and where it is now.
func TestTheStandingOfWhatLeftInAnEmergency(t *testing.T) {
	h := newHouse(t)
	referral := (&connector{name: "lo/desk"}).write(schemas.KindReferral).inEmergency("filo/desk")
	release := h.record(referral.Settlement) + 1
	moved := h.record((&connector{name: "gateway/1"}).write(schemas.KindRecall).recalls(referral, "/what").moves(release, referral, schemas.EventRecalled, schemas.StageRecalled).Settlement) + 1
	standing, err := h.Standing(t.Context(), referral.ID)
	if err != nil {
		t.Fatal(err)
	}
	d := standing.Deliveries[0]
	if d.Released.Stage != schemas.StageReleased || d.Follow.Stage != schemas.StageRecalled || d.Stands != moved || standing.Recalls != 1 {
		t.Errorf("got %+v, %+v at %d after %d recalls, want released, then recalled at %d after one", d.Released, d.Follow, d.Stands, standing.Recalls, moved)
	}
}

// Two that act on one review at a time do not both succeed.
func TestAReviewThatMovedOnIsStale(t *testing.T) {
	h := newHouse(t)
	referral := (&connector{name: "lo/desk"}).write(schemas.KindReferral).inEmergency("filo/desk")
	release := h.record(referral.Settlement) + 1
	act := func(name string) error {
		l := (&connector{name: name}).write(schemas.KindRelease).moves(release, referral, schemas.EventInformed, schemas.StageRatified)
		l.Follows = map[int64]int64{release: release}
		_, err := h.Record(t.Context(), l.Settlement)
		return err
	}
	if err := act("om/desk"); err != nil {
		t.Fatal(err)
	}
	if err := act("lirc/desk"); !errors.Is(err, schemas.ErrStale) {
		t.Errorf("got %v, want that it moved on", err)
	}
}

// What left in an emergency is kept until its review is closed, so that it can be
// shown to whoever closes it.
func TestContentIsKeptUntilTheReviewIsClosed(t *testing.T) {
	h := newHouse(t)
	referral := (&connector{name: "lo/desk"}).write(schemas.KindReferral).inEmergency("filo/desk")
	release := h.record(referral.Settlement) + 1
	h.record((&connector{name: "filo/desk"}).write(schemas.KindReceipt).act(schemas.EventDelivered, release, referral).Settlement)
	if _, _, err := h.Content(t.Context(), referral.ID); err != nil {
		t.Errorf("got %v, want the content of what is still under review", err)
	}
	h.record((&connector{name: "jz/desk"}).write(schemas.KindRelease).moves(release, referral, schemas.EventInformed, schemas.StageClosed).Settlement)
	if _, _, err := h.Content(t.Context(), referral.ID); !errors.Is(err, schemas.ErrUnknown) {
		t.Errorf("got %v, want that it is gone", err)
	}
	h.sound()
}

func TestTheNewestNumberOfAConnector(t *testing.T) {
	h := newHouse(t)
	if sequence, manifest, err := h.Newest(t.Context(), "gateway/1"); sequence != 0 || manifest != "" || err != nil {
		t.Errorf("before the first: got %d, %q, %v", sequence, manifest, err)
	}
	own := &connector{name: "gateway/1"}
	h.record(own.write(schemas.KindRecall).Settlement)
	last := own.write(schemas.KindRecall)
	h.record(last.Settlement)
	if sequence, manifest, err := h.Newest(t.Context(), "gateway/1"); sequence != 2 || manifest != last.Manifest || err != nil {
		t.Errorf("got %d, %q, %v, want 2 and its manifest", sequence, manifest, err)
	}
}
