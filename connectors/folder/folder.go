// Package folder is the door for a partner's own systems: files in, files out.
//
// In a directory it keeps five others. A system writes a draft to in/ under
// another name and renames it to *.json; the door takes it, and moves it to
// accepted/ with NAME.accepted.json beside it (message id and number), or to
// refused/ with NAME.error.json (code, place, what happened, what to do now).
// What becomes of an accepted message stands in status/ID.json, which is written
// anew whenever that changes: its state, for each address the outcome with its
// reasons in words, and who confirmed what. Every message that arrives is written
// to out/ as ID.json; one that comes again under another entry of the log, such as
// a message after the copy that we had to approve, as ID-ENTRY.json. Every file is
// there whole or not at all. Nothing else is ever overwritten, and nothing
// deleted; a file that is not a draft is left where it is, or refused.
//
// The files are in the clear: the directory belongs to the partner's own system,
// which may read them.
package folder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"schakel/connectors"
	"schakel/schemas"
)

// Door watches one directory.
type Door struct {
	Dir      string
	Desk     connectors.Desk
	Language string
	Log      *slog.Logger

	told   map[string]string // message → digest of what its status file says
	open   []string          // messages of which something is still to be expected
	looked time.Time         // when the complete ones were looked at, too
}

// every is how often the directory is looked at, and everyComplete how often what
// became of messages of which nothing more is expected: somebody may open one.
const (
	every         = time.Second
	everyComplete = time.Minute
)

// MaxDraft is the largest file that is read as a draft, in bytes.
const MaxDraft = schemas.MaxBody

var dirs = []string{"in", "accepted", "refused", "out", "status"}

// Run serves the door until the context ends.
func (d *Door) Run(ctx context.Context) error {
	for _, dir := range dirs {
		if err := os.MkdirAll(filepath.Join(d.Dir, dir), 0o700); err != nil {
			return fmt.Errorf("folder door: %w", err)
		}
	}
	for ctx.Err() == nil {
		if err := d.Once(); err != nil {
			d.Log.Error("folder door", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(every):
		}
	}
	return nil
}

// Once takes what lies in in/, writes what has arrived to out/, and to status/ what
// became of what was accepted. One file that cannot be dealt with does not hold up
// the others.
func (d *Door) Once() error {
	entries, err := os.ReadDir(filepath.Join(d.Dir, "in"))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".json") {
			err = errors.Join(err, d.take(entry.Name()))
		}
	}
	return errors.Join(err, d.deliver(), d.report())
}

// take submits one draft and moves it to where its answer lies. The message is
// accepted before the file is moved; a crash in between finds the same content
// accepted already.
func (d *Door) take(name string) error {
	draft, err := ReadDraft(filepath.Join(d.Dir, "in", name))
	var accepted *connectors.Accepted
	if err == nil {
		accepted, err = d.Desk.Submit(draft, connectors.Options{})
	}
	refusal := schemas.Refused(err)
	switch {
	case refusal != nil && refusal.Code == "state.same-content":
		return d.settle(name, "accepted", ".accepted.json", map[string]string{"id": refusal.At})
	case refusal != nil && (refusal.Code.Family() == "store" || refusal.Code == "limit.outbox"):
		return err // not the file's fault: it stays
	case refusal != nil:
		return d.settle(name, "refused", ".error.json", explain(refusal, d.Language))
	case err != nil:
		return err
	}
	return d.settle(name, "accepted", ".accepted.json", accepted)
}

// refused is the answer in a .error.json file.
type refused struct {
	Code schemas.Code `json:"code"`
	At   string       `json:"at,omitempty"`
	What string       `json:"what"`
	Now  string       `json:"now"`
}

func explain(refusal *schemas.Refusal, language string) refused {
	text := schemas.TextOf(language, refusal.Code)
	return refused{refusal.Code, strings.ToValidUTF8(refusal.At, "?"), text.What, text.Now}
}

// settle writes the answer beside where the draft goes, then moves the draft.
func (d *Door) settle(name, dir, suffix string, answer any) error {
	free := d.free(dir, strings.TrimSuffix(name, ".json"), suffix)
	if err := writeWhole(filepath.Join(d.Dir, dir, free+suffix), answer); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(d.Dir, "in", name), filepath.Join(d.Dir, dir, free+".json")); err != nil {
		return err
	}
	return errors.Join(syncDir(filepath.Join(d.Dir, dir)), syncDir(filepath.Join(d.Dir, "in")))
}

// maxBase leaves room for a number and a suffix in a file name of 255 bytes.
const maxBase = 200

// free is a name that is not taken in a directory, neither by a draft nor by an
// answer.
func (d *Door) free(dir, base, suffix string) string {
	base = base[:min(len(base), maxBase)]
	name := base
	for n := 2; d.taken(dir, name+".json") || d.taken(dir, name+suffix); n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	return name
}

func (d *Door) taken(dir, name string) bool {
	_, err := os.Lstat(filepath.Join(d.Dir, dir, name))
	return err == nil
}

// deliver writes every message that is not there yet.
func (d *Door) deliver() error {
	inbox, err := d.Desk.Inbox()
	if err != nil {
		return err
	}
	came := map[string]bool{}
	for _, received := range inbox {
		name := received.ID
		if came[name] {
			name = fmt.Sprintf("%s-%d", name, received.Entry)
		}
		came[received.ID] = true
		if d.taken("out", name+".json") {
			continue
		}
		if err := writeWhole(filepath.Join(d.Dir, "out", name+".json"), received); err != nil {
			return err
		}
	}
	return nil
}

// writeWhole writes a file that is there whole or not at all, also after a power
// cut.
func writeWhole(path string, value any) error {
	document, err := indented(value)
	if err != nil {
		return err
	}
	temp := path + ".tmp"
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(document)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		os.Remove(temp)
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func indented(value any) ([]byte, error) {
	document, err := json.Marshal(value, json.Deterministic(true), jsontext.WithIndent("  "))
	return append(document, '\n'), err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ReadDraft reads a draft from a file: a regular one, no link, not too large.
// Refusals name the file by its base name only.
func ReadDraft(path string) ([]byte, error) { return connectors.ReadFile(path, MaxDraft) }
