package gateway_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/gateway"
	"schakel/gateway/register"
	"schakel/schemas"
)

// The partners of an emergency: a liaison officer who tells the police of the
// country where a child is, and those who look afterwards.
const (
	abroad   = "pnp"
	another  = "pnp-cebu"
	national = "lirc"
	counsel  = "jz"
)

// inEmergency is about a child in danger now (scenario S07), on the first day of
// the play.
var inEmergency = []byte(`{
	"kind": "victim-referral", "to": ["pnp"], "purpose": "p-imminent", "original_purpose": "p-imminent", "urgency": "urgent",
	"bases": [{"id": "wpg-17a-3-a"}],
	"emergency": {"claimed": true, "facts": "A child is with an unknown man in room 14 of a named hotel; the national unit cannot be reached within the hour.", "expires": "2026-11-24T10:00:00Z"},
	"body": {
		"label": 0,
		"persons": [{"category": "s-victim", "minor": "yes"}, {"category": "s-suspect", "minor": "no"}],
		"labels": [{"regime": "wpg", "article": "art8", "origin": {"country": "NL", "organisation": "filo-manila", "conditions": ["H0"]}, "statement": "fact", "hearsay": 1,
			"grade": {"source": "B", "information": "2"}, "collected": "2026-11-23", "retention": "2027-11-01", "offence": "sr-248"}],
		"children": [{"person": 0, "age_band": "12-15", "sex": "girl", "area": "Cebu"}],
		"needs": ["safety"], "consent": "danger", "best_interests": "recorded",
		"place": {"country": "PH", "locality": "Cebu"},
		"suspects": [{"person": 1, "name": "Jan Voorbeeld"}]
	}
}`)

func newEmergency(t *testing.T) *play {
	t.Helper()
	return newEmergencyOf(t, "127.0.0.1:4222", begun, reviewers()...)
}

// reviewers are the police abroad and those who look afterwards.
func reviewers() []instance.PartnerOptions {
	return []instance.PartnerOptions{
		policeAbroad(abroad), policeAbroad(another),
		{ID: national, Name: "National unit", Role: "pol-lirc", Country: "NL", Officers: []instance.OfficerOptions{officer("duty-1", "a-lirc"), officer("duty-2", "a-lirc", "a-vid")}},
		{ID: counsel, Name: "Legal officers", Role: "legal", Country: "NL", Officers: []instance.OfficerOptions{officer("legal-1", "a-legal"), officer("legal-2", "a-legal")}},
	}
}

func policeAbroad(id string) instance.PartnerOptions {
	return instance.PartnerOptions{
		ID: id, Name: "Police, Philippines", Role: "pol-third", Country: "PH",
		Accepts: []string{"o-use", "o-secrecy", "o-noonward", "o-destroy"}, Officers: []instance.OfficerOptions{officer("desk-1", "staff")},
	}
}

// newEmergencyOf is a play with these partners besides the usual ones. The liaison
// has a legal officer of his own.
func newEmergencyOf(t *testing.T, listen string, begun time.Time, more ...instance.PartnerOptions) *play {
	t.Helper()
	cast := append(cast(), more...)
	post := slices.IndexFunc(cast, func(p instance.PartnerOptions) bool { return p.ID == filo })
	cast[post].Officers = append(cast[post].Officers, officer("filo-2", "a-legal"))
	arrangement := schemas.Document{ID: "arrangement-lo", Kind: "minister-arrangement", Issuer: "minjv", Parties: []string{filo}, From: begun.Format(time.DateOnly), Until: begun.AddDate(1, 0, 0).Format(time.DateOnly)}
	return stage(t, listen, begun, cast, append(papers(), arrangement))
}

// emergency tells the police abroad that a child is in danger now.
func (p *play) emergency() string {
	p.Helper()
	id, _ := p.told()
	return id
}

// told is emergency; it also returns the bytes with which the sender asks what
// became of it.
func (p *play) told() (id string, sealed []byte) {
	p.Helper()
	draft := replace(inEmergency, "2026-11-24T10:00:00Z", schemas.At(p.now.Add(24*time.Hour)))
	draft = replace(draft, "2026-11-23", p.now.Format(time.DateOnly))
	id = p.submit(filo, replace(draft, "2027-11-01", p.now.AddDate(1, 0, 0).Format(time.DateOnly)))
	waiting := p.people[filo].Waiting()
	p.carry()
	p.wantState(filo, id, "emergency")
	return id, waiting[len(waiting)-1]
}

