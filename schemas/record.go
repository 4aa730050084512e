package schemas

import "errors"

// What follows is what the gateway hands to the register and gets back. The
// register stores it; it is not part of the exchange with partners.

// Settlement is everything that one message leaves behind. The register commits
// it whole or not at all.
type Settlement struct {
	Message *Settled // nil when no message could be read
	Events  []Event  // in this order; each becomes one leaf of the log

	// Directory is the epoch of the directory that the decision rests on. When it
	// has moved by the time of the commit, the register answers ErrStale.
	Directory int64

	// Approvals maps the entry of a hold to the number of approvals of it and
	// recalls of its message that the decision counted, its own not included. When
	// another came in between, the register answers ErrStale.
	Approvals map[int64]int

	// Follows maps the entry of what left in an emergency to the entry that its
	// review stood at for the decision. When the review has moved on, the register
	// answers ErrStale.
	Follows map[int64]int64

	// Content is the message's container wrapped under the key of its case; it is
	// kept until every delivery has its receipt. CaseKey is that key, wrapped by
	// the key store, when the case is new.
	Content []byte
	CaseKey []byte
}

// Settled identifies a message in the register, for ever.
type Settled struct {
	ID        string
	Connector string // organisation/connector
	Sequence  int64
	Manifest  string // digest
	Previous  string // digest of the manifest before
	Thread    string
}

// Event is one thing that happened, for one audience.
type Event struct {
	Salt   []byte
	Entry  Entry
	Record Record
}

// Record is the register's own row about an event: what the entry leaves out,
// because nobody outside may see it. It holds no value of a case.
type Record struct {
	Message   string `json:"message,omitempty"`
	Connector string `json:"connector,omitempty"`
	Sequence  int64  `json:"sequence,omitempty"`
	Manifest  string `json:"manifest,omitempty"`
	Previous  string `json:"previous,omitempty"`
	Thread    string `json:"thread,omitempty"`
	Kind      Kind   `json:"kind,omitempty"`
	Urgency   string `json:"urgency,omitempty"`
	Officer   string `json:"officer,omitempty"` // partner/officer acting
	Sealed    string `json:"sealed,omitempty"`  // digest of the ciphertext
	Seen      int64  `json:"seen,omitempty"`    // size of the checkpoint that the sender had seen
	Content   string `json:"content,omitempty"` // digest of the wrapped container

	Recipient  string   `json:"recipient,omitempty"`
	Address    string   `json:"address,omitempty"`
	To         string   `json:"to,omitempty"`         // key in the envelope's list
	Connectors []string `json:"connectors,omitempty"` // to which the delivery is due
	Review     bool     `json:"review,omitempty"`     // to the function that must approve
	Outcome    string   `json:"outcome,omitempty"`
	Disclosed  []string `json:"disclosed,omitempty"` // pointers that leave, or would leave
	Fields     string   `json:"fields,omitempty"`    // digest of the set of content fields among them
	Question   Raw      `json:"question,omitempty"`  // exactly as it was put to the rules
	Decision   Raw      `json:"decision,omitempty"`

	Foreseen Raw  `json:"foreseen,omitempty"` // told to who asked beforehand
	Retain   bool `json:"retain,omitempty"`   // a law asks for a copy of what left

	Of       *int64   `json:"of,omitempty"`    // entry this event is about
	About    string   `json:"about,omitempty"` // message this event is about
	Function string   `json:"function,omitempty"`
	Withhold []string `json:"withhold,omitempty"` // pointers that an approver keeps back, or the sender recalls
	Until    string   `json:"until,omitempty"`
	Grades   []Graded `json:"grades,omitempty"`
	Handling []string `json:"handling,omitempty"`
	Follow   *Follow  `json:"follow,omitempty"` // review of what left in an emergency, as it stands now

	ID      string `json:"id,omitempty"` // of a directory record
	Version int64  `json:"version,omitempty"`
	Signed  []byte `json:"signed,omitempty"`
}

// Recorded is the register's answer: where the events stand in the log.
type Recorded struct {
	Repeat  bool    // the message was settled before; Indexes are those of then
	Indexes []int64 // one per event, in order
}

// Standing is what the register knows of one message.
type Standing struct {
	Settled
	Entry      int64 // of its custody or refusal
	Event      string
	Kind       Kind
	Deliveries []Delivered
	Grades     map[int]Graded // by label, from police assessments
	Handling   []string       // from the same
	Recalls    int            // of what is held or was released in an emergency: how often it was recalled or corrected
	Recalled   []string       // and which pointers
}

// Delivered is one decision about a message and what became of it.
type Delivered struct {
	Entry     int64
	Recipient string
	Address   string
	To        string
	Review    bool
	Outcome   string
	Disclosed []string // pointers
	Fields    string   // digest of the set of content fields
	Question  Raw
	Decision  Raw
	Closed    bool // a hold that was released, returned or declined
	Approvals []Given

	Released *Follow // of what left in an emergency: its review as it began
	Follow   *Follow // and as it stands now
	Stands   int64   // by which entry
}

// Left reports whether the delivery was or is to be sent.
func (d Delivered) Left() bool { return d.Outcome == Allow || d.Outcome == AllowWithObligations }

// Held reports whether the delivery waits for approval.
func (d Delivered) Held() bool { return d.Outcome == Hold && !d.Review && !d.Closed }

// Counted is what a decision about a hold counts in [Settlement.Approvals].
func (s *Standing) Counted(hold Delivered) int { return len(hold.Approvals) + s.Recalls }

// Given is one approval of a hold.
type Given struct {
	Entry    int64
	Officer  string // partner/officer
	Function string
	At       string
	Until    string
	Withhold []string
}

// Review is what left in an emergency and whose review the gateway must look at.
type Review struct {
	Entry   int64 // of the delivery
	Message string
}

// Due is a delivery that has no receipt yet.
type Due struct {
	Entry     int64
	Message   string
	Connector string
	Tries     int
}

// Told lists what a sender's connector was or should have been told about one of
// its messages: entries meant for it, and receipts of others that went to it.
type Told struct {
	Answers  []int64
	Receipts []Due
}

var (
	// ErrStale says that what a decision rested on has moved: ask again.
	ErrStale = errors.New("the directory or the approvals moved since the decision")

	// ErrEquivocation says that a connector signed two messages under one id or
	// one sequence number, or denies its own past: refuse, and record a finding.
	ErrEquivocation = errors.New("two messages under one id or number")

	// ErrUnknown says that the register has no such message.
	ErrUnknown = errors.New("no such message")
)

// ReviewSheet is what an approver gets besides the fields: the question exactly
// as it was put to the rules, the answer, and the digests of the fields that
// would leave.
type ReviewSheet struct {
	Question Raw      `json:"question"`
	Decision Raw      `json:"decision"`
	Fields   []string `json:"fields"`

	// Afterwards is there when it has left already, in an emergency.
	Afterwards *Afterwards `json:"afterwards,omitempty"`
}
