// Package tlog is the transparency log: bytes in, proofs out. It is an RFC 6962
// Merkle tree (golang.org/x/mod/sumdb/tlog) whose head is a signed note
// (c2sp.org/tlog-checkpoint, c2sp.org/signed-note), whose hashes are kept and
// served as tiles of 256 (c2sp.org/tlog-tiles), and whose proofs are text files
// that anybody can check offline (c2sp.org/tlog-proof).
//
// # What a leaf is
//
// A leaf is 32 bytes: a salted commitment to an entry ([Commit]). The log shows
// nothing, and two entries about one message cannot be linked by who reads the
// tiles. Whoever is given an [Opening] (salt and entry) can recompute the leaf.
//
// # What is promised
//
// A tree head is never signed that is not an extension of the last: [Tree] only
// appends, and the register that stores it serialises. The tree holds no secret;
// where its tiles are stored is not trusted: [OpenTree] compares them with the
// signed head, and [Rebuild] makes the tree again from the leaves alone.
//
// # What it does not do
//
// It knows nothing of messages, partners or databases. It keeps no time.
package tlog
