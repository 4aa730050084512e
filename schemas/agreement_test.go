package schemas

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The JSON Schemas are what partners implement against; the Go types are what
// runs. Each difference between them is one line here.
func TestAgreementOfEverySchemaWithItsType(t *testing.T) {
	documents := map[string]reflect.Type{
		"manifest": reflect.TypeFor[Manifest](), "envelope": reflect.TypeFor[Envelope](), "draft": reflect.TypeFor[Draft](),
	}
	maps.Copy(documents, kinds)
	definitions := map[string]string{} // every schema is whole by itself; one name means one thing in all
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		schema := readSchema(t, name)
		a := &agreement{t: t, name: name, defs: schema.object("$defs"), used: map[string]bool{}}
		if want := "https://schakel.example/schemas/" + name + "/1"; schema["$id"] != want {
			a.differ("$id is %v, want %s", schema["$id"], want)
		}
		a.explained("the schema", schema)
		a.value("the schema", schema, documents[name], nil)
		for def := range a.defs {
			text := fmt.Sprint(a.defs[def])
			if first, ok := definitions[def]; ok && first != text {
				a.differ("$def `%s` is not the same as in another schema", def)
			}
			definitions[def] = text
			a.explained("$def `"+def+"`", a.defs.object(def))
			if !a.used[def] {
				a.differ("$def `%s` is not used", def)
			}
		}
	}
}

// keywords is a schema: an object with keywords.
type keywords map[string]any

func (k keywords) object(key string) keywords {
	object, _ := k[key].(map[string]any)
	return object
}

func (k keywords) words(key string) []string {
	var words []string
	list, _ := k[key].([]any)
	for _, word := range list {
		words = append(words, fmt.Sprint(word))
	}
	return words
}

func readSchema(t *testing.T, name string) keywords {
	t.Helper()
	document, err := os.ReadFile(name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema keywords
	if err := json.Unmarshal(document, &schema); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return schema
}

type agreement struct {
	t    *testing.T
	name string
	defs keywords
	used map[string]bool
}

func (a *agreement) differ(format string, arguments ...any) {
	a.t.Helper()
	a.t.Errorf(a.name+": "+format, arguments...)
}

func (a *agreement) explained(where string, n keywords) {
	for _, key := range []string{"title", "description"} {
		if text, _ := n[key].(string); strings.TrimSpace(text) == "" {
			a.differ("%s has no %s", where, key)
		}
	}
}

// resolved adds the keywords that a reference points to.
func (a *agreement) resolved(where string, n keywords) keywords {
	ref, ok := n["$ref"].(string)
	if !ok {
		return n
	}
	name, local := strings.CutPrefix(ref, "#/$defs/")
	def := a.defs.object(name)
	if !local || def == nil {
		a.differ("%s refers to %s, which does not stand in the file", where, ref)
		return n
	}
	a.used[name] = true
	whole := maps.Clone(def)
	for key, word := range n {
		if whole[key] != nil && key != "title" && key != "description" {
			a.differ("%s says %s beside a $def that says it too", where, key)
		}
		whole[key] = word
	}
	return whole
}

// object compares the members of an object, both ways. It reports whether all of
// them may be left out.
func (a *agreement) object(n keywords, t reflect.Type) bool {
	properties, required := n.object("properties"), n.words("required")
	known, optional := map[string]bool{}, true
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		where := fmt.Sprintf("property `%s`, field %s.%s,", name, t.Name(), field.Name)
		rules := strings.Split(field.Tag.Get("validate"), ",")
		property := properties.object(name)
		known[name] = true
		if property == nil {
			a.differ("field %s.%s (%s) has no property", t.Name(), field.Name, name)
			continue
		}
		a.explained(where, property)
		must := rules[0] == "required"
		if kinds[a.name] == nil { // a manifest and an envelope are whole; in a draft, what may be empty may be left out
			must = options == "" && (a.name != "draft" || rules[0] != "omitempty")
		}
		optional = optional && !must
		if must && !slices.Contains(required, name) {
			a.differ("property `%s` is not required, field %s.%s is", name, t.Name(), field.Name)
		} else if !must && slices.Contains(required, name) {
			a.differ("property `%s` is required, field %s.%s is not", name, t.Name(), field.Name)
		}
		if got, want := property["x-category"], field.Tag.Get("category"); fmt.Sprint(got) != want && (got != nil || want != "") {
			a.differ("%s x-category is %v, tag says %q", where, got, want)
		}
		if either, _ := property["anyOf"].([]any); must && rules[0] == "omitempty" {
			if len(either) != 2 || fmt.Sprint(either[0]) != "map[const:]" {
				a.differ("%s may be empty: want anyOf the constant \"\" and the rest", where)
				continue
			}
			property = either[1].(map[string]any)
		}
		a.value(where, a.resolved(where, property), field.Type, rules)
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(properties)), required) {
		if !known[name] {
			a.differ("property `%s` has no field in %s", name, t.Name())
		}
	}
	return optional
}

