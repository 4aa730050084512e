package gateway

import (
	"context"
	"slices"

	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// kindReview is the kind under which the rules are asked whether an approver may
// see what he is asked about. No partner can send it.
const kindReview = "review"

// askReviewers puts a held message to those who must approve: a decided delivery
// of exactly what would leave, with the question as it was put to the rules.
func (g *Gateway) askReviewers(ctx context.Context, m *message, v *verdict, t target, d *policies.Decision, hold schemas.Event, reviewers []*pki.Partner) error {
	sheet := schemas.Encode(schemas.ReviewSheet{Question: hold.Record.Question, Decision: hold.Record.Decision, Fields: m.digests(hold.Record.Disclosed)})
	return g.show(ctx, m, v, t, d.Approvals, d.Withhold, sheet, reviewers)
}

// show gives each reviewer the content of a target, but for what is withheld, with
// the sheet that says what he is asked.
func (g *Gateway) show(ctx context.Context, m *message, v *verdict, t target, functions []string, withhold []policies.Withheld, sheet []byte, reviewers []*pki.Partner) error {
	for _, reviewer := range reviewers {
		rt := target{t.key, t.address, reviewer, t.content}
		q := g.question(m, rt, nil)
		q.Message.Kind, q.Review.Functions, q.Bases = kindReview, functions, []policies.Claimed{}
		decision, err := g.ask(ctx, q.Question)
		if err != nil {
			return err
		}
		event := g.decision(m, rt, q, shown(decision, withhold), nil)
		event.Record.Review, event.Entry.Question = true, schemas.Digest(sheet)
		v.add(m, reviewer, event, sheet)
	}
	return nil
}

// shown keeps from an approver what would not leave either.
func shown(decision *policies.Decision, withhold []policies.Withheld) *policies.Decision {
	decision.Withhold = append(decision.Withhold, withhold...)
	return decision
}

// reviewers lists the partners with an officer who holds one of the functions,
// where such officers sit (facts/functions.yaml).
func (g *Gateway) reviewers(m *message, functions []string) []*pki.Partner {
	var found []*pki.Partner
	for _, partner := range m.directory.Partners() {
		for _, function := range functions {
			at := g.Rules().Functions[function].At
			sits := slices.Contains(at, partner.Role) || slices.Contains(at, "own") && partner.ID == m.sender.ID
			if sits && partner.Status == "active" && connectorsOf(partner) != nil && len(partner.Holders(function, m.day())) > 0 {
				found = append(found, partner)
				break
			}
		}
	}
	return found
}

// digests lists the digests of the content that would leave: what an approval is
// bound to.
func (m *message) digests(pointers []string) []string {
	var all []string
	for _, pointer := range pointers {
		if isContent(pointer) {
			all = append(all, m.disclosures[pointer].Digest)
		}
	}
	slices.Sort(all)
	return all
}
