package gateway_test

import (
	"encoding/base64"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"schakel/connectors"
	"schakel/gateway"
	"schakel/pki"
	"schakel/schemas"
)

// amend signs the next version of a partner's record.
func (p *play) amend(id string, change func(*schemas.Partner)) []byte {
	p.Helper()
	partner, _ := p.Directory().Partner(id)
	record := partner.Partner
	record.Version++
	record.Officers, record.Connectors = slices.Clone(record.Officers), slices.Clone(record.Connectors)
	change(&record)
	p.must(schemas.Validate(&record))
	officers := map[string]*pki.Secret{}
	for _, officer := range []string{"trust-1", "trust-2"} {
		store, err := pki.OpenStore(filepath.Join(p.dir, "gateway", "officers", officer), passphrase)
		p.must(err)
		officers[officer], err = store.OpenPGP("openpgp")
		p.must(err)
	}
	signed, err := pki.SignRecord(schemas.Encode(record), officers, p.now)
	p.must(err)
	return signed
}

// change brings the next version of a partner's record into use.
func (p *play) change(id string, change func(*schemas.Partner)) {
	p.Helper()
	p.must(p.Admit(p.Context(), p.amend(id, change)))
}

func renamed(r *schemas.Partner)     { r.Name += " (new)" }
func suspended(r *schemas.Partner)   { r.Status = "suspended" }
func withoutDesk(r *schemas.Partner) { r.Connectors[0].Status = "retired" }
func firstEnded(r *schemas.Partner)  { r.Officers[0].Status = "ended" }

// rotated gives a partner's workstation another signing key than the one that has
// signed until now.
func rotated(t *testing.T, now time.Time) func(*schemas.Partner) {
	return func(r *schemas.Partner) {
		secret, err := pki.Generate(r.Name, pki.ProfileV4, now)
		if err != nil {
			t.Fatal(err)
		}
		r.Certificate = base64.StdEncoding.EncodeToString(secret.Bytes())
		r.Connectors[0].Signing, r.Connectors[0].Encryption = secret.SigningKey(now), secret.EncryptionKey(now)
	}
}

// settle hands the newest message that waits at a partner to the gateway, and
// returns its bytes.
func (p *play) settle(partner string) []byte {
	p.Helper()
	waiting := p.people[partner].Waiting()
	sealed := waiting[len(waiting)-1]
	p.must(p.again(partner, sealed))
	return sealed
}

// again hands bytes to the gateway on a partner's line.
func (p *play) again(partner string, sealed []byte) error {
	return p.Pass(p.Context(), gateway.Submission{Mailbox: p.mailbox(partner), Sealed: sealed})
}

// lost sends the example tip from the NGO; the gateway takes it and everything
// that it sends is lost.
func (p *play) lost() (tip string) {
	p.Helper()
	tip = p.submit(ngo, schemas.Example("tip-manila"))
	p.post.lose = true
	p.settle(ngo)
	p.post.lose = false
	return tip
}

// What was signed with the keys of yesterday is verified by the record of
// yesterday, however often it is sent.
func TestWhatIsSentAgainIsBelievedAfterTheSendersRecordChanged(t *testing.T) {
	for name, change := range map[string]func(*schemas.Partner){
		"another name": renamed, "an officer has left": firstEnded, "another key": rotated(t, begun), "suspended": suspended,
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t)
			tip := p.lost()
			p.change(ngo, change)
			p.now = p.now.Add(time.Hour)
			p.resend(2)
			p.receive(tbkk)
			p.wantReceived(tbkk, tip)
			if ignored := p.people[tbkk].Ignored(); len(ignored) > 0 {
				t.Errorf("the police ignored %v", ignored)
			}
		})
	}
}

func TestWhatWasHeldIsBelievedAfterTheSendersKeyChanged(t *testing.T) {
	p := newPlay(t)
	question := p.held()
	p.change(tbkk, rotated(t, begun))
	for partner, act := range map[string]connectors.Act{prosecutor: prosecutorApproves, controller: controllerApproves} {
		key, err := p.people[partner].OfficerKey(act.Officer, passphrase)
		p.must(err)
		_, err = p.people[partner].Act(question, act, key)
		p.must(err)
		p.settle(partner)
	}
	p.receive(ngo)
	if !slices.Contains(p.received(ngo), question) {
		t.Errorf("the NGO received %v (ignored %v), want the question %s", p.received(ngo), p.people[ngo].Ignored(), question)
	}
}

