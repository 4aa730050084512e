package forge

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"schakel/pki"
	"schakel/schemas"
)

// This file deviates in what is signed: the manifest, the disclosures, and the
// directory record that a delivery carries.

// manifests are properly signed and yet not what the schema says.
func (f *forger) manifests() []deviation {
	says := func(change func(*schemas.Manifest)) recipe { return recipe{manifest: change} }
	document := func(change func([]byte) []byte) recipe { return recipe{document: change} }
	also := func(member string) recipe {
		return document(func(d []byte) []byte { return append([]byte("{"+member+","), d[1:]...) })
	}
	return []deviation{
		{name: "manifest/of another sender", code: "env.sender", recipe: says(func(m *schemas.Manifest) { m.From.Organisation += "x" })},
		{name: "manifest/of another connector", code: "env.sender", recipe: says(func(m *schemas.Manifest) { m.From.Connector += "9" })},
		{name: "manifest/for another gateway", code: "sig.recipient-other", recipe: says(func(m *schemas.Manifest) { m.Gateway = f.stranger.Fingerprint })},
		{name: "manifest/for no gateway", code: "schema.form", recipe: says(func(m *schemas.Manifest) { m.Gateway = "" })},
		{name: "manifest/gateway in small letters", code: "schema.form", recipe: says(func(m *schemas.Manifest) { m.Gateway = "a" + m.Gateway[1:] })},
		{name: "manifest/another protocol", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.Protocol = "2" })},
		{name: "manifest/id that is no UUIDv7", code: "schema.form", recipe: says(func(m *schemas.Manifest) { m.ID = "00000000-0000-4000-8000-000000000000" })},
		{name: "manifest/unknown kind", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.Kind = "gossip" })},
		{name: "manifest/kind in capitals", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.Kind = strings.ToUpper(m.Kind) })},
		{name: "manifest/another version of its schema", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.Schema = 2 })},
		{name: "manifest/unknown purpose", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.Purpose = "p-curiosity" })},
		{name: "manifest/unknown handling code", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.Handling = []string{"H9"} })},
		{name: "manifest/handling code twice", code: "schema.duplicate-item", recipe: says(func(m *schemas.Manifest) { m.Handling = []string{"H1", "H1"} })},
		{name: "manifest/unknown urgency", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.Urgency = "now" })},
		{name: "manifest/no language", code: "schema.form", recipe: says(func(m *schemas.Manifest) { m.Language = "" })},
		{name: "manifest/weaker digests", code: "schema.enum", recipe: says(func(m *schemas.Manifest) { m.SDAlg = "sha-1" })},
		{name: "manifest/local time", code: "schema.date", recipe: says(func(m *schemas.Manifest) { m.Created = strings.Replace(m.Created, "Z", "+01:00", 1) })},
		{name: "manifest/day that no calendar has", code: "schema.date", recipe: says(func(m *schemas.Manifest) { m.Created = "2026-02-31T12:00:00Z" })},
		{name: "manifest/leap second", code: "schema.date", recipe: says(func(m *schemas.Manifest) { m.Created = m.Created[:17] + "60Z" })},
		{name: "manifest/not JSON", code: "parse.not-json", recipe: document(func([]byte) []byte { return []byte("hello") })},
		{name: "manifest/only white space", code: "parse.empty", recipe: document(func([]byte) []byte { return []byte(" \n") })},
		{name: "manifest/cut off", code: "parse.syntax", recipe: document(func(d []byte) []byte { return d[:len(d)-1] })},
		{name: "manifest/two values", code: "parse.syntax", recipe: document(func(d []byte) []byte { return append(d, "{}"...) })},
		{name: "manifest/comma at the end", code: "parse.syntax", recipe: document(func(d []byte) []byte { return append(d[:len(d)-1], ",}"...) })},
		{name: "manifest/comment", code: "parse.syntax", recipe: document(func(d []byte) []byte { return append(d, "// ok"...) })},
		{name: "manifest/larger than a message", code: "limit.size", recipe: document(func(d []byte) []byte { return append(d, bytes.Repeat([]byte(" "), schemas.MaxBody)...) })},
		{name: "manifest/not an object", code: "schema.type", recipe: document(func(d []byte) []byte { return slices.Concat([]byte("["), d, []byte("]")) })},
		{name: "manifest/member missing", code: "schema.enum", recipe: document(func(d []byte) []byte { return bytes.Replace(d, []byte(`"_sd_alg":"sha-256",`), nil, 1) })},
		{name: "manifest/member of another type", code: "schema.type", recipe: document(func(d []byte) []byte { return bytes.Replace(d, []byte(`"schema":1`), []byte(`"schema":"1"`), 1) })},
		{name: "manifest/unknown member", code: "schema.unknown-key", recipe: also(`"client":"laptop"`)},
		{name: "manifest/member in capitals", code: "schema.unknown-key", recipe: also(`"SCHAKEL":"1"`)},
		{name: "manifest/member twice", code: "parse.duplicate", recipe: also(`"schakel":"1"`)},
		{name: "manifest/member twice, once escaped", code: "parse.duplicate", recipe: also(`"\u0073chakel":"1"`)},
		{name: "manifest/null", code: "schema.null", recipe: also(`"x":null`)},
		{name: "manifest/float", code: "schema.number", recipe: also(`"x":1.5`)},
		{name: "manifest/number beyond 2^53", code: "limit.number", recipe: also(`"x":9007199254740993`)},
		{name: "manifest/not UTF-8", code: "parse.encoding", recipe: also("\"x\":\"\xFF\"")},
		{name: "manifest/half a surrogate", code: "parse.encoding", recipe: also(`"x":"\ud800"`)},
		{name: "manifest/not in form NFC", code: "schema.nfc", recipe: also("\"x\":\"e\u0301\"")},
		{name: "manifest/text that runs backwards", code: "schema.bidi", recipe: also("\"x\":\"\u202Etxt.exe\"")},
		{name: "manifest/control character", code: "schema.control-character", recipe: also(`"x":"\u0007"`)},
		{name: "manifest/invisible character", code: "schema.invisible", recipe: also("\"x\":\"a\u200Bb\"")},
		{name: "manifest/nested 17 deep", code: "limit.depth", recipe: also(`"x":` + strings.Repeat("[", 17) + strings.Repeat("]", 17))},
		{name: "manifest/array of 257", code: "limit.array", recipe: also(`"x":[0` + strings.Repeat(",0", 256) + `]`)},
		{name: "manifest/513 members", code: "limit.keys", recipe: also(`"x":{` + members(513) + `}`)},
		{name: "manifest/member name of 65 octets", code: "limit.key", recipe: also(`"` + strings.Repeat("x", 65) + `":1`)},
		{name: "manifest/string over 16 KiB", code: "limit.string", recipe: also(`"x":"` + strings.Repeat("x", schemas.MaxString+1) + `"`)},
	}
}

