package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"schakel/policies"
	"schakel/schemas"
)

// What follows when a message left in an emergency (gate G10). A liaison officer
// may release alone to save a life. Those whose approval the emergency lifted must
// ratify it, and a legal officer closes the review: who, and until when, is a dated
// fact. What is refused or not ratified in time is recalled from whoever got it, by
// a message of the gateway's own. The hours are read from the register, so that a
// gateway that was down at the hour does it when it is up again; the commit of each
// step moves the review on, so that it happens once.

// follows begins the review of what a decision lets out in an emergency; nil when
// it does not. Whoever approved before it left need not ratify.
func (g *Gateway) follows(m *message, a *asked, d *policies.Decision, hold *released) *schemas.Follow {
	review, ok := g.Rules().Afterwards(a.Question, d, m.now)
	if !ok {
		return nil
	}
	within := func(hours int) string { return schemas.At(m.now.Add(time.Duration(hours) * time.Hour)) }
	f := &schemas.Follow{Afterwards: schemas.Afterwards{
		Ratify: slices.Clone(review.Ratify), RatifyBy: within(review.RatifyWithin), Close: slices.Clone(review.Close), CloseBy: within(review.CloseWithin),
	}}
	for _, given := range hold.acts() {
		f.Ratify = without(f.Ratify, given.Function)
		f.Acted = append(f.Acted, given.Officer)
	}
	stand(f)
	return f
}

func without(list []string, word string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(w string) bool { return w == word })
}

// stand says at which stage a review is, and when the gateway must look at it next.
func stand(f *schemas.Follow) {
	switch {
	case f.Stage == schemas.StageRefused: // due since it was refused
		return
	case f.Stage == schemas.StageRecalled:
	case len(f.Ratify) > 0:
		f.Stage, f.Due = schemas.StageReleased, f.RatifyBy
		return
	case f.Open():
		f.Stage = schemas.StageRatified
	default:
		f.Stage = schemas.StageClosed
	}
	f.Due = ""
	if f.Open() && !f.Reminded {
		f.Due = f.CloseBy
	}
}

// askAfterwards puts what leaves in an emergency to those who must ratify it and
// close the review: exactly what leaves, marked as gone.
func (g *Gateway) askAfterwards(ctx context.Context, m *message, v *verdict, t target, release schemas.Event, told *schemas.Result) error {
	r := release.Record
	told.Afterwards = &r.Follow.Afterwards
	functions := slices.Concat(r.Follow.Ratify, r.Follow.Close)
	if slices.ContainsFunc(functions, func(function string) bool { return len(g.reviewers(m, []string{function})) == 0 }) {
		told.Reasons = append(told.Reasons, schemas.Code("emergency.nobody"))
	}
	sheet := sheetAfterwards(schemas.ReviewSheet{Question: r.Question, Decision: r.Decision, Fields: m.digests(r.Disclosed)}, r.Follow.Afterwards)
	t.content = among(t.content, r.Disclosed)
	return g.show(ctx, m, v, t, functions, nil, sheet, g.reviewers(m, functions))
}

// among keeps of content what left.
func among(content []schemas.Governed, disclosed []string) []schemas.Governed {
	return slices.DeleteFunc(slices.Clone(content), func(leaf schemas.Governed) bool { return !slices.Contains(disclosed, leaf.Leaf.Pointer) })
}

func sheetAfterwards(sheet schemas.ReviewSheet, afterwards schemas.Afterwards) []byte {
	sheet.Afterwards = &afterwards
	return schemas.Encode(sheet)
}

// overdue is what whoever closes a review is told when he has not.
func overdue(begun *schemas.Follow) schemas.Afterwards {
	a := begun.Afterwards
	a.Stage = schemas.StageOverdue
	return a
}

// follow checks an officer's act on what left in an emergency, and moves its review
// on: he ratifies it or closes the review, or refuses it and it will be recalled.
func (g *Gateway) follow(m *message, h *held, body *schemas.Release) (*effect, error) {
	if err := g.officerSigned(m, body.Function); err != nil {
		return nil, err
	}
	if err := h.mayFollow(m, body); err != nil {
		return nil, err
	}
	next := after(h.Follow, m, body)
	return &effect{only: gatewayParty.ID, write: func(v *verdict) {
		v.acted(h, body)
		v.move(g, m, h, schemas.EventInformed, next)
	}}, nil
}

