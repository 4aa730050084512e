package line

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"schakel/connectors"
	"schakel/connectors/folder"
	"schakel/pki"
	"schakel/schemas"
)

// Partner holds the commands of a partner.
type Partner struct {
	Connector ConnectorCmd `cmd:"" help:"Run the partner's service: send, receive, confirm, serve the folder door." group:"partner"`
	Submit    SubmitCmd    `cmd:"" help:"Sign a draft and put it in the outbox; works without a network." group:"partner"`
	Outbox    OutboxCmd    `cmd:"" help:"What was submitted, and what became of it." group:"partner"`
	Inbox     InboxCmd     `cmd:"" help:"What has been received." group:"partner"`
	Show      ShowCmd      `cmd:"" help:"One received message; opens values sealed for an officer." group:"partner"`
	Reply     ReplyCmd     `cmd:"" help:"Answer a received message with a draft." group:"partner"`
	Approve   ApproveCmd   `cmd:"" help:"Approve a held message, or ratify what left in an emergency, signed with an officer's own key." group:"partner"`
	Refuse    RefuseCmd    `cmd:"" help:"Refuse a held message or return it for repair, or refuse what left in an emergency, with a reason." group:"partner"`
	Correct   CorrectCmd   `cmd:"" help:"Correct or withdraw a field of a message that was sent; reaches everybody who got it." group:"partner" aliases:"recall"`
	Source    SourceCmd    `cmd:"" help:"Who stands behind a source number; kept in this home only." group:"partner"`
	Export    ExportCmd    `cmd:"" help:"Write a message and its proofs as plain files." group:"partner"`
	Verify    VerifyCmd    `cmd:"" help:"Check an export without a network." group:"partner"`
	Kinds     KindsCmd     `cmd:"" help:"The kinds of message, and what each is for." group:"partner"`
	Draft     DraftCmd     `cmd:"" help:"Print an example of a kind of message, to begin a draft with." group:"partner"`
}

// HomeFlags say which home a command is about.
type HomeFlags struct {
	Home           string `help:"Directory of the partner's home." default:"." type:"path" env:"SCHAKEL_HOME"`
	PassphraseFile string `help:"File with the home's passphrase, mode 0600; otherwise it is asked for." type:"path"`
}

// desk opens the way to the connector: the running service's, or the home itself.
func (h *HomeFlags) desk(s *Session) (connectors.Desk, func(), error) {
	if err := checkHome(h.Home); err != nil {
		return nil, nil, err
	}
	if remote, ok := connectors.DialHome(h.Home); ok {
		return remote, func() {}, nil
	}
	connector, err := h.open(s)
	if err != nil {
		return nil, nil, err
	}
	return connector, func() { connector.Close() }, nil
}

// open unlocks the home in this process.
func (h *HomeFlags) open(s *Session) (*connectors.Connector, error) {
	if err := checkHome(h.Home); err != nil {
		return nil, err
	}
	var home *connectors.Home
	err := s.unlock(h.PassphraseFile, "passphrase.home", "--passphrase-file", filepath.Base(h.Home), func(passphrase []byte) (err error) {
		home, err = connectors.OpenHome(h.Home, passphrase)
		return err
	})
	if err != nil {
		return nil, err
	}
	connector, err := connectors.Start(home, time.Now, s.logger())
	if err != nil {
		home.Close()
	}
	return connector, err
}

// checkHome refuses a home that others may write to.
func checkHome(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return schemas.Refuse("state.no-home", "--home")
	}
	if info.Mode().Perm()&0o022 != 0 {
		return schemas.Refuse("key.dir-mode", filepath.Base(dir))
	}
	_, err = connectors.ReadConfig(dir)
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "state.no-home" {
		return schemas.Refuse("state.no-home", "--home")
	}
	return err
}

// logger writes for operators: ids and digests, never content.
func (s *Session) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(s.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// serviceLogger writes what a service does.
func (s *Session) serviceLogger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(s.Stdout, nil))
}

// OfficerFlags say with whose own key a command acts.
type OfficerFlags struct {
	Officer               string `help:"Officer whose own key is used." placeholder:"ID"`
	OfficerPassphraseFile string `help:"File with the officer's passphrase; otherwise it is asked for." type:"path"`
}

