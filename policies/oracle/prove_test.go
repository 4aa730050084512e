package oracle

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"schakel/policies"
	"schakel/schemas"
)

var every = flag.Int("every", 1009, "ask one question in so many: a prime, so that no dimension is always met at the same place; make prove asks all")

// difference is a question to which the two give different answers.
type difference struct {
	asked  asking
	oracle string
	rules  string
}

// The rules give the answer of the oracle: the outcome, the first reason and, where
// a message is held, who must still approve.
func TestRulesAgreeWithTheOracle(t *testing.T) {
	law, rules := sides(t)
	start, asked, seen := time.Now(), 0, map[string]int{}
	var mutex sync.Mutex
	var found []difference
	askings := make(chan asking, 64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for a := range askings {
				d, differs := compare(t.Context(), t, law, rules, a)
				mutex.Lock()
				asked++
				seen[d.oracle]++
				if differs {
					found = append(found, d)
				}
				mutex.Unlock()
			}
		})
	}
	at := 0
	for a := range law.enumerated() {
		if at++; at%*every == 0 {
			askings <- a
		}
	}
	close(askings)
	workers.Wait()
	report(t, found)
	t.Logf("%d questions of %d asked in %s: %d different answers", asked, at, time.Since(start).Round(time.Second), len(found))
	if at < 2_000_000 {
		t.Errorf("the enumeration has %d questions, want two million", at)
	}
	if len(seen) < 20 {
		t.Errorf("only %d answers were met: %v", len(seen), seen)
	}
}

func sides(t *testing.T) (*Law, *policies.Rules) {
	t.Helper()
	law, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := policies.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return law, rules
}

// compare asks both.
func compare(ctx context.Context, t *testing.T, law *Law, rules *policies.Rules, a asking) (difference, bool) {
	decision, err := rules.Decide(ctx, a.question())
	if err != nil {
		t.Error(err)
		return difference{}, true
	}
	answer := law.Judge(a.Asked)
	got := Answer{Outcome: decision.Outcome, Reason: string(decision.Reasons[0].Code)}
	if got.Outcome == schemas.Hold {
		got.Missing = decision.Approvals
	}
	d := difference{asked: a, oracle: write(answer), rules: write(got)}
	return d, d.oracle != d.rules
}

func write(a Answer) string {
	return strings.TrimSpace(a.Outcome + " " + a.Reason + " " + strings.Join(a.Missing, " "))
}

// report writes the shortest question of each kind of difference.
func report(t *testing.T, found []difference) {
	t.Helper()
	shortest, count := map[string]string{}, map[string]int{}
	for _, d := range found {
		key := fmt.Sprintf("the law: %s; the rules: %s", d.oracle, d.rules)
		text := fmt.Sprintf("%+v", d.asked)
		if count[key]++; count[key] == 1 || len(text) < len(shortest[key]) {
			shortest[key] = text
		}
	}
	for _, key := range slices.Sorted(maps.Keys(shortest)) {
		t.Errorf("%d times %s\n%s", count[key], key, shortest[key])
	}
}
