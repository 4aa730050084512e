package schemas

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestWordsThatPresumeGuilt(t *testing.T) {
	for text, want := range map[string]bool{
		"The offender left by taxi.":                true,
		"De DADER is gevlucht.":                     true,
		"'Dader', zei zij.":                         true,
		"Twee daders; een van hen\nis een pedofiel": true,
		"She calls him a sex-offender.":             true,
		"Họ nói hắn là kẻ ấu dâm.":                  true,
		"พบผู้กระทำผิดที่โรงแรม":                    true,
		"ឃើញជនល្មើសនៅសណ្ឋាគារ":                      true,
		"ऊ अपराधी हो":                               true,

		"The suspect left by taxi.":               false,
		"De verdachte is vertrokken.":             false,
		"Er was niemand daderhalve, of zo.":       false, // a longer word
		"A man in a blue shirt took photographs.": false,
		"": false,
	} {
		if got := PresumesGuilt(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

// A word in another form than the scan reads would never be found.
func TestWordsThatPresumeGuiltAreWrittenAsTheyAreLookedFor(t *testing.T) {
	for language, words := range guilt {
		for _, word := range words {
			if " "+word+" " != spaced(word) || !norm.NFC.IsNormalString(word) {
				t.Errorf("%s: %q is not in small letters, NFC and whole words", language, word)
			}
		}
	}
}
