package oracle

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// The law files, word for word as the legal officers keep them.
//
//go:embed bases.yaml
var basesText []byte

//go:embed flows.yaml
var flowsText []byte

// basis is an entry of law 1. What data and subj say in words instead of a list
// stands in words.go.
type basis struct {
	ID        string    `yaml:"id"`
	By        []string  `yaml:"by"`
	To        []string  `yaml:"to"`
	Classes   []string  `yaml:"cc"`
	Purposes  []string  `yaml:"purp"`
	Articles  []string  `yaml:"art"`
	Strict    []string  `yaml:"art_strict"`
	Data      yaml.Node `yaml:"data"`
	Subjects  yaml.Node `yaml:"subj"`
	receiving bool      // law 1.9
	data      []string  // nil where they are said in words
	persons   []string  // nil where anybody may be meant
}

// row is an entry of law 4.1 with its shorthand written out.
type row struct {
	kind      string
	senders   []string
	receivers []string
	verdict   string // A, AO, H, D
	level     string
	grounds   [][]string // one alternative a list; all of its bases are needed
	approvals []string
	note      string
}

// lists are the shorthand of law 4.
var lists = map[string][]string{
	"POL": {"pol-tbkk", "pol-nl", "pol-lirc", "lo", "lo-kmar", "kmar-op"},
	"NGO": {"ngo-dest", "ngo-nl", "ngo-eu", "hotline-nl"},
	"OUT": {"pol-lirc", "lo"},
	"FOR": {"pol-third", "pol-eu", "interpol", "europol"},
	"ANY": {"any"},
}

// Law is the catalogue of bases with the matrix.
type Law struct {
	bases map[string]*basis
	rows  map[string][]*row // by kind, in the order of the file
}

// Read reads the law files.
func Read() (*Law, error) {
	var all []*basis
	if err := yaml.Unmarshal(basesText, &all); err != nil {
		return nil, err
	}
	law := &Law{bases: map[string]*basis{}, rows: map[string][]*row{}}
	for _, b := range all {
		b.data, b.persons = words(&b.Data), words(&b.Subjects)
		b.receiving = strings.HasPrefix(b.ID, "rcv-")
		law.bases[b.ID] = b
	}
	var rows map[string][]struct {
		F, T  yaml.Node
		D     string
		Level string
		B, A  []string
		N     string
		O     []string
	}
	if err := yaml.Unmarshal(flowsText, &rows); err != nil {
		return nil, err
	}
	for kind, compact := range rows {
		for _, c := range compact {
			r := &row{kind: kind, verdict: c.D, level: c.Level, approvals: c.A, note: c.N, senders: roles(&c.F), receivers: roles(&c.T)}
			for _, alternative := range c.B {
				r.grounds = append(r.grounds, strings.Split(alternative, " + "))
			}
			for _, id := range slices.Concat(r.grounds...) {
				if law.bases[id] == nil {
					return nil, fmt.Errorf("%s: no basis %s", kind, id)
				}
			}
			law.rows[kind] = append(law.rows[kind], r)
		}
	}
	return law, nil
}

// roles reads a list of roles or the name of one.
func roles(node *yaml.Node) []string {
	if node.Kind == yaml.ScalarNode {
		return lists[node.Value]
	}
	return words(node)
}

func words(node *yaml.Node) []string {
	var all []string
	for _, word := range node.Content {
		all = append(all, word.Value)
	}
	return all
}

func has(roles []string, role string) bool {
	return slices.Contains(roles, role) || slices.Contains(roles, "any")
}
