package connectors

import (
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"schakel/gateway/tlog"
	"schakel/pki"
	"schakel/schemas"
)

// Cleared is what a clearance or receipt proves, once it has been verified.
type Cleared struct {
	Index      int64
	Entry      schemas.Entry
	Salt       []byte
	Checkpoint tlog.Checkpoint
	Signed     []byte // the signed checkpoint
}

// readProof verifies that an entry is in the log of this instance.
func readProof(text []byte, anchors *pki.Anchors, verifier note.Verifier) (*Cleared, error) {
	proof, err := tlog.ParseProof(text)
	if err != nil {
		return nil, schemas.Refuse("rcp.proof", "")
	}
	checkpoint, err := proof.Verify(verifier)
	if err == tlog.ErrCheckpoint {
		return nil, schemas.Refuse("rcp.checkpoint", "")
	}
	if err != nil {
		return nil, schemas.Refuse("rcp.proof", "")
	}
	c := &Cleared{Index: proof.Index, Salt: proof.Opening.Salt, Checkpoint: checkpoint, Signed: proof.Checkpoint}
	if decode(proof.Opening.Entry, &c.Entry) != nil {
		return nil, schemas.Refuse("rcp.entry", "")
	}
	if c.Entry.Protocol != schemas.EntryProtocol {
		return nil, schemas.Refuse("rcp.version", "")
	}
	if c.Entry.Trust != anchors.Digest {
		return nil, schemas.Refuse("rcp.instance", "")
	}
	return c, nil
}

// checkDelivery compares a delivery with what its clearance commits to: this
// manifest and signature, this record of the sender, us as recipient, exactly
// these disclosures, and an outcome that lets something out.
func checkDelivery(opened *pki.Opened, cleared *Cleared, self string) error {
	e := cleared.Entry
	var digests []string
	for _, d := range opened.Disclosures {
		digests = append(digests, d.Digest)
	}
	officer := ""
	if opened.Officer != nil {
		officer = schemas.Digest(opened.Officer)
	}
	switch {
	case e.Event != schemas.EventDecided && e.Event != schemas.EventReleased, opened.Parsed.Ask:
		return schemas.Refuse("rcp.kind", "")
	case e.Outcome != schemas.Allow && e.Outcome != schemas.AllowWithObligations:
		return schemas.Refuse("rcp.outcome", "")
	case e.Manifest != schemas.Digest(opened.Manifest) || e.Signature != schemas.Digest(opened.Signature) || e.Officer != officer:
		return schemas.Refuse("rcp.digest", "")
	case e.Directory != opened.Sender.Digest || e.Sender != schemas.Party(cleared.Salt, opened.Sender.ID):
		return schemas.Refuse("rcp.sender", "")
	case e.Recipient != schemas.Party(cleared.Salt, self):
		return schemas.Refuse("rcp.recipient", "")
	case e.Disclosed != schemas.SetDigest(digests):
		return schemas.Refuse("rcp.disclosed", "")
	case opened.Question != nil && e.Question != schemas.Digest(opened.Question):
		return schemas.Refuse("rcp.question", "")
	}
	return checkLeaves(opened, self)
}

// checkLeaves checks the type of everything that is there, and that our own
// address is among it: ourselves, a role that means us today, or those who had
// an earlier message. A reviewer sees the address of the one it is for.
func checkLeaves(opened *pki.Opened, self string) error {
	addressed := opened.Question != nil
	for _, d := range opened.Disclosures {
		if rest, ok := strings.CutPrefix(d.Leaf.Pointer, "/envelope/"); ok {
			addressed = addressed || strings.HasPrefix(rest, "to/") && meansUs(d.Leaf.Value, self)
			continue
		}
		if err := schemas.CheckLeaf(opened.Parsed.Kind, d.Leaf); err != nil {
			return err
		}
	}
	if !addressed {
		return schemas.Refuse("rcp.address", "/envelope/to")
	}
	return nil
}

func meansUs(value schemas.Raw, self string) bool {
	var address string
	if decode(value, &address) != nil {
		return false
	}
	return address == self || strings.HasPrefix(address, "lo:") || strings.HasPrefix(address, "recipients-of:")
}

// View is a received message as people and programs read it: what was disclosed,
// put together, positions as signed.
type View struct {
	ID       string       `json:"id"`
	Kind     schemas.Kind `json:"kind"`
	From     string       `json:"from"`
	Created  string       `json:"created"`
	Purpose  string       `json:"purpose"`
	Handling []string     `json:"handling,omitempty"`
	Urgency  string       `json:"urgency"`
	Language string       `json:"language"`
	Thread   string       `json:"thread,omitempty"`
	ReplyTo  string       `json:"in_reply_to,omitempty"`
	Address  string       `json:"address"`
	Excluded []string     `json:"excluded,omitempty"` // countries whose bureaus Interpol must not show it
	Body     schemas.Raw  `json:"body"`

	Withheld    []schemas.Code `json:"withheld,omitempty"` // codes under which fields were withheld
	Obligations []string       `json:"obligations,omitempty"`
	Retention   string         `json:"destroy_by,omitempty"`
	Entry       int64          `json:"entry"`
}

// view makes the view of a verified delivery.
func view(opened *pki.Opened, cleared *Cleared) (*View, error) {
	m := opened.Parsed
	v := &View{
		ID: m.ID, Kind: m.Kind, From: m.From.String(), Created: m.Created, Purpose: m.Purpose, Handling: m.Handling, Urgency: m.Urgency, Language: m.Language,
		Withheld: cleared.Entry.Withheld, Obligations: cleared.Entry.Obligations, Retention: cleared.Entry.Retention, Entry: cleared.Index,
	}
	var leaves []schemas.Leaf
	for _, d := range opened.Disclosures {
		rest, isEnvelope := strings.CutPrefix(d.Leaf.Pointer, "/envelope/")
		switch {
		case !isEnvelope:
			leaves = append(leaves, d.Leaf)
		case strings.HasPrefix(rest, "to/"):
			decode(d.Leaf.Value, &v.Address)
		case rest == "thread":
			decode(d.Leaf.Value, &v.Thread)
		case rest == "excluded":
			decode(d.Leaf.Value, &v.Excluded)
		case rest == "in_reply_to":
			decode(d.Leaf.Value, &v.ReplyTo)
		}
	}
	body, err := schemas.Assemble(leaves, true)
	v.Body = body
	return v, err
}

// Opened values of sealed leaves, by pointer.
type sealedLeaf struct {
	Pointer string
	schemas.Sealed
}

// sealedFor lists the sealed leaves of a message that are for a partner.
func sealedFor(opened *pki.Opened, self string) []sealedLeaf {
	var all []sealedLeaf
	for _, d := range opened.Disclosures {
		if !schemas.IsSealed(opened.Parsed.Kind, d.Leaf.Pointer) {
			continue
		}
		leaf := sealedLeaf{Pointer: d.Leaf.Pointer}
		if decode(d.Leaf.Value, &leaf.Sealed) == nil && strings.HasPrefix(leaf.For, self+"/") {
			all = append(all, leaf)
		}
	}
	slices.SortFunc(all, func(a, b sealedLeaf) int { return schemas.ComparePointers(a.Pointer, b.Pointer) })
	return all
}
