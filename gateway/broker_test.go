package gateway

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"schakel/pki"
	"schakel/schemas"
)

// patient bounds everything that should happen; what should not happen is looked
// for after something that comes behind it.
const patient = 20 * time.Second

// lineHolder is what somebody needs to connect to the broker.
type lineHolder struct {
	Access
	seed, cert, key []byte
}

// brokerRig is a broker as the gateway sets it up, with the gateway's line to it
// and two partners.
type brokerRig struct {
	t           *testing.T
	authority   *pki.Authority
	config      BrokerConfig
	path        string
	broker      *Broker
	line        *Line
	hub         *lineHolder
	ngo, police *lineHolder
}

// newBrokerRig starts a broker and provides streams and mailboxes.
func newBrokerRig(t *testing.T) *brokerRig {
	t.Helper()
	r := &brokerRig{t: t, path: filepath.Join(t.TempDir(), "nats.conf")}
	r.authority = newAuthority(t)
	r.hub, r.ngo, r.police = r.holder("gateway"), r.holder(Mailbox([]byte("rig"), "ngo/1")), r.holder(Mailbox([]byte("rig"), "police/1"))
	dir := filepath.Dir(r.path)
	cert, key, err := r.authority.IssueServer([]string{"127.0.0.1"}, time.Now())
	must(t, errors.Join(err,
		os.WriteFile(filepath.Join(dir, "tls.crt"), cert, 0o600),
		os.WriteFile(filepath.Join(dir, "tls.key"), key, 0o600),
		os.WriteFile(filepath.Join(dir, "ca.crt"), r.authority.CertPEM, 0o600)))
	r.config = BrokerConfig{
		Listen: "127.0.0.1:-1", Store: filepath.Join(dir, "store"), Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key"),
		CA: filepath.Join(dir, "ca.crt"), Hub: r.hub.NKey, Access: []Access{r.ngo.Access, r.police.Access},
	}
	r.start()
	t.Cleanup(func() { r.broker.Stop() })
	r.config.Listen = r.broker.Address() // the same port from now on
	r.line, err = Dial(nil, r.url(), r.hub.seed, r.tls(r.hub))
	must(t, err)
	t.Cleanup(r.line.Close)
	r.provide()
	return r
}

func newAuthority(t *testing.T) *pki.Authority {
	t.Helper()
	authority, err := pki.NewAuthority("rig.example", time.Now())
	must(t, err)
	return authority
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *brokerRig) start() {
	r.t.Helper()
	var err error
	r.broker, err = StartBroker(r.config, r.path)
	must(r.t, err)
}

func (r *brokerRig) url() string { return "tls://" + r.broker.Address() }

// holder makes keys and a certificate of this instance.
func (r *brokerRig) holder(mailbox string) *lineHolder {
	r.t.Helper()
	pair, err := nkeys.CreateUser()
	must(r.t, err)
	seed, err := pair.Seed()
	must(r.t, err)
	public, err := pair.PublicKey()
	must(r.t, err)
	cert, key, err := r.authority.IssueClient(mailbox, time.Now())
	must(r.t, err)
	return &lineHolder{Access{mailbox, public}, seed, cert, key}
}

func (r *brokerRig) tls(h *lineHolder) *tls.Config {
	r.t.Helper()
	config, err := pki.ClientTLS(h.cert, h.key, r.authority.CertPEM)
	must(r.t, err)
	return config
}

func (r *brokerRig) context() context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	r.t.Cleanup(cancel)
	return ctx
}

func (r *brokerRig) mailboxes() []string {
	var all []string
	for _, access := range r.config.Access {
		all = append(all, access.Mailbox)
	}
	return all
}

// provide waits out a broker that has just started.
func (r *brokerRig) provide() {
	r.t.Helper()
	must(r.t, r.line.Provide(r.context(), r.mailboxes()))
}

func (r *brokerRig) deliver(h *lineHolder, text string) {
	r.t.Helper()
	must(r.t, r.line.Deliver(r.context(), h.Mailbox, []byte(text)))
}

// intruder is a partner's connection that notes what the server refuses.
type intruder struct {
	*nats.Conn
	refused chan error
	lost    chan struct{}
}

func (r *brokerRig) nkey(h *lineHolder) nats.Option {
	r.t.Helper()
	pair, err := nkeys.FromSeed(h.seed)
	must(r.t, err)
	return nats.Nkey(h.NKey, pair.Sign)
}

