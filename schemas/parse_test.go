package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// Whatever comes in is a body or a refusal with a code and a place, twice the
// same; and a body says itself: written and read again it is the same.
func FuzzParse(f *testing.F) {
	kinds := Kinds()
	for i, kind := range kinds {
		for _, path := range examples(f, kind+"/*.json") {
			f.Add(uint8(i), mustReadFile(f, path))
		}
		for _, path := range examples(f, "refused/*/*.json") {
			if strings.HasPrefix(filepath.Base(path), kind+"--") {
				f.Add(uint8(i), mustReadFile(f, path))
			}
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, document []byte) {
		kind := kinds[int(n)%len(kinds)]
		want, err := Parse(kind, document)
		if err != nil {
			refusal := Refused(err)
			if refusal == nil || refusal.Code == "" || !isPlace(refusal.At) {
				t.Fatalf("%s: got %v, want a refusal with a code and a place", kind, err)
			}
			if _, again := Parse(kind, document); again.Error() != err.Error() {
				t.Fatalf("%s: got %v, then %v", kind, err, again)
			}
			return
		}
		got, err := Parse(kind, Encode(want))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: got %s (%v), want %s", kind, Encode(got), err, Encode(want))
		}
	})
}

// isPlace reports whether a text is a place: nothing, a pointer, perhaps with what
// could stand there, or a line and column.
func isPlace(at string) bool {
	pointer, _, _ := strings.Cut(at, " (")
	return at == "" || Matches("pointer", pointer) || places["place.position"].MatchString(at)
}

func TestScanRefusesTheFirstThatIsOverALimit(t *testing.T) {
	list := func(n int, element string) string { return "[" + strings.Repeat(element+",", n-1) + element + "]" }
	object := func(n int) string {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf(`"k%d":0`, i))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	for _, test := range []struct {
		what     string
		document string
		want     Code // "" for accepted
	}{
		{"16 deep", strings.Repeat("[", 16) + strings.Repeat("]", 16), ""},
		{"17 deep", strings.Repeat("[", 17) + strings.Repeat("]", 17), "limit.depth"},
		{"100000 deep and cut off", strings.Repeat("[", 100_000), "limit.depth"},
		{"512 members", object(512), ""},
		{"513 members", object(513), "limit.keys"},
		{"2 objects of 256 members", "[" + object(256) + "," + object(256) + "]", ""},
		{"objects of 256 and 257 members", "[" + object(256) + "," + object(257) + "]", "limit.keys"},
		{"a name of 64 bytes", `{"` + strings.Repeat("k", 64) + `":0}`, ""},
		{"a name of 65 bytes", `{"` + strings.Repeat("k", 65) + `":0}`, "limit.key"},
		{"a string of 16384 bytes", `"` + strings.Repeat("a", 16384) + `"`, ""},
		{"a string of 16385 bytes", `"` + strings.Repeat("a", 16385) + `"`, "limit.string"},
		{"16384 escaped letters", `"` + strings.Repeat(`\u0041`, 16384) + `"`, ""},
		{"16385 escaped letters", `"` + strings.Repeat(`\u0041`, 16385) + `"`, "limit.string"},
		{"5461 letters of 3 bytes", `"` + strings.Repeat("ក", 5461) + `"`, ""},
		{"5462 letters of 3 bytes", `"` + strings.Repeat("ក", 5462) + `"`, "limit.string"},
		{"256 elements", list(256, "0"), ""},
		{"257 elements", list(257, "0"), "limit.array"},
		{"257 objects", list(257, `{"k":0}`), "limit.array"},
		{"2^53-1", "9007199254740991", ""},
		{"2^53", "9007199254740992", "limit.number"},
		{"-(2^53-1)", "-9007199254740991", ""},
		{"-2^53", "-9007199254740992", "limit.number"},
		{"10000 digits", strings.Repeat("9", 10_000), "limit.number"},
		{"minus nothing", "-0", "limit.number"},
		{"a half", "0.5", "schema.number"},
		{"a hundred with an exponent", "1e2", "schema.number"},
		{"256 KiB", "{}" + strings.Repeat(" ", MaxBody-2), ""},
		{"256 KiB and a byte", "{}" + strings.Repeat(" ", MaxBody-1), "limit.size"},
	} {
		if got := codeOf(t, Scan([]byte(test.document))); got != test.want {
			t.Errorf("%s: got %q, want %q", test.what, got, test.want)
		}
	}
}

// codeOf returns the code of a refusal, "" for no error.
func codeOf(t *testing.T, err error) Code {
	t.Helper()
	if err == nil {
		return ""
	}
	refusal := Refused(err)
	if refusal == nil {
		t.Fatalf("got the fault %v, want a refusal", err)
	}
	return refusal.Code
}

