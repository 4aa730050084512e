package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"schakel/schemas"
)

// draft is a bad draft: the good one with one text replaced, or another document
// altogether.
type draft struct {
	line  string // of the catalogue of bad inputs; "" where it has none
	says  string
	old   string // in the good draft; "" to replace all of it
	new   string
	code  schemas.Code
	place string
}

// Parts of the good draft.
const (
	name      = `"Piet Voorbeeld"`
	story     = `"A man came with a child, again."`
	recipient = `["tbkk"]`
	subject   = `"subject": "person"`
)

var drafts = []draft{
	// Not JSON, or JSON that two readers understand differently.
	{line: "CLI-20", says: "archive", new: "PK\x03\x04\x14\x00\x00\x00" + marker + "\x00../../" + marker, code: "parse.not-json", place: "line 1, column 1"},
	{line: "CLI-20", says: "photograph", new: "\xff\xd8\xff\xe0\x00\x10JFIF" + marker, code: "parse.not-json", place: "line 1, column 1"},
	{line: "CLI-20", says: "compressed file", new: "\x1f\x8b\x08\x00" + marker, code: "parse.not-json", place: "line 1, column 1"},
	{line: "CLI-20", says: "PDF", new: "%PDF-1.7 " + marker, code: "parse.not-json", place: "line 1, column 1"},
	{line: "CLI-20", says: "zero bytes", new: "\x00\x00" + marker, code: "parse.not-json", place: "line 1, column 1"},
	{line: "CLI-20", says: "prose", new: "Dear colleagues, " + marker, code: "parse.not-json", place: "line 1, column 1"},
	{says: "byte order mark", new: "\uFEFF" + tip, code: "parse.not-json", place: "line 1, column 1"},
	{says: "UTF-16", new: "\xff\xfe{\x00\"\x00", code: "parse.not-json", place: "line 1, column 1"},
	{says: "half a document", new: `{"kind": "` + marker, code: "parse.syntax", place: "line 1, column 8"},
	{says: "second document", new: tip + `{"` + marker + `": 1}`, code: "parse.syntax"},
	{says: "comma too many", old: name + `}`, new: `"` + marker + `",}`, code: "parse.syntax"},
	{says: "invalid UTF-8", old: name, new: "\"" + marker + "\xff\"", code: "parse.encoding"},
	{says: "half a surrogate pair", old: name, new: `"` + marker + `\ud800"`, code: "parse.encoding"},
	{says: "same member twice", old: `"at_risk_now"`, new: `"subject": "` + marker + `", "at_risk_now"`, code: "parse.duplicate"},
	{says: "same member twice, once escaped", old: `"at_risk_now"`, new: `"s\u0075bject": "` + marker + `", "at_risk_now"`, code: "parse.duplicate"},

	// Too much.
	{says: "too deep", old: name, new: strings.Repeat("[", 40) + `"` + marker + `"` + strings.Repeat("]", 40), code: "limit.depth"},
	{says: "deep beyond any stack", new: strings.Repeat("[", 100_000), code: "limit.depth"},
	{says: "too many members", old: `"at_risk_now"`, new: members(600) + `"at_risk_now"`, code: "limit.keys"},
	{says: "member with an endless name", old: `"at_risk_now"`, new: `"` + marker + strings.Repeat("k", 65) + `": 1, "at_risk_now"`, code: "limit.key"},
	{says: "list with too many elements", old: recipient, new: `["` + strings.Repeat(`tbkk","`, 300) + marker + `"]`, code: "limit.array"},
	{says: "nine recipients", old: recipient, new: `["a1","a2","a3","a4","a5","a6","a7","a8","` + strings.ToLower(marker) + `"]`, code: "limit.array", place: "/to"},
	{says: "number beyond 2^53", old: `"person": 0`, new: `"person": 9007199254740993`, code: "limit.number"},
	{says: "number with a fraction", old: `"person": 0`, new: `"person": 0.5`, code: "schema.number"},
	{says: "number beyond any measure", old: `"person": 0`, new: `"person": 1e400`, code: "schema.number"},
	{line: "CLI-37", says: "10,000 characters in one word", old: name, new: `"` + marker + strings.Repeat("x", 10_000) + `"`, code: "limit.string", place: ": /body/suspects/0/name"},
	{line: "CLI-37", says: "text of more than 16 KiB", old: story, new: `"` + marker + strings.Repeat("x", schemas.MaxString) + `"`, code: "limit.string", place: ": /body/seen/account/text"},

	// Text that shows something other than it is.
	{line: "CLI-31", says: "escape sequence", old: name, new: `"` + marker + `\u001b[31m"`, code: "schema.control-character", place: ": /body/suspects/0/name"},
	{line: "CLI-31", says: "escape sequence in one byte", old: name, new: `"` + marker + `\u009b31m"`, code: "schema.control-character", place: ": /body/suspects/0/name"},
	{line: "CLI-31", says: "escape byte as it is", old: name, new: "\"" + marker + "\x1b]0;x\x07\"", code: "parse.syntax"},
	{line: "CLI-32", says: "carriage return", old: name, new: `"` + marker + `\rPiet"`, code: "schema.control-character"},
	{line: "CLI-32", says: "carriage return in prose", old: story, new: `"` + marker + `\rPiet"`, code: "schema.control-character"},
	{line: "CLI-32", says: "backspace", old: name, new: `"` + marker + `\b\b"`, code: "schema.control-character"},
	{says: "zero character", old: name, new: `"` + marker + `\u0000"`, code: "schema.control-character"},
	{line: "CLI-34", says: "zero-width joiner between letters", old: name, new: `"` + marker + `\u200dx"`, code: "schema.invisible"},
	{line: "CLI-34", says: "zero-width space between letters", old: name, new: `"` + marker + `\u200bx"`, code: "schema.invisible"},
	{line: "CLI-34", says: "soft hyphen", old: name, new: `"` + marker + `\u00adx"`, code: "schema.invisible"},
	{line: "CLI-34", says: "tag characters", old: name, new: `"` + marker + `\udb40\udc41"`, code: "schema.invisible"},
	{line: "CLI-34", says: "private use", old: name, new: `"` + marker + `\ue000"`, code: "schema.invisible"},
	{says: "text that turns its direction", old: name, new: `"` + marker + `\u202egpj.exe"`, code: "schema.bidi"},
	{says: "text that isolates its direction", old: story, new: `"` + marker + `\u2066x\u2069"`, code: "schema.bidi"},
	{says: "letter and accent apart", old: name, new: `"` + marker + `e\u0301"`, code: "schema.nfc"},
	{line: "CLI-35", says: "line break in a name", old: name, new: `"` + marker + `\nPiet"`, code: "schema.line-break", place: ": /body/suspects/0/name"},
	{line: "CLI-35", says: "line separator in a name", old: name, new: `"` + marker + `\u2028Piet"`, code: "schema.control-character"},
	{says: "name of spaces", old: name, new: `"   "`, code: "schema.line-break", place: ": /body/suspects/0/name"},

	// Not what the schema says.
	{says: "unknown member", old: `"at_risk_now"`, new: `"` + marker + `": 1, "at_risk_now"`, code: "schema.unknown-key"},
	{says: "member in capitals", old: `"kind"`, new: `"KIND"`, code: "schema.unknown-key"},
	{says: "unknown member of the draft", old: `"to"`, new: `"` + marker + `": 1, "to"`, code: "schema.unknown-key"},
	{says: "nothing", old: name, new: `null`, code: "schema.null"},
	{says: "text where a list belongs", old: recipient, new: `"` + marker + `"`, code: "schema.type", place: "/to"},
	{says: "number where text belongs", old: name, new: `7`, code: "schema.type", place: ": /body/suspects/0/name"},
	{says: "list as a draft", new: `["` + marker + `"]`, code: "schema.type"},
	{says: "text as a draft", new: `"` + marker + `"`, code: "schema.type"},
	{says: "draft without a body", new: `{"kind": "case-tip", "to": ["tbkk"]}`, code: "schema.missing", place: "/body"},
	{says: "draft without recipients", old: `"to": ` + recipient + `,`, code: "schema.missing", place: "/to"},
	{says: "draft with no recipients", old: recipient, new: `[]`, code: "schema.range", place: "/to"},
	{says: "list as a body", new: `{"kind": "case-tip", "to": ["tbkk"], "body": ["` + marker + `"]}`, code: "schema.type"},
	{says: "text as a body", new: `{"kind": "case-tip", "to": ["tbkk"], "body": "` + marker + `"}`, code: "schema.type"},
	{says: "unknown kind", old: `"case-tip"`, new: `"` + marker + `"`, code: "schema.enum", place: "/kind"},
	{says: "word that is no choice", old: subject, new: `"subject": "` + marker + `"`, code: "schema.enum", place: ": /body/subject (person, organisation, situation) ["},
	{says: "member missing", old: `"at_risk_now": "unknown",`, code: "schema.missing", place: ": /body/at_risk_now"},
	{says: "day that no calendar has", old: `"2026-10"`, new: `"2026-02-30"`, code: "schema.date", place: ": /body/seen/from"},
	{says: "country that is none", old: `"PH"`, new: `"` + marker + `"`, code: "schema.country", place: ": /body/seen/place/country"},
	{says: "telephone that is none", old: `"name": ` + name, new: `"telephone": "` + marker + `"`, code: "schema.phone", place: ": /body/suspects/0/telephone"},
	{says: "person who is not listed", old: `"suspects": [{"person": 0`, new: `"suspects": [{"person": 7`, code: "schema.mark", place: ": /body/suspects/0"},
	{says: "empty object", old: `{"person": 0, "name": ` + name + `}`, new: `{}`, code: "schema.missing", place: ": /body/suspects/0"},
	{says: "source number that is none", old: `"LUZ-2026-014"`, new: `"../` + marker + `"`, code: "schema.form", place: ": /body/source/number"},
	{says: "purpose that is none", old: `"to"`, new: `"purpose": "` + marker + `", "to"`, code: "schema.enum", place: ": /purpose ["},
	{says: "thread that is no id", old: `"to"`, new: `"thread": "` + marker + `", "to"`, code: "schema.form", place: "/thread"},
	{says: "sealed for an unknown officer", old: `"suspects"`, new: `"children": [{"identity": [{"for": "tbkk/` + strings.ToLower(marker) + `", "value": "` + marker + `"}]}], "suspects"`, code: "route.officer", place: ": /body/children/0/identity/0"},
	{says: "sealed for an unknown partner", old: `"suspects"`, new: `"children": [{"identity": [{"for": "` + strings.ToLower(marker) + `/vid-1", "value": "` + marker + `"}]}], "suspects"`, code: "route.officer", place: ": /body/children/0/identity/0"},
	{says: "more than 4 KiB to be sealed", old: `"suspects"`, new: `"children": [{"identity": [{"for": "tbkk/vid-1", "value": "` + marker + strings.Repeat("x", 5000) + `"}]}], "suspects"`, code: "limit.string", place: ": /body/children/0/identity/0"},
	{says: "control character to be sealed", old: `"suspects"`, new: `"children": [{"identity": [{"for": "tbkk/vid-1", "value": "` + marker + `\u0007"}]}], "suspects"`, code: "schema.control-character"},
	{says: "source's identity beside a message that has no source", new: `{"kind": "assessment", "source_identity": {"name": "` + marker + `"}, "body": {}}`, code: "schema.missing"},

	// Recipients.
	{line: "CLI-65", says: "recipient that nobody knows", old: recipient, new: `["` + strings.ToLower(marker) + `"]`, code: "route.recipient", place: "/to/0"},
	{line: "CLI-65", says: "recipient in capitals", old: recipient, new: `["` + marker + `"]`, code: "route.recipient", place: "/to/0"},
	{line: "CLI-65", says: "misspelt recipient that is like one we know", old: recipient, new: `["tbk"]`, code: "route.recipient", place: "/to/0 (tbkk?)"},
	{line: "CLI-65", says: "recipient whom only others know", old: recipient, new: `["ngo-andere"]`, code: "route.recipient", place: "/to/0 ["},
	{line: "CLI-65", says: "misspelt recipient whom only others know", old: recipient, new: `["ngo-ander"]`, code: "route.recipient", place: "/to/0 ["},
	{line: "CLI-65", says: "recipient that is a path", old: recipient, new: `["../` + marker + `"]`, code: "route.recipient", place: "/to/0"},
	{line: "CLI-65", says: "own address", old: recipient, new: `["ngo-luz"]`, code: "route.own", place: "/to/0"},
	{line: "CLI-65", says: "second of two recipients unknown", old: recipient, new: `["tbkk","` + strings.ToLower(marker) + `"]`, code: "route.recipient", place: "/to/1"},
	{says: "same recipient twice", old: recipient, new: `["tbkk","tbkk"]`, code: "schema.duplicate-item", place: "/to"},
	{says: "officer who is not ours", old: `"to"`, new: `"officer": "` + strings.ToLower(marker) + `", "to"`, code: "env.officer", place: "/officer"},
}

