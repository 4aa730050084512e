package gateway

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"schakel/schemas"
)

// patience counts how often something about a submission had to be put up with.
// It is forgotten when the process ends: then the count begins again.
type patience struct {
	lock  sync.Mutex
	count map[string]int
}

// again counts one more time and returns how many it has been.
func (p *patience) again(what, sealed string) int {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.count == nil || len(p.count) > 100_000 {
		p.count = map[string]int{}
	}
	p.count[what+sealed]++
	return p.count[what+sealed]
}

// Limits of patience.
const (
	maxPanics = 3 // crashes of a worker on the same bytes
)

// caught turns a crash of the worker into an error, and on the third into a
// refusal: the same bytes must not stop the others for ever. The stack goes to
// the protected log and nowhere else.
func (g *Gateway) caught(ctx context.Context, in Submission, err *error) {
	cause := recover()
	if cause == nil {
		return
	}
	sealed := schemas.Digest(in.Sealed)
	g.Log.Error("worker crashed", "sealed", sealed, "stack", string(debug.Stack()))
	if g.patience.again("panic", sealed) < maxPanics {
		*err = fmt.Errorf("worker crashed on %s", sealed)
		return
	}
	*err = g.Poison(ctx, in)
}

// Poison refuses a submission that fails however often it is tried. nil means that
// this is settled: written down and answered.
func (g *Gateway) Poison(ctx context.Context, in Submission) error {
	sender := g.current.Load().mailboxes[in.Mailbox]
	m := &message{in: in, from: sender, now: g.Clock(), sealed: schemas.Digest(in.Sealed), directory: g.Directory()}
	return g.refuse(ctx, m, &schemas.Refusal{Code: "drop.poison"})
}
