package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"schakel/connectors"
	"schakel/connectors/line"
	"schakel/pki"
	"schakel/schemas"
)

// The story of the demo is played once, and then looked at from outside.
func TestTheStory(t *testing.T) {
	var told bytes.Buffer
	st, err := newStage(t.Context(), &line.Session{Stdout: &told, Stderr: &told, Flags: &line.Flags{Lang: "en"}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.close)
	play := func(acts []act) {
		if err := st.play(acts); err != nil {
			t.Fatalf("%v, after:\n%s", err, told.String())
		}
	}
	play(story[:2])
	tip := st.openTip(t)
	play(story[2:])
	if err := st.counts(); err != nil {
		t.Fatal(err)
	}
	t.Run("each step names a file that is there", func(t *testing.T) { wantFiles(t) })
	t.Run("it is told in Dutch and in English", func(t *testing.T) { wantToldInBoth(t) })
	t.Run("what is withheld is nowhere", func(t *testing.T) { st.wantWithheldNowhere(t, tip) })
	t.Run("GnuPG says Good signature at the recipient's", func(t *testing.T) { st.wantGoodSignature(t) })
	t.Run("every bit of an export counts", func(t *testing.T) { st.wantEveryBitToCount(t) })
}

// openTip opens what the NGO is about to send as the gateway will: only so does
// the test know the salts.
func (st *stage) openTip(t *testing.T) *pki.Opened {
	t.Helper()
	store, err := pki.OpenStore(st.path(gatewayHome+"/keys"), st.secret)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := store.OpenPGP("openpgp")
	if err != nil {
		t.Fatal(err)
	}
	partner, err := st.people[ngo].Partner(ngo)
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := partner.Signer("1")
	opened, err := pki.Open(st.people[ngo].Waiting()[0], pki.Expect{Form: pki.Submission, Key: secret, Now: time.Now(), Signer: signer, Gateway: secret.Fingerprint})
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func wantFiles(t *testing.T) {
	for _, act := range story {
		if _, err := os.Stat(filepath.Join("..", "..", act.file)); err != nil {
			t.Errorf("%s names %s: %v", act.phrase, act.file, err)
		}
	}
}

func wantToldInBoth(t *testing.T) {
	for _, act := range story {
		nl, en := schemas.Phrases("nl")[act.phrase], schemas.Phrases("en")[act.phrase]
		if nl == "" || en == "" || nl == en {
			t.Errorf("%s is told as %q and %q, want it in both languages", act.phrase, nl, en)
		}
	}
}

// markers are what must not be found of a leaf: its text, its salt and the whole
// disclosure, as they are and as they would be encoded once more.
func markers(d pki.Disclosure) []string {
	text := strings.Trim(string(d.Leaf.Value), `"`)
	var all []string
	for _, plain := range []string{text, d.Text, d.Salt} {
		if len(plain) < 6 {
			continue // too short to be known again
		}
		all = append(all, plain, hex.EncodeToString([]byte(plain)))
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
			all = append(all, strings.TrimRight(encoding.EncodeToString([]byte(plain)), "=")[:len(plain)])
		}
	}
	return all
}

// The health of the child goes to nobody, its name to one officer of the police.
func (st *stage) wantWithheldNowhere(t *testing.T, tip *pki.Opened) {
	clear := []string{"Ana Halimbawa"}
	everywhere := st.allFiles(t)
	for _, d := range tip.Disclosures {
		if strings.HasPrefix(d.Leaf.Pointer, "/children/0/health/text") {
			clear = append(clear, markers(d)...)
		}
	}
	if len(clear) < 5 {
		t.Fatal("the tip has nothing that is withheld from everybody")
	}
	for name, data := range everywhere {
		for _, marker := range clear {
			if bytes.Contains(data, []byte(marker)) {
				t.Errorf("%s holds what was withheld from everybody: %.40q", name, marker)
			}
		}
	}
	for _, d := range tip.Disclosures {
		if !strings.HasPrefix(d.Leaf.Pointer, "/children/0/identity") {
			continue
		}
		for _, marker := range markers(d) {
			for name, data := range everywhere {
				if !strings.HasPrefix(name, "export of tbkk") && bytes.Contains(data, []byte(marker)) {
					t.Errorf("%s holds the sealed name: %.40q", name, marker)
				}
			}
		}
	}
	if !bytes.Contains(everywhere["export of "+filo+"/disclosures.txt"], []byte(disclosureAt(tip, "/suspects/0/name"))) {
		t.Error("the search does not find what was disclosed: it would find nothing")
	}
}

func disclosureAt(opened *pki.Opened, pointer string) string {
	for _, d := range opened.Disclosures {
		if d.Leaf.Pointer == pointer {
			return d.Text
		}
	}
	return "none at " + pointer
}

// allFiles reads everything on the stage but the NGO's own home: as it lies on
// disk, and the inboxes as their owners can read them.
func (st *stage) allFiles(t *testing.T) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(st.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.HasPrefix(path, st.path(ngo)) {
			return err
		}
		all[strings.TrimPrefix(path, st.dir+"/")], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, partner := range []string{filo, tbkk} {
		files, err := st.people[partner].Export(st.tip.ID)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range files {
			all["export of "+partner+"/"+name] = data
		}
		for line := range strings.Lines(string(files["disclosures.txt"])) {
			plain, _ := base64.RawURLEncoding.DecodeString(strings.TrimSpace(line))
			all["export of "+partner+"/"+line] = plain
		}
	}
	return all
}

func (st *stage) wantGoodSignature(t *testing.T) {
	dir, home := t.TempDir(), t.TempDir()
	for name, data := range st.files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	gpg := func(arguments ...string) string {
		command := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--status-fd", "1"}, arguments...)...)
		command.Dir = dir
		output, err := command.CombinedOutput()
		if err != nil {
			t.Errorf("gpg %v: %v\n%s", arguments, err, output)
		}
		return string(output)
	}
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	gpg("--import", "sender.asc")
	partner, err := st.people[ngo].Partner(ngo)
	if err != nil {
		t.Fatal(err)
	}
	output := gpg("--verify", "manifest.sig", "manifest.json")
	for _, want := range []string{"[GNUPG:] GOODSIG", "[GNUPG:] VALIDSIG " + partner.Connectors[0].Signing, "Good signature from \"" + partner.Name} {
		if !strings.Contains(output, want) {
			t.Errorf("gpg said\n%s\nwant %q", output, want)
		}
	}
}

// wantEveryBitToCount flips every bit of a small delivery, one after the other, and
// every bit of a custody receipt in the files that are checked otherwise.
func (st *stage) wantEveryBitToCount(t *testing.T) {
	inbox, err := st.people[ngo].Inbox()
	if err != nil {
		t.Fatal(err)
	}
	small := inbox[slices.IndexFunc(inbox, func(r connectors.Received) bool { return r.Kind == schemas.KindFeedback })].ID
	delivery, custody := st.export(t, small), st.export(t, st.known.ID)
	flipAll(t, "delivery", delivery, slices.Collect(maps.Keys(delivery)))
	flipAll(t, "custody", custody, []string{"manifest.json", "manifest.sig", "entry.tlog-proof"})
}

// export is a message of the NGO as files, which verify.
func (st *stage) export(t *testing.T, id string) map[string][]byte {
	t.Helper()
	files, err := st.people[ngo].Export(id)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := connectors.VerifyExport(files, nil); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	return files
}

// flipAll flips every bit of these files, on all cores.
func flipAll(t *testing.T, what string, files map[string][]byte, names []string) {
	var all sync.WaitGroup
	work := make(chan flip, 1024)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			mine := maps.Clone(files)
			for f := range work {
				if problem := f.try(mine, files); problem != "" {
					t.Errorf("%s: %s", what, problem)
				}
			}
		})
	}
	bits := 0
	for _, name := range slices.Sorted(slices.Values(names)) {
		for bit := range 8 * len(files[name]) {
			work <- flip{name, bit}
			bits++
		}
	}
	t.Logf("%s: %d bits in %d files", what, bits, len(names))
	close(work)
	all.Wait()
}

