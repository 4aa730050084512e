package policies

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"schakel/schemas"
)

// Whatever goes wrong with rules, facts or question ends in a deny that can be
// written down, or in no decision and the rules of before. It never ends in an
// allow.

// filesOf is the embedded rule set, to be spoilt.
func filesOf(t *testing.T) fstest.MapFS {
	t.Helper()
	return added(t, "spoilt.rego", "package policies.spoilt\n").(fstest.MapFS)
}

// spoilt loads the rule set in which one text stands for another.
func spoilt(t *testing.T, path, old, new string) (*Rules, error) {
	t.Helper()
	files := filesOf(t)
	text := string(files[path].Data)
	if strings.Count(text, old) != 1 {
		t.Fatalf("%s holds %q %d times, want once", path, old, strings.Count(text, old))
	}
	files[path] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, new, 1))}
	return Load(files)
}

const endless = `"approvals": [a | some a in numbers.range(1, 10000); some b in numbers.range(1, 10000); a + b < 0],`

// Each of these rule sets loads; a question that the sound rules allow, and one
// that they deny, are both denied.
func TestRulesThatFailDeny(t *testing.T) {
	outcome, approvals := `"outcome": outcome,`, `"approvals": consent.missing,`
	for name, c := range map[string]struct{ old, new string }{
		"timeout":            {approvals, endless},
		"undefined":          {approvals, `"approvals": {"": consent.missing}[input.sender.org],`},
		"conflict":           {`default outcome := "deny"`, "outcome := \"allow\"\n\noutcome := \"hold\" if input.now != \"\"\n\noutcome := \"deny\" if input.now > \"\""},
		"type error":         {approvals, `"approvals": {sprintf("%d", [to_number(input.sender.org)])},`},
		"an unknown word":    {outcome, `"outcome": "yes",`},
		"another type":       {outcome, `"outcome": ["allow"],`},
		"a part missing":     {approvals, ``},
		"a part too many":    {approvals, approvals + ` "allow": true,`},
		"no list of reasons": {`"objections": reasons(objections),`, `"objections": null,`},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := spoilt(t, "policies.rego", c.old, c.new)
			if err != nil {
				t.Fatal(err)
			}
			rules.limit = time.Second / 5
			for _, id := range []string{"S27", "E01"} {
				wantFailed(t, rules, caseOf(t, id).Question)
			}
		})
	}
}

// wantFailed fails unless a question is denied because no decision was reached,
// under the digest of the rules that failed.
func wantFailed(t *testing.T, rules *Rules, q *Question) {
	t.Helper()
	got, err := rules.Decide(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if got.Outcome != schemas.Deny || len(got.Reasons) != 1 || got.Reasons[0] != (Reason{CodeFailed, "deny"}) || got.Rules != rules.Digest {
		t.Errorf("got %+v, want a deny with %s under %s", got, CodeFailed, rules.Digest)
	}
}

func TestAnOversizeQuestionIsDenied(t *testing.T) {
	q := *caseOf(t, "S27").Question
	for i := 0; len(schemas.Encode(&q)) <= MaxQuestion; i++ {
		q.Documents = append(q.Documents, Document{ID: fmt.Sprint("doc-", i), Parties: []string{}, Purposes: []string{}, Categories: []string{}})
	}
	wantFailed(t, embeddedRules(t), &q)
	q.Documents = q.Documents[:len(q.Documents)-1]
	if got, err := embeddedRules(t).Decide(t.Context(), &q); err != nil || got.Reasons[0].Code == CodeFailed {
		t.Errorf("a question that just fits: got %+v, %v, want the decision of the rules", got, err)
	}
}

func TestACancelledQuestionIsNotDecided(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := embeddedRules(t).Decide(ctx, caseOf(t, "S27").Question); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %+v, %v, want no decision", got, err)
	}
	rules, err := spoilt(t, "policies.rego", `"approvals": consent.missing,`, endless)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Second/5)
	defer cancel()
	if got, err := rules.Decide(ctx, caseOf(t, "S27").Question); got != nil || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("cancelled half-way: got %+v, %v, want no decision", got, err)
	}
}

// A rule set that lacks one of its files does not load, and the one in force stays.
func TestARuleSetWithoutOneOfItsFactsDoesNotLoad(t *testing.T) {
	paths, err := fs.Glob(Embedded(), "facts/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		files := filesOf(t)
		delete(files, path)
		if _, err := Load(files); err == nil {
			t.Errorf("the rules load without %s", path)
		}
	}
}

// Of a question that says nothing, nothing is shown.
func TestAnEmptyQuestionIsDenied(t *testing.T) {
	q, err := ParseQuestion([]byte(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := embeddedRules(t).Decide(t.Context(), q); err != nil || got.Outcome != schemas.Deny {
		t.Errorf("got %+v, %v, want a deny", got, err)
	}
}
