package policies

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"schakel/schemas"
)

// verdict is what a case expects: the outcome and the first reason.
type verdict struct {
	Outcome string       `json:"outcome"`
	Reason  schemas.Code `json:"reason"`
}

// likeness says how the question of a case follows from that of another: the same
// but for what stands at these pointers.
type likeness struct {
	Case string         `json:"case"`
	But  map[string]any `json:"but"`
}

// readCase reads a case: prose, question, decision.
func readCase(t testing.TB, path string) (prose string, q *Question, want verdict) {
	t.Helper()
	archive, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, file := range archive.Files {
		files[file.Name] = file.Data
	}
	text := files["question.json"]
	if files["like.json"] != nil {
		var like likeness
		strictly(t, path, files["like.json"], &like)
		_, original, _ := readCase(t, filepath.Join(filepath.Dir(path), like.Case+".txt"))
		text = like.question(t, path, original)
	}
	q = &Question{}
	strictly(t, path, text, q)
	strictly(t, path, files["decision.json"], &want)
	return string(archive.Comment), q, want
}

func strictly(t testing.TB, path string, text []byte, value any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// question writes the original with what is different.
func (l likeness) question(t testing.TB, path string, original *Question) []byte {
	t.Helper()
	text, err := json.Marshal(original)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	strictly(t, path, text, &document)
	for pointer, value := range l.But {
		if !put(document, strings.Split(pointer, "/")[1:], value) {
			t.Fatalf("%s: case %s has nothing at %s", path, l.Case, pointer)
		}
	}
	if text, err = json.Marshal(document); err != nil {
		t.Fatal(err)
	}
	return text
}

// put replaces what stands at a place; "-" behind a list adds to it (RFC 6901,
// section 4). It makes no new members: a misspelt pointer is an error.
func put(document any, place []string, value any) bool {
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

func embeddedRules(t testing.TB) *Rules {
	t.Helper()
	rules, err := Load(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// Every case of the casebook gives its verdict and its first reason.
func TestCasebook(t *testing.T) {
	rules := embeddedRules(t)
	paths, _ := filepath.Glob("cases/*.txt")
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			prose, q, want := readCase(t, path)
			got, err := rules.Decide(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if got.Outcome != want.Outcome || got.Reasons[0].Code != want.Reason {
				t.Errorf("%s\ngot  %s, %v (approvals %v)\nwant %s, first %s", prose, got.Outcome, got.Codes(), got.Approvals, want.Outcome, want.Reason)
			}
		})
	}
}

// scenario is a row of the worked cases as the law file gives them.
type scenario struct {
	ID, F, T, CC, K, P, B, Art, Ex, R string
	Data, Subj                        []string
	Given, Src, Why                   string
}

// The worked cases, but for those whose reason comes later, stand in the casebook
// as they were given: the same parties, basis, source, data and persons, the same verdict.
func TestCasebookHoldsTheWorkedCases(t *testing.T) {
	text, err := os.ReadFile("cases/scenarios.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []scenario
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]string{"A": schemas.Allow, "AO": schemas.AllowWithObligations, "H": schemas.Hold, "D": schemas.Deny}
	held := 0
	for _, s := range all {
		if slices.Contains(later, schemas.Code(s.R)) {
			continue
		}
		held++
		_, q, want := readCase(t, "cases/"+s.ID+".txt")
		var claimed, categories, subjects, articles []string
		for _, basis := range q.Bases {
			claimed = append(claimed, basis.ID)
		}
		for _, item := range q.Items {
			categories, articles = append(categories, item.DataCategory), append(articles, item.ProcessingArticle)
			if item.SubjectCategory != "" {
				subjects = append(subjects, item.SubjectCategory)
			}
		}
		expect := func(what string, got, want []string) {
			if !slices.Equal(unique(got), unique(want)) {
				t.Errorf("%s: %s: got %v, the law file has %v", s.ID, what, unique(got), unique(want))
			}
		}
		expect("parties", []string{q.Sender.Role, q.Recipient.Role, q.Recipient.Country}, []string{s.F, s.T, s.CC})
		expect("kind and purpose", []string{q.Message.Kind, q.Purpose}, []string{s.K, s.P})
		expect("bases", claimed, slices.DeleteFunc(strings.Split(s.B, " + "), func(b string) bool { return b == "none" }))
		expect("source", articles, []string{s.Art})
		expect("data", categories, s.Data)
		expect("persons", subjects, s.Subj)
		expect("verdict", []string{want.Outcome, string(want.Reason)}, []string{outcomes[s.Ex], s.R})
	}
	if held != 38 {
		t.Errorf("got %d worked cases, want 38", held)
	}
}

// Each basis that a row of the matrix rests on has a case that passes on it and
// one that does not.
func TestEveryBasisHasACaseThatPassesAndOneThatDoesNot(t *testing.T) {
	passes, fails := map[string]bool{}, map[string]bool{}
	paths, _ := filepath.Glob("cases/*.txt")
	for _, path := range paths {
		_, q, want := readCase(t, path)
		for _, basis := range q.Bases {
			passed := want.Outcome == schemas.Allow || want.Outcome == schemas.AllowWithObligations
			passes[basis.ID], fails[basis.ID] = passes[basis.ID] || passed, fails[basis.ID] || !passed
		}
	}
	for _, rows := range embeddedRules(t).flows {
		for _, row := range rows {
			for _, basis := range slices.Concat(row.fact.Grounds...) {
				if !passes[basis] || !fails[basis] {
					t.Errorf("%s of %s: a case passes on it is %t, one does not is %t", basis, row.fact.ID, passes[basis], fails[basis])
				}
			}
		}
	}
}

func unique(words []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(words)))
}
