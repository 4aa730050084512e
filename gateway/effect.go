package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// effect is what a message does to an earlier one. The zero value does nothing.
type effect struct {
	only     string            // the one partner it may be addressed to
	confirms bool              // a delivery: also when nobody is left to be told
	recalled *schemas.Standing // message that is recalled or corrected
	hold     *held             // hold that an officer decides on
	remind   *held             // what left in an emergency and is shown once more to whoever closes its review
	write    func(v *verdict)  // puts into the custody event what happened; nil for nothing
}

// effect finds out what a message of its kind acts on, and checks that it may.
func (g *Gateway) effect(ctx context.Context, m *message) (*effect, error) {
	switch body := m.body.(type) {
	case *schemas.Receipt:
		return g.receipt(ctx, m, body)
	case *schemas.Release:
		return g.release(ctx, m, body)
	case *schemas.Recall:
		return g.recall(ctx, m, body)
	case *schemas.Assessment:
		return g.assess(ctx, m, body)
	}
	return &effect{}, nil
}

// happens reports whether a message has its effect: it was let through. A recall
// has it always, because all it does here is to keep back.
func (e *effect) happens(results []schemas.Result) bool {
	return e.recalled != nil || slices.ContainsFunc(results, func(r schemas.Result) bool {
		return r.Passes() || e.confirms && slices.ContainsFunc(r.Reasons, away)
	})
}

// away reports whether a reason says that the partner cannot be reached today.
func away(code schemas.Code) bool { return code == "route.suspended" || code == "route.no-connector" }

// receiptEvents maps what a receipt says to the event it is.
var receiptEvents = map[string]string{
	"delivered": schemas.EventDelivered, "opened": schemas.EventOpened, "applied": schemas.EventApplied, "cannot-open": schemas.EventFailed,
}

// receipt ties a receipt to the delivery it confirms: one that was decided for
// its sender. It goes to whoever sent the message, and to nobody else; for what
// an approver was shown, to the gateway that showed it.
func (g *Gateway) receipt(ctx context.Context, m *message, body *schemas.Receipt) (*effect, error) {
	standing, err := g.party(ctx, m, body.Message, "/message")
	if err != nil {
		return nil, err
	}
	fits := func(d schemas.Delivered) bool {
		return d.Entry == *body.Entry && d.Recipient == m.sender.ID && d.Left()
	}
	n := slices.IndexFunc(standing.Deliveries, fits)
	if standing.Manifest != body.Manifest || n < 0 {
		return nil, schemas.Refuse("rcp.unknown", "/entry")
	}
	only, _, _ := strings.Cut(standing.Connector, "/")
	if standing.Deliveries[n].Review {
		only = gatewayParty.ID
	}
	return &effect{only: only, confirms: true, write: func(v *verdict) {
		custody := &v.Events[0]
		custody.Entry.Event = receiptEvents[body.Event]
		custody.Entry.Of, custody.Record.Of, custody.Record.About = body.Entry, body.Entry, body.Message
	}}, nil
}

// recall checks that a message is recalled by whoever sent it, and that its kind
// has each pointer. While the message is held, the pointers are written down: they
// are kept back when it leaves.
func (g *Gateway) recall(ctx context.Context, m *message, body *schemas.Recall) (*effect, error) {
	standing, err := g.party(ctx, m, body.Message, "/message")
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(standing.Connector, m.sender.ID+"/") && m.sender.ID != Own.Organisation {
		return nil, schemas.Refuse("policy.not-owner", "/message")
	}
	var pointers []string
	for i, item := range body.Items {
		field, ok := schemas.FieldOf(standing.Kind, item.Pointer)
		if !ok || field.Category != item.Category && field.Category != schemas.CategoryDeclared {
			return nil, schemas.Refuse("ref.pointer", "/items/"+itoa(i)+"/pointer")
		}
		pointers = append(pointers, item.Pointer)
	}
	if m.sender.ID == Own.Organisation {
		return g.takeBack(m, standing, pointers)
	}
	return &effect{recalled: standing, write: func(v *verdict) {
		record := &v.Events[0].Record
		record.About, record.Withhold = body.Message, pointers
		for _, d := range standing.Deliveries {
			if d.Held() {
				v.Approvals[d.Entry] = standing.Counted(d)
			}
		}
	}}, nil
}

