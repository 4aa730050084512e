package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
	"golang.org/x/time/rate"

	"schakel/schemas"
)

// Line is the gateway's connection to the broker. It is the only code that knows
// JetStream's verbs: Pass's two endings become DoubleAck and Nak with delay.
type Line struct {
	conn      *nats.Conn
	js        jetstream.JetStream
	mailboxes map[string]bool // that were provided
	lock      sync.Mutex
}

// Dial connects to a broker. seed is the gateway's nkey seed; embedded is the
// broker in this process, or nil for one at url, with TLS.
func Dial(embedded *Broker, url string, seed []byte, config *tls.Config) (*Line, error) {
	pair, err := nkeys.FromSeed(seed)
	if err != nil {
		return nil, fmt.Errorf("broker key: %w", err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("broker key: %w", err)
	}
	options := []nats.Option{
		nats.Name("gateway"), nats.Nkey(public, pair.Sign), nats.MaxReconnects(-1), nats.ReconnectWait(time.Second),
		nats.RetryOnFailedConnect(true), nats.Timeout(5 * time.Second), nats.PingInterval(10 * time.Second), nats.MaxPingsOutstanding(2),
	}
	if embedded != nil {
		options = append(options, nats.InProcessServer(embedded.server))
	} else {
		options = append(options, nats.Secure(config))
	}
	conn, err := nats.Connect(url, options...)
	if err != nil {
		return nil, fmt.Errorf("connect to broker: %w", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("connect to broker: %w", err)
	}
	return &Line{conn: conn, js: js, mailboxes: map[string]bool{}}, nil
}

// Close ends the connection.
func (l *Line) Close() { l.conn.Close() }

// streamConfig is how both streams are made: a full one refuses rather than drop
// what it holds, and nobody can delete from it.
func streamConfig(name string) jetstream.StreamConfig {
	subject := schemas.SubjectIn("*")
	if name == schemas.StreamOut {
		subject = schemas.SubjectOut("*")
	}
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject}, Storage: jetstream.FileStorage, Retention: jetstream.LimitsPolicy,
		Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxMsgsPerSubject: 10_000, MaxBytes: 2 << 30,
		MaxAge: 30 * 24 * time.Hour, MaxMsgSize: maxPayload, Duplicates: 2 * time.Minute, DenyDelete: true, DenyPurge: true,
	}
}

// CodeStream names a stream that was made with other limits than agreed.
const CodeStream = schemas.Code("config.stream")

// Provide makes the streams and the consumers of these mailboxes, and of those it
// was asked for before, where they are missing: on the first day, after the broker
// lost its store, for a new partner. It refuses a stream that is there with other
// limits.
func (l *Line) Provide(ctx context.Context, mailboxes []string) error {
	l.lock.Lock()
	defer l.lock.Unlock()
	for _, mailbox := range mailboxes {
		l.mailboxes[mailbox] = true
	}
	for _, name := range []string{schemas.StreamIn, schemas.StreamOut} {
		if err := l.stream(ctx, streamConfig(name)); err != nil {
			return err
		}
	}
	for mailbox := range l.mailboxes {
		_, err := l.js.CreateOrUpdateConsumer(ctx, schemas.StreamOut, jetstream.ConsumerConfig{
			Durable: mailbox, FilterSubject: schemas.SubjectOut(mailbox), AckPolicy: jetstream.AckExplicitPolicy,
			AckWait: 60 * time.Second, MaxAckPending: 64, MaxDeliver: -1,
		})
		if err != nil {
			return fmt.Errorf("provide mailbox: %w", err)
		}
	}
	return nil
}

func (l *Line) stream(ctx context.Context, want jetstream.StreamConfig) error {
	stream, err := l.js.CreateStream(ctx, want)
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return schemas.Refuse(CodeStream, want.Name)
	}
	if err != nil {
		return fmt.Errorf("provide stream %s: %w", want.Name, err)
	}
	got := stream.CachedInfo().Config
	if !got.DenyDelete || !got.DenyPurge || got.Discard != want.Discard || got.PersistMode != jetstream.DefaultPersistMode || got.Storage != want.Storage {
		return schemas.Refuse(CodeStream, want.Name)
	}
	return nil
}

