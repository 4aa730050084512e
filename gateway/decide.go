package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"schakel/gateway/tlog"
	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// verdict is a settlement with what has to be sent once it is written down.
type verdict struct {
	*schemas.Settlement
	parcels []parcel
}

// parcel is one delivery: the event that clears it, and what it is made of.
type parcel struct {
	event     int // position in the settlement
	container *pki.Container
	recipient *pki.Partner
}

// decide makes the verdict on a message: one decision for each recipient, what
// the kind does besides, and everything that has to be written down about it.
func (g *Gateway) decide(ctx context.Context, m *message) (*verdict, error) {
	if err := g.references(ctx, m); err != nil {
		return nil, err
	}
	if m.manifest.Ask {
		return g.foresee(ctx, m)
	}
	v := g.settlement(m)
	effect, err := g.effect(ctx, m)
	if err != nil {
		return nil, err
	}
	if v.Events[0].Entry.Results, err = g.addresses(ctx, m, v, effect); err != nil {
		return nil, err
	}
	if effect.happens(v.Events[0].Entry.Results) {
		if err := g.act(ctx, m, v, effect); err != nil {
			return nil, err
		}
	}
	return v, g.keep(ctx, m, v)
}

// settlement begins with the event of the message itself: its custody.
func (g *Gateway) settlement(m *message) *verdict {
	custody := g.event(schemas.EventSubmitted, m.now)
	custody.Entry.Kind, custody.Entry.Manifest = m.manifest.Kind, m.digest
	custody.Entry.Signature, custody.Entry.Directory = schemas.Digest(m.opened.Signature), schemas.Digest(m.signed)
	custody.Entry.Sender = schemas.Party(custody.Salt, m.sender.ID)
	custody.Entry.Officer = m.officerDigest()
	custody.Record = m.record()
	return &verdict{Settlement: &schemas.Settlement{
		Message:   &schemas.Settled{ID: m.manifest.ID, Connector: m.connector(), Sequence: m.envelope.Sequence, Manifest: m.digest, Previous: m.envelope.Previous, Thread: m.thread},
		Directory: m.directory.Epoch,
		Events:    []schemas.Event{custody},
		Approvals: map[int64]int{},
		Follows:   map[int64]int64{},
	}}
}

// record is the register's row about the message itself.
func (m *message) record() schemas.Record {
	return schemas.Record{
		Message: m.manifest.ID, Connector: m.connector(), Sequence: m.envelope.Sequence, Manifest: m.digest, Previous: m.envelope.Previous,
		Thread: m.thread, Kind: m.manifest.Kind, Urgency: m.manifest.Urgency, Officer: m.officer(), Sealed: m.sealed, Seen: m.seen(),
	}
}

// officer is who acts, as partner/officer.
func (m *message) officer() string { return m.sender.ID + "/" + m.envelope.Officer }

// officerDigest is the digest of an officer's own signature, where there is one.
func (m *message) officerDigest() string {
	if m.opened.Officer == nil {
		return ""
	}
	return schemas.Digest(m.opened.Officer)
}

// event begins an event with a fresh salt.
func (g *Gateway) event(name string, now time.Time) schemas.Event {
	return schemas.Event{Salt: tlog.NewSalt(), Entry: schemas.Entry{Event: name, Epoch: g.Epoch, Trust: g.Anchors.Digest, Time: schemas.At(now)}}
}

// references checks that a message which speaks of others may do so: the sender
// was party to them. Whether such a message exists is told to nobody else.
func (g *Gateway) references(ctx context.Context, m *message) error {
	var err error
	m.thread = m.manifest.ID
	if m.envelope.Thread != m.manifest.ID {
		if m.root, err = g.party(ctx, m, m.envelope.Thread, "/envelope/thread"); err != nil {
			return err
		}
		m.thread = m.root.Thread // whatever message of the case the sender knows
	}
	if m.envelope.ReplyTo != "" {
		if m.replied, err = g.party(ctx, m, m.envelope.ReplyTo, "/envelope/in_reply_to"); err != nil {
			return err
		}
		if m.replied.Thread != m.thread {
			return schemas.Refuse("ref.thread", "/envelope/thread")
		}
	}
	if m.envelope.RelayOf != "" {
		_, err := g.party(ctx, m, m.envelope.RelayOf, "/envelope/relay_of")
		return err
	}
	return nil
}

