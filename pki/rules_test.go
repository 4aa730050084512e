package pki_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"schakel/pki"
	"schakel/pki/forge"
	"schakel/schemas"
)

// signedRules has these officers sign a rule set, in this order.
func signedRules(w *forge.World, rules string, officers ...string) *schemas.SignedRules {
	document := &schemas.SignedRules{Rules: base64.StdEncoding.EncodeToString([]byte(rules))}
	for _, officer := range officers {
		if err := pki.SignRules(document, officer, w.Officers[officer], now); err != nil {
			panic(err)
		}
	}
	return document
}

func TestRulesSignedByOfficersAreBelieved(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		rules, signers, err := w.Anchors.OpenRules(schemas.Encode(signedRules(w, "the rules", "bob", "alice")))
		if err != nil || string(rules) != "the rules" || !slices.Equal(signers, []string{"bob", "alice"}) {
			t.Errorf("got %q by %v, %v", rules, signers, err)
		}
	})
}

func TestRulesAreRefusedWhenASignatureIsNotAnOfficers(t *testing.T) {
	inBoth(t, func(t *testing.T, w *forge.World) {
		alice, eve := w.Officers["alice"], w.Generate("eve")
		changed := func(change func(d *schemas.SignedRules)) []byte {
			d := signedRules(w, "the rules", "alice", "bob")
			change(d)
			return schemas.Encode(d)
		}
		as := func(officer, context string, secret *pki.Secret, data string) schemas.RecordSignature {
			signature := must(pki.Sign(secret, secret.SigningKey(now), context, []byte(data), now))
			return schemas.RecordSignature{Officer: officer, Signature: base64.StdEncoding.EncodeToString(signature)}
		}
		second := func(s schemas.RecordSignature) []byte {
			return changed(func(d *schemas.SignedRules) { d.Signatures[1] = s })
		}
		for _, c := range []struct {
			name     string
			document []byte
			code     schemas.Code
		}{
			{"nobody signed", schemas.Encode(signedRules(w, "the rules")), "rules.unsigned"},
			{"a stranger", second(as("eve", pki.ContextRules, eve, "the rules")), "rules.signature"},
			{"a stranger under an officer's name", second(as("bob", pki.ContextRules, eve, "the rules")), "rules.signature"},
			{"an officer under another's name", second(as("bob", pki.ContextRules, alice, "the rules")), "rules.signature"},
			{"for another rule set", second(as("bob", pki.ContextRules, w.Officers["bob"], "other rules")), "rules.signature"},
			{"for a record of the directory", second(as("bob", pki.ContextDirectory, w.Officers["bob"], "the rules")), "rules.signature"},
			{"for an approval", second(as("bob", pki.ContextApproval, w.Officers["bob"], "the rules")), "rules.signature"},
			{"an empty signature", second(schemas.RecordSignature{Officer: "bob"}), "rules.form"},
			{"a signature that is none", second(schemas.RecordSignature{Officer: "bob", Signature: "AAAA"}), "rules.signature"},
			{"other rules under the signatures", changed(func(d *schemas.SignedRules) { d.Rules = base64.StdEncoding.EncodeToString([]byte("the rulez")) }), "rules.signature"},
			{"rules that are no base64", changed(func(d *schemas.SignedRules) { d.Rules = "the rules" }), "rules.form"},
			{"a document of another kind", w.Record(document("covenant", 1)), "rules.form"},
			{"nothing", nil, "rules.form"},
			{"too large", bytes.Repeat([]byte(" "), 12<<20+1), "rules.size"},
		} {
			t.Run(c.name, func(t *testing.T) {
				_, _, err := w.Anchors.OpenRules(c.document)
				refused(t, err, c.code)
			})
		}
	})
}

// A revoked key signs no law, whenever it says that it did.
func TestRulesOfARevokedOfficerAreRefused(t *testing.T) {
	w := v4()
	revoked := changed(w.Officers["bob"], func(e *openpgp.Entity) error {
		return e.Subkeys[0].Revoke(packet.KeyCompromised, "", clock(now.Add(day)))
	})
	trust := *w.Trust()
	trust.Officers[1].Certificate = base64.StdEncoding.EncodeToString(revoked.Bytes())
	_, _, err := must(pki.OpenTrust(schemas.Encode(trust))).OpenRules(schemas.Encode(signedRules(w, "the rules", "alice", "bob")))
	refused(t, err, "rules.signature")
}
