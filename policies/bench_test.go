package policies

import "testing"

func BenchmarkDecide(b *testing.B) {
	rules := embeddedRules(b)
	for _, id := range []string{"S01", "E24", "S27"} {
		q := caseOf(b, id).Question
		b.Run(id, func(b *testing.B) {
			for b.Loop() {
				if _, err := rules.Decide(b.Context(), q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
