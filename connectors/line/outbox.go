package line

import (
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"schakel/connectors"
	"schakel/schemas"
)

// remembered is how long a message that was not shared stays in the list.
const remembered = 31 * 24 * time.Hour

// OutboxCmd lists the outbox.
type OutboxCmd struct {
	HomeFlags
	All bool   `help:"Also those that are complete."`
	ID  string `arg:"" optional:"" help:"Only this message, with the decision for each recipient." name:"message"`
}

// Help shows how it is used.
func (*OutboxCmd) Help() string { return "schakel outbox --home ngo --all" }

// Run lists.
func (c *OutboxCmd) Run(s *Session) error {
	desk, done, err := c.desk(s)
	if err != nil {
		return err
	}
	defer done()
	if c.ID != "" {
		out, err := outgoing(desk, c.ID)
		if err != nil {
			return err
		}
		return s.one(out)
	}
	list, err := desk.Outbox(true)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b connectors.Outgoing) int { return int(a.Sequence - b.Sequence) })
	if !c.All {
		list = slices.DeleteFunc(list, isOver)
	}
	if s.Flags.JSON {
		return s.Print(s.summaries(list))
	}
	s.health(desk)
	return s.outboxTable(list)
}

// isOver reports whether nothing more is to be seen of a message. What was not
// shared, or not taken in, stays to be seen for a month.
func isOver(out connectors.Outgoing) bool {
	switch out.State() {
	case "refused", "not-shared", "recalled":
		return out.Created < schemas.At(time.Now().Add(-remembered))
	case "delivered", "answered":
		return true
	}
	return false
}

// outgoing finds one message of the outbox.
func outgoing(desk connectors.Desk, id string) (*connectors.Outgoing, error) {
	list, err := desk.Outbox(true)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, out := range list {
		ids = append(ids, out.ID)
	}
	whole, err := connectors.Match(id, ids)
	if err != nil {
		return nil, err
	}
	return &list[slices.Index(ids, whole)], nil
}

func (s *Session) outboxTable(list []connectors.Outgoing) error {
	if len(list) == 0 {
		s.Say("outbox.empty")
		return nil
	}
	table := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, schemas.Say(s.Language(), "outbox.head"))
	for _, out := range list {
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\n", out.Sequence, out.ID, out.Created,
			schemas.Say(s.Language(), "kind."+out.Kind), schemas.Say(s.Language(), "word."+out.State()), s.confirmations(&out))
	}
	return table.Flush()
}

// confirmations lists who confirmed what.
func (s *Session) confirmations(out *connectors.Outgoing) string {
	return each(out.Summary().Confirmed, func(c connectors.Confirmation) string {
		return c.Partner + " " + schemas.Say(s.Language(), "confirmed."+c.Event)
	})
}

// one shows one message of the outbox: what it is, what became of it, and who
// received or opened it, when.
func (s *Session) one(out *connectors.Outgoing) error {
	if !s.Flags.JSON {
		s.Say("outbox.one", s.named("kind."+out.Kind, out.Kind), out.Sequence, out.Created)
	}
	err := s.outcome(out, "")
	if !s.Flags.JSON {
		s.confirmed(out)
	}
	return err
}

func (s *Session) confirmed(out *connectors.Outgoing) {
	summary := out.Summary()
	for _, c := range append(summary.Confirmed, summary.Failed...) {
		s.Say("outbox.confirmed", c.Partner, schemas.Say(s.Language(), "confirmed."+c.Event), c.At)
	}
	if summary.Entry != nil {
		s.Say("show.entry", *summary.Entry)
	}
}

// await looks until the gateway has answered.
func (s *Session) await(desk connectors.Desk, accepted *connectors.Accepted, limit time.Duration) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(200 * time.Millisecond) {
		out, err := outgoing(desk, accepted.ID)
		if err != nil {
			return err
		}
		late := time.Now().After(deadline)
		if late && !s.Flags.JSON {
			s.Note("await.none", limit)
			return ErrNo
		}
		if late || out.State() != "accepted" {
			return s.outcome(out, accepted.Source)
		}
	}
}

