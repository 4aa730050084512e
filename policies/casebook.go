package policies

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"schakel/schemas"
)

//go:embed cases/*.txt
var casebook embed.FS

// Casebook is the casebook that this program was built with.
func Casebook() fs.FS {
	cases, err := fs.Sub(casebook, "cases")
	if err != nil {
		panic("policies: casebook: " + err.Error()) // only for a name that is no path
	}
	return cases
}

// Case is a worked case: in words, as a question, with the answer that the law
// gives. Legal officers write them; the rules must agree.
type Case struct {
	ID       string
	Prose    string // in Dutch, then in English
	Question *Question
	Outcome  string
	Reason   schemas.Code // the first

	// What else the case is about; nil where it says nothing of it.
	Retention   *string
	Approvals   []string
	Obligations []string
	Withhold    []Withheld

	// Others are the same question with another value in one place. The answer is
	// the same.
	Others []*Question
}

// CodeCase refuses a case that cannot be read; the place is its file.
const CodeCase = schemas.Code("case.form")

// Cases reads the cases of a folder: files ID.txt in txtar form, with the prose,
// then question.json or like.json, then each.json where there is one, then
// decision.json.
func Cases(files fs.FS) ([]Case, error) {
	names, err := fs.Glob(files, "*.txt")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var all []Case
	for _, name := range names {
		c, err := ReadCase(files, strings.TrimSuffix(name, ".txt"))
		if err != nil {
			return nil, err
		}
		all = append(all, *c)
	}
	return all, nil
}

// ReadCase reads one case by its id.
func ReadCase(files fs.FS, id string) (*Case, error) { return readCase(files, id, maxLike) }

// maxLike bounds how many cases one may rest on.
const maxLike = 32

func readCase(files fs.FS, id string, depth int) (*Case, error) {
	text, err := fs.ReadFile(files, path.Clean(id+".txt"))
	if err != nil || depth == 0 {
		return nil, schemas.Refuse(CodeCase, id+".txt")
	}
	archive := txtar.Parse(text)
	parts := map[string][]byte{}
	for _, part := range archive.Files {
		parts[part.Name] = part.Data
	}
	question := parts["question.json"]
	if parts["like.json"] != nil {
		if question, err = alike(files, id, parts["like.json"], depth); err != nil {
			return nil, err
		}
	}
	c := &Case{ID: id, Prose: strings.TrimSpace(string(archive.Comment)), Question: &Question{}}
	var verdict struct {
		Outcome     string       `json:"outcome"`
		Reason      schemas.Code `json:"reason"`
		Retention   *string      `json:"retention"`
		Approvals   []string     `json:"approvals"`
		Obligations []string     `json:"obligations"`
		Withhold    []Withheld   `json:"withhold"`
	}
	if readQuestion(question, c.Question) != nil {
		return nil, schemas.Refuse(CodeCase, id+".txt: question.json")
	}
	if parts["each.json"] != nil {
		if c.Others, err = others(id, c.Question, parts["each.json"]); err != nil {
			return nil, err
		}
	}
	if strictly(parts["decision.json"], &verdict) != nil {
		return nil, schemas.Refuse(CodeCase, id+".txt: decision.json")
	}
	c.Outcome, c.Reason = verdict.Outcome, verdict.Reason
	c.Retention, c.Approvals, c.Obligations, c.Withhold = verdict.Retention, verdict.Approvals, verdict.Obligations, verdict.Withhold
	return c, nil
}

// alike writes the question of a case that is like another: the same but for what
// stands at these pointers.
func alike(files fs.FS, id string, like []byte, depth int) ([]byte, error) {
	var likeness struct {
		Case string         `json:"case"`
		But  map[string]any `json:"but"`
	}
	if strictly(like, &likeness) != nil {
		return nil, schemas.Refuse(CodeCase, id+".txt: like.json")
	}
	original, err := readCase(files, likeness.Case, depth-1)
	if err != nil {
		return nil, err
	}
	return but(original.Question, id+".txt: like.json", likeness.But)
}

// others writes the questions of a case that gives the same answer for each of
// these values at a place.
func others(id string, q *Question, each []byte) ([]*Question, error) {
	var values map[string][]any
	if strictly(each, &values) != nil {
		return nil, schemas.Refuse(CodeCase, id+".txt: each.json")
	}
	var all []*Question
	for _, pointer := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[pointer] {
			question, err := but(q, id+".txt: each.json", map[string]any{pointer: value})
			if err != nil {
				return nil, err
			}
			other := &Question{}
			if readQuestion(question, other) != nil {
				return nil, schemas.Refuse(CodeCase, fmt.Sprintf("%s.txt: each.json: %.80s", id, pointer))
			}
			all = append(all, other)
		}
	}
	return all, nil
}

// but is a question with these values at these places.
func but(q *Question, at string, values map[string]any) ([]byte, error) {
	var document any
	if err := json.Unmarshal(schemas.Encode(q), &document); err != nil {
		return nil, err
	}
	for pointer, value := range values {
		if !put(document, strings.Split(pointer, "/")[1:], value) {
			return nil, schemas.Refuse(CodeCase, fmt.Sprintf("%s: %.80s", at, pointer))
		}
	}
	return json.Marshal(document)
}

// readQuestion reads a question of the casebook; what it leaves out was not shown.
func readQuestion(text []byte, q *Question) error {
	err := strictly(text, q)
	writeLists(reflect.ValueOf(q).Elem())
	return err
}

func strictly(text []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(value)
}

// put replaces what stands at a place; "-" behind a list adds to it (RFC 6901,
// section 4). It makes no new members: a misspelt pointer is an error.
func put(document any, place []string, value any) bool {
	if len(place) == 0 {
		return false
	}
	switch within := document.(type) {
	case map[string]any:
		known, ok := within[place[0]]
		switch list, isList := known.([]any); {
		case !ok:
			return false
		case len(place) == 1:
			within[place[0]] = value
			return true
		case isList && len(place) == 2 && place[1] == "-":
			within[place[0]] = append(list, value)
			return true
		}
		return put(known, place[1:], value)
	case []any:
		n, err := strconv.Atoi(place[0])
		if err != nil || n < 0 || n >= len(within) {
			return false
		}
		if len(place) == 1 {
			within[n] = value
			return true
		}
		return put(within[n], place[1:], value)
	}
	return false
}

// Try asks the questions of a case, and reports whether the rules give its answer
// to each. It returns that answer, or the first that is another.
func (r *Rules) Try(ctx context.Context, c *Case) (answer *Decision, agrees bool, err error) {
	for _, q := range append([]*Question{c.Question}, c.Others...) {
		decision, err := r.Decide(ctx, q)
		if err != nil {
			return nil, false, err
		}
		if answer = cmp.Or(answer, decision); !c.agrees(decision) {
			return decision, false, nil
		}
	}
	return answer, true, nil
}

// agrees compares an answer with what the case says of it: the verdict and its
// first reason, and what else the case says.
func (c *Case) agrees(d *Decision) bool {
	return d.Outcome == c.Outcome && d.Reasons[0].Code == c.Reason &&
		(c.Retention == nil || d.Retention == *c.Retention) &&
		(c.Approvals == nil || slices.Equal(d.Approvals, c.Approvals)) &&
		(c.Obligations == nil || slices.Equal(d.Obligations, c.Obligations)) &&
		(c.Withhold == nil || slices.Equal(d.Withhold, c.Withhold))
}