func TestTextIsAcceptedInEveryScriptAndRefusedWhenItHidesSomething(t *testing.T) {
	for _, test := range []struct {
		what string
		text string
		want Code // "" for accepted
	}{
		{"plain", "Something worried the staff.", ""},
		{"two lines", "Something worried the staff.\nWe told nobody else.", ""},
		{"accents", "Zoë, José, Đặng, Škoda", ""},
		{"signs", "€ 20 – “cash” … №5", ""},
		{"Sinhala", "ශ්\u200dරී ලංකාවේ නිවසක්", ""},
		{"Tamil", "குழந்தை பாதுகாப்பாக உள்ளது", ""},
		{"Khmer", "បុគ្គលិក\u200bសណ្ឋាគារ\u200bមាន\u200bការ\u200bព្រួយបារម្ភ", ""},
		{"Khmer beside digits", "បន្ទប់\u200b12\u200bក្នុង", ""},
		{"Nepali", "होटलका कर्मचारीलाई चिन्ता लाग्यो, र\u094d\u200dयाली", ""},
		{"Thai", "เด็ก\u200bปลอดภัย", ""},
		{"Arabic", "الطفل بخير", ""},
		{"Chinese", "孩子很安全", ""},
		{"emoji", "🙂", ""},
		{"emoji of a family", "👨\u200d👩\u200d👧", ""},
		{"emoji with tone of skin and joiner", "👩🏽\u200d⚕\ufe0f", ""},

		{"joiner in a Latin name", "Pie\u200dter", "schema.invisible"},
		{"joiner at the beginning", "\u200dPieter", "schema.invisible"},
		{"two joiners", "👨\u200d\u200d👩", "schema.invisible"},
		{"non-joiner in a Latin name", "Pie\u200cter", "schema.invisible"},
		{"zero-width space in a Latin name", "Pie\u200bter", "schema.invisible"},
		{"soft hyphen", "Voor\u00adbeeld", "schema.invisible"},
		{"word joiner", "Voor\u2060beeld", "schema.invisible"},
		{"byte order mark inside", "Voor\ufeffbeeld", "schema.invisible"},
		{"replacement character", "Voor\ufffdbeeld", "schema.invisible"},
		{"private use", "Voor\ue000beeld", "schema.invisible"},
		{"override", "abc\u202etxt.exe", "schema.bidi"},
		{"isolate", "abc\u2066def", "schema.bidi"},
		{"right-to-left mark", "abc\u200f", "schema.bidi"},
		{"Arabic letter mark", "abc\u061c", "schema.bidi"},
		{"accent apart", "Rene\u0301", "schema.nfc"},
		{"Hangul apart", "\u1112\u1161\u11ab", "schema.nfc"},
		{"carriage return", "a\r\nb", "schema.control-character"},
		{"tab", "a\tb", "schema.control-character"},
		{"NUL", "a\x00b", "schema.control-character"},
		{"DEL", "a\x7fb", "schema.control-character"},
		{"next line", "a\u0085b", "schema.control-character"},
		{"line separator", "a\u2028b", "schema.control-character"},
	} {
		if got := UnsafeText(test.text); got != test.want {
			t.Errorf("%s: got %q, want %q", test.what, got, test.want)
		}
		if got := codeOf(t, Scan(Encode(test.text))); got != test.want {
			t.Errorf("%s: scanned: got %q, want %q", test.what, got, test.want)
		}
	}
}

func TestARefusalSaysWhereAndNeverWhat(t *testing.T) {
	smallest := string(mustReadFile(t, "examples/case-tip/smallest.json"))
	for _, test := range []struct {
		what     string
		document string
		want     string
	}{
		{"a member that is missing", strings.Replace(smallest, `"told_by": "self",`, "", 1), "schema.missing at /seen/told_by"},
		{"an object that is missing", `{"subject":"situation","at_risk_now":"no"}`, "schema.missing at /seen"},
		{"a member of an embedded struct", strings.Replace(smallest, "{", `{"persons":[{"category":"him","minor":"no"}],`, 1), "schema.enum at /persons/0/category (" + strings.Join(Subjects, ", ") + ")"},
		{"a mark", strings.Replace(smallest, `"told_by"`, `"person":64,"told_by"`, 1), "schema.range at /seen/person"},
		{"an element", strings.Replace(smallest, `["d-none"]`, `["d-none","d-secret"]`, 1), "schema.enum at /seen/account/categories/1"},
		{"a type", strings.Replace(smallest, `"may-be-asked"`, `true`, 1), "schema.type at /source/consent"},
		{"a member that is unknown", strings.Replace(smallest, `"number"`, `"secret":1,"number"`, 1), "schema.unknown-key at /source"},
		{"a member that is there twice", strings.Replace(smallest, `"number"`, `"number":"S-1","number"`, 1), "parse.duplicate at /source"},
		{"a text", strings.Replace(smallest, `beach`, `bea\u202ech`, 1), "schema.bidi at /seen/account/text"},
		{"no JSON", "secret", "parse.not-json at line 1, column 1"},
		{"no more JSON", `{"subject":secret}`, "parse.syntax at line 1, column 11"},
		{"no more JSON after a line in other letters", "{\"subject\":\n\"één\" secret}", "parse.syntax at line 2, column 6"},
	} {
		if _, err := Parse(KindTip, []byte(test.document)); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.what, err, test.want)
		}
	}
}

func TestAKindThatIsNotOursIsRefused(t *testing.T) {
	for _, kind := range []Kind{"", "case-tips", "Case-Tip", "manifest"} {
		if _, err := Parse(kind, []byte("{}")); codeOf(t, err) != "schema.kind" {
			t.Errorf("kind %q: got %v, want schema.kind", kind, err)
		}
	}
}

func TestADocumentIsWrittenTheSameWayEveryTime(t *testing.T) {
	envelope := Envelope{To: map[string]string{}}
	for i := range 8 {
		envelope.To[fmt.Sprintf("t%011d", i)] = "tbkk"
	}
	want := Encode(envelope)
	for range 32 {
		if got := Encode(envelope); !bytes.Equal(got, want) {
			t.Fatalf("got %s, want %s", got, want)
		}
	}
}

func TestAFaultIsNoRefusal(t *testing.T) {
	if refusal := Refused(errors.New("disk full")); refusal != nil {
		t.Errorf("got the refusal %v, want none", refusal)
	}
	if refusal := Refused(fmt.Errorf("read body: %w", Refuse("schema.null", "/a"))); refusal == nil || refusal.Code != "schema.null" {
		t.Errorf("got %v, want schema.null", refusal)
	}
}
