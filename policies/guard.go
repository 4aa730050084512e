package policies

import (
	"slices"
	"strings"

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
	if !carriable(q) {
		return turnedDown(d)
	}
	for _, item := range q.Items {
		withheld := slices.ContainsFunc(d.Withhold, func(w Withheld) bool { return w.Item == item.ID })
		if forbidden(item) || !withheld && !bearable(q, d, item) {
			return turnedDown(d)
		}
	}
	return d
}

func turnedDown(d *Decision) *Decision {
	deny := failed()
	deny.Reasons, deny.Rules, deny.Row = []Reason{{CodeInvariant, "deny"}}, d.Rules, d.Row
	return deny
}

// carriable says no to a message above the platform's ceiling (VIR-BI, gate G16),
// and to one with pictures or films, or a file that is known abuse material (Sr
// 252, gate G01).
func carriable(q *Question) bool {
	if !slices.Contains([]string{"", "none", "dep-vertrouwelijk", "restreint-ue"}, q.Message.Rubric) {
		return false
	}
	return !slices.ContainsFunc(q.Message.Attachments, func(a Attachment) bool {
		family, _, _ := strings.Cut(strings.ToLower(a.MediaType), "/") // RFC 6838, section 4.2: case does not count
		return a.Match || family == "image" || family == "video"
	})
}

// forbidden is what never becomes a field that is merely left out: abuse material
// (Sr 252), a reporter's or an informant's name (Wpg 12, 27(1)(d)).
func forbidden(item Item) bool {
	return slices.Contains([]string{"d-csam", "d-source", "d-informant"}, item.DataCategory) || item.ProcessingArticle == "art12"
}

// policeBases carry police data to a private body: Wpg 17a(5), 19 and 20(1), and
// the one question that names a person to a Dutch NGO (Wpg 7(1), law 0.4 finding
// 9, rows info-request/4 and tip-feedback/2).
var policeBases = []string{"wpg-17a-5", "wpg-19", "wpg-20-1", "wpg-7-1-task"}

// bearable says no to a value sealed for another, to data removed under Wpg 14, to
// theme data that would leave the Netherlands (Bpg 5:1(4), 5:3(8)), and to police
// data for a private body without a basis made for it.
func bearable(q *Question, d *Decision, item Item) bool {
	switch {
	case item.SealedFor != "" && item.SealedOrg != q.Recipient.Org:
		return false
	case item.RemovedAt != "" && q.Message.Kind != schemas.KindRecall:
		return false
	case item.ProcessingArticle == "art10-1-b" && item.DataCategory != "d-none" && q.Recipient.Country != "NL":
		return false
	case isPolice(q, item) && item.DataCategory != "d-none" && isPrivate(q.Recipient.Role) && q.Message.Kind != schemas.KindRecall:
		return slices.ContainsFunc(d.Bases, func(id string) bool { return slices.Contains(policeBases, id) })
	}
	return true
}

// isPolice reports whether an item is police data, by whatever shows it: its
// regime, the article it comes from, or that police send it.
func isPolice(q *Question, item Item) bool {
	return item.Regime == "wpg" || strings.HasPrefix(item.ProcessingArticle, "art") ||
		slices.Contains([]string{"pol-tbkk", "pol-nl", "pol-lirc", "lo", "lo-kmar", "kmar-op"}, q.Sender.Role)
}

func isPrivate(role string) bool {
	return slices.Contains([]string{"ngo-dest", "ngo-nl", "ngo-eu", "hotline-nl"}, role)
}
