package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/time/rate"

	"schakel/schemas"
)

// Intake bounds what is taken at once.
type Intake struct {
	Workers int        // submissions passed at the same time
	Rate    rate.Limit // per mailbox, in submissions a second; 0 for no limit
	Burst   int
}

// Run takes submissions from the broker and passes them until the context ends.
// Each mailbox has a queue of its own, so that the backlog of one holds up no
// other. It comes back from anything the broker does, also from losing its store.
func (l *Line) Run(ctx context.Context, g *Gateway, intake Intake) error {
	r := &runner{line: l, gateway: g, intake: intake, slots: make(chan struct{}, intake.Workers), queues: map[string]*queue{}}
	for ctx.Err() == nil {
		if err := r.once(ctx); err != nil && ctx.Err() == nil {
			g.Log.Warn("intake interrupted", "error", err)
			wait(ctx, time.Second)
		}
	}
	r.busy.Wait()
	return nil
}

type runner struct {
	line    *Line
	gateway *Gateway
	intake  Intake
	slots   chan struct{}
	busy    sync.WaitGroup
	queues  map[string]*queue // by mailbox; owned by once
}

// queue is the intake of one mailbox.
type queue struct {
	*runner
	mailbox        string
	fresh, repeats *rate.Limiter
}

// newMailboxes is how often the intake looks whether partners have joined.
const newMailboxes = time.Second

// once serves every mailbox in use until something breaks.
func (r *runner) once(ctx context.Context) error {
	serving, cancel := context.WithCancel(ctx)
	var loops sync.WaitGroup
	defer loops.Wait()
	defer cancel()
	broken := make(chan error, 1)
	served := map[string]bool{}
	for {
		for _, q := range r.unserved(served) {
			if err := r.provide(ctx); err != nil {
				return err
			}
			served[q.mailbox] = true
			loops.Go(func() {
				if err := q.serve(serving, ctx); err != nil {
					select {
					case broken <- err:
					default: // one is enough
					}
				}
			})
		}
		select {
		case err := <-broken:
			return err
		case <-ctx.Done():
			return nil
		case <-time.After(newMailboxes):
		}
	}
}

// unserved lists the queues of mailboxes that are not served yet.
func (r *runner) unserved(served map[string]bool) []*queue {
	var all []*queue
	for _, mailbox := range r.gateway.Mailboxes() {
		if served[mailbox] {
			continue
		}
		if r.queues[mailbox] == nil {
			r.queues[mailbox] = &queue{r, mailbox, r.limiter(), r.limiter()}
		}
		all = append(all, r.queues[mailbox])
	}
	return all
}

func (r *runner) limiter() *rate.Limiter {
	if r.intake.Rate <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(r.intake.Rate, max(r.intake.Burst, 1))
}

// provide makes streams and mailboxes where they are missing.
func (r *runner) provide(ctx context.Context) error {
	var mailboxes []string
	for _, mailbox := range r.gateway.Mailboxes() {
		mailboxes = append(mailboxes, mailbox)
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return r.line.Provide(ctx, mailboxes)
}

const ackWait = 60 * time.Second

// serve takes the messages of one mailbox, one at a time from the broker, until
// serving ends or something breaks. What is in hand then is passed under ctx.
func (q *queue) serve(serving, ctx context.Context) error {
	setup, cancel := context.WithTimeout(serving, 20*time.Second)
	defer cancel()
	consumer, err := q.line.js.CreateOrUpdateConsumer(setup, schemas.StreamIn, jetstream.ConsumerConfig{
		Durable: q.mailbox, FilterSubject: schemas.SubjectIn(q.mailbox), AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: ackWait, MaxAckPending: 64, MaxDeliver: -1,
	})
	if err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	for serving.Err() == nil {
		message, err := next(serving, consumer)
		switch {
		case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded), serving.Err() != nil && message == nil:
			continue
		case err != nil:
			return fmt.Errorf("intake: %w", err)
		}
		q.take(ctx, message)
	}
	return nil
}

