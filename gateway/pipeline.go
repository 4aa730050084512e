package gateway

import (
	"context"
	"errors"
	"fmt"

	"schakel/schemas"
)

// Submission is what arrived on a partner's line.
type Submission struct {
	Mailbox string // on which the broker let it in
	Sealed  []byte
}

// Pass takes one submission all the way. It returns nil when the submission is
// settled: decided or refused, written down, and answered. It returns an error
// when nothing was settled; then the same bytes must be offered again.
func (g *Gateway) Pass(ctx context.Context, in Submission) (err error) {
	now := g.Clock()
	defer g.caught(ctx, in, &err)

	// Who speaks? The broker knows whose line it is.
	sender, known := g.current.Load().mailboxes[in.Mailbox]
	if !known {
		g.Log.Warn("submission on a line of nobody", "mailbox", in.Mailbox)
		return nil
	}

	// Was it settled before? Then it is answered as it was then, whoever may speak
	// today.
	if known, err := g.again(ctx, in, sender); known || err != nil {
		return err
	}

	for range attempts {
		// Is it genuine, whole, meant for us, and a message of its kind?
		m, err := g.read(in, sender, now)
		if refusal := schemas.Refused(err); refusal != nil {
			return g.refuse(ctx, m, refusal)
		}
		if err != nil {
			return fmt.Errorf("read submission: %w", err)
		}

		// May it pass, to whom, on which ground, with what left out?
		verdict, err := g.decide(ctx, m)
		if refusal := schemas.Refused(err); refusal != nil {
			return g.refuse(ctx, m, refusal)
		}
		if err != nil {
			return fmt.Errorf("decide %s: %w", m.manifest.ID, err)
		}

		// Write it down. From here on the decision stands.
		recorded, err := g.Journal.Record(ctx, verdict.Settlement)
		switch {
		case errors.Is(err, schemas.ErrStale): // the ground moved under the decision: ask again
			continue
		case errors.Is(err, schemas.ErrEquivocation):
			return g.refuse(ctx, m.anonymous(), &schemas.Refusal{Code: "find.equivocation", At: "/envelope/sequence"})
		case schemas.Refused(err) != nil:
			return g.refuse(ctx, m, schemas.Refused(err))
		case err != nil:
			return fmt.Errorf("record %s: %w", m.manifest.ID, fault(err))
		case recorded.Repeat: // it was settled meanwhile, or under another seal: say again what was said then
			return g.repeat(ctx, m.manifest.ID, sender, m.seen())
		}

		// Deliver what the decision lets out, and answer the sender.
		if err := g.deliver(ctx, verdict, recorded); err != nil {
			return fmt.Errorf("deliver %s: %w", m.manifest.ID, err)
		}
		return g.answer(ctx, m.connector(), recorded.Indexes[0], m.envelope.Checkpoint.Size, verdict.Events[0].Record.Foreseen)
	}
	return fmt.Errorf("decide: %w", errMoving)
}

// errMoving says that the directory or the approvals kept changing under a
// decision. The message is offered again, as often as it takes.
var errMoving = fmt.Errorf("%w: its ground keeps moving", ErrEarly)

// attempts bounds how often a decision is asked again because its ground moved.
const attempts = 8
