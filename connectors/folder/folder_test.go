package folder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"schakel/connectors"
	"schakel/schemas"
)

// marker stands in what is bad: it may not come back.
const marker = "MARKER-7f3a"

// desk is a connector that accepts everything once, says what it is told to say
// instead, and has received what it is given.
type desk struct {
	connectors.Desk
	submitted []string
	says      map[string]error // by draft
	received  []connectors.Received
	sent      []connectors.Outgoing
	asked     []bool // of the outbox: for all
}

func (d *desk) Submit(draft []byte, _ connectors.Options) (*connectors.Accepted, error) {
	text := string(draft)
	if err, told := d.says[text]; told {
		return nil, err
	}
	if n := slices.Index(d.submitted, text); n >= 0 {
		return nil, schemas.Refuse("state.same-content", fmt.Sprintf("id-%d", n+1))
	}
	d.submitted = append(d.submitted, text)
	return &connectors.Accepted{ID: fmt.Sprintf("id-%d", len(d.submitted)), Sequence: int64(len(d.submitted))}, nil
}

func (d *desk) Inbox() ([]connectors.Received, error) { return d.received, nil }

func (d *desk) Outbox(all bool) ([]connectors.Outgoing, error) {
	d.asked = append(d.asked, all)
	return slices.DeleteFunc(slices.Clone(d.sent), func(o connectors.Outgoing) bool {
		state := o.State()
		return !all && (state == "delivered" || state == "not-shared" || state == "refused")
	}), nil
}

