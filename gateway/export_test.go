package gateway

import (
	"context"
	"testing"
	"time"

	"schakel/schemas"
)

// For the tests outside the package.
const (
	FirstRetry = firstRetry
	LastRetry  = lastRetry
)

// Put publishes a submission as if it came on a partner's line.
func (l *Line) Put(ctx context.Context, mailbox string, sealed []byte) error {
	_, err := l.js.Publish(ctx, schemas.SubjectIn(mailbox), sealed)
	return err
}

// Waiting is how many submissions of a mailbox have not been acknowledged.
func (l *Line) Waiting(ctx context.Context, mailbox string) (int, error) {
	consumer, err := l.js.Consumer(ctx, schemas.StreamIn, mailbox)
	if err != nil {
		return 0, err
	}
	info := consumer.CachedInfo()
	return int(info.NumPending) + info.NumAckPending, nil
}

// Hurry makes everything be tried again at once.
func Hurry(t *testing.T) {
	steps, pause := backOffs, firstPause
	t.Cleanup(func() { backOffs, firstPause = steps, pause })
	backOffs, firstPause = []time.Duration{time.Millisecond}, time.Millisecond
}

// SubmitOwn sends a message of the gateway's own.
func (g *Gateway) SubmitOwn(ctx context.Context, kind schemas.Kind, thread, to string, body any) error {
	return g.submit(ctx, kind, thread, to, body)
}
