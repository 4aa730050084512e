package schemas

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Wording is what a person reads under a code: what happened, and what to do now.
type Wording struct {
	What string `json:"what"`
	Now  string `json:"now"`
}

//go:embed texts/*.json
var textFiles embed.FS

// Languages that the texts are complete in.
var Languages = []string{"nl", "en"}

// texts by code and phrases by key, of every language.
var texts, phrases = func() (map[string]map[Code]Wording, map[string]map[string]string) {
	codes, words := map[string]map[Code]Wording{}, map[string]map[string]string{}
	for _, language := range Languages {
		codes[language], words[language] = map[Code]Wording{}, map[string]string{}
		for _, part := range []string{"", "rules."} {
			mustRead("texts/"+part+language+".json", func(document []byte) error {
				all := codes[language]
				return json.Unmarshal(document, &all)
			})
		}
		for _, part := range []string{"phrases.", "facts."} {
			mustRead("texts/"+part+language+".json", func(document []byte) error {
				all := words[language]
				return json.Unmarshal(document, &all)
			})
		}
	}
	return codes, words
}()

// helps are the help texts of the programs by their English text.
var helps = func() map[string]map[string]string {
	dutch := map[string]string{}
	mustRead("texts/help.nl.json", func(document []byte) error { return json.Unmarshal(document, &dutch) })
	return map[string]map[string]string{"nl": dutch}
}()

func mustRead(path string, read func([]byte) error) {
	document, err := textFiles.ReadFile(path)
	if err == nil {
		err = read(document)
	}
	if err != nil {
		panic("schemas: " + path + ": " + err.Error()) // embedded: fails every test
	}
}

// TextOf returns the text of a code in a language, English where the language is
// not complete. A code without a text says so itself; a test allows none.
func TextOf(language string, code Code) Wording {
	for _, l := range []string{language, "en"} {
		if text, ok := texts[l][code]; ok {
			return text
		}
	}
	return Wording{What: string(code)}
}

// ReasonOf returns the text of a reason for an outcome: the same code may hold a
// message in one case and stop it in another.
func ReasonOf(language string, code Code, outcome string) Wording {
	for _, key := range []Code{ReasonKey(code, outcome), ReasonKey(code, Deny), ReasonKey(code, Hold)} {
		if _, ok := texts[language][key]; ok {
			return TextOf(language, key)
		}
	}
	return TextOf(language, code)
}

// HasReason reports whether a reason has a text of its own for an outcome: a code
// that only ever holds a message says nothing about why it was denied.
func HasReason(code Code, outcome string) bool {
	_, ok := texts["en"][ReasonKey(code, outcome)]
	return ok
}

// ReasonKey is the key of a reason's text: the code itself, and for a hold the
// code with that word.
func ReasonKey(code Code, outcome string) Code {
	if outcome == Hold {
		return code + ".hold"
	}
	return code
}

// Texts returns all codes that have a text in a language.
func Texts(language string) map[Code]Wording { return texts[language] }

// Say returns a phrase of the programs in a language, with its arguments.
func Say(language, key string, arguments ...any) string {
	for _, l := range []string{language, "en"} {
		if phrase, ok := phrases[l][key]; ok {
			return fmt.Sprintf(phrase, arguments...)
		}
	}
	return strings.TrimSpace(fmt.Sprintln(append([]any{key}, arguments...)...))
}

// Help returns a help text of the programs, written in English beside what it
// explains, in a language.
func Help(language, english string) string {
	if text, ok := helps[language][english]; ok {
		return text
	}
	return english
}

// Helps returns all help texts that are told otherwise in a language.
func Helps(language string) map[string]string { return helps[language] }

// places are the forms of a place that is no pointer and no name: their words are
// those of the reader.
var places = map[string]*regexp.Regexp{
	"place.position": regexp.MustCompile(`^line ([0-9]+), column ([0-9]+)$`),
	"place.process":  regexp.MustCompile(`^process ([0-9]+)$`),
}

// Where returns the place of a refusal as a person of a language reads it.
func Where(language, at string) string {
	for key, form := range places {
		if match := form.FindStringSubmatch(at); match != nil {
			var found []any
			for _, part := range match[1:] {
				found = append(found, part)
			}
			return Say(language, key, found...)
		}
	}
	return at
}

// FieldLabel is what a person of a language calls the field at a pointer: "suspects 1,
// name" for /suspects/0/name.
func FieldLabel(language, pointer string) string {
	var label strings.Builder
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if isIndex(token) {
			n, _ := strconv.Atoi(token)
			label.WriteString(" " + strconv.Itoa(n+1))
			continue
		}
		if label.Len() > 0 {
			label.WriteString(", ")
		}
		label.WriteString(Say(language, "field."+token))
	}
	return label.String()
}

// Phrases returns the keys of all phrases in a language.
func Phrases(language string) map[string]string { return phrases[language] }
