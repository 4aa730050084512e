package register

import (
	"fmt"

	"schakel/schemas"
)

// story is a history with at least two rows in every table: what a check has to
// watch over. The fields are the entries that tests come back to.
type story struct {
	tip     *letter
	custody int64 // of the tip
	police  int64 // decision: the tip may go to the police
	hold    int64 // decision: the tip must wait for the public prosecutor
	review  int64 // decision: the prosecutor may see it
}

// tell records the story, and refusals until there are enough entries.
func tell(h *house, entries int64) *story {
	h.t.Helper()
	for _, id := range []string{"partner/ngo", "partner/police", "document/covenant"} {
		h.record(admission(id, 1))
	}
	h.record(admission("partner/ngo", 2))

	manila, cebu := &connector{name: "ngo/manila"}, &connector{name: "ngo/cebu"}
	police, prosecutor, controller := &connector{name: "police/desk"}, &connector{name: "om/desk"}, &connector{name: "ngo/office"}
	filo := &connector{name: "filo/desk"}

	// A tip goes to the police; for the liaison it needs two approvals.
	s := &story{tip: manila.write(schemas.KindTip).to("police", "police/desk", "police/night").held("filo", "om", "om/desk").with("tip")}
	s.custody = h.record(s.tip.Settlement)
	s.police, s.hold, s.review = s.custody+1, s.custody+2, s.custody+3
	h.record(police.write(schemas.KindReceipt).act(schemas.EventDelivered, s.police, s.tip).to("ngo", "ngo/manila").with("receipt").Settlement)
	h.record(police.write(schemas.KindReceipt).act(schemas.EventOpened, s.police, s.tip).to("ngo", "ngo/manila").with("receipt").Settlement)
	h.record(prosecutor.write(schemas.KindReceipt).act(schemas.EventDelivered, s.review, s.tip).to("ngo", "ngo/manila").with("receipt").Settlement)
	h.record(prosecutor.write(schemas.KindRelease).approves(s.hold, s.tip, "public-prosecutor").Settlement)
	h.record(controller.write(schemas.KindRelease).approves(s.hold, s.tip, "controller").releases(s.hold, s.tip, "filo", "filo/desk").Settlement)
	h.record(police.write(schemas.KindAssessment).grades(s.tip, "B", "2").Settlement)
	h.record(police.write(schemas.KindAssessment).grades(s.tip, "A", "1").Settlement)

	// The NGO corrects a name, twice.
	h.record(manila.write(schemas.KindRecall).recalls(s.tip, "/suspects/0/name").Settlement)
	h.record(manila.write(schemas.KindRecall).recalls(s.tip, "/suspects/1/name").Settlement)

	// A second one is held too, and an officer says no: its content is gone.
	declined := cebu.write(schemas.KindTip).held("filo", "om", "om/desk").with("declined tip")
	first := h.record(declined.Settlement)
	h.record(prosecutor.write(schemas.KindReceipt).act(schemas.EventDelivered, first+2, declined).to("ngo", "ngo/cebu").with("receipt").Settlement)
	h.record(prosecutor.write(schemas.KindRelease).act(schemas.EventDeclined, first+1, declined).Settlement)

	// A third one went abroad and arrived; the law asks for a copy.
	abroad := cebu.write(schemas.KindTip).to("filo", "filo/desk").with("copy")
	abroad.Events[1].Record.Retain = true
	first = h.record(abroad.Settlement)
	h.record(filo.write(schemas.KindReceipt).act(schemas.EventDelivered, first+1, abroad).to("ngo", "ngo/cebu").with("receipt").Settlement)

	// Two left in an emergency: one was ratified and closed, one recalled and not
	// closed yet.
	ratified, recalled := cebu.write(schemas.KindReferral).inEmergency("filo/desk"), cebu.write(schemas.KindReferral).inEmergency("filo/desk")
	for _, l := range []*letter{ratified, recalled} {
		release := h.record(l.Settlement) + 1
		h.record(filo.write(schemas.KindReceipt).act(schemas.EventDelivered, release, l).to("ngo", "ngo/cebu").with("receipt").Settlement)
		if l == ratified {
			h.record(prosecutor.write(schemas.KindRelease).approves(release, l, "a-ovj").moves(release, l, schemas.EventInformed, schemas.StageClosed).Settlement)
		} else {
			h.record((&connector{name: "gateway/1"}).write(schemas.KindRecall).recalls(l, "/what").moves(release, l, schemas.EventRecalled, schemas.StageRecalled).Settlement)
		}
	}

	// What is not taken.
	repeated := manila.write(schemas.KindTip)
	repeated.Events[0].Entry.Event = schemas.EventRefused
	h.record(repeated.Settlement)
	if missing := entries - h.Size(); missing > 0 {
		h.record(noise(h.Size(), missing))
	}
	return s
}

// noise is a number of refusals, none of which was there before entry first.
func noise(first, count int64) *schemas.Settlement {
	all := &schemas.Settlement{}
	for n := range count {
		all.Events = append(all.Events, refusal(fmt.Sprint("noise ", first+n)).Events...)
	}
	return all
}

// approves makes the message an officer's approval of a hold.
func (l *letter) approves(hold int64, about *letter, function string) *letter {
	l.act(schemas.EventApproved, hold, about)
	l.Events[0].Record.Function, l.Events[0].Record.Until = function, "2026-04-01"
	l.Events[0].Record.Withhold = []string{"/where"}
	return l
}

// releases lets a held message leave, and tells its sender.
func (l *letter) releases(hold int64, about *letter, recipient, desk string) *letter {
	l.add(schemas.EventReleased, schemas.Record{
		Message: about.ID, Kind: about.kind, Recipient: recipient, To: "2", Outcome: schemas.Allow, Connectors: []string{desk}, Of: &hold,
	})
	l.add(schemas.EventInformed, schemas.Record{About: about.ID, Connector: about.Connector, Of: &hold})
	return l
}

// recalls makes the message a correction of another.
func (l *letter) recalls(about *letter, pointers ...string) *letter {
	l.Events[0].Record.About, l.Events[0].Record.Withhold = about.ID, pointers
	return l
}

// grades makes the message a police assessment of the first label of another.
func (l *letter) grades(about *letter, source, information string) *letter {
	label := 0
	l.Events[0].Entry.Event = schemas.EventAssessed
	l.Events[0].Record.About, l.Events[0].Record.Handling = about.ID, []string{"H1"}
	l.Events[0].Record.Grades = []schemas.Graded{{Of: &label, Source: source, Information: information, Statement: "fact"}}
	return l
}

// inEmergency lets the message out before anybody approved.
func (l *letter) inEmergency(desk string) *letter {
	l.to("filo", desk).with("emergency")
	l.Events[1].Record.Follow = follow(schemas.StageReleased)
	return l
}

// follow is a review afterwards at a stage.
func follow(stage string) *schemas.Follow {
	f := &schemas.Follow{Afterwards: schemas.Afterwards{Stage: stage, Ratify: []string{"a-ovj"}, RatifyBy: "2026-03-03T12:00:00Z", CloseBy: "2026-03-05T12:00:00Z"}}
	switch stage {
	case schemas.StageReleased:
		f.Close, f.Due = []string{"a-legal"}, f.RatifyBy
	case schemas.StageRecalled:
		f.Close, f.Due = []string{"a-legal"}, f.CloseBy
	}
	return f
}

// moves brings the review of what left to a stage, and tells its sender.
func (l *letter) moves(release int64, about *letter, event, stage string) *letter {
	l.add(event, schemas.Record{About: about.ID, Connector: about.Connector, Of: &release, Follow: follow(stage)})
	return l
}
