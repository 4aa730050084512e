package gateway_test

import (
	"slices"
	"testing"

	"schakel/connectors"
	"schakel/schemas"
)

// held sends the police's question about a tip, which waits for the prosecutor
// and the controller.
func (p *play) held() (question string) {
	p.Helper()
	tip := p.tip()
	question = p.reply(tbkk, tip, "question-tbkk")
	p.carry()
	p.wantState(tbkk, question, "held")
	return question
}

var (
	prosecutorApproves = connectors.Act{Verb: "approve", Officer: "ovj-1"}
	controllerApproves = connectors.Act{Verb: "approve", Officer: "ctrl-1"}
)

// mustAct lets an officer act, and returns the id of the act.
func (p *play) mustAct(partner, message string, act connectors.Act) string {
	p.Helper()
	id, err := p.act(partner, message, act)
	p.must(err)
	return id
}

func TestAHeldMessageLeavesWhenAllHaveApproved(t *testing.T) {
	for _, order := range [][]string{{prosecutor, controller}, {controller, prosecutor}} {
		p := newPlay(t)
		question := p.held()
		p.wantReceived(prosecutor, question)
		p.wantReceived(controller, question)
		tips := p.received(ngo)
		acts := map[string]connectors.Act{prosecutor: prosecutorApproves, controller: controllerApproves}
		p.mustAct(order[0], question, acts[order[0]])
		p.wantReceived(ngo, tips...)
		p.wantState(tbkk, question, "held")
		p.mustAct(order[1], question, acts[order[1]])
		p.wantReceived(ngo, append(tips, question)...)
		p.wantState(tbkk, question, "delivered")
	}
}

// An approver sees what would leave, and nothing that would not.
func TestAnApproverSeesExactlyWhatWouldLeave(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	shown := p.show(prosecutor, question)
	if shown.Review == nil || shown.Review.Recipient != ngo || !slices.Equal(shown.Review.Approvals, []string{"a-ctrl", "a-ovj"}) {
		t.Fatalf("the prosecutor is asked %+v, want about %s, with the controller", shown.Review, ngo)
	}
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.mustAct(controller, question, controllerApproves)
	if got := p.show(ngo, question); string(got.Body) != string(shown.Body) {
		t.Errorf("the NGO got %s, the prosecutor was shown %s", got.Body, shown.Body)
	}
}

func TestAPartIsKeptBackByAnApprover(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	part := prosecutorApproves
	part.Verb, part.Withhold = "approve-part", []string{"/suspects/0/name"}
	p.mustAct(prosecutor, question, part)
	p.mustAct(controller, question, controllerApproves)
	got := p.show(ngo, question)
	if body := string(got.Body); slices.Contains(words([]byte(body)), "Voorbeeld") {
		t.Errorf("the NGO got the name that was kept back: %s", body)
	}
}

func TestAnActThatIsNotTheOfficersIsRefused(t *testing.T) {
	tests := []struct {
		name    string
		partner string
		act     connectors.Act
		before  func(p *play, question string)
		want    schemas.Code
	}{
		{"in a function that is not asked for", prosecutor, connectors.Act{Verb: "approve", Officer: "ovj-1", Function: "a-gezag"}, nil, "policy.function"},
		{"by an officer of a partner that was not asked", filo, connectors.Act{Verb: "approve", Officer: "filo-1"}, nil, "state.not-held"},
		{"twice in one function", prosecutor, connectors.Act{Verb: "approve", Officer: "ovj-2"}, approvedBy(prosecutor, prosecutorApproves), "policy.twice"},
		{"after it was refused", controller, controllerApproves, approvedBy(prosecutor, connectors.Act{Verb: "refuse", Officer: "ovj-1", Reason: "too-much"}), "state.not-held"},
		{"after it was returned", controller, controllerApproves, approvedBy(prosecutor, connectors.Act{Verb: "return", Officer: "ovj-1", Reason: "unclear"}), "state.not-held"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPlay(t)
			question := p.held()
			if test.before != nil {
				test.before(p, question)
			}
			id, err := p.act(test.partner, question, test.act)
			got := p.refusedCode(err)
			if got == "" {
				got = p.sent(test.partner, id).Refusal
			}
			if got != test.want {
				t.Errorf("refused with %q, want %q", got, test.want)
			}
			if slices.Contains(p.received(ngo), question) {
				t.Error("the question left")
			}
		})
	}
}

