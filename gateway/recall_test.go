package gateway_test

import (
	"slices"
	"testing"

	"schakel/connectors"
	"schakel/schemas"
)

// correct sends a correction of a field and returns its id.
func (p *play) correct(partner, message string, changes ...connectors.Change) string {
	p.Helper()
	accepted, err := p.people[partner].Correct(message, "wrong-value", changes)
	p.must(err)
	p.carry()
	return accepted.ID
}

func TestACorrectionReachesEverybodyWhoGotTheField(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	correction := p.correct(ngo, tip, connectors.Change{Pointer: "/suspects/0/name", Value: "Pieter Voorbeeldman"})
	for _, partner := range []string{filo, tbkk} {
		if got := p.show(partner, tip).Corrected["/suspects/0/name"]; got != "Pieter Voorbeeldman" {
			t.Errorf("%s reads the name as %q, want it corrected", partner, got)
		}
	}
	p.wantState(ngo, correction, "delivered")
	if n := len(p.sent(ngo, correction).Confirmed); n != 2 {
		t.Errorf("%d confirmations came back, want 2", n)
	}
}

// A recipient who did not get a field does not learn from its correction that it
// exists.
func TestACorrectionReachesNobodyElse(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	p.correct(ngo, tip, connectors.Change{Pointer: "/children/0/identity/0"})
	if n := len(p.received(filo)); n != 1 {
		t.Errorf("the FILO has %d messages, want the tip alone", n)
	}
	if got := p.show(tbkk, tip).Withdrawn; !slices.Equal(got, []string{"/children/0/identity/0"}) {
		t.Errorf("withdrawn at the police: %v, want the child's identity", got)
	}
}

// Of a correction of two fields, each gets those that he had.
func TestEachGetsTheCorrectionsOfWhatHeHad(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	p.correct(ngo, tip, connectors.Change{Pointer: "/suspects/0/name"}, connectors.Change{Pointer: "/children/0/identity/0"})
	if got := p.show(filo, tip).Withdrawn; !slices.Equal(got, []string{"/suspects/0/name"}) {
		t.Errorf("withdrawn at the FILO: %v, want the name alone", got)
	}
	if got := p.show(tbkk, tip).Withdrawn; len(got) != 2 {
		t.Errorf("withdrawn at the police: %v, want both", got)
	}
}

func TestNobodyCorrectsWhatAnotherSent(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	body := schemas.Recall{Message: tip, Action: "recall", Reason: "unlawful", Items: []schemas.Correction{{Pointer: "/suspects/0/name", Category: "d-ident"}}}
	draft := schemas.Encode(schemas.Draft{Kind: schemas.KindRecall, Thread: tip, Body: schemas.Encode(body)})
	id := p.submit(tbkk, draft)
	p.carry()
	p.wantRefused(tbkk, id, "policy.not-owner")
	if got := p.show(filo, tip).Withdrawn; got != nil {
		t.Errorf("withdrawn at the FILO: %v, want nothing", got)
	}
}

func TestACorrectionOfAFieldThatIsNotThereIsRefused(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	if _, err := p.people[ngo].Correct(tip, "wrong-value", []connectors.Change{{Pointer: "/suspects/0/shoe_size", Value: "44"}}); p.refusedCode(err) != "ref.pointer" {
		t.Errorf("got %v, want ref.pointer", err)
	}
	correction := p.correct(ngo, tip, connectors.Change{Pointer: "/suspects/9/name", Value: "Nobody"})
	out := p.sent(ngo, correction)
	if out.State() != "not-shared" || !slices.Contains(out.Results[0].Reasons, schemas.Code("ref.nobody")) {
		t.Errorf("the NGO is told %+v, want that nobody had it", out.Results)
	}
}

// A receipt is believed about a delivery that was decided for its sender, and no
// other.
func TestAReceiptForAnothersDeliveryIsRefused(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	standing, err := p.Journal.Standing(t.Context(), tip)
	p.must(err)
	entry := standing.Deliveries[0].Entry
	other := map[string]string{filo: tbkk, tbkk: filo}[standing.Deliveries[0].Recipient]
	body := schemas.Receipt{Message: tip, Manifest: standing.Manifest, Entry: &entry, Event: "opened", At: schemas.At(p.now)}
	id := p.submit(other, schemas.Encode(schemas.Draft{Kind: schemas.KindReceipt, To: []string{ngo}, Thread: tip, Body: schemas.Encode(body)}))
	p.carry()
	if got := p.refusalOf(other); got != "rcp.unknown" {
		t.Errorf("receipt %s was refused with %q, want rcp.unknown", id, got)
	}
}

// refusalOf is the code of the newest refusal on a partner's line, from the log.
func (p *play) refusalOf(partner string) schemas.Code {
	for _, settlement := range slices.Backward(p.journal.settled) {
		event := settlement.Events[0]
		if event.Entry.Event == schemas.EventRefused && event.Record.Connector == partner+"/1" {
			return event.Entry.Reasons[0]
		}
	}
	return ""
}

// A recall goes to those who received the message, not to its sender nor to an
// approver who was shown it.
func TestARecallGoesToRecipientsAlone(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.mustAct(prosecutor, question, prosecutorApproves)
	p.mustAct(controller, question, controllerApproves)
	correction := p.correct(tbkk, question, connectors.Change{Pointer: "/suspects/0/name"})
	for partner, want := range map[string]bool{ngo: true, prosecutor: false, controller: false, tbkk: false} {
		if got := slices.Contains(p.received(partner), correction); got != want {
			t.Errorf("%s received the recall: %v, want %v", partner, got, want)
		}
	}
}

// When a recall leaves for some and not for others, its sender is told both.
func TestARecallThatReachesSomeSaysSo(t *testing.T) {
	p := newPlay(t)
	tip := p.tip()
	p.change(filo, withoutDesk)
	out := p.sent(ngo, p.correct(ngo, tip, connectors.Change{Pointer: "/suspects/0/name"}))
	if r := out.Results[0]; !r.Passes() || r.Recipients != 1 || !slices.Contains(r.Reasons, "route.no-connector") {
		t.Errorf("the NGO is told %+v, want that it left for one and why not for the other", out.Results)
	}
}