// later lets time go by and the gateway look at what is due.
func (p *play) later(by time.Duration) {
	p.Helper()
	p.now = p.now.Add(by)
	p.look()
}

func (p *play) look() {
	p.Helper()
	_, err := p.ReviewDue(p.Context())
	p.must(err)
	p.carry()
}

func approve(officer string) connectors.Act {
	return connectors.Act{Verb: "approve", Officer: officer}
}

func refuse(officer string) connectors.Act {
	return connectors.Act{Verb: "refuse", Officer: officer, Reason: "not-necessary"}
}

// ratify lets both functions ratify whose approval the emergency lifted.
func (p *play) ratify(id string) {
	p.Helper()
	p.mustAct(national, id, approve("duty-1"))
	p.mustAct(tbkk, id, approve("vid-1"))
}

// afterwards is what the sender is told of the review.
func (p *play) afterwards(id string) *schemas.Afterwards {
	p.Helper()
	return p.sent(filo, id).Results[0].Afterwards
}

// wantReasons fails unless the sender is told these.
func (p *play) wantReasons(id string, want ...schemas.Code) {
	p.Helper()
	if got := p.sent(filo, id).Results[0].Reasons; !slices.Equal(got, want) {
		p.Errorf("the sender is told %v, want %v", got, want)
	}
}

// wantRecalled fails unless the recipient was told not to use any of it.
func (p *play) wantRecalled(partner, id string) {
	p.Helper()
	withdrawn := p.show(partner, id).Withdrawn
	for _, pointer := range []string{"/suspects/0/name", "/place/locality", "/children/0/age_band"} {
		if !slices.Contains(withdrawn, pointer) {
			p.Errorf("withdrawn at %s: %v, want %s among them", partner, withdrawn, pointer)
		}
	}
}

func (p *play) wantKept(partner, id string) {
	p.Helper()
	if withdrawn := p.show(partner, id).Withdrawn; withdrawn != nil {
		p.Errorf("withdrawn at %s: %v, want nothing", partner, withdrawn)
	}
}

// events counts, in what the gateway has settled, the events of a name.
func (p *play) events(name string) int {
	n := 0
	for _, settlement := range p.journal.settled {
		for _, event := range settlement.Events {
			if event.Entry.Event == name {
				n++
			}
		}
	}
	return n
}

// wantEvents fails unless there were so many events of a name.
func (p *play) wantEvents(name string, want int) {
	p.Helper()
	if got := p.events(name); got != want {
		p.Errorf("%d events %q, want %d", got, name, want)
	}
}

func TestWhatLeavesInAnEmergencyIsRatifiedAndClosed(t *testing.T) {
	p := newEmergency(t)
	id := p.emergency()
	p.wantReceived(abroad, id)
	if a := p.afterwards(id); !slices.Equal(a.Ratify, []string{"a-lirc", "a-vid"}) || a.RatifyBy != "2026-11-24T10:00:00Z" || !slices.Equal(a.Close, []string{"a-legal"}) || a.CloseBy != "2026-11-26T10:00:00Z" {
		t.Errorf("the sender is told %+v, want who ratifies within 24 hours and who closes within 72", a)
	}
	p.mustAct(national, id, approve("duty-1"))
	p.wantState(filo, id, "emergency")
	if got := p.afterwards(id).Ratify; !slices.Equal(got, []string{"a-vid"}) {
		t.Errorf("the sender is told that %v must still ratify, want a-vid", got)
	}
	p.mustAct(tbkk, id, approve("vid-1"))
	p.wantState(filo, id, "ratified")
	p.later(25 * time.Hour)
	p.mustAct(counsel, id, approve("legal-1"))
	p.wantState(filo, id, "delivered")
	p.later(90 * time.Hour)
	p.wantKept(abroad, id)
	p.wantEvents(schemas.EventRecalled, 0)
	p.wantEvents(schemas.EventReminded, 0)
}

