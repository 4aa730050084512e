package instance

import (
	"context"
	"encoding/base64"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"schakel/gateway/register"
	"schakel/gateway/tlog"
	"schakel/policies"
	"schakel/schemas"
)

// otherRules is the rule set of another version of this program.
func otherRules(t *testing.T) *policies.Bundle {
	t.Helper()
	b, err := policies.BuiltinBundle()
	if err != nil {
		t.Fatal(err)
	}
	b.Files["facts/zz.yaml"] = "flows:\n  - {id: added/1, kind: case-tip, sender: [om], recipient: [om], decision: allow, source: law 4.1, evidence: D}\n"
	maps.DeleteFunc(b.Files, func(name, _ string) bool { return strings.HasPrefix(name, "cases/") && name != "cases/S26.txt" })
	if b, err = policies.ReadBundle(b.Encode()); err != nil {
		t.Fatal(err)
	}
	return b
}

// homeWith makes a home whose log begins with these rules, as another version of
// this program left it.
func homeWith(t *testing.T, rules *policies.Bundle) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "gateway")
	options := GatewayOptions{Dir: dir, Config: Config{Name: "schakel.test", Listen: "127.0.0.1:4222", Broker: "embedded", Workers: 1}, Passphrase: testPassphrase, KDF: cheap, Now: time.Now()}
	if err := CreateGateway(options); err != nil {
		t.Fatal(err)
	}
	signer := logKeyOf(t, dir)
	trust, err := readTrust(dir)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := note.NewVerifier(trust.LogKey)
	if err != nil {
		t.Fatal(err)
	}
	log, err := register.Open(filepath.Join(dir, registerFile), signer, verifier)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	event := schemas.Event{
		Salt:   tlog.NewSalt(),
		Entry:  schemas.Entry{Event: schemas.EventRules, Epoch: 1, Time: schemas.At(time.Now()), Trust: trust.Digest, Rules: rules.Digest()},
		Record: schemas.Record{ID: "rules/1", Version: 1, Signed: rules.Encode()},
	}
	if _, err := log.Record(t.Context(), &schemas.Settlement{Events: []schemas.Event{event}}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A program with other rules than those in force decides by those in force, says
// that it has others, and takes them once two officers have signed them.
func TestRulesOfANewProgramWaitForTheOfficers(t *testing.T) {
	old := otherRules(t)
	dir := homeWith(t, old)
	s := openHome(t, dir)
	if s.Gateway.Rules().Digest != old.Digest() || s.Register.Size() != 1 {
		t.Errorf("rules %s are in force in a log of %d", s.Gateway.Rules().Digest, s.Register.Size())
	}
	builtin, err := policies.BuiltinBundle()
	if err != nil {
		t.Fatal(err)
	}
	if newer, err := NotProposed(t.Context(), dir); err != nil || newer != builtin.Digest() {
		t.Errorf("got %q, %v, want %s", newer, err, builtin.Digest())
	}
	s.Close()
	signed, err := Propose(t.Context(), dir, builtin, "trust-1", testPassphrase, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if signed, err = SignProposal(dir, signed, "trust-2", testPassphrase, time.Now()); err != nil {
		t.Fatal(err)
	}
	if edition, err := Activate(t.Context(), dir, signed); err != nil || edition.Entry != -1 {
		t.Fatalf("got %+v, %v", edition.Entry, err)
	}
	s = openHome(t, dir)
	defer s.Close()
	if err := s.admitRules(t.Context()); err != nil || s.Gateway.Rules().Digest != builtin.Digest() {
		t.Errorf("%v, rules %s", err, s.Gateway.Rules().Digest)
	}
	if newer, err := NotProposed(t.Context(), dir); err != nil || newer != "" {
		t.Errorf("afterwards: got %q, %v", newer, err)
	}
}

// What lies before the gateway and is not in order is laid aside, with its code in
// the log of the service.
func TestTheGatewayLaysBadRulesAside(t *testing.T) {
	var said strings.Builder
	dir := newHome(t)
	s, err := Open(dir, testPassphrase, time.Now, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.Mkdir(filepath.Join(dir, rulesDir), 0o700); err != nil {
		t.Fatal(err)
	}
	unsigned := schemas.Encode(schemas.SignedRules{Rules: base64.StdEncoding.EncodeToString(otherRules(t).Encode())})
	if err := os.WriteFile(rulesFile(dir, 2), unsigned, 0o600); err != nil {
		t.Fatal(err)
	}
	before := s.Gateway.Rules().Digest
	for range 2 {
		if err := s.admitRules(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if s.Gateway.Rules().Digest != before || strings.Count(said.String(), "rules.unsigned") != 1 {
		t.Errorf("rules %s, the service says %s", s.Gateway.Rules().Digest, said.String())
	}
	if _, err := os.Lstat(rulesFile(dir, 2) + ".refused"); err != nil {
		t.Error(err)
	}
}

// A gateway does not start on rules that its program cannot read: with none, or with
// others, it would decide what nobody signed for.
func TestRulesThatTheProgramCannotReadStopIt(t *testing.T) {
	b := otherRules(t)
	b.Files["facts/zz.yaml"] = "laws: []\n"
	dir := homeWith(t, b)
	_, err := Open(dir, testPassphrase, time.Now, slog.New(slog.DiscardHandler))
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "rules.load" {
		t.Errorf("got %v, want rules.load", err)
	}
}

// Other rules of a version that waits already do not take its place.
func TestRulesThatWaitKeepTheirPlace(t *testing.T) {
	dir := newHome(t)
	propose := func(author string) []byte {
		signed, err := Propose(t.Context(), dir, otherRules(t), author, testPassphrase, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if signed, err = SignProposal(dir, signed, "trust-3", testPassphrase, time.Now()); err != nil {
			t.Fatal(err)
		}
		return signed
	}
	first := propose("trust-1")
	for range 2 { // the same again is no error
		if _, err := Activate(t.Context(), dir, first); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Activate(t.Context(), dir, propose("trust-2"))
	if refusal := schemas.Refused(err); refusal == nil || refusal.Code != "rules.waiting" {
		t.Errorf("got %v, want rules.waiting", err)
	}
}