// key unlocks the officer's key; nil when no officer was named.
func (o *OfficerFlags) key(s *Session, home string) (*pki.Secret, error) {
	if o.Officer == "" {
		return nil, nil
	}
	var secret *pki.Secret
	err := s.unlock(o.OfficerPassphraseFile, "passphrase.officer", "--officer-passphrase-file", o.Officer, func(passphrase []byte) (err error) {
		secret, err = (&connectors.Home{Dir: home}).OfficerKey(o.Officer, passphrase)
		return err
	})
	return secret, err
}

// maxHome bounds the name of a home: that of the socket in it has no more room
// (sun_path of unix(7)).
const maxHome = 108 - len("/socket") - 1

// ConnectorCmd runs the service.
type ConnectorCmd struct {
	HomeFlags
	Folder string `help:"Directory of the folder door; overrides connector.yaml." type:"path"`
}

// Help shows how it is used.
func (*ConnectorCmd) Help() string {
	return "schakel connector --home ngo --passphrase-file ngo.pass --folder /srv/tips"
}

// Run serves until it is interrupted.
func (c *ConnectorCmd) Run(s *Session) error {
	if len(c.Home) > maxHome {
		return schemas.Refuse("limit.home", "--home")
	}
	connector, err := c.open(s)
	if err != nil {
		return err
	}
	defer connector.Close()
	if err := connector.CheckCertificate(time.Now()); err != nil {
		return err
	}
	connector.Log = s.serviceLogger()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return Serve(ctx, connector, c.Folder)
}

// Serve runs a connector with its socket and its folder door until the context
// ends.
func Serve(ctx context.Context, connector *connectors.Connector, door string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if door == "" {
		door = connector.Config.Folder
	}
	parts := []func(context.Context) error{connector.Run, connector.Serve}
	if door != "" {
		d := &folder.Door{Dir: door, Desk: connector, Language: connector.Config.Language, Log: connector.Log}
		parts = append(parts, d.Run)
	}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() { ended <- part(ctx) }()
	}
	var first error
	for range parts {
		if err := <-ended; err != nil && first == nil {
			first = err
		}
		cancel()
	}
	return first
}

// WaitFlags let a command wait for the answer.
type WaitFlags struct {
	Wait time.Duration `help:"Wait so long for the gateway's answer, such as 30s." placeholder:"30s"`
}

// check refuses to wait where nothing will come: only the service sends.
func (w *WaitFlags) check(desk connectors.Desk) error {
	switch {
	case w.Wait < 0:
		return schemas.Refuse("usage.duration", "--wait")
	case w.Wait > 0 && !isService(desk):
		return schemas.Refuse("state.no-service", "--wait")
	}
	return nil
}

// isService reports whether a desk is that of the running service, which sends
// what is accepted.
func isService(desk connectors.Desk) bool {
	_, remote := desk.(*connectors.Remote)
	return remote
}

// askWait is how long a dry run waits for its answer when nothing else is said.
const askWait = 30 * time.Second

// AskFlags let a command ask beforehand.
type AskFlags struct {
	DryRun bool `help:"Only ask what would become of it: who would get it, what would be left out, who must approve, what is missing."`
}

// SubmitCmd puts a draft in the outbox.
type SubmitCmd struct {
	HomeFlags
	WaitFlags
	AskFlags
	Again bool     `help:"Send the same content once more."`
	Draft []string `arg:"" optional:"" help:"File with the draft; - or nothing for standard input." name:"draft"`
}

// Help shows how it is used.
func (*SubmitCmd) Help() string { return "schakel submit --home ngo tip.json" }

// Run submits.
func (c *SubmitCmd) Run(s *Session) error {
	if c.Wait < 0 { // before the draft is read
		return schemas.Refuse("usage.duration", "--wait")
	}
	draft, err := s.readDraft(c.Draft)
	if err != nil {
		return err
	}
	return s.send(&c.HomeFlags, &c.WaitFlags, c.DryRun, func(desk connectors.Desk) (*connectors.Accepted, error) {
		return desk.Submit(draft, connectors.Options{Again: c.Again, Ask: c.DryRun})
	})
}

