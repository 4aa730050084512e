package instance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"schakel/connectors"
	"schakel/gateway"
	"schakel/pki"
	"schakel/policies"
	"schakel/schemas"
)

// Admin is a gateway's home opened by those who enrol partners: the gateway's key
// store and the trust officers' keys.
type Admin struct {
	Dir      string
	Config   Config
	Anchors  *pki.Anchors
	store    *pki.FileStore
	officers map[string]*pki.Secret
	rules    *policies.Rules
	now      func() time.Time
}

// OpenAdmin unlocks a gateway's home for enrolment.
func OpenAdmin(dir string, passphrase []byte, now func() time.Time) (*Admin, error) {
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	a := &Admin{Dir: dir, Config: config, officers: map[string]*pki.Secret{}, now: now}
	if a.store, err = pki.OpenStore(filepath.Join(dir, keysDir), passphrase); err != nil {
		return nil, err
	}
	if a.Anchors, err = readTrust(dir); err != nil {
		return nil, err
	}
	for _, officer := range a.Anchors.Officers[:min(a.Anchors.Quorum, len(a.Anchors.Officers))] {
		if a.officers[officer.ID], err = officerKey(dir, officer.ID, passphrase); err != nil {
			return nil, err
		}
	}
	a.rules, err = RulesInForce(context.Background(), dir)
	return a, err
}

// officerKey unlocks the key of a trust officer.
func officerKey(dir, id string, passphrase []byte) (*pki.Secret, error) {
	store, err := pki.OpenStore(filepath.Join(dir, officersDir, id), passphrase)
	if err != nil {
		return nil, err
	}
	return store.OpenPGP(secretOpenPGP)
}

func readTrust(dir string) (*pki.Anchors, error) {
	document, err := os.ReadFile(filepath.Join(dir, trustFile))
	if err != nil {
		return nil, fmt.Errorf("read trust: %w", err)
	}
	return pki.OpenTrust(document)
}

// PartnerOptions say what partner to enrol.
type PartnerOptions struct {
	Dir        string // of the partner's new home
	ID         string
	Name       string
	Role       string
	Country    string
	Officers   []OfficerOptions // the first acts when a draft does not say
	Posts      []string
	Accepts    []string
	Language   string
	Broker     string      // host:port by which this partner reaches the broker; "" for the usual one
	Secret     *pki.Secret // brought along, or nil: made here
	Passphrase []byte
	KDF        pki.KDF
}

// OfficerOptions say who acts for a partner.
type OfficerOptions struct {
	ID         string
	Functions  []string
	Passphrase []byte
}

// AddPartner enrols a partner on this machine: makes its home and its keys, has
// the trust officers sign its record, and lets the broker know its line.
func (a *Admin) AddPartner(o PartnerOptions) error {
	if _, ok := a.rules.Roles[o.Role]; !ok || o.Role == "gateway" {
		return schemas.Refuse("config.role", o.Role)
	}
	if _, err := os.Lstat(filepath.Join(a.Dir, directoryDir, "partner-"+o.ID+".json")); err == nil {
		return schemas.Refuse("state.partner-exists", o.ID)
	}
	secret := o.Secret
	if secret == nil {
		var err error
		if secret, err = pki.Generate(o.Name, pki.ProfileV4, a.now()); err != nil {
			return err
		}
	}
	record, officers, err := a.partnerRecord(o, secret)
	if err != nil {
		return err
	}
	signed, err := a.sign(record)
	if err != nil {
		return err
	}
	if err := a.createHome(o, secret, officers, signed); err != nil {
		return err
	}
	return writeFile(filepath.Join(a.Dir, directoryDir, "partner-"+o.ID+".json"), signed)
}

// partnerRecord makes the record and the officers' keys.
func (a *Admin) partnerRecord(o PartnerOptions, secret *pki.Secret) (*schemas.Partner, map[string]connectors.Officer, error) {
	now := a.now()
	record := &schemas.Partner{
		Protocol: "partner/1", ID: o.ID, Version: 1, Name: o.Name, Role: o.Role, Country: o.Country, Status: "active", Profile: pki.ProfileV4,
		Certificate: base64.StdEncoding.EncodeToString(secret.Bytes()), Posts: o.Posts, Accepts: o.Accepts, From: now.UTC().Format(time.DateOnly),
		Connectors: []schemas.Connector{{ID: "1", Signing: secret.SigningKey(now), Encryption: secret.EncryptionKey(now), Status: "active", Since: schemas.At(now)}},
	}
	officers := map[string]connectors.Officer{}
	for _, officer := range o.Officers {
		key, err := pki.Generate(o.ID+"/"+officer.ID, pki.ProfileV4, now)
		if err != nil {
			return nil, nil, err
		}
		officers[officer.ID] = connectors.Officer{Secret: key, Passphrase: officer.Passphrase}
		record.Officers = append(record.Officers, schemas.Officer{
			ID: officer.ID, Functions: officer.Functions, Certificate: base64.StdEncoding.EncodeToString(key.Bytes()),
			Signing: key.SigningKey(now), Encryption: key.EncryptionKey(now), Status: "active", From: now.UTC().Format(time.DateOnly),
		})
	}
	return record, officers, schemas.Validate(record)
}

// sign has the trust officers sign a record's exact bytes.
func (a *Admin) sign(record any) ([]byte, error) {
	return pki.SignRecord(schemas.Encode(record), a.officers, a.now())
}