// flip is one bit of one file.
type flip struct {
	file string
	bit  int
}

// try verifies the export with the bit flipped. It must be refused, with a reason
// that names a file.
func (f flip) try(mine, files map[string][]byte) string {
	mine[f.file] = slices.Clone(files[f.file])
	mine[f.file][f.bit/8] ^= 1 << (f.bit % 8)
	defer func() { mine[f.file] = files[f.file] }()
	_, err := connectors.VerifyExport(mine, nil)
	refusal := schemas.Refused(err)
	if refusal == nil || refusal.Code.Family() != "verify" || refusal.At == "" {
		return fmt.Sprintf("bit %d of %s flipped gave %v, want a refusal that names a file", f.bit, f.file, err)
	}
	return ""
}

// The story leaves nothing behind, unless it went wrong.
func TestTheDemoCleansUp(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	var told bytes.Buffer
	command := &demoCmd{Once: true}
	if err := command.Run(&line.Session{Stdout: &told, Stderr: &told, Flags: &line.Flags{Lang: "nl"}}); err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	if left, _ := os.ReadDir(temp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if steps := strings.Count(told.String(), "\n\n"); steps != len(story) {
		t.Errorf("%d steps were told, want %d:\n%s", steps, len(story), told.String())
	}
}

// A cut line ends the connections on it and takes no new ones.
func TestACutLineCarriesNothing(t *testing.T) {
	st, err := newStage(context.Background(), &line.Session{Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Flags: &line.Flags{}}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer st.close()
	if err := st.play(story[:2]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if arrived, err := st.has(ngo, st.tip.ID, inCustody); arrived || err != nil {
		t.Errorf("the tip is in custody (%v), want it to wait for the line", err)
	}
}