// send has a desk accept a message, says so, and waits for the answer where that
// is asked for, or nothing but the answer is wanted.
func (s *Session) send(home *HomeFlags, wait *WaitFlags, ask bool, act func(connectors.Desk) (*connectors.Accepted, error)) error {
	desk, done, err := home.desk(s)
	if err != nil {
		return err
	}
	defer done()
	if err := wait.check(desk); err != nil {
		return err
	}
	if ask && wait.Wait == 0 && isService(desk) {
		wait.Wait = askWait
	}
	accepted, err := act(desk)
	if err != nil {
		return err
	}
	if wait.Wait == 0 || !s.Flags.JSON && !ask { // otherwise the answer says both
		if err := s.accepted(accepted); err != nil {
			return err
		}
	}
	switch {
	case wait.Wait > 0:
		return s.await(desk, accepted, wait.Wait)
	case isService(desk):
		s.Note("accepted.note")
	default:
		s.Note("accepted.nobody", home.Home)
	}
	return nil
}

// readTime bounds how long a draft may take to arrive.
var readTime = 30 * time.Second

// readDraft reads the one input that is given.
func (s *Session) readDraft(names []string) ([]byte, error) {
	switch {
	case len(names) > 1:
		return nil, schemas.Refuse("usage.two-inputs", "")
	case len(names) == 0 || names[0] == "-":
		if isTerminal(s.Stdin) {
			return nil, schemas.Refuse("usage.input", "")
		}
		return within(readTime, func() ([]byte, error) { return connectors.ReadLimited(s.Stdin, "-", folder.MaxDraft) })
	}
	return within(readTime, func() ([]byte, error) { return folder.ReadDraft(names[0]) })
}

// within gives up reading what never ends.
func within(limit time.Duration, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := read()
		done <- result{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-time.After(limit):
		return nil, schemas.Refuse("limit.time", "")
	}
}

// accepted says that a message is on disk.
func (s *Session) accepted(a *connectors.Accepted) error {
	if s.Flags.JSON {
		return s.Print(a)
	}
	_, err := fmt.Fprintln(s.Stdout, schemas.Say(s.Language(), "accepted", a.ID, a.Sequence))
	return err
}

// InboxCmd lists the inbox.
type InboxCmd struct {
	HomeFlags
}

// Help shows how it is used.
func (*InboxCmd) Help() string { return "schakel inbox --home tbkk" }

// Run lists.
func (c *InboxCmd) Run(s *Session) error {
	desk, done, err := c.desk(s)
	if err != nil {
		return err
	}
	defer done()
	list, err := desk.Inbox()
	if err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(list)
	}
	s.health(desk)
	if len(list) == 0 {
		s.Say("inbox.empty")
		return nil
	}
	table := tabwriter.NewWriter(s.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, schemas.Say(s.Language(), "inbox.head"))
	for i, r := range list {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", nameIn(list, i), r.Received, r.From, schemas.Say(s.Language(), "kind."+r.Kind), schemas.Say(s.Language(), "urgency."+r.Urgency), s.marks(&r))
	}
	return table.Flush()
}

// nameIn is what a message of the inbox is called on the command line: its id,
// and of one that came more than once the entry as well.
func nameIn(list []connectors.Received, n int) string {
	for i := range list {
		if i != n && list[i].ID == list[n].ID {
			return fmt.Sprintf("%s@%d", list[n].ID, list[n].Entry)
		}
	}
	return list[n].ID
}

// health says what is to be known of the home beside its messages: files that are
// damaged, and a gateway that does not show what it must.
func (s *Session) health(desk connectors.Desk) {
	health, err := desk.Health()
	if err != nil {
		return
	}
	if len(health.Damaged) > 0 {
		s.Note("health.damaged", strings.Join(health.Damaged, ", "))
	}
	for _, code := range []schemas.Code{"rcp.fork", "rcp.unproven", "rcp.epoch"} {
		if health.Ignored[code] > 0 {
			s.Note("health.alarm", strings.TrimSuffix(schemas.TextOf(s.Language(), code).What, "."), code, schemas.TextOf(s.Language(), code).Now)
		}
	}
}

