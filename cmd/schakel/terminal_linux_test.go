package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// terminal is a person's: what he sees, and what he types into.
type terminal struct {
	t      *testing.T
	keys   *os.File
	inside *os.File
	screen *guarded
}

// newTerminal opens a terminal of a size.
func newTerminal(t *testing.T, columns, lines uint16) *terminal {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var unlock, number int32
	control(t, keys, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	control(t, keys, syscall.TIOCGPTN, unsafe.Pointer(&number))
	control(t, keys, syscall.TIOCSWINSZ, unsafe.Pointer(&[4]uint16{lines, columns}))
	inside, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t, keys, inside, &guarded{}}
	read := make(chan struct{})
	go func() {
		defer close(read)
		buffer := make([]byte, 4096)
		for {
			n, err := keys.Read(buffer)
			if err != nil {
				return
			}
			term.screen.Write(buffer[:n])
		}
	}()
	t.Cleanup(func() {
		inside.Close()
		<-read
		keys.Close()
	})
	return term
}

func control(t *testing.T, file *os.File, request uintptr, argument unsafe.Pointer) {
	t.Helper()
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, file.Fd(), request, uintptr(argument)); errno != 0 {
		t.Fatal(errno)
	}
}

// run starts the program at the terminal.
func (term *terminal) run(dir string, args ...string) *exec.Cmd {
	term.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	term.t.Cleanup(cancel)
	cmd := command(ctx, call{args: args, dir: dir})
	cmd.Stdin, cmd.Stdout, cmd.Stderr = term.inside, term.inside, term.inside
	if err := cmd.Start(); err != nil {
		term.t.Fatal(err)
	}
	return cmd
}

// answers types a line once the program asks for it, that is, when the terminal
// no longer shows what is typed.
func (term *terminal) answers(text string) {
	term.t.Helper()
	eventually(term.t, "the program asks: "+term.screen.String(), func() bool {
		var settings syscall.Termios
		control(term.t, term.keys, syscall.TCGETS, unsafe.Pointer(&settings))
		return settings.Lflag&syscall.ECHO == 0
	})
	if _, err := term.keys.WriteString(text + "\n"); err != nil {
		term.t.Fatal(err)
	}
	eventually(term.t, "the program takes the answer", func() bool {
		var settings syscall.Termios
		control(term.t, term.keys, syscall.TCGETS, unsafe.Pointer(&settings))
		return settings.Lflag&syscall.ECHO != 0
	})
}

// shows waits for a text on the screen.
func (term *terminal) shows(text string) {
	term.t.Helper()
	eventually(term.t, "the screen shows "+text+": "+term.screen.String(), func() bool { return strings.Contains(term.screen.String(), text) })
}

// A person who mistypes may try three times, slower each time, and is not locked
// out; what is typed is never shown.
func TestAPersonMayTryThreePassphrases(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	term := newTerminal(t, 80, 24)
	began := time.Now()
	cmd := term.run(dir, "inbox", "--home", "ngo-luz")
	for range 3 {
		term.answers(marker)
	}
	cmd.Wait()
	if exit := cmd.ProcessState.ExitCode(); exit != wrong || time.Since(began) < 7*time.Second {
		t.Errorf("got exit %d after %v, want %d after 1 + 2 + 4 s", exit, time.Since(began), wrong)
	}
	term.shows("[key.passphrase]")
	if strings.Contains(term.screen.String(), marker) {
		t.Errorf("the passphrase is on the screen:\n%s", term.screen)
	}
	cmd = term.run(dir, "inbox", "--home", "ngo-luz")
	term.answers(marker)
	term.answers(passphrase)
	if err := cmd.Wait(); err != nil {
		t.Errorf("the right passphrase: %v\n%s", err, term.screen)
	}
}

// A passphrase that does not exist yet is asked for twice: a slip of the finger
// would lock its owner out for ever.
func TestANewPassphraseIsAskedForTwice(t *testing.T) {
	t.Parallel()
	dir := workplace(t)
	term := newTerminal(t, 80, 24)
	cmd := term.run(dir, "init", "gateway", "new")
	term.answers(passphrase + "\n" + passphrase + "x")
	cmd.Wait()
	term.shows("[key.passphrase-differs]")
	if exit := cmd.ProcessState.ExitCode(); exit != wrong {
		t.Errorf("two different ones: got exit %d, want %d", exit, wrong)
	}
	if _, err := os.Lstat(filepath.Join(dir, "new")); err == nil {
		t.Error("two different ones: something was made")
	}
	cmd = term.run(dir, "init", "gateway", "new")
	term.answers(passphrase + "\n" + passphrase)
	if err := cmd.Wait(); err != nil {
		t.Errorf("twice the same: %v\n%s", err, term.screen)
	}
}

// Without a file the program does not sit at a terminal and wait for JSON.
func TestADraftIsNotReadFromATerminal(t *testing.T) {
	t.Parallel()
	dir := workplace(t, "ngo-luz")
	for _, args := range []string{"submit @ngo-luz", "submit @ngo-luz -", "reply @ngo-luz 01939f2a"} {
		term := newTerminal(t, 80, 24)
		cmd := term.run(dir, words(args)...)
		cmd.Wait()
		term.shows("[usage.input]")
		if exit := cmd.ProcessState.ExitCode(); exit != wrong || accepted(t, filepath.Join(dir, "ngo-luz")) != 0 {
			t.Errorf("%s: got exit %d, want %d", args, exit, wrong)
		}
	}
}

// A terminal of no size, or of hardly any, is no reason to fail.
func TestHelpFitsATerminalOfAnySize(t *testing.T) {
	t.Parallel()
	for _, columns := range []uint16{0, 1, 20} {
		term := newTerminal(t, columns, 0)
		cmd := term.run("", "init", "partner", "--help")
		if err := cmd.Wait(); err != nil {
			t.Errorf("%d columns: %v\n%s", columns, err, term.screen)
		}
		term.shows("--passphrase-file")
	}
}
