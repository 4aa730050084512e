package instance

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nkeys"
	"go.yaml.in/yaml/v3"
	"golang.org/x/mod/sumdb/note"

	"schakel/gateway"
	"schakel/gateway/register"
	"schakel/pki"
	"schakel/schemas"
)

// GatewayOptions say what gateway to make.
type GatewayOptions struct {
	Dir        string
	Config     Config
	Passphrase []byte
	KDF        pki.KDF
	Now        time.Time
}

// trustOfficers are the persons of whom any two make a record or a rule set valid.
// Their keys are made with the gateway; in earnest each takes his own away.
var trustOfficers = []string{"trust-1", "trust-2", "trust-3"}

// quorum is how many of them it takes.
const quorum = 2

// CreateGateway makes a gateway's home: keys, trust document, an empty register.
// The directory must not hold one.
func CreateGateway(o GatewayOptions) error {
	if _, err := os.Lstat(filepath.Join(o.Dir, configFile)); err == nil {
		return schemas.Refuse("file.exists", configFile)
	}
	store, err := pki.CreateStore(filepath.Join(o.Dir, keysDir), o.Passphrase, o.KDF)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, directoryDir), 0o700); err != nil {
		return fmt.Errorf("create gateway: %w", err)
	}
	trust, err := createKeys(o, store)
	if err != nil {
		return err
	}
	if err := createAuthority(o, store); err != nil {
		return err
	}
	signer, _, err := logKey(store)
	if err != nil {
		return err
	}
	if err := register.Create(filepath.Join(o.Dir, registerFile), signer); err != nil {
		return err
	}
	config, err := yaml.Marshal(o.Config)
	if err != nil {
		return fmt.Errorf("create gateway: %w", err)
	}
	return errors.Join(
		writeFile(filepath.Join(o.Dir, trustFile), schemas.Encode(trust)),
		writeFile(filepath.Join(o.Dir, accessFile), []byte("[]")),
		writeFile(filepath.Join(o.Dir, configFile), config), // last: it makes the home
	)
}

// createKeys makes every secret of the gateway and the trust document.
func createKeys(o GatewayOptions, store *pki.FileStore) (*schemas.Trust, error) {
	secret, err := pki.Generate(o.Config.Name, pki.ProfileV4, o.Now)
	if err != nil {
		return nil, err
	}
	private, public, err := note.GenerateKey(rand.Reader, o.Config.Name)
	if err != nil {
		return nil, fmt.Errorf("make log key: %w", err)
	}
	hub, err := newSeed()
	if err != nil {
		return nil, err
	}
	hubPublic, err := publicOf(hub)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Join(o.Dir, brokerDir), 0o700); err != nil {
		return nil, fmt.Errorf("create gateway: %w", err)
	}
	if err := writeFile(filepath.Join(o.Dir, brokerDir, "hub.pub"), []byte(hubPublic+"\n")); err != nil {
		return nil, err
	}
	mailbox := make([]byte, 32)
	rand.Read(mailbox)
	for name, value := range map[string][]byte{secretOpenPGP: secret.SecretBytes(), secretLog: []byte(private), secretHub: hub, secretMailbox: mailbox} {
		if err := store.Put(name, value); err != nil {
			return nil, err
		}
	}
	trust := &schemas.Trust{
		Protocol: "trust/1", Name: o.Config.Name, Gateway: secret.Fingerprint, Certificate: base64.StdEncoding.EncodeToString(secret.Bytes()),
		LogOrigin: o.Config.Name, LogKey: public, Quorum: quorum,
	}
	officers := map[string]*pki.Secret{}
	for _, id := range trustOfficers {
		if officers[id], err = createOfficer(o, id); err != nil {
			return nil, err
		}
		trust.Officers = append(trust.Officers, schemas.TrustOfficer{ID: id, Certificate: base64.StdEncoding.EncodeToString(officers[id].Bytes())})
	}
	return trust, createOwnRecord(o, secret, officers)
}