// outcome says what the gateway decided, in words or as one document.
func (s *Session) outcome(out *connectors.Outgoing, source string) error {
	if s.Flags.JSON {
		summary := s.summary(out)
		summary.Source = source
		if err := s.Print(summary); err != nil {
			return err
		}
		return statusFor(out)
	}
	if out.Refusal != "" {
		return schemas.Refuse(out.Refusal, out.At)
	}
	if out.Kind == schemas.KindRelease || out.Kind == schemas.KindAssessment {
		s.Say("outbox.taken")
		return nil
	}
	s.Say("state." + out.State())
	for _, result := range out.Results {
		s.result(out, result)
	}
	for _, foreseen := range out.Foreseen {
		s.foreseen(out, foreseen)
	}
	return statusFor(out)
}

// statusFor is the error of a command about a message whose answer is no, or not
// yet.
func statusFor(out *connectors.Outgoing) error {
	switch out.State() {
	case "refused":
		return told(statusOf(out.Refusal))
	case "held", "not-shared", "recalled":
		return ErrNo
	case "answered":
		if slices.ContainsFunc(out.Foreseen, func(f schemas.Foreseen) bool { return !f.Passes() }) {
			return ErrNo
		}
	}
	return nil
}

func (s *Session) result(out *connectors.Outgoing, result schemas.Result) {
	s.Say("result", out.To[result.To], schemas.Say(s.Language(), "outcome."+result.Outcome))
	for _, code := range reasons(result) {
		text := schemas.ReasonOf(s.Language(), code, result.Outcome)
		s.Say("result.reason", text.What, code)
		if text.Now != "" {
			s.Say("result.now", text.Now)
		}
	}
	if len(result.Approvals) > 0 {
		s.Say("result.approvals", s.Functions(result.Approvals))
	}
	if result.Afterwards != nil {
		s.afterwards(result.Afterwards)
	}
}

// afterwards says of what left in an emergency who must still look at it, and until
// when.
func (s *Session) afterwards(a *schemas.Afterwards) {
	if a.Stage == schemas.StageReleased {
		s.Say("afterwards.ratify", s.Functions(a.Ratify), a.RatifyBy)
	}
	if len(a.Close) > 0 {
		s.Say("afterwards.close", s.Functions(a.Close), a.CloseBy)
	}
}

// foreseen says what would become of a message for one address.
func (s *Session) foreseen(out *connectors.Outgoing, f schemas.Foreseen) {
	s.result(out, f.Result)
	if len(f.Missing) > 0 {
		s.Say("foreseen.missing", each(f.Missing, s.unshown))
	}
	for _, left := range f.Withheld {
		s.Say("foreseen.withheld", schemas.FieldLabel(s.Language(), left.Pointer), schemas.ReasonOf(s.Language(), left.Code, schemas.Deny).What, left.Code)
	}
	if len(f.Obligations) > 0 {
		s.Say("foreseen.duties", s.Duties(f.Obligations))
	}
	if f.Retention != "" {
		s.Say("foreseen.retention", f.Retention)
	}
}

// unshown says which evidence is missing, for a person.
func (s *Session) unshown(missing schemas.Unshown) string {
	if missing.Document != "" {
		return s.named("document."+missing.Document, missing.Document)
	}
	return s.named("attribute."+missing.Attribute, missing.Attribute)
}

// reasons are those of the outcome itself: what would only have made a message
// wait is no reason for refusing it.
func reasons(result schemas.Result) []schemas.Code {
	fitting := slices.DeleteFunc(slices.Clone(result.Reasons), func(code schemas.Code) bool {
		return !schemas.HasReason(code, result.Outcome)
	})
	if len(fitting) == 0 {
		return result.Reasons
	}
	return fitting
}

