package line

import (
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
// terminal.
func (s *Session) Passphrase(file, question string) ([]byte, error) {
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
		return nil, schemas.Refuse("usage.passphrase", "--passphrase-file")
	}
	fmt.Fprint(s.Stderr, schemas.Say(s.Language(), question)+" ")
	passphrase, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(s.Stderr)
	return passphrase, err
}

// unlock asks for a passphrase up to three times, slower each time, until it
// opens.
func (s *Session) unlock(file, question string, open func([]byte) error) error {
	for wait := time.Second; ; wait *= 2 {
		passphrase, err := s.Passphrase(file, question)
		if err != nil {
			return err
		}
		err = open(passphrase)
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

// isTerminal reports whether a reader is a person's terminal.
func isTerminal(reader io.Reader) bool {
	file, ok := reader.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