// marks says in a word or two what is special about a message.
func (s *Session) marks(r *connectors.Received) string {
	var all []string
	mark := func(when bool, key string) {
		if when {
			all = append(all, schemas.Say(s.Language(), key))
		}
	}
	switch {
	case r.Review == nil || !r.Review.Waits:
	case r.Review.Afterwards != nil:
		all = append(all, schemas.Say(s.Language(), "mark.afterwards", r.Review.Recipient))
	default:
		all = append(all, schemas.Say(s.Language(), "mark.review", r.Review.Recipient))
	}
	mark(r.Review != nil && !r.Review.Waits, "mark.reviewed")
	mark(!r.Opened, "mark.new")
	mark(len(r.Withheld) > 0, "mark.withheld")
	mark(len(r.Sealed) > 0, "mark.sealed")
	mark(len(r.Corrected)+len(r.Withdrawn) > 0, "mark.corrected")
	return strings.Join(all, ", ")
}

// ShowCmd shows one message.
type ShowCmd struct {
	HomeFlags
	OfficerFlags
	ID string `arg:"" help:"Message: its id, or the beginning of it." name:"message"`
}

// Help shows how it is used.
func (*ShowCmd) Help() string { return "schakel show --home tbkk 01939f2a --officer vid-1" }

// Run shows.
func (c *ShowCmd) Run(s *Session) error {
	desk, done, err := c.desk(s)
	if err != nil {
		return err
	}
	defer done()
	officer, err := c.key(s, c.Home)
	if err != nil {
		return err
	}
	received, err := desk.Show(c.ID, officer)
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "state.unknown-message" {
		return ours(desk, c.ID, err)
	}
	if err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(received)
	}
	return s.show(received)
}

// ours says of a message that was not received whether it was sent.
func ours(desk connectors.Desk, id string, unknown error) error {
	out, err := outgoing(desk, id)
	if err != nil {
		return unknown
	}
	return schemas.Refuse("state.sent-by-us", out.ID)
}

// ReplyCmd answers a message.
type ReplyCmd struct {
	HomeFlags
	WaitFlags
	AskFlags
	Again bool     `help:"Send the same content once more."`
	ID    string   `arg:"" help:"Message that is answered." name:"message"`
	Draft []string `arg:"" optional:"" help:"File with the draft; - or nothing for standard input." name:"draft"`
}

// Help shows how it is used.
func (*ReplyCmd) Help() string { return "schakel reply --home ngo 01939f2a answer.json" }

// Run replies.
func (c *ReplyCmd) Run(s *Session) error {
	draft, err := s.readDraft(c.Draft)
	if err != nil {
		return err
	}
	return s.send(&c.HomeFlags, &c.WaitFlags, c.DryRun, func(desk connectors.Desk) (*connectors.Accepted, error) {
		return desk.Reply(c.ID, draft, connectors.Options{Again: c.Again, Ask: c.DryRun})
	})
}

// ApproveCmd approves a held message.
type ApproveCmd struct {
	HomeFlags
	OfficerFlags
	WaitFlags
	Function string   `help:"Function in which the officer acts, when several are asked for." placeholder:"a-ovj"`
	Withhold []string `help:"Keep back the field at this pointer (repeat for more)." placeholder:"/children/0/health"`
	Until    string   `help:"Last day on which the approval holds." placeholder:"2026-12-31"`
	ID       string   `arg:"" help:"Message that waits for the officer." name:"message"`
}

// Help shows how it is used.
func (*ApproveCmd) Help() string {
	return "schakel approve --home om 01939f2a --officer ovj-1"
}

// Run approves.
func (c *ApproveCmd) Run(s *Session) error {
	if err := checkUntil(c.Until); err != nil {
		return err
	}
	act := connectors.Act{Verb: "approve", Officer: c.Officer, Function: c.Function, Withhold: c.Withhold, Until: c.Until}
	if len(c.Withhold) > 0 {
		act.Verb = "approve-part"
	}
	return s.act(&c.HomeFlags, &c.OfficerFlags, &c.WaitFlags, c.ID, act)
}

