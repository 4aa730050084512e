package instance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/time/rate"

	"schakel/gateway"
	"schakel/gateway/register"
	"schakel/gateway/tlog"
	"schakel/pki"
	"schakel/schemas"
)

// Service is a gateway that runs.
type Service struct {
	Dir      string
	Config   Config
	Gateway  *gateway.Gateway
	Register *register.Register
	log      *slog.Logger
	store    *pki.FileStore
	broker   *gateway.Broker
	line     *gateway.Line
	lock     *os.File
	seen     map[string]bool  // names of directory files already read
	access   []gateway.Access // lines that the broker knows
	kept     []byte           // newest head that was written down
}

// Open unlocks a gateway's home and puts its parts together. It refuses a
// register that is older than the head that was last seen here.
func Open(dir string, passphrase []byte, clock func() time.Time, log *slog.Logger) (*Service, error) {
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	s := &Service{Dir: dir, Config: config, log: log, seen: map[string]bool{}}
	if s.store, err = pki.OpenStore(filepath.Join(dir, keysDir), passphrase); err != nil {
		return nil, err
	}
	if err := s.acquire(); err != nil {
		return nil, err
	}
	if err := s.assemble(clock); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// acquire makes sure that one process runs this gateway.
func (s *Service) acquire() error {
	file, err := os.OpenFile(filepath.Join(s.Dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("lock gateway: %w", err)
	}
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		file.Close()
		return schemas.Refuse("state.locked", "")
	}
	s.lock = file
	return nil
}

// assemble opens register and rules and makes the gateway of them.
func (s *Service) assemble(clock func() time.Time) error {
	anchors, err := readTrust(s.Dir)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(anchors.LogKey)
	if err != nil {
		return schemas.Refuse("key.log", trustFile)
	}
	signer, _, err := logKey(s.store)
	if err != nil {
		return err
	}
	if err := s.registerThere(); err != nil {
		return err
	}
	if s.Register, err = register.Open(filepath.Join(s.Dir, registerFile), signer, verifier); err != nil {
		return err
	}
	if err := s.checkHead(verifier); err != nil {
		return err
	}
	secret, err := s.store.OpenPGP(secretOpenPGP)
	if err != nil {
		return err
	}
	mailbox, err := s.store.Get(secretMailbox)
	if err != nil {
		return err
	}
	s.Gateway = gateway.New(gateway.Config{
		Anchors: anchors, Secret: secret, Mailbox: mailbox, Journal: s.Register, Archive: s.Register, Post: s, Keys: s.store,
		Epoch: s.Register.Epoch(), Clock: clock, Log: s.log,
	}, runtime.GOMAXPROCS(0))
	return s.restore()
}

// registerThere refuses a home whose register is gone, or cannot be written to.
func (s *Service) registerThere() error {
	file, err := os.OpenFile(filepath.Join(s.Dir, registerFile), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return schemas.Refuse("state.no-register", registerFile)
	}
	if err != nil {
		return schemas.Refuse("store.register", registerFile)
	}
	return file.Close()
}

// restore brings directory and rules back that the log holds.
func (s *Service) restore() error {
	ctx := context.Background()
	records, err := s.Register.Records(ctx)
	if err != nil {
		return err
	}
	epoch, err := s.Register.Directory(ctx)
	if err != nil {
		return err
	}
	if err := s.Gateway.Restore(records, epoch); err != nil {
		return err
	}
	return s.Gateway.Begin(ctx)
}

// admitNew enters directory records that have appeared in the home, and returns
// how many.
func (s *Service) admitNew(ctx context.Context) (int, error) {
	entries, err := os.ReadDir(filepath.Join(s.Dir, directoryDir))
	if err != nil {
		return 0, fmt.Errorf("read directory: %w", err)
	}
	admitted := 0
	for _, entry := range entries {
		if s.seen[entry.Name()] || !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		signed, err := os.ReadFile(filepath.Join(s.Dir, directoryDir, entry.Name()))
		if err != nil {
			return admitted, fmt.Errorf("read directory: %w", err)
		}
		err = s.Gateway.Admit(ctx, signed)
		if refusal := schemas.Refused(err); refusal != nil {
			s.log.Warn("record not taken into use", "file", entry.Name(), "code", refusal.Code, "at", refusal.At)
		} else if err != nil {
			return admitted, err
		}
		s.seen[entry.Name()] = true
		admitted++
	}
	return admitted, nil
}

// checkHead refuses to run on a register that is older than what this home has
// signed, or another: a backup was put back, and partners hold receipts that it
// does not know.
func (s *Service) checkHead(verifier note.Verifier) error {
	text, err := os.ReadFile(filepath.Join(s.Dir, headFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read head: %w", err)
	}
	head, err := tlog.OpenCheckpoint(text, verifier)
	if err != nil {
		return schemas.Refuse("state.old-register", headFile)
	}
	if s.Register.Size() < head.Size {
		return schemas.Refuse("state.old-register", fmt.Sprintf("%d < %d", s.Register.Size(), head.Size))
	}
	if root, err := s.Register.RootAt(head.Size); err != nil || root != head.Root {
		return schemas.Refuse("state.old-register", fmt.Sprint(head.Size))
	}
	return nil
}

// keepHead writes down how far the log had come: its signed checkpoint.
func (s *Service) keepHead() {
	signed, err := s.Register.SignedCheckpoint()
	if err == nil && string(signed) != string(s.kept) {
		err = writeFile(filepath.Join(s.Dir, headFile), signed)
	}
	if err != nil {
		s.log.Warn("cannot keep the head", "error", err)
		return
	}
	s.kept = signed
}

// Deliver posts to the broker, once there is a line to it.
func (s *Service) Deliver(ctx context.Context, mailbox string, sealed []byte) error {
	if s.line == nil {
		return errNoLine
	}
	return s.line.Deliver(ctx, mailbox, sealed)
}

// Holds asks the broker what a partner has not taken yet.
func (s *Service) Holds(ctx context.Context, mailbox string) (int, error) {
	if s.line == nil {
		return 0, errNoLine
	}
	return s.line.Holds(ctx, mailbox)
}

var errNoLine = errors.New("no line to the broker yet")

// brokerConfig is what the embedded broker is set up with.
func brokerConfig(dir, listen string, hub string) (gateway.BrokerConfig, error) {
	access, err := readAccess(dir)
	broker := filepath.Join(dir, brokerDir)
	return gateway.BrokerConfig{
		Listen: listen, Store: filepath.Join(broker, "store"), Cert: filepath.Join(broker, "tls.crt"), Key: filepath.Join(broker, "tls.key"),
		CA: filepath.Join(dir, caFile), Hub: hub, Access: access,
	}, err
}

// connect starts the embedded broker, or reaches the one that runs apart.
func (s *Service) connect() error {
	seed, err := s.store.Get(secretHub)
	if err != nil {
		return err
	}
	if s.Config.Broker == "embedded" {
		hub, err := publicOf(seed)
		if err != nil {
			return err
		}
		config, err := brokerConfig(s.Dir, s.Config.Listen, hub)
		if err != nil {
			return err
		}
		s.access = config.Access
		if err := free(s.Config.Listen); err != nil {
			return err
		}
		if s.broker, err = gateway.StartBroker(config, filepath.Join(s.Dir, brokerDir, "nats.conf")); err != nil {
			return err
		}
		s.line, err = gateway.Dial(s.broker, "", seed, nil)
		return err
	}
	key, err := s.store.Get(secretTLS)
	if err != nil {
		return err
	}
	cert, err := os.ReadFile(filepath.Join(s.Dir, "tls.crt"))
	if err != nil {
		return schemas.Refuse("net.certificate", "tls.crt")
	}
	ca, err := os.ReadFile(filepath.Join(s.Dir, caFile))
	if err != nil {
		return schemas.Refuse("net.certificate", caFile)
	}
	tls, err := pki.ClientTLS(cert, key, ca)
	if err != nil {
		return err
	}
	s.line, err = gateway.Dial(nil, s.Config.Broker, seed, tls)
	return err
}

// maxMemory bounds what the gateway's process may hold, and Garbage is how much of
// it may be garbage, in percent of what is not: a message leaves much behind.
// GOMEMLIMIT and GOGC say otherwise.
const (
	maxMemory = 768 << 20
	Garbage   = 400
)

// Run serves until the context ends. ready is called when messages are taken.
func (s *Service) Run(ctx context.Context, ready func()) error {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(maxMemory)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(Garbage)
	}
	if err := s.connect(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.begin(ctx); err != nil {
		return err
	}
	tiles, err := s.serveTiles(ctx)
	if err != nil {
		return err
	}
	var parts sync.WaitGroup
	parts.Go(func() { s.resendLoop(ctx) })
	parts.Go(func() { s.reviewLoop(ctx) })
	parts.Go(func() { s.watchLoop(ctx) })
	parts.Go(func() { s.gapLoop(ctx) })
	parts.Go(tiles)
	s.log.Info("gateway ready", "name", s.Config.Name, "broker", s.Config.Broker, "listen", s.Config.Listen, "tiles", s.Config.Tiles, "entries", s.Register.Size(), "rules", s.Gateway.Rules().Digest)
	if ready != nil {
		ready()
	}
	err = s.line.Run(ctx, s.Gateway, gateway.Intake{Workers: s.Config.Workers, Rate: rate.Limit(float64(s.Config.PerMinute) / 60), Burst: s.Config.Burst})
	cancel()
	parts.Wait()
	return err
}

// begin provides the streams where the broker can be reached, and takes new rules
// and directory records into use.
func (s *Service) begin(ctx context.Context) error {
	setup, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	if err := s.line.Provide(setup, nil); err != nil {
		if schemas.Refused(err) != nil {
			return err
		}
		s.log.Warn("broker not reachable yet", "error", err)
	}
	if err := s.admitRules(ctx); err != nil {
		return err
	}
	_, err := s.admitNew(ctx)
	return err
}

// serveTiles shows checkpoint and tiles to whoever wants to watch the log.
func (s *Service) serveTiles(ctx context.Context) (func(), error) {
	if s.Config.Tiles == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", s.Config.Tiles)
	if err != nil {
		return nil, schemas.Refuse("net.listen", s.Config.Tiles)
	}
	server := &http.Server{
		Handler: tlog.Handler(s.Register, s.Register.Size), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	context.AfterFunc(ctx, func() { server.Close() })
	return func() { server.Serve(tlog.Limit(listener, tlog.MaxConnections)) }, nil
}

// free refuses an address on which something listens already: the broker would
// only say, after a while, that it is not ready.
func free(address string) error {
	if strings.HasSuffix(address, ":-1") { // any free port
		return nil
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return schemas.Refuse("net.listen", address)
	}
	listener.Close()
	return nil
}

// resendLoop offers again what has no receipt.
func (s *Service) resendLoop(ctx context.Context) {
	for every(ctx, 2*time.Second) {
		if n, err := s.Gateway.ResendDue(ctx); err != nil {
			s.log.Warn("resend interrupted", "error", err)
		} else if n > 0 {
			s.log.Info("offered again", "deliveries", n)
		}
	}
}

// reviewLoop recalls what left in an emergency and was not ratified, and reminds
// those who have not closed a review.
func (s *Service) reviewLoop(ctx context.Context) {
	for every(ctx, 2*time.Second) {
		if n, err := s.Gateway.ReviewDue(ctx); err != nil {
			s.log.Warn("reviews interrupted", "error", err)
		} else if n > 0 {
			s.log.Info("reviews looked at", "messages", n)
		}
	}
}

// gapTicket is how long a message may be missing before a person is told. The one
// before it may still be under way.
const gapTicket = 15 * time.Minute

// watchLoop takes new rules, partners and documents into use, and keeps the head.
func (s *Service) watchLoop(ctx context.Context) {
	for every(ctx, 2*time.Second) {
		s.keepHead()
		if err := s.admitRules(ctx); err != nil {
			s.log.Warn("rules not read", "error", err)
		}
		if _, err := s.admitNew(ctx); err != nil {
			s.log.Warn("directory not read", "error", err)
		}
		s.openLines(ctx)
	}
}

// gapLoop tells of messages that have been missing for a while, each once.
func (s *Service) gapLoop(ctx context.Context) {
	since := map[register.Gap]time.Time{}
	for every(ctx, time.Minute) {
		gaps, err := s.Register.Gaps(ctx)
		if err != nil {
			s.log.Warn("gaps not read", "error", err)
			continue
		}
		since = s.tellGaps(gaps, since, time.Now())
	}
}

// tellGaps warns of gaps that are old enough and returns since when each of those
// that are left is known; the zero time for one that was told.
func (s *Service) tellGaps(gaps []register.Gap, since map[register.Gap]time.Time, now time.Time) map[register.Gap]time.Time {
	known := map[register.Gap]time.Time{}
	for _, gap := range gaps {
		first, ok := since[gap]
		switch {
		case !ok:
			first = now
		case !first.IsZero() && now.Sub(first) >= gapTicket:
			s.log.Warn("a message is missing", "connector", gap.Connector, "sequence", gap.Sequence)
			first = time.Time{}
		}
		known[gap] = first
	}
	return known
}

// openLines lets the embedded broker know connectors that are new or have another
// key; one that runs apart reads them itself.
func (s *Service) openLines(ctx context.Context) {
	access, err := readAccess(s.Dir)
	if err != nil || slices.Equal(access, s.access) {
		return
	}
	if err := s.reload(); err != nil {
		s.log.Warn("lines not opened", "error", err)
		return
	}
	var mailboxes []string
	for _, a := range access {
		mailboxes = append(mailboxes, a.Mailbox)
	}
	if err := s.line.Provide(ctx, mailboxes); err != nil {
		s.log.Warn("lines not opened", "error", err)
		return
	}
	s.access = access
	s.log.Info("lines opened", "connectors", len(access))
}

// reload gives the embedded broker, where there is one, its lines as they are now.
func (s *Service) reload() error {
	if s.broker == nil {
		return nil
	}
	seed, err := s.store.Get(secretHub)
	if err != nil {
		return err
	}
	hub, err := publicOf(seed)
	if err != nil {
		return err
	}
	config, err := brokerConfig(s.Dir, s.Config.Listen, hub)
	if err != nil {
		return err
	}
	return s.broker.Reload(config)
}

// every waits and reports whether to go on.
func every(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// Close ends what Open began.
func (s *Service) Close() error {
	if s.line != nil {
		s.line.Close()
	}
	if s.broker != nil {
		s.broker.Stop()
	}
	var err error
	if s.Register != nil {
		s.keepHead()
		err = s.Register.Close()
	}
	if s.lock != nil {
		s.lock.Close()
	}
	return err
}

// RunBroker runs a gateway's broker apart, in a process of its own, until the
// context ends.
func RunBroker(ctx context.Context, dir, listen, hub string, log *slog.Logger) error {
	config, err := brokerConfig(dir, listen, hub)
	if err != nil {
		return err
	}
	if err := free(listen); err != nil {
		return err
	}
	broker, err := gateway.StartBroker(config, filepath.Join(dir, brokerDir, "nats.conf"))
	if err != nil {
		return err
	}
	defer broker.Stop()
	log.Info("broker ready", "listen", listen)
	for known := config.Access; every(ctx, 2*time.Second); {
		if config, err = brokerConfig(dir, listen, hub); err != nil || slices.Equal(config.Access, known) {
			continue
		}
		if err := broker.Reload(config); err != nil {
			log.Warn("lines not opened", "error", err)
			continue
		}
		known = config.Access
	}
	return nil
}

// Hub is the public key with which a gateway opens its own line to the broker. It
// stands in the home so that the broker can run without the passphrase.
func Hub(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, brokerDir, "hub.pub"))
	if err != nil {
		return "", fmt.Errorf("read hub key: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
