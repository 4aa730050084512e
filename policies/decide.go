package policies

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"schakel/schemas"
)

// MaxQuestion is the largest question, in bytes, that is put to the rules.
const MaxQuestion = 64 << 10

// maxTime is how long a decision may take. The rules take milliseconds; it is a
// busy machine that takes longer, and no child's case is refused for that.
const maxTime = 5 * time.Second

// CodeFailed is the reason of a decision that could not be reached: a time-out,
// an undefined or double answer, an error in a rule. It denies.
const CodeFailed = schemas.Code("policy.failed")

// Decide asks the rules. Whatever goes wrong ends in a deny with CodeFailed;
// only a cancelled context is an error, and then nothing was decided. The same
// question under the same rules gives the same decision, byte for byte.
func (r *Rules) Decide(ctx context.Context, q *Question) (*Decision, error) {
	decision, _, err := r.decide(ctx, q)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		decision = failed()
	}
	decision.Rules = r.Digest
	return guard(q, decision), nil
}

func failed() *Decision {
	return &Decision{Outcome: schemas.Deny, Reasons: []Reason{{CodeFailed, "deny"}}, Obligations: []string{}, Withhold: []Withheld{}, Approvals: []string{}, Missing: []schemas.Unshown{}, Handling: []string{}, Bases: []string{}}
}

// decide tries every way that the claimed bases open through the matrix, and
// takes the best: any one lawful way is enough. It returns which way that was.
func (r *Rules) decide(ctx context.Context, q *Question) (best *Decision, taken way, err error) {
	question, err := document(q)
	if err != nil {
		return nil, way{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, r.limit)
	defer cancel()
	for _, w := range r.ways(q) {
		decision, err := r.eval(ctx, question, w, q)
		if err != nil {
			return nil, way{}, err
		}
		if best == nil || better(decision, best) {
			best, taken = decision, w
		}
	}
	return best, taken, nil
}

// better prefers the way that lets more through and, of two that let the same
// through, the one for which fewer people must still approve.
func better(one, other *Decision) bool {
	if a, b := rank(one.Outcome), rank(other.Outcome); a != b {
		return a < b
	}
	return one.Outcome == schemas.Hold && len(one.Approvals) < len(other.Approvals)
}

// document is a question as the rules see it.
func document(q *Question) (ast.Object, error) {
	if len(schemas.Encode(q)) > MaxQuestion {
		return nil, errors.New("question is too large")
	}
	return term(reflect.ValueOf(q).Elem()).Value.(ast.Object), nil
}

// term is a part of a question as the rules see it: what they would read in its
// JSON, without writing and reading that.
func term(v reflect.Value) *ast.Term {
	switch v.Kind() {
	case reflect.Struct:
		members := make([][2]*ast.Term, v.NumField())
		for i, name := range memberNames(v.Type()) {
			members[i] = ast.Item(name, term(v.Field(i)))
		}
		return ast.ObjectTerm(members...)
	case reflect.Slice:
		all := make([]*ast.Term, v.Len())
		for i := range all {
			all[i] = term(v.Index(i))
		}
		return ast.ArrayTerm(all...)
	case reflect.Bool:
		return ast.InternedTerm(v.Bool())
	case reflect.Int:
		return ast.InternedTerm(int(v.Int()))
	}
	return ast.InternedTerm(v.String())
}

// nameTerms holds the names of the members of each type of the question, made once.
var nameTerms sync.Map

func memberNames(t reflect.Type) []*ast.Term {
	if known, ok := nameTerms.Load(t); ok {
		return known.([]*ast.Term)
	}
	var all []*ast.Term
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		all = append(all, ast.StringTerm(name))
	}
	nameTerms.Store(t, all)
	return all
}

// way is one row of the matrix with one alternative of its grounds.
type way struct {
	row       *prepared[Flow]
	bases     []*prepared[Basis]
	receiving []*prepared[Basis]
}

