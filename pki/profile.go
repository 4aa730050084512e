package pki

import (
	"crypto"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Profiles of OpenPGP that a partner's record can name.
const (
	ProfileV4 = "v4"
	ProfileV6 = "v6"
)

// Contexts keep signatures apart: the value of the notation [contextNotation].
const (
	ContextManifest  = "manifest/1"  // the organisation's connector over a manifest
	ContextApproval  = "approval/1"  // an officer over the same manifest
	ContextDirectory = "directory/1" // a trust officer over a directory record
	ContextRules     = "rules/1"     // a trust officer over a rule set
	ContextExport    = "export/1"    // reserved for signed reports
)

const contextNotation = "context@schakel"

// Lives of keys: what an offline home may rest on before it must be renewed.
const (
	SigningLife    = 365 * 24 * time.Hour
	EncryptionLife = 182 * 24 * time.Hour
)

// Bounds on the time in a signature.
const (
	signatureSkew = 5 * time.Minute // between the signature and the manifest's "created"
	futureSkew    = 2 * time.Minute // ahead of our own clock
)

// maxChunk is the largest AEAD chunk accepted, as the octet of RFC 9580, section
// 5.13.2: 2^(10+6) = 64 KiB. The receiver allocates what the sender declares.
const maxChunk = 10

// config is made anew for each call: the library writes to it.
func config(profile string, now time.Time) *packet.Config {
	c := &packet.Config{
		DefaultHash:   crypto.SHA512,
		DefaultCipher: packet.CipherAES256,
		Algorithm:     packet.PubKeyAlgoEdDSA,
		Curve:         packet.Curve25519,
		Time:          func() time.Time { return now },
	}
	if profile == ProfileV6 {
		c.V6Keys = true
		c.Algorithm = packet.PubKeyAlgoEd25519
		c.AEADConfig = &packet.AEADConfig{DefaultMode: packet.AEADModeGCM, ChunkSize: 1 << 14}
	}
	return c
}

// signs and encrypts list the only algorithms a key may have.
func signs(a packet.PublicKeyAlgorithm) bool {
	return a == packet.PubKeyAlgoEdDSA || a == packet.PubKeyAlgoEd25519
}

func encrypts(a packet.PublicKeyAlgorithm) bool {
	return a == packet.PubKeyAlgoECDH || a == packet.PubKeyAlgoX25519
}
