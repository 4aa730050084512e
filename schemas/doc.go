// Package schemas holds the words of Schakel: the kinds of message, the shape of
// each, the codes of every answer, and the texts people read. It touches nothing:
// no clock, no disk, no network, no randomness.
//
// # The words
//
// A message is a manifest and the disclosures of its leaves. The [Manifest] is
// what the sender signs; it is readable by every recipient and names no content,
// only salted digests. The body is a JSON document of one kind ([CaseTip],
// [InfoRequest], …). A [Leaf] is one value in it, addressed by JSON Pointer
// (RFC 6901). The [Envelope] holds what only the gateway may see: it is made of
// leaves too, under /envelope.
//
// Every body has persons and labels. An object in a body may say "person": n and
// "label": n; the nearest enclosing one holds for a leaf. What governs a leaf
// travels with it.
//
// Every leaf has a data category (law/README.md 2.5): the struct tag "category"
// and the schema keyword "x-category" say which. "declared" means that the object
// itself says so, in "category" or "categories" beside the leaf: free text does.
// "follows" marks what governs others and goes where they go.
//
// # One source
//
// The JSON Schemas (2020-12, self-contained) in schemas/*.schema.json are what
// partners implement against. The Go types are written by hand beside them, and
// TestAgreement holds both together. Adding a kind means: a schema, a type, an
// entry in [Kinds], examples, texts.
//
// # What it does not do
//
// It does not decide, sign, seal or store. [Parse] is the only way from bytes to
// a body; behind it nobody asks again whether a field is there.
package schemas
