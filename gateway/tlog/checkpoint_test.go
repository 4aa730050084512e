package tlog_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"schakel/gateway/tlog"
)

func TestCheckpointIsReadAsItWasSigned(t *testing.T) {
	l := newLog(t, 0)
	for _, size := range []int64{0, 1, 255, 256, 257, 1 << 32, math.MaxInt64} {
		want := tlog.Checkpoint{Origin: origin, Size: size, Root: tlog.LeafHash(opening(int(size % 1000)))}
		got, err := tlog.OpenCheckpoint(l.sign(want), l.verifier)
		if err != nil || got != want {
			t.Errorf("size %d: got %v, %v", size, got, err)
		}
	}
}

// A checkpoint is text that a person can read: c2sp.org/tlog-checkpoint.
func TestCheckpointText(t *testing.T) {
	head := tlog.Checkpoint{Origin: origin, Size: 12}
	want := "log.example/schakel\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
	if got := head.Text(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever the log's own key signs, only text of exactly one form is a
// checkpoint.
func TestTextThatIsNoCheckpointIsRefused(t *testing.T) {
	l := newLog(t, 0)
	root := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	for what, text := range map[string]string{
		"another origin":              "other.example/log\n5\n" + root + "\n",
		"no origin":                   "\n5\n" + root + "\n",
		"origin with a space":         origin + " \n5\n" + root + "\n",
		"an extension line":           origin + "\n5\n" + root + "\nextension\n",
		"an empty extension line":     origin + "\n5\n" + root + "\n\n",
		"no root":                     origin + "\n5\n",
		"an empty root":               origin + "\n5\n\n",
		"a root of 31 bytes":          origin + "\n5\n" + base64.StdEncoding.EncodeToString(make([]byte, 31)) + "\n",
		"a root of 33 bytes":          origin + "\n5\n" + base64.StdEncoding.EncodeToString(make([]byte, 33)) + "\n",
		"a root without padding":      origin + "\n5\n" + strings.TrimRight(root, "=") + "\n",
		"a root with stray bits":      origin + "\n5\n" + strings.TrimSuffix(root, "c=") + "d=\n",
		"a root in the URL alphabet":  origin + "\n5\n" + base64.URLEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 32)) + "\n",
		"a size with a zero in front": origin + "\n05\n" + root + "\n",
		"a size with a plus":          origin + "\n+5\n" + root + "\n",
		"a negative size":             origin + "\n-5\n" + root + "\n",
		"minus nothing":               origin + "\n-0\n" + root + "\n",
		"a minus of another alphabet": origin + "\n−5\n" + root + "\n",
		"a size with a space":         origin + "\n 5\n" + root + "\n",
		"a size in hexadecimal":       origin + "\n0x5\n" + root + "\n",
		"a size with an exponent":     origin + "\n5e0\n" + root + "\n",
		"a size too large":            origin + "\n9223372036854775808\n" + root + "\n",
		"no size":                     origin + "\n\n" + root + "\n",
		"the lines in another order":  origin + "\n" + root + "\n5\n",
		"nothing":                     "\n",
	} {
		t.Run(what, func(t *testing.T) {
			signed, err := note.Sign(&note.Note{Text: text}, l.signer)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tlog.OpenCheckpoint(signed, l.verifier); !errors.Is(err, tlog.ErrCheckpoint) {
				t.Errorf("got %v, want ErrCheckpoint", err)
			}
		})
	}
}

func TestCheckpointOfAnotherKeyIsRefused(t *testing.T) {
	l := newLog(t, 3)
	for what, name := range map[string]string{"another log": "other.example/log", "a key of the same name": origin} {
		_, other := key(t, name, "other")
		if _, err := tlog.OpenCheckpoint(l.signed, other); !errors.Is(err, tlog.ErrCheckpoint) {
			t.Errorf("%s: got %v, want ErrCheckpoint", what, err)
		}
	}
}

// The signature part of a checkpoint has one form as well, so that a checkpoint
// in a file is the same file for ever.
func TestSignatureLineHasOneForm(t *testing.T) {
	l := newLog(t, 3)
	text, line, _ := strings.Cut(string(l.signed), "\n\n")
	end := len(line) - len("=\n") - 1 // of the last character before the padding
	stray := line[:end] + string(line[end]+1) + line[end+1:]
	for what, signed := range map[string]string{
		"no signature":                  text + "\n\n",
		"no empty line":                 text + "\n" + line,
		"the signature twice":           text + "\n\n" + line + line,
		"a second, broken signature":    text + "\n\n" + line + strings.Replace(line, "=\n", "AAAA\n", 1),
		"stray bits at the end":         text + "\n\n" + stray,
		"lines ended with CR and LF":    strings.ReplaceAll(string(l.signed), "\n", "\r\n"),
		"a carriage return":             text + "\n\n" + strings.TrimSuffix(line, "\n") + "\r\n",
		"a space at the end":            text + "\n\n" + strings.TrimSuffix(line, "\n") + " \n",
		"no line end":                   strings.TrimSuffix(string(l.signed), "\n"),
		"an empty line at the end":      string(l.signed) + "\n",
		"words after the signature":     string(l.signed) + "seen by nobody\n",
		"a hyphen instead of the dash":  text + "\n\n" + strings.Replace(line, "—", "-", 1),
		"the signature without padding": text + "\n\n" + strings.Replace(line, "=\n", "\n", 1),
	} {
		t.Run(what, func(t *testing.T) {
			if _, err := tlog.OpenCheckpoint([]byte(signed), l.verifier); !errors.Is(err, tlog.ErrCheckpoint) {
				t.Errorf("got %v, want ErrCheckpoint", err)
			}
		})
	}
}

func TestEveryFlippedBitOfACheckpointIsRefused(t *testing.T) {
	l := newLog(t, 3)
	flips(l.signed, func(flipped []byte, bit int) {
		if head, err := tlog.OpenCheckpoint(flipped, l.verifier); err == nil {
			t.Errorf("bit %d: read as %v from\n%s", bit, head, flipped)
		}
	})
}

// Witnesses may add their lines; who does not know them reads the checkpoint as
// it was.
func TestLinesOfWitnessesAreLeftAlone(t *testing.T) {
	l := newLog(t, 3)
	opened, err := note.Open(l.signed, note.VerifierList(l.verifier))
	if err != nil {
		t.Fatal(err)
	}
	one, _ := key(t, "witness.example/one", "one")
	two, _ := key(t, "witness.example/two", "two")
	cosigned, err := note.Sign(opened, one, two)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := tlog.OpenCheckpoint(cosigned, l.verifier); err != nil || got != l.head(3) {
		t.Errorf("got %v, %v", got, err)
	}
}