// members makes n members of an object.
func members(n int) string {
	var text strings.Builder
	for i := range n {
		fmt.Fprintf(&text, `"k%d": "%s", `, i, marker)
	}
	return text.String()
}

func (d draft) text() string {
	if d.old == "" {
		return d.new
	}
	return strings.Replace(tip, d.old, d.new, 1)
}

// A bad draft gives its code and place; nothing is accepted, and nothing of it is
// said again or kept. The drafts go to a partner's service that runs.
func TestABadDraftIsRefusedAndChangesNothing(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	offline(t, dir)
	before := state(t, filepath.Join(dir, "ngo-luz"))
	t.Run("drafts", func(t *testing.T) {
		for i, d := range drafts {
			t.Run(strings.TrimSpace(d.line+" "+d.says), func(t *testing.T) {
				t.Parallel()
				if d.old != "" && !strings.Contains(tip, d.old) {
					t.Fatalf("the good draft does not contain %s", d.old)
				}
				bad := fmt.Sprintf("bad%d.json", i)
				write(t, filepath.Join(dir, bad), d.text())
				refused(t, run(t, call{args: words("submit @ngo-luz " + bad), dir: dir}), wrong, d.code, d.place)
			})
		}
	})
	if after := state(t, filepath.Join(dir, "ngo-luz")); !slices.Equal(before, after) {
		t.Errorf("changed on disk\nbefore %v\nafter  %v", before, after)
	}
}

