package policies

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"reflect"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"go.yaml.in/yaml/v3"

	"schakel/schemas"
)

//go:embed policies.rego */*.rego facts/*.yaml *.schema.json
var embedded embed.FS

// Embedded is the rule set that this program was built with.
func Embedded() fs.FS { return embedded }

// Builtin is that rule set, loaded once for the whole process.
var Builtin = sync.OnceValues(func() (*Rules, error) { return Load(Embedded()) })

// Rules are a rule set in force: the Rego, compiled once, and the dated facts. A
// Rules does not change and may be used from many goroutines.
type Rules struct {
	Digest   string        // of rules and facts; part of every decision
	limit    time.Duration // for one decision
	query    rego.PreparedEvalQuery
	compiler *ast.Compiler        // for the questions of [Rules.Explain]
	reasons  map[schemas.Code]int // rank of each code, law/README.md 5.2
	notes    []Note

	bases     map[string][]*prepared[Basis]
	receiving []*prepared[Basis]
	flows     map[string][]*prepared[Flow] // by kind
	countries map[string][]Country
	lists     *ast.Term // what the rules look up by name, made once
	Roles     map[string]Role
	Functions map[string]Function
	Documents map[string]DocumentKind
	Questions []OpenQuestion // in the order of law/README.md 7
	postings  []Posting
	reviews   []Afterwards
	titles    map[string]Title // of the facts, by list and id
}

// prepared is a fact with the value that the rules see, made once.
type prepared[T any] struct {
	fact T
	term *ast.Term
}

// Posting is a liaison post with the countries it answers for.
type Posting struct {
	Post      string   `yaml:"post"`
	Countries []string `yaml:"countries"`
	Secondary []string `yaml:"secondary"`
	Source    string   `yaml:"source"`
	Evidence  string   `yaml:"evidence"`
	Note      string   `yaml:"note,omitempty"`
	Validity  `yaml:",inline"`
}

// catalogue is what the fact files hold.
type catalogue struct {
	Bases       []Basis        `yaml:"bases"`
	Flows       []Flow         `yaml:"flows"`
	Countries   []Country      `yaml:"countries"`
	Kinds       []Term         `yaml:"kinds"`
	Regimes     []Regime       `yaml:"regimes"`
	Retention   []Retention    `yaml:"retention"`
	Roles       []Role         `yaml:"roles"`
	Purposes    []Term         `yaml:"purposes"`
	Categories  []Category     `yaml:"categories"`
	Subjects    []Term         `yaml:"subjects"`
	Obligations []Term         `yaml:"obligations"`
	Functions   []Function     `yaml:"functions"`
	Documents   []DocumentKind `yaml:"documents"`
	Offences    []Offence      `yaml:"offences"`
	Scales      []Scale        `yaml:"scales"`
	Templates   []Term         `yaml:"templates"` // fixed phrases of a feedback, gate G06
	Reasons     []struct {
		Code   schemas.Code `yaml:"code"`
		Group  int          `yaml:"group"`
		Effect string       `yaml:"effect"`
	} `yaml:"reasons"`
	Postings   []Posting      `yaml:"postings"`
	Questions  []OpenQuestion `yaml:"questions"`
	Afterwards []Afterwards   `yaml:"afterwards"`
}

// Load reads a rule set and makes it ready to decide. It fails on any rule that
// does not compile strictly, calls a function that is not pure, or misspells an
// attribute of the question, and on any fact that does not fit facts.schema.json
// or refers to what is not there.
func Load(files fs.FS) (*Rules, error) {
	if err := validate(files); err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	modules, facts, digest, err := read(files)
	if err != nil {
		return nil, err
	}
	r := &Rules{Digest: digest, limit: maxTime}
	if err := facts.check(); err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	if err := r.facts(facts); err != nil {
		return nil, err
	}
	schema, err := fs.ReadFile(files, "question.schema.json")
	if err != nil {
		return nil, fmt.Errorf("load rules: %w", err)
	}
	return r, r.compile(modules, schema)
}

// read collects the rule modules and the facts, with the digest of both.
func read(files fs.FS) (modules map[string]string, facts catalogue, digest string, err error) {
	modules = map[string]string{}
	digest, err = each(files, func(path string, text []byte) error {
		switch {
		case strings.HasSuffix(path, "_test.rego"):
		case strings.HasSuffix(path, ".rego"):
			modules[path] = string(text)
		case strings.HasSuffix(path, ".yaml"):
			return decodeFacts(path, text, &facts)
		}
		return nil
	})
	return modules, facts, digest, err
}

