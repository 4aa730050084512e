package policies

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/rego"
)

// modules reads the rules as they are embedded.
func modules(t *testing.T) map[string]string {
	t.Helper()
	found, _, _, err := read(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func questionSchema(t *testing.T) []byte {
	t.Helper()
	schema, err := fs.ReadFile(Embedded(), "question.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestRulesAreFormatted(t *testing.T) {
	for path, text := range modules(t) {
		want, err := format.SourceWithOpts(path, []byte(text), format.Opts{})
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != text {
			if *update {
				if err := os.WriteFile(path, want, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			t.Errorf("%s is not formatted; run go test ./policies -run RulesAreFormatted -update", path)
		}
	}
}

// What would make a decision depend on anything but its question, or would let a
// misspelt attribute pass as missing, does not compile.
func TestARuleThatIsNotPureOrMisspellsDoesNotCompile(t *testing.T) {
	for name, body := range map[string]string{
		"the network":        `x := http.send({"method": "get", "url": "http://127.0.0.1"})`,
		"the clock":          `x := time.now_ns()`,
		"chance":             `x := rand.intn("n", 10)`,
		"the environment":    `x := opa.runtime()`,
		"name resolution":    `x := net.lookup_ip_addr("example.org")`,
		"a fresh identifier": `x := uuid.rfc4122("k")`,
		"a misspelt member":  `x if input.purposes == "p-invest"`,
		"a misspelt below":   `x if input.sender.rol == "om"`,
		"an unused variable": "x if {\n\tsome y in input.items\n\ty2 := y\n}",
	} {
		all := modules(t)
		all["added.rego"] = "package policies.added\n\n" + body + "\n"
		if _, err := newCompiler(all, questionSchema(t)); err == nil {
			t.Errorf("%s: %s compiled", name, body)
		}
	}
}

// Every line of every rule is reached by a case of the casebook.
func TestTheCasebookReachesEveryRule(t *testing.T) {
	coverage := cover.New()
	rules := embeddedRules(t)
	for _, c := range casesOf(t) {
		q := c.Question
		question, err := document(q)
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range rules.ways(q) {
			if _, err := rules.query.Eval(t.Context(), rego.EvalParsedInput(rules.input(question, way, q)), rego.EvalQueryTracer(coverage)); err != nil {
				t.Fatal(err)
			}
		}
	}
	compiler, err := newCompiler(modules(t), questionSchema(t))
	if err != nil {
		t.Fatal(err)
	}
	report := coverage.Report(compiler.Modules)
	for _, path := range slices.Sorted(maps.Keys(report.Files)) {
		lines := strings.Split(modules(t)[path], "\n")
		for _, r := range report.Files[path].NotCovered {
			t.Errorf("no case reaches %s:%d: %s", path, r.Start.Row, strings.TrimSpace(lines[r.Start.Row-1]))
		}
	}
}
