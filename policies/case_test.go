package policies

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"schakel/schemas"
)

// casesOf reads the casebook.
func casesOf(t testing.TB) []Case {
	t.Helper()
	all, err := Cases(Casebook())
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// caseOf reads one case of it.
func caseOf(t testing.TB, id string) *Case {
	t.Helper()
	c, err := ReadCase(Casebook(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func embeddedRules(t testing.TB) *Rules {
	t.Helper()
	rules, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// Every case of the casebook gives its verdict and its first reason.
func TestCasebook(t *testing.T) {
	rules := embeddedRules(t)
	for _, c := range casesOf(t) {
		t.Run(c.ID, func(t *testing.T) {
			got, agrees, err := rules.Try(t.Context(), &c)
			if err != nil {
				t.Fatal(err)
			}
			if !agrees {
				t.Errorf("%s\ngot  %s, %v (approvals %v)\nwant %s, first %s", c.Prose, got.Outcome, got.Codes(), got.Approvals, c.Outcome, c.Reason)
			}
		})
	}
}

// A case that cannot be read is refused by its name, also one that is like itself.
func TestACaseThatCannotBeReadIsRefused(t *testing.T) {
	sound := "-- question.json --\n{}\n-- decision.json --\n{\"outcome\": \"deny\", \"reason\": \"r-role\"}\n"
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"sound": sound, "no-question": "-- decision.json --\n{}\n", "no-decision": "-- question.json --\n{}\n",
		"unknown":         strings.Replace(sound, "{}", `{"sendr": {}}`, 1),
		"nowhere":         strings.Replace(sound, "-- question.json --\n{}", "-- like.json --\n"+`{"case": "sound", "but": {"/sender/rol": "om"}}`, 1),
		"of-nobody":       strings.Replace(sound, "-- question.json --\n{}", "-- like.json --\n"+`{"case": "missing", "but": {}}`, 1),
		"each-of-nothing": strings.Replace(sound, "-- decision.json", "-- each.json --\n"+`{"/sender/rol": ["om"]}`+"\n-- decision.json", 1),
		"each-unreadable": strings.Replace(sound, "-- decision.json", "-- each.json --\n[]\n-- decision.json", 1),
		"of-itself":       strings.Replace(sound, "-- question.json --\n{}", "-- like.json --\n"+`{"case": "of-itself", "but": {}}`, 1),
	} {
		files[name+".txt"] = &fstest.MapFile{Data: []byte(text)}
	}
	if _, err := ReadCase(files, "sound"); err != nil {
		t.Fatal(err)
	}
	for name := range files {
		_, err := ReadCase(files, strings.TrimSuffix(name, ".txt"))
		if refusal := schemas.Refused(err); name != "sound.txt" && (refusal == nil || refusal.Code != CodeCase || !strings.Contains(refusal.At, ".txt")) {
			t.Errorf("%s: got %v, want %s with its file", name, err, CodeCase)
		}
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
		worked := caseOf(t, s.ID)
		q := worked.Question
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
		expect("verdict", []string{worked.Outcome, string(worked.Reason)}, []string{outcomes[s.Ex], s.R})
	}
	if held != 42 {
		t.Errorf("got %d worked cases, want 42", held)
	}
}

// Each basis that a row of the matrix rests on has a case that passes on it and
// one that does not.
func TestEveryBasisHasACaseThatPassesAndOneThatDoesNot(t *testing.T) {
	passes, fails := map[string]bool{}, map[string]bool{}
	for _, c := range casesOf(t) {
		for _, basis := range c.Question.Bases {
			passed := c.Outcome == schemas.Allow || c.Outcome == schemas.AllowWithObligations
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