// What is strange but right is accepted, once, and said as little.
func TestStrangeInputIsAcceptedOnce(t *testing.T) {
	for _, c := range []struct{ says, old, new, file string }{
		{says: "as it is"},
		{says: "256 KiB exactly", new: padded(tip, schemas.MaxBody)},
		{says: "line ends of another system", new: strings.ReplaceAll(tip, "\n", "\r\n")},
		{says: "CLI-38 emoji family in a name", old: name, new: `"Piet 👨‍👩‍👧‍👦 👍🏽 🇳🇱"`},
		{says: "scripts that join and mark", old: name, new: `"क्‍ष ശ്രീ ขอ​บคุณ محمد 陳"`},
		{says: "line breaks in prose", old: story, new: `"First.\n\nSecond."`},
		{says: "JSON in prose", old: story, new: `"{\"kind\": \"receipt\"}"`},
		{says: "commands in prose", old: story, new: `"$(rm -rf /); %s%n ' or 1=1 -- <script>"`},
		{says: "CLI-40 file name with backslashes", file: `..\..\` + marker + `.json`},
		{says: "file name with a dash in front", file: "--" + marker + ".json"},
		{says: "file without an ending", file: marker},
	} {
		t.Run(c.says, func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, "ngo-luz")
			if c.file == "" {
				c.file = "strange.json"
			}
			d := draft{old: c.old, new: c.new}
			if c.old == "" && c.new == "" {
				d.new = tip
			}
			write(t, filepath.Join(dir, c.file), d.text())
			acceptedOnce(t, dir, call{args: append(words("submit @ngo-luz --json --"), c.file), dir: dir})
		})
	}
	t.Run("CLI-41 absolute path", func(t *testing.T) {
		t.Parallel()
		dir := workplace(t, "ngo-luz")
		acceptedOnce(t, dir, call{args: append(words("submit @ngo-luz --json"), filepath.Join(dir, "draft.json")), dir: dir})
	})
	t.Run("standard input", func(t *testing.T) {
		t.Parallel()
		dir := workplace(t, "ngo-luz")
		acceptedOnce(t, dir, call{args: words("submit @ngo-luz --json -"), dir: dir, stdin: strings.NewReader(tip)})
	})
}

// acceptedOnce runs a submission that must be accepted, and returns its id.
func acceptedOnce(t *testing.T, dir string, c call) string {
	t.Helper()
	before := accepted(t, filepath.Join(dir, "ngo-luz"))
	got := run(t, c)
	told(t, got)
	var a struct{ ID, Source string }
	if err := json.Unmarshal([]byte(got.stdout), &a); err != nil || got.exit != ok || !schemas.Matches("uuid7", a.ID) {
		t.Fatalf("got exit %d, %v\n%s%s", got.exit, err, got.stdout, got.stderr)
	}
	if n := accepted(t, filepath.Join(dir, "ngo-luz")) - before; n != 1 {
		t.Errorf("%d messages were accepted, want 1", n)
	}
	return a.ID
}

// The same content twice is asked about; --again means it.
func TestTheSameContentIsAskedAbout(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	submit := call{args: words("submit @ngo-luz --json draft.json"), dir: dir}
	first := acceptedOnce(t, dir, submit)
	before := state(t, dir)
	refused(t, run(t, submit), wrong, "state.same-content", first)
	if !slices.Equal(before, state(t, dir)) {
		t.Error("changed on disk")
	}
	submit.args = append(submit.args, "--again")
	if second := acceptedOnce(t, dir, submit); second == first {
		t.Error("the second message has the first one's id")
	}
}

// One line end after a passphrase is the editor's, not the passphrase's.
func TestOneLineEndAfterAPassphraseIsTakenOff(t *testing.T) {
	for _, end := range []string{"", "\n", "\r\n"} {
		t.Run(fmt.Sprintf("%q", end), func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, "ngo-luz")
			write(t, filepath.Join(dir, "pass"), passphrase+end)
			done(t, dir, words("inbox @ngo-luz")...)
		})
	}
}

// Nothing of a tip lies in the home in the clear, the source least of all; who
// stands behind the number can be asked of this home only.
func TestATipLeavesNothingInTheClear(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	write(t, filepath.Join(dir, "draft.json"), strings.NewReplacer("Piet Voorbeeld", marker, "Maria, teacher", marker+"-source", "A man came", marker+"-story").Replace(tip))
	acceptedOnce(t, dir, call{args: words("submit @ngo-luz --json draft.json"), dir: dir})
	os.Remove(filepath.Join(dir, "draft.json"))
	err := filepath.WalkDir(filepath.Join(dir, "ngo-luz"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), marker) || strings.Contains(path, marker) {
			t.Errorf("%s holds the tip in the clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := done(t, dir, words("source @ngo-luz LUZ-2026-014")...); got != "name: "+marker+"-source\n" {
		t.Errorf("source: got %q", got)
	}
}
