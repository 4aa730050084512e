package tlog

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Checkpoint is the head of the log at one moment (c2sp.org/tlog-checkpoint).
type Checkpoint struct {
	Origin string
	Size   int64
	Root   Hash
}

// Text is the note text that is signed.
func (c Checkpoint) Text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Root)
}

// Sign returns the signed note. The signer's name is the origin.
func (c Checkpoint) Sign(signer note.Signer) ([]byte, error) {
	return note.Sign(&note.Note{Text: c.Text()}, signer)
}

// ErrCheckpoint says that a text is no checkpoint of the expected log: bad form,
// another origin, or no valid signature of its key. React as to a forged receipt.
var ErrCheckpoint = errors.New("tlog: not a checkpoint of this log")

// OpenCheckpoint verifies a signed checkpoint of the log that verifier names.
// The note must carry exactly one signature line of that log; lines of others
// (witnesses) are left alone.
func OpenCheckpoint(signed []byte, verifier note.Verifier) (Checkpoint, error) {
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil || !signedOnce(opened, signed) {
		return Checkpoint{}, ErrCheckpoint
	}
	checkpoint, err := parseCheckpoint(opened.Text)
	if err != nil || checkpoint.Origin != verifier.Name() {
		return Checkpoint{}, ErrCheckpoint
	}
	return checkpoint, nil
}

// signedOnce refuses what the note package lets through: a second line of the
// same key, which it does not look at, and base64 with stray bits at its end.
func signedOnce(opened *note.Note, signed []byte) bool {
	lines := bytes.Count(signed[len(opened.Text)+1:], []byte("\n"))
	if len(opened.Sigs) != 1 || lines != 1+len(opened.UnverifiedSigs) {
		return false
	}
	_, err := base64.StdEncoding.Strict().DecodeString(opened.Sigs[0].Base64)
	return err == nil
}

// parseCheckpoint accepts exactly what Text writes: no extension lines, because
// no monitor can audit them.
func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[0] == "" || lines[3] != "" {
		return Checkpoint{}, ErrCheckpoint
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, ErrCheckpoint
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, ErrCheckpoint
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root}, nil
}

func parseHash(text string) (Hash, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(data) != len(Hash{}) {
		return Hash{}, errors.New("tlog: not a hash")
	}
	return Hash(data), nil
}