// A key that is withdrawn between reading and writing down counts as withdrawn.
func TestARecordThatChangesUnderADecisionDecides(t *testing.T) {
	p := newPlay(t)
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	revoked := p.amend(ngo, func(r *schemas.Partner) { r.Status, r.Connectors[0].Status = "revoked", "compromised" })
	p.journal.before = func() error {
		p.journal.before = nil
		return p.Admit(t.Context(), revoked)
	}
	p.settle(ngo)
	p.wantLastRefused("sig.key-status")
	p.receive(tbkk)
	p.wantReceived(tbkk)
	if standing, err := p.Journal.Standing(t.Context(), tip); err == nil {
		t.Errorf("the register has the tip as %s", standing.Event)
	}
}

// Custody is for ever: who asks again is told what he was told.
func TestCustodyIsConfirmedAlsoWhenTheSenderMayNotSendAnyMore(t *testing.T) {
	for name, change := range map[string]func(*schemas.Partner){"suspended": suspended, "another key": rotated(t, begun)} {
		t.Run(name, func(t *testing.T) {
			p := newPlay(t)
			tip := p.submit(ngo, schemas.Example("tip-manila"))
			sealed := p.settle(ngo)
			p.receive(ngo)
			entries := p.service.Register.Size()
			p.change(ngo, change)
			p.post.empty(p.mailbox(ngo))
			p.must(p.again(ngo, sealed))
			if got := p.service.Register.Size(); got != entries+1 {
				t.Errorf("the log grew by %d, want the record alone", got-entries)
			}
			if n := len(p.post.boxes[p.mailbox(ngo)]); n != 1 {
				t.Errorf("the sender was answered %d times, want once", n)
			}
			p.receive(ngo)
			p.wantState(ngo, tip, "custody")
		})
	}
}

// A partner who takes no part any more learns nothing new by asking.
func TestASuspendedPartnerIsToldNothingNew(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	sealed := p.settle(ngo)
	p.change(ngo, suspended)
	p.carryOthers() // receipts come for it
	p.post.empty(p.mailbox(ngo))
	p.must(p.again(ngo, sealed))
	if n := len(p.post.boxes[p.mailbox(ngo)]); n != 1 {
		t.Errorf("he was told %d things, want the custody alone", n)
	}
	p.now = p.now.Add(time.Hour)
	p.resend(0) // what was received is received, also when nobody is left to be told
}

// carryOthers lets everybody but the NGO receive and send, once.
func (p *play) carryOthers() {
	p.Helper()
	for _, partner := range cast() {
		if partner.ID == ngo {
			continue
		}
		p.receive(partner.ID)
		for _, sealed := range p.people[partner.ID].Waiting() {
			p.must(p.again(partner.ID, sealed))
		}
	}
}

func TestAPartnerWithoutAWorkstationIsNoRecipient(t *testing.T) {
	p := newPlay(t)
	p.change(tbkk, withoutDesk)
	tip := p.submit(ngo, schemas.Example("tip-manila"))
	p.settle(ngo)
	p.receive(ngo)
	for _, result := range p.sent(ngo, tip).Results {
		standing, err := p.Journal.Standing(t.Context(), tip)
		p.must(err)
		i := slices.IndexFunc(standing.Deliveries, func(d schemas.Delivered) bool { return d.To == result.To })
		gone := standing.Deliveries[i].Recipient == tbkk
		if told := slices.Contains(result.Reasons, "route.no-connector") && result.Outcome == schemas.Deny; told != gone {
			t.Errorf("the NGO is told %+v about %s", result, standing.Deliveries[i].Recipient)
		}
	}
}

// Each line gets its own answer, also for the same bytes.
func TestARefusalIsAnsweredOnTheLineOnWhichItCame(t *testing.T) {
	p := newPlay(t)
	for _, partner := range []string{ngo, otherNGO, ngo} {
		before := len(p.journal.settled)
		p.must(p.again(partner, []byte("junk")))
		for _, sealed := range p.post.empty(p.mailbox(partner)) {
			p.must(p.people[partner].Receive(sealed))
		}
		if ignored := p.people[partner].Ignored(); ignored["rcp.sender"] > 0 {
			t.Errorf("%s was answered with another's refusal: %v", partner, ignored)
		}
		if wrote := len(p.journal.settled) > before; partner == otherNGO && !wrote {
			t.Error("the second line's refusal was not written down")
		}
	}
}
