//go:build mutants

package policies

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"

	"schakel/schemas"
)

// regoMutants changes the text of one rule at a time.
func regoMutants(t *testing.T) []mutant {
	texts, facts, _, err := read(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	m := &regoMutator{base: embeddedRules(t), texts: texts, schema: questionSchema(t), lists: vocabularies(&facts), seen: map[string]int{}}
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		m.module(t, path)
	}
	return m.all
}

type regoMutator struct {
	base   *Rules
	texts  map[string]string
	schema []byte
	lists  [][]string
	seen   map[string]int
	all    []mutant

	path, rule string // where we are
}

// add makes the mutant in which what stands at an offset is another text.
func (m *regoMutator) add(kind string, offset int, old, new string) {
	path, text := m.path, m.texts[m.path]
	if text[offset:offset+len(old)] != old {
		panic(fmt.Sprintf("policies: %s: %q does not stand where it should", path, old)) // a mistake in the mutator
	}
	name := fmt.Sprintf("%s %s: %s: %s", path, m.rule, kind, strings.Join(strings.Fields(old+" > "+new), " "))
	if m.seen[name]++; m.seen[name] > 1 {
		name += fmt.Sprintf(" (%d)", m.seen[name])
	}
	changed := text[:offset] + new + text[offset+len(old):]
	m.all = append(m.all, mutant{kind: kind, name: name, change: func() (*Rules, error) {
		texts := maps.Clone(m.texts)
		texts[path] = changed
		rules := *m.base
		return &rules, rules.compile(texts, m.schema)
	}})
}

func (m *regoMutator) module(t *testing.T, path string) {
	module, err := ast.ParseModuleWithOpts(path, m.texts[path], ast.ParserOptions{ProcessAnnotation: true, Capabilities: pure()})
	if err != nil {
		t.Fatal(err)
	}
	m.path = path
	for _, rule := range module.Rules {
		m.rule = rule.Head.Ref().String()
		if rule.Default {
			m.add("default removed", rule.Location.Offset, string(rule.Location.Text), "")
			continue
		}
		m.never(rule.Body)
		m.within(rule)
	}
	m.annotations()
}

// never makes a rule of which the body holds never.
func (m *regoMutator) never(body ast.Body) {
	switch first := body[0]; {
	case !m.written(first):
	case len(body) == 1:
		m.add("rule dropped", first.Location.Offset, string(first.Location.Text), "false")
	default:
		m.add("rule dropped", first.Location.Offset, string(first.Location.Text), "false; "+string(first.Location.Text))
	}
}

// written reports whether an expression stands in the text; some are implied.
func (m *regoMutator) written(x *ast.Expr) bool {
	return x.Location != nil && len(x.Location.Text) > 0 && strings.HasPrefix(m.texts[m.path][x.Location.Offset:], string(x.Location.Text)) && string(x.Location.Text) != "true"
}

// within changes every condition and every word of a rule.
func (m *regoMutator) within(rule *ast.Rule) {
	words := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case ast.Ref:
			return true // names of attributes: misspelt, they do not compile
		case *ast.Term:
			m.word(x)
		}
		return false
	})
	ast.NewGenericVisitor(func(x any) bool {
		if body, ok := x.(ast.Body); ok {
			for _, expr := range body {
				if m.written(expr) {
					m.condition(expr)
				}
			}
		}
		return false
	}).Walk(rule)
	words.Walk(rule)
}

