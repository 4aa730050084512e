package line

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"schakel/connectors"
	"schakel/schemas"
)

// show prints a received message for a person: who, what, under which
// conditions; then the fields as they were disclosed.
func (s *Session) show(r *connectors.Received) error {
	s.Say("show.head", r.Kind, r.From, r.Created)
	s.Say("show.purpose", r.Purpose, strings.Join(r.Handling, " "), r.Urgency)
	if r.ReplyTo != "" {
		s.Say("show.reply", r.ReplyTo)
	}
	if r.Review != nil {
		s.showReview(r.Review)
	}
	s.showConditions(r)
	body := jsontext.Value(r.Body)
	if err := body.Indent(jsontext.WithIndent("  ")); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.Stdout, "\n%s\n", body); err != nil {
		return err
	}
	for _, pointer := range slices.Sorted(maps.Keys(r.Unsealed)) {
		s.Say("show.unsealed", pointer, r.Unsealed[pointer])
	}
	for _, pointer := range slices.Sorted(maps.Keys(r.Corrected)) {
		s.Say("show.corrected", pointer, r.Corrected[pointer])
	}
	for _, pointer := range r.Withdrawn {
		s.Say("show.withdrawn", pointer)
	}
	return nil
}

func (s *Session) showReview(review *connectors.Review) {
	s.Say("show.review", review.Recipient, review.Role, review.Country)
	s.Say("show.review.ground", review.Purpose, strings.Join(review.Bases, ", "))
	s.Say("show.review.approvals", strings.Join(review.Approvals, ", "))
}

func (s *Session) showConditions(r *connectors.Received) {
	if len(r.Obligations) > 0 {
		s.Say("show.duties", strings.Join(r.Obligations, " "))
	}
	if r.Retention != "" {
		s.Say("show.retention", r.Retention)
	}
	for _, code := range r.Withheld {
		s.Say("show.withheld", schemas.ReasonOf(s.Language(), code, schemas.Deny).What, code)
	}
	if len(r.Sealed) > 0 && len(r.Unsealed) == 0 {
		s.Say("show.sealed", strings.Join(r.Sealed, ", "))
	}
	s.Say("show.entry", r.Entry)
}

// report prints what an export proves.
func (s *Session) report(r *connectors.Report) {
	s.Say("verify.good."+r.What, r.Message, r.Kind)
	s.Say("verify.sender", r.From)
	if r.Recipient != "" {
		s.Say("verify.recipient", r.Recipient)
	}
	s.Say("verify.entry", r.Entry, schemas.Say(s.Language(), "event."+r.Event), r.Time)
	s.Say("verify.checkpoint", r.Log, r.Checkpoint, r.Root)
	if r.What == "delivery" {
		s.Say("verify.disclosed", len(r.Disclosed))
		for _, pointer := range r.Disclosed {
			fmt.Fprintf(s.Stdout, "    %s\n", pointer)
		}
	}
	for _, code := range r.Withheld {
		s.Say("show.withheld", schemas.ReasonOf(s.Language(), code, schemas.Deny).What, code)
	}
	if !r.Pinned {
		s.Note("verify.unpinned")
	}
}