// dial connects as a partner's connector does, with other options where the test
// wants them.
func (r *brokerRig) dial(h *lineHolder, options ...nats.Option) (*intruder, error) {
	r.t.Helper()
	i := &intruder{refused: make(chan error, 1000), lost: make(chan struct{}, 10)}
	usual := []nats.Option{
		r.nkey(h), nats.Secure(r.tls(h)), nats.CustomInboxPrefix(schemas.InboxPrefix(h.Mailbox)), nats.NoReconnect(), nats.Timeout(patient),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { i.refused <- err }),
		nats.DisconnectErrHandler(func(*nats.Conn, error) { i.lost <- struct{}{} }),
	}
	var err error
	if i.Conn, err = nats.Connect(r.url(), append(usual, options...)...); err == nil {
		r.t.Cleanup(i.Conn.Close)
	}
	return i, err
}

func (r *brokerRig) connect(h *lineHolder, options ...nats.Option) *intruder {
	r.t.Helper()
	i, err := r.dial(h, options...)
	must(r.t, err)
	return i
}

// wantViolation waits until the server says that it refused this.
func (i *intruder) wantViolation(t *testing.T, subject string) {
	t.Helper()
	select {
	case err := <-i.refused:
		if !errors.Is(err, nats.ErrPermissionViolation) || !strings.Contains(err.Error(), `"`+subject+`"`) {
			t.Errorf("%s: got %v, want a permissions violation", subject, err)
		}
	case <-time.After(patient):
		t.Errorf("%s: the server refused nothing", subject)
	}
}

// submit publishes as a connector does and returns the broker's answer.
func (i *intruder) submit(t *testing.T, message *nats.Msg) (*nats.PubAck, error) {
	t.Helper()
	js, err := i.JetStream(nats.MaxWait(patient))
	must(t, err)
	return js.PublishMsg(message)
}

// fetch takes from a mailbox as a connector does, and acknowledges.
func (i *intruder) fetch(t *testing.T, mailbox string, n int) []string {
	t.Helper()
	js, err := i.JetStream()
	must(t, err)
	subscription, err := js.PullSubscribe("", mailbox, nats.Bind(schemas.StreamOut, mailbox), nats.SkipConsumerLookup())
	must(t, err)
	defer subscription.Unsubscribe()
	messages, err := subscription.Fetch(n, nats.MaxWait(patient))
	must(t, err)
	var texts []string
	for _, message := range messages {
		must(t, message.AckSync())
		texts = append(texts, string(message.Data))
	}
	return texts
}

// holdings lists what the broker holds, as the gateway sees it: every message of
// every stream, and how its streams and consumers are set up.
func (r *brokerRig) holdings() []string {
	r.t.Helper()
	var all []string
	streams := r.line.js.ListStreams(r.context())
	for info := range streams.Info() {
		all = append(all, fmt.Sprintf("stream %+v", info.Config))
		stream, err := r.line.js.Stream(r.context(), info.Config.Name)
		must(r.t, err)
		all = append(all, r.consumers(stream)...)
		for sequence := max(1, info.State.FirstSeq); sequence <= info.State.LastSeq; sequence++ {
			message, err := stream.GetMsg(r.context(), sequence)
			must(r.t, err)
			if message.Subject != barrier {
				all = append(all, fmt.Sprintf("message %s %s", message.Subject, message.Data))
			}
		}
	}
	must(r.t, streams.Err())
	return all
}

func (r *brokerRig) consumers(stream jetstream.Stream) []string {
	r.t.Helper()
	var all []string
	list := stream.ListConsumers(r.context())
	for info := range list.Info() {
		all = append(all, fmt.Sprintf("consumer %s %s of %s", info.Stream, info.Name, info.Config.FilterSubject))
	}
	must(r.t, list.Err())
	slices.Sort(all)
	return all
}

// barrier is a subject of the gateway's own. What is stored under it was stored
// after everything that was on its way.
var barrier = schemas.SubjectIn("barrier")

// settle returns when everything sent before has had its effect.
func (r *brokerRig) settle(who ...*intruder) {
	r.t.Helper()
	for _, i := range who {
		must(r.t, i.FlushTimeout(patient))
	}
	for range 3 { // a message planted by a message planted by a message
		_, err := r.line.js.Publish(r.context(), barrier, nil)
		must(r.t, err)
	}
}

func (r *brokerRig) wantHoldings(want []string) {
	r.t.Helper()
	wantSame(r.t, "the broker", r.holdings(), want)
}

// wantSame compares what is held, in any order.
func wantSame(t *testing.T, what string, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s: there is now: %s", what, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s: there is no longer: %s", what, line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d things are held, want %d", what, len(got), len(want))
	}
}

