package schemas

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// The sources are the measure of the texts: what they can say has its words in
// every language, and no words are left over.

// Refusals of the law (r-…) are written in the rules; policies/text_test.go holds
// their texts to the annotations.
func TestEveryCodeHasAText(t *testing.T) {
	produced := codesOf(t, sources(t))
	for _, language := range Languages {
		for code := range produced {
			if _, ok := Texts(language)[code]; !ok {
				t.Errorf("texts/%s.json: %q has no text", language, code)
			}
		}
		for code := range Texts(language) {
			if code.Family() != "r" && !produced[code] {
				t.Errorf("texts/%s.json: %q is a text for a code that nothing produces", language, code)
			}
		}
	}
}

func TestEveryPhraseIsThereInBothLanguagesAndUsed(t *testing.T) {
	used := phrasesOf(t, sources(t))
	for _, language := range Languages {
		for key, arguments := range used {
			phrase, ok := Phrases(language)[key]
			if !ok {
				t.Errorf("texts/phrases.%s.json: %q has no phrase", language, key)
			} else if n := len(verbsOf(phrase)); arguments != unknown && n != arguments {
				t.Errorf("texts/phrases.%s.json: %q shows %d arguments, the program gives %d", language, key, n, arguments)
			}
		}
		for key := range Phrases(language) {
			if _, ok := used[key]; !ok {
				t.Errorf("texts/phrases.%s.json: %q is said nowhere", language, key)
			}
		}
	}
}

func TestEveryPhraseShowsTheSameInBothLanguages(t *testing.T) {
	for key, english := range Phrases("en") {
		if dutch := Phrases("nl")[key]; !maps.Equal(verbsOf(english), verbsOf(dutch)) {
			t.Errorf("%q shows %v in English and %v in Dutch", key, verbsOf(english), verbsOf(dutch))
		}
	}
}

func TestEveryTextIsAShortSentence(t *testing.T) {
	const longest = 140
	for _, language := range Languages {
		for code, text := range Texts(language) {
			for _, sentence := range []string{text.What, text.Now} {
				if n := utf8.RuneCountInString(sentence); n > longest || !strings.HasSuffix(sentence, ".") || strings.ContainsFunc(sentence, unicode.IsControl) {
					t.Errorf("%s, %s: %q is no sentence of at most %d characters on one line (it has %d)", language, code, sentence, longest, n)
				}
			}
		}
		for key, phrase := range Phrases(language) {
			columns := slices.Contains([]string{"outbox.head", "inbox.head", "bench.footprints"}, key)
			if phrase == "" || strings.ContainsFunc(phrase, func(r rune) bool { return unicode.IsControl(r) && !(columns && r == '\t') }) {
				t.Errorf("%s, %s: %q is empty or has a control character", language, key, phrase)
			}
		}
	}
}

func TestScriptsCanWaitForTheWordAccepted(t *testing.T) {
	for language, want := range map[string]string{"en": "accepted ID, number 7", "nl": "aangenomen ID, nummer 7"} {
		if got := Say(language, "accepted", "ID", 7); got != want {
			t.Errorf("%s: got %q, want %q", language, got, want)
		}
	}
}