// party returns the standing of a message that the sender of m sent or received.
func (g *Gateway) party(ctx context.Context, m *message, id, at string) (*schemas.Standing, error) {
	standing, err := g.Journal.Standing(ctx, id)
	switch {
	case errors.Is(err, schemas.ErrUnknown), err == nil && (standing.Event == schemas.EventAsked || !partyTo(standing, m.sender.ID) && m.sender.ID != Own.Organisation):
		return nil, g.unknown(ctx, m, at)
	case err != nil:
		return nil, fault(err)
	}
	return standing, nil
}

// unknown answers a message that speaks of one which is not there for its sender,
// whether others have it or nobody: it is offered again while an earlier message
// of the same connector is still under way, and refused when none is.
func (g *Gateway) unknown(ctx context.Context, m *message, at string) error {
	behind, err := g.Journal.Behind(ctx, m.connector(), m.envelope.Sequence)
	switch {
	case err != nil:
		return fault(err)
	case behind:
		return fmt.Errorf("%w: what it speaks of at %s has not come", ErrEarly, at)
	}
	return schemas.Refuse("ref.unknown", at)
}

// partyTo reports whether a partner sent a message or had it delivered.
func partyTo(standing *schemas.Standing, partner string) bool {
	if strings.HasPrefix(standing.Connector, partner+"/") {
		return true
	}
	return slices.ContainsFunc(standing.Deliveries, func(d schemas.Delivered) bool { return d.Recipient == partner && d.Left() })
}

// target is one partner for whom a message is decided, with the part of the
// content that is for him.
type target struct {
	key, address string
	partner      *pki.Partner
	content      []schemas.Governed
}

