package policies

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"schakel/schemas"
)

// The facts were written from the law file. Here they are held beside it, word by
// word, so that no role, purpose, class, source, duty or approval came in or went
// out on the way; where they differ on purpose, the difference and its reason
// stand below.

// wordsOf is a list of the law file, or a sentence where it gives one.
type wordsOf struct {
	list []string
	text string
}

func (w *wordsOf) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		return node.Decode(&w.list)
	}
	return node.Decode(&w.text)
}

// lawBasis is a basis as the law file has it.
type lawBasis struct {
	ID        string
	By, To    wordsOf
	CC        wordsOf
	Purp, Art wordsOf
	Strict    wordsOf `yaml:"art_strict"`
	Data      wordsOf
	Subj      wordsOf
	Obl       wordsOf
	Auth      wordsOf
}

// lawRow is a row of the matrix as the law file has it.
type lawRow struct {
	F, T    wordsOf
	D       string
	Level   string
	A, B, O []string
}

// lawFile is what the law file says.
type lawFile struct {
	bases []lawBasis
	rows  map[string][]lawRow
}

func readLawFile(t *testing.T) *lawFile {
	t.Helper()
	law := &lawFile{}
	for path, into := range map[string]any{"oracle/bases.yaml": &law.bases, "oracle/flows.yaml": &law.rows} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	return law
}

// The codes of a function and of a data category, in a sentence.
var (
	function = regexp.MustCompile(`\ba-[a-z0-9]+\b`)
	category = regexp.MustCompile(`\bd-[a-z-]+\b`)
)

