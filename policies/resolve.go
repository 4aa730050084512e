package policies

import (
	"slices"
	"time"
)

// Country returns what the catalogue says of a state on a day; nothing for a
// state it does not know, and then the rules hold.
func (r *Rules) Country(id string, day time.Time) Facts {
	for _, c := range r.countries[id] {
		if holds(c.Validity, day.UTC().Format(time.DateOnly)) {
			return Facts{
				ID: c.ID, Class: c.Class, DPStatus: c.DeathPenalty, CSACapital: c.CSACapital, Castration: c.Castration,
				TortureFlag: c.Torture, FairTrialFlag: c.FairTrial, Assurance: c.Assurance, AssuranceFor: list(c.AssuranceFor),
				Approvals: list(c.Approvals), FactsAsOf: c.FactsAsOf,
			}
		}
	}
	return Facts{ID: id, AssuranceFor: []string{}, Approvals: []string{}}
}

// Posts lists the liaison posts that answer for a country on a day, the one that
// has it as its own region first, the permanent post last.
func (r *Rules) Posts(country string, day time.Time) []string {
	date := day.UTC().Format(time.DateOnly)
	var primary, secondary, permanent []string
	for _, p := range r.postings {
		switch {
		case !holds(p.Validity, date):
		case slices.Contains(p.Countries, country):
			primary = append(primary, p.Post)
		case slices.Contains(p.Secondary, country):
			secondary = append(secondary, p.Post)
		case len(p.Countries) == 0:
			permanent = append(permanent, p.Post)
		}
	}
	return append(append(primary, secondary...), permanent...)
}

// Declared reports whether a sender may declare a kind of document himself: a
// note in his own file. Any other has to stand in the directory.
func (r *Rules) Declared(kind string) bool { return r.Documents[kind].Issuer == "sender" }

// MayKnow reports whether a partner of one role may hold the directory record of
// a partner of another. A private organisation is never shown another one: who
// takes part is itself confidential.
func (r *Rules) MayKnow(viewer, other string) bool {
	return r.Roles[viewer].Side != "private" || r.Roles[other].Side != "private"
}

// Afterwards says what follows when a decision lets a message out in an emergency
// on a day; false when it does not. Once the last entry has lapsed it holds on: a
// release is never without a review.
func (r *Rules) Afterwards(q *Question, d *Decision, day time.Time) (Afterwards, bool) {
	if !d.Passes() || !q.Message.Emergency.Claimed || !slices.Contains(d.Obligations, "o-review24") {
		return Afterwards{}, false
	}
	date := day.UTC().Format(time.DateOnly)
	var found Afterwards
	for _, review := range r.reviews {
		if !review.about(d) {
			continue
		}
		if found = review; holds(review.Validity, date) {
			break
		}
	}
	return found, true
}

func (a *Afterwards) about(d *Decision) bool {
	return a.others() || slices.Contains(a.Rows, d.Row) || slices.ContainsFunc(d.Bases, func(id string) bool { return slices.Contains(a.Bases, id) })
}