// Who looks afterwards sees what left, whole and marked as gone, and who else must
// look.
func TestAReviewerSeesWhatLeftInAnEmergency(t *testing.T) {
	p := newEmergency(t)
	id := p.emergency()
	for _, partner := range []string{national, counsel, tbkk, filo} {
		shown := p.show(partner, id)
		r := shown.Review
		if r == nil || r.Afterwards == nil || r.Afterwards.Stage != schemas.StageReleased || r.Recipient != abroad || !r.Waits {
			t.Errorf("%s is asked %+v, want to look at what has left for %s", partner, r, abroad)
		}
		if got := p.show(abroad, id); string(got.Body) != string(shown.Body) {
			t.Errorf("%s was shown %s, %s got %s", partner, shown.Body, abroad, got.Body)
		}
	}
	p.mustAct(counsel, id, approve("legal-1"))
	if p.show(counsel, id).Review.Waits {
		t.Error("the legal officer is asked again")
	}
	p.now = p.now.Add(24 * time.Hour)
	if p.show(national, id).Review.Waits {
		t.Error("the duty officer is asked to ratify when the time for it is over")
	}
}

func TestWhatIsNotRatifiedInTimeIsRecalled(t *testing.T) {
	p := newEmergency(t)
	id := p.emergency()
	p.mustAct(national, id, approve("duty-1")) // the other is missing
	p.later(24*time.Hour - time.Second)
	p.wantKept(abroad, id)
	p.later(time.Second)
	p.wantRecalled(abroad, id)
	p.wantState(filo, id, "recalled")
	p.wantReasons(id, "emergency.unratified")
	p.wantEvents(schemas.EventRecalled, 1)
	p.wantEvents(schemas.EventApplied, 1)
	recalls := p.received(abroad)
	p.look()
	p.later(time.Hour)
	p.wantReceived(abroad, recalls...)
	for _, partner := range []string{national, counsel} {
		p.wantReceived(partner, id)
	}
	p.mustAct(counsel, id, approve("legal-1")) // the review is closed all the same
	p.wantState(filo, id, "recalled")
	p.later(90 * time.Hour)
	p.wantEvents(schemas.EventRecalled, 1)
	p.wantEvents(schemas.EventReminded, 0)
}

func TestWhatIsRefusedAfterwardsIsRecalled(t *testing.T) {
	p := newEmergency(t)
	for name, test := range map[string]struct {
		partner string
		act     connectors.Act
		before  func(p *play, id string)
	}{
		"by who must ratify":                      {tbkk, refuse("vid-1"), func(p *play, id string) { p.mustAct(national, id, approve("duty-1")) }},
		"by who closes the review":                {counsel, refuse("legal-1"), nil},
		"by who closes the review, once ratified": {counsel, refuse("legal-1"), (*play).ratify},
	} {
		id, recalls := p.emergency(), p.events(schemas.EventRecalled)
		if test.before != nil {
			test.before(p, id)
		}
		p.mustAct(test.partner, id, test.act)
		p.wantState(filo, id, "recalled")
		p.wantReasons(id, "emergency.refused", "review.not-necessary")
		p.look()
		p.wantRecalled(abroad, id)
		p.wantState(filo, id, "recalled")
		p.wantReasons(id, "emergency.refused", "review.not-necessary")
		if n := p.events(schemas.EventRecalled) - recalls; n != 1 {
			t.Errorf("%s: recalled %d times, want once", name, n)
		}
	}
}

// A gateway that was down at the hour recalls when it is up again.
func TestAGatewayThatWasDownRecallsWhenItIsUp(t *testing.T) {
	p := newEmergency(t)
	id := p.emergency()
	p.now = p.now.Add(40 * time.Hour)
	p.restart()
	p.look()
	p.wantRecalled(abroad, id)
	p.wantReasons(id, "emergency.unratified")
}

// The service that runs the gateway looks by itself, first of all at what became due
// while it did not run.
func TestTheServiceRecallsByItself(t *testing.T) {
	var id string
	l := goLive(t, func(listen string) *play {
		p := newEmergencyOf(t, listen, time.Now().Add(-24*time.Hour), reviewers()...)
		id = p.emergency()
		p.now = p.now.Add(24 * time.Hour)
		return p
	})
	l.until("the recall is on its way", func() bool { return l.receive(abroad) })
	l.wantRecalled(abroad, id)
}

