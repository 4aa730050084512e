// Package forge makes messages that break the profile, one deviation each, and
// says with which code each must be refused. It is for tests only: nothing that
// runs for a partner may import it.
//
// A forged message is an honest one in which one stage of its making was changed.
// Every later stage is done as it should be: a manifest with a wrong date is
// signed, packed, padded and sealed. So the deviation is the only one, and the
// message reaches the check that has to refuse it. The stages stand in [recipe].
package forge

import (
	"fmt"
	"slices"
	"time"

	"schakel/pki"
	"schakel/schemas"
)

// Scene is an honest message about to be made: who sends what to whom, when.
type Scene struct {
	Form   pki.Form         // Submission to a gateway, or Incoming: a delivery to a connector
	Now    time.Time        // when it is made and received
	From   schemas.Sender   // the connector that signs the manifest
	Signer *pki.Secret      // its organisation's key
	Key    string           // the connector's signing key, by fingerprint
	To     *pki.Certificate // who opens the message
	ToKey  string           // his encryption key, by fingerprint

	// Honest is what an honest sender packed: manifest, signature, disclosures;
	// for a delivery also the sender's record and a proof.
	Honest *pki.Container
}

// Case is one forged message.
type Case struct {
	Name   string       // family/deviation
	Code   schemas.Code // of the refusal
	At     time.Time    // when it is received
	Sealed []byte
}

// Sealed is the honest message itself. A test opens it first: what refuses
// everything proves nothing.
func (s Scene) Sealed() []byte { return newForger(s).make(recipe{}) }

// Sealer returns a function that seals a padded container as it is, whatever
// stands in it. All that it seals has one session key: only a test may do so.
func (s Scene) Sealer() func(padded []byte) []byte {
	f := newForger(s)
	e, session := f.honestEnvelope(), f.honestEnvelope().session()
	key := e.sessionKeyPacket(session)
	return func(padded []byte) []byte {
		return join(packets{key, e.encrypt(literalPacket(literalHead, padded), session)})
	}
}

// Padded is the honest container as it is sealed.
func (s Scene) Padded() []byte { return pad(s.Honest.Marshal()) }

// Cases makes every forged message of the scene's form.
func Cases(s Scene) []Case {
	f := newForger(s)
	var cases []Case
	for _, d := range f.deviations() {
		cases = append(cases, Case{d.name, d.code, s.Now.Add(d.later), f.make(d.recipe)})
	}
	return cases
}

// deviation is one thing done wrong.
type deviation struct {
	name   string
	code   schemas.Code
	recipe recipe
	later  time.Duration // received so much later than made
}

func (f *forger) deviations() []deviation {
	return slices.Concat(f.shapes(), f.packets(), f.recipients(), f.ciphers(), f.literals(), f.containers(), f.sections(), f.signatures(), f.times(), f.manifests(), f.disclosures(), f.records())
}

// must is for what fails only when the forge itself is broken.
func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("forge: %v", err))
	}
	return value
}