func createOfficer(o GatewayOptions, id string) (*pki.Secret, error) {
	secret, err := pki.Generate(id, pki.ProfileV4, o.Now)
	if err != nil {
		return nil, err
	}
	store, err := pki.CreateStore(filepath.Join(o.Dir, officersDir, id), o.Passphrase, pki.FieldKDF.AtMost(o.KDF))
	if err != nil {
		return nil, err
	}
	return secret, store.Put(secretOpenPGP, secret.SecretBytes())
}

// createOwnRecord enters the gateway in its own directory: what it does by itself
// it does with a message, signed with its key like anybody's.
func createOwnRecord(o GatewayOptions, secret *pki.Secret, officers map[string]*pki.Secret) error {
	certificate := base64.StdEncoding.EncodeToString(secret.Bytes())
	signing, encryption, day := secret.SigningKey(o.Now), secret.EncryptionKey(o.Now), o.Now.UTC().Format(time.DateOnly)
	own := gateway.Own
	record := &schemas.Partner{
		Protocol: "partner/1", ID: own.Organisation, Version: 1, Name: o.Config.Name, Role: "gateway", Country: "NL", Status: "active", Profile: pki.ProfileV4,
		Certificate: certificate, From: day,
		Connectors: []schemas.Connector{{ID: own.Connector, Signing: signing, Encryption: encryption, Status: "active", Since: schemas.At(o.Now)}},
		Officers: []schemas.Officer{{
			ID: gateway.OwnOfficer, Functions: []string{"job"}, Certificate: certificate, Signing: signing, Encryption: encryption, Status: "active", From: day,
		}},
	}
	if err := schemas.Validate(record); err != nil {
		return err
	}
	signed, err := pki.SignRecord(schemas.Encode(record), officers, o.Now)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(o.Dir, directoryDir, "partner-"+own.Organisation+".json"), signed)
}

// createAuthority makes the TLS authority and the broker's certificate.
func createAuthority(o GatewayOptions, store *pki.FileStore) error {
	authority, err := pki.NewAuthority(o.Config.Name, o.Now)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(o.Config.Listen)
	if err != nil {
		return schemas.Refuse("config.value", "listen")
	}
	cert, key, err := authority.IssueServer([]string{host, "localhost"}, o.Now)
	if err != nil {
		return err
	}
	hubCert, hubKey, err := authority.IssueClient("gateway", o.Now)
	if err != nil {
		return err
	}
	broker := filepath.Join(o.Dir, brokerDir)
	if err := os.MkdirAll(broker, 0o700); err != nil {
		return fmt.Errorf("create gateway: %w", err)
	}
	return errors.Join(
		store.Put(secretCA, authority.KeyPEM), store.Put(secretTLS, hubKey),
		writeFile(filepath.Join(o.Dir, caFile), authority.CertPEM), writeFile(filepath.Join(o.Dir, "tls.crt"), hubCert),
		writeFile(filepath.Join(broker, "tls.crt"), cert), writeFile(filepath.Join(broker, "tls.key"), key),
	)
}

func newSeed() ([]byte, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return nil, fmt.Errorf("make broker key: %w", err)
	}
	return pair.Seed()
}

func publicOf(seed []byte) (string, error) {
	pair, err := nkeys.FromSeed(seed)
	if err != nil {
		return "", fmt.Errorf("broker key: %w", err)
	}
	return pair.PublicKey()
}

// logKey returns the log's signer and verifier.
func logKey(store *pki.FileStore) (note.Signer, []byte, error) {
	private, err := store.Get(secretLog)
	if err != nil {
		return nil, nil, err
	}
	signer, err := note.NewSigner(string(private))
	if err != nil {
		return nil, nil, schemas.Refuse("key.file", secretLog)
	}
	return signer, private, nil
}

// writeFile replaces a file whole and syncs it.
func writeFile(path string, data []byte) error {
	temp := path + ".tmp"
	file, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(temp, path)
}
