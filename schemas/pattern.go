package schemas

import (
	"regexp"
	"slices"
	"time"
)

// Patterns are the forms of the small words. Each is a validator tag of that
// name and a definition of the same name and pattern in every JSON Schema.
var Patterns = map[string]string{
	"basis":           `^[a-z][a-z0-9-]{1,40}$`,
	"connector":       `^[a-z0-9]{1,16}$`,
	"country":         `^[A-Z]{2}$`,
	"date":            `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`,
	"digest":          `^[A-Za-z0-9_-]{43}$`,
	"fingerprint":     `^([0-9A-F]{40}|[0-9A-F]{64})$`,
	"instant":         `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$`,
	"language":        `^[a-z]{2,3}$`,
	"officer":         `^[a-z][a-z0-9-]{0,30}[a-z0-9]$`,
	"officer-address": `^[a-z][a-z0-9-]{0,38}[a-z0-9]/[a-z][a-z0-9-]{0,30}[a-z0-9]$`,
	"partial-date":    `^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$`,
	"partner":         `^[a-z][a-z0-9-]{0,38}[a-z0-9]$`,
	"pointer":         `^(/[A-Za-z0-9_.~-]+){1,16}$`,
	"seat":            `^([A-Z]{2}|INT|EUA)$`, // of a partner: a country, Interpol, an agency of the European Union
	"root":            `^[A-Za-z0-9+/]{43}=$`,
	"sealed":          `^[A-Za-z0-9+/]+={0,2}$`,
	"source-number":   `^[A-Z0-9][A-Z0-9-]{3,31}$`,
	"telephone":       `^\+?[0-9(][0-9 ()-]{4,30}$`,
	"term":            `^[a-zA-Z][a-zA-Z0-9-]{0,40}$`,
	"tokey":           `^[a-z][a-z0-9]{11}$`,
	"uuid7":           `^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	"address":         `^(gateway|lo:[A-Z]{2}|recipients-of:[0-9a-f-]{36}|[a-z][a-z0-9-]{0,38}[a-z0-9])$`,
}

// lists are the words that must be a member of a closed list.
var lists = map[string][]string{
	"purpose":        Purposes,
	"category":       Categories,
	"subject":        Subjects,
	"article":        Articles,
	"handling":       Handling,
	"tlp":            TLPs,
	"classification": Classifications,
}

var compiled = func() map[string]*regexp.Regexp {
	all := map[string]*regexp.Regexp{}
	for name, pattern := range Patterns {
		all[name] = regexp.MustCompile(pattern)
	}
	return all
}()

// Matches reports whether a word has the form or is a member of the list of that
// name. It is what the validator tag of that name asks.
func Matches(name, word string) bool {
	if list, ok := lists[name]; ok {
		return slices.Contains(list, word)
	}
	return compiled[name].MatchString(word) && isDay(name, word)
}

// isDay refuses days that no calendar has, such as 31 February.
func isDay(name, word string) bool {
	var layout string
	switch name {
	case "date":
		layout = time.DateOnly
	case "instant":
		layout = Instant
	case "partial-date":
		layout = time.DateOnly[:len(word)]
	default:
		return true
	}
	_, err := time.Parse(layout, word)
	return err == nil
}

// Instant is the one written form of a moment: UTC, whole seconds (RFC 3339).
// Comparing the text is comparing the time.
const Instant = "2006-01-02T15:04:05Z"

// At writes a moment as an instant.
func At(t time.Time) string { return t.UTC().Format(Instant) }
