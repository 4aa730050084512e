package pki_test

import (
	"sync"
	"testing"
	"time"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

// now is the moment at which the tests play, unless they say otherwise.
var now = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

var (
	v4 = sync.OnceValue(func() *forge.World { return forge.NewWorld(pki.ProfileV4, now) })
	v6 = sync.OnceValue(func() *forge.World { return forge.NewWorld(pki.ProfileV6, now) })
)

// inBoth runs a test with keys of either profile.
func inBoth(t *testing.T, test func(t *testing.T, w *forge.World)) {
	t.Helper()
	t.Run("v4", func(t *testing.T) { test(t, v4()) })
	t.Run("v6", func(t *testing.T) { test(t, v6()) })
}

// must is for what a test does on its way to what it tests.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// refused checks that an error is a refusal with a code. An ordinary error would
// be a fault, to be tried again for ever.
func refused(t *testing.T, err error, want schemas.Code) {
	t.Helper()
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != want {
		t.Errorf("got %v, want refusal %s", err, want)
	}
}
