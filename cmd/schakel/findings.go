package main

import (
	"fmt"
	"regexp"
	"strings"

	"schakel/gateway/register"
	"schakel/schemas"
)

// told says a finding of a check in a language. The register speaks English, as
// logs do; its sentences are found by their form.
func told(language string, finding register.Finding) string {
	text := reworded(language, finding.What)
	if finding.Entry < 0 {
		return text
	}
	return schemas.Say(language, "check.entry", finding.Entry, text)
}

// hole is what a form leaves open.
var hole = regexp.MustCompile(`%[a-z]`)

// reworded finds the form of a sentence and says it in a language, with what
// stands in its holes.
func reworded(language, sentence string) string {
	for form, other := range schemas.Helps(language) {
		var pattern strings.Builder
		for i, part := range hole.Split(form, -1) {
			if i > 0 {
				pattern.WriteString("(.+?)")
			}
			pattern.WriteString(regexp.QuoteMeta(part))
		}
		found := regexp.MustCompile(`^` + pattern.String() + `$`).FindStringSubmatch(sentence)
		if found == nil {
			continue
		}
		var open []any
		for _, text := range found[1:] {
			open = append(open, reworded(language, text)) // a hole may hold a sentence
		}
		return fmt.Sprintf(hole.ReplaceAllString(other, "%v"), open...)
	}
	return sentence
}
