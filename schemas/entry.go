package schemas

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
)

// EntryProtocol is the version of log entries.
const EntryProtocol = "entry/1"

// The events that the log records. Each is written before it has any effect.
const (
	EventSubmitted = "submitted" // taken from a partner: the custody receipt
	EventRefused   = "refused"   // not taken, with the code
	EventDecided   = "decided"   // what one recipient may have: the clearance
	EventApproved  = "approved"  // an officer approved a held message; others must still
	EventReleased  = "released"  // a held message leaves: the clearance
	EventReturned  = "returned"  // an officer asked the sender to repair a held message
	EventDeclined  = "declined"  // an officer refused a held message
	EventDelivered = "delivered" // the recipient's connector opened and verified it
	EventOpened    = "opened"    // a person opened it
	EventApplied   = "applied"   // a recall or correction was carried out
	EventFailed    = "failed"    // the recipient could not open it
	EventAssessed  = "assessed"  // police graded a tip
	EventAsked     = "asked"     // taken from a partner who only asked whether it would pass; nothing leaves by it
	EventForeseen  = "foreseen"  // what would be decided for one recipient of it
	EventInformed  = "informed"  // the sender is told what became of a held message
	EventRecalled  = "recalled"  // what left in an emergency is recalled; the sender is told
	EventReminded  = "reminded"  // whoever closes a review afterwards was reminded of it
	EventDirectory = "directory" // a record of the directory came into use
	EventRules     = "rules"     // a rule set came into force
)

// Entry is what one leaf of the log commits to: one event for one audience. It
// holds no personal data and no content: digests, codes and pseudonyms. Its
// canonical form is [Encode].
type Entry struct {
	Protocol string `json:"schakel"`
	Event    string `json:"event"`
	Time     string `json:"time"`
	Epoch    int64  `json:"epoch"` // of the register; rises only when a backup is restored
	Trust    string `json:"trust"` // digest of the trust anchors of this instance

	Kind      string `json:"kind,omitempty"`
	Manifest  string `json:"manifest,omitempty"`  // digest of the manifest
	Signature string `json:"signature,omitempty"` // digest of the sender's signature
	Officer   string `json:"officer,omitempty"`   // digest of the officer's own signature
	Directory string `json:"directory,omitempty"` // digest of the sender's signed directory record
	Sealed    string `json:"sealed,omitempty"`    // digest of the ciphertext as it arrived
	Sender    string `json:"sender,omitempty"`    // pseudonym, see [Party]
	Recipient string `json:"recipient,omitempty"` // pseudonym

	Outcome     string   `json:"outcome,omitempty"`
	Reasons     []Code   `json:"reasons,omitempty"`
	Withheld    []Code   `json:"withheld,omitempty"`  // codes under which fields were withheld; never which or how many
	Disclosed   string   `json:"disclosed,omitempty"` // digest of the exact set of disclosures, see [SetDigest]
	Obligations []string `json:"obligations,omitempty"`
	Handling    []string `json:"handling,omitempty"`
	Retention   string   `json:"retention,omitempty"` // the recipient destroys it after this day
	Question    string   `json:"question,omitempty"`  // digest of the question put to the rules
	Rules       string   `json:"rules,omitempty"`     // digest of rules and facts
	Results     []Result `json:"results,omitempty"`   // to the sender: what was decided for each address
	Foreseen    string   `json:"foreseen,omitempty"`  // to who asked beforehand: digest of what would become of the message, see [Foreseen]
	Of          *int64   `json:"of,omitempty"`        // index of the entry this event is about
	At          string   `json:"at,omitempty"`        // of a refusal: where, never what

	Record string `json:"record"` // salted digest of the register's own row, see [RecordDigest]
}

// Result tells the sender what was decided for one of his addresses.
type Result struct {
	To        string   `json:"to"` // key in the envelope's list
	Outcome   string   `json:"outcome"`
	Reasons   []Code   `json:"reasons,omitempty"`
	Approvals []string `json:"approvals,omitempty"` // functions that must still approve

	// Recipients is how many partners it goes to, where the address stands for
	// those who had an earlier message.
	Recipients int `json:"recipients,omitempty"`

	// Afterwards is there when it left in an emergency: how its review stands.
	Afterwards *Afterwards `json:"afterwards,omitempty"`
}

// Foreseen is what would be decided for one address of a message that its sender
// only asked about, by the rules, keys and papers of that moment. It promises
// nothing: the message itself is decided when it comes.
type Foreseen struct {
	Result
	Withheld    []LeftOut `json:"withheld,omitempty"`    // fields that would not arrive
	Missing     []Unshown `json:"missing,omitempty"`     // what it would wait for besides approvals
	Obligations []string  `json:"obligations,omitempty"` // duties of the recipient
	Retention   string    `json:"retention,omitempty"`   // the recipient would destroy it after this day
}

// Unshown is a condition that was not shown: by its kind of document or, where no
// paper shows it, by the name of what the rules ask.
type Unshown struct {
	Document  string `json:"document,omitempty"`
	Attribute string `json:"attribute,omitempty"`
}

// LeftOut is a field that would not arrive, and why.
type LeftOut struct {
	Pointer string `json:"pointer"`
	Code    Code   `json:"code"`
}

// Passes reports whether something leaves for the address.
func (r Result) Passes() bool { return r.Outcome == Allow || r.Outcome == AllowWithObligations }

// Outcomes of a decision, from best to worst.
const (
	Allow                = "allow"
	AllowWithObligations = "allow-with-obligations"
	Hold                 = "hold"
	Deny                 = "deny"
)

// Digest is the SHA-256 of data in the form all of Schakel writes: base64url
// without padding, as RFC 9901 writes the digests of disclosures.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// SetDigest is the digest of a set of digests, whatever their order.
func SetDigest(digests []string) string {
	sorted := slices.Sorted(slices.Values(digests))
	h := sha256.New()
	for _, digest := range sorted {
		h.Write([]byte(digest))
		h.Write([]byte{'\n'})
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Party is the pseudonym of a partner in one entry. Whoever holds the entry's
// opening can check it; two entries about one partner cannot be linked.
func Party(salt []byte, partner string) string { return salted(salt, "party", []byte(partner)) }

// RecordDigest ties an entry to the register's row about the event.
func RecordDigest(salt, record []byte) string { return salted(salt, "record", record) }

func salted(salt []byte, what string, data []byte) string {
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(what + "\x00"))
	mac.Write(data)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
