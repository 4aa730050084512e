package policies

import (
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the test would compare with")

// The rules are checked against question.schema.json when they are compiled, so
// that a misspelt attribute is an error with the valid names. The schema says
// what the Go type says, or this test shows the difference.
func TestQuestionSchemaIsTheQuestionType(t *testing.T) {
	schema := objectSchema(reflect.TypeFor[Question]())
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "The question put to the rules (law/README.md 0.6)"
	schema["properties"].(map[string]any)["law"] = map[string]any{
		"description": "Facts of the day that the gateway resolved: row of the matrix, claimed bases, recipient-side grounds, lists of countries.",
	}
	want, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile("question.schema.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("question.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("question.schema.json does not say what the type Question says; run go test ./policies -run QuestionSchema -update and read the difference")
	}
}

func objectSchema(t reflect.Type) map[string]any {
	properties := map[string]any{}
	var required []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		properties[name] = typeSchema(t.Field(i).Type)
		required = append(required, name)
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

func typeSchema(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Struct:
		return objectSchema(t)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": typeSchema(t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	}
	return map[string]any{"type": "string"}
}
