package line

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"schakel/connectors"
	"schakel/schemas"
)

// named is what a code means to a person, with the code behind it.
func (s *Session) named(key, code string) string {
	text := schemas.Say(s.Language(), key)
	if text == key { // a newer list than ours
		return code
	}
	return text + " [" + code + "]"
}

// each says every one of a list, with commas in between.
func each[T any](list []T, say func(T) string) string {
	var all []string
	for _, one := range list {
		all = append(all, say(one))
	}
	return strings.Join(all, ", ")
}

// Functions says functions that approve, for a person.
func (s *Session) Functions(codes []string) string {
	return each(codes, func(code string) string { return s.named("function."+code, code) })
}

// Duties says obligations, for a person.
func (s *Session) Duties(codes []string) string {
	return each(codes, func(code string) string { return s.named("obligation."+code, code) })
}

// show prints a received message for a person: who, what, under which
// conditions, and what no longer holds; then the fields as they were disclosed.
func (s *Session) show(r *connectors.Received) error {
	s.Say("show.head", s.named("kind."+r.Kind, r.Kind), r.From, r.Created)
	handling := each(r.Handling, func(code string) string { return s.named("handling."+code, code) })
	s.Say("show.purpose", s.named("purpose."+r.Purpose, r.Purpose), handling, schemas.Say(s.Language(), "urgency."+r.Urgency))
	if r.ReplyTo != "" {
		s.Say("show.reply", r.ReplyTo)
	}
	if r.Review != nil {
		s.showReview(r.Review)
	}
	s.showConditions(r)
	s.showChanges(r)
	body := jsontext.Value(slices.Clone(r.Body))
	if err := body.Indent(jsontext.WithIndent("  ")); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.Stdout, "\n%s\n", body); err != nil {
		return err
	}
	s.showSealed(r)
	return nil
}

func (s *Session) showReview(review *connectors.Review) {
	if review.Afterwards != nil {
		s.showAfterwards(review)
		return
	}
	s.Say("show.review", review.Recipient, s.named("role."+review.Role, review.Role), review.Country)
	s.Say("show.review.ground", s.named("purpose."+review.Purpose, review.Purpose), strings.Join(review.Bases, ", "))
	for _, code := range review.Reasons {
		s.Say("show.review.reason", schemas.ReasonOf(s.Language(), code, schemas.Hold).What, code)
	}
	s.Say("show.review.approvals", s.Functions(review.Approvals))
	if len(review.Given) > 0 {
		s.Say("show.review.given", s.Functions(review.Given))
	}
}

// showAfterwards says what is asked about a message that has left already.
func (s *Session) showAfterwards(review *connectors.Review) {
	s.Say("show.afterwards", review.Recipient, s.named("role."+review.Role, review.Role), review.Country)
	s.Say("show.review.ground", s.named("purpose."+review.Purpose, review.Purpose), strings.Join(review.Bases, ", "))
	if review.Afterwards.Stage == schemas.StageOverdue {
		s.Say("show.afterwards.overdue", review.Afterwards.CloseBy)
	}
	s.afterwards(review.Afterwards)
	if len(review.Given) > 0 {
		s.Say("show.review.given", s.Functions(review.Given))
	}
	s.Say("show.afterwards.answer")
}

func (s *Session) showConditions(r *connectors.Received) {
	if len(r.Obligations) > 0 {
		s.Say("show.duties", s.Duties(r.Obligations))
	}
	if r.Retention != "" {
		s.Say("show.retention", r.Retention)
	}
	s.showWithheld(r.Withheld)
	s.Say("show.entry", r.Entry)
}

func (s *Session) showWithheld(codes []schemas.Code) {
	for _, code := range codes {
		s.Say("show.withheld", schemas.ReasonOf(s.Language(), code, schemas.Deny).What, code)
	}
}

// showChanges says what the sender corrected or withdrew: the body below is as it
// was signed.
func (s *Session) showChanges(r *connectors.Received) {
	for _, pointer := range slices.Sorted(maps.Keys(r.Corrected)) {
		s.Say("show.corrected", pointer, r.Corrected[pointer])
	}
	for _, pointer := range r.Withdrawn {
		s.Say("show.withdrawn", pointer)
	}
}

// showSealed shows sealed values that were opened, and says for whom the others
// are.
func (s *Session) showSealed(r *connectors.Received) {
	for _, pointer := range r.Sealed {
		if value, opened := r.Unsealed[pointer]; opened {
			s.Say("show.unsealed", pointer, value)
		} else {
			s.Say("show.sealed", pointer, sealedFor(r.Body, pointer))
		}
	}
}

// sealedFor is the officer for whom the value at a pointer of a body is sealed.
func sealedFor(body []byte, pointer string) string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return ""
	}
	for token := range jsontext.Pointer(pointer).Tokens() {
		switch container := value.(type) {
		case map[string]any:
			value = container[token]
		case []any:
			if n, err := strconv.Atoi(token); err == nil && n >= 0 && n < len(container) {
				value = container[n]
			}
		}
	}
	sealed, _ := value.(map[string]any)
	whom, _ := sealed["for"].(string)
	_, officer, _ := strings.Cut(whom, "/")
	return officer
}

// report prints what an export proves: the verdict, who and where, what was left
// out, and last the long list of what was shared.
func (s *Session) report(r *connectors.Report) {
	s.Say("verify.good."+r.What, r.Message, s.named("kind."+r.Kind, r.Kind))
	s.Say("verify.sender", r.From)
	if r.Recipient != "" {
		s.Say("verify.recipient", r.Recipient)
	}
	if !r.Pinned {
		s.Note("verify.unpinned")
	}
	s.Say("verify.entry", r.Entry, schemas.Say(s.Language(), "event."+r.Event), r.Time)
	s.Say("verify.checkpoint", r.Log, r.Checkpoint, r.Root)
	s.showWithheld(r.Withheld)
	if len(r.Duties) > 0 {
		s.Say("show.duties", s.Duties(r.Duties))
	}
	if r.What == "delivery" {
		s.Say("verify.disclosed", len(r.Disclosed))
		for _, pointer := range r.Disclosed {
			fmt.Fprintf(s.Stdout, "    %s\n", pointer)
		}
	}
}
