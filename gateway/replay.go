package gateway

import (
	"context"
	"fmt"

	"schakel/policies"
	"schakel/schemas"
)

// Again asks the question of a recorded decision again, and returns what would be
// recorded now: under the rules of its day the same bytes. held is the decision that
// waits for approval, for a record of what an approver was shown. The rules alone
// are asked: where the gateway itself refused what they let through, because there
// was nobody to give it to, that still counts.
func Again(ctx context.Context, rules *policies.Rules, record *schemas.Record, held *policies.Decision) (*policies.Decision, error) {
	question, err := policies.RecordedQuestion(record.Question)
	if err != nil {
		return nil, fmt.Errorf("read recorded question: %w", err)
	}
	then, err := RecordedDecision(record)
	if err != nil {
		return nil, err
	}
	decision, err := rules.Decide(ctx, question)
	if err != nil {
		return nil, err
	}
	if record.Review && held != nil && held.Outcome == schemas.Hold { // what left in an emergency is shown as it left
		decision = shown(decision, held.Withhold)
	}
	if code := gatewayRefused(then); code != "" && decision.Outcome != schemas.Deny {
		decision = refused(decision, code)
	}
	return decision, nil
}

// RecordedDecision reads the decision of a record.
func RecordedDecision(record *schemas.Record) (*policies.Decision, error) {
	d := &policies.Decision{}
	if err := decode(record.Decision, d); err != nil {
		return nil, fmt.Errorf("read recorded decision: %w", err)
	}
	return d, nil
}

// gatewayRefused is the code with which the gateway itself turned a decision down,
// "" for a decision of the rules: those give codes of the law and of the family
// policy.
func gatewayRefused(d *policies.Decision) schemas.Code {
	if d.Outcome != schemas.Deny || len(d.Reasons) != 1 {
		return ""
	}
	code := d.Reasons[0].Code
	if family := code.Family(); family == "r" || family == "policy" {
		return ""
	}
	return code
}
