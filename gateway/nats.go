package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"schakel/schemas"
)

// Line is the gateway's connection to the broker. It and the intake beside it are
// the only code that knows JetStream's verbs.
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
	var refused *jetstream.APIError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && strings.Contains(refused.Description, fullSubject):
		return fmt.Errorf("post: %w", ErrFull)
	}
	return fmt.Errorf("post: %w", err)
}

// fullSubject is how the server says that a subject has all the messages it may
// have. Its error code is that of every store that refuses.
const fullSubject = "maximum messages per subject exceeded"

// Holds is how many messages lie in a mailbox that the partner has not
// acknowledged.
func (l *Line) Holds(ctx context.Context, mailbox string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	consumer, err := l.js.Consumer(ctx, schemas.StreamOut, mailbox)
	if err != nil {
		return 0, fmt.Errorf("ask the broker: %w", err)
	}
	info := consumer.CachedInfo()
	return int(info.NumPending) + info.NumAckPending, nil
}

func (l *Line) publish(ctx context.Context, mailbox string, sealed []byte) error {
	_, err := l.js.Publish(ctx, schemas.SubjectOut(mailbox), sealed, jetstream.WithExpectStream(schemas.StreamOut))
	return err
}
