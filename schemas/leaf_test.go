package schemas

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"
)

func TestADocumentTakenApartAndPutTogetherIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawObject(t, 4)
		leaves, err := Flatten(Encode(want))
		if refusal := Refused(err); refusal != nil && refusal.Code == "limit.leaves" {
			return // larger than a message may be
		}
		if err != nil {
			t.Fatalf("take apart: got %v, want leaves", err)
		}
		if !slices.IsSortedFunc(leaves, func(a, b Leaf) int { return ComparePointers(a.Pointer, b.Pointer) }) {
			t.Fatalf("got %v, want leaves in order", leaves)
		}
		document, err := Assemble(rapid.Permutation(leaves).Draw(t, "order"), false)
		if err != nil {
			t.Fatalf("put together: got %v, want a document", err)
		}
		var got any
		if err := json.Unmarshal(document, &got); err != nil || !reflect.DeepEqual(got, any(want)) {
			t.Fatalf("got %s (%v), want %s", document, err, Encode(want))
		}
	})
}

// drawObject draws an object that is not empty. Names are letters and what a
// pointer must escape; a name that is a number would be a position.
func drawObject(t *rapid.T, depth int) map[string]any {
	object := map[string]any{}
	for range rapid.IntRange(1, 4).Draw(t, "members") {
		object[rapid.StringMatching(`[a-z_~/ é]{1,3}`).Draw(t, "name")] = drawValue(t, depth-1)
	}
	return object
}

func drawValue(t *rapid.T, depth int) any {
	kinds := []string{"text", "number", "truth", "words", "list", "object", "sealed"}
	if depth <= 0 {
		kinds = kinds[:4]
	}
	switch rapid.SampledFrom(kinds).Draw(t, "kind") {
	case "number":
		return float64(rapid.Int32().Draw(t, "number"))
	case "truth":
		return rapid.Bool().Draw(t, "truth")
	case "words":
		words := []any{}
		for range rapid.IntRange(0, 12).Draw(t, "words") {
			words = append(words, rapid.String().Draw(t, "word"))
		}
		return words
	case "list": // longer than ten, so that position 10 must come after position 2
		list := []any{drawObject(t, depth-1)}
		for range rapid.IntRange(0, 12).Draw(t, "elements") {
			list = append(list, drawValue(t, depth-1))
		}
		return list
	case "object":
		return drawObject(t, depth)
	case "sealed":
		return map[string]any{"for": "tbkk/vid-1", "sealed": "AAAA"}
	}
	return rapid.String().Draw(t, "text")
}

func TestWhatCannotBePutTogetherAgainIsNotTakenApart(t *testing.T) {
	var many []string
	for i := range MaxLeaves + 1 {
		many = append(many, fmt.Sprintf(`"k%d":0`, i))
	}
	for _, test := range []struct{ what, document, want string }{
		{"an empty object", `{"a":{"b":{}}}`, "schema.empty-object at /a/b"},
		{"an empty object in a list", `{"a":[{"b":1},{}]}`, "schema.empty-object at /a/1"},
		{"512 leaves", "{" + strings.Join(many[1:], ",") + "}", "<nil>"},
		{"513 leaves", "{" + strings.Join(many, ",") + "}", "limit.leaves"},
	} {
		if _, err := Flatten([]byte(test.document)); fmt.Sprint(err) != test.want {
			t.Errorf("%s: got %v, want %s", test.what, err, test.want)
		}
	}
}

func TestLeavesThatDoNotFitTogetherAreRefused(t *testing.T) {
	for _, test := range []struct {
		what     string
		pointers []string
		holes    bool
		want     string // document or refusal; every value is 7
	}{
		{"apart", []string{"/a", "/b/c"}, false, `{"a":7,"b":{"c":7}}`},
		{"a list in another order", []string{"/a/1", "/a/0"}, false, `{"a":[7,7]}`},
		{"ten and more", []string{"/a/10", "/a/2"}, true, `{"a":[null,null,7,null,null,null,null,null,null,null,7]}`},
		{"one place twice", []string{"/a", "/a"}, false, "sd.clash at /a"},
		{"a leaf below a leaf", []string{"/a/b", "/a"}, false, "sd.clash at /a/b"},
		{"a leaf below an element", []string{"/a/0", "/a/0/b"}, false, "sd.clash at /a/0/b"},
		{"a position and a name", []string{"/a/0", "/a/b"}, false, "sd.clash at /a"},
		{"a name and a position", []string{"/a/-", "/a/0"}, false, "sd.clash at /a"},
		{"a hole", []string{"/a/1"}, false, "sd.missing at /a"},
		{"a hole that is allowed", []string{"/a/1/b"}, true, `{"a":[null,{"b":7}]}`},
		{"the last position", []string{"/a/256"}, true, "sd.clash at /a"},
	} {
		var leaves []Leaf
		for _, pointer := range test.pointers {
			leaves = append(leaves, Leaf{pointer, Raw("7")})
		}
		document, err := Assemble(leaves, test.holes)
		if got := string(document); got != test.want && fmt.Sprint(err) != test.want {
			t.Errorf("%s: got %s (%v), want %s", test.what, got, err, test.want)
		}
	}
}