// assess checks that police grade a message which they received.
func (g *Gateway) assess(ctx context.Context, m *message, body *schemas.Assessment) (*effect, error) {
	if _, err := g.party(ctx, m, body.Message, "/message"); err != nil {
		return nil, err
	}
	return &effect{write: func(v *verdict) {
		custody := &v.Events[0]
		custody.Entry.Event = schemas.EventAssessed
		custody.Record.About, custody.Record.Grades, custody.Record.Handling = body.Message, body.Grades, body.Handling
	}}, nil
}

// held is a hold that an officer's act is about.
type held struct {
	schemas.Delivered
	standing *schemas.Standing
	act      schemas.Given // what the officer did now
	verb     string
	reason   string
}

// released is a hold that may now leave. Its methods accept nil: a decision that
// releases nothing.
type released struct {
	entry    int64
	given    []schemas.Given
	recalled []string // pointers that the sender took back meanwhile
}

func (r *released) acts() []schemas.Given {
	if r == nil {
		return nil
	}
	return r.given
}

func (r *released) approvals() []policies.Approved {
	var all []policies.Approved
	for _, g := range r.acts() {
		all = append(all, policies.Approved{Function: g.Function, Person: g.Officer, At: g.At, ValidUntil: g.Until, Scope: "this message"})
	}
	return all
}

// withheld lists what any of the approvers kept back, and what the sender took
// back himself.
func (r *released) withheld() []string {
	if r == nil {
		return nil
	}
	all := slices.Clone(r.recalled)
	for _, g := range r.given {
		all = append(all, g.Withhold...)
	}
	return all
}

// actEvents maps what an officer does to the event it is.
var actEvents = map[string]string{
	"approve": schemas.EventApproved, "approve-part": schemas.EventApproved, "return": schemas.EventReturned, "refuse": schemas.EventDeclined,
	actRemind: schemas.EventReminded,
}

// actCodes say to the sender what an officer did, when nothing leaves by it.
var actCodes = map[string]schemas.Code{"return": schemas.Code("review.returned"), "refuse": schemas.Code("review.declined")}

// release checks an officer's act on a held message: the officer's own signature
// over this message, a function that is asked for, bound to the question and the
// fields as they were shown, never by the sender and never twice by one person. An
// act on what has left in an emergency is told apart by the question.
func (g *Gateway) release(ctx context.Context, m *message, body *schemas.Release) (*effect, error) {
	standing, err := g.Journal.Standing(ctx, body.Message)
	switch {
	case errors.Is(err, schemas.ErrUnknown), err == nil && !shownTo(standing, m.sender.ID) && m.sender.ID != Own.Organisation:
		return nil, g.unknown(ctx, m, "/message")
	case err != nil:
		return nil, fault(err)
	}
	n := slices.IndexFunc(standing.Deliveries, func(d schemas.Delivered) bool {
		return (d.Outcome == schemas.Hold || d.Released != nil) && !d.Review && schemas.Digest(d.Question) == body.Question && d.Fields == body.Fields
	})
	if n < 0 {
		return nil, schemas.Refuse("ref.unknown", "/question")
	}
	h := &held{Delivered: standing.Deliveries[n], standing: standing, verb: body.Act, reason: body.Reason}
	switch {
	case (body.Act == actRemind) != (m.sender.ID == Own.Organisation):
		return nil, schemas.Refuse("policy.function", "/act")
	case body.Act == actRemind:
		return g.reminder(m, h)
	case h.Released != nil:
		return g.follow(m, h, body)
	}
	if h.Closed {
		return nil, schemas.Refuse("state.not-held", "/message")
	}
	if err := g.officerSigned(m, body.Function); err != nil {
		return nil, err
	}
	counted := standing.Counted(h.Delivered)
	h.Approvals = slices.DeleteFunc(h.Approvals, func(given schemas.Given) bool { return !counts(m, given) })
	if err := h.mayAct(m, body.Function); err != nil {
		return nil, err
	}
	h.act = schemas.Given{Officer: m.officer(), Function: body.Function, At: schemas.At(m.now), Until: body.Until, Withhold: body.Withhold}
	return &effect{only: gatewayParty.ID, hold: h, write: func(v *verdict) {
		v.acted(h, body)
		v.Approvals[h.Entry] = counted
	}}, nil
}

