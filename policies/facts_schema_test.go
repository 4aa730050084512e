package policies

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"schakel/schemas"
)

// closed are the members of the facts that have a closed list of words, by type
// and member.
var closed = map[string][]string{
	"Category.class":        {"S0", "S1", "S2", "S3", "S4", "forbidden"},
	"Country.assurance":     {"never", "always", "offence"},
	"Country.class":         {"cc-nl", "cc-eu", "cc-sa", "cc-ta", "cc-tb", "cc-ts", "cc-tn", "cc-io", "cc-ea"},
	"Country.csa_capital":   {"no", "yes", "some", "check"},
	"Country.dp_status":     {"abolished", "retentionist", "practice", "none"},
	"DocumentKind.about":    {"country", "recipient", "origin"},
	"DocumentKind.issuer":   {"sender", "directory"},
	"Flow.decision":         {schemas.Allow, schemas.AllowWithObligations, schemas.Hold, schemas.Deny},
	"Flow.level":            {"F0", "F1", "F2"},
	"Offence.art10a":        {"yes", "no", "check"},
	"Retention.from":        {"collected", "delivery"},
	"Role.regime":           {"wpg", "wjsg", "gdpr", "pnr", "fiu", "foreign", "none"},
	"Role.side":             {"police", "justice", "care", "private", "foreign", "public", "oversight", "system"},
	"Selection.named_in":    {"assessment", "decision", "ministerial"},
	".effect":               {"deny", "hold", "both", "mark"},
	"Offence.flags":         {"death", "trafficking", "drugs", "murder", "child-rape", "several-victims", "organised"},
	"Basis.articles":        schemas.Articles,
	"Condition.articles":    schemas.Articles,
	"Retention.articles":    schemas.Articles,
	"Regime.articles":       schemas.Articles,
	"Basis.strict_articles": schemas.Articles,
}

// oneOf are the types of which exactly one of some members says how.
var oneOf = map[string][]string{
	"Condition": {"document", "attribute", "design"},
	"Retention": {"articles", "bases", "recipients"},
	"Selection": {"all", "only", "named_in"},
}

// A fact file is checked against facts.schema.json when the rules are loaded. The
// schema says what the Go types say, or this test shows the difference.
func TestFactsSchemaIsTheFactTypes(t *testing.T) {
	schema := factSchema(reflect.TypeFor[catalogue]())
	delete(schema, "required") // a file holds one list, or a few
	schema["title"] = "Facts: the legal bases, the matrix of flows and the lists they are written in (law/README.md)"
	compareSchema(t, "facts.schema.json", schema)
}

// What the rules answer, for whoever reads it outside this program.
func TestDecisionSchemaIsTheDecisionType(t *testing.T) {
	schema := objectSchema(reflect.TypeFor[Decision]())
	schema["title"] = "The answer of the rules"
	properties := schema["properties"].(map[string]any)
	properties["outcome"] = map[string]any{"type": "string", "enum": []string{schemas.Allow, schemas.AllowWithObligations, schemas.Hold, schemas.Deny}}
	properties["retention"] = map[string]any{"type": "string", "pattern": `^([0-9]{4}-[0-9]{2}-[0-9]{2})?$`}
	compareSchema(t, "decision.schema.json", schema)
}

// Every entry says where it comes from and how well that was checked.
func TestEveryFactHasASourceAndAMark(t *testing.T) {
	properties := factSchema(reflect.TypeFor[catalogue]())["properties"].(map[string]any)
	for list, entries := range properties {
		required, _ := entries.(map[string]any)["items"].(map[string]any)["required"].([]string)
		said := strings.Join(required, " ")
		if list != "reasons" && !(strings.Contains(said, "source") && strings.Contains(said, "evidence")) { // their order is law 5.2; each rule has its own source
			t.Errorf("%s: an entry must have %v, want source and evidence among them", list, required)
		}
	}
}

func compareSchema(t *testing.T, path string, schema map[string]any) {
	t.Helper()
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	want, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s does not say what the Go type says; run go test ./policies -run Schema -update and read the difference", path)
	}
}

// factSchema is what a type of the facts says, in the words of its YAML.
func factSchema(t reflect.Type) map[string]any {
	properties := map[string]any{}
	required := []string{}
	members(t, func(member string, optional bool, field reflect.StructField) {
		properties[member] = memberSchema(t, member, field.Type)
		if !optional {
			required = append(required, member)
		}
	})
	schema := map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	if words := oneOf[t.Name()]; words != nil {
		var ways []any
		for _, word := range words {
			ways = append(ways, map[string]any{"required": []string{word}})
		}
		schema["oneOf"] = ways
	}
	return schema
}

// members calls f for each member, those of inlined types among them.
func members(t reflect.Type, f func(member string, optional bool, field reflect.StructField)) {
	for i := range t.NumField() {
		field := t.Field(i)
		member, options, _ := strings.Cut(field.Tag.Get("yaml"), ",")
		if options == "inline" {
			members(field.Type, f)
			continue
		}
		f(member, strings.Contains(options, "omitempty") || field.Type.Kind() == reflect.Bool, field)
	}
}

func memberSchema(of reflect.Type, member string, t reflect.Type) map[string]any {
	words := closed[of.Name()+"."+member]
	switch t.Kind() {
	case reflect.Struct:
		return factSchema(t)
	case reflect.Slice:
		return map[string]any{"type": "array", "items": memberSchema(of, member, t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": memberSchema(of, member, t.Elem())}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer", "minimum": 0}
	}
	switch member {
	case "valid_from", "valid_until", "facts_as_of":
		return map[string]any{"type": "string", "pattern": `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`}
	case "evidence":
		return map[string]any{"type": "string", "pattern": `^(Vs|V|K|D)([;/ ].*)?$`}
	}
	if words != nil {
		return map[string]any{"type": "string", "enum": words}
	}
	return map[string]any{"type": "string", "minLength": 1}
}