// createHome makes the partner's home and opens his line.
func (a *Admin) createHome(o PartnerOptions, secret *pki.Secret, officers map[string]connectors.Officer, signed []byte) error {
	key, err := a.store.Get(secretMailbox)
	if err != nil {
		return err
	}
	mailbox := gateway.Mailbox(key, o.ID+"/1")
	seed, err := newSeed()
	if err != nil {
		return err
	}
	caKey, err := a.store.Get(secretCA)
	if err != nil {
		return err
	}
	ca, err := os.ReadFile(filepath.Join(a.Dir, caFile))
	if err != nil {
		return fmt.Errorf("read authority: %w", err)
	}
	cert, tlsKey, err := (&pki.Authority{CertPEM: ca, KeyPEM: caKey}).IssueClient(mailbox, a.now())
	if err != nil {
		return err
	}
	records, err := a.visibleTo(o.Role)
	if err != nil {
		return err
	}
	records[o.ID] = signed
	broker := o.Broker
	if broker == "" {
		broker = a.brokerAddress()
	}
	officer := ""
	if len(o.Officers) > 0 {
		officer = o.Officers[0].ID
	}
	err = connectors.CreateHome(o.Dir, o.Passphrase, connectors.NewHome{
		Config: connectors.Config{Partner: o.ID, Connector: "1", Officer: officer, Broker: "tls://" + broker, Mailbox: mailbox, Language: o.Language},
		Trust:  a.Anchors.Bytes, Secret: secret, NATSSeed: seed, TLSCert: cert, TLSKey: tlsKey, CA: ca, Records: records, Officers: officers, KDF: o.KDF,
	})
	if err != nil {
		return err
	}
	return a.grant(mailbox, seed)
}

func (a *Admin) brokerAddress() string {
	if address, apart := strings.CutPrefix(a.Config.Broker, "tls://"); apart {
		return address
	}
	return a.Config.Listen
}

// grant adds a line to what the broker lets in.
func (a *Admin) grant(mailbox string, seed []byte) error {
	access, err := readAccess(a.Dir)
	if err != nil {
		return err
	}
	public, err := publicOf(seed)
	if err != nil {
		return err
	}
	access = append(access, gateway.Access{Mailbox: mailbox, NKey: public})
	document, err := json.MarshalIndent(access, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(a.Dir, accessFile), document)
}

func readAccess(dir string) ([]gateway.Access, error) {
	document, err := os.ReadFile(filepath.Join(dir, accessFile))
	if err != nil {
		return nil, fmt.Errorf("read access: %w", err)
	}
	var access []gateway.Access
	if err := json.Unmarshal(document, &access); err != nil {
		return nil, fmt.Errorf("read access: %w", err)
	}
	return access, nil
}

// visibleTo lists the records that a partner of a role may hold.
func (a *Admin) visibleTo(role string) (map[string][]byte, error) {
	visible := map[string][]byte{}
	paths, err := filepath.Glob(filepath.Join(a.Dir, directoryDir, "partner-*.json"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		signed, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read directory: %w", err)
		}
		partner, err := a.Anchors.OpenPartner(signed)
		if err != nil {
			return nil, err
		}
		if a.rules.MayKnow(role, partner.Role) && partner.ID != gateway.Own.Organisation { // its record comes with its messages
			visible[partner.ID] = signed
		}
	}
	return visible, nil
}

// AddDocument has the trust officers sign a standing document.
func (a *Admin) AddDocument(document schemas.Document) error {
	document.Protocol = "document/1"
	if document.Version == 0 {
		document.Version = 1
	}
	if document.Status == "" {
		document.Status = "active"
	}
	if err := schemas.Validate(&document); err != nil {
		return err
	}
	if done, err := a.known(document); done || err != nil {
		return err
	}
	signed, err := a.sign(document)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("document-%.16s-%d.json", schemas.Digest([]byte(document.ID)), document.Version)
	return writeFile(filepath.Join(a.Dir, directoryDir, name), signed)
}

// known reports whether this very document is in the directory already. One that
// says something else needs a higher version than any before it.
func (a *Admin) known(document schemas.Document) (bool, error) {
	pattern := fmt.Sprintf("document-%.16s-*.json", schemas.Digest([]byte(document.ID)))
	paths, err := filepath.Glob(filepath.Join(a.Dir, directoryDir, pattern))
	if err != nil {
		return false, err
	}
	for _, path := range paths {
		signed, err := os.ReadFile(path)
		if err != nil {
			return false, fmt.Errorf("read directory: %w", err)
		}
		earlier, err := a.Anchors.OpenDocument(signed)
		switch {
		case err != nil:
			return false, err
		case bytes.Equal(schemas.Encode(earlier.Document), schemas.Encode(document)):
			return true, nil
		case earlier.Version >= document.Version:
			return false, schemas.Refuse("state.document-version", "/version")
		}
	}
	return false, nil
}

// Partners lists the partners that are enrolled, without the gateway itself.
func (a *Admin) Partners() []string {
	var ids []string
	paths, _ := filepath.Glob(filepath.Join(a.Dir, directoryDir, "partner-*.json"))
	for _, path := range paths {
		ids = append(ids, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "partner-"), ".json"))
	}
	return slices.DeleteFunc(ids, func(id string) bool { return id == gateway.Own.Organisation })
}
