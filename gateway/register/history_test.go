package register

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"schakel/schemas"
)

// decisions reads what was decided since a moment.
func decisions(t *testing.T, path string, since time.Time) (indexes []int64, err error) {
	t.Helper()
	err = ReadDecisions(t.Context(), path, schemas.At(since), func(past Past) error {
		if past.Entry.Event != schemas.EventDecided || past.Record.Recipient == "" {
			t.Errorf("entry %d is %s about %q", past.Index, past.Entry.Event, past.Record.Recipient)
		}
		indexes = append(indexes, past.Index)
		return nil
	})
	return indexes, err
}

// Every decision can be read back in the order of the log, those of a day and later
// by themselves, while the gateway has the register open.
func TestDecisionsAreReadFromADayOn(t *testing.T) {
	h := newHouse(t)
	ngo := connector{name: "ngo/manila"}
	early := h.record(ngo.write("case-tip").to("police", "police/desk").Settlement)
	later := ngo.write("case-tip").held("police", "prosecutor", "prosecutor/desk")
	for i := range later.Events {
		later.Events[i].Entry.Time = schemas.At(noon.Add(24 * time.Hour))
	}
	late := h.record(later.Settlement)
	for since, want := range map[time.Time][]int64{
		noon.Add(-time.Hour):     {early + 1, late + 1, late + 2},
		noon:                     {early + 1, late + 1, late + 2},
		noon.Add(time.Second):    {late + 1, late + 2},
		noon.Add(25 * time.Hour): nil,
	} {
		if got, err := decisions(t, h.path, since); err != nil || !slices.Equal(got, want) {
			t.Errorf("since %s: got %v, %v, want %v", since, got, err, want)
		}
	}
}

// A record that is not the one its entry names is never handed on.
func TestAChangedDecisionIsNotRead(t *testing.T) {
	h := newHouse(t)
	ngo := connector{name: "ngo/manila"}
	h.record(ngo.write("case-tip").held("police", "prosecutor", "prosecutor/desk").Settlement)
	h.close()
	execute(t, h.path, `UPDATE entries SET record = CAST(replace(CAST(record AS TEXT), '"hold"', '"deny"') AS BLOB) WHERE idx = 1`)
	if got, err := decisions(t, h.path, noon); err == nil {
		t.Errorf("read %v", got)
	}
}

// Every rule set that was in force is kept and counts as a change of the ground of
// decisions; a record of the directory is none.
func TestRuleSetsAreReadAndEachMovesTheGround(t *testing.T) {
	h := newHouse(t)
	inForce := func(version int64) int64 {
		record := schemas.Record{ID: fmt.Sprintf("rules/%d", version), Version: version, Signed: fmt.Appendf(nil, "rules %d", version)}
		return h.record(&schemas.Settlement{Events: []schemas.Event{happened(schemas.EventRules, record)}})
	}
	want := []int64{inForce(1)}
	h.record(admission("partner/ngo", 1))
	stale := (&connector{name: "ngo/manila"}).write("case-tip").Settlement
	stale.Directory = 2
	want = append(want, inForce(2))
	if _, err := h.Record(t.Context(), stale); !errors.Is(err, schemas.ErrStale) {
		t.Errorf("a decision under the old rules: got %v", err)
	}
	h.close()
	h.open()
	if epoch, err := h.Directory(t.Context()); err != nil || epoch != 3 {
		t.Errorf("got epoch %d, %v", epoch, err)
	}
	h.sound()
	var got []int64
	err := ReadRules(t.Context(), h.path, func(past Past) error {
		got = append(got, past.Index)
		if want := fmt.Sprintf("rules %d", past.Record.Version); string(past.Record.Signed) != want {
			t.Errorf("got %q, want %q", past.Record.Signed, want)
		}
		return nil
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}