// summary is what a program reads of a message in the outbox.
type summary struct {
	ID        string                    `json:"id"`
	Kind      schemas.Kind              `json:"kind"`
	Sequence  int64                     `json:"sequence"`
	Created   string                    `json:"created"`
	Thread    string                    `json:"thread"`
	Source    string                    `json:"source,omitempty"` // number under which the source's identity was kept
	State     string                    `json:"state"`
	Entry     *int64                    `json:"entry,omitempty"` // in the log, of its custody or refusal
	Refusal   *reason                   `json:"refusal,omitempty"`
	At        string                    `json:"at,omitempty"`
	Results   []outcome                 `json:"results"`
	Confirmed []connectors.Confirmation `json:"confirmed"`
}

// outcome is what was decided for one address.
type outcome struct {
	To        string   `json:"to"`
	Outcome   string   `json:"outcome"`
	Reasons   []reason `json:"reasons,omitempty"`
	Approvals []string `json:"approvals,omitempty"` // functions that must still approve

	Afterwards *schemas.Afterwards `json:"afterwards,omitempty"` // it left in an emergency: how its review stands

	// Where it was only asked.
	Withheld    []leftOut         `json:"withheld,omitempty"`
	Missing     []schemas.Unshown `json:"missing,omitempty"`
	Obligations []string          `json:"obligations,omitempty"`
	Retention   string            `json:"retention,omitempty"`
}

// leftOut is a field that would not arrive, and why.
type leftOut struct {
	Pointer string `json:"pointer"`
	Label   string `json:"label"`
	Reason  reason `json:"reason"`
}

// reason is a code with its text.
type reason struct {
	Code schemas.Code `json:"code"`
	What string       `json:"what"`
	Now  string       `json:"now,omitempty"`
}

func (s *Session) summaries(list []connectors.Outgoing) []summary {
	all := []summary{}
	for _, out := range list {
		all = append(all, s.summary(&out))
	}
	return all
}

func (s *Session) summary(out *connectors.Outgoing) summary {
	all := summary{
		ID: out.ID, Kind: out.Kind, Sequence: out.Sequence, Created: out.Created, Thread: out.Thread, State: out.State(), Entry: out.Entry(), At: out.At,
		Results: []outcome{}, Confirmed: append([]connectors.Confirmation{}, out.Summary().Confirmed...),
	}
	if out.Refusal != "" {
		text := schemas.TextOf(s.Language(), out.Refusal)
		all.Refusal = &reason{out.Refusal, text.What, text.Now}
	}
	for _, result := range out.Results {
		all.Results = append(all.Results, s.outcomeOf(out, result))
	}
	for _, foreseen := range out.Foreseen {
		all.Results = append(all.Results, s.foreseenOf(out, foreseen))
	}
	return all
}

func (s *Session) outcomeOf(out *connectors.Outgoing, result schemas.Result) outcome {
	one := outcome{To: out.To[result.To], Outcome: result.Outcome, Approvals: result.Approvals, Afterwards: result.Afterwards}
	for _, code := range reasons(result) {
		text := schemas.ReasonOf(s.Language(), code, result.Outcome)
		one.Reasons = append(one.Reasons, reason{code, text.What, text.Now})
	}
	return one
}

func (s *Session) foreseenOf(out *connectors.Outgoing, f schemas.Foreseen) outcome {
	one := s.outcomeOf(out, f.Result)
	one.Missing, one.Obligations, one.Retention = f.Missing, f.Obligations, f.Retention
	for _, left := range f.Withheld {
		text := schemas.ReasonOf(s.Language(), left.Code, schemas.Deny)
		one.Withheld = append(one.Withheld, leftOut{left.Pointer, schemas.FieldLabel(s.Language(), left.Pointer), reason{left.Code, text.What, text.Now}})
	}
	return one
}
