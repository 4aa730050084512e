package line

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"schakel/schemas"
)

// KindsCmd lists the kinds of message.
type KindsCmd struct{}

// Help shows how it is used.
func (*KindsCmd) Help() string { return "schakel kinds --lang nl" }

// Run lists.
func (*KindsCmd) Run(s *Session) error {
	type kind struct {
		Kind schemas.Kind `json:"kind"`
		What string       `json:"what"`
	}
	var all []kind
	for _, name := range schemas.Kinds() {
		all = append(all, kind{name, schemas.Say(s.Language(), "kinds."+name)})
	}
	if s.Flags.JSON {
		return s.Print(all)
	}
	table := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	for _, kind := range all {
		fmt.Fprintf(table, "%s\t%s\n", kind.Kind, kind.What)
	}
	return table.Flush()
}

// DraftCmd prints an example to begin with.
type DraftCmd struct {
	Kind string `arg:"" help:"Kind of message; kinds lists them."`
}

// Help shows how it is used.
func (*DraftCmd) Help() string { return "schakel draft case-tip > tip.json" }

// Run prints it, whatever else is asked for: a draft is JSON already.
func (c *DraftCmd) Run(s *Session) error {
	example := schemas.Example("smallest-" + c.Kind)
	if example == nil {
		written := slices.DeleteFunc(schemas.Kinds(), func(kind schemas.Kind) bool { return schemas.Example("smallest-"+kind) == nil })
		return schemas.Refuse("usage.kind", strings.Join(written, ", "))
	}
	_, err := s.Stdout.Write(example)
	return err
}