// each hands on every file of a rule set, and returns the digest of all.
func each(files fs.FS, take func(path string, text []byte) error) (digest string, err error) {
	h := sha256.New()
	err = fs.WalkDir(files, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s\x00%d\x00%s", path, len(text), text)
		return take(path, text)
	})
	if err != nil {
		err = fmt.Errorf("load rules: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)), err
}

// decodeFacts adds what one file holds. A key may stand in several files: no file
// replaces what another said.
func decodeFacts(path string, text []byte, facts *catalogue) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var one catalogue
	if err := decoder.Decode(&one); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := decoder.Decode(&catalogue{}); err != io.EOF {
		return fmt.Errorf("%s: more than one document", path)
	}
	all, more := reflect.ValueOf(facts).Elem(), reflect.ValueOf(one)
	for i := range all.NumField() {
		all.Field(i).Set(reflect.AppendSlice(all.Field(i), more.Field(i)))
	}
	return nil
}

// compile prepares the one query.
func (r *Rules) compile(modules map[string]string, schema []byte) error {
	compiler, err := newCompiler(modules, schema)
	if err != nil {
		return fmt.Errorf("load rules: %w", err)
	}
	r.compiler, r.notes = compiler, notesOf(compiler)
	r.query, err = rego.New(
		rego.Query("answer = data.policies.decision"),
		rego.Compiler(compiler),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(context.Background())
	if err != nil {
		return fmt.Errorf("load rules: %w", err)
	}
	return nil
}

// newCompiler compiles strictly, with the schema of the question, and with the
// built-in functions that depend on nothing but their arguments.
func newCompiler(modules map[string]string, schema []byte) (*ast.Compiler, error) {
	parsed := map[string]*ast.Module{}
	for path, text := range modules {
		module, err := ast.ParseModuleWithOpts(path, text, ast.ParserOptions{ProcessAnnotation: true, Capabilities: pure()})
		if err != nil {
			return nil, err
		}
		parsed[path] = module
	}
	set := ast.NewSchemaSet()
	var document any
	if err := json.Unmarshal(schema, &document); err != nil {
		return nil, err
	}
	set.Put(ast.MustParseRef("schema.question"), document)
	compiler := ast.NewCompiler().WithStrict(true).WithCapabilities(pure()).WithSchemas(set).WithUseTypeCheckAnnotations(true)
	if compiler.Compile(parsed); compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// pure lists the built-in functions without network, clock or chance.
func pure() *ast.Capabilities {
	capabilities := ast.CapabilitiesForThisVersion()
	capabilities.AllowNet = []string{}
	capabilities.Builtins = slices.DeleteFunc(capabilities.Builtins, func(b *ast.Builtin) bool {
		return b.Nondeterministic || slices.ContainsFunc(impure, func(prefix string) bool { return strings.HasPrefix(b.Name, prefix) })
	})
	return capabilities
}

// impure functions reach outside, or are none of a decision's business.
var impure = []string{"http.", "net.", "opa.runtime", "rand.", "uuid.", "time.now_ns", "io.jwt", "crypto.", "trace", "print", "providers.", "graphql.", "json.match_schema", "json.verify_schema", "rego.parse_module"}

// Note is what a rule's annotation says: the one place where a reason is
// written.
type Note struct {
	Code    schemas.Code
	Effect  string
	Article string
	NL, EN  string // title
	NowNL   string // what to do now
	NowEN   string
	Authors []string
	Mark    string // evidence mark
	Path    string
}

// Notes lists the reasons that the rules can give, by rank.
func (r *Rules) Notes() []Note { return r.notes }

func notesOf(compiler *ast.Compiler) []Note {
	var notes []Note
	for _, ref := range compiler.GetAnnotationSet().Flatten() {
		a := ref.Annotations
		if a == nil || a.Custom["code"] == nil {
			continue
		}
		text := func(key string) string { s, _ := a.Custom[key].(string); return s }
		note := Note{Code: schemas.Code(text("code")), Effect: text("effect"), Article: text("article"), NL: a.Title, EN: text("title_en"), NowNL: text("now_nl"), NowEN: text("now_en"), Mark: text("evidence"), Path: ref.Location.File}
		for _, author := range a.Authors {
			note.Authors = append(note.Authors, author.Name)
		}
		notes = append(notes, note)
	}
	sort.SliceStable(notes, func(i, j int) bool { return notes[i].Path < notes[j].Path })
	return notes
}

// facts indexes the catalogue and makes the values that the rules see.
func (r *Rules) facts(c catalogue) error {
	r.reasons, r.bases, r.flows, r.countries = map[schemas.Code]int{}, map[string][]*prepared[Basis]{}, map[string][]*prepared[Flow]{}, map[string][]Country{}
	r.Roles, r.Functions, r.Documents = map[string]Role{}, map[string]Function{}, map[string]DocumentKind{}
	for i, reason := range c.Reasons {
		r.reasons[reason.Code] = i
	}
	for _, basis := range c.Bases {
		p, err := prepare(normal(basis))
		if err != nil {
			return err
		}
		r.bases[basis.ID] = append(r.bases[basis.ID], p)
		if basis.Receiving {
			r.receiving = append(r.receiving, p)
		}
	}
	for _, flow := range c.Flows {
		flow.Approvals, flow.Obligations, flow.Conditions = list(flow.Approvals), list(flow.Obligations), conditions(flow.Conditions)
		p, err := prepare(flow)
		if err != nil {
			return err
		}
		r.flows[flow.Kind] = append(r.flows[flow.Kind], p)
	}
	r.index(c)
	return nil
}

func (r *Rules) index(c catalogue) {
	for _, country := range c.Countries {
		r.countries[country.ID] = append(r.countries[country.ID], country)
	}
	r.lists = lists(c)
	for _, role := range c.Roles {
		r.Roles[role.ID] = role
	}
	for _, function := range c.Functions {
		r.Functions[function.ID] = function
	}
	for _, kind := range c.Documents {
		r.Documents[kind.ID] = kind
	}
	r.Questions, r.postings, r.reviews = c.Questions, c.Postings, c.Afterwards
	r.titles = titles(c)
}

// titles are what people call the facts.
func titles(c catalogue) map[string]Title {
	all := map[string]Title{}
	add := func(list string, term Term) { all[list+"/"+term.ID] = term.Title }
	for _, kind := range c.Kinds {
		add("kind", kind)
	}
	for _, subject := range c.Subjects {
		add("subject", subject)
	}
	for _, category := range c.Categories {
		add("category", category.Term)
	}
	for _, kind := range c.Documents {
		add("document", kind.Term)
	}
	for _, country := range c.Countries {
		all["country/"+country.ID] = country.Title
	}
	return all
}

// Title is what people call a fact: a kind, a country, or a category, subject or
// document by its id; the id itself where the facts do not have it.
func (r *Rules) Title(list, id string) Title {
	if title, ok := r.titles[list+"/"+id]; ok {
		return title
	}
	return Title{NL: id, EN: id}
}

// lists are the parts of the catalogue that rules look up by name.
func lists(c catalogue) *ast.Term {
	var members, states, tainted, perilous, codes, templates []*ast.Term
	var annex []string
	for _, country := range c.Countries {
		if country.EU && country.ID != "NL" {
			members = append(members, ast.StringTerm(country.ID))
		}
		states = append(states, ast.StringTerm(country.ID))
		if country.Torture {
			tainted = append(tainted, ast.StringTerm(country.ID))
		}
		if country.perilous() {
			perilous = append(perilous, ast.StringTerm(country.ID))
		}
	}
	for _, category := range c.Categories {
		if category.AnnexIIB {
			annex = append(annex, category.ID)
		}
		codes = append(codes, ast.StringTerm(category.ID))
	}
	for _, subject := range c.Subjects {
		codes = append(codes, ast.StringTerm(subject.ID))
	}
	for _, template := range c.Templates {
		templates = append(templates, ast.StringTerm(template.ID))
	}
	offences, table, documents, regimes := ast.NewObject(), ast.NewObject(), ast.NewObject(), ast.NewObject()
	var ending []string
	for _, offence := range c.Offences {
		offences.Insert(ast.StringTerm(offence.ID), words(offence.Flags))
		table.Insert(ast.StringTerm(offence.ID), ast.ObjectTerm(
			ast.Item(ast.StringTerm("art10a"), ast.StringTerm(offence.Art10a)), ast.Item(ast.StringTerm("max_years"), ast.IntNumberTerm(offence.MaxYears)),
			ast.Item(ast.StringTerm("pnr_annex_2"), ast.BooleanTerm(offence.Annex2)), ast.Item(ast.StringTerm("treaty"), ast.StringTerm(offence.Treaty))))
	}
	for _, regime := range c.Regimes {
		regimes.Insert(ast.StringTerm(regime.ID), ast.ObjectTerm(
			ast.Item(ast.StringTerm("articles"), words(regime.Articles)), ast.Item(ast.StringTerm("by"), words(regime.By))))
	}
	for _, kind := range c.Documents {
		documents.Insert(ast.StringTerm(kind.ID), ast.StringTerm(kind.About))
		if kind.Ends {
			ending = append(ending, kind.ID)
		}
	}
	return ast.ObjectTerm(
		ast.Item(ast.StringTerm("member_states"), ast.SetTerm(members...)),
		ast.Item(ast.StringTerm("states"), ast.SetTerm(states...)),
		ast.Item(ast.StringTerm("tainted"), ast.SetTerm(tainted...)),
		ast.Item(ast.StringTerm("perilous"), ast.SetTerm(perilous...)),
		ast.Item(ast.StringTerm("templates"), ast.SetTerm(templates...)),
		ast.Item(ast.StringTerm("codes"), ast.SetTerm(codes...)), // of data and of persons
		ast.Item(ast.StringTerm("offences"), ast.NewTerm(offences)),
		ast.Item(ast.StringTerm("offence_table"), ast.NewTerm(table)),
		ast.Item(ast.StringTerm("annex_ii_b"), words(annex)),
		ast.Item(ast.StringTerm("documents"), ast.NewTerm(documents)),
		ast.Item(ast.StringTerm("ending"), words(ending)),
		ast.Item(ast.StringTerm("regimes"), ast.NewTerm(regimes)),
		ast.Item(ast.StringTerm("retention"), retention(c.Retention)),
		ast.Item(ast.StringTerm("obligations"), words(ids(c.Obligations, termID))),
		ast.Item(ast.StringTerm("scales"), scales(c.Scales)),
	)
}

// retention are the terms by whose they are: of a source, a basis or a recipient.
func retention(all []Retention) *ast.Term {
	whose := map[string]map[string][]*ast.Term{"articles": {}, "bases": {}, "recipients": {}}
	for _, r := range all {
		term := ast.ObjectTerm(
			ast.Item(ast.StringTerm("years"), ast.IntNumberTerm(r.Years)), ast.Item(ast.StringTerm("months"), ast.IntNumberTerm(r.Months)),
			ast.Item(ast.StringTerm("days"), ast.IntNumberTerm(r.Days)), ast.Item(ast.StringTerm("from"), ast.StringTerm(r.From)), ast.Item(ast.StringTerm("offences"), words(r.Offences)))
		for list, members := range map[string][]string{"articles": r.Articles, "bases": r.Bases, "recipients": r.Recipients} {
			for _, member := range members {
				whose[list][member] = append(whose[list][member], term)
			}
		}
	}
	found := ast.NewObject()
	for list, members := range whose {
		of := ast.NewObject()
		for member, terms := range members {
			of.Insert(ast.StringTerm(member), ast.ArrayTerm(terms...))
		}
		found.Insert(ast.StringTerm(list), ast.NewTerm(of))
	}
	return ast.NewTerm(found)
}

// scales are the crosswalks by the scale that they read.
func scales(all []Scale) *ast.Term {
	read := func(codes map[string]string) *ast.Term {
		of := ast.NewObject()
		for code, as := range codes {
			of.Insert(ast.StringTerm(code), ast.StringTerm(as))
		}
		return ast.NewTerm(of)
	}
	found := ast.NewObject()
	for _, s := range all {
		found.Insert(ast.StringTerm(s.ID), ast.ObjectTerm(
			ast.Item(ast.StringTerm("sources"), read(s.Sources)), ast.Item(ast.StringTerm("information"), read(s.Information)), ast.Item(ast.StringTerm("seen"), ast.StringTerm(s.Seen))))
	}
	return ast.NewTerm(found)
}

// perilous reports whether data on an accused person can cost him his life there,
// or expose him to torture (gate G03).
func (c *Country) perilous() bool {
	return c.Torture || c.Assurance != "never" || c.CSACapital != "no" || !slices.Contains([]string{"abolished", "none"}, c.DeathPenalty)
}

func words(all []string) *ast.Term {
	var terms []*ast.Term
	for _, word := range all {
		terms = append(terms, ast.StringTerm(word))
	}
	return ast.SetTerm(terms...)
}

// normal writes every list of a basis, so that to the rules none is missing.
func normal(b Basis) Basis {
	b.StrictArticles, b.Obligations = list(b.StrictArticles), list(b.Obligations)
	b.Data.Except, b.Data.Only = list(b.Data.Except), list(b.Data.Only)
	b.Subjects.Except, b.Subjects.Only = list(b.Subjects.Except), list(b.Subjects.Only)
	b.Conditions = conditions(b.Conditions)
	b.Approvals = slices.Clone(b.Approvals)
	for i := range b.Approvals {
		a := &b.Approvals[i]
		a.Articles, a.Subjects, a.Classes, a.Senders, a.Recipients, a.ExceptKinds = list(a.Articles), list(a.Subjects), list(a.Classes), list(a.Senders), list(a.Recipients), list(a.ExceptKinds)
	}
	return b
}

func conditions(all []Condition) []Condition {
	written := append([]Condition{}, all...)
	for i := range written {
		written[i].Articles = list(written[i].Articles)
	}
	return written
}

// list is a list that is written even when it is empty.
func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

func prepare[T any](fact T) (*prepared[T], error) {
	document, err := json.Marshal(fact)
	if err != nil {
		return nil, err
	}
	value, err := ast.ValueFromReader(bytes.NewReader(document))
	if err != nil {
		return nil, err
	}
	return &prepared[T]{fact, ast.NewTerm(value)}, nil
}
