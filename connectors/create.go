package connectors

import (
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"schakel/pki"
	"schakel/schemas"
)

// NewHome is everything that a partner's home begins with.
type NewHome struct {
	Config   Config
	Trust    []byte            // pinned for ever
	Secret   *pki.Secret       // the partner's OpenPGP key
	NATSSeed []byte            // opens the connection
	TLSCert  []byte            // PEM
	TLSKey   []byte            // PEM
	CA       []byte            // PEM
	Records  map[string][]byte // signed records by partner id, our own among them
	Officers map[string]Officer
	KDF      pki.KDF
}

// Officer is a person of the partner whose key is kept in this home, under a
// passphrase of his own.
type Officer struct {
	Secret     *pki.Secret
	Passphrase []byte
}

// CreateHome makes a partner's home. The directory must not hold one.
func CreateHome(dir string, passphrase []byte, n NewHome) error {
	if _, err := os.Lstat(filepath.Join(dir, configFile)); err == nil {
		return schemas.Refuse("file.exists", configFile)
	}
	store, err := pki.CreateStore(filepath.Join(dir, keysDir), passphrase, n.KDF)
	if err != nil {
		return err
	}
	for name, secret := range map[string][]byte{SecretOpenPGP: n.Secret.SecretBytes(), SecretNATS: n.NATSSeed, SecretTLS: n.TLSKey} {
		if err := store.Put(name, secret); err != nil {
			return err
		}
	}
	for id, officer := range n.Officers {
		store, err := pki.CreateStore(filepath.Join(dir, officersDir, id), officer.Passphrase, n.KDF)
		if err != nil {
			return err
		}
		if err := store.Put(SecretOpenPGP, officer.Secret.SecretBytes()); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, directoryDir), 0o700); err != nil {
		return fmt.Errorf("create home: %w", err)
	}
	for id, signed := range n.Records {
		if err := writeFile(filepath.Join(dir, directoryDir, id+".json"), signed); err != nil {
			return err
		}
	}
	config, err := yaml.Marshal(n.Config)
	if err != nil {
		return fmt.Errorf("create home: %w", err)
	}
	for _, file := range []struct {
		name string
		data []byte
	}{{trustFile, n.Trust}, {"tls.crt", n.TLSCert}, {"ca.crt", n.CA}, {configFile, config}} { // the configuration last: it makes the home
		if err := writeFile(filepath.Join(dir, file.name), file.data); err != nil {
			return err
		}
	}
	return nil
}