func TestAPartnerSubmitsFetchesAndAcknowledges(t *testing.T) {
	r := newBrokerRig(t)
	i := r.connect(r.ngo)
	ack, err := i.submit(t, &nats.Msg{Subject: schemas.SubjectIn(r.ngo.Mailbox), Data: []byte("tip")})
	must(t, err)
	if ack.Stream != schemas.StreamIn {
		t.Errorf("stored in %s, want %s", ack.Stream, schemas.StreamIn)
	}
	r.deliver(r.ngo, "one")
	r.deliver(r.ngo, "two")
	if got := i.fetch(t, r.ngo.Mailbox, 2); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("fetched %v", got)
	}
	consumer, err := r.line.js.Consumer(r.context(), schemas.StreamOut, r.ngo.Mailbox)
	must(t, err)
	if info := consumer.CachedInfo(); info.NumAckPending != 0 || info.NumPending != 0 || info.AckFloor.Consumer != 2 {
		t.Errorf("after acknowledging: %d unacknowledged, %d waiting, %d acknowledged", info.NumAckPending, info.NumPending, info.AckFloor.Consumer)
	}
	if len(i.refused) > 0 {
		t.Errorf("refused: %v", <-i.refused)
	}
}

// elsewhere lists subjects on which a partner has no business: other people's,
// and those that manage streams, consumers, accounts and servers.
func elsewhere(own, other string) []string {
	api := "$JS.API."
	return []string{
		schemas.SubjectIn(other), schemas.SubjectIn("nobody"), schemas.SubjectIn(own) + ".more", "in", "anything",
		schemas.SubjectOut(own), schemas.SubjectOut(other), schemas.InboxPrefix(other) + ".x", "_INBOX.x",
		api + "INFO", api + "STREAM.LIST", api + "STREAM.NAMES", api + "STREAM.INFO.IN", api + "STREAM.INFO.OUT",
		api + "STREAM.CREATE.MINE", api + "STREAM.UPDATE.IN", api + "STREAM.DELETE.OUT", api + "STREAM.PURGE.IN",
		api + "STREAM.MSG.GET.OUT", api + "STREAM.MSG.DELETE.OUT", api + "DIRECT.GET.OUT", api + "STREAM.SNAPSHOT.OUT", api + "STREAM.RESTORE.OUT",
		api + "STREAM.LEADER.STEPDOWN.IN", api + "STREAM.PEER.REMOVE.IN",
		api + "CONSUMER.LIST.OUT", api + "CONSUMER.NAMES.OUT", api + "CONSUMER.INFO.OUT." + own, api + "CONSUMER.INFO.OUT." + other,
		api + "CONSUMER.CREATE.OUT", api + "CONSUMER.CREATE.OUT.mine", api + "CONSUMER.CREATE.OUT.mine." + schemas.SubjectOut(other),
		api + "CONSUMER.DURABLE.CREATE.OUT.mine", api + "CONSUMER.DELETE.OUT." + own, api + "CONSUMER.PAUSE.OUT." + other, api + "CONSUMER.RESET.OUT." + other,
		schemas.SubjectNext(other), api + "CONSUMER.MSG.NEXT.IN.gateway", api + "CONSUMER.MSG.NEXT.OUT." + own + ".x",
		"$JS.ACK.OUT." + other + ".1.1.1.1.0", "$JS.ACK.IN.gateway.1.1.1.1.0", "$JS.FC.OUT." + other + ".x",
		"$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING.CONNZ", "$SYS.REQ.ACCOUNT.HUB.CONNZ", "$SYS.REQ.CLAIMS.UPDATE", "$SYS._INBOX.x",
	}
}

func TestAPartnerCannotPublishAnywhereElse(t *testing.T) {
	r := newBrokerRig(t)
	r.deliver(r.police, "for the police")
	before := r.holdings()
	i, listener := r.connect(r.ngo), r.connect(r.police)
	heard, err := listener.SubscribeSync(schemas.InboxPrefix(r.police.Mailbox) + ".>")
	must(t, err)
	must(t, listener.FlushTimeout(patient))
	subjects := elsewhere(r.ngo.Mailbox, r.police.Mailbox)
	for _, subject := range subjects {
		must(t, i.Publish(subject, []byte("{}")))
		i.wantViolation(t, subject)
	}
	r.settle(i, listener)
	r.wantHoldings(before)
	if n, _, _ := heard.Pending(); n > 0 {
		t.Errorf("the other partner heard %d messages", n)
	}
	t.Logf("%d attempts refused", len(subjects))
}