func approvedBy(partner string, act connectors.Act) func(*play, string) {
	return func(p *play, question string) { p.Helper(); p.mustAct(partner, question, act) }
}

// Whoever sends may not approve, whatever functions he holds.
func TestTheSenderDoesNotApproveHisOwn(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	accepted, err := p.people[tbkk].Reply(tip, replace(schemas.Example("question-tbkk"), `"kind"`, `"officer": "boss-1", "kind"`), connectors.Options{})
	p.must(err)
	p.carry()
	id, err := p.act(tbkk, accepted.ID, connectors.Act{Verb: "approve", Officer: "boss-1"})
	if got := p.refusedCode(err); got == "" {
		p.wantRefused(tbkk, id, "policy.self-approval")
	} else if got != "state.not-held" {
		t.Errorf("refused with %q, want policy.self-approval", got)
	}
}

// What another signed is no approval: the act carries the officer's own signature.
func TestAnApprovalIsSignedByTheOfficerHimself(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	stolen, err := p.people[prosecutor].OfficerKey("ovj-2", passphrase)
	p.must(err)
	accepted, err := p.people[prosecutor].Act(question, prosecutorApproves, stolen)
	p.must(err)
	p.carry()
	p.wantRefused(prosecutor, accepted.ID, "sig.officer")
	accepted, err = p.people[prosecutor].Act(question, prosecutorApproves, nil)
	p.must(err)
	p.carry()
	p.wantRefused(prosecutor, accepted.ID, "sig.officer")
}

// The sender learns that it will not leave, and why, in the officer's words of a
// closed list.
func TestARefusalReachesTheSender(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, connectors.Act{Verb: "refuse", Officer: "ovj-1", Reason: "too-much"})
	out := p.sent(tbkk, question)
	if len(out.Results) != 1 || !slices.Equal(out.Results[0].Reasons, []schemas.Code{"review.declined", "review.too-much"}) {
		t.Errorf("the police are told %+v, want that it was declined as too much", out.Results)
	}
	if err := schemas.Refused(p.actError(prosecutor, question, connectors.Act{Verb: "refuse", Officer: "ovj-1"})); err == nil || err.Code != "schema.incomplete" {
		t.Errorf("a refusal without a reason gave %v, want schema.incomplete", err)
	}
}

func (p *play) actError(partner, message string, act connectors.Act) error {
	_, err := p.act(partner, message, act)
	return err
}

// An approval is about today's rules too: what has lapsed in the meantime does not
// leave.
func TestAnApprovalDoesNotLiftWhatHasLapsed(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, connectors.Act{Verb: "approve", Officer: "ovj-1", Until: "2026-11-24"})
	p.now = p.now.AddDate(0, 0, 3) // the prosecutor's approval has run out
	p.mustAct(controller, question, controllerApproves)
	if slices.Contains(p.received(ngo), question) {
		t.Error("the question left on an approval that had run out")
	}
	p.wantState(tbkk, question, "held")
}

// A crash between the approval and the delivery loses neither.
func TestAnApprovalSurvivesACrash(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.restart()
	p.mustAct(controller, question, controllerApproves)
	if !slices.Contains(p.received(ngo), question) {
		t.Error("the question did not leave")
	}
}

// While one approval is missing, the sender is told which.
func TestTheSenderIsToldWhoseApprovalIsMissing(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.wantState(tbkk, question, "held")
	if got := p.sent(tbkk, question).Results[0].Approvals; !slices.Equal(got, []string{"a-ctrl"}) {
		t.Errorf("the police are told that %v must still approve, want the controller", got)
	}
	p.mustAct(controller, question, controllerApproves)
	if got := p.sent(tbkk, question).Results[0].Approvals; len(got) != 0 {
		t.Errorf("the police are told that %v must still approve, want nobody", got)
	}
}