// RefuseCmd refuses a held message or returns it.
type RefuseCmd struct {
	HomeFlags
	OfficerFlags
	WaitFlags
	Function string `help:"Function in which the officer acts, when several are asked for."`
	Reason   string `help:"Why: not-necessary, too-much, wrong-recipient, wrong-basis, document-missing, safety, other-route, unclear." required:"" enum:"not-necessary,too-much,wrong-recipient,wrong-basis,document-missing,safety,other-route,unclear"`
	Return   bool   `help:"Return it to the sender for repair instead."`
	ID       string `arg:"" help:"Message that waits for the officer." name:"message"`
}

// Help shows how it is used.
func (*RefuseCmd) Help() string {
	return "schakel refuse --home om 01939f2a --officer ovj-1 --reason too-much --return"
}

// Run refuses.
func (c *RefuseCmd) Run(s *Session) error {
	act := connectors.Act{Verb: "refuse", Officer: c.Officer, Function: c.Function, Reason: c.Reason}
	if c.Return {
		act.Verb = "return"
	}
	return s.act(&c.HomeFlags, &c.OfficerFlags, &c.WaitFlags, c.ID, act)
}

// checkUntil refuses a day that is none, or that is over.
func checkUntil(day string) error {
	switch {
	case day == "":
		return nil
	case !schemas.Matches("date", day):
		return schemas.Refuse("schema.date", "--until")
	case day < time.Now().Format(time.DateOnly):
		return schemas.Refuse("time.past", "--until")
	}
	return nil
}

func (s *Session) act(home *HomeFlags, officer *OfficerFlags, wait *WaitFlags, id string, act connectors.Act) error {
	if officer.Officer == "" {
		return schemas.Refuse("usage.flag-missing", "--officer")
	}
	return s.send(home, wait, false, func(desk connectors.Desk) (*connectors.Accepted, error) {
		key, err := officer.key(s, home.Home)
		if err != nil {
			return nil, err
		}
		return desk.Act(id, act, key)
	})
}

// CorrectCmd corrects what was sent.
type CorrectCmd struct {
	HomeFlags
	WaitFlags
	Reason  string `help:"Why: wrong-value, wrong-person, consent-withdrawn, unlawful, acquitted, purpose-reached, disputed." default:"wrong-value" enum:"wrong-value,wrong-person,consent-withdrawn,unlawful,acquitted,purpose-reached,disputed"`
	ID      string `arg:"" help:"Message that was sent." name:"message"`
	Pointer string `arg:"" help:"Field, as a JSON Pointer, such as /suspects/0/name."`
	Value   string `arg:"" optional:"" help:"What holds instead; nothing withdraws the field."`
}

// Help shows how it is used.
func (*CorrectCmd) Help() string {
	return "schakel correct --home ngo 01939f2a /suspects/0/name 'Pieter Voorbeeldman'"
}

// Run corrects.
func (c *CorrectCmd) Run(s *Session) error {
	return s.send(&c.HomeFlags, &c.WaitFlags, false, func(desk connectors.Desk) (*connectors.Accepted, error) {
		return desk.Correct(c.ID, c.Reason, []connectors.Change{{Pointer: c.Pointer, Value: c.Value}})
	})
}

// SourceCmd opens the split store.
type SourceCmd struct {
	HomeFlags
	Number string `arg:"" help:"Source number."`
}

// Help shows how it is used.
func (*SourceCmd) Help() string { return "schakel source --home ngo LUZ-2026-014" }

// Run prints who stands behind the number. It asks for the passphrase also beside
// a service that has the home open: who told is not for whoever finds the machine
// unlocked.
func (c *SourceCmd) Run(s *Session) error {
	if err := checkHome(c.Home); err != nil {
		return err
	}
	var identity map[string]string
	err := s.unlock(c.PassphraseFile, "passphrase.home", "--passphrase-file", filepath.Base(c.Home), func(passphrase []byte) (err error) {
		identity, err = connectors.ReadSource(c.Home, passphrase, c.Number)
		return err
	})
	if err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(identity)
	}
	for _, name := range slices.Sorted(maps.Keys(identity)) {
		fmt.Fprintf(s.Stdout, "%s: %s\n", name, identity[name])
	}
	return nil
}