// Deliver posts sealed bytes to a mailbox. It returns when the broker has them on
// disk. It carries no message id: the recipient knows what he has. A stream that
// the broker has lost is made again first.
func (l *Line) Deliver(ctx context.Context, mailbox string, sealed []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err := l.publish(ctx, mailbox, sealed)
	if errors.Is(err, jetstream.ErrNoStreamResponse) {
		if err = l.Provide(ctx, nil); err == nil {
			err = l.publish(ctx, mailbox, sealed)
		}
	}
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	return nil
}

func (l *Line) publish(ctx context.Context, mailbox string, sealed []byte) error {
	_, err := l.js.Publish(ctx, schemas.SubjectOut(mailbox), sealed, jetstream.WithExpectStream(schemas.StreamOut))
	return err
}

// Intake bounds what is taken at once.
type Intake struct {
	Workers int        // submissions passed at the same time
	Rate    rate.Limit // per mailbox, in submissions a second; 0 for no limit
	Burst   int
}

// Run takes submissions from the broker and passes them until the context ends.
// It comes back from anything the broker does, also from losing its store.
func (l *Line) Run(ctx context.Context, g *Gateway, intake Intake) error {
	r := &runner{line: l, gateway: g, intake: intake, slots: make(chan struct{}, intake.Workers), limits: map[string]*rate.Limiter{}}
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
	limits  map[string]*rate.Limiter // owned by once
}

// once provides the streams and takes messages until something breaks.
func (r *runner) once(ctx context.Context) error {
	var mailboxes []string
	for _, mailbox := range r.gateway.Mailboxes() {
		mailboxes = append(mailboxes, mailbox)
	}
	setup, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	if err := r.line.Provide(setup, mailboxes); err != nil {
		return err
	}
	consumer, err := r.line.js.CreateOrUpdateConsumer(setup, schemas.StreamIn, jetstream.ConsumerConfig{
		Durable: "gateway", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 60 * time.Second, MaxAckPending: 256, MaxDeliver: -1,
	})
	if err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(256), jetstream.PullHeartbeat(5*time.Second), jetstream.PullExpiry(20*time.Second))
	if err != nil {
		return fmt.Errorf("intake: %w", err)
	}
	defer messages.Stop()
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	for {
		message, err := messages.Next()
		if err != nil {
			return fmt.Errorf("intake: %w", err)
		}
		r.take(ctx, message)
	}
}

// take passes one message on a worker of its own.
func (r *runner) take(ctx context.Context, message jetstream.Msg) {
	mailbox := message.Subject()[len(schemas.SubjectIn("")):]
	if !r.allow(mailbox) {
		message.NakWithDelay(time.Second)
		return
	}
	r.slots <- struct{}{}
	r.busy.Add(1)
	go func() {
		defer func() { <-r.slots; r.busy.Done() }()
		r.pass(ctx, mailbox, message)
	}()
}

// allow bounds the rate of one mailbox, so that one flood does not silence the
// others. What is over it waits.
func (r *runner) allow(mailbox string) bool {
	if r.intake.Rate <= 0 {
		return true
	}
	limit := r.limits[mailbox]
	if limit == nil {
		limit = rate.NewLimiter(r.intake.Rate, r.intake.Burst)
		r.limits[mailbox] = limit
	}
	return limit.Allow()
}

// pass turns the two endings of Pass into the broker's: settled is acknowledged
// twice, anything else is offered again.
func (r *runner) pass(ctx context.Context, mailbox string, message jetstream.Msg) {
	err := r.gateway.Pass(ctx, Submission{mailbox, message.Data()})
	if err != nil {
		tries := uint64(1)
		if meta, metaErr := message.Metadata(); metaErr == nil {
			tries = meta.NumDelivered
		}
		r.gateway.Log.Warn("not settled", "error", err, "tries", tries)
		message.NakWithDelay(backOff(tries))
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := message.DoubleAck(ctx); err != nil {
		r.gateway.Log.Warn("settled, not acknowledged", "error", err)
	}
}

// backOff is how long a submission waits before it is offered again.
func backOff(tries uint64) time.Duration {
	steps := []time.Duration{200 * time.Millisecond, time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	return steps[min(int(tries)-1, len(steps)-1)]
}

// wait sleeps unless the context ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
