package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"schakel/cmd/instance"
	program "schakel/cmd/schakel"
	"schakel/pki"
)

// The tests of this folder run the real program. It is the test binary itself,
// started again with asProgram in its environment: nothing has to be built, and
// the race detector looks along.
const (
	asProgram = "SCHAKEL_TEST_PROGRAM"
	asNobody  = "SCHAKEL_TEST_NOBODY"    // give up being root, who may read everything
	fileSize  = "SCHAKEL_TEST_FILE_SIZE" // bytes that a file may have, as if the disk were full
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		confine()
		program.Main()
	}
	status := m.Run()
	os.RemoveAll(made.dir)
	os.Exit(status)
}

// confine gives the process the limits that its test asks for.
func confine() {
	if os.Getenv(asNobody) != "" && os.Getuid() == 0 {
		must(syscall.Setuid(65534))
	}
	if limit := os.Getenv(fileSize); limit != "" {
		n, err := strconv.ParseUint(limit, 10, 64)
		must(err)
		must(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// marker stands in every bad input: wherever it comes back, content was said
// again.
const marker = "MARKER-7f3a"

// call is one run of the program.
type call struct {
	args  []string
	dir   string
	env   []string
	stdin io.Reader
}

// answer is what came of it.
type answer struct {
	exit           int
	stdout, stderr string
}

// patience is how long anything may take on a busy machine.
const patience = 90 * time.Second

func command(ctx context.Context, c call) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], c.args...)
	cmd.Dir, cmd.Stdin = c.dir, c.stdin
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + os.TempDir(), "LANG=C", asProgram + "=1"}, c.env...)
	return cmd
}

// run runs the program to its end.
func run(t testing.TB, c call) answer {
	t.Helper()
	a, err := try(c)
	if err != nil {
		t.Fatalf("schakel %s: %v", strings.Join(c.args, " "), err)
	}
	return a
}

func try(c call) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := command(ctx, c)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, exited := errors.AsType[*exec.ExitError](err); exited && ctx.Err() == nil {
		err = nil
	}
	return answer{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}, err
}

// done runs the program and wants it to say yes.
func done(t testing.TB, dir string, args ...string) string {
	t.Helper()
	a := run(t, call{args: args, dir: dir})
	if a.exit != 0 {
		t.Fatalf("schakel %s: exit %d\n%s%s", strings.Join(args, " "), a.exit, a.stdout, a.stderr)
	}
	return a.stdout
}

// words splits a command line; @NAME stands for the home of that name and its
// passphrase file.
func words(commandLine string) []string {
	var args []string
	for _, word := range strings.Fields(commandLine) {
		if name, isHome := strings.CutPrefix(word, "@"); isHome {
			args = append(args, "--home", name, "--passphrase-file", "pass")
		} else {
			args = append(args, word)
		}
	}
	return args
}

// service is the program while it runs.
type service struct {
	t      testing.TB
	cmd    *exec.Cmd
	log    *guarded
	ended  chan struct{}
	status int
}

// guarded is a buffer that is written and read at the same time.
type guarded struct {
	lock sync.Mutex
	data bytes.Buffer
}

func (g *guarded) Write(data []byte) (int, error) {
	g.lock.Lock()
	defer g.lock.Unlock()
	return g.data.Write(data)
}

func (g *guarded) String() string {
	g.lock.Lock()
	defer g.lock.Unlock()
	return g.data.String()
}

// serve starts a service, and ends it with the test.
func serve(t testing.TB, dir string, args ...string) *service {
	t.Helper()
	s := &service{t: t, cmd: command(context.Background(), call{args: args, dir: dir}), log: &guarded{}, ended: make(chan struct{})}
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.cmd.Wait()
		s.status = s.cmd.ProcessState.ExitCode()
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		<-s.ended
	})
	return s
}

// says waits until the service has written a text.
func (s *service) says(text string) *service {
	s.t.Helper()
	eventually(s.t, "the service says "+text+": "+s.log.String(), func() bool { return strings.Contains(s.log.String(), text) })
	return s
}