// mayFollow checks four eyes, the function, and the time. What has gone is judged
// as a whole: nothing of it can be kept back any more.
func (h *held) mayFollow(m *message, body *schemas.Release) error {
	var question policies.Question
	if err := decode(h.Question, &question); err != nil {
		return err
	}
	ratifies := slices.Contains(h.Follow.Ratify, body.Function)
	switch {
	case question.Sender.OfficerID == m.officer():
		return schemas.Refuse("policy.self-approval", "/envelope/officer")
	case slices.Contains(h.Follow.Acted, m.officer()):
		return schemas.Refuse("policy.twice", "/envelope/officer")
	case body.Act == "approve-part" || body.Act == "return":
		return schemas.Refuse("emergency.whole", "/act")
	case ratifies && (h.Follow.Stage != schemas.StageReleased || schemas.At(m.now) >= h.Follow.RatifyBy):
		return schemas.Refuse("emergency.late", "/message")
	case ratifies || slices.Contains(h.Follow.Close, body.Function):
		return nil
	case slices.Contains(slices.Concat(h.Released.Ratify, h.Released.Close), body.Function):
		return schemas.Refuse("policy.twice", "/function")
	}
	return schemas.Refuse("policy.function", "/function")
}

// after is how a review stands once an officer has acted. A refusal takes effect at
// once, and closes the review for a function that closes it.
func after(f *schemas.Follow, m *message, body *schemas.Release) *schemas.Follow {
	next := *f
	next.Acted = append(slices.Clone(f.Acted), m.officer())
	next.Close = without(f.Close, body.Function)
	switch taken := f.Stage == schemas.StageRefused || f.Stage == schemas.StageRecalled; {
	case taken: // whatever he says of it, it is taken back
	case body.Act == "refuse":
		next.Stage, next.Due = schemas.StageRefused, schemas.At(m.now)
		next.Reasons = []schemas.Code{schemas.Code("emergency.refused"), schemas.Code("review." + body.Reason)}
	default:
		next.Ratify = without(f.Ratify, body.Function)
	}
	stand(&next)
	return &next
}

// move writes down that a review has moved on, and tells the sender.
func (v *verdict) move(g *Gateway, m *message, h *held, event string, next *schemas.Follow) {
	v.Follows[h.Entry] = h.Stands
	v.inform(g, m, h, schemas.Result{To: h.To, Outcome: h.Outcome, Reasons: next.Reasons, Afterwards: &next.Afterwards})
	last := &v.Events[len(v.Events)-1]
	last.Entry.Event, last.Record.Follow = event, next
}

// toTakeBack finds the first delivery of a message that has to be recalled: refused,
// or not ratified in time.
func toTakeBack(standing *schemas.Standing, now string) (schemas.Delivered, bool) {
	n := slices.IndexFunc(standing.Deliveries, func(d schemas.Delivered) bool {
		f := d.Follow
		return f != nil && (f.Stage == schemas.StageReleased || f.Stage == schemas.StageRefused) && f.Due <= now
	})
	if n < 0 {
		return schemas.Delivered{}, false
	}
	return standing.Deliveries[n], true
}

// takeBack checks that the gateway's own recall is of what has to be recalled, and
// moves its review on. A message of many fields takes more than one recall.
func (g *Gateway) takeBack(m *message, standing *schemas.Standing, pointers []string) (*effect, error) {
	d, ok := toTakeBack(standing, schemas.At(m.now))
	if !ok {
		return nil, schemas.Refuse("state.not-held", "/message")
	}
	one := *standing
	one.Deliveries = []schemas.Delivered{d}
	h := &held{Delivered: d, standing: standing}
	return &effect{recalled: &one, write: func(v *verdict) {
		next := *d.Follow
		next.Recalled = append(slices.Clone(next.Recalled), pointers...)
		custody := &v.Events[0]
		custody.Entry.Of, custody.Record.Of, custody.Record.About = &d.Entry, &d.Entry, standing.ID
		custody.Record.Withhold, custody.Record.Follow = pointers, &next
		v.Follows[d.Entry] = d.Stands
		if len(remaining(standing.Kind, d, next.Recalled)) == 0 {
			v.takenBack(g, m, h, next)
		}
	}}, nil
}

// takenBack writes down that all of it is recalled, and why, and tells the sender;
// also when the recall could not reach the recipient.
func (v *verdict) takenBack(g *Gateway, m *message, h *held, next schemas.Follow) {
	next.Stage = schemas.StageRecalled
	if len(next.Reasons) == 0 {
		next.Reasons = []schemas.Code{schemas.Code("emergency.unratified")}
	}
	for _, result := range v.Events[0].Entry.Results {
		next.Reasons = append(slices.Clone(next.Reasons), result.Reasons...)
	}
	stand(&next)
	v.move(g, m, h, schemas.EventRecalled, &next)
}

// remaining lists the fields of a delivery that are not recalled yet.
func remaining(kind schemas.Kind, d schemas.Delivered, recalled []string) []schemas.Correction {
	var items []schemas.Correction
	for _, pointer := range d.Disclosed {
		field, ok := schemas.FieldOf(kind, pointer)
		if !ok || field.Category == schemas.CategoryFollows || slices.Contains(recalled, pointer) {
			continue
		}
		item := schemas.Correction{Pointer: pointer, Category: field.Category}
		if field.Category == schemas.CategoryDeclared {
			item.Category = "d-opin" // a free text is withdrawn as a whole
		}
		items = append(items, item)
	}
	return items
}

