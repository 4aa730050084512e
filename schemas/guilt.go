package schemas

import (
	"strings"
	"unicode"
)

// guilt are words that call a person an offender, in Dutch, English and the
// languages of the focus countries and their travellers. Before final judgment
// nobody is called so: the presumption of innocence, Directive (EU) 2016/343,
// articles 3 and 4, and Wpg 4(3) (gate G07). The list is short on purpose: a word
// that also means something else is not on it.
var guilt = map[string][]string{
	"nl": {"dader", "daders", "mededader", "mededaders", "hoofddader", "pedofiel", "pedofiele", "pedofielen", "pedo", "pedoseksueel", "pedoseksuelen", "verkrachter", "verkrachters", "aanrander", "aanranders", "kindermisbruiker", "kindermisbruikers", "zedendelinquent", "zedendelinquenten"},
	"en": {"offender", "offenders", "perpetrator", "perpetrators", "paedophile", "paedophiles", "pedophile", "pedophiles", "rapist", "rapists", "molester", "molesters", "abuser", "abusers", "culprit", "culprits"},
	"de": {"täter", "kinderschänder", "pädophiler", "vergewaltiger"},
	"fr": {"pédophile", "pédophiles", "violeur", "violeurs"},
	"es": {"pedófilo", "pedófilos", "violador", "violadores"},
	"id": {"pelaku", "pedofil", "pemerkosa"},
	"tl": {"manggagahasa", "salarin"},
	"vi": {"thủ phạm", "kẻ ấu dâm"},
	"th": {"ผู้กระทำผิด", "ผู้กระทำความผิด"},
	"km": {"ជនល្មើស"},
	"ne": {"अपराधी"},
}

// PresumesGuilt reports whether a text has a word that calls somebody an offender.
func PresumesGuilt(text string) bool {
	text = spaced(text)
	for _, words := range guilt {
		for _, word := range words {
			if strings.Contains(text, within(word)) {
				return true
			}
		}
	}
	return false
}

// spaced writes the words of a text in small letters with one space around each.
func spaced(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r)
	})
	return " " + strings.Join(words, " ") + " "
}

// within is a word as it stands in a spaced text. Thai and Khmer write no spaces:
// there it may stand anywhere.
func within(word string) string {
	for _, r := range word {
		if unicode.In(r, unicode.Thai, unicode.Khmer) {
			return word
		}
	}
	return " " + word + " "
}
