package forge

import (
	"reflect"
	"testing"
	"time"

	"schakel/pki"
	"schakel/schemas"
)

var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// scenes are both forms in both profiles.
func scenes(t *testing.T, run func(t *testing.T, w *World, s Scene)) {
	for _, profile := range []string{pki.ProfileV4, pki.ProfileV6} {
		w := NewWorld(profile, now)
		t.Run(profile+" submission", func(t *testing.T) { t.Parallel(); run(t, w, w.Submission()) })
		t.Run(profile+" delivery", func(t *testing.T) { t.Parallel(); run(t, w, w.Delivery()) })
	}
}

func TestEveryForgedMessageIsRefusedWithItsCode(t *testing.T) {
	scenes(t, func(t *testing.T, w *World, s Scene) {
		expect := w.Expect(s.Form)
		if _, err := pki.Open(s.Sealed(), expect); err != nil {
			t.Fatalf("honest message: %v", err)
		}
		cases := Cases(s)
		for _, c := range cases {
			expect.Now = c.At
			_, err := pki.Open(c.Sealed, expect)
			if refusal := schemas.Refused(err); refusal == nil || refusal.Code != c.Code {
				t.Errorf("%s: got %v, want %s", c.Name, err, c.Code)
			}
		}
		if len(cases) < 150 {
			t.Errorf("%d forged messages, want 150 or more", len(cases))
		}
	})
}

func TestTheForgesOwnHandIsHonest(t *testing.T) {
	scenes(t, func(t *testing.T, w *World, s Scene) {
		resigned := recipe{signing: func(*signature) {}}
		if _, err := pki.Open(newForger(s).make(resigned), w.Expect(s.Form)); err != nil {
			t.Errorf("message signed and sealed by the forge: %v", err)
		}
	})
}

func TestEveryForgedMessageDeviatesOnceAndHasItsOwnName(t *testing.T) {
	scenes(t, func(t *testing.T, w *World, s Scene) {
		names := map[string]bool{}
		for _, d := range newForger(s).deviations() {
			changed := 0
			for _, stage := range reflect.ValueOf(d.recipe).Fields() {
				if !stage.IsNil() {
					changed++
				}
			}
			if changed > 1 || changed == 0 && d.later == 0 {
				t.Errorf("%s: %d stages changed, want one", d.name, changed)
			}
			if names[d.name] {
				t.Errorf("%s: name stands twice", d.name)
			}
			names[d.name] = true
		}
	})
}