// acted writes into the custody event what was done with an earlier delivery.
func (v *verdict) acted(h *held, body *schemas.Release) {
	custody := &v.Events[0]
	custody.Entry.Event, custody.Entry.Of = actEvents[body.Act], &h.Entry
	custody.Record.Of, custody.Record.About, custody.Record.Function = &h.Entry, body.Message, body.Function
	custody.Record.Until, custody.Record.Withhold = body.Until, body.Withhold
}

// counts reports whether an approval still counts: it has not lapsed, and who gave
// it still holds that function at a partner that takes part.
func counts(m *message, given schemas.Given) bool {
	if given.Until != "" && given.Until < m.day() {
		return false
	}
	org, id, _ := strings.Cut(given.Officer, "/")
	partner, ok := m.directory.Partner(org)
	if !ok || partner.Status != "active" {
		return false
	}
	officer, _, active := partner.Officer(id, m.day())
	return active && slices.Contains(officer.Functions, given.Function)
}

// shownTo reports whether a held message was put to a partner for review.
func shownTo(standing *schemas.Standing, partner string) bool {
	return slices.ContainsFunc(standing.Deliveries, func(d schemas.Delivered) bool { return d.Review && d.Recipient == partner && d.Left() })
}

// officerSigned checks the second signature: by the acting officer's own key,
// over this manifest, for approvals.
func (g *Gateway) officerSigned(m *message, function string) error {
	officer, certificate, _ := m.sender.Officer(m.envelope.Officer, m.day())
	if m.opened.Officer == nil {
		return schemas.Refuse("sig.officer", "")
	}
	if _, err := pki.Verify(certificate, officer.Signing, pki.ContextApproval, m.opened.Manifest, m.opened.Officer); err != nil {
		return schemas.Refuse("sig.officer", "")
	}
	if !certificate.Usable(officer.Signing, m.now) {
		return schemas.Refuse("sig.key-status", "/envelope/officer")
	}
	if !slices.Contains(officer.Functions, function) {
		return schemas.Refuse("policy.function", "/function")
	}
	return nil
}

// mayAct checks four eyes: an approver is not the sender, and approves once as
// long as his approval counts.
func (h *held) mayAct(m *message, function string) error {
	person := m.officer()
	var question policies.Question
	if err := decode(h.Question, &question); err != nil {
		return err
	}
	if question.Sender.OfficerID == person {
		return schemas.Refuse("policy.self-approval", "/envelope/officer")
	}
	var decision policies.Decision
	if err := decode(h.Decision, &decision); err != nil {
		return err
	}
	if !slices.Contains(decision.Approvals, function) {
		return schemas.Refuse("policy.function", "/function")
	}
	for _, given := range h.Approvals {
		if given.Officer == person || given.Function == function {
			return schemas.Refuse("policy.twice", "/function")
		}
	}
	return nil
}

