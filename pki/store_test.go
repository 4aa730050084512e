package pki_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"schakel/pki"
	"schakel/schemas"
)

// quick are the least parameters that a key file may have.
var quick = pki.KDF{Name: "argon2id", Time: 1, Memory: 8192, Threads: 1}

var passphrase = []byte("correct horse battery staple")

func newStore(t *testing.T) (dir string, store *pki.FileStore) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "keys")
	store, err := pki.CreateStore(dir, passphrase, quick)
	if err != nil {
		t.Fatal(err)
	}
	return dir, store
}

func TestAStoreGivesBackWhatWasPut(t *testing.T) {
	dir, store := newStore(t)
	secret := v4().Gateway
	if err := store.Put("openpgp", secret.SecretBytes()); err != nil {
		t.Fatal(err)
	}
	store, err := pki.OpenStore(dir, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	got, err := store.OpenPGP("openpgp")
	if err != nil || got.Fingerprint != secret.Fingerprint {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = store.Get("nothing")
	refused(t, err, "key.missing")
}

func TestNothingOfASecretIsReadableOnDisk(t *testing.T) {
	dir, store := newStore(t)
	marker := []byte("a-marker-to-be-found-nowhere")
	if err := store.Put("marker", marker); err != nil {
		t.Fatal(err)
	}
	for _, entry := range must(os.ReadDir(dir)) {
		info := must(entry.Info())
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", entry.Name(), info.Mode())
		}
		if bytes.Contains(must(os.ReadFile(filepath.Join(dir, entry.Name()))), marker) {
			t.Errorf("%s holds the secret in the clear", entry.Name())
		}
	}
	if info := must(os.Stat(dir)); info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v", info.Mode())
	}
}

func TestNothingInAStoreIsOverwritten(t *testing.T) {
	dir, store := newStore(t)
	if err := store.Put("once", []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := store.Put("once", []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second secret of a name: got %v", err)
	}
	if _, err := pki.CreateStore(dir, passphrase, quick); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second store in a folder: got %v", err)
	}
	if got := must(store.Get("once")); string(got) != "first" {
		t.Errorf("got %q", got)
	}
}

func TestANameOfASecretIsNoPath(t *testing.T) {
	_, store := newStore(t)
	for _, name := range []string{"", "../escape", "a/b", "UPPER", ".hidden", "-dash", strings.Repeat("x", 62)} {
		if err := store.Put(name, []byte("x")); err == nil {
			t.Errorf("put under %q", name)
		}
		if _, err := store.Get(name); err == nil {
			t.Errorf("got from %q", name)
		}
	}
}

func TestAPassphraseIsLongAndTheRightOne(t *testing.T) {
	_, err := pki.CreateStore(t.TempDir(), []byte("nineteen characters"), quick)
	refused(t, err, "key.passphrase-short")
	dir := filepath.Join(t.TempDir(), "keys")
	if _, err := pki.CreateStore(dir, []byte(strings.Repeat("é", pki.MinPassphrase)), quick); err != nil {
		t.Errorf("twenty characters of two octets each: %v", err)
	}
	dir, _ = newStore(t)
	for _, wrong := range []string{"", "correct horse battery stapler", "Correct horse battery staple"} {
		_, err := pki.OpenStore(dir, []byte(wrong))
		refused(t, err, "key.passphrase")
	}
}

func TestADamagedKeyFileIsRefused(t *testing.T) {
	dir, _ := newStore(t)
	path := filepath.Join(dir, "home.key")
	honest := string(must(os.ReadFile(path)))
	wrapped := strings.Index(honest, `"wrapped":"`) + len(`"wrapped":"`)
	for _, c := range []struct {
		name    string
		content string
		code    schemas.Code
	}{
		{"empty", "", "key.file"},
		{"cut short", honest[:len(honest)/2], "key.file"},
		{"not JSON", "hello", "key.file"},
		{"unknown member", `{"hint":"horse",` + honest[1:], "key.file"},
		{"another function", strings.Replace(honest, "argon2id", "argon2i", 1), "key.file"},
		{"more memory than a laptop has", strings.Replace(honest, "8192", "262145", 1), "key.file"},
		{"less memory than is safe", strings.Replace(honest, "8192", "8191", 1), "key.file"},
		{"no rounds", strings.Replace(honest, `"time":1`, `"time":0`, 1), "key.file"},
		{"not base64", honest[:wrapped] + "!" + honest[wrapped+1:], "key.file"},
		{"another wrapped key", honest[:wrapped] + flip(honest[wrapped]) + honest[wrapped+1:], "key.passphrase"},
		{"other parameters", strings.Replace(honest, `"time":1`, `"time":2`, 1), "key.passphrase"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := pki.OpenStore(dir, passphrase)
			refused(t, err, c.code)
		})
	}
}

func flip(letter byte) string {
	if letter == 'A' {
		return "B"
	}
	return "A"
}

