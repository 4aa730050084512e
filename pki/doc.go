// Package pki knows who is who: it makes and reads OpenPGP keys, signs and
// verifies, seals and opens, and keeps the signed directory of partners.
//
// # One way in
//
// [Open] is the only function in the program that reads an OpenPGP message. It
// returns bytes only when every condition of the profile holds: size and grammar
// of the packets before the library sees them, exactly one recipient which is
// us, the whole plaintext read and its integrity verified before anything is
// parsed, the sender's signature over the manifest by exactly the key expected,
// in exactly the context expected, naming exactly this gateway.
//
// # What is signed
//
// The sender signs the manifest: salted digests of disclosures in the form of
// RFC 9901, OpenPGP in place of JWS. Whoever passes the message on can leave
// disclosures out and change nothing. Each signature names its context in a
// notation (RFC 9580, section 5.2.3.24), so none can serve another purpose.
//
// # The profiles
//
// "v4" (default): EdDSA and ECDH on Curve25519, SHA-512, AES-256, SEIPD version 1
// with MDC, read and written by GnuPG 2.2. "v6": Ed25519, X25519, SEIPD version 2
// with GCM in chunks of 16 KiB (RFC 9580). Never compression, never a passphrase
// recipient, never two recipients.
//
// # Refusal or fault
//
// What is wrong with a message is a *[schemas.Refusal]; anything else that goes
// wrong (a key store that does not answer) is an ordinary error, and the message
// is tried again.
//
// # What it does not do
//
// It does not judge whether a message may pass, does not read the log's proofs,
// and has no network.
package pki
