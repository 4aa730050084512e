package pki_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"testing"
	"time"

	"schakel/pki"
)

// line is how a connector and the broker meet.
type line struct {
	server *tls.Config
	client *tls.Config
}

func newLine(t *testing.T, broker, connector *pki.Authority) line {
	t.Helper()
	cert, key, err := broker.IssueServer([]string{"127.0.0.1", "broker.example"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	callers := x509.NewCertPool()
	callers.AppendCertsFromPEM(broker.CertPEM)
	server := &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{must(tls.X509KeyPair(cert, key))},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: callers,
	}
	cert, key, err = connector.IssueClient("mailbox", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	client := must(pki.ClientTLS(cert, key, broker.CertPEM))
	client.ServerName = "broker.example"
	return line{server, client}
}

// connect returns what either side thinks of the other. In TLS 1.3 the server
// judges after the client's handshake, so the client waits for a first word.
func (l line) connect(t *testing.T) (server, client error, state tls.ConnectionState) {
	t.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	answered := make(chan error, 1)
	go func() {
		raw := must(listener.Accept())
		defer raw.Close()
		answering := tls.Server(raw, l.server)
		_, err := answering.Write([]byte("welcome"))
		state = answering.ConnectionState()
		answered <- err
	}()
	calling, client := tls.Dial("tcp", listener.Addr().String(), l.client)
	if client == nil {
		_, client = calling.Read(make([]byte, 7))
		calling.Close()
	}
	return <-answered, client, state
}

func TestAConnectorAndTheBrokerOfOneInstanceBelieveEachOther(t *testing.T) {
	authority := must(pki.NewAuthority("test", time.Now()))
	server, client, state := newLine(t, authority, authority).connect(t)
	if server != nil || client != nil {
		t.Fatalf("got %v, %v", server, client)
	}
	if state.Version != tls.VersionTLS13 || state.PeerCertificates[0].Subject.CommonName != "mailbox" {
		t.Errorf("got version %x, caller %s", state.Version, state.PeerCertificates[0].Subject)
	}
}

func TestStrangersAreKeptOffTheLine(t *testing.T) {
	ours, theirs := must(pki.NewAuthority("ours", time.Now())), must(pki.NewAuthority("theirs", time.Now()))
	for name, spoil := range map[string]func(*line){
		"connector of another instance":     func(l *line) { l.client = newLine(t, theirs, theirs).client; l.client.InsecureSkipVerify = true },
		"broker of another instance":        func(l *line) { l.server = newLine(t, theirs, ours).server },
		"connector without a certificate":   func(l *line) { l.client.Certificates = nil },
		"connector with TLS 1.2":            func(l *line) { l.client.MinVersion, l.client.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
		"broker with TLS 1.2":               func(l *line) { l.server.MinVersion, l.server.MaxVersion = tls.VersionTLS12, tls.VersionTLS12 },
		"broker under another name":         func(l *line) { l.client.ServerName = "elsewhere.example" },
		"connector that plays the broker":   func(l *line) { l.server.Certificates = l.client.Certificates },
		"broker that plays the connector":   func(l *line) { l.client.Certificates = l.server.Certificates },
		"connector whose certificate ended": func(l *line) { l.server.Time = func() time.Time { return time.Now().Add(pki.CertificateLife + day) } },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLine(t, ours, ours)
			spoil(&l)
			if server, client, _ := l.connect(t); server == nil && client == nil {
				t.Error("they believe each other")
			}
		})
	}
}

func TestAnAuthorityMayOnlyIssueAndAConnectorMayNot(t *testing.T) {
	authority := must(pki.NewAuthority("test", now))
	cert, key, err := authority.IssueClient("mailbox", now)
	if err != nil {
		t.Fatal(err)
	}
	root, leaf := parsed(authority.CertPEM), parsed(cert)
	if !root.IsCA || root.KeyUsage != x509.KeyUsageCertSign || leaf.IsCA || leaf.KeyUsage != x509.KeyUsageDigitalSignature {
		t.Errorf("got authority %v %v, connector %v %v", root.IsCA, root.KeyUsage, leaf.IsCA, leaf.KeyUsage)
	}
	if !leaf.NotAfter.Equal(now.Add(pki.CertificateLife)) || !leaf.NotBefore.Before(now) {
		t.Errorf("got life from %v to %v", leaf.NotBefore, leaf.NotAfter)
	}

	below, _, err := (&pki.Authority{CertPEM: cert, KeyPEM: key}).IssueClient("planted", now)
	if err != nil {
		t.Fatal(err)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	between.AddCert(leaf)
	if _, err := parsed(below).Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err == nil {
		t.Error("what a connector issued is believed")
	}
}

func TestBrokenFilesOfTheLineAreRefused(t *testing.T) {
	authority := must(pki.NewAuthority("test", now))
	cert, key, err := authority.IssueClient("mailbox", now)
	if err != nil {
		t.Fatal(err)
	}
	_, err = pki.ClientTLS(cert, []byte("no key"), authority.CertPEM)
	refused(t, err, "net.certificate")
	_, err = pki.ClientTLS(cert, authority.KeyPEM, authority.CertPEM)
	refused(t, err, "net.certificate")
	_, err = pki.ClientTLS(cert, key, []byte("no authority"))
	refused(t, err, "net.certificate")
}

func parsed(certificate []byte) *x509.Certificate {
	block, _ := pem.Decode(certificate)
	return must(x509.ParseCertificate(block.Bytes))
}