// sources reads the Go files of the repository, tests left out.
func sources(t *testing.T) []*ast.File {
	t.Helper()
	var files []*ast.File
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && path != ".." && (strings.HasPrefix(name, ".") || name == "testdata"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		files = append(files, file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// codesOf collects the codes that sources produce: what Refuse is called with,
// what is converted to a Code or set as one, what functions return as one.
func codesOf(t *testing.T, files []*ast.File) map[Code]bool {
	t.Helper()
	found := map[Code]bool{}
	add := func(e ast.Expr) {
		for _, word := range wordsOf(t, files, e) {
			if code := Code(word); word != "" && word != "ok" && code.Family() != "r" {
				found[code] = true
			}
		}
	}
	inspect(files, func(n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if name := nameOf(n.Fun); (name == "Refuse" || name == "Code") && len(n.Args) > 0 {
				add(n.Args[0])
			}
		case *ast.KeyValueExpr:
			if nameOf(n.Key) == "Code" {
				add(n.Value)
			}
		case *ast.FuncDecl:
			if results := n.Type.Results; results != nil && nameOf(results.List[0].Type) == "Code" {
				returns(n, add)
			}
		}
	})
	return found
}

// unknown stands for a number of arguments that the call does not show.
const unknown = -1

// inTable are phrases that stand in a table: the story of the demo, the forms of
// a place.
var inTable = regexp.MustCompile(`^(demo|place)\.[a-z-]+$`)

// phrasesOf collects the phrases that sources say, with the number of arguments:
// the first word among the arguments of a function that takes a phrase.
func phrasesOf(t *testing.T, files []*ast.File) map[string]int {
	t.Helper()
	found := map[string]int{}
	inspect(files, func(n ast.Node) {
		if literal, ok := n.(*ast.BasicLit); ok {
			word, _ := strconv.Unquote(literal.Value)
			if _, said := found[word]; inTable.MatchString(word) && !said {
				found[word] = unknown
			}
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || !slices.Contains([]string{"Say", "say", "Note", "mark", "row", "unlock", "Passphrase", "NewPassphrase", "named"}, nameOf(call.Fun)) {
			return
		}
		for i, argument := range call.Args {
			if words := wordsOf(t, files, argument); words != nil {
				for _, key := range words {
					found[key] = argumentsAfter(call, i)
				}
				return
			}
		}
	})
	return found
}

// argumentsAfter counts what a phrase is given to show.
func argumentsAfter(call *ast.CallExpr, key int) int {
	if call.Ellipsis.IsValid() || !slices.Contains([]string{"Say", "say", "Note"}, nameOf(call.Fun)) {
		return unknown
	}
	return len(call.Args) - key - 1
}

// wordsOf returns what a string in the sources can be: a literal itself, or a
// literal with each of the endings that it can get; nil for anything else.
func wordsOf(t *testing.T, files []*ast.File, e ast.Expr) []string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		if word, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return []string{word}
		}
	case *ast.BinaryExpr:
		beginning, ok := e.X.(*ast.BasicLit)
		if !ok || beginning.Kind != token.STRING {
			return nil
		}
		prefix, _ := strconv.Unquote(beginning.Value)
		var words []string
		for _, ending := range endings(t, files, prefix) {
			words = append(words, prefix+ending)
		}
		return words
	}
	return nil
}

// endings lists what a word that begins so can end in.
func endings(t *testing.T, files []*ast.File, prefix string) (all []string) {
	t.Helper()
	switch prefix {
	case "review.": // why an officer refused
		return oneOf(reflect.TypeFor[Release](), "Reason")
	case "outcome.":
		return []string{Allow, AllowWithObligations, Hold, Deny}
	case "verify.good.": // connectors.Report.What
		return []string{"delivery", "custody"}
	case "function.", "obligation.", "purpose.", "role.":
		return idsOf(t, "../policies/facts/"+prefix[:len(prefix)-1]+"s.yaml")
	case "kind.", "kinds.":
		return Kinds()
	case "handling.":
		return Handling
	case "urgency.":
		return oneOf(reflect.TypeFor[Manifest](), "Urgency")
	case "confirmed.":
		return oneOf(reflect.TypeFor[Receipt](), "Event")
	case "state.", "word.": // connectors.Outgoing.State
		inspect(files, func(n ast.Node) {
			if f, ok := n.(*ast.FuncDecl); ok && f.Name.Name == "State" {
				returns(f, func(e ast.Expr) { all = append(all, wordsOf(t, files, e)...) })
			}
		})
	case "document.":
		return idsOf(t, "../policies/facts/documents.yaml")
	case "attribute.": // what no paper shows: the tests of that name in the rules
		return attributes(t)
	case "field.": // every member of a body that is a field, or holds one
		return members()
	case "decide.", "effect.": // of an objection
		return []string{Hold, Deny}
	case "bench.": // the parts that are measured
		return listed(t, files, "partNames")
	case "step.", "clear.": // of the procedure
		return listed(t, files, "Steps")
	case "unasked.": // the steps that some messages are exempt from
		return listed(t, files, "Steps")[2:]
	case "row.": // what a row of the matrix begins with; a hold says more
		return []string{Allow, AllowWithObligations, Deny}
	case "mark.": // of evidence
		return []string{"V", "Vs", "K", "D"}
	case "article.":
		return Articles
	case "event.": // the constants Event…
		inspect(files, func(n ast.Node) {
			if spec, ok := n.(*ast.ValueSpec); ok && strings.HasPrefix(spec.Names[0].Name, "Event") && len(spec.Values) == 1 {
				all = append(all, wordsOf(t, files, spec.Values[0])...)
			}
		})
	}
	if all == nil {
		t.Errorf("say in this test what %q can end in", prefix)
	}
	return all
}

