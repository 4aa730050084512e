package instance

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"schakel/gateway/register"
	"schakel/gateway/tlog"
	"schakel/pki"
	"schakel/schemas"
)

// cheap makes no secret of a test's passphrase.
var cheap = pki.KDF{Name: "argon2id", Time: 1, Memory: 8 << 10, Threads: 1}

var testPassphrase = []byte("a passphrase that opens this home")

// newHome makes a gateway's home and opens it once.
func newHome(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "gateway")
	options := GatewayOptions{
		Dir: dir, Config: Config{Name: "schakel.test", Listen: "127.0.0.1:4222", Broker: "embedded", Workers: 1},
		Passphrase: testPassphrase, KDF: cheap, Now: time.Now(),
	}
	if err := CreateGateway(options); err != nil {
		t.Fatal(err)
	}
	openHome(t, dir).Close()
	return dir
}

func openHome(t *testing.T, dir string) *Service {
	t.Helper()
	s, err := Open(dir, testPassphrase, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A home starts on its own register, whole and writable, and on no other.
func TestAHomeThatIsNotAsItWasLeftIsRefused(t *testing.T) {
	tests := map[string]struct {
		spoil func(t *testing.T, dir string)
		want  schemas.Code
	}{
		"the register is gone": {func(t *testing.T, dir string) { remove(t, dir) }, "state.no-register"},
		"the register cannot be opened": {func(t *testing.T, dir string) {
			remove(t, dir)
			if err := os.Mkdir(filepath.Join(dir, registerFile), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "store.register"},
		"the head speaks of more entries":          {func(t *testing.T, dir string) { keepAnother(t, dir, 7) }, "state.old-register"},
		"the head is another log of the same size": {func(t *testing.T, dir string) { keepAnother(t, dir, 0) }, "state.old-register"},
		"the head is none": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, headFile), []byte("12\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "state.old-register"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := newHome(t)
			test.spoil(t, dir)
			s, err := Open(dir, testPassphrase, time.Now, slog.New(slog.DiscardHandler))
			if err == nil {
				s.Close()
			}
			if refusal := schemas.Refused(err); refusal == nil || refusal.Code != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func remove(t *testing.T, dir string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(dir, registerFile+suffix)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// logKeyOf is the key with which the log of a home is signed.
func logKeyOf(t *testing.T, dir string) note.Signer {
	t.Helper()
	store, err := pki.OpenStore(filepath.Join(dir, keysDir), testPassphrase)
	if err != nil {
		t.Fatal(err)
	}
	signer, _, err := logKey(store)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// keepAnother puts a head into the home that the log's key signed and that is not
// the register's.
func keepAnother(t *testing.T, dir string, size int64) {
	t.Helper()
	signer := logKeyOf(t, dir)
	signed, err := tlog.Checkpoint{Origin: signer.Name(), Size: size, Root: tlog.Hash{1}}.Sign(signer)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, headFile), signed, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A port on which another program listens is named at once.
func TestAPortInUseIsNamed(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	taken := other.Addr().String()
	for name, change := range map[string]func(c *Config){
		"the broker's": func(c *Config) { c.Listen = taken },
		"the tiles'":   func(c *Config) { c.Listen, c.Tiles = "127.0.0.1:-1", taken },
	} {
		t.Run(name, func(t *testing.T) {
			s := openHome(t, newHome(t))
			defer s.Close()
			change(&s.Config)
			err := s.Run(t.Context(), nil)
			if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "net.listen" || refusal.At != taken {
				t.Errorf("got %v, want net.listen at %s", err, taken)
			}
		})
	}
}

// A partner who joins gets a mailbox also where the broker runs apart.
func TestALineIsOpenedOnABrokerThatRunsApart(t *testing.T) {
	dir := newHome(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	hub, err := Hub(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := openHome(t, dir)
	s.Config.Broker = "tls://" + address
	ctx, cancel := context.WithCancel(t.Context())
	var parts sync.WaitGroup
	defer func() { cancel(); parts.Wait(); s.Close() }()
	parts.Go(func() { RunBroker(ctx, dir, address, hub, s.log) })
	ready := make(chan struct{})
	parts.Go(func() { s.Run(ctx, func() { close(ready) }) })
	<-ready
	admin, err := OpenAdmin(dir, testPassphrase, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	partner := PartnerOptions{
		Dir: filepath.Join(t.TempDir(), "ngo"), ID: "ngo-new", Name: "New", Role: "ngo-dest", Country: "PH", Language: "en",
		Officers: []OfficerOptions{{ID: "field-1", Functions: []string{"staff"}, Passphrase: testPassphrase}}, Passphrase: testPassphrase, KDF: cheap,
	}
	if err := admin.AddPartner(partner); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		_, err := s.Holds(ctx, s.Gateway.MailboxOf("ngo-new/1"))
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("there is no mailbox: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// A message that is missing is told of after a quarter of an hour, once.
func TestAGapIsToldAfterAWhileAndOnce(t *testing.T) {
	var out bytes.Buffer
	s := &Service{log: slog.New(slog.NewTextHandler(&out, nil))}
	gaps := []register.Gap{{Connector: "ngo/1", Sequence: 3}}
	var since map[register.Gap]time.Time
	start := time.Now()
	for minute := range 60 {
		since = s.tellGaps(gaps, since, start.Add(time.Duration(minute)*time.Minute))
		if told := strings.Count(out.String(), "a message is missing"); told != min(minute/15, 1) {
			t.Fatalf("after %d minutes it was told %d times", minute, told)
		}
	}
	if since = s.tellGaps(nil, since, start); len(since) > 0 {
		t.Errorf("after it came, %v is remembered", since)
	}
}
