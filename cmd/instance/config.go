package instance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"schakel/schemas"
)

// Config is gateway.yaml.
type Config struct {
	Name   string `yaml:"name"`   // of the instance; origin of the log
	Listen string `yaml:"listen"` // host:port of the broker that partners connect to
	Broker string `yaml:"broker"` // embedded, or tls://host:port of one that runs apart
	Tiles  string `yaml:"tiles"`  // host:port that serves checkpoint and tiles over HTTP; "" for none

	Workers   int `yaml:"workers"`         // messages passed at the same time
	PerMinute int `yaml:"rate_per_minute"` // submissions of one connector; 0 for no limit
	Burst     int `yaml:"burst"`
}

// Names of files in a gateway's home.
const (
	configFile   = "gateway.yaml"
	trustFile    = "trust.json"
	accessFile   = "access.json"
	caFile       = "ca.crt"
	headFile     = "head"
	lockFile     = "lock"
	registerFile = "register.db"
	keysDir      = "keys"
	officersDir  = "officers"
	directoryDir = "directory"
	rulesDir     = "rules"
	brokerDir    = "broker"
)

// Secrets in a gateway's key store.
const (
	secretOpenPGP = "openpgp"
	secretLog     = "log"
	secretMailbox = "mailbox"
	secretHub     = "hub"
	secretCA      = "ca"
	secretTLS     = "tls"
)

// ReadConfig reads a gateway's configuration.
func ReadConfig(dir string) (Config, error) {
	config := Config{Broker: "embedded", Workers: 64, PerMinute: 60, Burst: 120}
	text, err := os.ReadFile(filepath.Join(dir, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return config, schemas.Refuse("state.no-gateway", "")
	}
	if err != nil {
		return config, fmt.Errorf("read configuration: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil && err != io.EOF {
		return config, configRefusal(err)
	}
	if config.Broker != "embedded" && !strings.HasPrefix(config.Broker, "tls://") {
		return config, schemas.Refuse("config.plaintext", configFile)
	}
	if config.Workers < 1 || config.Workers > 512 {
		return config, schemas.Refuse("config.value", configFile)
	}
	return config, nil
}

// configRefusal names the line of what is wrong, never its content.
func configRefusal(err error) error {
	at := configFile
	if _, after, found := strings.Cut(err.Error(), "line "); found {
		number, _, _ := strings.Cut(after, ":")
		at += ":" + number
	}
	switch {
	case strings.Contains(err.Error(), "already defined"):
		return schemas.Refuse("config.twice", at)
	case strings.Contains(err.Error(), "not found in type"):
		return schemas.Refuse("config.unknown", at)
	}
	return schemas.Refuse("config.syntax", at)
}
