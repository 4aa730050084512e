package policies

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// validate compares every fact file with facts.schema.json: what must be there is
// there, a word from a closed list is in it, a day is a day. It says of each fault
// in which file and where.
func validate(files fs.FS) error {
	schema, err := factsSchema(files)
	if err != nil {
		return err
	}
	paths, err := fs.Glob(files, "facts/*.yaml")
	if err != nil {
		return err
	}
	var faults []error
	for _, path := range paths {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		var document any
		if err := yaml.Unmarshal(text, &document); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if invalid, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(dayAsText(document))); ok {
			faults = append(faults, faultsIn(path, document, invalid)...)
		}
	}
	return errors.Join(faults...)
}

// dayAsText writes a day without quotes, which YAML reads as a time, as the text
// that the facts take it for.
func dayAsText(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = dayAsText(member)
		}
	case []any:
		for i, member := range v {
			v[i] = dayAsText(member)
		}
	case time.Time:
		return v.Format(time.DateOnly)
	}
	return value
}

// factsSchema reads the schema of the rule set itself, and nothing from outside.
func factsSchema(files fs.FS) (*jsonschema.Schema, error) {
	text, err := fs.ReadFile(files, "facts.schema.json")
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("facts.schema.json: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("facts.schema.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("facts.schema.json")
}

// faultsIn lists what is wrong, each with its place: the entry by its name, and
// the member in it.
func faultsIn(path string, document any, invalid *jsonschema.ValidationError) (faults []error) {
	if len(invalid.Causes) > 0 {
		for _, cause := range invalid.Causes {
			faults = append(faults, faultsIn(path, document, cause)...)
		}
		return faults
	}
	what := invalid.ErrorKind.LocalizedString(message.NewPrinter(language.English))
	return []error{fmt.Errorf("%s: %s: %s", path, place(document, invalid.InstanceLocation), what)}
}

// place names where something stands, with the id of an entry in place of its
// number: "flows/case-tip/3/decision".
func place(document any, location []string) string {
	var names []string
	for _, step := range location {
		name := step
		switch within := document.(type) {
		case map[string]any:
			document = within[step]
		case []any:
			var n int
			if _, err := fmt.Sscan(step, &n); err == nil && n < len(within) {
				document = within[n]
			}
		}
		if entry, ok := document.(map[string]any); ok && entry["id"] != nil {
			name = fmt.Sprint(entry["id"])
		}
		names = append(names, name)
	}
	return strings.Join(names, "/")
}