// next asks the broker for one message, and waits for it a while. The library's
// iterator cannot be asked for one at a time: when a message comes before it has
// noted that it asked, it never asks again.
func next(ctx context.Context, consumer jetstream.Consumer) (jetstream.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return consumer.Next(jetstream.FetchContext(ctx))
}

// take waits until the mailbox's rate and a worker allow it, and passes the message
// on that worker. The broker counts no try for the waiting.
func (q *queue) take(ctx context.Context, message jetstream.Msg) {
	stop := keep(message)
	in := Submission{q.mailbox, message.Data()}
	if !q.allow(ctx, in) {
		stop()
		q.acknowledge(ctx, message)
		return
	}
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		stop()
		return
	}
	q.busy.Go(func() {
		defer func() { stop(); <-q.slots }()
		q.pass(ctx, in, message)
	})
}

// allow waits until a new message may be taken. A message that was settled before
// costs its sender nothing of his rate; when he asks for its receipt more often
// than he may send, he is not answered each time.
func (q *queue) allow(ctx context.Context, in Submission) bool {
	if q.intake.Rate > 0 && q.gateway.Settled(ctx, in) {
		return q.repeats.Allow()
	}
	q.fresh.Wait(ctx) // an error means that the context ended, which Pass will see
	return true
}

// keep tells the broker that a message is in hand, until stop is called.
func keep(message jetstream.Msg) (stop func()) {
	ticker, done := time.NewTicker(ackWait/3), make(chan struct{})
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				message.InProgress()
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// maxTries is how often a message may fail by itself before it is refused.
const maxTries = 10

// pass turns the endings of Pass into the broker's: settled is acknowledged twice;
// anything else is offered again, but for what has failed by itself ten times. A
// fault of the system is waited out with the message in hand, so that it stops the
// intake and counts as no try.
func (q *queue) pass(ctx context.Context, in Submission, message jetstream.Msg) {
	err := q.gateway.Pass(ctx, in)
	held := time.Now().Add(maxHold)
	for pause := firstPause; errors.Is(err, ErrSystem) && ctx.Err() == nil && time.Now().Before(held); pause = min(2*pause, lastPause) {
		q.gateway.Log.Warn("intake waits", "error", err)
		wait(ctx, pause)
		err = q.gateway.Pass(ctx, in)
	}
	if ctx.Err() != nil && err != nil {
		return // the broker offers it again after the next start
	}
	tries := tried(message)
	if err != nil && !errors.Is(err, ErrEarly) && !errors.Is(err, ErrSystem) && tries >= maxTries {
		q.gateway.Log.Error("given up", "error", err, "sealed", schemas.Digest(in.Sealed), "tries", tries)
		err = q.gateway.Poison(ctx, in)
	}
	if err != nil {
		q.gateway.Log.Warn("not settled", "error", err, "tries", tries)
		message.NakWithDelay(backOff(tries))
		return
	}
	q.acknowledge(ctx, message)
}

func (q *queue) acknowledge(ctx context.Context, message jetstream.Msg) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := message.DoubleAck(ctx); err != nil {
		q.gateway.Log.Warn("settled, not acknowledged", "error", err)
	}
}

// tried is how often the broker has handed a message over, also to a process
// before this one.
func tried(message jetstream.Msg) uint64 {
	meta, err := message.Metadata()
	if err != nil {
		return 1
	}
	return meta.NumDelivered
}

// firstPause is how long a fault of the system is waited out before it is tried
// again; each further pause is twice as long.
var firstPause = time.Second

const (
	lastPause = 15 * time.Second
	maxHold   = 10 * time.Minute // then the worker is given back: others may get through
)

// backOffs are how long a submission waits before it is offered again, by tries.
var backOffs = []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}

func backOff(tries uint64) time.Duration { return backOffs[min(int(tries)-1, len(backOffs)-1)] }

// wait sleeps unless the context ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
