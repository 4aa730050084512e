package policies

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/open-policy-agent/opa/v1/rego"

	"schakel/schemas"
)

// Steps are the steps of law/README.md 0.5 that can object, in their order; each
// is a folder here.
var Steps = []string{"prohibition", "pair", "basis", "receiving", "gate", "consent"}

// Explanation is a decision with the way on which it was reached.
type Explanation struct {
	Decision   *Decision
	Row        *Flow               // of the matrix; nil where it has none
	Bases      []Basis             // on which it rests
	Objections map[string][]Note   // by step; what was objected there, as it was written
	Asked      map[string][]string // the steps that this message is put through, each with the articles of its rules
}

// Explain decides, and says what each step found. It answers as [Rules.Decide]
// does; a decision that could not be reached has no objections to show.
func (r *Rules) Explain(ctx context.Context, q *Question) (*Explanation, error) {
	decision, err := r.Decide(ctx, q)
	if err != nil {
		return nil, err
	}
	e := &Explanation{Decision: decision, Objections: map[string][]Note{}, Asked: map[string][]string{}}
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
	found, err := r.steps(ctx, q, taken)
	for _, step := range found.Asked {
		e.Asked[step] = r.articles(step)
	}
	for step, reasons := range found.Objections {
		for _, reason := range reasons {
			if note, ok := r.noteOf(step, reason); ok {
				e.Objections[folderOf(note)] = append(e.Objections[folderOf(note)], note)
			}
		}
	}
	for _, notes := range e.Objections {
		slices.SortFunc(notes, func(one, other Note) int {
			return cmp.Or(cmp.Compare(r.reasons[one.Code], r.reasons[other.Code]), strings.Compare(one.Effect, other.Effect), strings.Compare(one.Article, other.Article))
		})
	}
	return e, err
}

// found is what the steps say, each by itself.
type found struct {
	Asked      []string           `json:"asked"`
	Objections map[string][]given `json:"objections"`
}

// given is a reason with the articles that stand at the rule which gave it.
type given struct {
	Reason
	Article string `json:"article"`
}

// steps asks every step by itself. The first two are put to every message; the
// others say whether they are.
func (r *Rules) steps(ctx context.Context, q *Question, taken way) (all found, err error) {
	asked, objections := []string{`{"prohibition", "pair"}`, `{"consent" | data.policies.consent.inherited}`}, []string{}
	for _, step := range Steps {
		objections = append(objections, fmt.Sprintf("%q: data.policies.%s.objections", step, step))
		if step != "prohibition" && step != "pair" {
			asked = append(asked, fmt.Sprintf("{%q | data.policies.%s.asked}", step, step))
		}
	}
	query := fmt.Sprintf(`answer = {"asked": %s, "objections": {%s}}`, strings.Join(asked, " | "), strings.Join(objections, ", "))
	prepared, err := rego.New(rego.Query(query), rego.Compiler(r.compiler), rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	if err != nil {
		return found{}, fmt.Errorf("explain: %w", err)
	}
	question, err := document(q)
	if err != nil {
		return found{}, err
	}
	results, err := prepared.Eval(ctx, rego.EvalParsedInput(r.input(question, taken, q)))
	if err != nil {
		return found{}, fmt.Errorf("explain: %w", err)
	}
	if len(results) != 1 {
		return found{}, errors.New("explain: the steps gave no one answer")
	}
	text, err := json.Marshal(results[0].Bindings["answer"])
	if err != nil {
		return found{}, err
	}
	return all, json.Unmarshal(text, &all)
}

// articles lists what stands at the rules of a step, by law and number.
func (r *Rules) articles(step string) []string {
	of := map[string][]string{}
	for _, note := range r.notes {
		if folderOf(note) != step {
			continue
		}
		for source := range strings.SplitSeq(note.Article, "; ") {
			law, articles := lawOf(source)
			of[law] = append(of[law], articles...)
		}
	}
	var all []string
	for _, law := range slices.Sorted(maps.Keys(of)) {
		slices.SortFunc(of[law], inNumber)
		articles := slices.Compact(of[law])
		if law == "poorten" && len(articles) == 1 {
			law = "poort"
		}
		all = append(all, strings.TrimSpace(law+" "+strings.Join(articles, ", ")))
	}
	return all
}

// lawOf parts the name of a law from the articles behind it; gates come together.
func lawOf(source string) (law string, articles []string) {
	if gates, ok := strings.CutPrefix(strings.Replace(source, "poorten ", "poort ", 1), "poort "); ok {
		return "poorten", strings.Split(gates, ", ")
	}
	at := strings.IndexAny(source, "0123456789")
	if at <= 0 || source[at-1] != ' ' {
		return source, nil
	}
	for article := range strings.SplitSeq(source[at:], ", ") {
		if last := len(articles) - 1; last >= 0 && strings.HasPrefix(article, "(") { // a member of the article before it
			articles[last] += ", " + article
		} else {
			articles = append(articles, article)
		}
	}
	return source[:at-1], articles
}

// inNumber orders articles as a statute does: 4:5 before 4:12, 8 before 17a.
func inNumber(one, other string) int {
	return cmp.Or(slices.Compare(numbersIn(one), numbersIn(other)), strings.Compare(one, other))
}

func numbersIn(article string) (all []int) {
	for _, digits := range strings.FieldsFunc(article, func(c rune) bool { return !unicode.IsDigit(c) }) {
		n, _ := strconv.Atoi(digits)
		all = append(all, n)
	}
	return all
}

// noteOf finds what was written at the rule that gave a reason: one of this step,
// or of the step whose rule about single items the reason comes from.
func (r *Rules) noteOf(step string, reason given) (Note, bool) {
	var other *Note
	for i, note := range r.notes {
		if note.Code != reason.Code || note.Effect != reason.Effect || note.Article != reason.Article {
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

// RecordedQuestion reads a question back that the log holds: as it was put to the
// rules, however long.
func RecordedQuestion(document []byte) (*Question, error) {
	q := &Question{}
	err := schemas.DecodeLarge(document, len(document), q)
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
