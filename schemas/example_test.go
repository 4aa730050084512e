package schemas

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// read reads a document of any schema from outside.
func read(name string, document []byte) (any, error) {
	switch name {
	case "manifest":
		return ParseManifest(document)
	case "envelope":
		envelope := new(Envelope)
		return envelope, Decode(document, envelope)
	case "draft":
		return ParseDraft(document)
	}
	return Parse(name, document)
}

// documented lists the names of all schemas.
func documented() []string { return append(Kinds(), "manifest", "envelope", "draft") }

func mustReadFile(t testing.TB, path string) []byte {
	t.Helper()
	document, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

// examples lists the files below examples that match a pattern.
func examples(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("examples", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("examples/%s: %v, %d files", pattern, err, len(paths))
	}
	return paths
}

// schemaReader checks documents against the JSON Schemas alone, as a partner would.
type schemaReader map[string]*jsonschema.Schema

func readSchemas(t testing.TB) schemaReader {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	all := schemaReader{}
	for _, name := range documented() {
		schema, err := compiler.Compile(name + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		all[name] = schema
	}
	return all
}

func (s schemaReader) validate(name string, document []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return s[name].Validate(value)
}

func TestEveryExampleIsWhatItsSchemaAndItsTypeSay(t *testing.T) {
	schemas := readSchemas(t)
	for _, name := range documented() {
		if name == "draft" {
			continue // see below
		}
		paths := examples(t, name+"/*.json")
		if len(paths) < 2 {
			t.Errorf("%s: got %d examples, want at least 2", name, len(paths))
		}
		for _, path := range paths {
			document := mustReadFile(t, path)
			if err := schemas.validate(name, document); err != nil {
				t.Errorf("%s: JSON Schema: %v", path, err)
			}
			if _, err := read(name, document); err != nil {
				t.Errorf("%s: got %v, want a document", path, err)
			}
		}
	}
}

func TestEveryExampleTakenApartAndPutTogetherIsTheSame(t *testing.T) {
	for _, kind := range Kinds() {
		for _, path := range examples(t, kind+"/*.json") {
			document := mustReadFile(t, path)
			want, err := Parse(kind, document)
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			leaves, err := Flatten(document)
			if err != nil {
				t.Errorf("%s: take apart: %v", path, err)
				continue
			}
			if _, err := Govern(kind, leaves); err != nil {
				t.Errorf("%s: govern: %v", path, err)
			}
			slices.Reverse(leaves) // the order they arrive in does not matter
			again, err := Assemble(leaves, false)
			if err != nil {
				t.Errorf("%s: put together: %v", path, err)
				continue
			}
			if got, err := Parse(kind, again); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %s (%v), want %s", path, Encode(got), err, Encode(want))
			}
		}
	}
}

// unseen are the codes that a JSON Schema cannot give: it sees values, not how
// they are written. What they refuse is otherwise what the schema says.
var unseen = []Code{"schema.control-character", "schema.bidi", "schema.invisible", "schema.nfc", "schema.number", "schema.incomplete"}

func TestEveryRefusedExampleIsRefusedWithTheCodeOfItsFolder(t *testing.T) {
	schemas := readSchemas(t)
	for _, path := range examples(t, "refused/*/*.json") {
		want := Code(filepath.Base(filepath.Dir(path)))
		name, _, _ := strings.Cut(filepath.Base(path), "--")
		document := mustReadFile(t, path)
		_, err := read(name, document)
		if refusal := Refused(err); refusal == nil || refusal.Code != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
		err = schemas.validate(name, document)
		if slices.Contains(unseen, want) && err != nil {
			t.Errorf("%s: JSON Schema: got %v, want nothing wrong but what the code says", path, err)
		}
		if !slices.Contains(unseen, want) && (want.Family() == "schema" || want.Family() == "route") && err == nil {
			t.Errorf("%s: JSON Schema: got a valid document, want %s", path, want)
		}
	}
}

// A code of these families that has no example is a code that nobody has seen.
func TestEveryCodeThatADocumentCanGetHasAnExample(t *testing.T) {
	codes := []Code{
		"parse.duplicate", "parse.empty", "parse.encoding", "parse.not-json", "parse.syntax",
		"schema.bidi", "schema.control-character", "schema.country", "schema.date", "schema.duplicate-item", "schema.enum",
		"schema.form", "schema.incomplete", "schema.invisible", "schema.line-break", "schema.missing", "schema.nfc", "schema.null", "schema.number",
		"schema.phone", "schema.range", "schema.type", "schema.unknown-key",
		"limit.array", "limit.depth", "limit.key", "limit.keys", "limit.number", "limit.string",
		"route.recipient",
	}
	folders := map[Code]bool{}
	for _, path := range examples(t, "refused/*") {
		folders[Code(filepath.Base(path))] = true
	}
	for _, code := range codes {
		if !folders[code] {
			t.Errorf("%s: got no example, want one", code)
		}
		delete(folders, code)
	}
	for code := range folders {
		t.Errorf("%s: got a folder, want it in the list of this test", code)
	}
}

func TestEveryDraftBecomesABodyOnceItIsSealed(t *testing.T) {
	schemas := readSchemas(t)
	for _, path := range examples(t, "drafts/*.json") {
		document := mustReadFile(t, path)
		if err := schemas.validate("draft", document); err != nil {
			t.Errorf("%s: JSON Schema: %v", path, err)
		}
		draft, err := ParseDraft(document)
		if err != nil {
			t.Errorf("%s: got %v, want a draft", path, err)
			continue
		}
		body := seal(t, draft)
		if err := schemas.validate(draft.Kind, body); err != nil {
			t.Errorf("%s: body: JSON Schema: %v", path, err)
		}
		if _, err := Parse(draft.Kind, body); err != nil {
			t.Errorf("%s: body: got %v, want a body", path, err)
		}
		leaves, err := Flatten(body)
		if err != nil {
			t.Errorf("%s: body: %v", path, err)
		}
		if _, err := Govern(draft.Kind, leaves); err != nil {
			t.Errorf("%s: body: govern: %v", path, err)
		}
		for _, may := range draft.May {
			if !slices.ContainsFunc(leaves, func(l Leaf) bool { return strings.HasPrefix(l.Pointer+"/", may+"/") }) {
				t.Errorf("%s: may: got %s, want a place in the body", path, may)
			}
		}
	}
}

// seal does to a draft's body what the connector and its reply command do: values
// to be sealed are sealed (here with nothing), and the answered message is named.
func seal(t *testing.T, draft *Draft) []byte {
	t.Helper()
	var body any
	if err := json.Unmarshal(draft.Body, &body); err != nil {
		t.Fatal(err)
	}
	for name, kind := range map[string]Kind{"tip": KindFeedback, "answers": KindResponse, "message": KindAssessment} {
		if members := body.(map[string]any); draft.Kind == kind && members[name] == nil {
			members[name] = "01a2b3c4-d5e6-7890-8abc-def012345678"
		}
	}
	return Encode(sealBelow(draft.Kind, "", body))
}

func sealBelow(kind Kind, pointer string, value any) any {
	if unsealed, ok := AsUnsealed(Encode(value)); ok && IsSealed(kind, pointer) {
		return Sealed{For: unsealed.For, Sealed: strings.Repeat("A", 128)}
	}
	switch value := value.(type) {
	case map[string]any:
		for name := range value {
			value[name] = sealBelow(kind, pointer+"/"+name, value[name])
		}
	case []any:
		for i := range value {
			value[i] = sealBelow(kind, pointer+"/"+strconv.Itoa(i), value[i])
		}
	}
	return value
}