// elsewhere are the keywords that say nothing of a value or are compared elsewhere.
var elsewhere = []string{
	"$schema", "$id", "$defs", "$ref", "title", "description", "properties", "required", "items", "patternProperties", "x-category", "x-values",
}

// value compares the keywords of a value with a type and its rules.
func (a *agreement) value(where string, n keywords, t reflect.Type, rules []string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	own, below := rules, []string(nil)
	if dive := slices.Index(rules, "dive"); dive >= 0 {
		own, below = rules[:dive], rules[dive+1:]
	}
	want := keywords{}
	switch {
	case t == reflect.TypeFor[Raw]():
		want["type"] = "object"
	case t.Kind() == reflect.Struct:
		want["type"], want["additionalProperties"] = "object", false
		if a.object(n, t) {
			want["minProperties"] = 1 // an empty object has no leaf, so it cannot travel
		}
	case t.Kind() == reflect.Map:
		want["type"], want["additionalProperties"] = "object", false
		want.bounds(own, "minProperties", "maxProperties")
		key := "."
		if len(below) > 0 && below[0] == "keys" {
			key, below = Patterns[below[1]], below[3:] // keys, the rule, endkeys
		}
		a.value(where, a.resolved(where, n.object("patternProperties").object(key)), t.Elem(), below)
	case t.Kind() == reflect.Slice:
		want["type"] = "array"
		want.bounds(own, "minItems", "maxItems")
		a.value(where+" items:", a.resolved(where, n.object("items")), t.Elem(), below)
	default:
		want["type"] = map[reflect.Kind]string{reflect.String: "string", reflect.Int: "integer", reflect.Int64: "integer", reflect.Bool: "boolean"}[t.Kind()]
		low, high := "minimum", "maximum"
		if t.Kind() == reflect.String {
			low, high = "minLength", "maxLength"
		}
		want.bounds(own, low, high)
	}
	if unknown := want.forms(own); unknown != nil {
		a.differ("%s has rules that this test does not know: %v", where, unknown)
	}
	all := maps.Clone(n)
	maps.Copy(all, want)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(elsewhere, key) {
			continue
		}
		if got, want := fmt.Sprint(n[key]), fmt.Sprint(want[key]); got != want {
			a.differ("%s %s is %s, Go says %s", where, key, got, want)
		}
	}
	if meanings := n.object("x-values"); meanings != nil && !reflect.DeepEqual(slices.Sorted(maps.Keys(meanings)), slices.Sorted(slices.Values(n.words("enum")))) {
		a.differ("%s x-values explains %v, enum is %v", where, slices.Sorted(maps.Keys(meanings)), n["enum"])
	}
}

func (k keywords) bounds(rules []string, low, high string) {
	for _, rule := range rules {
		if bound, ok := strings.CutPrefix(rule, "min="); ok {
			k[low] = bound
		} else if bound, ok := strings.CutPrefix(rule, "max="); ok {
			k[high] = bound
		}
	}
}

// forms adds the keywords that the rules mean, and returns the rules it does not
// know.
func (k keywords) forms(rules []string) (unknown []string) {
	for _, rule := range rules {
		name, argument, _ := strings.Cut(rule, "=")
		means, ok := map[string]keywords{
			"": {}, "required": {}, "omitempty": {}, "min": {}, "max": {},
			"oneof": {"enum": strings.Fields(argument)}, "kind": {"enum": Kinds()}, "eq": {"const": argument},
			"unique": {"uniqueItems": true}, "email": {"format": "email"},
			"date": {"format": "date"}, "instant": {"format": "date-time"},
			"line": {"pattern": `^[^\n]*\S[^\n]*$`}, "prose": {"pattern": `\S`},
		}[name]
		maps.Copy(k, means)
		if pattern, word := Patterns[name]; word {
			k["pattern"], ok = pattern, true
		}
		if list, word := lists[name]; word {
			k["enum"], ok = list, true
		}
		if !ok {
			unknown = append(unknown, name)
		}
	}
	return unknown
}
