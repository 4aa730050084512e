package main_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A draft is read only as far as a draft may be long.
func TestEndlessInputIsCutOff(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	zeros, err := os.Open("/dev/zero")
	if err != nil {
		t.Fatal(err)
	}
	defer zeros.Close()
	refused(t, run(t, call{args: words("submit @ngo-luz"), dir: dir, stdin: zeros}), wrong, "limit.size", "-")
}

// Nobody reads the answer any more: the program ends quietly, and what it
// accepted stays accepted.
func TestOutputThatNobodyReads(t *testing.T) {
	for _, args := range []string{"submit @ngo-luz draft.json", "submit @ngo-luz --json draft.json"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, "ngo-luz")
			exit, stderr := runInto(t, closedPipe(t), dir, args)
			if exit != fault || accepted(t, filepath.Join(dir, "ngo-luz")) != 1 {
				t.Errorf("got exit %d and %d messages, want %d and 1", exit, accepted(t, filepath.Join(dir, "ngo-luz")), fault)
			}
			if strings.Contains(stderr, "pipe") {
				t.Errorf("not quiet: %s", stderr)
			}
		})
	}
	for _, args := range []string{"inbox @ngo-luz", "outbox @ngo-luz", "outbox @ngo-luz --json", "check --home gateway"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, "ngo-luz", "gateway")
			if exit, stderr := runInto(t, closedPipe(t), dir, args); exit != fault || stderr != "" {
				t.Errorf("got exit %d and %q, want %d and nothing", exit, stderr, fault)
			}
		})
	}
}

// The answer cannot be written: that is a fault, and what was accepted stays
// accepted.
func TestOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	exit, stderr := runInto(t, full, dir, "submit @ngo-luz draft.json")
	told(t, answer{stderr: stderr})
	if exit != fault || accepted(t, filepath.Join(dir, "ngo-luz")) != 1 {
		t.Errorf("got exit %d and %d messages, want %d and 1\n%s", exit, accepted(t, filepath.Join(dir, "ngo-luz")), fault, stderr)
	}
	exit, _ = runInto(t, nil, dir, "inbox @ngo-luz")
	if exit != ok {
		t.Errorf("without standard output: got exit %d", exit)
	}
}

// runInto runs the program with its output going where it is told.
func runInto(t *testing.T, stdout *os.File, dir, args string) (exit int, stderr string) {
	t.Helper()
	var log guarded
	cmd := command(t.Context(), call{args: words(args), dir: dir})
	cmd.Stderr = &log
	if stdout != nil {
		defer stdout.Close()
		cmd.Stdout = stdout
	}
	cmd.Run()
	return cmd.ProcessState.ExitCode(), log.String()
}

// closedPipe is a pipe that nobody reads from.
func closedPipe(t *testing.T) *os.File {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	return writer
}

// A disk without room: nothing is accepted, nothing half-written stays, and
// afterwards the home works.
func TestAFullDiskAcceptsNothing(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	done(t, dir, words("inbox @ngo-luz")...) // makes the home's directories
	before := state(t, dir)
	got := run(t, call{args: words("submit @ngo-luz draft.json"), dir: dir, env: []string{fileSize + "=4096"}})
	refused(t, got, fault, "store.disk-full", "")
	after := state(t, dir)
	if n := accepted(t, filepath.Join(dir, "ngo-luz")); n != 0 {
		t.Errorf("%d messages in the outbox, want none\nbefore %v\nafter %v", n, before, after)
	}
	acceptedOnce(t, dir, call{args: words("submit @ngo-luz --json draft.json"), dir: dir})
}

// One process has a home. Another is told which; commands ask the service.
func TestAHomeIsForOneProcess(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	service := offline(t, dir)
	process := fmt.Sprintf("process %d ", service.cmd.Process.Pid)
	refused(t, run(t, call{args: words("connector @ngo-luz"), dir: dir}), wrong, "state.locked", process)
	write(t, filepath.Join(dir, "pass"), marker) // nobody asks for it: the service has the home open
	acceptedOnce(t, dir, call{args: words("submit @ngo-luz --json draft.json"), dir: dir})
	for _, args := range []string{"inbox @ngo-luz", "outbox @ngo-luz"} {
		done(t, dir, words(args)...)
	}
	refused(t, run(t, call{args: words("show @ngo-luz 01939f2a"), dir: dir}), wrong, "state.unknown-message", "")
}

// A service whose socket would have too long a name says so before it begins.
func TestAHomeWithTooLongANameIsRefused(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	long := strings.Repeat("n", 100)
	if err := os.Rename(filepath.Join(dir, "ngo-luz"), filepath.Join(dir, long)); err != nil {
		t.Fatal(err)
	}
	refused(t, run(t, call{args: words("connector @" + long), dir: dir}), wrong, "limit.home", "--home")
}