func TestAnActAfterwardsThatDoesNotCount(t *testing.T) {
	tests := []struct {
		name    string
		partner string
		act     connectors.Act
		before  func(p *play, id string)
		want    schemas.Code
	}{
		{"one person in two functions", national, connectors.Act{Verb: "approve", Officer: "duty-2", Function: "a-vid"}, acts(national, connectors.Act{Verb: "approve", Officer: "duty-2", Function: "a-lirc"}), "policy.twice"},
		{"one function twice", national, approve("duty-1"), acts(national, connectors.Act{Verb: "approve", Officer: "duty-2", Function: "a-lirc"}), "policy.twice"},
		{"the review closed twice", counsel, approve("legal-2"), acts(counsel, approve("legal-1")), "policy.twice"},
		{"too late, before it is recalled", national, approve("duty-1"), func(p *play, _ string) { p.now = p.now.Add(24 * time.Hour) }, "emergency.late"},
		{"too late, when it has been recalled", national, approve("duty-1"), func(p *play, _ string) { p.later(25 * time.Hour) }, "emergency.late"},
		{"after another refused", national, approve("duty-1"), acts(tbkk, refuse("vid-1")), "emergency.late"},
		{"a part", national, connectors.Act{Verb: "approve-part", Officer: "duty-1", Withhold: []string{"/suspects/0/name"}}, nil, "emergency.whole"},
		{"a return", national, connectors.Act{Verb: "return", Officer: "duty-1", Reason: "unclear"}, nil, "emergency.whole"},
		{"a function that is not asked for", prosecutor, approve("ovj-1"), nil, "state.not-held"},
		{"a reminder by a partner", counsel, connectors.Act{Verb: "remind", Officer: "legal-1"}, nil, "policy.function"},
	}
	p := newEmergency(t)
	for _, test := range tests {
		id := p.emergency()
		if test.before != nil {
			test.before(p, id)
		}
		act, err := p.act(test.partner, id, test.act)
		got := p.refusedCode(err)
		if got == "" {
			got = p.sent(test.partner, act).Refusal
		}
		if got != test.want {
			t.Errorf("%s: refused with %q, want %q", test.name, got, test.want)
		}
	}
}

func acts(partner string, act connectors.Act) func(*play, string) {
	return func(p *play, id string) { p.Helper(); p.mustAct(partner, id, act) }
}

// Whoever sent it does not close its review, whatever functions he holds; a
// colleague may.
func TestTheSenderDoesNotReviewHisOwnEmergency(t *testing.T) {
	p := newEmergency(t)
	id := p.submit(filo, replace(inEmergency, `"kind"`, `"officer": "filo-2", "kind"`))
	p.carry()
	act := p.mustAct(filo, id, approve("filo-2"))
	p.wantRefused(filo, act, "policy.self-approval")
	p.mustAct(counsel, id, approve("legal-1"))
	p.ratify(id)
	p.wantState(filo, id, "delivered")
}

// What nobody closes is told again to whoever must, once; nothing is recalled.
func TestAReviewThatNobodyClosesIsRemindedOf(t *testing.T) {
	p := newEmergency(t)
	id := p.emergency()
	p.ratify(id)
	p.later(72*time.Hour - time.Second)
	p.wantEvents(schemas.EventReminded, 0)
	p.later(time.Second)
	p.wantEvents(schemas.EventReminded, 1)
	p.wantReceived(counsel, id, id)
	if r := p.show(counsel, id).Review; r.Afterwards.Stage != schemas.StageOverdue || !r.Waits {
		t.Errorf("the legal officer is told %+v, want that the review is overdue", r)
	}
	p.later(time.Hour)
	p.wantEvents(schemas.EventReminded, 1)
	p.wantReceived(national, id)
	p.wantKept(abroad, id)
	p.mustAct(counsel, id, approve("legal-1"))
	p.wantState(filo, id, "delivered")
	for _, received := range p.inboxOf(counsel) {
		if received.Review.Waits {
			t.Errorf("the sheet of entry %d still waits", received.Entry)
		}
	}
}