// act does what a message does besides being sent. For an officer's act it asks
// the held question again with his approval under today's rules, keys and
// documents, lets out no more than was approved, and tells the sender what became
// of it: that it left, that others must still approve, or that it will not leave.
func (g *Gateway) act(ctx context.Context, m *message, v *verdict, e *effect) error {
	if e.write != nil {
		e.write(v)
	}
	if e.remind != nil {
		return g.showOverdue(ctx, m, v, e.remind)
	}
	h := e.hold
	if h == nil {
		return nil
	}
	result := schemas.Result{To: h.To, Outcome: schemas.Deny, Reasons: []schemas.Code{actCodes[h.verb], schemas.Code("review." + h.reason)}}
	switch h.verb {
	case "approve", "approve-part":
		var err error
		if result, err = g.askAgain(ctx, m, v, h); err != nil {
			return err
		}
	}
	v.inform(g, m, h, result)
	return nil
}

func (g *Gateway) askAgain(ctx context.Context, m *message, v *verdict, h *held) (schemas.Result, error) {
	original, err := g.stored(ctx, h.standing, m)
	if err != nil {
		return schemas.Result{}, err
	}
	partner, ok := m.directory.Partner(h.Recipient)
	if !ok {
		return schemas.Result{}, fmt.Errorf("the recipient of hold %d is missing", h.Entry)
	}
	t := target{h.To, h.Address, partner, original.content}
	return g.decideFor(ctx, original, v, t, &released{h.Entry, append(slices.Clone(h.Approvals), h.act), h.standing.Recalled})
}

// stored reads a held message back from its wrapped container.
func (g *Gateway) stored(ctx context.Context, standing *schemas.Standing, m *message) (*message, error) {
	container, err := g.unwrap(ctx, standing.ID)
	if err != nil {
		return nil, err
	}
	original, err := g.reread(container, m.directory, m.now)
	if err != nil {
		return nil, err
	}
	return original, g.references(ctx, original)
}

// inform tells the sender of a held message what became of it.
func (v *verdict) inform(g *Gateway, m *message, h *held, result schemas.Result) {
	event := g.event(schemas.EventInformed, m.now)
	org, _, _ := strings.Cut(h.standing.Connector, "/")
	event.Entry.Manifest, event.Entry.Kind = h.standing.Manifest, h.standing.Kind
	event.Entry.Sender, event.Entry.Of = schemas.Party(event.Salt, org), &h.Entry
	event.Entry.Results = []schemas.Result{result}
	event.Record = schemas.Record{About: h.standing.ID, Connector: h.standing.Connector, Of: &h.Entry}
	v.Events = append(v.Events, event)
}

// fits says why a message cannot be given to a recipient whatever the rules say:
// there is nobody to give it to, or he could not read it. What was held is also
// kept from a partner who has left meanwhile, and not given out for one.
func (g *Gateway) fits(m *message, t target, hold *released) error {
	switch {
	case hold != nil && m.sender.Status != "active":
		return schemas.Refuse("sig.key-status", "")
	case hold != nil && t.partner.Status != "active":
		return schemas.Refuse("route.suspended", "/envelope/to")
	case t.partner != gatewayParty && len(connectorsOf(t.partner)) == 0:
		return schemas.Refuse("route.no-connector", "/envelope/to")
	}
	return g.sealsFit(m, t)
}

// sealsFit refuses a value that is sealed to another key than the officer's
// present one: he could not open it.
func (g *Gateway) sealsFit(m *message, t target) error {
	for _, leaf := range t.content {
		org, id, _ := strings.Cut(leaf.Sealed, "/")
		if leaf.Sealed == "" || org != t.partner.ID {
			continue
		}
		officer, certificate, ok := t.partner.Officer(id, m.day())
		if !ok {
			return schemas.Refuse("route.officer", leaf.Leaf.Pointer)
		}
		var sealed schemas.Sealed
		if err := decode(leaf.Leaf.Value, &sealed); err != nil {
			return schemas.Refuse("schema.type", leaf.Leaf.Pointer)
		}
		if err := pki.SealedTo(sealed.Sealed, certificate, officer.Encryption); err != nil {
			return err
		}
	}
	return nil
}
