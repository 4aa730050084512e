package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"schakel/connectors"
	"schakel/gateway/register"
	"schakel/schemas"
)

// act is one step of the story: the phrase that tells it, the file that did it,
// and what happens. It returns what the phrase mentions.
type act struct {
	phrase string
	file   string
	play   func(*stage) ([]any, error)
}

// story is a tip and what comes of it.
var story = []act{
	{"demo.made", "cmd/instance/admin.go", (*stage).actMade},
	{"demo.tip", "connectors/submit.go", (*stage).actTip},
	{"demo.source", "connectors/home.go", (*stage).actSource},
	{"demo.custody", "gateway/pipeline.go", (*stage).actCustody},
	{"demo.decided", "policies/decide.go", (*stage).actDecided},
	{"demo.filo", "gateway/decide.go", (*stage).actFILO},
	{"demo.victim", "pki/field.go", (*stage).actVictim},
	{"demo.question", "policies/policies.rego", (*stage).actQuestion},
	{"demo.prosecutor", "gateway/effect.go", (*stage).actProsecutor},
	{"demo.controller", "gateway/deliver.go", (*stage).actController},
	{"demo.answer", "connectors/inbox.go", (*stage).actAnswer},
	{"demo.feedback", "connectors/receive.go", (*stage).actFeedback},
	{"demo.known", "policies/prohibition", (*stage).actKnown},
	{"demo.correct", "gateway/address.go", (*stage).actCorrect},
	{"demo.verify", "connectors/export.go", (*stage).actVerify},
	{"demo.changed", "connectors/verify.go", (*stage).actChanged},
	{"demo.check", "gateway/register/check.go", (*stage).actCheck},
}

// play lets the story happen and tells it.
func (st *stage) play(acts []act) error {
	for _, a := range acts {
		arguments, err := a.play(st)
		if err != nil {
			return err
		}
		st.acts++
		text := schemas.Say(st.session.Language(), a.phrase, arguments...)
		if _, err := fmt.Fprintf(st.session.Stdout, "%2d  %s\n    %s\n\n", st.acts, wrap(text, 92, "    "), a.file); err != nil {
			return err
		}
	}
	return nil
}

// wrap breaks a text into lines of a width.
func wrap(text string, width int, indent string) string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(text) {
		if current != "" && len(current)+1+len(word) > width {
			lines = append(lines, current)
			current = ""
		}
		current = strings.TrimSpace(current + " " + word)
	}
	return strings.Join(append(lines, current), "\n"+indent)
}

func (st *stage) actMade() ([]any, error) { return []any{len(st.people)}, nil }

func (st *stage) actTip() (_ []any, err error) {
	st.tip, err = st.people[ngo].Submit(schemas.Example("tip-manila"), connectors.Options{})
	if err != nil {
		return nil, err
	}
	return []any{short(st.tip.ID)}, nil
}

func (st *stage) actSource() ([]any, error) {
	identity, err := st.people[ngo].Source(st.tip.Source)
	if err == nil && len(identity) == 0 {
		err = schemas.Refuse("state.unknown-source", "")
	}
	return []any{st.tip.Source}, err
}

func (st *stage) actCustody() ([]any, error) {
	st.cable.set(false)
	if err := st.until(func() (bool, error) { return st.has(ngo, st.tip.ID, inCustody) }); err != nil {
		return nil, err
	}
	files, err := st.people[ngo].Export(st.tip.ID)
	if err != nil {
		return nil, err
	}
	report, err := connectors.VerifyExport(files, nil)
	if err != nil {
		return nil, err
	}
	return []any{report.Entry}, nil
}

func (st *stage) actDecided() ([]any, error) {
	out, err := st.sent(ngo, st.tip.ID)
	if err != nil {
		return nil, err
	}
	var told []string
	for _, result := range out.Results {
		told = append(told, fmt.Sprintf("%s: %s", out.To[result.To], schemas.Say(st.session.Language(), "outcome."+result.Outcome)))
	}
	slices.Sort(told)
	return []any{strings.Join(told, "; ")}, nil
}

func (st *stage) actFILO() ([]any, error) {
	if err := st.arrival(filo, st.tip.ID); err != nil {
		return nil, err
	}
	received, err := st.people[filo].Show(st.tip.ID, nil)
	if err != nil {
		return nil, err
	}
	return []any{codes(received.Withheld)}, nil
}

