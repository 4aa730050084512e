package connectors

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/sumdb/note"

	"schakel/pki"
	"schakel/schemas"
)

// Config is a partner's connector.yaml. Unknown keys are refused.
type Config struct {
	Partner   string `yaml:"partner"`          // id in the directory
	Connector string `yaml:"connector"`        // which workstation of the partner this is
	Officer   string `yaml:"officer"`          // who acts when a draft does not say
	Broker    string `yaml:"broker"`           // tls://host:port of the NATS server
	Mailbox   string `yaml:"mailbox"`          // pseudonym under which the broker knows us
	Language  string `yaml:"language"`         // of messages and of what is shown: nl or en
	Folder    string `yaml:"folder,omitempty"` // directory of the folder door; absent: no door
}

// Home is a partner's directory on disk, unlocked.
type Home struct {
	Dir      string
	Config   Config
	Anchors  *pki.Anchors
	Verifier note.Verifier // of the log
	store    *pki.FileStore
	secret   *pki.Secret
	self     *pki.Partner
	lock     *os.File
}

// Names of files in a home.
const (
	configFile   = "connector.yaml"
	trustFile    = "trust.json"
	keysDir      = "keys"
	directoryDir = "directory"
	outboxDir    = "outbox"
	sentDir      = "sent"
	inboxDir     = "inbox"
	sourcesDir   = "sources"
	officersDir  = "officers"
	lockFile     = "lock"
	socketFile   = "socket"

	certificateFile = "tls.crt"
)

// maxConfig bounds connector.yaml.
const maxConfig = 64 << 10

// Secrets in a home's key store.
const (
	SecretOpenPGP = "openpgp"
	SecretNATS    = "nats"
	SecretTLS     = "tls"
)

// OpenHome unlocks a home for one process. A home that another process has open
// is refused with state.locked and the process's number.
func OpenHome(dir string, passphrase []byte) (*Home, error) {
	h := &Home{Dir: dir}
	if err := h.readConfig(); err != nil {
		return nil, err
	}
	var err error
	if h.store, err = pki.OpenStore(filepath.Join(dir, keysDir), passphrase); err != nil {
		return nil, err
	}
	if err := h.acquire(); err != nil {
		return nil, err
	}
	if err := h.load(); err != nil {
		h.Close()
		return nil, err
	}
	return h, nil
}

// Close releases the home.
func (h *Home) Close() error {
	if h.lock == nil {
		return nil
	}
	return h.lock.Close()
}

// ReadConfig reads a home's configuration without unlocking it.
func ReadConfig(dir string) (Config, error) {
	h := &Home{Dir: dir}
	err := h.readConfig()
	return h.Config, err
}

func (h *Home) readConfig() error {
	text, err := ReadFile(filepath.Join(h.Dir, configFile), maxConfig)
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "file.not-found" {
		return schemas.Refuse("state.no-home", "")
	}
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&h.Config); err != nil && err != io.EOF {
		return configRefusal(err)
	}
	if decoder.Decode(&yaml.Node{}) != io.EOF { // a second document would be left unread
		return schemas.Refuse("config.syntax", configFile)
	}
	return h.Config.check()
}

// lineNumber finds the place in the words of the YAML decoder.
var lineNumber = regexp.MustCompile(`line ([0-9]+)`)

// configRefusal names the line of what is wrong, never its content.
func configRefusal(err error) error {
	text := err.Error()
	at := configFile
	if number := lineNumber.FindStringSubmatch(text); number != nil {
		at += ":" + number[1]
	}
	switch {
	case strings.Contains(text, "already defined"):
		return schemas.Refuse("config.twice", at)
	case strings.Contains(text, "not found in type"):
		return schemas.Refuse("config.unknown", at)
	}
	return schemas.Refuse("config.syntax", at)
}

