package main

import (
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"schakel/cmd/instance"
	"schakel/connectors"
	"schakel/connectors/line"
	"schakel/pki"
	"schakel/schemas"
)

// initCmd makes homes.
type initCmd struct {
	Gateway  initGatewayCmd  `cmd:"" help:"Make a gateway's home: keys, trust document, empty register."`
	Partner  initPartnerCmd  `cmd:"" help:"Enrol a partner on this machine and make its home."`
	Document initDocumentCmd `cmd:"" help:"Have the trust officers sign a standing document: an agreement, a country sheet, an approval."`
}

type initGatewayCmd struct {
	Name           string `help:"Name of the instance and origin of its log." default:"schakel.example"`
	Listen         string `help:"host:port on which the broker listens for partners." default:"127.0.0.1:4222"`
	Broker         string `help:"embedded, or tls://host:port of a broker that runs apart." default:"embedded"`
	Tiles          string `help:"host:port on which the log's checkpoint and tiles are served." default:"127.0.0.1:8480"`
	PassphraseFile string `help:"File with the passphrase, mode 0600; otherwise it is asked for." type:"path"`
	Dir            string `arg:"" help:"Directory to make." type:"path"`
}

// Help shows how it is used.
func (*initGatewayCmd) Help() string {
	return "schakel init gateway centre --passphrase-file centre.pass"
}

// Run makes the home.
func (c *initGatewayCmd) Run(s *line.Session) error {
	if err := c.check(); err != nil { // before anything is made
		return err
	}
	passphrase, err := s.NewPassphrase(c.PassphraseFile, "passphrase.new", "--passphrase-file")
	if err != nil {
		return err
	}
	config := instance.Config{Name: c.Name, Listen: c.Listen, Broker: c.Broker, Tiles: c.Tiles, Workers: 64, PerMinute: 60, Burst: 120}
	err = instance.CreateGateway(instance.GatewayOptions{Dir: c.Dir, Config: config, Passphrase: passphrase, KDF: pki.GatewayKDF, Now: time.Now()})
	if err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(made{c.Name, c.Dir})
	}
	s.Say("init.gateway", c.Dir, c.Dir)
	return nil
}

// made is what a program reads of something that was made.
type made struct {
	ID        string `json:"id"`
	Directory string `json:"directory,omitempty"`
}

