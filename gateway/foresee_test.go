package gateway_test

import (
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"schakel/connectors"
	"schakel/gateway"
	"schakel/gateway/register"
	"schakel/schemas"
)

// ask asks what would become of a draft, and lets the answer come.
func (p *play) ask(partner string, draft []byte) connectors.Outgoing {
	p.Helper()
	accepted, err := p.people[partner].Submit(draft, connectors.Options{Ask: true})
	p.must(err)
	p.carry()
	return p.sent(partner, accepted.ID)
}

// askReply asks what would become of an answer.
func (p *play) askReply(partner, message string, draft []byte) connectors.Outgoing {
	p.Helper()
	accepted, err := p.people[partner].Reply(message, draft, connectors.Options{Ask: true})
	p.must(err)
	p.carry()
	return p.sent(partner, accepted.ID)
}

// foreseen finds the answer for one address.
func (p *play) foreseen(out connectors.Outgoing, address string) schemas.Foreseen {
	p.Helper()
	for _, f := range out.Foreseen {
		if out.To[f.To] == address {
			return f
		}
	}
	p.Fatalf("no answer for %s: %+v, refused %q", address, out.Foreseen, out.Refusal)
	return schemas.Foreseen{}
}

// nothingKept fails when the register keeps content or a decision of a message.
func (p *play) nothingKept(id string) {
	p.Helper()
	if _, _, err := p.Archive.Content(p.Context(), id); !errors.Is(err, schemas.ErrUnknown) {
		p.Errorf("content of %s is kept (%v)", id, err)
	}
	if key, err := p.Archive.Case(p.Context(), id); key != nil || err != nil {
		p.Errorf("a case of %s is kept (%v)", id, err)
	}
	standing, err := p.Journal.Standing(p.Context(), id)
	p.must(err)
	if standing.Event != schemas.EventAsked || len(standing.Deliveries) > 0 {
		p.Errorf("%s stands as %s with %d deliveries, want asked and none", id, standing.Event, len(standing.Deliveries))
	}
}

// Who asks beforehand is told what would arrive at whom; nobody else is told
// anything. What is sent afterwards goes as it was foreseen.
func TestWhoAsksBeforehandIsToldWhatWouldArrive(t *testing.T) {
	p := newPlay(t)
	out := p.ask(ngo, schemas.Example("tip-manila"))
	if out.State() != "answered" {
		t.Fatalf("got %s (%s %s), want answered", out.State(), out.Refusal, out.At)
	}
	liaison, police := p.foreseen(out, "lo:PH"), p.foreseen(out, tbkk)
	identity := schemas.LeftOut{Pointer: "/children/0/identity/0", Code: "r-victim-min"}
	if !liaison.Passes() || !slices.Contains(liaison.Withheld, identity) || len(liaison.Missing) > 0 {
		t.Errorf("for the liaison: got %+v", liaison)
	}
	if !police.Passes() || slices.Contains(police.Withheld, identity) || len(police.Obligations) == 0 {
		t.Errorf("for the police: got %+v", police)
	}
	for _, partner := range cast() {
		p.wantReceived(partner.ID)
	}
	p.nothingKept(out.ID)

	tip := p.tip()
	p.wantState(ngo, tip, "delivered")
	var codes []schemas.Code
	for _, left := range liaison.Withheld {
		codes = append(codes, left.Code)
	}
	slices.Sort(codes)
	if got := p.show(filo, tip).Withheld; !slices.Equal(got, slices.Compact(codes)) {
		t.Errorf("left out: %v, foreseen %v", got, codes)
	}
	if got, want := p.sent(ngo, tip).Sequence, out.Sequence+1; got != want {
		t.Errorf("the tip has number %d, want %d: a question takes one like any message", got, want)
	}
	report, err := register.Check(t.Context(), filepath.Join(p.dir, "gateway", "register.db"), p.people[ngo].Verifier)
	p.must(err)
	if len(report.Findings) > 0 {
		t.Errorf("the register does not agree with itself: %v", report.Findings)
	}
}

// The same draft can be asked about and sent, in any order.
func TestWhatWasAskedMayStillBeSent(t *testing.T) {
	p := newPlay(t)
	draft := schemas.Example("tip-manila")
	first, second := p.ask(ngo, draft), p.ask(ngo, draft)
	if first.ID == second.ID || second.State() != "answered" {
		t.Errorf("asked again: got %s of %s", second.State(), second.ID)
	}
	_, err := p.people[ngo].Submit(draft, connectors.Options{})
	p.must(err)
	p.carry()
	p.wantReceived(tbkk, p.received(filo)...)
	if third := p.ask(ngo, draft); third.State() != "answered" {
		t.Errorf("asked after it was sent: got %s", third.State())
	}
}

