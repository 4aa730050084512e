package instance

import (
	"bytes"
	"context"
	"slices"
	"time"

	"schakel/gateway"
	"schakel/gateway/register"
	"schakel/policies"
	"schakel/schemas"
)

// Asked is a recorded decision that was asked again.
type Asked struct {
	register.Past
	Question *policies.Question
	Then     *policies.Decision
	Now      *policies.Decision // nil where the rules of its day are not known here
}

// Same reports whether what would be recorded now is what was recorded, byte for
// byte.
func (a *Asked) Same() bool {
	return a.Now != nil && bytes.Equal(schemas.Encode(a.Now), a.Record.Decision)
}

// Alike reports whether it would come out as it did, whatever the rules are called.
func (a *Asked) Alike() bool {
	then, now := *a.Then, *a.Now
	then.Rules, now.Rules = "", ""
	return bytes.Equal(schemas.Encode(then), schemas.Encode(now))
}

// AskAgain asks every decision that was recorded here since a moment once more, in
// the order of the log, under the rules that under gives for those of its day; nil
// for rules that nobody has.
func AskAgain(ctx context.Context, dir string, since time.Time, under func(digest string) (*policies.Rules, error), take func(*Asked) error) error {
	path, err := registerOf(dir)
	if err != nil {
		return err
	}
	type delivery struct{ message, to string }
	stands := map[delivery]*policies.Decision{} // what an approver is shown follows on how it stands
	return register.ReadDecisions(ctx, path, schemas.At(since), func(past register.Past) error {
		about := delivery{past.Record.Message, past.Record.To}
		asked, err := askAgain(ctx, past, stands[about], under)
		if err != nil {
			return err
		}
		if !past.Record.Review {
			stands[about] = asked.Then
		}
		return take(asked)
	})
}

func askAgain(ctx context.Context, past register.Past, held *policies.Decision, under func(string) (*policies.Rules, error)) (*Asked, error) {
	a := &Asked{Past: past}
	var err error
	if a.Question, err = policies.RecordedQuestion(past.Record.Question); err != nil {
		return nil, err
	}
	if a.Then, err = gateway.RecordedDecision(&past.Record); err != nil {
		return nil, err
	}
	rules, err := under(past.Entry.Rules)
	if err != nil || rules == nil {
		return a, err
	}
	a.Now, err = gateway.Again(ctx, rules, &past.Record, held)
	return a, err
}

// OfTheDay gives the rules that were in force under a digest, from the rule sets
// that the log keeps; each is loaded once.
func OfTheDay(ctx context.Context, dir string) (func(digest string) (*policies.Rules, error), error) {
	kept, err := keptRules(ctx, dir)
	if err != nil {
		return nil, err
	}
	loaded := map[string]*policies.Rules{}
	return func(digest string) (*policies.Rules, error) {
		i := slices.IndexFunc(kept, func(past register.Past) bool { return past.Entry.Rules == digest })
		if loaded[digest] != nil || i < 0 {
			return loaded[digest], nil
		}
		edition, err := editionOf(dir, kept[i])
		if err != nil {
			return nil, err
		}
		loaded[digest], err = edition.Load()
		return loaded[digest], err
	}, nil
}
