package connectors

import (
	"testing"
	"time"

	"schakel/schemas"
)

// What is not in custody is sent ever more slowly up to a quarter of an hour; what
// became of the rest is asked after an hour, and in the end once a day.
func TestSendingAgainSlowsDown(t *testing.T) {
	for _, c := range []struct {
		tries   int
		custody bool
		want    time.Duration
	}{
		{0, false, 5 * time.Second}, {1, false, 10 * time.Second}, {7, false, 640 * time.Second}, {8, false, 15 * time.Minute}, {1000, false, 15 * time.Minute},
		{0, true, time.Hour}, {1, true, 2 * time.Hour}, {4, true, 16 * time.Hour}, {5, true, 24 * time.Hour}, {1000, true, 24 * time.Hour},
	} {
		for range 100 {
			if got := resendAfter(c.tries, c.custody); got < c.want*4/5 || got > c.want*6/5 {
				t.Errorf("after %d tries, custody %t: %v, want %v or a fifth to either side", c.tries, c.custody, got, c.want)
			}
		}
	}
}

func TestAnOutboxThatIsFullTakesNothing(t *testing.T) {
	many := map[string]string{}
	for i := range maxOutbox {
		many[itoa(i)] = ""
	}
	for name, c := range map[string]*Connector{"messages": {waiting: many}, "bytes": {held: maxOutboxBytes}} {
		_, err := c.Submit(schemas.Example("tip-manila"), Options{})
		if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "limit.outbox" {
			t.Errorf("%s: got %v, want limit.outbox", name, err)
		}
	}
}

func TestAMatchIsOneMessageOrNone(t *testing.T) {
	ids := []string{"01a20fd8-7c1e-7b3f-8a00-000000000001", "01a20fd8-7c1e-7b40-8a00-000000000002", "01a20fd9-0000-7000-8a00-000000000003", "01a20fd9-0000-7000-8a00-000000000003"}
	for typed, want := range map[string]string{
		Short(ids[0]): ids[0], ids[1]: ids[1], "01A20FD8-7C1E-7B40": ids[1], "01a20fd9": ids[2],
		"01a20fd8": "state.ambiguous", "01a20fd8-7c1e-7b": "state.ambiguous",
		"": "state.unknown-message", "01a20f": "state.unknown-message", "01a20fda": "state.unknown-message", ids[0] + "0": "state.unknown-message",
	} {
		got, err := Match(typed, ids)
		if refusal := schemas.Refused(err); refusal != nil {
			got = string(refusal.Code)
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", typed, got, want)
		}
	}
}