// A crash at any point of a recall or a reminder leaves it done once, or not at
// all; the next look brings it to its end.
func TestWhatIsDueHappensOnceWhateverCrashes(t *testing.T) {
	points := map[string]func(*play, func() error){
		"before the commit": func(p *play, f func() error) { p.journal.before = f },
		"after the commit":  func(p *play, f func() error) { p.journal.after = f },
		"before a delivery": func(p *play, f func() error) { p.post.before = f },
		"after a delivery":  func(p *play, f func() error) { p.post.after = f },
	}
	p := newEmergency(t)
	crash := func(at func(*play, func() error)) {
		at(p, func() error { return errCrash })
		_, err := p.ReviewDue(t.Context())
		p.must(err)
		at(p, nil)
		p.restart()
		p.look()
		p.now = p.now.Add(gateway.FirstRetry)
		_, err = p.ResendDue(t.Context())
		p.must(err)
		p.carry()
	}
	for name, at := range points {
		recalls, reminders, seen := p.entries(schemas.EventRecalled), p.entries(schemas.EventReminded), len(p.received(counsel))
		recalled, asks := p.told()
		reminded := p.emergency()
		p.ratify(reminded)
		p.now = p.now.Add(24 * time.Hour)
		crash(at)
		p.must(p.again(filo, asks))
		p.carry()
		p.wantRecalled(abroad, recalled)
		p.wantState(filo, recalled, "recalled")
		p.now = p.now.Add(48 * time.Hour)
		crash(at)
		p.wantState(filo, reminded, "ratified")
		p.wantKept(abroad, reminded)
		if n := p.entries(schemas.EventRecalled) - recalls; n != 1 {
			t.Errorf("%s: recalled %d times, want once", name, n)
		}
		if n := p.entries(schemas.EventReminded) - reminders; n != 2 { // nobody closes the recalled one either
			t.Errorf("%s: %d reminders, want one for each", name, n)
		}
		if n := len(p.received(counsel)) - seen; n != 4 {
			t.Errorf("%s: the legal officer was shown %d sheets, want two of each", name, n)
		}
	}
	p.wantWhole()
}

// entries counts the entries of an event in the register.
func (p *play) entries(event string) int {
	p.Helper()
	n := 0
	for index := range p.service.Register.Size() {
		entry, _, err := p.service.Register.Entry(p.Context(), index)
		p.must(err)
		if entry.Event == event {
			n++
		}
	}
	return n
}

// wantWhole fails unless the register agrees with itself.
func (p *play) wantWhole() {
	p.Helper()
	report, err := register.Check(p.Context(), filepath.Join(p.dir, "gateway", "register.db"), p.people[filo].Verifier)
	p.must(err)
	for _, finding := range report.Findings {
		p.Errorf("the register: %v", finding)
	}
}

// What a reviewer was to see and did not get is sent again.
func TestALostReviewIsSentAgain(t *testing.T) {
	p := newEmergency(t)
	id := p.submit(filo, inEmergency)
	p.post.lose = true
	asks := p.settle(filo)
	p.post.lose = false
	p.now = p.now.Add(gateway.FirstRetry)
	p.resend(5) // the recipient, and the organisation of each reviewer
	p.must(p.again(filo, asks))
	p.carry()
	p.wantReceived(counsel, id)
	p.ratify(id)
	p.now = p.now.Add(72 * time.Hour)
	p.post.lose = true
	_, err := p.ReviewDue(t.Context())
	p.must(err)
	p.post.lose = false
	p.now = p.now.Add(gateway.FirstRetry)
	p.resend(2) // both legal officers
	p.carry()
	p.wantReceived(counsel, id, id)
	p.wantWhole()
}

// Each recipient's release is reviewed by itself.
func TestWhatIsRefusedForOneIsRecalledFromOne(t *testing.T) {
	p := newEmergency(t)
	id := p.submit(filo, replace(inEmergency, `["pnp"]`, `["pnp", "pnp-cebu"]`))
	p.carry()
	var sheet string
	for _, received := range p.inboxOf(national) {
		if received.Review.Recipient == another {
			sheet = fmt.Sprintf("%s@%d", received.ID, received.Entry)
		}
	}
	p.mustAct(national, sheet, refuse("duty-1"))
	p.look()
	p.wantRecalled(another, id)
	p.wantKept(abroad, id)
	p.wantState(filo, id, "recalled")
	p.later(24 * time.Hour)
	p.wantRecalled(abroad, id)
	p.wantEvents(schemas.EventRecalled, 2)
}