// logName is what the origin of a log may be called: a name such as
// schakel.example, without spaces (c2sp.org/signed-note).
var logName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9./_-]{0,99}$`)

func (c *initGatewayCmd) check() error {
	_, _, listenErr := net.SplitHostPort(c.Listen)
	_, _, tilesErr := net.SplitHostPort(c.Tiles)
	switch {
	case !logName.MatchString(c.Name):
		return schemas.Refuse("usage.value", "--name")
	case listenErr != nil:
		return schemas.Refuse("usage.value", "--listen")
	case tilesErr != nil && c.Tiles != "":
		return schemas.Refuse("usage.value", "--tiles")
	case c.Broker != "embedded" && !strings.HasPrefix(c.Broker, "tls://"):
		return schemas.Refuse("config.plaintext", "--broker")
	}
	return nil
}

type initPartnerCmd struct {
	Gateway               string   `help:"Home of the gateway at which the partner is enrolled." required:"" type:"path"`
	ID                    string   `help:"Name of the partner in the directory, such as ngo-luz." required:""`
	Name                  string   `help:"Name for people." required:""`
	Role                  string   `help:"Role, such as ngo-dest, lo, pol-tbkk, om." required:""`
	Country               string   `help:"Country, as its two letters." required:""`
	Officer               []string `help:"Who acts: ID, or ID=FUNCTION,FUNCTION (repeat for more; the first acts by default)." required:"" sep:"none"`
	Post                  []string `help:"Liaison post that the partner holds: manila, bangkok, permanent."`
	Accepts               []string `help:"Obligation accepted in advance (repeat for more)." `
	Language              string   `help:"nl or en." default:"en" enum:"nl,en"`
	Key                   string   `help:"Secret OpenPGP key to bring along, from gpg --export-secret-keys." type:"path"`
	KeyPassphraseFile     string   `help:"File with that key's passphrase." type:"path"`
	PassphraseFile        string   `help:"File with the partner's new passphrase; otherwise it is asked for." type:"path"`
	OfficerPassphraseFile string   `help:"File with the officers' new passphrase; otherwise the partner's." type:"path"`
	GatewayPassphraseFile string   `help:"File with the gateway's passphrase; otherwise it is asked for." type:"path"`
	Dir                   string   `arg:"" help:"Directory to make." type:"path"`
}

// Help shows how it is used.
func (*initPartnerCmd) Help() string {
	return "schakel init partner ngo --gateway centre --id ngo-luz --name 'Stichting Luz' --role ngo-dest --country PH --officer field-1 --officer director=a-dir"
}

// Run enrols.
func (c *initPartnerCmd) Run(s *line.Session) error {
	if err := c.check(); err != nil { // before anything is asked or made
		return err
	}
	admin, err := openAdmin(s, c.Gateway, c.GatewayPassphraseFile, "--gateway-passphrase-file")
	if err != nil {
		return err
	}
	passphrase, err := s.NewPassphrase(c.PassphraseFile, "passphrase.new", "--passphrase-file")
	if err != nil {
		return err
	}
	officerPassphrase := passphrase
	if c.OfficerPassphraseFile != "" {
		if officerPassphrase, err = s.Passphrase(c.OfficerPassphraseFile, "passphrase.officer", "--officer-passphrase-file"); err != nil {
			return err
		}
	}
	options := instance.PartnerOptions{
		Dir: c.Dir, ID: c.ID, Name: c.Name, Role: c.Role, Country: c.Country, Posts: c.Post, Accepts: c.Accepts, Language: c.Language,
		Passphrase: passphrase, KDF: pki.FieldKDF, Officers: officers(c.Officer, officerPassphrase),
	}
	if options.Secret, err = c.key(s); err != nil {
		return err
	}
	if err := admin.AddPartner(options); err != nil {
		return asOption(err)
	}
	if s.Flags.JSON {
		return s.Print(made{c.ID, c.Dir})
	}
	s.Say("init.partner", c.ID, c.Dir, c.Dir)
	return nil
}

// openAdmin unlocks a gateway for those who enrol.
func openAdmin(s *line.Session, home, file, option string) (*instance.Admin, error) {
	if _, err := instance.ReadConfig(home); err != nil {
		return nil, noGateway(err, "--gateway")
	}
	passphrase, err := s.Passphrase(file, "passphrase.gateway", option)
	if err != nil {
		return nil, err
	}
	admin, err := instance.OpenAdmin(home, passphrase, time.Now)
	return admin, line.WrongPassphrase(err, file, filepath.Base(home))
}

// maxKeyFile bounds a key that is brought along, armoured.
const maxKeyFile = 128 << 10

// key reads a key that the partner brings along.
func (c *initPartnerCmd) key(s *line.Session) (*pki.Secret, error) {
	if c.Key == "" {
		return nil, nil
	}
	data, err := connectors.ReadFile(c.Key, maxKeyFile)
	if err != nil {
		return nil, err
	}
	var passphrase []byte
	if c.KeyPassphraseFile != "" {
		if passphrase, err = s.Passphrase(c.KeyPassphraseFile, "passphrase.key", "--key-passphrase-file"); err != nil {
			return nil, err
		}
	}
	secret, err := pki.ParseSecret(data, passphrase)
	return secret, line.WrongPassphrase(err, c.KeyPassphraseFile, filepath.Base(c.Key))
}

// officers reads ID=FUNCTION,FUNCTION.
func officers(given []string, passphrase []byte) []instance.OfficerOptions {
	var all []instance.OfficerOptions
	for _, text := range given {
		id, functions, found := strings.Cut(text, "=")
		officer := instance.OfficerOptions{ID: id, Functions: []string{"staff"}, Passphrase: passphrase}
		if found {
			officer.Functions = strings.Split(functions, ",")
		}
		all = append(all, officer)
	}
	return all
}

type initDocumentCmd struct {
	Gateway        string `help:"Home of the gateway." required:"" type:"path"`
	PassphraseFile string `help:"File with the gateway's passphrase; otherwise it is asked for." type:"path"`
	File           string `arg:"" help:"Document as JSON: id, kind, issuer, parties, valid_from, valid_until."`
}

// Help shows how it is used.
func (*initDocumentCmd) Help() string {
	return "schakel init document sheet-ph.json --gateway centre"
}

// Run signs the document and lays it into the directory.
func (c *initDocumentCmd) Run(s *line.Session) error {
	data, err := connectors.ReadFile(c.File, schemas.MaxBody)
	if err != nil {
		return err
	}
	document := schemas.Document{Protocol: "document/1", Version: 1, Status: "active"}
	if err := schemas.Decode(data, &document); err != nil {
		return err
	}
	if err := checkDocument(c.Gateway, &document); err != nil {
		return err
	}
	admin, err := openAdmin(s, c.Gateway, c.PassphraseFile, "--passphrase-file")
	if err != nil {
		return err
	}
	if err := checkParties(admin, &document); err != nil {
		return err
	}
	if err := admin.AddDocument(document); err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(made{ID: document.ID})
	}
	s.Say("init.document", document.ID)
	return nil
}
