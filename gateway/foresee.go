package gateway

import (
	"context"
	"slices"

	"schakel/policies"
	"schakel/schemas"
)

// foresee answers a message of which the sender only asks what would become of it:
// for each address the outcome, what would be left out, who would have to approve
// and what is missing. That it was asked is written down like any message; nothing
// leaves, nobody is asked to approve, it has no effect, and its content is not kept.
func (g *Gateway) foresee(ctx context.Context, m *message) (*verdict, error) {
	if schemas.IsAct(m.manifest.Kind) {
		return nil, schemas.Refuse("policy.no-ask", "/kind")
	}
	effect, err := g.effect(ctx, m)
	if err != nil {
		return nil, err
	}
	v := g.settlement(m)
	var answer []schemas.Foreseen
	for _, key := range sortedKeys(m.envelope.To) {
		told, err := g.foreseen(ctx, m, v, key, effect)
		if err != nil {
			return nil, err
		}
		answer = append(answer, told)
	}
	asked := &v.Events[0]
	asked.Record.Foreseen = schemas.Encode(answer)
	asked.Entry.Event, asked.Entry.Foreseen = schemas.EventAsked, schemas.Digest(asked.Record.Foreseen)
	return v, nil
}

// foreseen is what would become of a message for one address. Of those who have an
// earlier message it says only what the sender of a recall is told: how many.
func (g *Gateway) foreseen(ctx context.Context, m *message, v *verdict, key string, effect *effect) (schemas.Foreseen, error) {
	targets, err := g.resolve(ctx, m, key, effect)
	if refusal := schemas.Refused(err); refusal != nil {
		return schemas.Foreseen{Result: schemas.Result{To: key, Outcome: schemas.Deny, Reasons: []schemas.Code{refusal.Code}}}, nil
	}
	if err != nil {
		return schemas.Foreseen{}, err
	}
	var told schemas.Foreseen
	decided := map[string]schemas.Result{}
	for _, t := range targets {
		if told, err = g.foreseenFor(ctx, m, v, t); err != nil {
			return schemas.Foreseen{}, err
		}
		decided[t.partner.ID] = told.Result
	}
	if len(targets) > 1 {
		told = schemas.Foreseen{}
	}
	told.Result = together(key, targets, decided)
	if effect.waits() {
		told.Reasons = append(told.Reasons, codeHeld)
	}
	return told, nil
}

// foreseenFor asks the rules about one recipient and writes down what they say.
func (g *Gateway) foreseenFor(ctx context.Context, m *message, v *verdict, t target) (schemas.Foreseen, error) {
	a, decision, err := g.judge(ctx, m, t, nil)
	if err != nil {
		return schemas.Foreseen{}, err
	}
	event := g.decision(m, t, a, decision, nil)
	event.Entry.Event, event.Record.Connectors, event.Record.Retain = schemas.EventForeseen, nil, false
	v.Events = append(v.Events, event)
	told := schemas.Foreseen{
		Result: result(t.key, decision), Withheld: a.leftOut(decision), Missing: decision.Missing,
		Obligations: decision.Obligations, Retention: decision.Retention,
	}
	if follow := g.follows(m, a, decision, nil); follow != nil {
		told.Afterwards = &follow.Afterwards
	}
	if decision.Outcome == schemas.Hold && len(decision.Approvals) > 0 && len(g.reviewers(m, decision.Approvals)) == 0 {
		told.Reasons = append(told.Reasons, codeNobody)
	}
	return told, nil
}

// leftOut lists the fields that a decision withholds, in the order of the message.
func (a *asked) leftOut(d *policies.Decision) []schemas.LeftOut {
	var all []schemas.LeftOut
	for _, withheld := range d.Withhold {
		for _, pointer := range a.items[withheld.Item] {
			all = append(all, schemas.LeftOut{Pointer: pointer, Code: withheld.Code})
		}
	}
	slices.SortStableFunc(all, func(a, b schemas.LeftOut) int { return schemas.ComparePointers(a.Pointer, b.Pointer) })
	return slices.CompactFunc(all, func(a, b schemas.LeftOut) bool { return a.Pointer == b.Pointer })
}