// ways resolves parties, row and bases to the facts of the day. There is always
// one: with no row, or with a row and no basis, the rules say why it is closed.
func (r *Rules) ways(q *Question) []way {
	day := q.Now[:min(len(q.Now), len(time.DateOnly))]
	receiving := r.receivers(q)
	var open []way
	var closed *prepared[Flow]
	for _, row := range r.flows[q.Message.Kind] {
		if !rowFor(&row.fact, q, day) {
			continue
		}
		if row.fact.Decision == schemas.Deny {
			closed = row
			continue
		}
		found := r.alternatives(row, q, day, receiving)
		if found == nil && !slices.ContainsFunc(open, func(w way) bool { return w.bases != nil }) {
			found = []way{{row, nil, receiving}}
		}
		open = append(open, found...)
	}
	if len(open) == 0 {
		return []way{{closed, nil, receiving}}
	}
	if withBases := slices.DeleteFunc(slices.Clone(open), func(w way) bool { return w.bases == nil && len(w.row.fact.Grounds) > 0 }); len(withBases) > 0 {
		return withBases
	}
	return open
}

// alternatives lists the grounds of a row that the sender claimed in full.
func (r *Rules) alternatives(row *prepared[Flow], q *Question, day string, receiving []*prepared[Basis]) []way {
	if len(row.fact.Grounds) == 0 {
		return []way{{row, nil, receiving}}
	}
	var found []way
	for _, alternative := range row.fact.Grounds {
		var bases []*prepared[Basis]
		for _, id := range alternative {
			if claimed(q, id) {
				bases = append(bases, r.basisOn(id, day))
			}
		}
		if len(bases) == len(alternative) && !slices.Contains(bases, nil) {
			found = append(found, way{row, bases, receiving})
		}
	}
	return found
}

func claimed(q *Question, id string) bool {
	return slices.ContainsFunc(q.Bases, func(c Claimed) bool { return c.ID == id })
}

func rowFor(row *Flow, q *Question, day string) bool {
	return holds(row.Validity, day) && member(row.Sender, q.Sender.Role) && member(row.Recipient, q.Recipient.Role) &&
		(row.Level == "" || row.Level == q.Message.Level)
}

func member(roles []string, role string) bool {
	return slices.Contains(roles, role) || slices.Contains(roles, "any")
}

func holds(v Validity, day string) bool {
	return (v.From == "" || v.From <= day) && (v.Until == "" || day <= v.Until)
}

// basisOn is the version of a basis on a day; the last one when none holds, so
// that the rules can say that it has lapsed.
func (r *Rules) basisOn(id, day string) *prepared[Basis] {
	var found *prepared[Basis]
	for _, version := range r.bases[id] {
		if found = version; holds(version.fact.Validity, day) {
			return version
		}
	}
	return found
}

// receivers lists the recipient-side grounds for these two roles.
func (r *Rules) receivers(q *Question) []*prepared[Basis] {
	var found []*prepared[Basis]
	for _, ground := range r.receiving {
		if member(ground.fact.By, q.Sender.Role) && member(ground.fact.To, q.Recipient.Role) {
			found = append(found, ground)
		}
	}
	return found
}

// noRow is what the rules see where the matrix has nothing: closed.
var noRow = &prepared[Flow]{term: ast.MustParseTerm(`{"id": "", "decision": "deny", "code": "", "approvals": [], "obligations": [], "conditions": [], "grounds": []}`)}

// eval puts one way to the rules.
func (r *Rules) eval(ctx context.Context, question ast.Object, w way, q *Question) (*Decision, error) {
	results, err := r.query.Eval(ctx, rego.EvalParsedInput(r.input(question, w, q)))
	if err != nil {
		return nil, err
	}
	if len(results) != 1 {
		return nil, fmt.Errorf("rules gave %d answers", len(results))
	}
	answer, err := parseAnswer(results[0].Bindings["answer"])
	if err != nil {
		return nil, err
	}
	return r.decision(answer, w, q), nil
}