// Whoever approved must still be in office when it leaves.
func TestAnApprovalCountsAsLongAsTheOfficerDoes(t *testing.T) {
	for name, change := range map[string]func(*schemas.Partner){
		"he has left":         firstEnded,
		"in another function": func(r *schemas.Partner) { r.Officers[0].Functions = []string{"a-gezag"} },
		"his office has left": suspended,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t)
			question := p.held()
			p.mustAct(prosecutor, question, prosecutorApproves)
			p.change(prosecutor, change)
			p.mustAct(controller, question, controllerApproves)
			p.wantState(tbkk, question, "held")
			if slices.Contains(p.received(ngo), question) {
				t.Error("the question left on an approval that does not count any more")
			}
			if name == "his office has left" {
				return
			}
			p.mustAct(prosecutor, question, connectors.Act{Verb: "approve", Officer: "ovj-2"})
			p.wantState(tbkk, question, "delivered")
		})
	}
}

// An approval that ran out can be given again.
func TestAnApprovalThatRanOutIsGivenAgain(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, connectors.Act{Verb: "approve", Officer: "ovj-1", Until: "2026-11-24"})
	p.now = p.now.AddDate(0, 0, 3)
	p.mustAct(controller, question, controllerApproves)
	p.mustAct(prosecutor, question, connectors.Act{Verb: "approve", Officer: "ovj-1"})
	p.wantState(tbkk, question, "delivered")
}

// When the rules have come to say no, the last approval closes the matter and the
// sender is told.
func TestWhatMayNotLeaveAnyMoreIsClosed(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.change(ngo, suspended)
	p.mustAct(controller, question, controllerApproves)
	p.wantState(tbkk, question, "not-shared")
	if got := p.sent(tbkk, question).Results[0].Reasons; !slices.Equal(got, []schemas.Code{"route.suspended"}) {
		t.Errorf("the police are told %v, want that the NGO takes no part", got)
	}
	standing, err := p.Journal.Standing(t.Context(), question)
	p.must(err)
	if slices.ContainsFunc(standing.Deliveries, schemas.Delivered.Held) {
		t.Error("it is still held")
	}
}

// What an approver was shown is confirmed to the gateway, also when he sits with
// the sender: it is not sent for ever, and counts for nobody as received.
func TestAReviewIsConfirmedToTheGateway(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.now = p.now.AddDate(0, 1, 0)
	p.resend(0)
	if got := p.sent(tbkk, question).Confirmed; len(got) != 0 {
		t.Errorf("the sender has confirmations %+v of approvers", got)
	}
}

// A wrong name that was taken back while it waited for approval never leaves.
func TestWhatIsTakenBackWhileHeldDoesNotLeave(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	correction := p.correct(tbkk, question, connectors.Change{Pointer: "/suspects/0/name", Value: "Pieter Voorbeeldman"})
	out := p.sent(tbkk, correction)
	if len(out.Results) != 1 || !slices.Contains(out.Results[0].Reasons, "ref.held") {
		t.Errorf("the police are told %+v, want that the message still waits", out.Results)
	}
	if got := p.received(ngo); slices.Contains(got, correction) {
		t.Errorf("the NGO received the correction of what it has not got: %v", got)
	}
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.mustAct(controller, question, controllerApproves)
	if !slices.Contains(p.received(ngo), question) {
		t.Fatal("the question did not leave")
	}
	if body := p.show(ngo, question).Body; slices.Contains(words(body), "Voorbeeld") {
		t.Errorf("the wrong name left: %s", body)
	}
}

// A correction that comes between an approval's decision and its commit counts.
func TestACorrectionUnderAReleaseCounts(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, prosecutorApproves)
	_, err := p.people[tbkk].Correct(question, "wrong-value", []connectors.Change{{Pointer: "/suspects/0/name"}})
	p.must(err)
	key, err := p.people[controller].OfficerKey("ctrl-1", passphrase)
	p.must(err)
	_, err = p.people[controller].Act(question, controllerApproves, key)
	p.must(err)
	p.journal.before = func() error {
		p.journal.before = nil
		p.settle(tbkk)
		return nil
	}
	p.settle(controller)
	p.receive(ngo)
	if body := p.show(ngo, question).Body; slices.Contains(words(body), "Voorbeeld") {
		t.Errorf("the wrong name left: %s", body)
	}
}
