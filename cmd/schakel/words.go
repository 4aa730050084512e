package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"schakel/cmd/instance"
	"schakel/policies"
	"schakel/schemas"
)

// What is entered in the directory is held to the words of the rules here, where
// it can still be mended: a word that no rule knows would only be noticed when a
// message is held for it.

// staff is the function of those who approve nothing.
const staff = "staff"

// check holds the options of an enrolment to the lists of the rules.
func (c *initPartnerCmd) check() error {
	lists, err := listsOf(c.Gateway)
	if err != nil {
		return err
	}
	roles := slices.DeleteFunc(slices.Clone(lists.Roles), func(role string) bool { return role == "gateway" })
	for _, option := range []struct {
		name  string
		given []string
		words []string
	}{
		{"--role", []string{c.Role}, roles},
		{"--country", []string{c.Country}, lists.Countries},
		{"--post", c.Post, lists.Posts},
		{"--accepts", c.Accepts, lists.Obligations},
	} {
		if err := oneOf("usage.value", option.name, option.given, option.words); err != nil {
			return err
		}
	}
	if !schemas.Matches("partner", c.ID) {
		return schemas.Refuse("usage.value", "--id")
	}
	return checkOfficers(c.Officer, append([]string{staff}, lists.Functions...))
}

// checkOfficers holds what was given as --officer to its form.
func checkOfficers(given, functions []string) error {
	seen := map[string]bool{}
	for _, officer := range officers(given, nil) {
		if !schemas.Matches("officer", officer.ID) {
			return schemas.Refuse("usage.value", "--officer")
		}
		if seen[officer.ID] {
			return schemas.Refuse("usage.officer-twice", "--officer")
		}
		seen[officer.ID] = true
		if err := oneOf("usage.value", "--officer", officer.Functions, functions); err != nil {
			return err
		}
	}
	return nil
}

// listsOf are the words of the rules in force at a gateway. Where there is no
// gateway, whoever opens it says so; until then the words of this program do.
func listsOf(home string) (*policies.Lists, error) {
	if _, err := instance.ReadConfig(home); err != nil {
		return policies.ListsOf(policies.Embedded())
	}
	edition, err := instance.InForce(context.Background(), home)
	if err != nil {
		return nil, err
	}
	return edition.Lists()
}

// checkDocument holds a document to the lists of the rules.
func checkDocument(home string, d *schemas.Document) error {
	lists, err := listsOf(home)
	if err != nil {
		return err
	}
	for _, member := range []struct {
		place string
		given []string
		words []string
	}{
		{"/kind", []string{d.Kind}, lists.Documents},
		{"/country", given(d.Country), lists.Countries},
		{"/function", given(d.Function), lists.Functions},
		{"/recipients", d.Recipients, lists.Roles},
		{"/offences", d.Offences, lists.Offences},
		{"/validated", d.Validated, lists.Roles},
	} {
		if err := oneOf("schema.enum", member.place, member.given, member.words); err != nil {
			return err
		}
	}
	return nil
}

// checkParties refuses a document between partners that are not enrolled.
func checkParties(admin *instance.Admin, d *schemas.Document) error {
	enrolled := admin.Partners()
	for i, party := range d.Parties {
		if !slices.Contains(enrolled, party) {
			return schemas.Refuse("route.recipient", "/parties/"+strconv.Itoa(i)+near(party, enrolled))
		}
	}
	return nil
}

func given(word string) []string {
	if word == "" {
		return nil
	}
	return []string{word}
}

// oneOf refuses a word that is not on a list, and says which words are.
func oneOf(code schemas.Code, place string, given, words []string) error {
	for _, word := range given {
		if !slices.Contains(words, word) {
			return schemas.Refuse(code, place+near(word, words))
		}
	}
	return nil
}

// few is how many words are listed whole.
const few = 13

// near lists the words that may have been meant: all when they are few, otherwise
// those that begin alike.
func near(word string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	for length := min(3, len(word)); len(words) > few && length > 0; length-- {
		alike := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, strings.ToLower(word[:length])) })
		if len(alike) > 0 && len(alike) <= few {
			words = alike
		}
	}
	if len(words) > few {
		return ""
	}
	return " (" + strings.Join(words, ", ") + "?)"
}

// options of an enrolment by the member of the record that they become.
var options = map[string]string{"id": "--id", "name": "--name", "role": "--role", "country": "--country", "officers": "--officer", "posts": "--post", "accepts": "--accepts"}

// asOption names the option that was typed instead of the member of the record.
func asOption(err error) error {
	refusal := schemas.Refused(err)
	if refusal == nil || !strings.HasPrefix(refusal.At, "/") {
		return err
	}
	member, _, _ := strings.Cut(refusal.At[1:], "/")
	if option, ok := options[member]; ok {
		return schemas.Refuse(refusal.Code, option)
	}
	return err
}
