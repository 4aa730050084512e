package schemas

import "strconv"

// Protocol is the version of the way messages are signed and packed. A message
// of another version is refused.
const Protocol = "1"

// Manifest is the document that the sender signs. Its exact bytes are what the
// signature covers; every recipient may read it. It holds no content: only
// digests of salted disclosures (RFC 9901, section 4.2.3), sorted and padded with
// decoys.
type Manifest struct {
	Protocol string   `json:"schakel" validate:"eq=1"`                                 // protocol version
	ID       string   `json:"id" validate:"uuid7"`                                     // message id, UUIDv7 (RFC 9562, section 5.7)
	Kind     string   `json:"kind" validate:"kind"`                                    // kind of message
	Schema   int      `json:"schema" validate:"eq=1"`                                  // version of the kind's schema
	From     Sender   `json:"from" validate:"required"`                                // who signed
	Gateway  string   `json:"gateway" validate:"fingerprint"`                          // the only gateway this message is for
	Created  string   `json:"created" validate:"instant"`                              // when it was signed
	Purpose  string   `json:"purpose" validate:"purpose"`                              // purpose of processing (law/README.md 2.4)
	Handling []string `json:"handling" validate:"required,max=4,unique,dive,handling"` // handling codes H0 to H3 (law/README.md 3b.1)
	TLP      string   `json:"tlp,omitempty" validate:"omitempty,tlp"`                  // Traffic Light Protocol of a picture without persons (law/README.md 3b.3)
	Urgency  string   `json:"urgency" validate:"oneof=normal urgent"`                  // lane
	Ask      bool     `json:"ask,omitempty"`                                           // it is only asked whether it would pass; it is given to nobody
	Language string   `json:"language" validate:"language"`                            // language of the free text (RFC 5646)
	SDAlg    string   `json:"_sd_alg" validate:"eq=sha-256"`                           // digest algorithm (RFC 9901, section 4.1.1)
	SD       []string `json:"_sd" validate:"min=16,max=256,dive,digest"`               // digests of the disclosures and decoys, sorted
}

// Sender is an organisation and the connector (workstation) of it that signed.
type Sender struct {
	Organisation string `json:"organisation" validate:"partner"` // partner id in the directory
	Connector    string `json:"connector" validate:"connector"`  // connector of that partner
}

// String is the form used as a key: organisation/connector.
func (s Sender) String() string { return s.Organisation + "/" + s.Connector }

// Envelope is what only the gateway may see of a message. Each value is a
// disclosure of its own under /envelope; the gateway refuses a message in which
// one is missing. A recipient gets his own entry of To, and the thread as far as
// he may know it.
type Envelope struct {
	// To maps a random key to an address: a partner ("tbkk"), a role that the
	// gateway resolves ("lo:PH": the liaison responsible for the Philippines
	// today), "recipients-of:MESSAGE" for a recall, or "gateway". The key is
	// random so that a recipient's own entry does not tell how many others there
	// are.
	To map[string]string `json:"to" validate:"min=1,max=8,dive,keys,tokey,endkeys,address"`

	Officer  string `json:"officer" validate:"officer"`             // acting officer, a pseudonym in the directory
	Sequence int64  `json:"sequence" validate:"min=1"`              // gap-free number of this connector
	Previous string `json:"previous" validate:"omitempty,digest"`   // digest of its previous manifest; empty for the first
	Thread   string `json:"thread" validate:"uuid7"`                // root message of the case
	ReplyTo  string `json:"in_reply_to" validate:"omitempty,uuid7"` // message this answers
	RelayOf  string `json:"relay_of" validate:"omitempty,uuid7"`    // message this passes on

	Bases           []Claim   `json:"bases" validate:"max=8,dive"`               // legal bases claimed
	OriginalPurpose string    `json:"original_purpose" validate:"purpose"`       // purpose for which the data were first processed (Wpg 3(3))
	Request         Request   `json:"request"`                                   // the question this answers
	Emergency       Emergency `json:"emergency"`                                 // facts of danger (gate G10)
	Classification  string    `json:"classification" validate:"classification"`  // rubric (law/README.md 3b.4)
	Checkpoint      Seen      `json:"checkpoint"`                                // newest checkpoint the sender has seen
	May             []string  `json:"may" validate:"max=64,unique,dive,pointer"` // pointers whose leaves may be withheld by rule

	Statements
}