func (st *stage) actVictim() ([]any, error) {
	if err := st.arrival(tbkk, st.tip.ID); err != nil {
		return nil, err
	}
	police := st.people[tbkk]
	officer, err := police.OfficerKey("vid-1", st.secret)
	if err != nil {
		return nil, err
	}
	received, err := police.Show(st.tip.ID, officer)
	if err != nil {
		return nil, err
	}
	return []any{len(received.Unsealed), codes(received.Withheld)}, nil
}

func (st *stage) actQuestion() (_ []any, err error) {
	st.question, err = st.people[tbkk].Reply(st.tip.ID, schemas.Example("question-tbkk"), connectors.Options{})
	if err != nil {
		return nil, err
	}
	if err := st.until(func() (bool, error) { return st.has(tbkk, st.question.ID, isHeld) }); err != nil {
		return nil, err
	}
	approvals, err := st.waitsFor()
	return []any{approvals}, err
}

// waitsFor says whose approval the question waits for.
func (st *stage) waitsFor() (string, error) {
	out, err := st.sent(tbkk, st.question.ID)
	if err != nil {
		return "", err
	}
	var all []string
	for _, result := range out.Results {
		for _, function := range result.Approvals {
			all = append(all, schemas.Say(st.session.Language(), "function."+function))
		}
	}
	return strings.Join(all, ", "), nil
}

// approve signs an approval with an officer's own key, and waits until the
// gateway has it.
func (st *stage) approve(partner, officer string) error {
	if err := st.arrival(partner, st.question.ID); err != nil {
		return err
	}
	connector := st.people[partner]
	key, err := connector.OfficerKey(officer, st.secret)
	if err != nil {
		return err
	}
	accepted, err := connector.Act(st.question.ID, connectors.Act{Verb: "approve", Officer: officer}, key)
	if err != nil {
		return err
	}
	return st.until(func() (bool, error) { return st.has(partner, accepted.ID, inCustody) })
}

func (st *stage) actProsecutor() ([]any, error) {
	if err := st.approve(prosecutor, "ovj-1"); err != nil {
		return nil, err
	}
	if held, err := st.has(tbkk, st.question.ID, isHeld); !held {
		return nil, orTooEarly(err)
	}
	if arrived, err := st.has(ngo, st.question.ID, nil); arrived {
		return nil, orTooEarly(err)
	}
	return nil, nil
}

func (st *stage) actController() ([]any, error) {
	if err := st.approve(controller, "ctrl-1"); err != nil {
		return nil, err
	}
	return nil, st.arrival(ngo, st.question.ID)
}

func (st *stage) actAnswer() ([]any, error) {
	return nil, st.reply(ngo, st.question.ID, "answer-ngo", tbkk)
}

func (st *stage) actFeedback() ([]any, error) {
	return nil, st.reply(tbkk, st.tip.ID, "feedback-tbkk", ngo)
}

// reply answers a message and waits until the other has the answer.
func (st *stage) reply(from, message, example, to string) error {
	accepted, err := st.people[from].Reply(message, schemas.Example(example), connectors.Options{})
	if err != nil {
		return err
	}
	return st.arrival(to, accepted.ID)
}

func (st *stage) actKnown() (_ []any, err error) {
	st.known, err = st.people[ngo].Submit(schemas.Example("known-person"), connectors.Options{})
	if err != nil {
		return nil, err
	}
	if err := st.until(func() (bool, error) { return st.has(ngo, st.known.ID, notShared) }); err != nil {
		return nil, err
	}
	if arrived, err := st.has(tbkk, st.known.ID, nil); arrived {
		return nil, orTooEarly(err)
	}
	out, err := st.sent(ngo, st.known.ID)
	if err != nil {
		return nil, err
	}
	var reasons []schemas.Code
	for _, result := range out.Results {
		reasons = append(reasons, result.Reasons...)
	}
	return []any{codes(reasons)}, nil
}

func (st *stage) actCorrect() ([]any, error) {
	accepted, err := st.people[ngo].Correct(st.tip.ID, "wrong-value", []connectors.Change{{Pointer: "/suspects/0/name", Value: "Pieter Voorbeeldman"}})
	if err != nil {
		return nil, err
	}
	if err := st.until(func() (bool, error) { return st.has(ngo, accepted.ID, isDelivered) }); err != nil {
		return nil, err
	}
	out, err := st.sent(ngo, accepted.ID)
	if err != nil {
		return nil, err
	}
	var confirmed []string
	for _, c := range out.Confirmed {
		confirmed = append(confirmed, c.Partner)
	}
	slices.Sort(confirmed)
	return []any{strings.Join(slices.Compact(confirmed), ", ")}, nil
}