// input is the question with the facts of one way, by reference.
func (r *Rules) input(question ast.Object, w way, q *Question) ast.Value {
	row := w.row
	if row == nil {
		row = noRow
	}
	law := ast.NewObject(
		ast.Item(ast.StringTerm("row"), row.term),
		ast.Item(ast.StringTerm("bases"), terms(w.bases)),
		ast.Item(ast.StringTerm("receiving"), terms(w.receiving)),
		ast.Item(ast.StringTerm("sender_side"), ast.StringTerm(r.Roles[q.Sender.Role].Side)),
		ast.Item(ast.StringTerm("recipient_side"), ast.StringTerm(r.Roles[q.Recipient.Role].Side)),
		ast.Item(ast.StringTerm("known"), r.lists),
	)
	input := ast.NewObject(ast.Item(ast.StringTerm("law"), ast.NewTerm(law)))
	question.Foreach(func(k, v *ast.Term) { input.Insert(k, v) })
	return input
}

func terms(facts []*prepared[Basis]) *ast.Term {
	var all []*ast.Term
	for _, fact := range facts {
		all = append(all, fact.term)
	}
	return ast.ArrayTerm(all...)
}

// answer is what the rules return, whole.
type answer struct {
	Outcome    string            `json:"outcome"`
	Objections []Reason          `json:"objections"`
	Marks      []Reason          `json:"marks"` // on an allow
	Withhold   []Withheld        `json:"withhold"`
	Obligation []string          `json:"obligations"`
	Approvals  []string          `json:"approvals"`
	Missing    []schemas.Unshown `json:"missing"`
	Retention  string            `json:"retention"`
}

// parseAnswer refuses an answer with an unknown or missing part.
func parseAnswer(value any) (*answer, error) {
	document, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.DisallowUnknownFields()
	a := &answer{}
	if err := decoder.Decode(a); err != nil {
		return nil, err
	}
	if rank(a.Outcome) < 0 || a.Objections == nil || a.Marks == nil || a.Withhold == nil || a.Obligation == nil || a.Approvals == nil || a.Missing == nil {
		return nil, errors.New("rules gave no whole answer")
	}
	return a, nil
}

func (r *Rules) decision(a *answer, w way, q *Question) *Decision {
	d := &Decision{Outcome: a.Outcome, Reasons: r.sorted(append(a.Objections, a.Marks...)), Obligations: a.Obligation, Withhold: a.Withhold, Approvals: a.Approvals, Missing: a.Missing, Handling: list(q.Message.Handling), Retention: a.Retention, Bases: []string{}}
	if len(d.Reasons) == 0 {
		d.Reasons = []Reason{{"ok", "allow"}}
	}
	if w.row != nil {
		d.Row = w.row.fact.ID
	}
	if d.Outcome == schemas.Deny { // what does not leave has no duties, and nobody need approve it or look for papers
		d.Obligations, d.Approvals, d.Missing, d.Withhold, d.Retention = []string{}, []string{}, []schemas.Unshown{}, []Withheld{}, ""
	}
	for _, basis := range w.bases {
		d.Bases = append(d.Bases, basis.fact.ID)
	}
	sort.Strings(d.Obligations)
	sort.Strings(d.Approvals)
	slices.SortFunc(d.Missing, func(a, b schemas.Unshown) int {
		return cmp.Or(cmp.Compare(a.Document, b.Document), cmp.Compare(a.Attribute, b.Attribute))
	})
	sort.Slice(d.Withhold, func(i, j int) bool {
		return d.Withhold[i].Item < d.Withhold[j].Item || d.Withhold[i].Item == d.Withhold[j].Item && d.Withhold[i].Code < d.Withhold[j].Code
	})
	return d
}

// sorted puts reasons in the precedence of law/README.md 5.2; of one code, the
// harder effect first.
func (r *Rules) sorted(reasons []Reason) []Reason {
	sort.Slice(reasons, func(i, j int) bool {
		if a, b := r.reasons[reasons[i].Code], r.reasons[reasons[j].Code]; a != b {
			return a < b
		}
		return reasons[i].Effect < reasons[j].Effect
	})
	return reasons
}

// rank orders outcomes from best to worst; -1 is no outcome.
func rank(outcome string) int {
	return slices.Index([]string{schemas.Allow, schemas.AllowWithObligations, schemas.Hold, schemas.Deny}, outcome)
}
