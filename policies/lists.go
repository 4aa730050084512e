package policies

import (
	"fmt"
	"io/fs"
	"slices"
)

// Lists are the words that may stand in the records of the directory.
type Lists struct {
	Roles       []string
	Functions   []string
	Obligations []string
	Posts       []string
	Countries   []string
	Documents   []string // kinds of document that the trust officers sign
	Offences    []string // with the facts for which some country has a penalty that an assurance must exclude
}

// ListsOf reads the words from the facts of a rule set, without its rules.
func ListsOf(files fs.FS) (*Lists, error) {
	var facts catalogue
	paths, err := fs.Glob(files, "facts/*.yaml")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, fmt.Errorf("read facts: %w", err)
		}
		if err := decodeFacts(path, text, &facts); err != nil {
			return nil, err
		}
	}
	kinds := slices.DeleteFunc(facts.Documents, func(d DocumentKind) bool { return d.Issuer != "directory" })
	offences := ids(facts.Offences, func(o Offence) string { return o.ID })
	for _, country := range facts.Countries {
		offences = append(offences, country.AssuranceFor...)
	}
	return &Lists{
		Roles:       ids(facts.Roles, func(r Role) string { return r.ID }),
		Functions:   ids(facts.Functions, func(f Function) string { return f.ID }),
		Obligations: ids(facts.Obligations, func(t Term) string { return t.ID }),
		Posts:       ids(facts.Postings, func(p Posting) string { return p.Post }),
		Countries:   ids(facts.Countries, func(c Country) string { return c.ID }),
		Documents:   ids(kinds, func(d DocumentKind) string { return d.ID }),
		Offences:    offences,
	}, nil
}

func ids[T any](facts []T, id func(T) string) []string {
	var all []string
	for _, fact := range facts {
		if !slices.Contains(all, id(fact)) {
			all = append(all, id(fact))
		}
	}
	return all
}