// offline starts a partner's service where no broker answers, and waits until it
// takes commands.
func offline(t *testing.T, dir string, args ...string) *service {
	t.Helper()
	s := serve(t, dir, append(words("connector @ngo-luz"), args...)...)
	eventually(t, "the service takes commands", func() bool {
		conn, err := net.Dial("unix", filepath.Join(dir, "ngo-luz", "socket"))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return s
}

// A service that is asked to stop ends with 0, and the home can be used again;
// also after it was killed.
func TestAPartnersServiceStopsWhenAsked(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		exit   int
	}{{syscall.SIGTERM, ok}, {syscall.SIGINT, ok}, {syscall.SIGKILL, -1}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := workplace(t, "ngo-luz")
			service := offline(t, dir)
			acceptedOnce(t, dir, call{args: words("submit @ngo-luz --json draft.json"), dir: dir})
			if exit := service.stop(c.signal); exit != c.exit {
				t.Errorf("got exit %d, want %d\n%s", exit, c.exit, service.log)
			}
			acceptedOnce(t, dir, call{args: words("submit @ngo-luz --json --again draft.json"), dir: dir})
			if exit := offline(t, dir).stop(syscall.SIGTERM); exit != ok {
				t.Errorf("second time: got exit %d", exit)
			}
		})
	}
}

// Whoever waits for custody may go: the message stays accepted.
func TestWaitingForCustodyCanBeInterrupted(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	refused(t, run(t, call{args: words("submit @ngo-luz --wait 10m draft.json"), dir: dir}), wrong, "state.no-service", "")
	serve(t, dir, words("connector @ngo-luz")...)
	eventually(t, "the service opens its socket", func() bool { _, err := os.Stat(filepath.Join(dir, "ngo-luz", "socket")); return err == nil })
	waiting := serve(t, dir, words("submit @ngo-luz --wait 10m draft.json")...).says("accepted")
	waiting.stop(syscall.SIGINT)
	if n := accepted(t, filepath.Join(dir, "ngo-luz")); n != 1 {
		t.Errorf("%d messages in the outbox, want 1", n)
	}
	got := run(t, call{args: words("submit @ngo-luz --again --wait 1ms draft.json"), dir: dir})
	told(t, got)
	if got.exit != no || accepted(t, filepath.Join(dir, "ngo-luz")) != 2 {
		t.Errorf("without an answer in time: got exit %d, want %d\n%s", got.exit, no, got.stderr)
	}
}

// A gateway and a broker that are asked to stop end with 0, and start again.
func TestAGatewayStopsWhenAsked(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			dir := centre(t)
			for range 2 {
				gateway := serve(t, dir, words("gateway @gateway")...).says("gateway ready")
				refused(t, run(t, call{args: words("gateway @gateway"), dir: dir}), wrong, "state.locked", "")
				if exit := gateway.stop(signal); exit != ok {
					t.Errorf("gateway: got exit %d\n%s", exit, gateway.log)
				}
			}
			broker := serve(t, dir, words("broker --home gateway")...).says("broker ready")
			if exit := broker.stop(signal); exit != ok {
				t.Errorf("broker: got exit %d\n%s", exit, broker.log)
			}
			done(t, dir, words("check --home gateway")...)
		})
	}
}

// centre makes a workplace with a gateway that listens on ports of its own.
func centre(t *testing.T, names ...string) string {
	t.Helper()
	dir := workplace(t, append(names, "gateway")...)
	address := port(t)
	change(t, filepath.Join(dir, "gateway", "gateway.yaml"), broker, address)
	change(t, filepath.Join(dir, "gateway", "gateway.yaml"), tiles, port(t))
	for _, name := range names {
		change(t, filepath.Join(dir, name, "connector.yaml"), broker, address)
	}
	return dir
}

// A port that somebody else has is a fault that is told at once.
func TestAGatewayWithoutItsPortSaysSo(t *testing.T) {
	t.Parallel()
	dir := centre(t)
	gateway := serve(t, dir, words("gateway @gateway")...).says("gateway ready")
	got := run(t, call{args: words("broker --home gateway"), dir: dir})
	told(t, got)
	if got.exit != fault {
		t.Errorf("got exit %d, want %d\n%s", got.exit, fault, got.stderr)
	}
	gateway.stop(syscall.SIGTERM)
}

// The help of every command fits terminals of any width, also silly ones.
func TestHelpFitsAnyTerminal(t *testing.T) {
	for _, columns := range []string{"", "0", "1", "20", "-1", "100000", marker} {
		t.Run("COLUMNS="+columns, func(t *testing.T) {
			t.Parallel()
			for _, name := range []string{"", "submit", "refuse", "init partner"} {
				got := run(t, call{args: append(strings.Fields(name), "--help"), env: []string{"COLUMNS=" + columns}})
				told(t, got)
				if got.exit != ok || !strings.HasPrefix(got.stdout, "schakel ") || got.stderr != "" {
					t.Errorf("%s --help: got exit %d\n%s%s", name, got.exit, got.stdout, got.stderr)
				}
			}
		})
	}
}

// oldCertificate writes a certificate that was good for the year 2020.
func oldCertificate(t *testing.T, out io.Writer) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	if err := pem.Encode(out, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
		t.Fatal(err)
	}
}