func members(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"x%d":0`, i))
	}
	return strings.Join(all, ",")
}

// disclosures do not fit the digests, or are none.
func (f *forger) disclosures() []deviation {
	disclosed := func(change func(texts, digests []string) (t, d []string)) recipe { return recipe{disclosures: change} }
	digests := func(change func([]string) []string) recipe {
		return disclosed(func(t, d []string) ([]string, []string) { return t, change(d) })
	}
	text := func(text string) recipe {
		return disclosed(func(t, d []string) ([]string, []string) { return append(t, text), signDigest(t, d, text) })
	}
	written := func(document string) recipe { return text(base64.RawURLEncoding.EncodeToString([]byte(document))) }
	salt := strings.Repeat("A", 22)
	spare := base64.RawURLEncoding.EncodeToString([]byte(`["` + salt + `","/ab",1]`))
	whole := base64.RawURLEncoding.EncodeToString([]byte(`["` + salt + `","/a",1]`))
	return []deviation{
		{name: "disclosure/not signed", code: "sd.unreferenced", recipe: disclosed(func(t, d []string) ([]string, []string) {
			return append(t, pki.Disclose(schemas.Leaf{Pointer: "/planted", Value: schemas.Raw("true")}).Text), d
		})},
		{name: "disclosure/with another salt", code: "sd.unreferenced", recipe: disclosed(func(t, d []string) ([]string, []string) {
			t[0] = pki.Disclose(must(pki.ParseDisclosure(t[0])).Leaf).Text
			return t, d
		})},
		{name: "disclosure/twice", code: "sd.clash", recipe: disclosed(func(t, d []string) ([]string, []string) { return append(t, t[0]), d })},
		{name: "disclosure/two values for one place", code: "sd.clash", recipe: disclosed(func(t, d []string) ([]string, []string) {
			second := pki.Disclose(must(pki.ParseDisclosure(t[0])).Leaf).Text
			return append(t, second), signDigest(t, d, second)
		})},
		{name: "disclosure/empty", code: "sd.form", recipe: disclosed(func(t, d []string) ([]string, []string) { return append(t, "", t[0]), d })},
		{name: "disclosure/not base64", code: "sd.form", recipe: text("!!!!")},
		{name: "disclosure/padded base64", code: "sd.form", recipe: text(spare + "==")},
		{name: "disclosure/base64 with spare bits", code: "sd.form", recipe: text(spare[:len(spare)-1] + "R")}, // Q is the same octet
		{name: "disclosure/base64 in two lines", code: "sd.form", recipe: text(whole[:8] + "\n" + whole[8:])},
		{name: "disclosure/not JSON", code: "sd.form", recipe: written("hello")},
		{name: "disclosure/object", code: "sd.form", recipe: written(`{"salt":"` + salt + `"}`)},
		{name: "disclosure/two parts", code: "sd.form", recipe: written(`["` + salt + `","/a"]`)},
		{name: "disclosure/four parts", code: "sd.form", recipe: written(`["` + salt + `","/a",1,2]`)},
		{name: "disclosure/two values", code: "sd.form", recipe: written(`["` + salt + `","/a",1][]`)},
		{name: "disclosure/not UTF-8", code: "sd.form", recipe: written(`["` + salt + "\",\"/a\",\"\xFF\"]")},
		{name: "disclosure/member of its value twice", code: "sd.form", recipe: written(`["` + salt + `","/a",{"sealed":"a","sealed":"b"}]`)},
		{name: "disclosure/salt that is a number", code: "sd.form", recipe: written(`[1,"/a",1]`)},
		{name: "disclosure/pointer that is a number", code: "sd.form", recipe: written(`["` + salt + `",1,1]`)},
		{name: "disclosure/no salt", code: "sd.salt", recipe: written(`["","/a",1]`)},
		{name: "disclosure/salt of 15 octets", code: "sd.salt", recipe: written(`["` + strings.Repeat("A", 20) + `","/a",1]`)},
		{name: "disclosure/salt that is not base64", code: "sd.salt", recipe: written(`["` + strings.Repeat("!", 22) + `","/a",1]`)},
		{name: "disclosure/salt in two lines", code: "sd.salt", recipe: written(`["` + salt + `\n","/a",1]`)},
		{name: "disclosure/no pointer", code: "sd.pointer", recipe: written(`["` + salt + `","",1]`)},
		{name: "disclosure/pointer without slash", code: "sd.pointer", recipe: written(`["` + salt + `","a",1]`)},
		{name: "disclosure/pointer 17 deep", code: "sd.pointer", recipe: written(`["` + salt + `","` + strings.Repeat("/a", 17) + `",1]`)},
		{name: "disclosure/513 of them", code: "limit.leaves", recipe: disclosed(func(t, d []string) ([]string, []string) {
			return slices.Repeat(t[:1], schemas.MaxLeaves+1), d
		})},
		{name: "digest/not sorted", code: "sd.shape", recipe: digests(func(d []string) []string { d[0], d[1] = d[1], d[0]; return d })},
		{name: "digest/twice", code: "sd.shape", recipe: digests(func(d []string) []string { d[1] = d[0]; return d })},
		{name: "digest/one more than a bucket", code: "sd.shape", recipe: digests(func(d []string) []string { return append(d, strings.Repeat("z", 43)) })},
		{name: "digest/fifteen", code: "schema.range", recipe: digests(func(d []string) []string { return d[:15] })},
		{name: "digest/none", code: "schema.range", recipe: digests(func([]string) []string { return []string{} })},
		{name: "digest/of another length", code: "schema.form", recipe: digests(func(d []string) []string { d[0] = d[0][:42]; return d })},
	}
}