func TestASecretWithOneOctetChangedIsRefused(t *testing.T) {
	dir, store := newStore(t)
	if err := store.Put("secret", []byte("the secret")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "secret.secret")
	honest := must(os.ReadFile(path))
	for i := range honest {
		changed := bytes.Clone(honest)
		changed[i] ^= 1
		if err := os.WriteFile(path, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.Get("secret")
		refused(t, err, "key.file")
	}
	for _, n := range []int{0, 11, len(honest) - 1} {
		if err := os.WriteFile(path, honest[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.Get("secret")
		refused(t, err, "key.file")
	}
}

func TestASecretUnderAnotherNameIsRefused(t *testing.T) {
	dir, store := newStore(t)
	if err := store.Put("one", []byte("the secret")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "one.secret"), filepath.Join(dir, "two.secret")); err != nil {
		t.Fatal(err)
	}
	_, err := store.Get("two")
	refused(t, err, "key.file")
}

func TestAStoreThatOthersMayReadIsNotOpened(t *testing.T) {
	for _, c := range []struct {
		name   string
		loosen func(dir string) error
		code   schemas.Code
	}{
		{"folder for the group", func(dir string) error { return os.Chmod(dir, 0o750) }, "key.dir-mode"},
		{"folder for all", func(dir string) error { return os.Chmod(dir, 0o701) }, "key.dir-mode"},
		{"file for the group", func(dir string) error { return os.Chmod(filepath.Join(dir, "home.key"), 0o640) }, "key.file-mode"},
		{"file for all", func(dir string) error { return os.Chmod(filepath.Join(dir, "home.key"), 0o604) }, "key.file-mode"},
		{"folder that is a link", func(dir string) error { return link(dir) }, "key.symlink"},
		{"file that is a link", func(dir string) error { return link(filepath.Join(dir, "home.key")) }, "key.symlink"},
		{"file that is a folder", func(dir string) error {
			return replace(filepath.Join(dir, "home.key"), func(path string) error { return os.Mkdir(path, 0o700) })
		}, "key.file-mode"},
		{"no file", func(dir string) error { return os.Remove(filepath.Join(dir, "home.key")) }, "key.missing"},
		{"no folder", os.RemoveAll, "key.missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, _ := newStore(t)
			if err := c.loosen(dir); err != nil {
				t.Fatal(err)
			}
			_, err := pki.OpenStore(dir, passphrase)
			refused(t, err, c.code)
		})
	}
}

func TestNoStoreIsMadeInAFolderThatOthersMayEnter(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := pki.CreateStore(dir, passphrase, quick)
	refused(t, err, "key.dir-mode")
}

// link moves what lies at a path aside and puts a link in its place.
func link(path string) error {
	if err := os.Rename(path, path+".real"); err != nil {
		return err
	}
	return os.Symlink(path+".real", path)
}

func replace(path string, with func(string) error) error {
	if err := os.Remove(path); err != nil {
		return err
	}
	return with(path)
}

func TestAFileOfTheHomeOpensUnderItsNameOnly(t *testing.T) {
	dir, store := newStore(t)
	sealed := store.Seal("inbox/1", []byte("content"))
	again := must(pki.OpenStore(dir, passphrase))
	if got, err := again.Open("inbox/1", sealed); err != nil || string(got) != "content" {
		t.Errorf("got %q, %v", got, err)
	}
	_, err := store.Open("inbox/2", sealed)
	refused(t, err, "store.damaged")
	_, err = store.Open("inbox/1", nil)
	refused(t, err, "store.damaged")
	_, other := newStore(t)
	_, err = other.Open("inbox/1", sealed)
	refused(t, err, "store.damaged")
}

func TestAWrappedKeyIsBoundToItsWrappingKeyAndItsContext(t *testing.T) {
	_, store := newStore(t)
	ctx := context.Background()
	wrapped := must(store.Wrap(ctx, "cases", []byte("key of a case"), []byte("case 7")))
	if got, err := store.Unwrap(ctx, "cases", wrapped, []byte("case 7")); err != nil || string(got) != "key of a case" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := store.Unwrap(ctx, "others", wrapped, []byte("case 7")); err == nil {
		t.Error("unwrapped with another key")
	}
	if _, err := store.Unwrap(ctx, "cases", wrapped, []byte("case 8")); err == nil {
		t.Error("unwrapped in another context")
	}
}

func TestOneLineEndingOfAPassphraseFileIsNoPartOfIt(t *testing.T) {
	for file, want := range map[string]string{
		"words": "words", "words\n": "words", "words\r\n": "words", " words ": " words ", "": "",
	} {
		if got, err := pki.TrimPassphrase([]byte(file)); err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v", file, got, err)
		}
	}
	for _, file := range []string{"two\nlines", "words\n\n", "\nwords", "old\rmac"} {
		_, err := pki.TrimPassphrase([]byte(file))
		refused(t, err, "key.passphrase-lines")
	}
}

func TestTheCheaperParametersAreThoseWithLessMemory(t *testing.T) {
	if pki.GatewayKDF.AtMost(pki.FieldKDF) != pki.FieldKDF || pki.FieldKDF.AtMost(pki.GatewayKDF) != pki.FieldKDF {
		t.Error("the dearer ones were taken")
	}
	for _, kdf := range []pki.KDF{pki.GatewayKDF, pki.FieldKDF, quick} {
		if err := schemas.Validate(&kdf); err != nil {
			t.Errorf("%+v: %v", kdf, err)
		}
	}
}