// governed takes an example apart and returns its content by pointer.
func governed(t *testing.T, kind Kind, example string) (map[string]Governed, []Leaf) {
	t.Helper()
	leaves, err := Flatten(mustReadFile(t, "examples/"+kind+"/"+example+".json"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := Govern(kind, leaves)
	if err != nil {
		t.Fatal(err)
	}
	content := map[string]Governed{}
	for _, g := range all {
		content[g.Leaf.Pointer] = g
	}
	return content, leaves
}

func TestTheNearestMarkGovernsALeaf(t *testing.T) {
	content, _ := governed(t, KindTip, "hotel-cebu")
	for _, test := range []struct {
		pointer       string
		categories    string
		person, label int
		sealed        string
	}{
		{"/subject", "[d-none]", -1, 0, ""},                           // the root says label 0, nobody says a person
		{"/seen/told_by", "[d-none]", -1, 1, ""},                      // the observation says label 1
		{"/seen/place/country", "[d-location]", -1, 1, ""},            // and so for its place
		{"/seen/account/text", "[d-susp d-location]", 0, 1, ""},       // the text says person 0 and its categories
		{"/suspects/0/aliases", "[d-alias]", 0, 0, ""},                // the suspect says person 0; a list of words is one leaf
		{"/suspects/0/documents/0/number", "[d-docs]", 0, 0, ""},      // also for what lies deeper
		{"/suspects/0/suspicion/text", "[d-susp]", 0, 0, ""},          // the text says label 0, its suspect person 0
		{"/suspects/1/telephone", "[d-contact]", 2, 0, ""},            // the other suspect says person 2
		{"/children/0/identity/0", "[d-vict-id]", 1, 0, "tbkk/vid-1"}, // a sealed value is one leaf
		{"/children/0/health/text", "[d-health d-minor]", 1, 0, ""},
		{"/facilitators/0/note", "[d-location]", 2, 0, ""},
		{"/facilitators/1/code", "[d-none]", -1, 0, ""},
	} {
		got, ok := content[test.pointer]
		if !ok {
			t.Errorf("%s: got no content, want it", test.pointer)
			continue
		}
		if categories := fmt.Sprint(got.Categories); categories != test.categories || got.Person != test.person || got.Label != test.label || got.Sealed != test.sealed {
			t.Errorf("%s: got %s, person %d, label %d, sealed %q; want %s, person %d, label %d, sealed %q",
				test.pointer, categories, got.Person, got.Label, got.Sealed, test.categories, test.person, test.label, test.sealed)
		}
	}
}

func TestWhatGovernsALeafTravelsWithIt(t *testing.T) {
	content, leaves := governed(t, KindTip, "hotel-cebu")
	below := func(prefixes ...string) []string {
		var pointers []string
		for _, leaf := range leaves {
			for _, prefix := range prefixes {
				if leaf.Pointer == prefix || strings.HasPrefix(leaf.Pointer, prefix+"/") {
					pointers = append(pointers, leaf.Pointer)
				}
			}
		}
		return slices.Sorted(slices.Values(pointers))
	}
	for pointer, want := range map[string][]string{
		"/subject":               below("/label", "/labels/0"),
		"/seen/account/text":     below("/seen/account/categories", "/seen/account/person", "/persons/0", "/seen/label", "/labels/1"),
		"/children/0/identity/0": below("/children/0/person", "/persons/1", "/label", "/labels/0"),
	} {
		if got := content[pointer].With; !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", pointer, got, want)
		}
	}
	for _, leaf := range leaves {
		field, _ := FieldOf(KindTip, leaf.Pointer)
		if _, ok := content[leaf.Pointer]; ok == (field.Category == CategoryFollows) {
			t.Errorf("%s: category %s: got content %t, want it if and only if it does not follow", leaf.Pointer, field.Category, ok)
		}
	}
}

func TestACorrectionHasTheCategoryThatItDeclares(t *testing.T) {
	content, _ := governed(t, KindRecall, "correct-plate")
	got := content["/items/0/value"]
	if !slices.Equal(got.Categories, []string{"d-vehicle"}) {
		t.Errorf("got %v, want [d-vehicle]", got.Categories)
	}
	for _, want := range []string{"/items/0/category", "/items/0/pointer"} {
		if !slices.Contains(got.With, want) {
			t.Errorf("got %v, want %s among them", got.With, want)
		}
	}
}

func TestWithoutMarksNothingGoverns(t *testing.T) {
	content, _ := governed(t, KindTip, "smallest")
	for pointer, got := range content {
		if got.Person != -1 || got.Label != -1 {
			t.Errorf("%s: got person %d, label %d, want none", pointer, got.Person, got.Label)
		}
	}
}

func TestAMarkThatPointsToNobodyIsRefused(t *testing.T) {
	for _, test := range []struct{ add, want string }{
		{`"person":0`, "schema.mark at /person"},
		{`"label":0`, "schema.mark at /label"},
		{`"label":1,"labels":[{"regime":"foreign","article":"none"}]`, "schema.mark at /label"},
		{`"persons":[{"category":"s-contact","minor":"no"}],"person":0`, "<nil>"},
	} {
		document := `{"question":{"text":"Who is he?","categories":["d-none"]},"wanted":["identity"],` + test.add + `}`
		leaves, err := Flatten([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Govern(KindRequest, leaves); fmt.Sprint(err) != test.want {
			t.Errorf("%s: got %v, want %s", test.add, err, test.want)
		}
	}
}

func TestALeafThatNoKindHasIsRefused(t *testing.T) {
	leaves := []Leaf{{"/seen/secret", Raw(`"x"`)}}
	if _, err := Govern(KindTip, leaves); fmt.Sprint(err) != "schema.unknown-key at /seen/secret" {
		t.Errorf("govern: got %v, want schema.unknown-key at /seen/secret", err)
	}
	if err := CheckLeaf(KindTip, leaves[0]); fmt.Sprint(err) != "schema.unknown-key at /seen/secret" {
		t.Errorf("check: got %v, want schema.unknown-key at /seen/secret", err)
	}
}

// A recipient gets leaves, not a whole message: each is checked by itself.
func TestALeafIsCheckedByItself(t *testing.T) {
	for _, test := range []struct{ pointer, value, want string }{
		{"/suspects/3/name", `"Pieter Voorbeeld"`, "<nil>"},
		{"/suspects/3/name", `"Pieter\u202eVoorbeeld"`, "schema.bidi at /suspects/3/name"},
		{"/suspects/3/name", `7`, "schema.type at /suspects/3/name"},
		{"/suspects/3/name", `"Pieter\nVoorbeeld"`, "schema.form at /suspects/3/name"},
		{"/suspects/3/person", `64`, "schema.form at /suspects/3/person"},
		{"/labels/0/hearsay", `0`, "<nil>"},
		{"/seen/account/categories", `["d-none","d-none"]`, "schema.form at /seen/account/categories"},
		{"/children/0/identity/0", `{"for":"tbkk/vid-1","sealed":"AAAA","more":1}`, "schema.type at /children/0/identity/0"},
	} {
		if err := CheckLeaf(KindTip, Leaf{test.pointer, Raw(test.value)}); fmt.Sprint(err) != test.want {
			t.Errorf("%s %s: got %v, want %s", test.pointer, test.value, err, test.want)
		}
	}
}

func TestEveryLeafOfEveryExampleChecksByItself(t *testing.T) {
	for _, kind := range Kinds() {
		for _, path := range examples(t, kind+"/*.json") {
			leaves, err := Flatten(mustReadFile(t, path))
			if err != nil {
				t.Fatal(err)
			}
			for _, leaf := range leaves {
				if err := CheckLeaf(kind, leaf); err != nil {
					t.Errorf("%s: got %v, want a leaf that may arrive", path, err)
				}
			}
		}
	}
}
