package policies

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"unicode"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"
	"golang.org/x/tools/txtar"

	"schakel/schemas"
)

// Limits of a rule set, in files and in bytes of the whole (security.md 14).
const (
	MaxBundle      = 8 << 20
	maxBundleFiles = 4096
)

// Bundle is a rule set in one document: the rules, the facts, and the casebook that
// shows what they mean. It is what officers sign and what the log keeps for ever, in
// exactly one written form. It names the rules that it was made from, so that no
// change is lost under another.
type Bundle struct {
	Protocol string            `json:"schakel" validate:"eq=rules/1"`
	Version  int64             `json:"version" validate:"min=1"`                       // one higher than the one before
	Previous string            `json:"previous,omitempty" validate:"max=64"`           // digest of the rules of the version before
	Author   string            `json:"author,omitempty" validate:"omitempty,officer"`  // trust officer who proposes it
	Created  string            `json:"created,omitempty" validate:"omitempty,instant"` // when he did
	Files    map[string]string `json:"files" validate:"required"`                      // text by path
	digest   string            // of rules and facts
}

// BuiltinBundle is the rule set that this program was built with, as version 1:
// nobody signs it, it came with the program.
func BuiltinBundle() (*Bundle, error) { return PackBundle(Embedded(), casebook) }

// PackBundle makes a rule set of folders, such as a copy of this one that somebody
// changed. It takes rules, facts and cases, leaves programs and their papers
// aside, and refuses whatever else lies there: a fact in a file of another name
// would be a fact that counts for nothing.
func PackBundle(folders ...fs.FS) (*Bundle, error) {
	b := &Bundle{Protocol: "rules/1", Version: 1, Files: map[string]string{}}
	for _, folder := range folders {
		if err := b.pack(folder); err != nil {
			return nil, err
		}
	}
	return b, b.check()
}

// forms are the files of a rule set.
var (
	forms = []string{"policies.rego", "*/*.rego", "facts/*.yaml", "*.schema.json", "cases/*.txt"}
	plain = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$`)
)

// beside are the files that may lie among them: programs, papers, and what the rules
// are proven with.
var beside = regexp.MustCompile(`\.(go|md)$|^(oracle|mutants)/|^cases/scenarios\.yaml$`)

// isFile reports whether a path is that of a file of a rule set.
func isFile(name string) bool {
	isForm := func(form string) bool { ok, _ := path.Match(form, name); return ok }
	return plain.MatchString(name) && slices.ContainsFunc(forms, isForm)
}

// pack takes the files of a rule set from a folder.
func (b *Bundle) pack(folder fs.FS) error {
	left := int64(MaxBundle)
	return fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || beside.MatchString(name) {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch left -= info.Size(); {
		case !info.Mode().IsRegular() || !isFile(name):
			return schemas.Refuse("rules.file", shown(name))
		case left < 0 || len(b.Files) == maxBundleFiles:
			return schemas.Refuse("rules.size", shown(name))
		}
		text, err := fs.ReadFile(folder, name)
		b.Files[name] = string(text)
		return err
	})
}

// shown is a name or a finding as one line that is not too long.
func shown(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return fmt.Sprintf("%.200s", strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, line))
}

// ReadBundle reads a bundle whose signatures were verified: strictly, in its one
// form, no file but those of a rule set. It looks at no rule.
func ReadBundle(document []byte) (*Bundle, error) {
	b := &Bundle{}
	err := schemas.DecodeLarge(document, MaxBundle, b)
	switch refusal := schemas.Refused(err); {
	case refusal != nil && refusal.Code == "limit.size":
		return nil, schemas.Refuse("rules.size", "")
	case err != nil || !bytes.Equal(b.Encode(), document):
		return nil, schemas.Refuse("rules.form", "")
	}
	return b, b.check()
}

// Encode writes the bundle, the same bytes every time.
func (b *Bundle) Encode() []byte { return schemas.Encode(b) }

// check holds the bundle to its form, and takes the digest of its rules.
func (b *Bundle) check() error {
	if len(b.Files) > maxBundleFiles {
		return schemas.Refuse("rules.size", "")
	}
	for name := range b.Files {
		if !isFile(name) {
			return schemas.Refuse("rules.file", shown(name))
		}
	}
	rules, err := b.folder(isLaw)
	if err != nil {
		return err
	}
	b.digest, err = each(rules, func(string, []byte) error { return nil })
	return err
}

const casesDir = "cases/"

func isCase(name string) bool { return strings.HasPrefix(name, casesDir) }
func isLaw(name string) bool  { return !isCase(name) }

// folder shows part of the bundle as the folder it was made from.
func (b *Bundle) folder(part func(name string) bool) (fs.FS, error) {
	archive := &txtar.Archive{}
	for name, text := range b.Files {
		if part(name) {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
		}
	}
	slices.SortFunc(archive.Files, func(a, b txtar.File) int { return strings.Compare(a.Name, b.Name) })
	files, err := txtar.FS(archive)
	if err != nil {
		return nil, schemas.Refuse("rules.file", "")
	}
	return files, nil
}

// Digest is that of the rules and facts, as every decision names it. The casebook
// decides nothing and is not in it.
func (b *Bundle) Digest() string { return b.digest }

// Load makes the rules of the bundle ready to decide. What does not compile, or
// means nothing, is refused with the place of what is wrong.
func (b *Bundle) Load() (*Rules, error) {
	if builtin, err := Builtin(); err == nil && builtin.Digest == b.digest {
		return builtin, nil
	}
	files, err := b.folder(isLaw)
	if err != nil {
		return nil, err
	}
	rules, err := Load(files)
	if err != nil {
		return nil, schemas.Refuse("rules.load", shown(strings.TrimPrefix(first(err).Error(), "load rules: ")))
	}
	return rules, nil
}

// first is the first of what a compiler found.
func first(err error) error {
	if all, ok := errors.AsType[ast.Errors](err); ok && len(all) > 0 {
		return all[0]
	}
	return err
}

// Lists are the words of the bundle that may stand in the records of the directory.
func (b *Bundle) Lists() (*Lists, error) {
	files, err := b.folder(isLaw)
	if err != nil {
		return nil, err
	}
	return ListsOf(files)
}

// Try asks every case of the bundle's casebook, and refuses the bundle when one of
// them has another answer than its rules give: what the law means is said there.
// A bundle without a case is refused too.
func (b *Bundle) Try(ctx context.Context, rules *Rules) error {
	cases, err := b.cases()
	if err != nil {
		return err
	}
	differs := make([]error, len(cases))
	var asking errgroup.Group
	asking.SetLimit(runtime.GOMAXPROCS(0))
	for i := range cases {
		asking.Go(func() error {
			_, agrees, err := rules.Try(ctx, &cases[i])
			if err == nil && !agrees {
				differs[i] = schemas.Refuse("rules.case", casesDir+cases[i].ID+".txt")
			}
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		return err
	}
	for _, err := range differs {
		if err != nil {
			return err // the first by name, however they were asked
		}
	}
	return nil
}

func (b *Bundle) cases() ([]Case, error) {
	files, err := b.folder(isCase)
	if err != nil {
		return nil, err
	}
	if files, err = fs.Sub(files, strings.TrimSuffix(casesDir, "/")); err != nil {
		return nil, err
	}
	cases, err := Cases(files)
	if err == nil && len(cases) == 0 {
		err = schemas.Refuse("rules.case", casesDir)
	}
	return cases, err
}
