package pki

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"schakel/schemas"
)

// KDF are the Argon2id parameters of a key file (RFC 9106). They stand in the
// file, so that a field laptop can open what it can compute.
type KDF struct {
	Name    string `json:"name" validate:"eq=argon2id"`
	Time    uint32 `json:"time" validate:"min=1,max=10"`
	Memory  uint32 `json:"memory_kib" validate:"min=8192,max=262144"`
	Threads uint8  `json:"threads" validate:"min=1,max=4"`
}

// Parameters for homes: a gateway's takes 256 MiB, a field laptop's 32 MiB.
var (
	GatewayKDF = KDF{"argon2id", 3, 256 << 10, 4}
	FieldKDF   = KDF{"argon2id", 4, 32 << 10, 1}
)

// MinPassphrase is the least length of a passphrase in characters: six diceware
// words are longer.
const MinPassphrase = 20

// keyFile is the file that a passphrase opens: the key of all other files,
// wrapped.
type keyFile struct {
	KDF     KDF    `json:"kdf"`
	Salt    string `json:"salt" validate:"required,max=64"`
	Wrapped string `json:"wrapped" validate:"required,max=256"`
}

const keyFileName = "home.key"

// FileStore keeps secrets in files, each encrypted under one key, which is
// encrypted under a passphrase. Destroying home.key destroys everything. The
// directory must be 0700 and the files 0600, ours, and no links.
type FileStore struct {
	dir  string
	aead cipher.AEAD
	key  []byte
}

// CreateStore makes a store with a new key. The directory must not hold one.
func CreateStore(dir string, passphrase []byte, kdf KDF) (*FileStore, error) {
	if utf8.RuneCount(passphrase) < MinPassphrase {
		return nil, schemas.Refuse("key.passphrase-short", "")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create key store: %w", err)
	}
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	salt, key := make([]byte, 16), make([]byte, 32)
	rand.Read(salt)
	rand.Read(key)
	wrapping, err := newGCM(kdf.derive(passphrase, salt))
	if err != nil {
		return nil, err
	}
	file := keyFile{kdf, base64.StdEncoding.EncodeToString(salt), base64.StdEncoding.EncodeToString(sealGCM(wrapping, key, keyFileName))}
	if err := writeNew(filepath.Join(dir, keyFileName), schemas.Encode(file)); err != nil {
		return nil, fmt.Errorf("create key store: %w", err)
	}
	return newStore(dir, key)
}

// OpenStore opens a store with its passphrase. A wrong one is refused with
// key.passphrase.
func OpenStore(dir string, passphrase []byte) (*FileStore, error) {
	if err := checkDir(dir); err != nil {
		return nil, err
	}
	document, err := ReadPrivate(filepath.Join(dir, keyFileName))
	if err != nil {
		return nil, err
	}
	var file keyFile
	if err := schemas.Decode(document, &file); err != nil {
		return nil, schemas.Refuse("key.file", keyFileName)
	}
	salt, err1 := base64.StdEncoding.DecodeString(file.Salt)
	wrapped, err2 := base64.StdEncoding.DecodeString(file.Wrapped)
	if err1 != nil || err2 != nil {
		return nil, schemas.Refuse("key.file", keyFileName)
	}
	wrapping, err := newGCM(file.KDF.derive(passphrase, salt))
	if err != nil {
		return nil, err
	}
	key, err := openGCM(wrapping, wrapped, keyFileName)
	if err != nil {
		return nil, schemas.Refuse("key.passphrase", "")
	}
	return newStore(dir, key)
}

// AtMost is the cheaper of two parameters.
func (k KDF) AtMost(other KDF) KDF {
	if other.Memory < k.Memory {
		return other
	}
	return k
}

// derive makes the wrapping key, and gives the memory back at once: on a field
// laptop it is more than all that the program holds later.
func (k KDF) derive(passphrase, salt []byte) []byte {
	key := argon2.IDKey(passphrase, salt, k.Time, k.Memory, k.Threads, 32)
	if k.Memory >= FieldKDF.Memory {
		debug.FreeOSMemory()
	}
	return key
}

func newStore(dir string, key []byte) (*FileStore, error) {
	aead, err := newGCM(key)
	return &FileStore{dir, aead, key}, err
}

