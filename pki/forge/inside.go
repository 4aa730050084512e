package forge

import (
	"bytes"
	"encoding/binary"
	"slices"

	"schakel/pki"
)

// This file deviates behind the encryption and before any signature: the literal
// packet, the container, its sections.

// literals are not the one literal packet of the profile.
func (f *forger) literals() []deviation {
	literal := func(write func(padded []byte) []byte) recipe { return recipe{literal: write} }
	head := func(head string) recipe {
		return literal(func(padded []byte) []byte { return literalPacket(head, padded) })
	}
	beside := func(before, after []byte) recipe {
		return literal(func(padded []byte) []byte { return slices.Concat(before, literalPacket(literalHead, padded), after) })
	}
	marker, padding := packetOf(tagMarker, []byte("PGP")), packetOf(tagPadding, make([]byte, 32))
	return []deviation{
		{name: "literal/text", code: "profile.literal", recipe: head("t\x00\x00\x00\x00\x00")},
		{name: "literal/UTF-8 text", code: "profile.literal", recipe: head("u\x00\x00\x00\x00\x00")},
		{name: "literal/with a name", code: "profile.literal", recipe: head("b\x08manifest\x00\x00\x00\x00")},
		{name: "literal/for your eyes only", code: "profile.literal", recipe: head("b\x08_CONSOLE\x00\x00\x00\x00")},
		{name: "literal/with a date", code: "profile.literal", recipe: head("b\x00\x68\x00\x00\x00")},
		{name: "literal/twice", code: "profile.packet", recipe: literal(func(padded []byte) []byte { return bytes.Repeat(literalPacket(literalHead, padded), 2) })},
		{name: "literal/marker before", code: "profile.packet", recipe: beside(marker, nil)},
		{name: "literal/marker behind", code: "profile.packet", recipe: beside(nil, marker)},
		{name: "literal/padding behind", code: "profile.packet", recipe: beside(nil, padding)},
		{name: "literal/signature before", code: "profile.packet", recipe: beside(f.Honest.Signature, nil)},
		{name: "literal/octets behind", code: "profile.form", recipe: beside(nil, []byte("more"))},
		{name: "literal/in a signed message", code: "profile.packet", recipe: literal(f.signedMessage)},
		{name: "literal/compressed", code: "profile.nesting", recipe: literal(func(padded []byte) []byte { return compress(literalPacket(literalHead, padded)) })},
		{name: "literal/compressed three times from 16 MiB of zeros", code: "profile.nesting", recipe: literal(func([]byte) []byte {
			return compress(compress(compress(literalPacket(literalHead, make([]byte, 16<<20)))))
		})},
		{name: "literal/compressed forty times", code: "profile.nesting", recipe: literal(func(padded []byte) []byte {
			inner := literalPacket(literalHead, padded)
			for range 40 {
				inner = compress(inner)
			}
			return inner
		})},
		{name: "literal/encrypted once more", code: "profile.packet", recipe: literal(func(padded []byte) []byte {
			return join(f.honestEnvelope().seal(literalPacket(literalHead, padded)))
		})},
		{name: "literal/encrypted data in its place", code: "profile.nesting", recipe: literal(func(padded []byte) []byte {
			return join(f.honestEnvelope().seal(literalPacket(literalHead, padded))[1:])
		})},
		{name: "literal/missing", code: "profile.form", recipe: literal(func([]byte) []byte { return nil })},
		{name: "literal/bare container in its place", code: "profile.form", recipe: literal(func(padded []byte) []byte { return padded })},
		{name: "literal/cut off", code: "profile.form", recipe: literal(func(padded []byte) []byte {
			whole := literalPacket(literalHead, padded)
			return whole[:len(whole)-1]
		})},
		{name: "literal/length without end", code: "profile.form", recipe: literal(func(padded []byte) []byte {
			return append([]byte{0x80 | tagLiteral<<2 | 3}, literalHead+string(padded)...)
		})},
		{name: "literal/parts of one octet", code: "profile.form", recipe: literal(func(padded []byte) []byte {
			out := []byte{0xC0 | tagLiteral, 224, 'b'}
			out = append(out, 255)
			out = binary.BigEndian.AppendUint32(out, uint32(len(padded)+5))
			return append(append(out, literalHead[1:]...), padded...)
		})},
	}
}

