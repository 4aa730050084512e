// Package oracle answers a second time, in Go, what the rules answer in Rego: may
// this message pass? It is written from the law alone (law/README.md, with
// bases.yaml and flows.yaml word for word beside it) and shares no line and no
// fact with the rules, so that a mistake in either is a difference between them.
//
// It judges only what can be listed: who sends what to whom, where, why, on which
// basis, from which source, about whom, with whose approval. Everything else is
// taken to be shown. The rules must give its answer to every such question; see
// prove_test.go.
package oracle

import "slices"

// Asked is a question about one person.
type Asked struct {
	Sender    string
	Recipient string
	Country   Country // of the recipient
	Kind      string
	Level     string // of a feedback
	Purpose   string
	Claimed   []string // bases
	Article   string   // under which the item is processed
	Data      string   // category of the data
	Also      string   // of more data on the same person, "" for none
	Sealed    bool     // they are closed for one named officer who may identify victims
	Person    string   // category of its subject, "" for nobody
	Approved  []string // functions that approved: by another than the sender, in force, for this message
	Offence   []string // what the offence is besides: death, trafficking, drugs
	Danger    bool     // gate G10 is invoked, with its facts
	Answer    bool     // it answers a question of the recipient that cannot be answered without
}

// Country is what the directory knows of a state on the day (law 2.3, 3c.1).
type Country struct {
	ID        string
	Class     string
	Promise   string   // when an assurance is wanted: never, always, or offence
	For       []string // of what an offence must be, where the promise depends on it
	Approvals []string // wanted before a suspect is named there
	Promised  string   // what that state said: given, refused, or nothing
}

// Answer is what the law says.
type Answer struct {
	Outcome string // allow, allow-with-obligations, hold, deny
	Reason  string // the first of law 5.2
	Missing []string
}

// objection is a reason against, and whether another step can lift it.
type objection struct {
	code string
	deny bool
}

// precedence is law 5.2, in its order.
var precedence = []string{
	"r-csam", "r-rubric", "r-source", "r-removed-14", "r-10b-abroad", "r-victim-min", "r-route",
	"r-applicant-only", "r-medsecrecy", "r-mla-required", "r-role", "r-nebis", "r-flagrant", "r-subject-escalation",
	"r-no-basis", "r-instrument-not-binding", "r-basis-expired", "r-recipient-class", "r-purpose-mismatch", "r-processing-article", "r-outside-decision", "r-data-category", "r-subject-category", "r-cond-unmet",
	"r-special-unsolicited", "r-bulk",
	"r-deathpen", "r-stale-country",
	"r-orig-consent", "r-h2-onward", "r-10ac-consent", "r-klaag", "r-emergency-unsubstantiated", "r-auto-adverse", "r-grade-missing", "r-reident", "r-approval",
}

// Judge answers. Of several rows and grounds that are open, any one is enough
// (law 4); it takes the one that lets most through, then the one for which fewer
// must still approve.
func (l *Law) Judge(a Asked) Answer {
	if a.Kind == "deconfliction-answer" && a.Article == "art10-1-b" && !a.any("d-csam", "d-source", "d-informant") { // a match that may not be seen is answered as none (3b.5, Bpg 2:11)
		a.Data, a.Also, a.Person, a.Article = "d-none", "", "", "none"
	}
	ways := l.ways(&a)
	best := l.judge(&a, ways[0])
	for _, w := range ways[1:] {
		if other := l.judge(&a, w); better(other, best) {
			best = other
		}
	}
	return best
}

func better(one, other Answer) bool {
	a, b := slices.Index(outcomes, one.Outcome), slices.Index(outcomes, other.Outcome)
	return a < b || a == b && one.Outcome == "hold" && len(one.Missing) < len(other.Missing)
}

var outcomes = []string{"allow", "allow-with-obligations", "hold", "deny"}

// way is a row with one of its alternatives; nil where there is none.
type way struct {
	row   *row
	bases []*basis
}

// ways lists the rows for this pair with what is claimed of their grounds.
func (l *Law) ways(a *Asked) []way {
	var grounded, bare, closed []way
	for _, r := range l.rows[a.Kind] {
		if !has(r.senders, a.Sender) || !has(r.receivers, a.Recipient) || r.level != "" && r.level != a.Level {
			continue
		}
		if r.verdict == "D" {
			closed = append(closed, way{row: r})
			continue
		}
		bare = append(bare, way{row: r})
		if len(r.grounds) == 0 {
			grounded = append(grounded, way{row: r})
		}
		for _, alternative := range r.grounds {
			if !slices.ContainsFunc(alternative, func(id string) bool { return !slices.Contains(a.Claimed, id) }) {
				grounded = append(grounded, way{r, l.all(alternative)})
			}
		}
	}
	for _, some := range [][]way{grounded, bare, closed} {
		if some != nil {
			return some
		}
	}
	return []way{{}}
}

func (l *Law) all(ids []string) []*basis {
	var found []*basis
	for _, id := range ids {
		found = append(found, l.bases[id])
	}
	return found
}

// judge takes the steps of law 0.5.
func (l *Law) judge(a *Asked, w way) Answer {
	missing := w.missing(a)
	var all []objection
	all = append(all, prohibitions(a, w)...)
	all = append(all, pair(a, w)...)
	if !exempt(a) && personal(a) {
		all = append(all, l.basis(a, w)...)
		all = append(all, l.receiving(a)...)
		all = append(all, gates(a, w)...)
	}
	all = append(all, emergency(a, w)...)
	all = append(all, consents(a, w, missing)...)
	answer := Answer{Outcome: "allow-with-obligations", Reason: "ok"}
	if w.row != nil && w.row.verdict == "A" {
		answer.Outcome = "allow"
	}
	rank := len(precedence)
	for _, o := range all {
		if at := slices.Index(precedence, o.code); at < rank {
			rank, answer.Reason = at, o.code
		}
		if o.deny {
			answer.Outcome = "deny"
		} else if answer.Outcome != "deny" {
			answer.Outcome = "hold"
		}
	}
	if answer.Outcome == "hold" {
		answer.Missing = missing
	}
	return answer
}

// exempt are the two kinds that must always get through (law 0.5).
func exempt(a *Asked) bool { return a.Kind == "recall-rectification" || a.Kind == "receipt" }
