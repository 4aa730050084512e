package pki

import (
	"encoding/base64"
	"strconv"
	"time"

	"schakel/schemas"
)

// MaxSignedRules bounds a signed rule set, in bytes: the largest bundle, in base64,
// with its signatures.
const MaxSignedRules = 12 << 20

// OpenRules verifies the signatures of a rule set, and returns its exact bytes and
// who signed, in their order. Each signature must be a trust officer's own, made
// for rules and for nothing else; whether they are enough, and of the right
// persons, is the gateway's to judge. Of a rule set that nobody signed there are no
// bytes to return.
func (a *Anchors) OpenRules(signed []byte) (bundle []byte, signers []string, err error) {
	var document schemas.SignedRules
	if err := schemas.DecodeLarge(signed, MaxSignedRules, &document); err != nil {
		return nil, nil, rulesForm(err)
	}
	if bundle, err = decodeBase64(base64.StdEncoding, document.Rules); err != nil {
		return nil, nil, schemas.Refuse("rules.form", "/rules")
	}
	if len(document.Signatures) == 0 {
		return nil, nil, schemas.Refuse("rules.unsigned", "/signatures")
	}
	for i, s := range document.Signatures {
		if err := a.verifyRules(s, bundle); err != nil {
			return nil, nil, schemas.Refuse("rules.signature", "/signatures/"+strconv.Itoa(i))
		}
		signers = append(signers, s.Officer)
	}
	return bundle, signers, nil
}

// rulesForm tells a document that is too long from one that is no rule set.
func rulesForm(err error) error {
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "limit.size" {
		return schemas.Refuse("rules.size", "")
	}
	return schemas.Refuse("rules.form", "")
}

func (a *Anchors) verifyRules(s schemas.RecordSignature, bundle []byte) error {
	signature, err := decodeBase64(base64.StdEncoding, s.Signature)
	if err != nil {
		return err
	}
	officer := a.officers[s.Officer]
	if officer == nil {
		return schemas.Refuse("rules.signature", "")
	}
	return verifyOfficer(officer, ContextRules, bundle, signature)
}

// SignRules adds an officer's signature to a rule set.
func SignRules(document *schemas.SignedRules, officer string, secret *Secret, now time.Time) error {
	bundle, err := decodeBase64(base64.StdEncoding, document.Rules)
	if err != nil {
		return schemas.Refuse("rules.form", "/rules")
	}
	signature, err := Sign(secret, secret.SigningKey(now), ContextRules, bundle, now)
	if err != nil {
		return err
	}
	document.Signatures = append(document.Signatures, schemas.RecordSignature{Officer: officer, Signature: base64.StdEncoding.EncodeToString(signature)})
	return nil
}