// Statements are what the sender says of the case to the gateway alone, when the
// rules ask for it. What he does not say is not there, and to the rules was not
// shown. They are no part of the body: what his file says of a person, or that a
// case ended, is itself a datum that not every recipient may have.
type Statements struct {
	OnFile    []OnFile `json:"on_file,omitempty" validate:"omitempty,min=1,max=64,dive"`
	Cases     *Cases   `json:"cases,omitempty" validate:"omitempty"`
	Human     *Human   `json:"human,omitempty" validate:"omitempty"`
	Complaint string   `json:"complaint,omitempty" validate:"omitempty,oneof=none term pending lapsed dismissed"` // about what was seized (Sv 5.1.10-11, 552a)
	Excluded  []string `json:"excluded,omitempty" validate:"omitempty,min=1,max=64,unique,dive,country"`          // countries whose bureaus Interpol must not show it (RPD 109)
}

// OnFile is what the sender's own file says of one person of the body, and how
// proceedings against him stand.
type OnFile struct {
	Person     int      `json:"person" validate:"min=0,max=63"`                                                              // number in the body
	Category   string   `json:"category,omitempty" validate:"omitempty,subject"`                                             // what he is there (gate G11)
	Ended      []string `json:"ended,omitempty" validate:"omitempty,min=1,max=2,unique,dive,oneof=dismissed final-judgment"` // how earlier proceedings ended (gate G14)
	Elsewhere  []string `json:"elsewhere,omitempty" validate:"omitempty,min=1,max=8,unique,dive,country"`                    // where others run for the same facts
	Concerns   []string `json:"concerns,omitempty" validate:"omitempty,min=1,max=2,unique,dive,oneof=political persecution"` // Sv 5.1.5(4)-(5)
	Assurances []string `json:"assurances,omitempty" validate:"omitempty,min=1,max=8,unique,dive,line,max=128"`              // documents that name him (gate G03)
}

// Cases say whether there are proceedings about the same facts in the country of
// the offence and here (gate G04).
type Cases struct {
	Local string `json:"local" validate:"oneof=none open closed unknown"`
	Dutch string `json:"dutch" validate:"oneof=none open closed unknown"`
}

// Human is who took an adverse step, after seeing the grounds (gate G09; Wpg 7a).
type Human struct {
	Step        string `json:"step" validate:"oneof=refusal alert passport notice stop"`
	Officer     string `json:"officer" validate:"officer-address"` // partner/officer
	At          string `json:"at" validate:"instant"`
	GroundsSeen bool   `json:"grounds_seen"`
}

// Fits refuses statements about persons that a body does not have.
func (s *Statements) Fits(b Body) error {
	for i, known := range s.OnFile {
		if known.Person >= len(PersonsOf(b)) {
			return Refuse("schema.mark", "/on_file/"+strconv.Itoa(i)+"/person")
		}
	}
	return nil
}

// Claim is one legal basis that the sender invokes and the documents that show
// its conditions.
type Claim struct {
	ID        string     `json:"id" validate:"basis"`
	Documents []Evidence `json:"documents,omitempty" validate:"max=16,dive"`
}

// Evidence points to a document. One that stands in the directory speaks with
// its own issuer and dates; any other is a note in the sender's own file, of the
// kind declared here, for which the sender signs.
type Evidence struct {
	ID    string `json:"id" validate:"line,max=128"`
	Kind  string `json:"kind" validate:"term"`
	From  string `json:"valid_from,omitempty" validate:"omitempty,date"`  // day of a note in the sender's own file
	Until string `json:"valid_until,omitempty" validate:"omitempty,date"` // last day on which it holds
}

// Request states the question that a message answers (law/README.md 0.6).
type Request struct {
	Exists      bool   `json:"exists"`
	Question    string `json:"question" validate:"omitempty,line,max=128"`      // reference of the question
	Unavoidable string `json:"unavoidable" validate:"omitempty,prose,max=2048"` // why special categories are unavoidable in the answer (Bpg 5:1(3))
}

// Emergency states the facts of danger on which the emergency path rests.
type Emergency struct {
	Claimed bool   `json:"claimed"`
	Facts   string `json:"facts" validate:"omitempty,prose,max=2048"` // who is in danger, where, when, and why the normal route fails
	Expires string `json:"expires" validate:"omitempty,instant"`
}

// Seen is a checkpoint of the log: its size and its root hash (base64).
type Seen struct {
	Size int64  `json:"size" validate:"min=0"`
	Root string `json:"root" validate:"omitempty,root"`
}