// A message of more fields than one recall can name is recalled whole.
func TestAMessageOfManyFieldsIsRecalledWhole(t *testing.T) {
	p := newEmergency(t)
	child, suspect := `{"person": 0, "age_band": "12-15", "sex": "girl", "area": "Cebu"}`, `{"person": 1, "name": "Jan Voorbeeld"}`
	many := replace(inEmergency, child, child+strings.Repeat(", "+child, 15))
	many = replace(many, suspect, suspect+strings.Repeat(", "+suspect, 15))
	id := p.submit(filo, many)
	p.carry()
	p.wantState(filo, id, "emergency")
	p.later(24 * time.Hour)
	p.wantRecalled(abroad, id)
	withdrawn := p.show(abroad, id).Withdrawn
	for _, pointer := range []string{"/children/15/sex", "/suspects/15/name", "/needs", "/consent"} {
		if !slices.Contains(withdrawn, pointer) {
			t.Errorf("%s is not withdrawn, %d fields are", pointer, len(withdrawn))
		}
	}
	if got := p.received(abroad); len(got) != 3 {
		t.Errorf("%d messages reached %s, want the referral and two recalls", len(got), abroad)
	}
	p.wantEvents(schemas.EventRecalled, 1)
	p.wantState(filo, id, "recalled")
}

// Whoever approved before it left need not ratify it, and may not ratify in another
// function.
func TestWhoApprovedBeforeDoesNotRatify(t *testing.T) {
	p := newEmergency(t)
	id := p.submit(national, replace(replace(inEmergency, `"kind"`, `"officer": "duty-1", "kind"`), "filo-manila", national))
	p.carry()
	p.wantState(national, id, "held")
	p.mustAct(national, id, connectors.Act{Verb: "approve", Officer: "duty-2", Function: "a-lirc"})
	p.wantState(national, id, "emergency")
	if a := p.sent(national, id).Results[0].Afterwards; !slices.Equal(a.Ratify, []string{"a-vid"}) {
		t.Errorf("%v must ratify, want a-vid alone", a.Ratify)
	}
	act := p.mustAct(national, id, connectors.Act{Verb: "approve", Officer: "duty-2", Function: "a-vid"})
	p.wantRefused(national, act, "policy.twice")
	p.mustAct(tbkk, id, approve("vid-1"))
	p.wantState(national, id, "ratified")
}

// When nobody holds a function that must look, the sender is told at once; the
// child is told of all the same.
func TestTheSenderIsToldThatNobodyCanRatify(t *testing.T) {
	p := newEmergencyOf(t, "127.0.0.1:4222", begun, policeAbroad(abroad))
	id := p.emergency()
	p.wantReceived(abroad, id)
	p.wantReasons(id, "emergency.nobody")
}

// A recipient without a desk cannot be told; the sender learns that.
func TestARecallThatReachesNobodySaysSo(t *testing.T) {
	p := newEmergency(t)
	id := p.emergency()
	p.change(abroad, withoutDesk)
	p.later(24 * time.Hour)
	p.wantState(filo, id, "recalled")
	p.wantReasons(id, "emergency.unratified", "route.no-connector")
}

// The gateway recalls on no word but its own clock's.
func TestTheGatewayDoesNotRecallWhatIsInOrder(t *testing.T) {
	p := newEmergency(t)
	id := p.emergency()
	p.ratify(id)
	err := p.SubmitOwn(t.Context(), schemas.KindRecall, id, "recipients-of:"+id, schemas.Recall{
		Message: id, Action: "recall", Reason: "unlawful", Items: []schemas.Correction{{Pointer: "/suspects/0/name", Category: "d-ident"}},
	})
	if err == nil || errors.Is(err, gateway.ErrSystem) {
		t.Errorf("got %v, want that it is refused", err)
	}
	p.wantKept(abroad, id)
}

// What left in an emergency, its recall and its reminder give the same bytes when
// they are asked again, whatever was held of another message in between.
func TestADecisionOfAnEmergencyCanBeAskedAgain(t *testing.T) {
	p := newEmergency(t)
	ratified := p.emergency()
	p.ratify(ratified)
	p.emergency() // and nobody ratifies it
	p.later(25 * time.Hour)
	p.held()
	p.later(48 * time.Hour)
	reviews := 0
	home := filepath.Join(p.dir, "gateway")
	under, err := instance.OfTheDay(t.Context(), home)
	p.must(err)
	p.must(instance.AskAgain(t.Context(), home, begun, under, func(a *instance.Asked) error {
		if !a.Same() {
			t.Errorf("entry %d, %s: recorded %s, now %s", a.Index, a.Record.Kind, a.Record.Decision, schemas.Encode(a.Now))
		}
		if a.Record.Review {
			reviews++
		}
		return nil
	}))
	if reviews < 8 {
		t.Errorf("only %d reviews were asked again", reviews)
	}
}
