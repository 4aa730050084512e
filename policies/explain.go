package policies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/open-policy-agent/opa/v1/rego"

	"schakel/schemas"
)

// Steps are the steps of law/README.md 0.5 that can object, in their order; each
// is a folder here.
var Steps = []string{"prohibition", "pair", "basis", "receiving", "gate", "consent"}

// Explanation is a decision with the way on which it was reached.
type Explanation struct {
	Decision   *Decision
	Row        *Flow             // of the matrix; nil where it has none
	Bases      []Basis           // on which it rests
	Objections map[string][]Note // by step; what was objected there, as it was written
}

// Explain decides, and says what each step found. It answers as [Rules.Decide]
// does; a decision that could not be reached has no objections to show.
func (r *Rules) Explain(ctx context.Context, q *Question) (*Explanation, error) {
	decision, err := r.Decide(ctx, q)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Decision: decision, Objections: map[string][]Note{}}
	_, taken, err := r.decide(ctx, q)
	if err != nil {
		return e, nil // CodeFailed says it
	}
	if taken.row != nil {
		e.Row = &taken.row.fact
	}
	for _, basis := range taken.bases {
		e.Bases = append(e.Bases, basis.fact)
	}
	found, err := r.objections(ctx, q, taken)
	for step, reasons := range found {
		for _, reason := range reasons {
			if note, ok := r.noteOf(step, reason); ok {
				e.Objections[folderOf(note)] = append(e.Objections[folderOf(note)], note)
			}
		}
	}
	return e, err
}

// objections asks every step by itself.
func (r *Rules) objections(ctx context.Context, q *Question, taken way) (map[string][]Reason, error) {
	var members []string
	for _, step := range Steps {
		members = append(members, fmt.Sprintf("%q: data.policies.%s.objections", step, step))
	}
	query, err := rego.New(rego.Query("answer = {"+strings.Join(members, ", ")+"}"), rego.Compiler(r.compiler), rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	question, err := document(q)
	if err != nil {
		return nil, err
	}
	results, err := query.Eval(ctx, rego.EvalParsedInput(r.input(question, taken, q)))
	if err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	if len(results) != 1 {
		return nil, errors.New("explain: the steps gave no one answer")
	}
	text, err := json.Marshal(results[0].Bindings["answer"])
	if err != nil {
		return nil, err
	}
	var found map[string][]Reason
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, err
	}
	for step := range found {
		found[step] = r.sorted(found[step])
	}
	return found, nil
}

// noteOf finds what was written at the rule that gave a reason: one of this step,
// or of the step whose rule about single items the reason comes from.
func (r *Rules) noteOf(step string, reason Reason) (Note, bool) {
	var other *Note
	for i, note := range r.notes {
		if note.Code != reason.Code || note.Effect != reason.Effect {
			continue
		}
		if folderOf(note) == step {
			return note, true
		}
		other = &r.notes[i]
	}
	if other == nil {
		return Note{}, false
	}
	return *other, true
}

func folderOf(note Note) string {
	folder, _, _ := strings.Cut(note.Path, "/")
	return folder
}

// ParseQuestion reads a question from outside, strictly. What is not written in it
// was not shown.
func ParseQuestion(document []byte) (*Question, error) {
	q := &Question{}
	err := schemas.Decode(document, q)
	writeLists(reflect.ValueOf(q).Elem())
	return q, err
}

// writeLists makes every list that was left out an empty one: nothing of it was
// shown.
func writeLists(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			writeLists(v.Field(i))
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			writeLists(v.Index(i))
		}
	}
}