// addresses decides for every address of a message and returns what the sender
// is told.
func (g *Gateway) addresses(ctx context.Context, m *message, v *verdict, effect *effect) ([]schemas.Result, error) {
	var results []schemas.Result
	decided := map[string]schemas.Result{}
	for _, key := range sortedKeys(m.envelope.To) {
		targets, err := g.resolve(ctx, m, key, effect)
		if refusal := schemas.Refused(err); refusal != nil {
			results = append(results, schemas.Result{To: key, Outcome: schemas.Deny, Reasons: []schemas.Code{refusal.Code}})
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, t := range targets {
			if _, done := decided[t.partner.ID]; !done {
				if decided[t.partner.ID], err = g.decideFor(ctx, m, v, t, nil); err != nil {
					return nil, err
				}
			}
		}
		told := together(key, targets, decided)
		if effect.waits() {
			told.Reasons = append(told.Reasons, codeHeld)
		}
		results = append(results, told)
	}
	return results, nil
}

// together is what the sender is told of an address: the worst of what was
// decided for those it stands for. When it leaves for some and not for others, it
// says to how many it goes, and why not to the rest.
func together(key string, targets []target, decided map[string]schemas.Result) schemas.Result {
	worst, best, leaves := schemas.Result{Outcome: schemas.Allow}, schemas.Result{}, 0
	for _, t := range targets {
		one := decided[t.partner.ID]
		worst = worse(worst, one)
		if one.Passes() {
			best = one
			leaves++
		}
	}
	if worst.Outcome == schemas.Deny && leaves > 0 {
		worst.Outcome = best.Outcome
	}
	worst.To = key
	if len(targets) > 1 {
		worst.Recipients = leaves
	}
	return worst
}

// worse keeps of two results for one address the one that lets less through.
func worse(a, b schemas.Result) schemas.Result {
	order := []string{schemas.Allow, schemas.AllowWithObligations, schemas.Hold, schemas.Deny}
	if slices.Index(order, b.Outcome) >= slices.Index(order, a.Outcome) {
		return b
	}
	return a
}

// decideFor asks the rules about one recipient and adds the decision to the
// settlement. hold is the entry of the hold that this decision releases, or nil.
func (g *Gateway) decideFor(ctx context.Context, m *message, v *verdict, t target, hold *released) (schemas.Result, error) {
	a, decision, err := g.judge(ctx, m, t, hold)
	if err != nil {
		return schemas.Result{}, err
	}
	if hold != nil && decision.Outcome == schemas.Hold {
		return result(t.key, decision), nil // it stays held
	}
	event := g.decision(m, t, a, decision, hold)
	event.Record.Follow = g.follows(m, a, decision, hold)
	v.add(m, t.partner, event, nil)
	told := result(t.key, decision)
	if event.Record.Follow != nil {
		return told, g.askAfterwards(ctx, m, v, t, event, &told)
	}
	if decision.Outcome == schemas.Hold {
		reviewers := g.reviewers(m, decision.Approvals)
		if len(reviewers) == 0 && len(decision.Approvals) > 0 {
			told.Reasons = append(told.Reasons, codeNobody)
		}
		if err := g.askReviewers(ctx, m, v, t, decision, event, reviewers); err != nil {
			return schemas.Result{}, err
		}
	}
	return told, nil
}

// judge puts the question about one recipient to the rules. A message that could
// not be given to him is denied whatever they say.
func (g *Gateway) judge(ctx context.Context, m *message, t target, hold *released) (*asked, *policies.Decision, error) {
	a := g.question(m, t, hold.approvals())
	decision, err := g.ask(ctx, a.Question)
	if err != nil {
		return nil, nil, err
	}
	if refusal := schemas.Refused(g.fits(m, t, hold)); refusal != nil && decision.Outcome != schemas.Deny {
		decision = refused(decision, refusal.Code)
	}
	return a, decision, nil
}

// codeNobody tells the sender that nobody holds a function that must approve.
const codeNobody = schemas.Code("review.nobody")

// add puts a decision into the settlement and, when something leaves, the parcel
// that follows from it. sheet is what a reviewer is asked.
func (v *verdict) add(m *message, recipient *pki.Partner, event schemas.Event, sheet []byte) {
	v.Events = append(v.Events, event)
	if len(event.Record.Connectors) > 0 {
		v.parcels = append(v.parcels, parcel{len(v.Events) - 1, m.parcel(event.Record.Disclosed, sheet), recipient})
	}
}

// refused turns a decision into a deny for a reason that is not the law's: the
// message has to be mended.
func refused(d *policies.Decision, code schemas.Code) *policies.Decision {
	return &policies.Decision{
		Outcome: schemas.Deny, Reasons: []policies.Reason{{Code: code, Effect: "deny"}}, Obligations: []string{}, Withhold: []policies.Withheld{},
		Approvals: []string{}, Missing: []schemas.Unshown{}, Handling: d.Handling, Row: d.Row, Bases: d.Bases, Rules: d.Rules,
	}
}

func result(key string, d *policies.Decision) schemas.Result {
	r := schemas.Result{To: key, Outcome: d.Outcome, Approvals: d.Approvals}
	if d.Outcome == schemas.Deny || d.Outcome == schemas.Hold {
		r.Reasons = d.Codes()
		r.Reasons = r.Reasons[:min(len(r.Reasons), maxReasons)]
	}
	return r
}

// maxReasons bounds what a sender is told of one address: the highest in precedence.
// The decision's own entry has them all.
const maxReasons = 8

// ask puts one question to the rules, no more at a time than there are cores.
func (g *Gateway) ask(ctx context.Context, q *policies.Question) (*policies.Decision, error) {
	select {
	case g.deciding <- struct{}{}:
		defer func() { <-g.deciding }()
		return g.Rules().Decide(ctx, q)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// decision writes down one decision about one recipient: the clearance, when
// something may leave.
func (g *Gateway) decision(m *message, t target, a *asked, d *policies.Decision, hold *released) schemas.Event {
	event := g.event(schemas.EventDecided, m.now)
	disclosed, fields := m.disclose(t, a, d, hold.withheld())
	e, r := &event.Entry, &event.Record
	if hold != nil {
		e.Of, r.Of = &hold.entry, &hold.entry
		if d.Passes() {
			e.Event = schemas.EventReleased
		}
	}
	e.Kind, e.Manifest, e.Signature, e.Directory = m.manifest.Kind, m.digest, schemas.Digest(m.opened.Signature), schemas.Digest(m.signed)
	e.Officer = m.officerDigest()
	e.Sender, e.Recipient = schemas.Party(event.Salt, m.sender.ID), schemas.Party(event.Salt, t.partner.ID)
	e.Outcome, e.Reasons, e.Obligations = d.Outcome, d.Codes(), d.Obligations
	e.Handling, e.Retention, e.Rules = m.manifest.Handling, d.Retention, d.Rules
	question, decision := schemas.Encode(a.Question), schemas.Encode(d)
	e.Question = schemas.Digest(question)
	*r = schemas.Record{
		Message: m.manifest.ID, Kind: m.manifest.Kind, Recipient: t.partner.ID, Address: t.address, To: t.key, Outcome: d.Outcome,
		Question: question, Decision: decision, Of: r.Of, Fields: fields,
		Retain: slices.Contains(d.Obligations, "o-regx"),
	}
	if d.Outcome == schemas.Deny {
		return event
	}
	r.Disclosed = disclosed
	e.Disclosed, e.Withheld = m.setDigest(disclosed), withheldCodes(d)
	if d.Passes() {
		r.Connectors = connectorsOf(t.partner)
	}
	return event
}

// disclose lists the pointers that leave: content that no rule and no approver
// withholds, what governs it, and of the envelope what this recipient may know.
// fields is the digest of the content part, to which approvals are bound.
func (m *message) disclose(t target, a *asked, d *policies.Decision, kept []string) (pointers []string, fields string) {
	barred := map[string]bool{}
	for _, withheld := range d.Withhold {
		for _, pointer := range a.items[withheld.Item] {
			barred[pointer] = true
		}
	}
	set := map[string]bool{}
	for _, leaf := range t.content {
		if barred[leaf.Leaf.Pointer] || slices.ContainsFunc(kept, func(k string) bool { return leaf.Leaf.Pointer == k || strings.HasPrefix(leaf.Leaf.Pointer, k+"/") }) {
			continue
		}
		set[leaf.Leaf.Pointer] = true
		for _, with := range leaf.With {
			set[with] = true
		}
	}
	pointers = sortedKeys(set)
	fields = m.setDigest(pointers)
	pointers = append(pointers, envelopePrefix+"to/"+t.key)
	if t.partner.Country == interpol && m.envelope.Excluded != nil {
		pointers = append(pointers, envelopePrefix+"excluded")
	}
	return append(pointers, m.threadFor(t.partner.ID)...), fields
}

// setDigest is the digest of the set of disclosures at these pointers.
func (m *message) setDigest(pointers []string) string {
	var digests []string
	for _, pointer := range pointers {
		digests = append(digests, m.disclosures[pointer].Digest)
	}
	return schemas.SetDigest(digests)
}

// withheldCodes are the codes that a recipient is told. Of a match that may not be
// seen he is told nothing: the answer is the one without it (Bpg 2:11).
func withheldCodes(d *policies.Decision) []schemas.Code {
	var codes []schemas.Code
	for _, withheld := range d.Withhold {
		if withheld.Code != "r-code-nl" {
			codes = append(codes, withheld.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// parcel is what a recipient gets of a message, but for the proof.
func (m *message) parcel(pointers []string, sheet []byte) *pki.Container {
	c := &pki.Container{Manifest: m.opened.Manifest, Signature: m.opened.Signature, Officer: m.opened.Officer, Record: m.signed, Question: sheet}
	for _, pointer := range pointers {
		c.Disclosures = append(c.Disclosures, m.disclosures[pointer].Text)
	}
	return c
}

// threadFor lists what a recipient may know of the thread: only messages that he
// sent or received himself.
func (m *message) threadFor(partner string) []string {
	var pointers []string
	if m.root == nil || partyTo(m.root, partner) {
		pointers = append(pointers, envelopePrefix+"thread")
	}
	if m.replied != nil && partyTo(m.replied, partner) {
		pointers = append(pointers, envelopePrefix+"in_reply_to")
	}
	return pointers
}

func connectorsOf(partner *pki.Partner) []string {
	var all []string
	for _, c := range partner.Connectors {
		if c.Status == "active" {
			all = append(all, partner.ID+"/"+c.ID)
		}
	}
	return all
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, schemas.ComparePointers)
	return keys
}
