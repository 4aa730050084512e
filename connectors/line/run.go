package line

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"unicode"

	"github.com/alecthomas/kong"

	"schakel/schemas"
)

// Exit statuses.
const (
	Done  = 0
	Fault = 1
	Wrong = 2
	No    = 3
)

// Session is what a command works with.
type Session struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Flags  *Flags

	language string // asked for on the command line, before it is parsed
}

// Flags are those of every command.
type Flags struct {
	Lang string `help:"Language of what is shown: nl or en." enum:"nl,en," default:"" placeholder:"nl|en"`
	JSON bool   `help:"Print results as JSON for programs." name:"json"`
}

// Language is the one asked for, or that of the environment, or English.
func (s *Session) Language() string {
	if s.language != "" {
		return s.language
	}
	if s.Flags != nil && s.Flags.Lang != "" {
		return s.Flags.Lang
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} { // the first that is set decides
		if locale := os.Getenv(name); strings.HasPrefix(locale, "nl") {
			return "nl"
		} else if locale != "" {
			break
		}
	}
	return "en"
}

// Say prints a phrase for a person.
func (s *Session) Say(key string, arguments ...any) {
	fmt.Fprintln(s.Stdout, schemas.Say(s.Language(), key, arguments...))
}

// Note prints a phrase beside the result.
func (s *Session) Note(key string, arguments ...any) {
	fmt.Fprintln(s.Stderr, schemas.Say(s.Language(), key, arguments...))
}

// told is the exit status of a command that has explained itself.
type told int

func (told) Error() string { return "explained already" }

// ErrNo is the error of a command whose answer is no, already explained.
const ErrNo = told(No)

// Run parses arguments into a command tree and runs what they ask for. It returns
// the exit status. Whatever it says, it says in the language asked for, however
// wrong the rest of the arguments is.
func Run(name, description string, tree any, args []string, s *Session) int {
	s.language = languageOf(args)
	if err := s.run(name, description, tree, args); err != nil {
		return s.fail(name, err)
	}
	return Done
}

func (s *Session) run(name, description string, tree any, args []string) error {
	if err := checkEnvironment(); err != nil {
		return err
	}
	helped := false
	parser, err := kong.New(tree, kong.Name(name), kong.Description(description), kong.Writers(s.Stdout, s.Stderr),
		kong.Exit(func(int) { helped = true }), kong.Bind(s), kong.Help(s.help))
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return s.usage(parser)
	}
	if args[0] == "help" { // as people type it
		args = append(args[1:], "--help")
	}
	words := vocabulary(parser)
	if err := checkTwice(args, words); err != nil {
		return err
	}
	out := &output{Writer: s.Stdout}
	s.Stdout = out
	context, err := parser.Parse(args)
	if helped {
		return out.err
	}
	if err != nil {
		return usageRefusal(err, words)
	}
	return errors.Join(context.Run(), out.err)
}

// languageOf looks for the language among arguments that nobody has parsed yet.
func languageOf(args []string) string {
	for i, arg := range args {
		if arg == "--" {
			break
		}
		value, found := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			value, found = args[i+1], true
		}
		if found && slices.Contains(schemas.Languages, value) {
			return value
		}
	}
	return ""
}

// output remembers that it could not be written to: whoever asked has not got
// the answer.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(data []byte) (int, error) {
	n, err := o.Writer.Write(data)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

// vocabulary lists the names of our own commands and flags: the only words of a
// command line that are said again.
func vocabulary(parser *kong.Kong) []string {
	var words []string
	kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch node := node.(type) {
		case *kong.Command:
			words = append(words, node.Name)
		case *kong.Flag:
			words = append(words, "--"+node.Name)
		}
		return next(nil)
	})
	return words
}

// usage says which commands there are.
func (s *Session) usage(parser *kong.Kong) error {
	status := s.fail(parser.Model.Name, schemas.Refuse("usage.no-command", ""))
	table := tabwriter.NewWriter(s.Stderr, 0, 0, 2, ' ', 0)
	s.helpCommands(table, parser.Model.Node)
	return errors.Join(table.Flush(), told(status))
}

// fail explains an error in two lines and returns the exit status that fits it.
func (s *Session) fail(name string, err error) int {
	language := s.Language()
	if status, ok := errors.AsType[told](err); ok {
		return int(status)
	}
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe) {
		return Fault
	}
	refusal := schemas.Refused(known(err))
	if refusal == nil {
		text := strings.ReplaceAll(err.Error(), "\n", "; ")
		fmt.Fprintf(s.Stderr, "%s: %s\n", name, schemas.Say(language, "fault", printable(text)))
		return Fault
	}
	Explain(s.Stderr, name, language, refusal)
	return statusOf(refusal.Code)
}

// known gives a fault that people can mend themselves its code.
func known(err error) error {
	_, isCall := errors.AsType[*url.Error](err)
	switch {
	case schemas.Refused(err) != nil:
		return err
	case isCall: // of the service, over its socket
		return schemas.Refuse("state.service-gone", "")
	case errors.Is(err, syscall.EADDRINUSE):
		return schemas.Refuse("net.address", "")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return schemas.Refuse("store.disk-full", "")
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return schemas.Refuse("file.permission", nameOf(err))
	}
	return err
}

