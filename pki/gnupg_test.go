package pki_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

// gnupg is GnuPG with a home of its own.
type gnupg struct {
	t    *testing.T
	home string
}

func newGnuPG(t *testing.T) *gnupg {
	t.Helper()
	home, err := os.MkdirTemp("", "gpg") // short: the agent's socket lies in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("gpgconf", "--homedir", home, "--kill", "all").CombinedOutput(); err != nil {
			t.Errorf("stop the agent: %v: %s", err, out)
		}
		os.RemoveAll(home)
	})
	g := &gnupg{t, home}
	g.file("gpg-agent.conf", []byte("s2k-count 65536\n")) // else it counts to 65 million for each passphrase
	return g
}

// try runs gpg and returns what it wrote, its status lines, and how it ended.
func (g *gnupg) try(stdin []byte, args ...string) (stdout []byte, status string, err error) {
	g.t.Helper()
	var out, diagnostics bytes.Buffer
	common := []string{"--homedir", g.home, "--batch", "--yes", "--no-tty", "--status-fd", "2", "--pinentry-mode", "loopback", "--trust-model", "always"}
	if !strings.Contains(strings.Join(args, " "), "--passphrase") {
		common = append(common, "--passphrase", "")
	}
	cmd := exec.Command("gpg", append(common, args...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &diagnostics
	err = cmd.Run()
	return out.Bytes(), diagnostics.String(), err
}

func (g *gnupg) run(stdin []byte, args ...string) (stdout []byte, status string) {
	g.t.Helper()
	stdout, status, err := g.try(stdin, args...)
	if err != nil {
		g.t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, status)
	}
	return stdout, status
}

var created = regexp.MustCompile(`KEY_CREATED [BP] ([0-9A-F]{40})`)

// key makes a key as the commands of a handbook would: a primary key that
// certifies and signs, and a subkey that decrypts.
func (g *gnupg) key(name string, options ...string) string {
	g.t.Helper()
	_, status := g.run(nil, append(options, "--quick-generate-key", name, "ed25519", "cert,sign", "1y")...)
	fingerprint := created.FindStringSubmatch(status)[1]
	g.run(nil, append(options, "--quick-add-key", fingerprint, "cv25519", "encr", "6m")...)
	return fingerprint
}

func (g *gnupg) secret(name string) *pki.Secret {
	g.t.Helper()
	exported, _ := g.run(nil, "--export-secret-keys", name)
	return must(pki.ParseSecret(exported, nil))
}

func (g *gnupg) file(name string, data []byte) string {
	g.t.Helper()
	path := filepath.Join(g.home, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

// today is a world whose keys GnuPG, which has only the real clock, may use.
func today() *forge.World {
	return forge.NewWorld(pki.ProfileV4, time.Now().Add(-time.Hour))
}

func TestGnuPGSaysGoodSignatureOfAManifest(t *testing.T) {
	g, w := newGnuPG(t), today()
	s := w.Submission()
	g.run(w.Sender.Certificate.Armored(), "--import")
	manifest, signature := g.file("manifest.json", s.Honest.Manifest), g.file("manifest.sig", s.Honest.Signature)
	_, status := g.run(nil, "--verify", signature, manifest)
	for _, want := range []string{"Good signature", "GOODSIG", "VALIDSIG " + s.Key, "NOTATION_NAME context@schakel", "NOTATION_DATA manifest/1"} {
		if !strings.Contains(status, want) {
			t.Errorf("no %q in\n%s", want, status)
		}
	}

	g.file("manifest.json", append(s.Honest.Manifest, '\n'))
	if _, status, err := g.try(nil, "--verify", signature, manifest); err == nil || !strings.Contains(status, "BADSIG") {
		t.Errorf("changed manifest: got %v\n%s", err, status)
	}
}

// Without a checksum GnuPG 2.2 misreads every third armoured key.
func TestGnuPGReadsArmouredCertificatesOfEveryLength(t *testing.T) {
	g := newGnuPG(t)
	lengths := map[int]bool{}
	for _, name := range []string{"a", "ab", "abc"} {
		c := must(pki.Generate(name, pki.ProfileV4, now)).Certificate
		lengths[len(c.Bytes())%3] = true
		if _, status := g.run(c.Armored(), "--import"); !strings.Contains(status, "IMPORT_OK 1 "+c.Fingerprint) {
			t.Errorf("%d octets: %s", len(c.Bytes()), status)
		}
	}
	if len(lengths) != 3 {
		t.Errorf("got lengths %v modulo 3, want all", lengths)
	}
}

func TestGnuPGDecryptsWhatWasSealed(t *testing.T) {
	g, w := newGnuPG(t), today()
	g.run(w.Gateway.SecretBytes(), "--import")
	s := w.Submission()
	container, status := g.run(s.Sealed(), "--decrypt")
	if !bytes.Equal(container, s.Padded()) || !strings.Contains(status, "GOODMDC") {
		t.Errorf("got %d octets, status\n%s", len(container), status)
	}
}

func TestAKeyMadeByGnuPGSignsAndOpens(t *testing.T) {
	g, w := newGnuPG(t), today()
	fingerprint := g.key("bureau <bureau@example.org>")
	secret, at := g.secret(fingerprint), time.Now()
	if secret.Fingerprint != fingerprint || secret.SigningKey(at) != fingerprint {
		t.Errorf("got %s, signing with %s", secret.Fingerprint, secret.SigningKey(at))
	}
	signature, err := pki.Sign(secret, secret.SigningKey(at), pki.ContextManifest, []byte("data"), at)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Verify(secret.Certificate, fingerprint, pki.ContextManifest, []byte("data"), signature); err != nil {
		t.Error(err)
	}
	sealed, err := pki.Seal(&pki.Container{Proof: []byte("proof")}, secret.Certificate, secret.EncryptionKey(at), at)
	if err != nil {
		t.Fatal(err)
	}
	expect := w.Expect(pki.Answer)
	expect.Key = secret
	if _, err := pki.Open(sealed, expect); err != nil {
		t.Error(err)
	}
}

func TestAKeyLockedByGnuPGOpensWithItsPassphraseOnly(t *testing.T) {
	g := newGnuPG(t)
	fingerprint := g.key("locked", "--passphrase", "correct horse")
	exported, _ := g.run(nil, "--passphrase", "correct horse", "--armor", "--export-secret-keys", fingerprint)
	_, err := pki.ParseSecret(exported, []byte("correct house"))
	refused(t, err, "key.passphrase")
	secret, err := pki.ParseSecret(exported, []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Sign(secret, fingerprint, pki.ContextManifest, []byte("x"), time.Now()); err != nil {
		t.Error(err)
	}
}

func TestASignatureMadeByGnuPGIsJudgedAsTheProfileSays(t *testing.T) {
	g := newGnuPG(t)
	fingerprint := g.key("signer")
	certificate := g.secret(fingerprint).Certificate
	manifest := g.file("manifest.json", []byte("{\"what\":\"is signed\"}\n"))
	named, sha512 := []string{"--sig-notation", "context@schakel=manifest/1"}, []string{"--digest-algo", "SHA512"}
	for _, c := range []struct {
		name    string
		options [][]string
		code    schemas.Code
	}{
		{"as the handbook says", [][]string{named, sha512}, ""},
		{"without a context", [][]string{sha512}, "sig.context"},
		{"in another context", [][]string{{"--sig-notation", "context@schakel=approval/1"}, sha512}, "sig.context"},
		{"in two contexts", [][]string{named, {"--sig-notation", "context@schakel=approval/1"}, sha512}, "sig.context"},
		{"with a critical context", [][]string{{"--sig-notation", "!context@schakel=manifest/1"}, sha512}, "sig.critical"},
		{"with a note of its own", [][]string{named, {"--sig-notation", "note@example.org=hello"}, sha512}, ""},
		{"with SHA-256", [][]string{named, {"--digest-algo", "SHA256"}}, "sig.algorithm"},
		{"as text", [][]string{named, sha512, {"--textmode"}}, "sig.type"},
		{"with an end", [][]string{named, sha512, {"--default-sig-expire", "1d"}}, "sig.form"},
		{"armoured", [][]string{named, sha512, {"--armor"}}, "sig.form"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := &gnupg{t, g.home}
			args := []string{"--local-user", fingerprint, "--output", "-"}
			for _, option := range c.options {
				args = append(args, option...)
			}
			signature, _ := g.run(nil, append(args, "--detach-sign", manifest)...)
			data := must(os.ReadFile(manifest))
			_, err := pki.Verify(certificate, fingerprint, pki.ContextManifest, data, signature)
			wants(t, err, c.code)
		})
	}
}

// GnuPG gives the literal packet a date, which the profile does not want: what
// comes to the gateway is made by a connector.
func TestAMessagePackedByGnuPGIsNotOfTheProfile(t *testing.T) {
	g, w := newGnuPG(t), today()
	g.run(w.Gateway.Bytes(), "--import")
	padded := w.Submission().Padded()
	for options, code := range map[string]schemas.Code{
		"--compress-algo none":                   "profile.literal",
		"--compress-algo zip":                    "profile.form", // compressed packet without a length
		"--compress-algo none --throw-keyids":    "decrypt.not-for-us",
		"--compress-algo none --symmetric":       "profile.skesk",
		"--compress-algo none --cipher-algo AES": "profile.algorithm",
		"--armor":                                "drop.not-openpgp",
	} {
		t.Run(options, func(t *testing.T) {
			g := &gnupg{t, g.home}
			args := append(strings.Fields(options), "--encrypt", "--recipient", w.Gateway.Fingerprint, "--passphrase", "x")
			sealed, _ := g.run(padded, args...)
			_, err := pki.Open(sealed, w.Expect(pki.Submission))
			refused(t, err, code)
		})
	}
}

func TestAKeyRevokedWithGnuPGIsUsableAtNoTime(t *testing.T) {
	g := newGnuPG(t)
	fingerprint := g.key("revoked")
	before := g.secret(fingerprint)
	made := must(os.ReadFile(filepath.Join(g.home, "openpgp-revocs.d", fingerprint+".rev")))
	g.run(bytes.Replace(made, []byte(":-----BEGIN"), []byte("-----BEGIN"), 1), "--import")
	exported, _ := g.run(nil, "--export", fingerprint)
	after, err := pki.ParseCertificate(exported)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	if !before.Usable(fingerprint, at) || after.Usable(fingerprint, at) || after.SigningKey(at) != "" || after.EncryptionKey(at) != "" {
		t.Errorf("usable before %v, after %v", before.Usable(fingerprint, at), after.Usable(fingerprint, at))
	}
}

// --quick-set-expire, as handbooks show it, gives a date to the primary key only.
func TestSubkeysEndWithAPrimaryKeyThatGnuPGLetExpire(t *testing.T) {
	g := newGnuPG(t)
	_, status := g.run(nil, "--quick-generate-key", "short", "ed25519", "cert,sign", "never")
	fingerprint := created.FindStringSubmatch(status)[1]
	g.run(nil, "--quick-add-key", fingerprint, "cv25519", "encr", "never")
	g.run(nil, "--quick-set-expire", fingerprint, "7d")
	c := g.secret(fingerprint).Certificate
	at := time.Now()
	if until, ends := c.Expires(c.EncryptionKey(at)); !ends || until.After(at.Add(8*day)) || c.EncryptionKey(at.Add(8*day)) != "" {
		t.Errorf("the encryption key ends %v, %v", until, ends)
	}
}

func TestAKeyOfAnotherKindMadeByGnuPGIsRefused(t *testing.T) {
	g := newGnuPG(t)
	for _, algorithm := range []string{"nistp256", "rsa1024"} {
		g.run(nil, "--quick-generate-key", algorithm, algorithm, "cert,sign", "1y")
		exported, _ := g.run(nil, "--export", algorithm)
		_, err := pki.ParseCertificate(exported)
		refused(t, err, "key.algorithm")
	}
}