// stop sends a signal and returns the exit status.
func (s *service) stop(signal os.Signal) int {
	s.t.Helper()
	s.cmd.Process.Signal(signal)
	select {
	case <-s.ended:
		return s.status
	case <-time.After(patience):
		s.t.Fatalf("does not end on %v\n%s", signal, s.log)
		return -1
	}
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// made is an instance that is made once: a gateway, whose passphrase is made cheap
// to try, and five partners whom the init commands enrol. Tests work on copies of
// its homes.
var made struct {
	sync.Once
	dir string
	err error
}

// passphrase opens every home of the tests.
const passphrase = "wortel stoel regen anker trein molen"

// Addresses in the homes; a test that uses them puts others in their place.
const (
	broker = "127.0.0.1:4222"
	tiles  = "127.0.0.1:8480"
)

// partners of the tests, in the order of their enrolment: each knows those before
// it, as far as its role may.
var partners = []string{
	"tbkk --role pol-tbkk --country NL --officer desk-1 --officer vid-1=a-vid",
	"om --role om --country NL --officer ovj-1=a-ovj,a-gezag",
	"korpschef --role pol-nl --country NL --officer ctrl-1=a-ctrl",
	"ngo-andere --role ngo-dest --country PH --officer field-9",
	"ngo-luz --role ngo-dest --country PH --officer field-1 --officer director=a-dir",
}

// lately is since when the documents of the tests hold: a sheet on a country grows
// old.
var lately = time.Now().AddDate(0, -1, 0).Format(time.DateOnly)

// documents of the tests: what an NGO in the Philippines needs to report.
var documents = []string{
	`{"id":"sheet-ph","kind":"country-sheet","issuer":"counsel","parties":["ngo-luz"],"country":"PH","valid_from":"` + lately + `","valid_until":"2090-12-31"}`,
	`{"id":"programme","kind":"approval","issuer":"ngo-luz","parties":["ngo-luz"],"function":"a-dir","person":"ngo-luz/director","scope":"programme","valid_from":"2020-01-01","valid_until":"2090-12-31"}`,
	`{"id":"undertaking","kind":"undertaking","issuer":"ngo-luz","parties":["ngo-luz"],"country":"PH","valid_from":"2020-01-01","valid_until":"2090-12-31"}`,
}

// homes returns the directory of the homes: gateway, one for each partner, and
// pass. Short, because a socket's path is.
func homes(t testing.TB) string {
	t.Helper()
	made.Do(func() {
		if made.dir, made.err = os.MkdirTemp("", "sk"); made.err != nil {
			return
		}
		write(t, filepath.Join(made.dir, "pass"), passphrase+"\n")
		made.err = instance.CreateGateway(instance.GatewayOptions{
			Dir: filepath.Join(made.dir, "gateway"), Passphrase: []byte(passphrase), KDF: pki.FieldKDF, Now: time.Now(),
			Config: instance.Config{Name: "schakel.test", Listen: broker, Broker: "embedded", Tiles: tiles, Workers: 8, PerMinute: 600, Burst: 120},
		})
		if made.err != nil {
			return
		}
		for _, partner := range partners {
			id, _, _ := strings.Cut(partner, " ")
			done(t, made.dir, words("init partner "+id+" --name "+id+" --gateway gateway --gateway-passphrase-file pass --passphrase-file pass --id "+partner)...)
		}
		for _, document := range documents {
			write(t, filepath.Join(made.dir, "document.json"), document)
			done(t, made.dir, words("init document document.json --gateway gateway --passphrase-file pass")...)
		}
	})
	if made.err != nil {
		t.Fatal(made.err)
	}
	return made.dir
}

// workplace makes a directory of its own with copies of homes, the passphrase
// file, and a draft that may be sent.
func workplace(t testing.TB, names ...string) string {
	t.Helper()
	from := homes(t)
	dir, err := os.MkdirTemp("", "sk")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range append(names, "pass") {
		copyTree(t, filepath.Join(from, name), filepath.Join(dir, name))
	}
	write(t, filepath.Join(dir, "draft.json"), tip)
	return dir
}

func copyTree(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, _ := filepath.Rel(from, path)
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			return os.Mkdir(target, 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// change replaces a text in a file.
func change(t testing.TB, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s does not contain %q", path, old)
	}
	write(t, path, strings.Replace(string(text), old, new, 1))
}

// tip is a draft that may be sent as it is.
const tip = `{
  "kind": "case-tip", "to": ["tbkk"],
  "bases": [{"id": "ngo-local", "documents": [{"id": "luz/2026/31", "kind": "local-reporting-check"}]}],
  "source_identity": {"name": "Maria, teacher"},
  "body": {
    "subject": "person", "at_risk_now": "unknown",
    "persons": [{"category": "s-suspect", "minor": "no"}],
    "seen": {"told_by": "third-person", "person": 0, "from": "2026-10", "place": {"country": "PH", "locality": "Ermita"},
             "account": {"text": "A man came with a child, again.", "categories": ["d-susp"]}},
    "suspects": [{"person": 0, "name": "Piet Voorbeeld"}],
    "source": {"number": "LUZ-2026-014", "consent": "only-through-us", "local_police": "no", "concerns_officials": "no"}
  }
}`

// accepted counts the messages in an outbox.
func accepted(t testing.TB, home string) int {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(home, "outbox"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return len(entries)
}

// state lists what lies in a directory with the digest of each file. The lock is
// left out: whoever looks takes it. So are directories: opening a home makes them.
func state(t testing.TB, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrPermission) {
			return nil
		}
		if err != nil || entry.IsDir() || entry.Name() == "lock" {
			return err
		}
		text := entry.Type().String()
		if entry.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil && !errors.Is(err, fs.ErrPermission) {
				return err
			}
			text = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		all = append(all, path+" "+text)
		return nil
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// port returns an address on this machine that nobody listens on.
func port(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