// door makes a folder door in a new directory.
func door(t *testing.T) (*Door, *desk) {
	t.Helper()
	dir, err := os.MkdirTemp("", "door") // one that others may pass through
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	behind := &desk{says: map[string]error{}}
	for _, name := range dirs {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return &Door{Dir: dir, Desk: behind, Language: "en", Log: slog.New(slog.DiscardHandler)}, behind
}

// lay writes a file into the folder.
func (d *Door) lay(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(d.Dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d *Door) once(t *testing.T) {
	t.Helper()
	if err := d.Once(); err != nil {
		t.Fatal(err)
	}
}

// holds checks which files lie in the folder.
func (d *Door) holds(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, dir := range dirs {
		entries, err := os.ReadDir(filepath.Join(d.Dir, dir))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			got = append(got, dir+"/"+entry.Name())
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func (d *Door) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestADraftIsAcceptedAndMovedWithItsNumber(t *testing.T) {
	d, behind := door(t)
	d.lay(t, "in/tip.json", "draft")
	d.once(t)
	d.holds(t, "accepted/tip.json", "accepted/tip.accepted.json")
	var answer connectors.Accepted
	if err := json.Unmarshal([]byte(d.read(t, "accepted/tip.accepted.json")), &answer); err != nil || answer != (connectors.Accepted{ID: "id-1", Sequence: 1}) {
		t.Errorf("got %+v, %v", answer, err)
	}
	if d.read(t, "accepted/tip.json") != "draft" || !slices.Equal(behind.submitted, []string{"draft"}) {
		t.Errorf("submitted %q", behind.submitted)
	}
}

// What is refused, and under which code; the connector is not asked about what is
// no file.
func TestWhatIsNoDraftIsRefused(t *testing.T) {
	for _, c := range []struct {
		says string
		lay  func(path string) error
		code schemas.Code
	}{
		{"refused by the connector", func(p string) error { return os.WriteFile(p, []byte("bad"), 0o600) }, "schema.type"},
		{"256 KiB and one byte", func(p string) error {
			return os.WriteFile(p, bytes.Repeat([]byte(marker), MaxDraft/len(marker)+1), 0o600)
		}, "limit.size"},
		{"link", func(p string) error { return os.Symlink("/etc/hostname", p) }, "file.symlink"},
		{"link to nothing", func(p string) error { return os.Symlink("nothing", p) }, "file.symlink"},
		{"link to itself", func(p string) error { return os.Symlink(p, p) }, "file.symlink"},
		{"directory", func(p string) error { return os.Mkdir(p, 0o700) }, "file.not-regular"},
		{"directory with drafts", func(p string) error {
			return errors.Join(os.Mkdir(p, 0o700), os.WriteFile(filepath.Join(p, "in.json"), []byte("draft"), 0o600))
		}, "file.not-regular"},
	} {
		t.Run(c.says, func(t *testing.T) {
			d, behind := door(t)
			behind.says["bad"] = schemas.Refuse("schema.type", "/to")
			if err := c.lay(filepath.Join(d.Dir, "in", "x.json")); err != nil {
				t.Fatal(err)
			}
			d.once(t)
			d.holds(t, "refused/x.json", "refused/x.error.json")
			var answer map[string]string
			text := d.read(t, "refused/x.error.json")
			if err := json.Unmarshal([]byte(text), &answer); err != nil || answer["code"] != string(c.code) || answer["what"] == "" || strings.Contains(text, marker) {
				t.Errorf("got %s, %v, want code %s", text, err, c.code)
			}
			if len(behind.submitted) > 0 {
				t.Errorf("submitted %q", behind.submitted)
			}
		})
	}
}

// A pipe that nobody writes to is refused; the door does not wait for it.
func TestAFifoDoesNotHoldUpTheDoor(t *testing.T) {
	d, behind := door(t)
	if err := syscall.Mkfifo(filepath.Join(d.Dir, "in", "a.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.lay(t, "in/b.json", "draft")
	ended := make(chan error, 1)
	go func() { ended <- d.Once() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("the door waits for the pipe")
	}
	d.holds(t, "refused/a.json", "refused/a.error.json", "accepted/b.json", "accepted/b.accepted.json")
	if len(behind.submitted) != 1 {
		t.Errorf("submitted %q", behind.submitted)
	}
}

// A file that the connector may not read is refused with file.permission.
func TestAFileThatMayNotBeReadIsRefused(t *testing.T) {
	d, behind := door(t)
	d.lay(t, "in/closed.json", marker)
	if err := os.Chmod(filepath.Join(d.Dir, "in", "closed.json"), 0); err != nil {
		t.Fatal(err)
	}
	asSomebody(t, d.Dir, func() { d.once(t) })
	d.holds(t, "refused/closed.json", "refused/closed.error.json")
	if text := d.read(t, "refused/closed.error.json"); !strings.Contains(text, `"file.permission"`) || len(behind.submitted) > 0 {
		t.Errorf("got %s", text)
	}
}

// asSomebody does something without being root, who may read everything.
func asSomebody(t *testing.T, dir string, do func()) {
	t.Helper()
	if os.Getuid() != 0 {
		do()
		return
	}
	const nobody = 65534
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chown(path, nobody, nobody)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	runtime.LockOSThread() // the file system's user belongs to the thread
	defer runtime.UnlockOSThread()
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setfsuid(0)
	do()
}

// What has not been renamed yet, and what is no draft, stays where it is.
func TestOnlyFilesOfTheRightNameAreTaken(t *testing.T) {
	d, behind := door(t)
	for _, name := range []string{"in/tip.json.part", "in/tip.tmp", "in/.tip.json~", "in/notes.txt", "in/tip.JSON"} {
		d.lay(t, name, `{"kind": "`+marker)
	}
	d.once(t)
	d.holds(t, "in/tip.json.part", "in/tip.tmp", "in/.tip.json~", "in/notes.txt", "in/tip.JSON")
	if len(behind.submitted) > 0 {
		t.Errorf("submitted %q", behind.submitted)
	}
	if err := os.Rename(filepath.Join(d.Dir, "in", "tip.json.part"), filepath.Join(d.Dir, "in", "tip.json")); err != nil {
		t.Fatal(err)
	}
	d.once(t)
	if len(behind.submitted) != 1 {
		t.Errorf("after the renaming: submitted %q", behind.submitted)
	}
}

// The same name again gets a number; nothing is overwritten, neither drafts nor
// answers, also where an answer's name is a draft's.
func TestNothingIsEverOverwritten(t *testing.T) {
	d, _ := door(t)
	for i, name := range []string{"tip", "tip", "tip", "tip.accepted", "tip-2"} {
		d.lay(t, "in/"+name+".json", fmt.Sprint("draft ", i))
		d.once(t)
	}
	d.lay(t, "in/b.accepted.json", "draft of the answer's name")
	d.once(t)
	d.lay(t, "in/b.json", "draft of b")
	d.once(t)
	texts := map[string]int{}
	entries, err := os.ReadDir(filepath.Join(d.Dir, "accepted"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		texts[d.read(t, "accepted/"+entry.Name())]++
	}
	if len(entries) != 14 || len(texts) != 14 {
		t.Errorf("%d files with %d texts, want 14 of each: %v", len(entries), len(texts), texts)
	}
}

// Whatever is in a name, the file is dealt with and does not hold up the others.
func TestStrangeNamesAreDealtWith(t *testing.T) {
	for _, name := range []string{"\xff\xfe.json", "a\nb.json", "\x1b[31m.json", ".json", "..json", strings.Repeat("n", 250) + ".json", strings.Repeat("é", 120) + ".json", "\u202egpj.json", "$(x) ;'\".json"} {
		for _, answer := range []error{nil, schemas.Refuse("schema.type", "")} {
			d, behind := door(t)
			if answer != nil {
				behind.says["draft of a strange name"] = answer
			}
			d.lay(t, "in/"+name, "draft of a strange name")
			d.lay(t, "in/zzz.json", "draft of a good name")
			d.once(t)
			entries, err := os.ReadDir(filepath.Join(d.Dir, "in"))
			if err != nil || len(entries) > 0 {
				t.Errorf("%q: still there: %v, %v", name, entries, err)
			}
		}
	}
	d, _ := door(t)
	if err := os.Symlink("x", filepath.Join(d.Dir, "in", "\xff.json")); err != nil {
		t.Fatal(err)
	}
	d.once(t) // its name stands in the answer
	d.holds(t, "refused/\xff.json", "refused/\xff.error.json")
}

// A crash after the message was accepted and before the file was moved: the next
// look finds it accepted, and it is not accepted twice.
func TestACrashBeforeTheMoveAcceptsOnce(t *testing.T) {
	for _, answered := range []bool{false, true} {
		d, behind := door(t)
		d.lay(t, "in/tip.json", "draft")
		behind.submitted = []string{"draft"}
		if answered { // the answer was written, the draft not moved
			d.lay(t, "accepted/tip.accepted.json", `{"id":"id-1","sequence":1}`)
		}
		d.once(t)
		d.once(t)
		if len(behind.submitted) != 1 {
			t.Errorf("submitted %q", behind.submitted)
		}
		for _, path := range glob(t, d, "accepted/*.accepted.json") {
			if !strings.Contains(d.read(t, path), `"id-1"`) {
				t.Errorf("%s: got %s", path, d.read(t, path))
			}
		}
		if len(glob(t, d, "in/*")) != 0 || len(glob(t, d, "refused/*")) != 0 {
			t.Error("the draft is still there, or refused")
		}
	}
}

func glob(t *testing.T, d *Door, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(d.Dir, pattern))
	if err != nil {
		t.Fatal(err)
	}
	for i := range paths {
		paths[i], _ = filepath.Rel(d.Dir, paths[i])
	}
	return paths
}

// What is not the file's fault leaves the file where it is, for later; the others
// and what has arrived are not held up.
func TestAFaultOfOursLeavesTheFileThere(t *testing.T) {
	for _, err := range []error{schemas.Refuse("store.disk-full", ""), schemas.Refuse("limit.outbox", ""), errors.New("no idea")} {
		d, behind := door(t)
		behind.says["first"] = err
		behind.received = []connectors.Received{received("r-1")}
		d.lay(t, "in/a.json", "first")
		d.lay(t, "in/b.json", "second")
		if got := d.Once(); !errors.Is(got, err) {
			t.Errorf("got %v, want %v", got, err)
		}
		d.holds(t, "in/a.json", "accepted/b.json", "accepted/b.accepted.json", "out/r-1.json")
		delete(behind.says, "first")
		d.once(t)
		d.holds(t, "accepted/a.json", "accepted/a.accepted.json", "accepted/b.json", "accepted/b.accepted.json", "out/r-1.json")
	}
}

func received(id string) connectors.Received {
	return connectors.Received{View: &connectors.View{ID: id, Kind: schemas.KindTip, Body: schemas.Raw(`{}`)}}
}

// What has arrived is written once, whole; what somebody else put there under its
// name stays.
func TestWhatArrivedIsWrittenOnceAndWhole(t *testing.T) {
	d, behind := door(t)
	behind.received = []connectors.Received{received("r-1"), received("r-2")}
	d.lay(t, "out/r-2.json", "somebody's")
	d.lay(t, "out/r-1.json.tmp", "half of what was written before a crash, and longer than what will be written now"+strings.Repeat(" ", 4096))
	d.once(t)
	d.holds(t, "out/r-1.json", "out/r-2.json")
	var r connectors.Received
	if err := json.Unmarshal([]byte(d.read(t, "out/r-1.json")), &r); err != nil || r.ID != "r-1" {
		t.Errorf("got %+v, %v", r, err)
	}
	if d.read(t, "out/r-2.json") != "somebody's" {
		t.Error("overwritten")
	}
	d.lay(t, "out/r-1.json", "read and changed by the partner's own system")
	d.once(t)
	if d.read(t, "out/r-1.json") != "read and changed by the partner's own system" {
		t.Error("written a second time")
	}
}

// The door writes through no link that waits for it.
func TestTheDoorWritesThroughNoLink(t *testing.T) {
	d, behind := door(t)
	behind.received = []connectors.Received{received("r-1")}
	d.lay(t, "elsewhere", "somebody's")
	if err := os.Symlink("../elsewhere", filepath.Join(d.Dir, "out", "r-1.json.tmp")); err != nil {
		t.Fatal(err)
	}
	if err := d.Once(); err == nil {
		t.Error("no fault")
	}
	if d.read(t, "elsewhere") != "somebody's" {
		t.Error("written through the link")
	}
}

func TestManyFilesAreAllTaken(t *testing.T) {
	d, behind := door(t)
	const many = 100
	for i := range many {
		d.lay(t, fmt.Sprintf("in/%03d.json", i), fmt.Sprintf("draft %03d", i))
	}
	d.once(t)
	if len(behind.submitted) != many || !slices.IsSorted(behind.submitted) {
		t.Errorf("submitted %q", behind.submitted)
	}
	if n := len(glob(t, d, "accepted/*.json")); n != 2*many {
		t.Errorf("%d files in accepted, want %d", n, 2*many)
	}
}

// The door makes its directories, looks again and again, and ends with its
// context.
func TestTheDoorOpensAndCloses(t *testing.T) {
	d, _ := door(t)
	d.Dir = filepath.Join(d.Dir, "new")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	until(t, func() bool { return len(glob(t, d, "*")) == len(dirs) })
	d.lay(t, "in/tip.part", "draft")
	if err := os.Rename(filepath.Join(d.Dir, "in", "tip.part"), filepath.Join(d.Dir, "in", "tip.json")); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { return len(glob(t, d, "accepted/tip.json")) == 1 })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within a minute")
		}
	}
}

// A message that comes again is another delivery: after the copy that we had to
// approve, what we received.
func TestAMessageThatComesAgainGetsAFileOfItsOwn(t *testing.T) {
	d, behind := door(t)
	review, delivery := received("r-1"), received("r-1")
	review.Entry, review.Review, delivery.Entry = 17, &connectors.Review{Waits: true}, 23
	behind.received = []connectors.Received{review}
	d.once(t)
	d.holds(t, "out/r-1.json")
	behind.received = append(behind.received, delivery)
	d.once(t)
	d.once(t)
	d.holds(t, "out/r-1.json", "out/r-1-23.json")
	var r connectors.Received
	if err := json.Unmarshal([]byte(d.read(t, "out/r-1-23.json")), &r); err != nil || r.Entry != 23 || r.Review != nil {
		t.Errorf("got %+v, %v, want the delivery", r, err)
	}
}

// sentTo is a message with the decision for its one address.
func sentTo(outcome string, reasons ...schemas.Code) connectors.Outgoing {
	return connectors.Outgoing{
		ID: "id-1", Kind: schemas.KindTip, Sequence: 1, Receipt: []byte("custody"), To: map[string]string{"t1": "tbkk"},
		Results: []schemas.Result{{To: "t1", Outcome: outcome, Reasons: reasons}},
	}
}

// What became of an accepted message stands in its status file, in words, and
// changes with it.
func TestTheStatusOfAMessageFollowsIt(t *testing.T) {
	accepted := sentTo("")
	accepted.Receipt, accepted.Results = nil, nil
	confirmed := sentTo(schemas.Allow)
	confirmed.Confirmed = []connectors.Confirmation{{Partner: "tbkk", Event: "delivered", At: "2026-11-23T10:00:00Z"}}
	opened := confirmed
	opened.Confirmed = append(slices.Clone(opened.Confirmed), connectors.Confirmation{Partner: "tbkk", Event: "opened", At: "2026-11-23T11:00:00Z"})
	refusedOne := sentTo("")
	refusedOne.Refusal, refusedOne.Results = "sig.unknown", nil
	d, behind := door(t)
	for _, step := range []struct {
		out   connectors.Outgoing
		state string
		shows []string
	}{
		{accepted, "accepted", []string{`"to": "tbkk"`}},
		{sentTo(schemas.Hold, "r-approval"), "held", []string{`"outcome": "hold"`, `"code": "r-approval"`, `"what": "`}},
		{sentTo(schemas.Allow), "custody", []string{`"outcome": "allow"`}},
		{confirmed, "delivered", []string{`"partner": "tbkk"`, `"event": "delivered"`, `"at": "2026-11-23T10:00:00Z"`}},
		{opened, "delivered", []string{`"event": "opened"`}},
		{sentTo(schemas.Deny, "r-role"), "not-shared", []string{`"outcome": "deny"`, `"code": "r-role"`, `"now": "`}},
		{refusedOne, "refused", []string{`"code": "sig.unknown"`, schemas.TextOf("en", "sig.unknown").What}},
	} {
		behind.sent = []connectors.Outgoing{step.out}
		d.looked = time.Time{} // a minute ago
		d.once(t)
		d.holds(t, "status/id-1.json")
		text := d.read(t, "status/id-1.json")
		var s struct{ State string }
		if err := json.Unmarshal([]byte(text), &s); err != nil || s.State != step.state {
			t.Errorf("got %s, %v, want it %s", text, err, step.state)
		}
		for _, shown := range step.shows {
			if !strings.Contains(text, shown) {
				t.Errorf("%s: %s does not stand in\n%s", step.state, shown, text)
			}
		}
	}
}

// The complete ones are looked at when one becomes complete, and else each minute;
// a file is written only when it changes, also by the next process.
func TestTheStatusIsWrittenOnlyWhenItChanges(t *testing.T) {
	d, behind := door(t)
	behind.sent = []connectors.Outgoing{sentTo(schemas.Hold)}
	d.once(t)
	d.once(t)
	behind.sent = []connectors.Outgoing{sentTo(schemas.Deny)}
	d.once(t)
	d.once(t)
	if want := []bool{false, true, false, false, true, false}; !slices.Equal(behind.asked, want) {
		t.Errorf("asked for all: %v, want %v", behind.asked, want)
	}
	path := filepath.Join(d.Dir, "status", "id-1.json")
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	next := &Door{Dir: d.Dir, Desk: behind, Language: "en", Log: d.Log}
	next.once(t)
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("written again: %v", err)
	}
}