// nameOf is the last name of the path that a fault of a disk is about.
func nameOf(err error) string {
	if fault, ok := errors.AsType[*fs.PathError](err); ok {
		return filepath.Base(fault.Path)
	}
	return ""
}

// Explain prints a refusal: what happened and where, then what to do now.
func Explain(out io.Writer, name, language string, refusal *schemas.Refusal) {
	text := schemas.TextOf(language, refusal.Code)
	place := ""
	if refusal.At != "" {
		place = ": " + printable(schemas.Where(language, refusal.At))
	}
	fmt.Fprintf(out, "%s: %s%s [%s]\n", name, strings.TrimSuffix(text.What, "."), place, refusal.Code)
	if text.Now != "" {
		fmt.Fprintf(out, "%s: %s %s\n", name, schemas.Say(language, "hint"), text.Now)
	}
}

// printable keeps a place on one line and harmless to a terminal: no controls,
// nothing invisible, nothing that turns the direction of writing.
func printable(place string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, place)
}

// statusOf says which exit status a code has: what the rules, another partner or
// the log said is a "no"; a full disk is a fault; everything else is to be mended
// by the one who typed.
func statusOf(code schemas.Code) int {
	switch family := code.Family(); {
	case slices.Contains([]string{"r", "review", "policy", "verify", "rcp", "find", "ref"}, family):
		return No
	case family == "store" || family == "net":
		return Fault
	}
	return Wrong
}

// usageRefusal turns the parser's words into codes. Of those words it keeps only
// our own names.
func usageRefusal(err error, words []string) error {
	text := err.Error()
	switch {
	case schemas.Refused(err) != nil:
		return err
	case strings.HasPrefix(text, "unexpected argument") && isComplete(err):
		return schemas.Refuse("usage.extra", "")
	case strings.HasPrefix(text, "unexpected argument"):
		return schemas.Refuse("usage.unknown", suggestion(text, words))
	case strings.HasPrefix(text, "unknown flag"):
		return schemas.Refuse("usage.flag", suggestion(text, words))
	case strings.HasPrefix(text, "missing flag"):
		return schemas.Refuse("usage.flag-missing", strings.Join(mentioned(text, words), ", "))
	case strings.HasPrefix(text, "expected "):
		return schemas.Refuse("usage.argument", expected(text))
	case negative.MatchString(text) && !strings.Contains(text, "duration"):
		return schemas.Refuse("usage.value", firstOf(mentioned(text, words)))
	case strings.Contains(text, "(<EOL>)"), strings.Contains(text, "missing value"), strings.Contains(text, "(long flag)"), strings.Contains(text, "(short flag)") && !negative.MatchString(text):
		return schemas.Refuse("usage.flag-value", firstOf(mentioned(text, words)))
	case strings.Contains(text, "expected duration"):
		return schemas.Refuse("usage.duration", firstOf(mentioned(text, words)))
	}
	return schemas.Refuse("usage.value", firstOf(mentioned(text, words)))
}

// negative is a number below nothing, which the parser takes for a flag.
var negative = regexp.MustCompile(`got "-[0-9]`)

// isComplete reports whether a command was found before the fault: then a word
// that does not fit is one too many.
func isComplete(err error) bool {
	var fault *kong.ParseError
	return errors.As(err, &fault) && fault.Context.Selected() != nil && fault.Context.Selected().Leaf()
}

// expected lists what could stand where the arguments end, without the parser's
// own words.
func expected(text string) string {
	_, list, found := strings.Cut(text, "one of ")
	if !found {
		return strings.TrimPrefix(text, "expected ")
	}
	return strings.ReplaceAll(list, `"`, "")
}

// suggestion is the parser's guess at what was meant.
func suggestion(text string, words []string) string {
	guess := text[strings.LastIndex(text, " ")+1:]
	if guess = strings.Trim(guess, `"?`); slices.Contains(words, guess) {
		return guess + "?"
	}
	return ""
}

// mentioned lists our own flags in a text, in its order.
func mentioned(text string, words []string) []string {
	var flags []string
	for _, word := range strings.Fields(text) {
		name, _, _ := strings.Cut(strings.Trim(word, ":,"), "=")
		if strings.HasPrefix(name, "--") && slices.Contains(words, name) {
			flags = append(flags, name)
		}
	}
	return flags
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// repeatable flags may stand more than once.
var repeatable = []string{"--withhold", "--officer", "--post", "--accepts", "--host"}

// checkTwice refuses a flag that is given twice: which one was meant?
func checkTwice(args, words []string) error {
	seen := map[string]bool{}
	for _, arg := range args {
		if arg == "--" {
			return nil
		}
		name, _, _ := strings.Cut(arg, "=")
		if !slices.Contains(words, name) || !strings.HasPrefix(name, "--") || slices.Contains(repeatable, name) {
			continue
		}
		if seen[name] {
			return schemas.Refuse("usage.flag-twice", name)
		}
		seen[name] = true
	}
	return nil
}

// checkEnvironment refuses secrets where other programs can read them.
func checkEnvironment() error {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if value != "" && strings.HasPrefix(name, "SCHAKEL_") && strings.Contains(name, "PASSPHRASE") {
			return schemas.Refuse("usage.secret-in-environment", name)
		}
	}
	return nil
}
