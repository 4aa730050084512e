//go:build mutants

package policies

import (
	"flag"
	"fmt"
	"hash/fnv"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
)

// How well is the casebook able to notice that the law was changed? Every rule and
// every fact is changed in one place (a condition dropped, a list widened, a role
// swapped, a day moved, a default removed), and somebody must object: the loader,
// a case of the casebook, or the law file that the facts were written from. What
// nobody notices is a gap in the cases, or makes no difference; the second kind
// stands in mutants/survivors.txt with the reason. Run it by make mutants.

var (
	share  = flag.Int("share", 20, "of all mutants, how many in a hundred are tried; the same ones every time")
	mutate = flag.String("mutate", "", "only mutants whose name holds this")
)

// leastKilled is what must be noticed, in hundredths of the mutants that load.
const leastKilled = 95

// mutant is one small change of the rules or the facts.
type mutant struct {
	kind   string                 // of change
	name   string                 // where and what; stays the same while that place does
	change func() (*Rules, error) // the changed rule set
	facts  func() catalogue       // its facts, where those were changed
	seenBy func(*Question) bool   // which questions it can make a difference to; nil is all
}

// verdict is who noticed a mutant; "" is nobody.
type verdict string

const (
	byLoader verdict = "loader"
	byCase   verdict = "case"
	byLaw    verdict = "law file"
)

func TestMutants(t *testing.T) {
	all := slices.DeleteFunc(append(regoMutants(t), factMutants(t)...), func(m mutant) bool {
		return !chosen(m.name) || !strings.Contains(m.name, *mutate)
	})
	known := survivors(t)
	unchanged := mutant{change: Builtin, facts: func() catalogue { _, facts, _, _ := read(Embedded()); return facts }}
	if v := try(t, unchanged, casesOf(t), readLawFile(t)); v != "" {
		t.Fatalf("the %s objects before anything is changed", v)
	}
	verdicts := tryAll(t, all)
	tally := map[string]map[verdict]int{}
	made, killed := 0, 0
	for i, m := range all {
		v := verdicts[i]
		if tally[m.kind] == nil {
			tally[m.kind] = map[verdict]int{}
		}
		tally[m.kind][v]++
		if v != byLoader {
			made++
		}
		if v == byCase || v == byLaw {
			killed++
		}
		switch reason, listed := known[m.name]; {
		case v == "" && !listed:
			t.Errorf("survives: %s", m.name)
		case v == "" && listed:
			t.Logf("survives: %s: %s", m.name, reason)
		case listed:
			t.Errorf("stands in mutants/survivors.txt and is noticed by the %s: %s", v, m.name)
		}
		delete(known, m.name)
	}
	if *share == 100 && *mutate == "" {
		for name := range known {
			t.Errorf("stands in mutants/survivors.txt and is no mutant: %s", name)
		}
	}
	t.Log(table(tally))
	if killed*100 < made*leastKilled {
		t.Errorf("%d of %d mutants are noticed, fewer than %d in a hundred", killed, made, leastKilled)
	}
}

// chosen takes an even share, by name: a rule that is added elsewhere changes
// nothing in what is taken here.
func chosen(name string) bool { return int(hash(name)%100) < *share }

func hash(text string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(text))
	return h.Sum32()
}

// survivors reads the mutants that nobody can notice: the name on one line, the
// reason under it, indented.
func survivors(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("mutants/survivors.txt")
	if err != nil {
		t.Fatal(err)
	}
	known, name := map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		switch line = strings.TrimRight(line, "\n"); {
		case line == "" || line[0] == '#':
		case line[0] == '\t':
			known[name] = strings.TrimSpace(known[name] + " " + line[1:])
		default:
			name = line
			known[name] = ""
		}
	}
	for name, reason := range known {
		if reason == "" {
			t.Errorf("mutants/survivors.txt gives no reason: %s", name)
		}
	}
	return known
}

// tryAll tries every mutant, with as many workers as there are cores.
func tryAll(t *testing.T, all []mutant) []verdict {
	law := readLawFile(t)
	verdicts, work := make([]verdict, len(all)), make(chan int)
	var workers sync.WaitGroup
	for range 2 {
		book := casesOf(t)
		workers.Go(func() {
			for i := range work {
				verdicts[i] = try(t, all[i], book, law)
			}
		})
	}
	for i := range all {
		work <- i
	}
	close(work)
	workers.Wait()
	return verdicts
}

// try asks for each case in turn. The one that notices comes first for the next
// mutant, which is often a neighbour.
func try(t *testing.T, m mutant, book []Case, law *lawFile) verdict {
	rules, err := m.change()
	if err != nil {
		return byLoader
	}
	for i := range book {
		if m.seenBy != nil && !m.seenBy(book[i].Question) && !slices.ContainsFunc(book[i].Others, m.seenBy) {
			continue
		}
		if _, agrees, err := rules.Try(t.Context(), &book[i]); err != nil || !agrees {
			noticed := book[i]
			copy(book[1:], book[:i])
			book[0] = noticed
			return byCase
		}
	}
	if m.facts != nil {
		facts := m.facts()
		if len(law.differences(&facts)) > 0 {
			return byLaw
		}
	}
	return ""
}

// table shows by kind of change what was made and who noticed.
func table(tally map[string]map[verdict]int) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "change\tmade\tdo not load\tload\tkilled by a case\tby the law file\tsurvive\t")
	row := func(name string, n map[verdict]int) {
		made := n[byLoader] + n[byCase] + n[byLaw] + n[""]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t\n", name, made, n[byLoader], made-n[byLoader], n[byCase], n[byLaw], n[""])
	}
	sum := map[verdict]int{}
	for _, kind := range slices.Sorted(maps.Keys(tally)) {
		row(kind, tally[kind])
		for v, n := range tally[kind] {
			sum[v] += n
		}
	}
	row("all", sum)
	w.Flush()
	return "\n" + text.String()
}