func TestAPartnerCannotListenAnywhereElse(t *testing.T) {
	r := newBrokerRig(t)
	other := schemas.InboxPrefix(r.police.Mailbox)
	subjects := []string{
		">", "*", "*.>", "*.*", "in.>", "in.*", schemas.SubjectIn(r.ngo.Mailbox), schemas.SubjectIn(r.police.Mailbox),
		"out.>", "out.*", schemas.SubjectOut(r.ngo.Mailbox), schemas.SubjectOut(r.police.Mailbox), other + ".>", other + ".x", "_INBOX.>", "_INBOX.*.*",
		"$SYS.>", "$SYS.ACCOUNT.HUB.CONNECT", "$JS.>", "$JS.API.>", "$JS.ACK.>", "$JS.EVENT.>", "$JS.EVENT.ADVISORY.>", schemas.SubjectNext(r.ngo.Mailbox), "_R_.>", "_GR_.>",
	}
	for _, subject := range subjects {
		for _, queue := range []string{"", "queue"} {
			i := r.connect(r.ngo) // each a line of its own, within the bound on subscriptions
			_, err := i.QueueSubscribeSync(subject, queue)
			must(t, err)
			i.wantViolation(t, subject)
			i.Close()
		}
	}
	t.Logf("%d attempts refused", 2*len(subjects))
}

// plants lists where a partner might want an answer to be put that he causes.
func plants(own, other string) []string {
	return []string{
		schemas.SubjectIn(other), schemas.SubjectIn(own), schemas.SubjectOut(other), schemas.SubjectOut(own),
		schemas.InboxPrefix(other) + ".x", "_INBOX.x", "anything",
		"$JS.API.STREAM.DELETE.OUT", "$JS.API.STREAM.PURGE.IN", "$JS.API.CONSUMER.DELETE.OUT." + other, schemas.SubjectNext(other), schemas.SubjectNext(own),
		"$JS.ACK.OUT." + other + ".1.1.1.1.0", "$JS.ACK.OUT." + own + ".1.1.1.1.0", "$SYS.REQ.SERVER.PING", "_R_.x", "_GR_.x.y.z",
	}
}

// withoutNotes leaves out the empty answers that a partner can have the server put
// on his own in-subject. He may as well send them himself.
func withoutNotes(mailbox string, holdings []string) []string {
	note := "message " + schemas.SubjectIn(mailbox) + " "
	return slices.DeleteFunc(holdings, func(line string) bool { return line == note })
}

func TestAPartnerCannotPlantAMessageThroughAReplySubject(t *testing.T) {
	r := newBrokerRig(t)
	i, listener := r.connect(r.ngo), r.connect(r.police)
	heard, err := listener.SubscribeSync(schemas.InboxPrefix(r.police.Mailbox) + ".>")
	must(t, err)
	must(t, listener.FlushTimeout(patient))
	next, ack := schemas.SubjectNext(r.ngo.Mailbox), strings.TrimSuffix(schemas.SubjectAck(r.ngo.Mailbox), ">")+"1.1.1.1.0"
	replies := plants(r.ngo.Mailbox, r.police.Mailbox)
	for _, reply := range replies {
		want := withoutNotes(r.ngo.Mailbox, r.holdings())
		for _, text := range []string{"waiting", "coming"} {
			r.deliver(r.ngo, text)
			want = append(want, "message "+schemas.SubjectOut(r.ngo.Mailbox)+" "+text)
			must(t, i.PublishRequest(next, reply, []byte(`{"batch":2,"no_wait":true}`)))
			must(t, i.PublishRequest(next, reply, []byte(`{"batch":1,"expires":1000000000}`)))
			r.settle(i)
		}
		must(t, i.PublishRequest(ack, reply, []byte("+ACK")))
		must(t, i.PublishRequest(schemas.SubjectIn(r.ngo.Mailbox), reply, []byte("bait")))
		if !strings.HasPrefix(reply, "_R_") && !strings.HasPrefix(reply, "_GR_") && !strings.HasPrefix(reply, "$JS.ACK") { // those refuse the message itself
			want = append(want, "message "+schemas.SubjectIn(r.ngo.Mailbox)+" bait")
		}
		r.settle(i, listener)
		wantSame(t, reply, withoutNotes(r.ngo.Mailbox, r.holdings()), want)
	}
	if n, _, _ := heard.Pending(); n > 0 {
		t.Errorf("the other partner heard %d messages", n)
	}
	t.Logf("%d attempts without effect", 6*len(replies))
}

