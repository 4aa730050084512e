package policies

import (
	"slices"

	"schakel/schemas"
)

// CodeInvariant is the reason of a decision that the second lock turned down.
const CodeInvariant = schemas.Code("policy.invariant")

// guard is the second lock: a few things that no rule can lift, checked again in
// Go by code that shares nothing with the rules. It can only deny.
func guard(q *Question, d *Decision) *Decision {
	if !d.Passes() && d.Outcome != schemas.Hold {
		return d
	}
	for _, item := range q.Items {
		if slices.ContainsFunc(d.Withhold, func(w Withheld) bool { return w.Item == item.ID }) {
			continue
		}
		if !bearable(q, d, item) {
			deny := failed()
			deny.Reasons, deny.Rules, deny.Row = []Reason{{CodeInvariant, "deny"}}, d.Rules, d.Row
			return deny
		}
	}
	return d
}

// policeBases carry police data to a private body (Wpg 7(1), 17a(5), 18-20).
var policeBases = []string{"wpg-17a-5", "wpg-19", "wpg-20-1", "wpg-7-1-task", "wpg-18-vict"}

// bearable says no to abuse material (Sr 252), to a reporter's name, to a value
// sealed for another, and to police data for a private body without a basis made
// for it.
func bearable(q *Question, d *Decision, item Item) bool {
	switch {
	case item.DataCategory == "d-csam", item.DataCategory == "d-source", item.DataCategory == "d-informant":
		return false
	case item.SealedFor != "" && item.SealedOrg != q.Recipient.Org:
		return false
	case item.Regime == "wpg" && item.DataCategory != "d-none" && isPrivate(q.Recipient.Role) && q.Message.Kind != schemas.KindRecall:
		return slices.ContainsFunc(d.Bases, func(id string) bool { return slices.Contains(policeBases, id) })
	}
	return true
}

func isPrivate(role string) bool {
	return slices.Contains([]string{"ngo-dest", "ngo-nl", "ngo-eu", "hotline-nl"}, role)
}