// listed returns the words of a list that the sources hold under a name.
func listed(t *testing.T, files []*ast.File, name string) (all []string) {
	t.Helper()
	inspect(files, func(n ast.Node) {
		if spec, ok := n.(*ast.ValueSpec); ok && spec.Names[0].Name == name && len(spec.Values) == 1 {
			for _, word := range spec.Values[0].(*ast.CompositeLit).Elts {
				all = append(all, wordsOf(t, files, word)...)
			}
		}
	})
	return all
}

// oneOf lists the words that a field may hold.
func oneOf(of reflect.Type, name string) []string {
	field, _ := of.FieldByName(name)
	_, list, _ := strings.Cut(field.Tag.Get("validate"), "oneof=")
	return strings.Fields(list)
}

// idsOf lists the codes of a file of facts.
func idsOf(t *testing.T, path string) (all []string) {
	t.Helper()
	facts, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range regexp.MustCompile(`(?m)^  - id: (\S+)$`).FindAllSubmatch(facts, -1) {
		all = append(all, string(match[1]))
	}
	return all
}

// attributes lists what the rules ask that no paper shows.
func attributes(t *testing.T) []string {
	t.Helper()
	all := []string{"source-named"}
	rules, err := filepath.Glob("../policies/basis/*.rego")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range rules {
		for _, match := range regexp.MustCompile(`attribute_shown\("([a-z0-9-]+)"\)`).FindAllSubmatch(mustReadFile(t, path), -1) {
			all = append(all, string(match[1]))
		}
	}
	return all
}

// members lists the names on the way to every field of every kind.
func members() (all []string) {
	for _, kind := range Kinds() {
		for place, field := range Places(kind) {
			if field.Category == CategoryFollows {
				continue
			}
			all = append(all, strings.FieldsFunc(place, func(r rune) bool { return r == '/' || r == '*' })...)
		}
	}
	return all
}

// returns goes through the first results that a function returns.
func returns(f *ast.FuncDecl, see func(ast.Expr)) {
	ast.Inspect(f, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
			see(r.Results[0])
		}
		return true
	})
}

func inspect(files []*ast.File, see func(ast.Node)) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool { see(n); return true })
	}
}

// nameOf is the last name of what is called or named: Refuse of schemas.Refuse.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

var verb = regexp.MustCompile(`%(?:\[(\d+)\])?[-+# 0-9.]*([a-zA-Z%])`)

// verbsOf says how a phrase shows each of its arguments, by number.
func verbsOf(phrase string) map[int]string {
	verbs := map[int]string{}
	next := 1
	for _, match := range verb.FindAllStringSubmatch(phrase, -1) {
		if match[2] == "%" {
			continue
		}
		if match[1] != "" {
			next, _ = strconv.Atoi(match[1])
		}
		verbs[next] = match[2]
		next++
	}
	return verbs
}
