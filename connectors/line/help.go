package line

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/alecthomas/kong"

	"schakel/schemas"
)

// help prints what a command does and how it is typed, in the language asked for.
func (s *Session) help(_ kong.HelpOptions, context *kong.Context) error {
	node := context.Selected()
	if node == nil {
		node = context.Model.Node
	}
	fmt.Fprintf(s.Stdout, "%s\n\n%s\n", s.usageOf(node), s.translated(node.Help))
	table := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	s.helpCommands(table, node)
	s.helpValues(table, node)
	if err := table.Flush(); err != nil || node.Detail == "" {
		return err
	}
	example, note, _ := strings.Cut(node.Detail, "\n")
	fmt.Fprintf(s.Stdout, "\n%s %s\n", schemas.Say(s.Language(), "help.example"), example)
	if note != "" {
		fmt.Fprintln(s.Stdout, s.translated(note))
	}
	return nil
}

// placeholder is the parser's word for a value.
var placeholder = regexp.MustCompile(`=[A-Z-]+`)

// usageOf shows in one line how a command is typed.
func (s *Session) usageOf(node *kong.Node) string {
	line := node.FullPath() + strings.TrimPrefix(node.Summary(), node.Path())
	words := strings.NewReplacer("[flags]", schemas.Say(s.Language(), "help.flags"), "<command>", schemas.Say(s.Language(), "help.command"))
	return words.Replace(placeholder.ReplaceAllString(line, "=…"))
}

// helpCommands lists what stands below a command.
func (s *Session) helpCommands(out io.Writer, node *kong.Node) {
	if !node.Leaf() {
		fmt.Fprintln(out)
	}
	for _, command := range node.Leaves(true) {
		name := strings.TrimPrefix(command.FullPath(), node.FullPath()+" ")
		fmt.Fprintf(out, "  %s\t%s\n", name, s.translated(command.Help))
	}
}

// helpValues lists what can be typed after a command.
func (s *Session) helpValues(out io.Writer, node *kong.Node) {
	fmt.Fprintln(out)
	for _, argument := range node.Positional {
		fmt.Fprintf(out, "  %s\t%s\n", argument.Summary(), s.translated(argument.Help))
	}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			fmt.Fprintf(out, "  %s\t%s\n", written(flag), s.translated(flag.Help)+variable(flag))
		}
	}
}

// written shows how a flag is typed.
func written(flag *kong.Flag) string {
	switch {
	case flag.IsBool():
		return "--" + flag.Name
	case flag.PlaceHolder != "":
		return "--" + flag.Name + "=" + flag.PlaceHolder
	case flag.HasDefault && flag.Default != "":
		return "--" + flag.Name + "=" + flag.Default
	}
	return "--" + flag.Name + "=…"
}

// variable names the part of the environment that stands for a flag.
func variable(flag *kong.Flag) string {
	if len(flag.Envs) == 0 {
		return ""
	}
	return " ($" + flag.Envs[0] + ")"
}

// translated is a help text, which stands in English beside the field, in the
// language asked for.
func (s *Session) translated(text string) string { return schemas.Help(s.Language(), text) }