// Nobody is asked to approve what was only asked about; who would have to, and
// which document is missing, is told.
func TestWhoAsksIsToldWhoMustApproveAndWhatIsMissing(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	before := p.received(prosecutor)
	whole := p.foreseen(p.askReply(tbkk, tip, schemas.Example("question-tbkk")), ngo)
	if whole.Outcome != schemas.Hold || !slices.Contains(whole.Approvals, "a-ovj") || len(whole.Missing) > 0 {
		t.Errorf("whole: got %+v", whole)
	}
	draft := replace(schemas.Example("question-tbkk"), `"kind": "balancing"`, `"kind": "necessity"`)
	lacking := p.foreseen(p.askReply(tbkk, tip, draft), ngo)
	if lacking.Outcome != schemas.Hold || !reflect.DeepEqual(lacking.Missing, []schemas.Unshown{{Document: "balancing"}}) {
		t.Errorf("without the balancing: got %+v", lacking)
	}
	p.wantReceived(prosecutor, before...)
}

// A denial says in advance what it would say.
func TestADenialIsForeseenAsItIsGiven(t *testing.T) {
	p := newPlay(t)
	asked := p.foreseen(p.ask(ngo, schemas.Example("known-person")), tbkk)
	sent := p.sent(ngo, p.submit(ngo, schemas.Example("known-person")))
	p.carry()
	sent = p.sent(ngo, sent.ID)
	if got, want := asked.Reasons, sent.Results[0].Reasons; asked.Outcome != schemas.Deny || !slices.Equal(got, want) {
		t.Errorf("foreseen: %s %v; given: %v", asked.Outcome, got, want)
	}
	if len(asked.Withheld)+len(asked.Missing)+len(asked.Obligations)+len(asked.Approvals) > 0 {
		t.Errorf("a denial says more than that: %+v", asked)
	}
	if got := p.foreseen(p.ask(ngo, replace(schemas.Example("tip-manila"), `"lo:PH"`, `"lo:ZZ"`)), "lo:ZZ"); got.Outcome != schemas.Deny || !slices.Equal(got.Reasons, []schemas.Code{"route.no-liaison"}) {
		t.Errorf("an address that means nobody: got %+v", got)
	}
}

// A crash at any point leaves a question that was settled once or not at all, and
// the same bytes again bring the same answer.
func TestCrashAnywhereWhileAskedAndRunAgain(t *testing.T) {
	p := newPlay(t)
	for name, at := range map[string]func(func() error){
		"before the commit": func(f func() error) { p.journal.before = f },
		"after the commit":  func(f func() error) { p.journal.after = f },
		"before the answer": func(f func() error) { p.post.before = f },
		"after the answer":  func(f func() error) { p.post.after = f },
	} {
		t.Run(name, func(t *testing.T) {
			accepted, err := p.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{Ask: true})
			p.must(err)
			submission := gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}
			at(func() error { return errCrash })
			if err := p.Pass(t.Context(), submission); !errors.Is(err, errCrash) {
				t.Fatalf("Pass gave %v, want the crash", err)
			}
			at(nil)
			p.restart()
			p.carry()
			out := p.sent(ngo, accepted.ID)
			if out.State() != "answered" || len(out.Foreseen) != 2 {
				t.Fatalf("got %s with %d answers", out.State(), len(out.Foreseen))
			}
			p.must(p.Pass(t.Context(), submission)) // once more, after all is over
			p.carry()
			if again := p.sent(ngo, accepted.ID); !reflect.DeepEqual(again, out) {
				t.Errorf("the second time: got %+v, want %+v", again, out)
			}
			p.nothingKept(accepted.ID)
		})
	}
	for _, partner := range cast() {
		p.wantReceived(partner.ID)
	}
}

// What was only asked about is no message that another could be about.
func TestNothingFollowsOnWhatWasOnlyAsked(t *testing.T) {
	p := newPlay(t)
	asked := p.ask(ngo, schemas.Example("tip-manila"))
	for _, member := range []string{"thread", "in_reply_to", "relay_of"} {
		id := p.submit(ngo, replace(schemas.Example("tip-manila"), `"urgency"`, `"`+member+`": "`+asked.ID+`", "urgency"`))
		p.carry()
		p.wantRefused(ngo, id, "ref.unknown")
	}
	_, err := p.people[ngo].Export(asked.ID)
	if got := p.refusedCode(err); got != "state.no-custody" {
		t.Errorf("export: got %q, want state.no-custody", got)
	}
}

// An act cannot be asked about; its effect is what it is for.
func TestAnActIsNotAskedAbout(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	_, err := p.people[tbkk].Reply(tip, schemas.Example("smallest-assessment"), connectors.Options{Ask: true})
	if got := p.refusedCode(err); got != "policy.no-ask" {
		t.Errorf("got %q, want policy.no-ask", got)
	}
}

// A recall that is only asked about takes nothing back.
func TestARecallThatIsOnlyAskedTakesNothingBack(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	draft := []byte(`{"kind": "recall-rectification", "body": {"message": "` + tip + `", "action": "recall", "reason": "wrong-value", "items": [{"pointer": "/suspects/0/name", "category": "d-ident"}]}}`)
	out := p.ask(ngo, draft)
	if f := p.foreseen(out, "recipients-of:"+tip); f.Recipients != 2 || !f.Passes() {
		t.Errorf("got %+v, want 2 recipients", f)
	}
	if got := p.show(tbkk, tip); len(got.Withdrawn) > 0 {
		t.Errorf("withdrawn: %v", got.Withdrawn)
	}
}