// turned are the comparisons and what each is taken for.
var turned = map[string]string{"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}

func (m *regoMutator) condition(x *ast.Expr) {
	text, offset := string(x.Location.Text), x.Location.Offset
	if x.IsAssignment() || isDeclaration(x) {
		return // what it names would be unknown
	}
	m.add("condition dropped", offset, text, "true")
	if x.IsEvery() {
		return
	}
	if x.Negated {
		m.add("not dropped", offset, text, strings.TrimPrefix(text, "not "))
		return
	}
	between := regexp.MustCompile(` (==|!=|<=|>=|<|>) `).FindAllStringIndex(text, -1)
	if x.IsCall() && len(between) == 1 {
		old := text[between[0][0]+1 : between[0][1]-1]
		m.add("comparison turned", offset, text, text[:between[0][0]+1]+turned[old]+text[between[0][1]-1:])
		return
	}
	m.add("condition negated", offset, text, "not "+text)
}

func isDeclaration(x *ast.Expr) bool {
	_, declares := x.Terms.(*ast.SomeDecl)
	return declares
}

// word changes a code or a number into another one of its list, and leaves it out
// where it stands in a list here.
func (m *regoMutator) word(term *ast.Term) {
	if term.Location == nil {
		return
	}
	text := string(term.Location.Text)
	switch value := term.Value.(type) {
	case ast.String:
		if text == strconv.Quote(string(value)) && value != "" {
			m.add("word swapped", term.Location.Offset, text, strconv.Quote(m.other(string(value))))
		}
	case ast.Number:
		if n, ok := value.Int(); ok && text == strconv.Itoa(n) {
			m.add("number moved", term.Location.Offset, text, strconv.Itoa(n+1))
		}
	case ast.Set:
		m.list(term, value.Slice())
	case *ast.Array:
		var members []*ast.Term
		value.Foreach(func(member *ast.Term) { members = append(members, member) })
		m.list(term, members)
	}
}

// list drops each member of a list of words, and takes one more into it.
func (m *regoMutator) list(list *ast.Term, members []*ast.Term) {
	whole, words := string(list.Location.Text), []string{}
	for _, member := range members {
		word, ok := member.Value.(ast.String)
		text := string(member.Location.Text)
		at := member.Location.Offset - list.Location.Offset
		if !ok || text != strconv.Quote(string(word)) || at < 0 || len(members) < 2 || !strings.HasPrefix(whole[at:], text) {
			return
		}
		words = append(words, string(word))
		rest := strings.TrimPrefix(strings.TrimPrefix(whole[at+len(text):], ","), " ")
		m.add("list narrowed", list.Location.Offset, whole, whole[:at]+rest)
	}
	if more := m.other(words...); len(words) > 0 {
		m.add("list widened", list.Location.Offset, whole, whole[:1]+strconv.Quote(more)+", "+whole[1:])
	}
}

// other is another word of the list that these are of; of no list, one that nothing
// says.
func (m *regoMutator) other(words ...string) string {
	for _, list := range m.lists {
		if !slices.ContainsFunc(words, func(word string) bool { return slices.Contains(list, word) }) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(list), func(word string) bool { return slices.Contains(words, word) })
		if len(others) > 0 {
			return others[hash(m.path+m.rule)%uint32(len(others))]
		}
	}
	return "another"
}

func vocabularies(c *catalogue) [][]string {
	n := c.names()
	var codes []string
	for _, code := range n.codes {
		codes = append(codes, string(code))
	}
	var kinds, sides []string
	for _, role := range c.Roles {
		sides = append(sides, role.Side)
	}
	for _, flow := range c.Flows {
		kinds = append(kinds, flow.Kind)
	}
	return [][]string{unique(n.categories), unique(n.subjects), unique(n.purposes), without(unique(n.roles), "any"), unique(sides), unique(n.classes), unique(n.functions), unique(n.obligations),
		unique(n.documents), unique(n.bases), unique(schemas.Articles), codes, unique(kinds), {"yes", "no", "unknown"}, {"deny", "hold"}, {"allow", "allow-with-obligations", "hold", "deny"}}
}

var annotated = regexp.MustCompile(`(?m)^#   (code|effect): (\S+)$`)

// annotations swaps what a rule is annotated to answer.
func (m *regoMutator) annotations() {
	rule := ""
	for _, at := range annotated.FindAllStringSubmatchIndex(m.texts[m.path], -1) {
		key, value := m.texts[m.path][at[2]:at[3]], m.texts[m.path][at[4]:at[5]]
		if key == "code" {
			rule = value
		}
		m.rule = rule
		m.add(key+" swapped", at[4], value, m.other(value))
	}
}
