package policies

import (
	"slices"
	"strings"
	"testing"
	"time"

	"schakel/schemas"
)

// Whose approval the emergency lifted is who ratifies it; a legal officer closes
// the review.
func TestWhoLooksAfterwardsIsAFact(t *testing.T) {
	rules := load(t)
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		row, basis string
		ratify     []string
	}{
		{"victim-referral/5", "wpg-17a-3-a", []string{"a-lirc", "a-vid"}},
		{"case-tip/12", "wpg-17a-3-a", []string{"a-ovj"}},
		{"travel-warning/6", "wpg-17a-3-c", []string{"a-ovj"}},
		{"case-tip/1", "gdpr-6-1-d", nil},
	} {
		q := &Question{Message: Message{Emergency: Emergency{Claimed: true}}}
		d := &Decision{Outcome: schemas.AllowWithObligations, Row: test.row, Bases: []string{test.basis}, Obligations: []string{"o-review24"}}
		got, ok := rules.Afterwards(q, d, now)
		if !ok || !slices.Equal(got.Ratify, test.ratify) || got.RatifyWithin != 24 || !slices.Equal(got.Close, []string{"a-legal"}) || got.CloseWithin != 72 {
			t.Errorf("%s on %s: got %+v, want ratified by %v within 24 hours and closed by a-legal within 72", test.row, test.basis, got, test.ratify)
		}
	}
}

// The functions that ratify are those of the row without the emergency.
func TestWhoRatifiesIsWhoWouldHaveApproved(t *testing.T) {
	rules := load(t)
	approvals := map[string][]string{}
	for _, rows := range rules.flows {
		for _, row := range rows {
			approvals[row.fact.ID] = row.fact.Approvals
		}
	}
	for _, review := range rules.reviews {
		for _, word := range strings.FieldsFunc(review.Source, func(c rune) bool { return strings.ContainsRune(" ;,", c) }) {
			if want, isRow := approvals[word]; isRow && !slices.Equal(review.Ratify, want) {
				t.Errorf("%s is ratified by %v, its source %s asks for %v", review.ID, review.Ratify, word, want)
			}
		}
	}
}

func TestNothingFollowsWithoutAnEmergency(t *testing.T) {
	rules := load(t)
	q := &Question{Message: Message{Emergency: Emergency{Claimed: true}}}
	passes := Decision{Outcome: schemas.AllowWithObligations, Row: "case-tip/12", Obligations: []string{"o-review24"}}
	held, dutiless := passes, passes
	held.Outcome, dutiless.Obligations = schemas.Hold, nil
	for name, d := range map[string]*Decision{"what is held": &held, "what has no such duty": &dutiless} {
		if _, ok := rules.Afterwards(q, d, time.Now()); ok {
			t.Errorf("%s is reviewed afterwards", name)
		}
	}
	if _, ok := rules.Afterwards(&Question{}, &passes, time.Now()); ok {
		t.Error("what claims no emergency is reviewed afterwards")
	}
}

// A new entry is for the days from its first; when the last has lapsed it holds
// on.
func TestAReviewAfterwardsIsDated(t *testing.T) {
	early, late := Afterwards{ID: "early", Validity: Validity{Until: "2026-12-31"}}, Afterwards{ID: "late", Validity: Validity{From: "2027-01-01", Until: "2027-12-31"}}
	rules := &Rules{reviews: []Afterwards{early, late}}
	q := &Question{Message: Message{Emergency: Emergency{Claimed: true}}}
	d := &Decision{Outcome: schemas.AllowWithObligations, Obligations: []string{"o-review24"}}
	for day, want := range map[string]string{"2026-12-31": "early", "2027-01-01": "late", "2028-01-01": "late"} {
		on, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := rules.Afterwards(q, d, on); got.ID != want {
			t.Errorf("on %s %s holds, want %s", day, got.ID, want)
		}
	}
}