// withHeader is a submission of a partner with one header.
func withHeader(mailbox, name, value string) *nats.Msg {
	return &nats.Msg{Subject: schemas.SubjectIn(mailbox), Header: nats.Header{name: {value}}, Data: []byte("with " + name)}
}

func TestAHeaderCannotRemoveOrRedirectMessages(t *testing.T) {
	r := newBrokerRig(t)
	i := r.connect(r.ngo)
	for range 3 {
		_, err := i.submit(t, &nats.Msg{Subject: schemas.SubjectIn(r.ngo.Mailbox), Data: []byte("earlier")})
		must(t, err)
	}
	before := r.holdings()
	refused := []struct{ name, value string }{
		{"Nats-Rollup", "all"}, {"Nats-Rollup", "sub"}, {"Nats-TTL", "1s"}, {"Nats-Incr", "+1"},
		{"Nats-Schedule", "@at 2020-01-01T00:00:00Z"}, {"Nats-Batch-Id", "batch"},
		{"Nats-Expected-Stream", "OUT"}, {"Nats-Expected-Last-Sequence", "1"}, {"Nats-Expected-Last-Subject-Sequence", "1"}, {"Nats-Expected-Last-Msg-Id", "x"},
	}
	for _, header := range refused {
		message := withHeader(r.ngo.Mailbox, header.name, header.value)
		if header.name == "Nats-Schedule" {
			message.Header.Set("Nats-Schedule-Target", schemas.SubjectOut(r.police.Mailbox))
		}
		if ack, err := i.submit(t, message); err == nil {
			t.Errorf("%s: %s: stored as %d, want a refusal", header.name, header.value, ack.Sequence)
		}
	}
	r.settle(i)
	r.wantHoldings(before)
	t.Logf("%d attempts refused", len(refused))
}

func TestATraceCannotBeSentElsewhere(t *testing.T) {
	r := newBrokerRig(t)
	i := r.connect(r.ngo)
	before := r.holdings()
	for _, destination := range []string{schemas.SubjectIn(r.police.Mailbox), schemas.SubjectOut(r.police.Mailbox), schemas.SubjectOut(r.ngo.Mailbox), "$JS.API.STREAM.DELETE.OUT"} {
		must(t, i.PublishMsg(withHeader(r.ngo.Mailbox, "Nats-Trace-Dest", destination)))
		i.wantViolation(t, destination)
	}
	r.settle(i)
	r.wantHoldings(before)
}

func TestAMessageIDOfOnePartnerDoesNotSilenceAnother(t *testing.T) {
	r := newBrokerRig(t)
	_, err := r.connect(r.ngo).submit(t, withHeader(r.ngo.Mailbox, nats.MsgIdHdr, "taken"))
	must(t, err)
	for range 2 { // the same bytes again are how a connector asks for its receipt
		ack, err := r.connect(r.police).submit(t, &nats.Msg{Subject: schemas.SubjectIn(r.police.Mailbox), Data: []byte("with Nats-Msg-Id")})
		must(t, err)
		if ack.Duplicate {
			t.Error("a submission was taken for another's")
		}
	}
}

// strangers are connections that the broker must not let in.
func (r *brokerRig) strangers() map[string][]nats.Option {
	stranger := *r.holder("stranger")
	elsewhere := newAuthority(r.t)
	foreign := *r.ngo
	var err error
	foreign.cert, foreign.key, err = elsewhere.IssueClient(r.ngo.Mailbox, time.Now())
	must(r.t, err)
	expired := *r.ngo
	expired.cert, expired.key, err = r.authority.IssueClient(r.ngo.Mailbox, time.Now().Add(-2*pki.CertificateLife))
	must(r.t, err)
	serverCert := *r.ngo
	serverCert.cert, serverCert.key, err = r.authority.IssueServer([]string{"127.0.0.1"}, time.Now())
	must(r.t, err)
	forged := *r.ngo
	forged.seed = r.police.seed
	old := r.tls(r.ngo)
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	bare := r.tls(r.ngo)
	bare.Certificates = nil
	return map[string][]nats.Option{
		"TLS 1.2":                            {nats.Secure(old)},
		"no client certificate":              {nats.Secure(bare)},
		"a certificate of another authority": {nats.Secure(r.tls(&foreign))},
		"an expired certificate":             {nats.Secure(r.tls(&expired))},
		"a server's certificate":             {nats.Secure(r.tls(&serverCert))},
		"an unknown key":                     {r.nkey(&stranger)},
		"another's key without its secret":   {r.nkey(&forged)},
		"no key":                             {func(o *nats.Options) error { o.Nkey, o.SignatureCB = "", nil; return nil }},
		"a user name":                        {func(o *nats.Options) error { o.Nkey, o.SignatureCB = "", nil; return nil }, nats.UserInfo("gateway", "secret")},
		"the name of the hub's account":      {func(o *nats.Options) error { o.Nkey, o.SignatureCB = "", nil; return nil }, nats.Token("HUB")},
	}
}