// secretName bounds what can be a file name.
var secretName = regexp.MustCompile(`^[a-z][a-z0-9.-]{0,60}$`)

// Put stores a secret under a name that is not taken.
func (s *FileStore) Put(name string, secret []byte) error {
	if !secretName.MatchString(name) {
		return fmt.Errorf("put secret: bad name")
	}
	return writeNew(filepath.Join(s.dir, name+".secret"), sealGCM(s.aead, secret, name))
}

// Get returns a secret.
func (s *FileStore) Get(name string) ([]byte, error) {
	if !secretName.MatchString(name) {
		return nil, fmt.Errorf("get secret: bad name")
	}
	sealed, err := ReadPrivate(filepath.Join(s.dir, name+".secret"))
	if err != nil {
		return nil, err
	}
	secret, err := openGCM(s.aead, sealed, name)
	if err != nil {
		return nil, schemas.Refuse("key.file", name)
	}
	return secret, nil
}

// OpenPGP returns a stored OpenPGP key.
func (s *FileStore) OpenPGP(name string) (*Secret, error) {
	raw, err := s.Get(name)
	if err != nil {
		return nil, err
	}
	return ParseSecret(raw, nil)
}

// Seal and Open encrypt a home's own files under the home's key. name is bound
// to the content: a file moved to another name does not open.
func (s *FileStore) Seal(name string, data []byte) []byte { return sealGCM(s.aead, data, "file/"+name) }

// Open is described at Seal.
func (s *FileStore) Open(name string, sealed []byte) ([]byte, error) {
	data, err := openGCM(s.aead, sealed, "file/"+name)
	if err != nil {
		return nil, schemas.Refuse("store.damaged", name)
	}
	return data, nil
}

// Wrap encrypts a key under a named key of the store.
func (s *FileStore) Wrap(_ context.Context, name string, key, context []byte) ([]byte, error) {
	aead, err := s.named(name)
	if err != nil {
		return nil, err
	}
	return sealGCM(aead, key, string(context)), nil
}

// Unwrap decrypts what Wrap encrypted.
func (s *FileStore) Unwrap(_ context.Context, name string, wrapped, context []byte) ([]byte, error) {
	aead, err := s.named(name)
	if err != nil {
		return nil, err
	}
	return openGCM(aead, wrapped, string(context))
}

// named derives a key of the store for one purpose.
func (s *FileStore) named(name string) (cipher.AEAD, error) {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte("wrap/" + name))
	return newGCM(mac.Sum(nil))
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func sealGCM(aead cipher.AEAD, data []byte, context string) []byte {
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(data)+aead.Overhead())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, data, []byte(context))
}

func openGCM(aead cipher.AEAD, sealed []byte, context string) ([]byte, error) {
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("sealed data are too short")
	}
	return aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(context))
}

// ReadPrivate reads a file that only its owner may read: a regular file, no
// link, mode 0600 or less.
func ReadPrivate(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, schemas.Refuse("key.missing", filepath.Base(path))
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", path, err)
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, schemas.Refuse("key.symlink", filepath.Base(path))
	case !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0:
		return nil, schemas.Refuse("key.file-mode", filepath.Base(path))
	}
	return os.ReadFile(path)
}

// checkDir refuses a key directory that others may enter or that is a link.
func checkDir(dir string) error {
	info, err := os.Lstat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return schemas.Refuse("key.missing", filepath.Base(dir))
	case err != nil:
		return fmt.Errorf("open key store: %w", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return schemas.Refuse("key.symlink", filepath.Base(dir))
	case info.Mode().Perm()&0o077 != 0:
		return schemas.Refuse("key.dir-mode", filepath.Base(dir))
	}
	return nil
}

// writeNew writes a file that must not exist, and syncs it and its directory.
func writeNew(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		file.Close()
		return err
	}
	if err := errors.Join(file.Sync(), file.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// TrimPassphrase takes the one line ending off a passphrase read from a file. A
// second line is refused: which one was meant?
func TrimPassphrase(data []byte) ([]byte, error) {
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if strings.ContainsAny(text, "\r\n") {
		return nil, schemas.Refuse("key.passphrase-lines", "")
	}
	return []byte(text), nil
}
