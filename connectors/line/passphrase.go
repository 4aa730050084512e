package line

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/term"

	"schakel/pki"
	"schakel/schemas"
)

// Passphrase reads a passphrase from a private file, or asks for it on the
// terminal. Where there is neither, the refusal names the option for the file.
func (s *Session) Passphrase(file, question, option string) ([]byte, error) {
	if file != "" {
		data, err := pki.ReadPrivate(file)
		if err != nil && schemas.Refused(err) == nil {
			return nil, schemas.Refuse("file.read", filepath.Base(file))
		}
		if err != nil {
			return nil, err
		}
		return pki.TrimPassphrase(data)
	}
	terminal, ok := s.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return nil, schemas.Refuse("usage.passphrase", option)
	}
	fmt.Fprint(s.Stderr, schemas.Say(s.Language(), question)+" ")
	passphrase, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(s.Stderr)
	return passphrase, err
}

// NewPassphrase is [Session.Passphrase] for a passphrase that does not exist yet:
// what nobody can see being typed is asked for twice.
func (s *Session) NewPassphrase(file, question, option string) ([]byte, error) {
	first, err := s.Passphrase(file, question, option)
	if err != nil || file != "" {
		return first, err
	}
	second, err := s.Passphrase(file, "passphrase.again", option)
	if err == nil && !bytes.Equal(first, second) {
		return nil, schemas.Refuse("key.passphrase-differs", "")
	}
	return first, err
}

// unlock asks for a passphrase up to three times, slower each time, until it
// opens what is somebody's.
func (s *Session) unlock(file, question, option, whose string, open func([]byte) error) error {
	for wait := time.Second; ; wait *= 2 {
		passphrase, err := s.Passphrase(file, question, option)
		if err != nil {
			return err
		}
		err = WrongPassphrase(open(passphrase), file, whose)
		refusal := schemas.Refused(err)
		if refusal == nil || refusal.Code != "key.passphrase" || file != "" {
			return err
		}
		time.Sleep(wait)
		if wait == 4*time.Second {
			return err
		}
		s.Note("passphrase.wrong")
	}
}

// WrongPassphrase says, where a passphrase did not open, in which file it stood,
// or whose it should have been.
func WrongPassphrase(err error, file, whose string) error {
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "key.passphrase" {
		return err
	}
	if file != "" {
		whose = filepath.Base(file)
	}
	return schemas.Refuse("key.passphrase", whose)
}

// isTerminal reports whether a reader is a person's terminal.
func isTerminal(reader io.Reader) bool {
	file, ok := reader.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
