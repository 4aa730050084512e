package connectors

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"schakel/pki"
	"schakel/schemas"
)

// Back-off of a message without custody, and of asking what became of one whose
// receipts are still out.
const (
	firstResend = 5 * time.Second
	lastResend  = 15 * time.Minute
	firstAsk    = time.Hour
	lastAsk     = 24 * time.Hour
)

// Run keeps the connector connected until the context ends: it sends what waits
// and receives what comes. Without a line it waits; nothing is lost by it.
func (c *Connector) Run(ctx context.Context) error {
	conn, err := c.dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := conn.JetStream(nats.MaxWait(10 * time.Second))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	var both sync.WaitGroup
	both.Go(func() { c.sendLoop(ctx, js) })
	both.Go(func() { c.receiveLoop(ctx, js) })
	both.Wait()
	return nil
}

// dial connects with TLS 1.3, the connector's certificate and its key. It comes
// back by itself from any loss of the line.
func (c *Connector) dial() (*nats.Conn, error) {
	seed, err := c.store.Get(SecretNATS)
	if err != nil {
		return nil, err
	}
	pair, err := nkeys.FromSeed(seed)
	if err != nil {
		return nil, schemas.Refuse("key.file", SecretNATS)
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, schemas.Refuse("key.file", SecretNATS)
	}
	config, err := c.tls()
	if err != nil {
		return nil, err
	}
	conn, err := nats.Connect(c.Config.Broker,
		nats.Name("connector"), nats.Nkey(public, pair.Sign), nats.Secure(config),
		nats.CustomInboxPrefix(schemas.InboxPrefix(c.Config.Mailbox)),
		nats.MaxReconnects(-1), nats.ReconnectWait(time.Second), nats.ReconnectJitter(200*time.Millisecond, time.Second),
		nats.RetryOnFailedConnect(true), nats.Timeout(10*time.Second), nats.PingInterval(10*time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { c.Log.Info("line lost", "error", err) }),
		nats.ReconnectHandler(func(*nats.Conn) { c.Log.Info("line back"); c.nudge() }),
		nats.ConnectHandler(func(*nats.Conn) { c.Log.Info("connected"); c.nudge() }),
	)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return conn, nil
}

func (c *Connector) tls() (*tls.Config, error) {
	key, err := c.store.Get(SecretTLS)
	if err != nil {
		return nil, err
	}
	cert, err := os.ReadFile(filepath.Join(c.Dir, "tls.crt"))
	if err != nil {
		return nil, schemas.Refuse("net.certificate", "tls.crt")
	}
	ca, err := os.ReadFile(filepath.Join(c.Dir, "ca.crt"))
	if err != nil {
		return nil, schemas.Refuse("net.certificate", "ca.crt")
	}
	return pki.ClientTLS(cert, key, ca)
}

// attempt is when a message of the outbox is sent next.
type attempt struct {
	tries   int // since the start, or since it came into custody
	custody bool
	next    time.Time
}

// sendLoop publishes what waits, oldest first, until each message has its
// custody receipt; after that, now and then, until all recipients have confirmed:
// the same bytes again are how we ask what became of them.
func (c *Connector) sendLoop(ctx context.Context, js nats.JetStreamContext) {
	attempts := map[string]attempt{}
	for ctx.Err() == nil {
		next := c.sendDue(ctx, js, attempts)
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-time.After(next):
		}
	}
}

// sendDue publishes everything whose time has come and returns when to look
// again.
func (c *Connector) sendDue(ctx context.Context, js nats.JetStreamContext, attempts map[string]attempt) time.Duration {
	now := time.Now()
	soonest := 30 * time.Second
	for _, name := range c.waitingNames() {
		a := attempts[name]
		if wait := a.next.Sub(now); wait > 0 {
			soonest = min(soonest, wait)
			continue
		}
		out, ok := c.sendable(name)
		if !ok {
			delete(attempts, name)
			continue
		}
		if err := c.publish(ctx, js, out.Sealed); err != nil {
			c.Log.Info("stored here, waiting for the line", "message", out.ID)
			return time.Second
		}
		custody := out.Receipt != nil
		if custody != a.custody {
			a.tries = 0
		}
		attempts[name] = attempt{a.tries + 1, custody, now.Add(resendAfter(a.tries, custody))}
		soonest = min(soonest, firstResend)
	}
	return soonest
}

// resendAfter doubles from 5 s to 15 min, and of what is in custody from an hour to
// a day, with a jitter of a fifth.
func resendAfter(tries int, inCustody bool) time.Duration {
	first, last := firstResend, lastResend
	if inCustody {
		first, last = firstAsk, lastAsk
	}
	wait := min(first<<min(tries, 12), last)
	return wait + time.Duration((rand.Float64()-0.5)*0.4*float64(wait))
}

// waitingNames lists the files of the outbox in order.
func (c *Connector) waitingNames() []string {
	c.lock.Lock()
	defer c.lock.Unlock()
	if !c.synced() {
		return nil
	}
	names, _ := c.names(outboxDir)
	return names
}

// sendable reads a message of the outbox that still has to be sent.
func (c *Connector) sendable(name string) (*Outgoing, bool) {
	c.lock.Lock()
	defer c.lock.Unlock()
	var out Outgoing
	if err := c.read(outboxDir, name, &out); err != nil || out.Sealed == nil {
		return nil, false
	}
	return &out, true
}

// publish hands a sealed message to the broker. Its acknowledgement is not
// custody; it only slows the next try down.
func (c *Connector) publish(ctx context.Context, js nats.JetStreamContext, sealed []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	ack, err := js.Publish(schemas.SubjectIn(c.Config.Mailbox), sealed, nats.ExpectStream(schemas.StreamIn), nats.Context(ctx))
	if err != nil {
		return err
	}
	if ack.Stream != schemas.StreamIn {
		return schemas.Refuse("state.wrong-stream", "")
	}
	return nil
}

// receiveLoop fetches the mailbox.
func (c *Connector) receiveLoop(ctx context.Context, js nats.JetStreamContext) {
	for ctx.Err() == nil {
		subscription, err := js.PullSubscribe("", c.Config.Mailbox, nats.Bind(schemas.StreamOut, c.Config.Mailbox), nats.SkipConsumerLookup())
		if err != nil {
			pause(ctx, time.Second)
			continue
		}
		c.fetch(ctx, subscription)
		subscription.Unsubscribe()
	}
}

// fetch takes messages until the subscription fails.
func (c *Connector) fetch(ctx context.Context, subscription *nats.Subscription) {
	for ctx.Err() == nil {
		fetching, cancel := context.WithTimeout(ctx, 5*time.Second)
		messages, err := subscription.Fetch(32, nats.Context(fetching))
		cancel()
		c.keep(messages)
		if err != nil && !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrTimeout) {
			if !strings.Contains(err.Error(), "no responders") {
				c.Log.Info("mailbox not reachable", "error", err)
			}
			pause(ctx, time.Second)
			return
		}
	}
}

// keep receives what was fetched and acknowledges what could be kept.
func (c *Connector) keep(messages []*nats.Msg) {
	var sealed [][]byte
	for _, message := range messages {
		sealed = append(sealed, message.Data)
	}
	for i, err := range c.ReceiveAll(sealed) {
		if err != nil {
			c.Log.Error("cannot keep what came", "error", err)
			messages[i].NakWithDelay(10 * time.Second)
			continue
		}
		messages[i].Ack()
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