// signDigest puts the digest of a text in the place of a decoy.
func signDigest(texts, digests []string, text string) []string {
	real := map[string]bool{}
	for _, t := range texts {
		real[schemas.Digest([]byte(t))] = true
	}
	decoy := slices.IndexFunc(digests, func(d string) bool { return !real[d] })
	digests[decoy] = schemas.Digest([]byte(text))
	slices.Sort(digests)
	return digests
}

// records are not what the trust officers signed.
func (f *forger) records() []deviation {
	if f.Form == pki.Submission {
		return nil
	}
	raw := func(change func([]byte) []byte) recipe {
		return recipe{container: func(c *pki.Container) { c.Record = change(bytes.Clone(c.Record)) }}
	}
	signed := func(change func(*schemas.SignedRecord)) recipe {
		return raw(func(document []byte) []byte {
			var record schemas.SignedRecord
			if err := json.Unmarshal(document, &record); err != nil {
				panic("forge: " + err.Error())
			}
			change(&record)
			return schemas.Encode(record)
		})
	}
	return []deviation{
		{name: "record/not JSON", code: "parse.not-json", recipe: raw(func([]byte) []byte { return []byte("hello") })},
		{name: "record/unknown member", code: "schema.unknown-key", recipe: raw(func(d []byte) []byte { return append([]byte(`{"x":1,`), d[1:]...) })},
		{name: "record/not signed", code: "schema.range", recipe: signed(func(r *schemas.SignedRecord) { r.Signatures = []schemas.RecordSignature{} })},
		{name: "record/signed by one", code: "key.quorum", recipe: signed(func(r *schemas.SignedRecord) { r.Signatures = r.Signatures[:1] })},
		{name: "record/signed twice by one", code: "key.quorum", recipe: signed(func(r *schemas.SignedRecord) { r.Signatures[1] = r.Signatures[0] })},
		{name: "record/signed once too often", code: "key.quorum", recipe: signed(func(r *schemas.SignedRecord) { r.Signatures = append(r.Signatures, r.Signatures[0]) })},
		{name: "record/signed by an unknown officer", code: "key.record", recipe: signed(func(r *schemas.SignedRecord) { r.Signatures[0].Officer = "nobody" })},
		{name: "record/officers exchanged", code: "sig.unknown", recipe: signed(func(r *schemas.SignedRecord) {
			r.Signatures[0].Officer, r.Signatures[1].Officer = r.Signatures[1].Officer, r.Signatures[0].Officer
		})},
		{name: "record/signed by a stranger", code: "sig.unknown", recipe: signed(func(r *schemas.SignedRecord) {
			record := must(base64.StdEncoding.DecodeString(r.Record))
			forged := must(pki.Sign(f.stranger, f.stranger.SigningKey(f.Now), pki.ContextDirectory, record, f.Now))
			r.Signatures[0].Signature = base64.StdEncoding.EncodeToString(forged)
		})},
		{name: "record/signature of a manifest", code: "sig.unknown", recipe: signed(func(r *schemas.SignedRecord) {
			r.Signatures[0].Signature = base64.StdEncoding.EncodeToString(f.Honest.Signature)
		})},
		{name: "record/signature that is not base64", code: "key.record", recipe: signed(func(r *schemas.SignedRecord) { r.Signatures[0].Signature = "!!!!" })},
		{name: "record/not base64", code: "key.record", recipe: signed(func(r *schemas.SignedRecord) { r.Record = "!!!!" })},
		{name: "record/changed", code: "sig.invalid", recipe: signed(func(r *schemas.SignedRecord) {
			record := must(base64.StdEncoding.DecodeString(r.Record))
			record[len(record)/2] ^= 1
			r.Record = base64.StdEncoding.EncodeToString(record)
		})},
	}
}