func (st *stage) actVerify() (_ []any, err error) {
	if st.files, err = st.people[tbkk].Export(st.tip.ID); err != nil {
		return nil, err
	}
	report, err := connectors.VerifyExport(st.files, st.people[prosecutor].Anchors.Bytes)
	if err != nil {
		return nil, err
	}
	return []any{report.Entry, report.Checkpoint, len(report.Disclosed), codes(report.Withheld)}, nil
}

func (st *stage) actChanged() ([]any, error) {
	changed := maps.Clone(st.files)
	name := "manifest.json"
	changed[name] = slices.Clone(changed[name])
	changed[name][len(changed[name])/2] ^= 1
	_, err := connectors.VerifyExport(changed, nil)
	refusal := schemas.Refused(err)
	if refusal == nil {
		return nil, orTooEarly(err)
	}
	return []any{refusal.At, refusal.Code}, nil
}

func (st *stage) actCheck() ([]any, error) {
	report, err := st.check()
	if err != nil {
		return nil, err
	}
	if len(report.Findings) > 0 {
		return nil, schemas.Refuse("find.register", report.Findings[0].String())
	}
	return []any{report.Entries}, nil
}

func (st *stage) check() (*register.Report, error) {
	verifier, err := note.NewVerifier(st.people[prosecutor].Anchors.LogKey)
	if err != nil {
		return nil, err
	}
	return register.Check(context.Background(), st.path(gatewayHome+"/register.db"), verifier)
}

// counts sums the story up.
func (st *stage) counts() error {
	var accepted, arrived, confirmed, withheld int
	for _, connector := range st.people {
		sent, err := connector.Outbox(true)
		if err != nil {
			return err
		}
		inbox, err := connector.Inbox()
		if err != nil {
			return err
		}
		accepted += len(sent)
		arrived += len(inbox)
		for _, out := range sent {
			confirmed += len(out.Confirmed)
		}
		for _, in := range inbox {
			withheld += len(in.Withheld)
		}
	}
	st.session.Say("demo.counts", accepted, arrived, confirmed, withheld)
	return nil
}

// errTooEarly is a promise that the story has seen broken.
var errTooEarly = fmt.Errorf("something left that may not leave")

func orTooEarly(err error) error {
	if err != nil {
		return err
	}
	return errTooEarly
}

// Conditions of a message that was sent.
func inCustody(o *connectors.Outgoing) bool   { return o.Receipt != nil }
func isHeld(o *connectors.Outgoing) bool      { return o.State() == "held" }
func notShared(o *connectors.Outgoing) bool   { return o.State() == "not-shared" }
func isDelivered(o *connectors.Outgoing) bool { return o.State() == "delivered" }

// sent finds a message that a partner sent.
func (st *stage) sent(partner, id string) (*connectors.Outgoing, error) {
	list, err := st.people[partner].Outbox(true)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(list, func(o connectors.Outgoing) bool { return o.ID == id }); i >= 0 {
		return &list[i], nil
	}
	return nil, schemas.Refuse("state.unknown-message", "")
}

// has reports whether a message that a partner sent is in a state; without a
// state, whether the partner received it.
func (st *stage) has(partner, id string, state func(*connectors.Outgoing) bool) (bool, error) {
	if state == nil {
		inbox, err := st.people[partner].Inbox()
		return slices.ContainsFunc(inbox, func(r connectors.Received) bool { return r.ID == id }), err
	}
	out, err := st.sent(partner, id)
	if err != nil {
		return false, err
	}
	if out.Refusal != "" {
		return false, schemas.Refuse(out.Refusal, out.At)
	}
	return state(out), nil
}

// arrival waits until a partner has a message.
func (st *stage) arrival(partner, id string) error {
	return st.until(func() (bool, error) { return st.has(partner, id, nil) })
}

// short is as much of an id as a person reads.
func short(id string) string { return connectors.Short(id) }

func codes(all []schemas.Code) string {
	var text []string
	for _, code := range all {
		text = append(text, string(code))
	}
	return strings.Join(text, ", ")
}