// apart are the differences that are meant, with the reason.
var apart = map[string]string{
	"wpg-15a-1: approvals: a-burg a-lirc a-ovj; law: a-lirc a-ovj":       "a-burg stands among its conditions there (Bpg 5:1(4))",
	"wpg-17a-1: approvals: a-burg a-lirc a-ovj; law: a-lirc":             "a-ovj and a-burg stand among its conditions there",
	"wpg-17a-2-a: approvals: a-burg a-lirc a-ovj; law: a-lirc":           "Bpg 5:1(4) asks a-ovj and a-burg of every transfer of art 10 data",
	"wpg-17a-2-b: approvals: a-burg a-lirc a-ovj; law: a-lirc a-ovj":     "so for a-burg",
	"wpg-17a-3-d: approvals: a-burg a-lirc a-ovj; law: a-lirc a-ovj":     "so for a-burg",
	"wpg-19: approvals: a-210 a-ctrl a-gezag; law: a-ctrl a-gezag a-ovj": "a-gezag is a-ovj for offences; a-210 is asked by Bpg 4:5",
	"wjsg-28: approvals: ; law: a-minjv":                                 "the row of the answer asks it, screening-response/1",
	"sv-5-1-7: approvals: a-lirc; law: a-lirc a-ovj":                     "a-ovj only in the cases that gates and rows ask him for",
	"pnr-8: approvals: ; law: a-ovj":                                     "a-ovj only for what is older than six months, by its last condition",
	"gdpr-6-1-d: approvals: ; law: a-legal":                              "a-legal looks afterwards, by o-review24",
	"rr-8-1-c: approvals: ; law: a-ovj":                                  "only towards police and KMar, by the rows",

	"case-tip: only in the facts: hold |  | lo,pol-lirc | pol-third | wpg-17a-2-a,wpg-17a-2-b,wpg-17a-3-d | a-ovj | ":              "the law file notes: cc-ta: a-lirc is enough; so the row is two",
	"case-tip: only in the facts: hold |  | lo,pol-lirc | pol-third | wpg-17a-1 | a-lirc | ":                                       "the law file notes: cc-ta: a-lirc is enough; so the row is two",
	"case-tip: only in the law file: hold |  | lo,pol-lirc | pol-third | wpg-17a-1,wpg-17a-2-a,wpg-17a-2-b,wpg-17a-3-d | a-ovj | ": "the law file notes: cc-ta: a-lirc is enough; so the row is two",

	"case-tip: only in the facts: hold |  | hotline-nl,ngo-eu,ngo-nl | pol-third | gdpr-49,gdpr-6-1-d | a-dir | o-copytbkk":                                                                            "the law file notes: copy to pol-tbkk",
	"case-tip: only in the law file: hold |  | hotline-nl,ngo-eu,ngo-nl | pol-third | gdpr-49,gdpr-6-1-d | a-dir | ":                                                                                   "the law file notes: copy to pol-tbkk",
	"info-request: only in the facts: allow-with-obligations |  | europol,interpol,pol-eu,pol-third | lo,pol-lirc | rcv-foreign |  | o-mlareg":                                                         "the law file notes: enter in MLA register",
	"info-request: only in the law file: allow-with-obligations |  | europol,interpol,pol-eu,pol-third | lo,pol-lirc | rcv-foreign |  | ":                                                              "the law file notes: enter in MLA register",
	"assistance-request: only in the facts: allow-with-obligations |  | jud-eu,jud-third | lo,pol-lirc | rcv-foreign |  | o-forwardom":                                                                 "the law file notes: misaddressed, forward to om",
	"assistance-request: only in the law file: allow-with-obligations |  | jud-eu,jud-third | lo,pol-lirc | rcv-foreign |  | ":                                                                         "the law file notes: misaddressed, forward to om",
	"assistance-request: only in the facts: hold |  | om | jud-third | lanz-38+sv-5-1-2-1+wjsg-39ga-2,opsc-6+sv-5-1-2-1+wjsg-39ga-2,sv-5-1-2-1+untoc-18+wjsg-39ga-2,sv-5-1-2-1+wjsg-39ga-2 | a-ovj | ": "the law file notes: add opsc-6, untoc-18 or a treaty as footing",
	"assistance-request: only in the law file: hold |  | om | jud-third | sv-5-1-2-1+wjsg-39ga-2 | a-ovj | ":                                                                                           "the law file notes: add opsc-6, untoc-18 or a treaty as footing",
	"subject-record: only in the facts: allow-with-obligations |  | kmar-op,lo,lo-kmar,pol-lirc,pol-nl,pol-tbkk | kmar-op,lo,lo-kmar,pol-lirc,pol-nl,pol-tbkk | wpg-15-1 |  | ":                        "the law file notes: art8 and art13 items AO; the basis asks a-210 for the others",
	"subject-record: only in the law file: hold |  | kmar-op,lo,lo-kmar,pol-lirc,pol-nl,pol-tbkk | kmar-op,lo,lo-kmar,pol-lirc,pol-nl,pol-tbkk | wpg-15-1 | a-210 | ":                                  "the law file notes: art8 and art13 items AO; the basis asks a-210 for the others",
}

// differences lists where the facts do not say what the law file says.
func (law *lawFile) differences(c *catalogue) []string {
	var found []string
	expect := func(where, what string, got, want []string) {
		if !slices.Equal(unique(got), unique(want)) {
			found = append(found, fmt.Sprintf("%s: %s: %s; law: %s", where, what, strings.Join(unique(got), " "), strings.Join(unique(want), " ")))
		}
	}
	for _, want := range law.bases {
		for _, b := range c.Bases {
			if b.ID == want.ID {
				b.differences(&want, expect)
			}
		}
	}
	expect("bases", "ids", ids(c.Bases, func(b Basis) string { return b.ID }), ids(law.bases, func(b lawBasis) string { return b.ID }))
	for kind, rows := range law.rows {
		var want, got []string
		for _, row := range rows {
			want = append(want, row.line())
		}
		for _, f := range c.Flows {
			if f.Kind == kind {
				got = append(got, f.line())
			}
		}
		found = append(append(found, only(kind+": only in the facts: ", got, want)...), only(kind+": only in the law file: ", want, got)...)
	}
	return slices.DeleteFunc(found, func(difference string) bool { return apart[difference] != "" })
}