// actRemind is what the gateway does with a review that nobody has closed in time.
const actRemind = "remind"

// reminder checks that the gateway's own reminder is due, and notes it.
func (g *Gateway) reminder(m *message, h *held) (*effect, error) {
	if h.Follow == nil || !toRemind(h.Follow, schemas.At(m.now)) {
		return nil, schemas.Refuse("state.not-held", "/message")
	}
	next := *h.Follow
	next.Reminded = true
	stand(&next)
	return &effect{only: gatewayParty.ID, remind: h, write: func(v *verdict) {
		v.acted(h, m.body.(*schemas.Release))
		v.Events[0].Record.Follow = &next
		v.Follows[h.Entry] = h.Stands
	}}, nil
}

func toRemind(f *schemas.Follow, now string) bool {
	return f.Stage != schemas.StageReleased && f.Stage != schemas.StageRefused && f.Due != "" && f.Due <= now
}

// showOverdue shows what left once more to those who should have closed its review.
func (g *Gateway) showOverdue(ctx context.Context, m *message, v *verdict, h *held) error {
	original, err := g.stored(ctx, h.standing, m)
	if err != nil {
		return err
	}
	partner, ok := m.directory.Partner(h.Recipient)
	if !ok {
		return fmt.Errorf("the recipient of release %d is missing", h.Entry)
	}
	sheet := sheetAfterwards(schemas.ReviewSheet{Question: h.Question, Decision: h.Decision, Fields: original.digests(h.Disclosed)}, overdue(h.Released))
	t := target{h.To, h.Address, partner, among(original.content, h.Disclosed)}
	return g.show(ctx, original, v, t, h.Follow.Close, nil, sheet, g.reviewers(original, h.Follow.Close))
}

// ReviewDue looks at every review whose hour has come: it recalls what was refused
// or not ratified, and reminds those who have not closed one. It returns how many
// messages of its own that took. What fails does not stop the others, and is tried
// again the next time.
func (g *Gateway) ReviewDue(ctx context.Context) (int, error) {
	due, err := g.Archive.Reviews(ctx, g.Clock(), 256)
	if err != nil {
		return 0, fault(err)
	}
	sent := 0
	for _, review := range due {
		if !g.patient(review) {
			continue
		}
		n, err := g.lookAt(ctx, review)
		if sent += n; err != nil {
			g.Log.Error("a review is due and nothing was done", "message", review.Message, "entry", review.Entry, "error", err)
		}
	}
	return sent, ctx.Err()
}

// patient reports whether it is time to look at a review: at first each time, and
// ever less often at one that stays due, for it fails.
func (g *Gateway) patient(review schemas.Review) bool {
	n := g.patience.again("review", itoa(int(review.Entry)))
	return n&(n-1) == 0 || n%64 == 0
}

// lookAt does with a review what is due, and returns how many messages that took.
func (g *Gateway) lookAt(ctx context.Context, review schemas.Review) (int, error) {
	for sent := range maxOwn {
		standing, err := g.Journal.Standing(ctx, review.Message)
		if err != nil {
			return sent, fault(err)
		}
		kind, to, body := dueOf(standing, schemas.At(g.Clock()))
		if body == nil {
			return sent, nil
		}
		if err := g.submit(ctx, kind, standing.ID, to, body); err != nil {
			return sent, err
		}
	}
	return maxOwn, errors.New("its review does not move on")
}

// dueOf is the gateway's own message that a message which left in an emergency
// calls for now: a recall, a reminder, or none.
func dueOf(standing *schemas.Standing, now string) (kind schemas.Kind, to string, body any) {
	if d, ok := toTakeBack(standing, now); ok {
		items := remaining(standing.Kind, d, d.Follow.Recalled)
		return schemas.KindRecall, "recipients-of:" + standing.ID, schemas.Recall{Message: standing.ID, Action: "recall", Reason: "unlawful", Items: items[:min(len(items), maxItems)]}
	}
	for _, d := range standing.Deliveries {
		if d.Follow != nil && toRemind(d.Follow, now) {
			return schemas.KindRelease, Own.Organisation, schemas.Release{Message: standing.ID, Question: schemas.Digest(d.Question), Fields: d.Fields, Act: actRemind, Function: d.Follow.Close[0]}
		}
	}
	return "", "", nil
}

// maxItems bounds the fields of one recall, and maxOwn the recalls and reminders of
// one message: eight recipients take no more.
const (
	maxItems = 64
	maxOwn   = 64
)
