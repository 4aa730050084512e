package gateway_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"schakel/gateway"
	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

// secret reads the OpenPGP key of a home of the play.
func (p *play) secret(home string) *pki.Secret {
	p.Helper()
	store, err := pki.OpenStore(filepath.Join(p.dir, home, "keys"), passphrase)
	p.must(err)
	secret, err := store.OpenPGP("openpgp")
	p.must(err)
	return secret
}

// submission is the scene of a tip that the NGO has submitted and nobody has
// carried.
func (p *play) submission() forge.Scene {
	p.Helper()
	sender, us := p.secret(ngo), p.secret("gateway")
	partner, _ := p.Directory().Partner(ngo)
	signer, _ := partner.Signer("1")
	p.submit(ngo, schemas.Example("tip-manila"))
	opened, err := pki.Open(p.people[ngo].Waiting()[0], pki.Expect{Form: pki.Submission, Key: us, Now: p.now, Signer: signer, Gateway: us.Fingerprint})
	p.must(err)
	return forge.Scene{
		Form: pki.Submission, Now: p.now, From: signer.Sender, Signer: sender, Key: signer.Key,
		To: us.Certificate, ToKey: us.EncryptionKey(p.now), Honest: opened.Container,
	}
}

// delivery is the scene of a message on its way to the police.
func (p *play) delivery(sealed []byte) forge.Scene {
	p.Helper()
	sender, us := p.secret(ngo), p.secret(tbkk)
	expect := pki.Expect{Form: pki.Incoming, Key: us, Now: p.now, Anchors: p.Anchors, Gateway: p.Anchors.Trust.Gateway}
	opened, err := pki.Open(sealed, expect)
	p.must(err)
	return forge.Scene{
		Form: pki.Incoming, Now: p.now, From: opened.Parsed.From, Signer: sender, Key: sender.SigningKey(p.now),
		To: us.Certificate, ToKey: us.EncryptionKey(p.now), Honest: opened.Container,
	}
}

// What breaks the profile in one way is refused on the partner's own line: with
// the code of that way, written down, answered to him and shown to nobody else.
func TestEveryForgedSubmissionIsRefusedAndWrittenDown(t *testing.T) {
	p := newPlay(t)
	scene := p.submission()
	cases := forge.Cases(scene)
	if len(cases) < 60 {
		t.Fatalf("%d forged messages, want 60 or more", len(cases))
	}
	for _, c := range cases {
		p.now = c.At
		if err := p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: c.Sealed}); err != nil {
			t.Errorf("%s: not settled: %v", c.Name, err)
			continue
		}
		entry := p.journal.settled[len(p.journal.settled)-1].Events[0].Entry
		if entry.Event != schemas.EventRefused || !slices.Equal(entry.Reasons, []schemas.Code{c.Code}) || entry.Sealed != schemas.Digest(c.Sealed) {
			t.Errorf("%s: written down as %s %v, want %s [%s]", c.Name, entry.Event, entry.Reasons, schemas.EventRefused, c.Code)
		}
	}
	if got := slices.Collect(maps.Keys(p.post.boxes)); !slices.Equal(got, []string{p.mailbox(ngo)}) {
		t.Errorf("something went to %v, want answers to the sender alone", got)
	}
	p.now = scene.Now
	p.post.empty(p.mailbox(ngo))
	p.carry() // the honest one
	if got := len(p.received(tbkk)); got != 1 {
		t.Errorf("the police received %d messages, want the honest one", got)
	}
}

// The same on the other side: a partner's connector believes none of it, keeps
// nothing and answers nothing, and counts it under its code.
func TestEveryForgedDeliveryIsIgnoredAndCounted(t *testing.T) {
	p := newPlay(t)
	p.submit(ngo, schemas.Example("tip-manila"))
	p.must(p.Pass(t.Context(), gateway.Submission{Mailbox: p.mailbox(ngo), Sealed: p.people[ngo].Waiting()[0]}))
	sealed := p.post.empty(p.mailbox(tbkk))
	if len(sealed) != 1 {
		t.Fatalf("%d messages for the police, want one", len(sealed))
	}
	police, scene := p.people[tbkk], p.delivery(sealed[0])
	cases := forge.Cases(scene)
	if len(cases) < 60 {
		t.Fatalf("%d forged messages, want 60 or more", len(cases))
	}
	for _, c := range cases {
		before := police.Ignored()[c.Code]
		p.now = c.At
		if err := police.Receive(c.Sealed); err != nil {
			t.Errorf("%s: would come again: %v", c.Name, err)
		}
		if got := police.Ignored()[c.Code]; got != before+1 {
			t.Errorf("%s: not counted as %s: %v", c.Name, c.Code, police.Ignored())
		}
	}
	p.now = scene.Now
	p.wantReceived(tbkk)
	if waiting := police.Waiting(); len(waiting) > 0 {
		t.Errorf("the police answer %d times, want never", len(waiting))
	}
	p.must(police.Receive(sealed[0]))
	if got := len(p.received(tbkk)); got != 1 {
		t.Errorf("the police received %d messages, want the honest one", got)
	}
}