func TestTheBrokerLetsNoStrangerIn(t *testing.T) {
	r := newBrokerRig(t)
	for name, options := range r.strangers() {
		if i, err := r.dial(r.ngo, options...); err == nil {
			t.Errorf("with %s: connected as %s", name, i.ConnectedServerName())
		} else {
			t.Logf("with %s: %v", name, err)
		}
	}
}

// rawLine speaks the broker's protocol itself: a client library would not send
// what the server must refuse.
type rawLine struct {
	t    *testing.T
	conn net.Conn
	in   *bufio.Reader
}

// raw connects and reads the server's greeting, still in the clear.
func (r *brokerRig) raw() (*rawLine, server.Info) {
	r.t.Helper()
	conn, err := net.DialTimeout("tcp", r.broker.Address(), patient)
	must(r.t, err)
	r.t.Cleanup(func() { conn.Close() })
	must(r.t, conn.SetDeadline(time.Now().Add(patient)))
	l := &rawLine{r.t, conn, bufio.NewReader(conn)}
	greeting, err := l.in.ReadString('\n')
	must(r.t, err)
	var info server.Info
	must(r.t, json.Unmarshal([]byte(strings.TrimPrefix(greeting, "INFO ")), &info))
	return l, info
}

// login turns TLS on and opens the connection with a partner's key.
func (r *brokerRig) login(h *lineHolder) *rawLine {
	r.t.Helper()
	l, info := r.raw()
	config := r.tls(h)
	config.ServerName = "127.0.0.1"
	secure := tls.Client(l.conn, config)
	l.conn, l.in = secure, bufio.NewReader(secure)
	pair, err := nkeys.FromSeed(h.seed)
	must(r.t, err)
	signature, err := pair.Sign([]byte(info.Nonce))
	must(r.t, err)
	l.say(`CONNECT {"verbose":false,"headers":true,"nkey":%q,"sig":%q}`, h.NKey, base64.RawURLEncoding.EncodeToString(signature))
	l.say("PING")
	l.want("PONG")
	return l
}

func (l *rawLine) say(format string, arguments ...any) {
	l.t.Helper()
	_, err := fmt.Fprintf(l.conn, format+"\r\n", arguments...)
	must(l.t, err)
}

// want reads until the server says this, or hangs up.
func (l *rawLine) want(text string) {
	l.t.Helper()
	var heard bytes.Buffer
	for !strings.Contains(heard.String(), text) {
		line, err := l.in.ReadString('\n')
		heard.WriteString(line)
		if err != nil {
			l.t.Errorf("the server said %q and hung up (%v), want %q", heard.String(), err, text)
			return
		}
	}
}

func (l *rawLine) wantHangUp() {
	l.t.Helper()
	if _, err := io.Copy(io.Discard, l.in); errors.Is(err, os.ErrDeadlineExceeded) {
		l.t.Error("the server kept the connection")
	}
}

func TestTheBrokerSpeaksNothingWithoutTLS(t *testing.T) {
	r := newBrokerRig(t)
	before := r.holdings()
	l, info := r.raw()
	if !info.TLSRequired || !info.TLSVerify {
		t.Errorf("the greeting asks for TLS: %v, for a certificate: %v", info.TLSRequired, info.TLSVerify)
	}
	l.say(`CONNECT {"nkey":%q}`, r.ngo.NKey)
	l.say("PUB %s 0\r\n", schemas.SubjectIn(r.ngo.Mailbox))
	l.wantHangUp()
	r.wantHoldings(before)
}

