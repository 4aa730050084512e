package pki

import (
	"bytes"
	"crypto"
	"fmt"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"schakel/schemas"
)

// Sign makes one detached binary signature over data with one key of a secret,
// in one context. gpg --verify reads it.
func Sign(secret *Secret, key, context string, data []byte, now time.Time) ([]byte, error) {
	private, public := secret.private[key], secret.keys[key]
	if private == nil || !public.sign || !public.at(now) {
		return nil, schemas.Refuse("key.expired", "")
	}
	signature := &packet.Signature{
		Version:           private.Version,
		SigType:           packet.SigTypeBinary,
		PubKeyAlgo:        private.PubKeyAlgo,
		Hash:              crypto.SHA512,
		CreationTime:      now,
		IssuerKeyId:       &private.KeyId,
		IssuerFingerprint: private.Fingerprint,
		Notations:         []*packet.Notation{{Name: contextNotation, Value: []byte(context), IsHumanReadable: true}},
	}
	hash, err := signature.PrepareSign(nil)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	hash.Write(data)
	if err := signature.Sign(hash, private, nil); err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	var out bytes.Buffer
	if err := signature.Serialize(&out); err != nil {
		return nil, fmt.Errorf("write signature: %w", err)
	}
	return out.Bytes(), nil
}

// Verify checks a detached signature over data by exactly one key of a
// certificate in exactly one context, and returns when it says it was made, which
// is not before there was the key. It does not judge whether the key may be used:
// a signature can be back-dated, so only the moment of receipt counts, and
// [Certificate.Usable] tells for that.
func Verify(certificate *Certificate, key, context string, data, signature []byte) (time.Time, error) {
	parsed, err := parseSignature(signature)
	if err != nil {
		return time.Time{}, err
	}
	public := certificate.keys[key]
	switch {
	case public == nil || !bytes.Equal(parsed.IssuerFingerprint, public.packet.Fingerprint):
		return time.Time{}, unknownSigner(certificate, parsed)
	case !public.sign:
		return time.Time{}, schemas.Refuse("sig.usage", "")
	}
	if err := checkForm(parsed, public.packet, context); err != nil {
		return time.Time{}, err
	}
	hash, err := parsed.PrepareVerify()
	if err != nil {
		return time.Time{}, schemas.Refuse("sig.algorithm", "")
	}
	hash.Write(data)
	if public.packet.VerifySignature(hash, parsed) != nil {
		return time.Time{}, schemas.Refuse("sig.invalid", "")
	}
	if parsed.CreationTime.Before(public.from) { // gpg --verify would not believe it either
		return time.Time{}, schemas.Refuse("time.signature", "")
	}
	return parsed.CreationTime, nil
}

// Usable reports whether a key of the certificate may be used at a moment.
func (c *Certificate) Usable(key string, at time.Time) bool {
	public := c.keys[key]
	return public != nil && public.at(at)
}

// Issuer returns the fingerprint that a signature names as its maker.
func Issuer(signature []byte) (string, error) {
	parsed, err := parseSignature(signature)
	if err != nil {
		return "", err
	}
	return fingerprintOf(parsed.IssuerFingerprint), nil
}

// parseSignature reads exactly one signature packet.
func parseSignature(data []byte) (*packet.Signature, error) {
	if len(data) == 0 {
		return nil, schemas.Refuse("sig.none", "")
	}
	packets, err := splitPackets(data, maxPackets)
	if err != nil {
		return nil, schemas.Refuse("sig.form", "")
	}
	if len(packets) != 1 {
		return nil, schemas.Refuse("sig.count", "")
	}
	if packets[0].tag != tagSignature {
		return nil, schemas.Refuse("sig.form", "")
	}
	parsed, err := packet.Read(bytes.NewReader(data))
	if err != nil {
		return nil, signatureFault(err)
	}
	return parsed.(*packet.Signature), nil
}

// signatureFault tells a subpacket that must not be ignored from an unreadable
// signature.
func signatureFault(err error) error {
	if bytes.Contains([]byte(err.Error()), []byte("critical")) {
		return schemas.Refuse("sig.critical", "")
	}
	if bytes.Contains([]byte(err.Error()), []byte("algorithm")) || bytes.Contains([]byte(err.Error()), []byte("hash")) {
		return schemas.Refuse("sig.algorithm", "")
	}
	return schemas.Refuse("sig.form", "")
}

// unknownSigner says more where the certificate knows the key but not for this.
func unknownSigner(certificate *Certificate, signature *packet.Signature) error {
	known := certificate.keys[fingerprintOf(signature.IssuerFingerprint)]
	switch {
	case known == nil:
		return schemas.Refuse("sig.unknown", "")
	case !known.sign:
		return schemas.Refuse("sig.usage", "")
	}
	return schemas.Refuse("sig.key-status", "")
}

// checkForm checks everything about a signature but its mathematics.
func checkForm(signature *packet.Signature, key *packet.PublicKey, context string) error {
	switch {
	case signature.SigType != packet.SigTypeBinary:
		return schemas.Refuse("sig.type", "")
	case signature.Hash != crypto.SHA512 || signature.PubKeyAlgo != key.PubKeyAlgo || signature.Version != key.Version:
		return schemas.Refuse("sig.algorithm", "")
	case signature.SigLifetimeSecs != nil && *signature.SigLifetimeSecs != 0:
		return schemas.Refuse("sig.form", "")
	}
	contexts := 0
	for _, notation := range signature.Notations {
		if notation.IsCritical {
			return schemas.Refuse("sig.critical", "")
		}
		if notation.Name == contextNotation {
			contexts++
			if string(notation.Value) != context {
				return schemas.Refuse("sig.context", "")
			}
		}
	}
	if contexts != 1 {
		return schemas.Refuse("sig.context", "")
	}
	return nil
}