// Forms of what becomes part of an address or a subject at the broker.
var (
	brokerAddress = regexp.MustCompile(`^tls://([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}$`)
	mailboxName   = regexp.MustCompile(`^[a-z0-9]{1,32}$`)
)

func (c Config) check() error {
	switch {
	case !strings.HasPrefix(c.Broker, "tls://"):
		return schemas.Refuse("config.plaintext", configFile)
	case !brokerAddress.MatchString(c.Broker), !mailboxName.MatchString(c.Mailbox),
		!schemas.Matches("partner", c.Partner), !schemas.Matches("connector", c.Connector),
		c.Officer != "" && !schemas.Matches("officer", c.Officer), c.Language != "" && !slices.Contains(schemas.Languages, c.Language):
		return schemas.Refuse("config.value", configFile)
	}
	return nil
}

// acquire takes the home for this process.
func (h *Home) acquire() error {
	file, err := os.OpenFile(filepath.Join(h.Dir, lockFile), os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if errors.Is(err, syscall.ELOOP) {
		return schemas.Refuse("key.symlink", lockFile)
	}
	if err != nil {
		return fmt.Errorf("lock home: %w", err)
	}
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		var owner int
		fmt.Fscan(file, &owner)
		file.Close()
		return schemas.Refuse("state.locked", fmt.Sprintf("process %d", owner))
	}
	file.Truncate(0)
	fmt.Fprintf(file, "%d\n", os.Getpid())
	h.lock = file
	return nil
}

// load reads what the home believes and who it is.
func (h *Home) load() error {
	document, err := os.ReadFile(filepath.Join(h.Dir, trustFile))
	if errors.Is(err, fs.ErrNotExist) {
		return schemas.Refuse("key.missing", trustFile)
	}
	if err != nil {
		return fmt.Errorf("read trust: %w", err)
	}
	if h.Anchors, err = pki.OpenTrust(document); err != nil {
		return err
	}
	if h.Verifier, err = note.NewVerifier(h.Anchors.LogKey); err != nil {
		return schemas.Refuse("key.log", trustFile)
	}
	if h.secret, err = h.store.OpenPGP(SecretOpenPGP); err != nil {
		return err
	}
	if h.self, err = h.Partner(h.Config.Partner); err != nil {
		return err
	}
	for _, dir := range []string{outboxDir, sentDir, inboxDir, sourcesDir} {
		if err := os.MkdirAll(filepath.Join(h.Dir, dir), 0o700); err != nil {
			return fmt.Errorf("open home: %w", err)
		}
	}
	return nil
}

