package policies

import (
	"maps"
	"path"
	"slices"
)

// What the page of rules in force shows of a rule set.

// Step is the step that a reason belongs to, as in [Steps].
func (n Note) Step() string { return path.Dir(n.Path) }

// Bases lists the legal bases by id, of each every dated version.
func (r *Rules) Bases() []Basis { return inOrder(r.bases) }

// Flows lists the rows of the matrix by kind.
func (r *Rules) Flows() []Flow { return inOrder(r.flows) }

func inOrder[T any](facts map[string][]*prepared[T]) []T {
	var all []T
	for _, id := range slices.Sorted(maps.Keys(facts)) {
		for _, version := range facts[id] {
			all = append(all, version.fact)
		}
	}
	return all
}
