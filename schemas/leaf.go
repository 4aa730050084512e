package schemas

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Leaf is one value of a document with its JSON Pointer. A leaf is a scalar, an
// array without objects, or a sealed value (an object with a member "sealed"):
// what is disclosed or withheld as one.
type Leaf struct {
	Pointer string
	Value   Raw
}

// Flatten takes a document apart into its leaves, in pointer order. The document
// must have passed [Scan]; one with more than [MaxLeaves] leaves or an empty
// object is refused, because it could not be put together again.
func Flatten(document []byte) ([]Leaf, error) {
	var leaves []Leaf
	if err := flatten(&leaves, "", document); err != nil {
		return nil, err
	}
	if len(leaves) > MaxLeaves {
		return nil, Refuse("limit.leaves", "")
	}
	SortLeaves(leaves)
	return leaves, nil
}

func flatten(leaves *[]Leaf, pointer string, value Raw) error {
	members, err := split(value)
	if err != nil {
		return Refuse("parse.syntax", pointer)
	}
	if isLeaf(value, members) {
		*leaves = append(*leaves, Leaf{pointer, value.Clone()})
		return nil
	}
	if len(members) == 0 {
		return Refuse("schema.empty-object", pointer)
	}
	for _, member := range members {
		if err := flatten(leaves, pointer+"/"+member.name, member.value); err != nil {
			return err
		}
	}
	return nil
}

type member struct {
	name  string
	value Raw
}

// split returns the members of an object or the elements of an array.
func split(value Raw) ([]member, error) {
	kind := value.Kind()
	if kind != '{' && kind != '[' {
		return nil, nil
	}
	decoder := jsontext.NewDecoder(bytes.NewBuffer(value))
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	var members []member
	for decoder.PeekKind() != '}' && decoder.PeekKind() != ']' {
		name := strconv.Itoa(len(members))
		if kind == '{' {
			token, err := decoder.ReadToken()
			if err != nil {
				return nil, err
			}
			name = string(jsontext.Pointer("").AppendToken(token.String()))[1:]
		}
		element, err := decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, element.Clone()})
	}
	return members, nil
}

func isLeaf(value Raw, members []member) bool {
	switch value.Kind() {
	case '{':
		return slices.ContainsFunc(members, func(m member) bool { return m.name == "sealed" })
	case '[':
		return !slices.ContainsFunc(members, func(m member) bool { k := m.value.Kind(); return k == '{' || k == '[' })
	}
	return true
}

// SortLeaves puts leaves in pointer order, array positions by number.
func SortLeaves(leaves []Leaf) {
	slices.SortFunc(leaves, func(a, b Leaf) int { return ComparePointers(a.Pointer, b.Pointer) })
}

// ComparePointers orders pointers token by token, indexes by number.
func ComparePointers(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "/"), strings.Split(b, "/"), func(x, y string) int {
		if isIndex(x) && isIndex(y) {
			i, _ := strconv.Atoi(x)
			j, _ := strconv.Atoi(y)
			return cmp.Compare(i, j)
		}
		return strings.Compare(x, y)
	})
}

// Assemble puts leaves together again. Positions of an array that are missing
// become null when holes are allowed (after withholding: positions stay as
// signed) and are refused when they are not. Two leaves that claim one place, or
// a leaf inside a leaf, are refused.
func Assemble(leaves []Leaf, holes bool) ([]byte, error) {
	leaves = slices.Clone(leaves)
	SortLeaves(leaves)
	root := &node{}
	for _, leaf := range leaves {
		if err := root.put(strings.Split(leaf.Pointer, "/")[1:], leaf); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if err := root.write(&out, "", holes); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// node is a place in the tree that Assemble builds.
type node struct {
	leaf  Raw
	names []string // in order
	below map[string]*node
}

func (n *node) put(tokens []string, leaf Leaf) error {
	if n.leaf != nil {
		return Refuse("sd.clash", safePointer(leaf.Pointer))
	}
	if len(tokens) == 0 {
		if n.below != nil {
			return Refuse("sd.clash", safePointer(leaf.Pointer))
		}
		n.leaf = leaf.Value
		return nil
	}
	child := n.below[tokens[0]]
	if child == nil {
		child = &node{}
		if n.below == nil {
			n.below = map[string]*node{}
		}
		n.below[tokens[0]] = child
		n.names = append(n.names, tokens[0])
	}
	return child.put(tokens[1:], leaf)
}

func (n *node) write(out *bytes.Buffer, pointer string, holes bool) error {
	switch {
	case n.leaf != nil:
		out.Write(n.leaf)
		return nil
	case len(n.names) > 0 && isIndex(n.names[0]):
		return n.writeArray(out, pointer, holes)
	}
	return n.writeObject(out, pointer, holes)
}

func (n *node) writeObject(out *bytes.Buffer, pointer string, holes bool) error {
	out.WriteByte('{')
	for i, name := range n.names {
		if isIndex(name) {
			return Refuse("sd.clash", safePointer(pointer))
		}
		if i > 0 {
			out.WriteByte(',')
		}
		quoted, _ := jsontext.AppendQuote(nil, unescape(name))
		out.Write(quoted)
		out.WriteByte(':')
		if err := n.below[name].write(out, pointer+"/"+name, holes); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

func (n *node) writeArray(out *bytes.Buffer, pointer string, holes bool) error {
	out.WriteByte('[')
	position := 0
	for _, name := range n.names {
		index, _ := strconv.Atoi(name)
		if !isIndex(name) || index >= MaxArray {
			return Refuse("sd.clash", safePointer(pointer))
		}
		for ; position < index; position++ {
			if !holes {
				return Refuse("sd.missing", safePointer(pointer))
			}
			out.WriteString("null,")
		}
		if err := n.below[name].write(out, pointer+"/"+name, holes); err != nil {
			return err
		}
		if position++; name != n.names[len(n.names)-1] {
			out.WriteByte(',')
		}
	}
	out.WriteByte(']')
	return nil
}

func unescape(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}