// CheckCertificate refuses a TLS certificate that is not valid at a moment, and
// names the days between which it is.
func (h *Home) CheckCertificate(now time.Time) error {
	document, err := ReadFile(filepath.Join(h.Dir, certificateFile), maxConfig)
	if err != nil {
		return schemas.Refuse("net.certificate", certificateFile)
	}
	block, _ := pem.Decode(document)
	if block == nil {
		return schemas.Refuse("net.certificate", certificateFile)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return schemas.Refuse("net.certificate", certificateFile)
	}
	if now.Before(certificate.NotBefore) || now.After(certificate.NotAfter) {
		return schemas.Refuse("net.certificate", certificateFile+" "+certificate.NotBefore.Format(time.DateOnly)+"/"+certificate.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// Partner reads a partner's record that the home holds; route.recipient when it
// holds none.
func (h *Home) Partner(id string) (*pki.Partner, error) {
	if !schemas.Matches("partner", id) {
		return nil, schemas.Refuse("route.recipient", "")
	}
	signed, err := os.ReadFile(filepath.Join(h.Dir, directoryDir, id+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, schemas.Refuse("route.recipient", "")
	}
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	return h.Anchors.OpenPartner(signed)
}

// Partners lists the ids of the records that the home holds.
func (h *Home) Partners() []string {
	var ids []string
	entries, _ := os.ReadDir(filepath.Join(h.Dir, directoryDir))
	for _, entry := range entries {
		if id, ok := strings.CutSuffix(entry.Name(), ".json"); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// learn keeps a newer record of a partner, already verified.
func (h *Home) learn(partner *pki.Partner) error {
	if known, err := h.Partner(partner.ID); err == nil && known.Version >= partner.Version {
		return nil
	}
	if err := writeFile(filepath.Join(h.Dir, directoryDir, partner.ID+".json"), partner.Signed); err != nil {
		return err
	}
	if partner.ID == h.self.ID {
		h.self = partner
	}
	return nil
}

// OfficerKey unlocks an officer's own key with his own passphrase.
func (h *Home) OfficerKey(officer string, passphrase []byte) (*pki.Secret, error) {
	if !schemas.Matches("officer", officer) {
		return nil, schemas.Refuse("route.officer", "")
	}
	dir := filepath.Join(h.Dir, officersDir, officer)
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil, schemas.Refuse("route.officer", "")
	}
	store, err := pki.OpenStore(dir, passphrase)
	if err != nil {
		return nil, err
	}
	return store.OpenPGP(SecretOpenPGP)
}

// keepSource seals who told a story under the source's number, and reports whether
// that is new. A number that stands for somebody else is refused: nobody is
// replaced.
func (h *Home) keepSource(number string, identity map[string]string) (isNew bool, err error) {
	name := number + ".src"
	if h.holds(sourcesDir, name) {
		known, err := h.Source(number)
		if err == nil && !maps.Equal(known, identity) {
			err = schemas.Refuse("state.source-taken", "/source_identity")
		}
		return false, err
	}
	sealed := h.store.Seal(sourcesDir+"/"+name, schemas.Encode(identity))
	return true, writeFile(filepath.Join(h.Dir, sourcesDir, name), sealed)
}

// dropSource takes back what was kept for a message that was not accepted.
func (h *Home) dropSource(number string) { os.Remove(filepath.Join(h.Dir, sourcesDir, number+".src")) }

// ReadSource opens what was kept under a source's number, with the passphrase of
// the home. It changes nothing, and works beside a service that has the home open.
func ReadSource(dir string, passphrase []byte, number string) (map[string]string, error) {
	store, err := pki.OpenStore(filepath.Join(dir, keysDir), passphrase)
	if err != nil {
		return nil, err
	}
	return (&Home{Dir: dir, store: store}).Source(number)
}

// Source opens what was kept under a source's number.
func (h *Home) Source(number string) (map[string]string, error) {
	if !schemas.Matches("source-number", number) {
		return nil, schemas.Refuse("state.unknown-source", "")
	}
	name := number + ".src"
	sealed, err := os.ReadFile(filepath.Join(h.Dir, sourcesDir, name))
	if err != nil {
		return nil, schemas.Refuse("state.unknown-source", "")
	}
	data, err := h.store.Open(sourcesDir+"/"+name, sealed)
	if err != nil {
		return nil, err
	}
	var identity map[string]string
	return identity, decode(data, &identity)
}

// writeFile replaces a file whole: written beside it, synced, renamed, and the
// directory synced. When it returns, a crash leaves the new file.
func writeFile(path string, data []byte) error {
	temp := path + ".tmp"
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return storeFault(err)
	}
	if _, err := file.Write(data); err != nil {
		file.Close()
		os.Remove(temp)
		return storeFault(err)
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		os.Remove(temp)
		return storeFault(err)
	}
	if err := os.Rename(temp, path); err != nil {
		return storeFault(err)
	}
	return syncDir(filepath.Dir(path))
}

// storeFault names the one fault of a disk that its owner can mend: no room, or
// no more room for us.
func storeFault(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return schemas.Refuse("store.disk-full", "")
	}
	return fmt.Errorf("write home: %w", err)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write home: %w", err)
	}
	return errors.Join(d.Sync(), d.Close())
}

func encodeBytes(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
