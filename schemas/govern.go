package schemas

import (
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Governed is a leaf of content with everything that governs it.
type Governed struct {
	Leaf       Leaf
	Categories []string // data categories; several only for free text
	Person     int      // number of the person, -1 for none
	Label      int      // number of the label, -1 for none
	Sealed     string   // partner/officer a sealed value is for, else ""
	With       []string // pointers of the leaves that must travel with it
}

// Govern finds for every leaf of content of a body what governs it: the nearest
// enclosing "person" and "label", and the categories that free text declares.
// Leaves that only govern are not returned by themselves; they are in With. A
// mark that points to no person or label is refused.
func Govern(kind Kind, leaves []Leaf) ([]Governed, error) {
	values := make(map[string]Raw, len(leaves))
	for _, leaf := range leaves {
		values[leaf.Pointer] = leaf.Value
	}
	g := governor{kind, values, below(leaves, "/persons"), below(leaves, "/labels")}
	var all []Governed
	for _, leaf := range leaves {
		governed, content, err := g.govern(leaf)
		if err != nil {
			return nil, err
		}
		if content {
			all = append(all, governed)
		}
	}
	return all, nil
}

type governor struct {
	kind    Kind
	values  map[string]Raw
	persons map[int][]string // pointers by number
	labels  map[int][]string
}

func (g governor) govern(leaf Leaf) (Governed, bool, error) {
	field, ok := FieldOf(g.kind, leaf.Pointer)
	if !ok {
		return Governed{}, false, Refuse("schema.unknown-key", safePointer(leaf.Pointer))
	}
	if field.Category == CategoryFollows {
		return Governed{}, false, nil
	}
	governed := Governed{Leaf: leaf, Person: -1, Label: -1, Categories: []string{field.Category}}
	if field.Category == CategoryDeclared {
		governed.declared(g.values)
	}
	if field.Type == sealedType {
		var sealed Sealed
		if err := json.Unmarshal(leaf.Value, &sealed); err != nil {
			return Governed{}, false, Refuse("schema.type", safePointer(leaf.Pointer))
		}
		governed.Sealed = sealed.For
	}
	if err := g.marks(&governed); err != nil {
		return Governed{}, false, err
	}
	return governed, true, nil
}

// declared reads the categories that the object of a leaf declares beside it.
func (g *Governed) declared(values map[string]Raw) {
	object := parentOf(g.Leaf.Pointer)
	for _, name := range []string{"/pointer", "/category", "/categories"} {
		value, ok := values[object+name]
		if !ok {
			continue
		}
		g.With = append(g.With, object+name)
		switch name {
		case "/category":
			var one string
			if json.Unmarshal(value, &one) == nil {
				g.Categories = []string{one}
			}
		case "/categories":
			json.Unmarshal(value, &g.Categories)
		}
	}
}

// marks looks outward from a leaf for the nearest person and label.
func (g governor) marks(governed *Governed) error {
	object := parentOf(governed.Leaf.Pointer)
	for {
		for _, name := range []string{"person", "label"} {
			found, numbered := &governed.Person, g.persons
			if name == "label" {
				found, numbered = &governed.Label, g.labels
			}
			value, ok := g.values[object+"/"+name]
			if !ok || *found >= 0 {
				continue
			}
			n, err := strconv.Atoi(string(value))
			targets := numbered[n]
			if err != nil || len(targets) == 0 {
				return Refuse("schema.mark", safePointer(object+"/"+name))
			}
			*found = n
			governed.With = append(append(governed.With, object+"/"+name), targets...)
		}
		if object == "" {
			slices.Sort(governed.With)
			return nil
		}
		object = parentOf(object)
	}
}

// below groups the pointers under an array by their number.
func below(leaves []Leaf, array string) map[int][]string {
	groups := map[int][]string{}
	for _, leaf := range leaves {
		rest, ok := strings.CutPrefix(leaf.Pointer, array+"/")
		if !ok {
			continue
		}
		index, _, _ := strings.Cut(rest, "/")
		if n, err := strconv.Atoi(index); err == nil {
			groups[n] = append(groups[n], leaf.Pointer)
		}
	}
	return groups
}