func TestTheBrokerBoundsWhatALineMaySend(t *testing.T) {
	r := newBrokerRig(t)
	before := r.holdings()
	l := r.login(r.ngo)
	l.say("PUB %s %d", schemas.SubjectIn(r.ngo.Mailbox), maxPayload+1)
	l.want("Maximum Payload Violation")
	l.wantHangUp()
	l = r.login(r.ngo)
	go io.Copy(l.conn, strings.NewReader("PUB "+strings.Repeat("x", 2*maxControlLine))) // the server stops reading
	l.wantHangUp()
	l = r.login(r.ngo)
	l.say("PUB %s %d\r\n%s", schemas.SubjectIn(r.ngo.Mailbox), maxPayload, strings.Repeat("x", maxPayload))
	l.say("PING")
	l.want("PONG") // the largest that is allowed; the stream takes it without a header or not at all
	r.settle()
	if got := len(r.holdings()); got > len(before)+1 {
		t.Errorf("the broker holds %d things, want at most one more than %d", got, len(before))
	}
}

func TestTheBrokerBoundsConnectionsAndSubscriptions(t *testing.T) {
	r := newBrokerRig(t)
	var first *intruder
	for n := range maxConnections {
		i, err := r.dial(r.ngo)
		if err != nil {
			t.Fatalf("connection %d: %v", n+1, err)
		}
		first = i
	}
	if _, err := r.dial(r.ngo); !errors.Is(err, nats.ErrMaxAccountConnectionsExceeded) && !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("one connection too many: %v", err)
	}
	r.connect(r.police) // the bound is each partner's own
	for n := range maxSubscriptions + 1 {
		_, err := first.SubscribeSync(fmt.Sprintf("%s.%d", schemas.InboxPrefix(r.ngo.Mailbox), n))
		must(t, err)
	}
	select {
	case err := <-first.refused:
		if !errors.Is(err, nats.ErrMaxSubscriptionsExceeded) {
			t.Errorf("one subscription too many: %v", err)
		}
	case <-time.After(patient):
		t.Error("one subscription too many was not refused")
	}
}

func TestACertificateGivesNoRightsOfItsOwner(t *testing.T) {
	r := newBrokerRig(t)
	i := r.connect(r.ngo, nats.Secure(r.tls(r.police))) // a certificate keeps strangers out; rights go by key
	for _, subject := range []string{schemas.SubjectIn(r.police.Mailbox), schemas.SubjectNext(r.police.Mailbox)} {
		must(t, i.Publish(subject, nil))
		i.wantViolation(t, subject)
	}
}

func TestTheBrokerComesBackWithoutItsStore(t *testing.T) {
	r := newBrokerRig(t)
	before := r.holdings()
	r.deliver(r.ngo, "forgotten")
	r.broker.Stop()
	must(t, os.RemoveAll(r.config.Store))
	r.start()
	r.provide() // the line comes back by itself
	r.wantHoldings(before)
	i := r.connect(r.ngo)
	_, err := i.submit(t, &nats.Msg{Subject: schemas.SubjectIn(r.ngo.Mailbox), Data: []byte("again")})
	must(t, err)
	r.deliver(r.ngo, "said again")
	if got := i.fetch(t, r.ngo.Mailbox, 1); !slices.Equal(got, []string{"said again"}) {
		t.Errorf("fetched %v", got)
	}
}

func TestDeliverMakesAStreamThatIsGone(t *testing.T) {
	r := newBrokerRig(t)
	must(t, r.line.js.DeleteStream(r.context(), schemas.StreamOut))
	r.deliver(r.ngo, "said again")
	if got := r.connect(r.ngo).fetch(t, r.ngo.Mailbox, 1); !slices.Equal(got, []string{"said again"}) {
		t.Errorf("fetched %v", got)
	}
}

func TestReloadOpensAndClosesLinesAndKeepsTheOthers(t *testing.T) {
	r := newBrokerRig(t)
	i, gone := r.connect(r.ngo), r.connect(r.police)
	id, err := i.GetClientID()
	must(t, err)
	late := r.holder(Mailbox([]byte("rig"), "late/1"))
	if _, err := r.dial(late); err == nil {
		t.Fatal("connected before the line was opened")
	}
	r.config.Access = append(r.config.Access, late.Access)
	must(t, r.broker.Reload(r.config))
	r.provide()
	newcomer := r.connect(late)
	_, err = newcomer.submit(t, &nats.Msg{Subject: schemas.SubjectIn(late.Mailbox), Data: []byte("tip")})
	must(t, err)
	r.deliver(late, "receipt")
	if got := newcomer.fetch(t, late.Mailbox, 1); !slices.Equal(got, []string{"receipt"}) {
		t.Errorf("fetched %v", got)
	}

	r.config.Access = slices.DeleteFunc(r.config.Access, func(a Access) bool { return a == r.police.Access })
	must(t, r.broker.Reload(r.config))
	select {
	case <-gone.lost:
	case <-time.After(patient):
		t.Error("a partner without a line is still connected")
	}
	if _, err := r.dial(r.police); err == nil {
		t.Error("connected after the line was closed")
	}
	_, err = i.submit(t, &nats.Msg{Subject: schemas.SubjectIn(r.ngo.Mailbox), Data: []byte("tip")})
	must(t, err)
	if now, _ := i.GetClientID(); now != id || len(i.lost) > 0 {
		t.Error("a connection that had nothing to do with it was cut")
	}
}

