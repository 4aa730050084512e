package schemas

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Field is what the words say of one place in a body.
type Field struct {
	Category string       // data category, or CategoryFollows or CategoryDeclared
	Type     reflect.Type // of a leaf: string, *int, []string, Sealed
	Rule     string       // validator tag
}

// FieldOf returns the field that a pointer names in a kind; false when the kind
// has no leaf there.
func FieldOf(kind Kind, pointer string) (Field, bool) {
	field, ok := fields[kind][shape(pointer)]
	return field, ok
}

// Places lists the shapes of all leaves of a kind: pointers with * for a number.
func Places(kind Kind) map[string]Field { return fields[kind] }

// CheckLeaf checks the type and the rule of one leaf of a kind by itself. A
// recipient uses it on what is there after withholding, where the schema of a
// whole message no longer applies.
func CheckLeaf(kind Kind, leaf Leaf) error {
	field, ok := FieldOf(kind, leaf.Pointer)
	if !ok {
		return Refuse("schema.unknown-key", safePointer(leaf.Pointer))
	}
	if err := Scan(leaf.Value); err != nil {
		return Refuse(Refused(err).Code, safePointer(leaf.Pointer))
	}
	value := reflect.New(field.Type)
	if err := json.Unmarshal(leaf.Value, value.Interface(), json.RejectUnknownMembers(true)); err != nil {
		return Refuse("schema.type", safePointer(leaf.Pointer))
	}
	err := rules.Var(value.Elem().Interface(), field.Rule)
	if field.Type == sealedType {
		err = rules.Struct(value.Interface())
	}
	if err != nil {
		return Refuse("schema.form", safePointer(leaf.Pointer))
	}
	return nil
}

// shape replaces every index of a pointer by *.
func shape(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		if isIndex(token) {
			tokens[i] = "*"
		}
	}
	return strings.Join(tokens, "/")
}

func isIndex(token string) bool {
	n, err := strconv.Atoi(token)
	return err == nil && n >= 0 && strconv.Itoa(n) == token
}

// fields holds the leaves of every kind, found by walking its type once.
var fields = func() map[Kind]map[string]Field {
	all := map[Kind]map[string]Field{}
	for kind, t := range kinds {
		all[kind] = map[string]Field{}
		collect(all[kind], "", t, "", "")
	}
	return all
}()

var sealedType = reflect.TypeFor[Sealed]()

// collect adds the leaves below a type.
func collect(into map[string]Field, pointer string, t reflect.Type, category, rule string) {
	leaf := t // a pointer stays one: there 0 is a value
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == sealedType:
		into[pointer] = Field{category, t, ""}
	case t.Kind() == reflect.Slice && isObject(t.Elem()):
		collect(into, pointer+"/*", t.Elem(), category, "")
	case t.Kind() == reflect.Struct:
		collectMembers(into, pointer, t)
	default:
		into[pointer] = Field{category, leaf, rule}
	}
}

func collectMembers(into map[string]Field, pointer string, t reflect.Type) {
	for i := range t.NumField() {
		member := t.Field(i)
		if member.Anonymous {
			collectMembers(into, pointer, member.Type)
			continue
		}
		name, _, _ := strings.Cut(member.Tag.Get("json"), ",")
		collect(into, pointer+"/"+name, member.Type, member.Tag.Get("category"), member.Tag.Get("validate"))
	}
}

func isObject(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

// IsSealed reports whether a pointer names a sealed value in a kind.
func IsSealed(kind Kind, pointer string) bool {
	field, ok := FieldOf(kind, pointer)
	return ok && field.Type == sealedType
}