// ExportCmd writes plain files.
type ExportCmd struct {
	HomeFlags
	ID  string `arg:"" help:"Message." name:"message"`
	Out string `arg:"" help:"Directory to make; it must not exist." name:"directory"`
}

// Help shows how it is used.
func (*ExportCmd) Help() string { return "schakel export --home tbkk 01939f2a ./tip" }

// Run exports. The directory is made by it, so that no link leads elsewhere and
// nothing is overwritten.
func (c *ExportCmd) Run(s *Session) error {
	desk, done, err := c.desk(s)
	if err != nil {
		return err
	}
	defer done()
	if err := checkOut(c.Out); err != nil {
		return err
	}
	files, err := desk.Export(c.ID)
	if err != nil {
		return err
	}
	if err := makeOut(c.Out); err != nil {
		return err
	}
	root, err := os.OpenRoot(c.Out)
	if err != nil {
		return err
	}
	defer root.Close()
	for name, data := range files {
		if err := writeInto(root, name, data); err != nil {
			return err
		}
	}
	if s.Flags.JSON {
		return s.Print(map[string]any{"directory": c.Out, "files": slices.Sorted(maps.Keys(files))})
	}
	s.Say("exported", len(files), c.Out)
	return nil
}

func checkOut(out string) error {
	info, err := os.Lstat(out)
	switch {
	case err == nil && info.Mode()&fs.ModeSymlink != 0:
		return schemas.Refuse("file.symlink", filepath.Base(out))
	case err == nil:
		return schemas.Refuse("file.exists", filepath.Base(out))
	}
	return nil
}

// makeOut makes the directory, which must not have come into being since.
func makeOut(out string) error {
	err := os.Mkdir(out, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return schemas.Refuse("file.exists", filepath.Base(out))
	case errors.Is(err, fs.ErrNotExist):
		return schemas.Refuse("file.not-found", filepath.Base(filepath.Dir(out)))
	case errors.Is(err, fs.ErrPermission):
		return schemas.Refuse("file.permission", filepath.Base(filepath.Dir(out)))
	}
	return err
}

func writeInto(root *os.Root, name string, data []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Close())
}

// VerifyCmd checks an export.
type VerifyCmd struct {
	Trust string `help:"Trust document that you were given beforehand; otherwise the export's own is used." type:"path"`
	Dir   string `arg:"" help:"Directory of the export." name:"export" type:"path"`
}

// Help shows how it is used.
func (*VerifyCmd) Help() string { return "schakel verify ./tip --trust trust.json" }

// Limits of an export: bytes of each file, and files.
const (
	maxExport      = 4 << 20
	maxExportFiles = 32
)

// Run verifies.
func (c *VerifyCmd) Run(s *Session) error {
	files, err := readExport(c.Dir)
	if err != nil {
		return err
	}
	var pinned []byte
	if c.Trust != "" {
		if pinned, err = connectors.ReadFile(c.Trust, maxExport); err != nil {
			return err
		}
	}
	report, err := connectors.VerifyExport(files, pinned)
	if err != nil {
		return err
	}
	if s.Flags.JSON {
		return s.Print(report)
	}
	s.report(report)
	return nil
}

func readExport(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, schemas.Refuse("file.not-found", filepath.Base(dir))
	}
	files := map[string][]byte{}
	for _, entry := range entries {
		data, err := connectors.ReadFile(filepath.Join(dir, entry.Name()), maxExport)
		if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "file.permission" {
			return nil, err
		}
		if err != nil || len(files) == maxExportFiles {
			return nil, schemas.Refuse("verify.extra", fmt.Sprintf("%.60q", entry.Name()))
		}
		files[entry.Name()] = data
	}
	return files, nil
}

// Print writes a result for programs.
func (s *Session) Print(value any) error {
	encoder := json.NewEncoder(s.Stdout)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(json.RawMessage(schemas.Encode(value)))
}
