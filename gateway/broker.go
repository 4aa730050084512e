package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/template"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"schakel/schemas"
)

// Access is what the broker knows of one connector: a pseudonym and the public
// half of a key that opens its connection.
type Access struct {
	Mailbox string `json:"mailbox"`
	NKey    string `json:"nkey"`
}

// BrokerConfig is what the broker is set up with. Paths are of PEM files.
type BrokerConfig struct {
	Listen string // host:port; port -1 for any free one
	Store  string // directory of JetStream
	Cert   string
	Key    string
	CA     string // that issues client certificates
	Hub    string // public nkey of the gateway
	Access []Access
}

// Limits of the broker's listener and accounts.
const (
	maxPayload       = 1 << 20
	maxPending       = 8 << 20
	maxControlLine   = 4096
	maxConnections   = 10 // per partner account
	maxSubscriptions = 10
)

// brokerTemplate is the whole configuration: one listener with TLS 1.3 and client
// certificates; one account per partner, which imports its own in-subject, its
// own consumer and that consumer's acknowledgements, and nothing else; fsync on
// every write. Nothing else listens: no monitoring, routes, leaf nodes,
// WebSocket or MQTT.
var brokerTemplate = template.Must(template.New("broker").Parse(`# Written by schakel from the directory of partners. Changes are overwritten.
listen: {{printf "%q" .Listen}}
server_name: schakel
max_payload: {{.MaxPayload}}
max_pending: {{.MaxPending}}
max_control_line: {{.MaxControlLine}}
ping_interval: "20s"
ping_max: 2
write_deadline: "10s"
tls {
  cert_file: {{printf "%q" .Cert}}
  key_file: {{printf "%q" .Key}}
  ca_file: {{printf "%q" .CA}}
  verify: true
  min_version: "1.3"
  timeout: 5
}
jetstream {
  store_dir: {{printf "%q" .Store}}
  sync_interval: always
  max_file_store: 8GB
}
accounts {
  HUB {
    jetstream: enabled
    users: [ { nkey: {{.Hub}} } ]
    exports: [
{{- range .Access}}
      { service: {{printf "%q" .In}}, accounts: [{{.Mailbox}}] }
      { service: {{printf "%q" .Next}}, accounts: [{{.Mailbox}}], response_type: stream }
      { service: {{printf "%q" .Ack}}, accounts: [{{.Mailbox}}] }
{{- end}}
    ]
  }
{{- range .Access}}
  {{.Mailbox}} {
    users: [ { nkey: {{.NKey}}, permissions: {
      publish: { allow: [{{printf "%q, %q, %q" .In .Next .Ack}}] }
      subscribe: { allow: [{{printf "%q" .Inbox}}] }
    } } ]
    imports: [
      { service: { account: HUB, subject: {{printf "%q" .In}} } }
      { service: { account: HUB, subject: {{printf "%q" .Next}} } }
      { service: { account: HUB, subject: {{printf "%q" .Ack}} } }
    ]
    limits: { max_connections: {{$.MaxConnections}}, max_subscriptions: {{$.MaxSubscriptions}}, max_payload: {{$.MaxPayload}} }
  }
{{- end}}
}
`))

// account is an Access with the subjects that follow from its mailbox.
type account struct {
	Access
	In, Next, Ack, Inbox string
}

// Text is the configuration in NATS's own format, for the embedded broker and
// for an external one.
func (c BrokerConfig) Text() []byte {
	data := struct {
		BrokerConfig
		Access                                                                   []account
		MaxPayload, MaxPending, MaxControlLine, MaxConnections, MaxSubscriptions int
	}{c, nil, maxPayload, maxPending, maxControlLine, maxConnections, maxSubscriptions}
	for _, a := range c.Access {
		data.Access = append(data.Access, account{a, schemas.SubjectIn(a.Mailbox), schemas.SubjectNext(a.Mailbox), schemas.SubjectAck(a.Mailbox), schemas.InboxPrefix(a.Mailbox) + ".>"})
	}
	var out bytes.Buffer
	if err := brokerTemplate.Execute(&out, data); err != nil {
		panic("gateway: broker configuration: " + err.Error()) // only for a broken template
	}
	return out.Bytes()
}

// Broker is an embedded NATS server with JetStream. It may forget everything it
// holds; nothing depends on it.
type Broker struct {
	server *server.Server
	path   string
}

// StartBroker writes the configuration to path and starts the server. It refuses
// to run without fsync on every write.
func StartBroker(config BrokerConfig, path string) (*Broker, error) {
	options, err := writeOptions(config, path)
	if err != nil {
		return nil, err
	}
	options.NoSigs, options.NoLog = true, true
	if !options.SyncAlways {
		return nil, errors.New("start broker: sync_interval is not always")
	}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		s.Shutdown()
		return nil, errors.New("start broker: not ready after 20 s")
	}
	return &Broker{s, path}, nil
}

func writeOptions(config BrokerConfig, path string) (*server.Options, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("broker configuration: %w", err)
	}
	if err := os.WriteFile(path, config.Text(), 0o600); err != nil {
		return nil, fmt.Errorf("broker configuration: %w", err)
	}
	options, err := server.ProcessConfigFile(path)
	if err != nil {
		return nil, fmt.Errorf("broker configuration: %w", err)
	}
	return options, nil
}

// Reload puts new accounts into effect. Connections of partners who have lost
// theirs are cut. It loads twice: the server opens the imports of an account only
// with the reload after the one that made it.
func (b *Broker) Reload(config BrokerConfig) error {
	for range 2 {
		options, err := writeOptions(config, b.path)
		if err != nil {
			return err
		}
		options.NoSigs, options.NoLog = true, true
		if err := b.server.ReloadOptions(options); err != nil {
			return fmt.Errorf("reload broker: %w", err)
		}
	}
	return nil
}

// Address is where partners connect, as host:port.
func (b *Broker) Address() string { return b.server.Addr().String() }

// Stop ends the server.
func (b *Broker) Stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}
