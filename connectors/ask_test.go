package connectors

import (
	"testing"

	"schakel/pki"
	"schakel/schemas"
)

// What was only asked about is nobody's, whatever proof comes with it.
func TestWhatWasOnlyAskedIsNotReceived(t *testing.T) {
	salt := []byte("salt")
	opened := &pki.Opened{Container: &pki.Container{Manifest: []byte("manifest"), Signature: []byte("signature")}, Parsed: &schemas.Manifest{Kind: schemas.KindTip}, Sender: &pki.Partner{Digest: "record"}}
	opened.Sender.ID = "ngo"
	entry := schemas.Entry{
		Event: schemas.EventDecided, Outcome: schemas.Allow, Manifest: schemas.Digest(opened.Manifest), Signature: schemas.Digest(opened.Signature),
		Directory: "record", Sender: schemas.Party(salt, "ngo"), Recipient: schemas.Party(salt, "tbkk"), Disclosed: schemas.SetDigest(nil),
	}
	for _, c := range []struct {
		ask  bool
		want schemas.Code
	}{{false, "rcp.address"}, {true, "rcp.kind"}} { // it has no fields, not even our address
		opened.Parsed.Ask = c.ask
		refusal := schemas.Refused(checkDelivery(opened, &Cleared{Entry: entry, Salt: salt}, "tbkk"))
		if refusal == nil || refusal.Code != c.want {
			t.Errorf("ask %t: got %v, want %s", c.ask, refusal, c.want)
		}
	}
}

// Who asked gets the answer that the log's entry commits to, and who did not gets
// none; a gateway that takes a question for a message is noticed.
func TestTheAnswerIsTheOneOfTheEntry(t *testing.T) {
	answer := schemas.Encode([]schemas.Foreseen{{Result: schemas.Result{To: "key", Outcome: schemas.Deny}}})
	digest := schemas.Digest(answer)
	for name, c := range map[string]struct {
		ask           bool
		event, digest string
		document      []byte
		want          schemas.Code
	}{
		"asked":                     {true, schemas.EventAsked, digest, answer, ""},
		"refused":                   {true, schemas.EventRefused, "", nil, ""},
		"sent":                      {false, schemas.EventSubmitted, "", nil, ""},
		"asked, taken as a tip":     {true, schemas.EventSubmitted, "", nil, "rcp.kind"},
		"sent, taken as a question": {false, schemas.EventAsked, digest, answer, "rcp.kind"},
		"another answer":            {true, schemas.EventAsked, digest, []byte("[]"), "rcp.digest"},
		"no answer":                 {true, schemas.EventAsked, digest, nil, "rcp.digest"},
		"an answer nobody asked":    {false, schemas.EventSubmitted, "", answer, "rcp.digest"},
		"no list":                   {true, schemas.EventAsked, schemas.Digest([]byte("{}")), []byte("{}"), "rcp.digest"},
	} {
		out := &Outgoing{Ask: c.ask}
		foreseen, err := out.answer(&pki.Opened{Container: &pki.Container{Foreseen: c.document}}, schemas.Entry{Event: c.event, Foreseen: c.digest})
		var got schemas.Code
		if refusal := schemas.Refused(err); refusal != nil {
			got = refusal.Code
		}
		if got != c.want || err == nil && len(foreseen) != len(c.document)/len(answer) {
			t.Errorf("%s: got %q with %d answers, want %q", name, got, len(foreseen), c.want)
		}
	}
}