// only lists what one has and the other has not.
func only(where string, one, other []string) []string {
	var found []string
	for _, line := range one {
		if i := slices.Index(other, line); i >= 0 {
			other = cut(other, i)
			continue
		}
		found = append(found, where+line)
	}
	return found
}

// cut is a list without one of its members.
func cut[T any](list []T, i int) []T { return slices.Delete(slices.Clone(list), i, i+1) }

func (b *Basis) differences(want *lawBasis, expect func(where, what string, got, want []string)) {
	expect(b.ID, "by", b.By, want.By.list)
	expect(b.ID, "to", b.To, want.To.list)
	expect(b.ID, "countries", b.Countries, want.CC.list)
	expect(b.ID, "purposes", b.Purposes, want.Purp.list)
	expect(b.ID, "articles", b.Articles, want.Art.list)
	expect(b.ID, "strict articles", b.StrictArticles, want.Strict.list)
	expect(b.ID, "obligations", b.Obligations, want.Obl.list)
	expect(b.ID, "approvals", ids(b.Approvals, func(a Approval) string { return a.Function }), function.FindAllString(want.Auth.text+strings.Join(want.Auth.list, " "), -1))
	if len(want.Data.list) > 0 {
		expect(b.ID, "data", b.Data.Only, want.Data.list)
	}
	if all, but, found := strings.Cut(want.Data.text, "all-"); found && all == "" && (but == "" || strings.HasPrefix(but, " minus d-")) {
		expect(b.ID, "data", append(b.Data.Only, without(b.Data.Except, "d-source")...), without(category.FindAllString(but, -1), "d-source"))
	}
	if len(want.Subj.list) > 0 {
		expect(b.ID, "subjects", b.Subjects.Only, want.Subj.list)
	}
	if want.Subj.text == "any" {
		expect(b.ID, "subjects", append(b.Subjects.Only, b.Subjects.Except...), nil)
	}
}

func without[T comparable](list []T, gone T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return x == gone })
}

func (f *Flow) line() string {
	var grounds []string
	for _, g := range f.Grounds {
		grounds = append(grounds, strings.Join(unique(g), "+"))
	}
	return strings.Join([]string{f.Decision, f.Level, strings.Join(unique(f.Sender), ","), strings.Join(unique(f.Recipient), ","), strings.Join(unique(grounds), ","), strings.Join(unique(f.Approvals), ","), strings.Join(unique(f.Obligations), ",")}, " | ")
}

func (r *lawRow) line() string {
	var grounds []string
	for _, g := range r.B {
		grounds = append(grounds, strings.Join(unique(strings.Split(g, " + ")), "+"))
	}
	d := map[string]string{"A": schemas.Allow, "AO": schemas.AllowWithObligations, "H": schemas.Hold, "D": schemas.Deny}[r.D]
	return strings.Join([]string{d, r.Level, r.F.roles(), r.T.roles(), strings.Join(unique(grounds), ","), strings.Join(unique(r.A), ","), strings.Join(unique(r.O), ",")}, " | ")
}

// roles are the roles that a shorthand of law 4.1 stands for.
func (w *wordsOf) roles() string {
	short := map[string][]string{
		"POL": {"pol-tbkk", "pol-nl", "pol-lirc", "lo", "lo-kmar", "kmar-op"}, "NGO": {"ngo-dest", "ngo-nl", "ngo-eu", "hotline-nl"},
		"OUT": {"pol-lirc", "lo"}, "FOR": {"pol-third", "pol-eu", "interpol", "europol"},
	}
	if list, ok := short[w.text]; ok {
		return strings.Join(unique(list), ",")
	}
	return strings.ToLower(strings.Join(unique(append(w.list, strings.Fields(w.text)...)), ","))
}

// The facts say what the law file says, but for what is meant to differ.
func TestTheFactsSayWhatTheLawFileSays(t *testing.T) {
	_, facts, _, err := read(Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, difference := range readLawFile(t).differences(&facts) {
		t.Error(difference)
	}
}
