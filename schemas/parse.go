package schemas

import (
	"errors"
	"reflect"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/go-playground/validator/v10"
)

// Parse reads a body of a kind, once and strictly. It returns a *[Refusal] with
// the place when the document is not what its schema says. It is the only way to
// a [Body] from outside.
func Parse(kind Kind, document []byte) (Body, error) {
	shape, ok := kinds[kind]
	if !ok {
		return nil, Refuse("schema.kind", "")
	}
	value := reflect.New(shape).Interface()
	if err := scan(document, true); err != nil {
		return nil, err
	}
	if err := fill(document, value); err != nil {
		return nil, err
	}
	if c, ok := value.(interface{ coherent() error }); ok {
		return value.(Body), c.coherent()
	}
	return value.(Body), nil
}

// ParseManifest reads a manifest whose signature has been verified.
func ParseManifest(document []byte) (*Manifest, error) {
	manifest := new(Manifest)
	if err := Decode(document, manifest); err != nil {
		return nil, err
	}
	return manifest, nil
}

// Decode reads any document of Schakel's own words from outside into the struct
// that value points to: [Scan], then the members (none unknown), then the
// validator's rules.
func Decode(document []byte, value any) error {
	if err := Scan(document); err != nil {
		return err
	}
	return fill(document, value)
}

// fill reads a document that was scanned.
func fill(document []byte, value any) error {
	if err := json.Unmarshal(document, value, json.RejectUnknownMembers(true)); err != nil {
		return semantic(err)
	}
	return Validate(value)
}

// Encode writes a document of Schakel's own words, the same bytes every time.
func Encode(value any) []byte {
	document, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		panic("schemas: encode: " + err.Error()) // only for a type that is no document
	}
	return document
}

// semantic turns an error of decoding into a refusal.
func semantic(err error) error {
	var semantic *json.SemanticError
	if !errors.As(err, &semantic) {
		return Refuse("parse.syntax", "")
	}
	at := string(semantic.JSONPointer)
	if errors.Is(err, json.ErrUnknownName) {
		return Refuse("schema.unknown-key", safePointer(parentOf(at)))
	}
	return Refuse("schema.type", safePointer(at))
}

func parentOf(pointer string) string {
	if cut := strings.LastIndexByte(pointer, '/'); cut >= 0 {
		return pointer[:cut]
	}
	return ""
}

// Validate applies the validator tags of a struct.
func Validate(value any) error {
	err := rules.Struct(value)
	var faults validator.ValidationErrors
	if !errors.As(err, &faults) {
		return err
	}
	return Refuse(ruleCode(faults[0]), placeOf(faults[0])+choices(faults[0]))
}

// maxChoices is how many words a refusal lists.
const maxChoices = 12

// choices lists the words that may stand where another stood, when they are few.
func choices(fault validator.FieldError) string {
	words := lists[fault.Tag()]
	switch fault.Tag() {
	case "oneof":
		words = strings.Fields(fault.Param())
	case "kind":
		words = Kinds()
	}
	if len(words) == 0 || len(words) > maxChoices {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// rules is the validator with Schakel's own words.
var rules = newRules()

func newRules() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(field reflect.StructField) string {
		if field.Anonymous {
			return embedded
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		return name
	})
	for name := range Patterns {
		register(v, name, func(f validator.FieldLevel) bool { return Matches(name, f.Field().String()) })
	}
	for name := range lists {
		register(v, name, func(f validator.FieldLevel) bool { return Matches(name, f.Field().String()) })
	}
	register(v, "kind", func(f validator.FieldLevel) bool { _, ok := kinds[f.Field().String()]; return ok })
	register(v, "line", func(f validator.FieldLevel) bool { return isLine(f.Field().String()) })
	register(v, "prose", func(f validator.FieldLevel) bool { return strings.TrimSpace(f.Field().String()) != "" })
	return v
}

func register(v *validator.Validate, tag string, rule validator.Func) {
	if err := v.RegisterValidation(tag, rule); err != nil {
		panic(err)
	}
}

// isLine reports whether a text is one line that says something.
func isLine(text string) bool {
	return strings.TrimSpace(text) != "" && !strings.ContainsRune(text, '\n')
}

// embedded stands in a validator's path for a struct that is no member itself.
const embedded = "~"

// placeOf is the JSON Pointer of what a rule found.
func placeOf(fault validator.FieldError) string {
	var pointer strings.Builder
	_, path, _ := strings.Cut(fault.Namespace(), ".")
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' }) {
		if name != embedded {
			pointer.WriteString("/" + name)
		}
	}
	return safePointer(pointer.String())
}

// ruleCode is the code of a rule that was not met.
func ruleCode(fault validator.FieldError) Code {
	switch fault.Tag() {
	case "required":
		return "schema.missing"
	case "max":
		return maxCode(fault.Kind())
	case "min":
		return "schema.range"
	case "unique":
		return "schema.duplicate-item"
	case "line":
		return "schema.line-break"
	case "date", "partial-date", "instant":
		return "schema.date"
	case "country", "seat":
		return "schema.country"
	case "telephone":
		return "schema.phone"
	case "address", "officer-address":
		return "route.recipient"
	case "oneof", "eq", "kind", "purpose", "category", "subject", "article", "handling", "tlp", "classification":
		return "schema.enum"
	}
	return "schema.form"
}

func maxCode(kind reflect.Kind) Code {
	switch kind {
	case reflect.String:
		return "limit.string"
	case reflect.Slice, reflect.Map:
		return "limit.array"
	}
	return "schema.range"
}

// Raw is a JSON value kept as it was written.
type Raw = jsontext.Value