// containers are not what Container.Marshal writes.
func (f *forger) containers() []deviation {
	padded := func(change func([]byte) []byte) recipe { return recipe{padded: change} }
	unpadded := func(b []byte) []byte { return append(bytes.TrimRight(b, "\x00"), 0) }
	return []deviation{
		{name: "container/not padded", code: "env.size", recipe: padded(unpadded)},
		{name: "container/octet more than its class", code: "env.size", recipe: padded(func(b []byte) []byte { return append(b, 0) })},
		{name: "container/octet less than its class", code: "env.size", recipe: padded(func(b []byte) []byte { return b[:len(b)-1] })},
		{name: "container/class of a sealed value", code: "env.size", recipe: padded(func(b []byte) []byte { return append(unpadded(b), make([]byte, 4608)...)[:4608] })},
		{name: "container/empty", code: "env.size", recipe: padded(func([]byte) []byte { return nil })},
		{name: "container/padding that is not zero", code: "profile.padding", recipe: padded(func(b []byte) []byte { b[len(b)-1] = 1; return b })},
		{name: "container/something behind the end mark", code: "profile.padding", recipe: padded(func(b []byte) []byte {
			b[len(bytes.TrimRight(b, "\x00"))+1] = sectionOfficer
			return b
		})},
		{name: "container/another version", code: "profile.form", recipe: padded(func(b []byte) []byte { b[len(magic)-1] = '2'; return b })},
		{name: "container/no magic", code: "profile.form", recipe: padded(func(b []byte) []byte { return append(b[len(magic):], make([]byte, len(magic))...) })},
		{name: "container/JSON in its place", code: "profile.form", recipe: padded(func(b []byte) []byte { return append([]byte("{}"), bytes.Repeat([]byte(" "), len(b)-2)...) })},
		{name: "container/no end mark", code: "profile.form", recipe: padded(func(b []byte) []byte {
			sections := readSections(b)
			last := len(unpadded(b)) - 1 - len(sections[len(sections)-1].data)
			binary.BigEndian.PutUint32(b[last-4:], uint32(len(b)-last))
			return b
		})},
		{name: "container/section longer than the container", code: "profile.form", recipe: padded(func(b []byte) []byte {
			binary.BigEndian.PutUint32(b[len(magic)+1:], 0xFFFFFFFF)
			return b
		})},
	}
}

// sections are missing, double, out of order, empty, unknown, or another form's.
func (f *forger) sections() []deviation {
	sections := func(change func([]section) []section) recipe { return recipe{sections: change} }
	without := func(kind byte) recipe {
		return sections(func(all []section) []section {
			return slices.DeleteFunc(all, func(s section) bool { return s.kind == kind })
		})
	}
	with := func(kind byte, data string) recipe {
		return sections(func(all []section) []section {
			at := slices.IndexFunc(all, func(s section) bool { return s.kind > kind })
			if at < 0 {
				at = len(all)
			}
			return slices.Insert(all, at, section{kind, []byte(data)})
		})
	}
	packed := func(c pki.Container) recipe { return recipe{container: func(to *pki.Container) { *to = c }} }
	all := []deviation{
		{name: "section/out of order", code: "profile.form", recipe: sections(func(all []section) []section { all[0], all[1] = all[1], all[0]; return all })},
		{name: "section/manifest twice", code: "profile.form", recipe: sections(func(all []section) []section { return slices.Insert(all, 1, all[0]) })},
		{name: "section/last one twice", code: "profile.form", recipe: sections(func(all []section) []section { return append(all, all[len(all)-1]) })},
		{name: "section/unknown", code: "profile.form", recipe: with(sectionForeseen+1, "?")},
		{name: "section/of type 255", code: "profile.form", recipe: with(255, "?")},
		{name: "section/empty", code: "profile.form", recipe: with(sectionOfficer, "")},
		{name: "section/no manifest", code: "profile.form", recipe: without(sectionManifest)},
		{name: "section/no disclosures", code: "profile.form", recipe: without(sectionDisclosures)},
		{name: "section/none", code: "profile.form", recipe: sections(func([]section) []section { return nil })},
		{name: "section/sealed value too", code: "profile.form", recipe: with(sectionField, "{}")},
		{name: "section/what is foreseen too", code: "profile.form", recipe: with(sectionForeseen, "[]")},
		{name: "section/only a sealed value", code: "profile.form", recipe: packed(pki.Container{Field: []byte(`{"message":"","pointer":"","value":""}`)})},
	}
	if f.Form == pki.Submission {
		return append(all,
			deviation{name: "section/record in a submission", code: "profile.form", recipe: with(sectionRecord, "{}")},
			deviation{name: "section/proof in a submission", code: "profile.form", recipe: with(sectionProof, "{}")},
			deviation{name: "section/consistency in a submission", code: "profile.form", recipe: with(sectionConsistency, "{}")},
			deviation{name: "section/question in a submission", code: "profile.form", recipe: with(sectionQuestion, "{}")},
			deviation{name: "section/an answer as a submission", code: "profile.form", recipe: packed(pki.Container{Proof: []byte("{}")})},
		)
	}
	return append(all,
		deviation{name: "section/no record", code: "profile.form", recipe: without(sectionRecord)},
		deviation{name: "section/no proof", code: "profile.form", recipe: without(sectionProof)},
		deviation{name: "section/a submission as a delivery", code: "profile.form", recipe: packed(pki.Container{Manifest: f.Honest.Manifest, Signature: f.Honest.Signature, Disclosures: f.Honest.Disclosures})},
		deviation{name: "section/answer with a question", code: "profile.form", recipe: packed(pki.Container{Proof: []byte("{}"), Question: []byte("{}")})},
		deviation{name: "section/answer with a signature", code: "profile.form", recipe: packed(pki.Container{Proof: []byte("{}"), Signature: f.Honest.Signature})},
	)
}