func TestTheBrokerSyncsEveryWriteAndHasOneDoor(t *testing.T) {
	r := newBrokerRig(t)
	state, err := r.broker.server.Varz(nil)
	must(t, err)
	if state.JetStream.Config == nil || !state.JetStream.Config.SyncAlways {
		t.Error("sync_interval is not always")
	}
	if !state.TLSRequired || !state.TLSVerify || state.MaxPayload != maxPayload || state.MaxControlLine != maxControlLine || state.MaxPending != maxPending {
		t.Errorf("TLS %v, certificates %v, payload %d, control line %d, pending %d", state.TLSRequired, state.TLSVerify, state.MaxPayload, state.MaxControlLine, state.MaxPending)
	}
	if state.HTTPPort != 0 || state.HTTPSPort != 0 || state.Cluster.Port != 0 || state.Gateway.Port != 0 || state.LeafNode.Port != 0 || state.MQTT.Port != 0 || state.Websocket.Port != 0 {
		t.Errorf("it listens elsewhere too: %+v", state)
	}
	for _, name := range []string{schemas.StreamIn, schemas.StreamOut} {
		stream, err := r.line.js.Stream(r.context(), name)
		must(t, err)
		c := stream.CachedInfo().Config
		if c.Storage != jetstream.FileStorage || c.PersistMode != jetstream.DefaultPersistMode || !c.DenyDelete || !c.DenyPurge || c.Discard != jetstream.DiscardNew || c.AllowRollup || c.AllowMsgTTL {
			t.Errorf("stream %s: %+v", name, c)
		}
		if err := stream.Purge(r.context()); err == nil {
			t.Errorf("stream %s: even the gateway could purge it", name)
		}
	}
}

func TestProvideRefusesAStreamWithOtherLimits(t *testing.T) {
	for name, change := range map[string]func(*jetstream.StreamConfig){
		"memory":          func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"drops old ones":  func(c *jetstream.StreamConfig) { c.Discard, c.DiscardNewPerSubject = jetstream.DiscardOld, false },
		"can be purged":   func(c *jetstream.StreamConfig) { c.DenyPurge = false },
		"others' subject": func(c *jetstream.StreamConfig) { c.Subjects = []string{"out.*", "elsewhere"} },
	} {
		r := newBrokerRig(t)
		must(t, r.line.js.DeleteStream(r.context(), schemas.StreamOut))
		config := streamConfig(schemas.StreamOut)
		change(&config)
		_, err := r.line.js.CreateStream(r.context(), config)
		must(t, err)
		if refusal := schemas.Refused(r.line.Provide(r.context(), nil)); refusal == nil || refusal.Code != CodeStream {
			t.Errorf("%s: got %v, want %s", name, refusal, CodeStream)
		}
	}
}

// A full mailbox says so; a full store would be a fault of the broker's.
func TestAFullMailboxIsNamed(t *testing.T) {
	r := newBrokerRig(t)
	config := streamConfig(schemas.StreamOut)
	config.MaxMsgsPerSubject = 2
	_, err := r.line.js.UpdateStream(r.context(), config)
	must(t, err)
	for n := range 2 {
		r.deliver(r.ngo, fmt.Sprint(n))
	}
	if err := r.line.Deliver(r.context(), r.ngo.Mailbox, []byte("one too many")); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want that the mailbox is full", err)
	}
	r.deliver(r.police, "another's")
	for _, test := range []struct {
		holder *lineHolder
		want   int
	}{{r.ngo, 2}, {r.police, 1}} {
		if n, err := r.line.Holds(r.context(), test.holder.Mailbox); err != nil || n != test.want {
			t.Errorf("the mailbox holds %d, %v, want %d", n, err, test.want)
		}
	}
	r.connect(r.police).fetch(t, r.police.Mailbox, 1)
	if n, err := r.line.Holds(r.context(), r.police.Mailbox); err != nil || n != 0 {
		t.Errorf("what was taken still counts: %d, %v", n, err)
	}
}
