package policies

import "schakel/schemas"

// Question is all that the rules are told: may this message pass to this
// recipient? It holds no value of the case; persons are numbers and officers
// pseudonyms, so it can be kept and asked again after the case is erased. The
// names are those of law/README.md 0.6. Every member is always written: to the
// rules, what is empty was not shown.
type Question struct {
	Now             string       `json:"now"` // RFC 3339, UTC
	Message         Message      `json:"message"`
	Sender          Party        `json:"sender"`
	Recipient       Recipient    `json:"recipient"`
	Purpose         string       `json:"purpose"`
	OriginalPurpose string       `json:"original_purpose"`
	Bases           []Claimed    `json:"bases"`
	Documents       []Document   `json:"documents"` // standing between the parties
	Items           []Item       `json:"items"`
	Request         Request      `json:"request"`
	Approvals       []Approved   `json:"approvals"`
	Assurances      []Assurance  `json:"assurances"`
	Country         Facts        `json:"country"` // of the recipient
	SubjectFlags    SubjectFlags `json:"subject_flags"`
	DecisionFile    DecisionFile `json:"decision_file"`
	Source          Source       `json:"source"`
	Child           Child        `json:"child"`
	Review          Review       `json:"review"`
	LocalCase       string       `json:"local_case"` // gate G04: a case in the country of the offence: none, open, closed; "" and unknown were not shown
	DutchCase       string       `json:"dutch_case"` // one here, in the same words
	Human           Human        `json:"human"`
	Report          Report       `json:"report"`
	Complaint       string       `json:"complaint"` // about what was seized (Sv 5.1.10-11): none, term, pending, lapsed, dismissed
}

// Message is what the rules see of the message itself.
type Message struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Level     string    `json:"level"` // feedback level, gate G06
	Urgency   string    `json:"urgency"`
	Emergency Emergency `json:"emergency"`
	Rubric    string    `json:"rubric"` // classification
	TLP       string    `json:"tlp"`    // RED, AMBER+STRICT, AMBER, GREEN, CLEAR; "" is none (FIRST, TLP 2.0)
	Handling  []string  `json:"handling"`
	Thread    string    `json:"thread"`
	InReplyTo string    `json:"in_reply_to"`
	RelayOf   string    `json:"relay_of"`

	Template    string       `json:"template"` // fixed phrase of a feedback, gate G06
	Attachments []Attachment `json:"attachments"`
}

// Attachment is a file that travels with the message (gates G01 and G15).
type Attachment struct {
	MediaType string `json:"media_type"` // RFC 6838
	Match     bool   `json:"match"`      // its digest is on the list of known abuse material
	Persons   int    `json:"persons"`    // how many persons it speaks of; -1 where nobody said
}

// Emergency is the claim of gate G10. Facts holds the facts or, in a question
// that the gateway asks, their digest: that they were written down is what
// counts here.
type Emergency struct {
	Claimed bool   `json:"claimed"`
	Facts   string `json:"facts"`
	Expires string `json:"expires"`
}

// Party is the sender.
type Party struct {
	Org            string     `json:"org"`
	Role           string     `json:"role"`
	Country        string     `json:"country"`
	OfficerID      string     `json:"officer_id"`
	Authorisations []Document `json:"authorisations"`
}

// Recipient is the partner who would receive.
type Recipient struct {
	Org                string     `json:"org"`
	Role               string     `json:"role"`
	Country            string     `json:"country"`
	OfficerID          string     `json:"officer_id"`
	Functions          []string   `json:"functions"`           // held by its officers today
	AcceptedConditions []string   `json:"accepted_conditions"` // obligations accepted in advance
	MoU                []Document `json:"mou"`
	Assessment         Assessment `json:"assessment"`
	NLCode             string     `json:"nl_code"`  // Bpg 2:12 code of the record that it registered on the subject: a, b, c; one of article 10(1)(b) counts as c
	Excluded           []string   `json:"excluded"` // countries whose bureaus do not see it (Interpol RPD)
}

// Assessment is the controller's own assessment of a country (Wpg 17a(2)(b)).
type Assessment struct {
	ID         string   `json:"id"`
	ValidUntil string   `json:"valid_until"`
	Categories []string `json:"categories"`
	Subjects   []string `json:"subjects"`
}

// Claimed is a basis that the sender invokes with the documents that show its
// conditions.
type Claimed struct {
	ID        string     `json:"id"`
	Documents []Document `json:"documents"`
}

// Document is evidence by reference: what it is, whose, for what, and when it
// holds. Both days are included; a list that is empty leaves that open.
type Document struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Issuer     string   `json:"issuer"`
	Parties    []string `json:"parties"`
	Purposes   []string `json:"purposes"`
	Categories []string `json:"categories"`
	Country    string   `json:"country"`
	Status     string   `json:"status"` // active, withdrawn
	ValidFrom  string   `json:"valid_from"`
	ValidUntil string   `json:"valid_until"`
}

// Item is data of one category about one person from one source.
type Item struct {
	ID                int      `json:"id"`
	DataCategory      string   `json:"data_category"`
	SubjectRef        string   `json:"subject_ref"`
	SubjectCategory   string   `json:"subject_category"`
	IsMinor           string   `json:"is_minor"` // yes, no, unknown
	Regime            string   `json:"regime"`
	ProcessingArticle string   `json:"processing_article"`
	NLCode            string   `json:"nl_code"`
	OriginCountry     string   `json:"origin_country"`
	OriginOrg         string   `json:"origin_org"`
	OriginSide        string   `json:"origin_side"` // of that organisation's role; "" where the directory does not know it
	OriginConditions  []string `json:"origin_conditions"`
	FactOrOpinion     string   `json:"fact_or_opinion"`
	HearsayLevel      int      `json:"hearsay_level"` // -1 where not said
	Grade             Grade    `json:"grade"`
	CollectedAt       string   `json:"collected_at"`
	RetentionUntil    string   `json:"retention_until"`
	RemovedAt         string   `json:"removed_at"`
	OffenceRef        string   `json:"offence_ref"`
	OffenceFlags      []string `json:"offence_flags"`
	FileCategory      string   `json:"file_category"`  // what the sender's own file says that the person is (gate G11)
	Author            string   `json:"author"`         // who judged: partner/officer (gate G07)
	PresumesGuilt     bool     `json:"presumes_guilt"` // a text calls the person offender before final judgment

	May             bool     `json:"may"`              // the sender allows it to be withheld
	SealedFor       string   `json:"sealed_for"`       // partner/officer, "" in the clear
	SealedOrg       string   `json:"sealed_org"`       // the partner of that officer
	SealedFunctions []string `json:"sealed_functions"` // functions of that officer
}

// Grade is the Europol 4x4 grade; empty where none was given.
type Grade struct {
	Source string `json:"source"`
	Info   string `json:"info"`

	Scale      string `json:"scale"` // in which it first was given: 4x4, 5x5x5, 3x5x2, ungraded; "" is 4x4
	FromSource string `json:"from_source"`
	FromInfo   string `json:"from_info"`
}

// Request is the question that a message answers.
type Request struct {
	Exists               bool   `json:"exists"`
	QuestionRef          string `json:"question_ref"`
	UnavoidableStatement string `json:"unavoidable_statement"`
}

// Approved is an approval that was given.
type Approved struct {
	Function   string `json:"function"`
	Person     string `json:"person"`
	At         string `json:"at"`
	ValidUntil string `json:"valid_until"`
	Scope      string `json:"scope"`
}

// Assurance is a written promise of a state (gate G03).
type Assurance struct {
	Type       string `json:"type"` // death-penalty, castration
	Country    string `json:"country"`
	State      string `json:"state"` // given, refused, pending
	Doc        string `json:"doc"`
	ValidUntil string `json:"valid_until"`

	Persons   []string `json:"persons"`   // subject references that it names
	Offences  []string `json:"offences"`  // that it covers
	Binding   bool     `json:"binding"`   // its giver binds the prosecution there
	Validated []string `json:"validated"` // roles that found it sufficient: om, minjv
}

// Facts are what the catalogue knew of the recipient's country on the day.
type Facts struct {
	ID            string   `json:"id"`
	Class         string   `json:"class"`
	DPStatus      string   `json:"dp_status"`
	CSACapital    string   `json:"csa_capital"`
	Castration    bool     `json:"castration"`
	TortureFlag   bool     `json:"torture_flag"`
	FairTrialFlag bool     `json:"fair_trial_flag"`
	Assurance     string   `json:"assurance"`
	AssuranceFor  []string `json:"assurance_for"`
	Approvals     []string `json:"approvals"`
	FactsAsOf     string   `json:"facts_as_of"`
}

// SubjectFlags say how earlier proceedings ended.
type SubjectFlags struct {
	Acquitted        bool     `json:"acquitted"`
	Dismissed        bool     `json:"dismissed"`
	FinalJudgment    bool     `json:"final_judgment"`
	OtherProceedings []string `json:"other_proceedings"` // countries where others run for the same facts
	Political        bool     `json:"political"`         // a political offence, or one connected with it (Sv 5.1.5(5))
	Persecution      bool     `json:"persecution"`       // for belief, nationality, race or group (Sv 5.1.5(4))
}

// DecisionFile is a written decision under Wpg 18(2) or 20.
type DecisionFile struct {
	WPG20ID    string   `json:"wpg20_id"`
	ValidFrom  string   `json:"valid_from"`
	ValidUntil string   `json:"valid_until"`
	Categories []string `json:"categories"`
	Subjects   []string `json:"subjects"`
	Recipients []string `json:"recipients"`
}

// Source is what may be known of who told (gate G05): by the tip itself or, in
// what follows on one, by the thread's first message.
type Source struct {
	Present   bool   `json:"present"`
	Country   string `json:"country"` // "" where it is not known
	Consent   string `json:"consent"`
	Local     string `json:"local_police"`
	Officials string `json:"concerns_officials"`
}

// Child says on whose word a child is referred (gate G02).
type Child struct {
	Consent       string `json:"consent"`
	BestInterests string `json:"best_interests"`
}

// Human is who took an adverse step, such as a refusal, an alert or a stop (gate
// G09).
type Human struct {
	Step        string `json:"step"` // refusal, alert, passport, notice, stop; "" is none
	Officer     string `json:"officer"`
	At          string `json:"at"`
	GroundsSeen bool   `json:"grounds_seen"`
}

// Report is how far a picture without personal data could lead to somebody (Bpg
// 4:7): the smallest count that stands in it, -1 where it holds none, and the
// smallest area.
type Report struct {
	SmallestCell int    `json:"smallest_cell"`
	Area         string `json:"area"`     // country, province, municipality, village
	Released     bool   `json:"released"` // a report of this type was released before
}

// Review says for which functions a held message is shown to an approver.
type Review struct {
	Functions []string `json:"functions"`
}

// Decision is the answer. The zero value shares with nobody.
type Decision struct {
	Outcome     string            `json:"outcome"`
	Reasons     []Reason          `json:"reasons"` // highest precedence first (law/README.md 5.2)
	Obligations []string          `json:"obligations"`
	Withhold    []Withheld        `json:"withhold"`
	Approvals   []string          `json:"approvals"` // functions that must still approve
	Missing     []schemas.Unshown `json:"missing"`   // evidence that it waits for
	Handling    []string          `json:"handling"`
	Retention   string            `json:"retention"` // earliest day by which the recipient destroys
	Row         string            `json:"row"`       // of the flow matrix
	Bases       []string          `json:"bases"`     // on which it rests
	Rules       string            `json:"rules"`     // digest of rules and facts
}

// Reason is why, by code.
type Reason struct {
	Code   schemas.Code `json:"code"`
	Effect string       `json:"effect"` // deny, hold, allow
}

// Withheld is an item that this recipient may not have, and the code.
type Withheld struct {
	Item int          `json:"item"`
	Code schemas.Code `json:"code"`
}

// Passes reports whether anything may leave.
func (d *Decision) Passes() bool {
	return d.Outcome == schemas.Allow || d.Outcome == schemas.AllowWithObligations
}

// Codes lists the codes of the reasons.
func (d *Decision) Codes() []schemas.Code {
	var codes []schemas.Code
	for _, reason := range d.Reasons {
		codes = append(codes, reason.Code)
	}
	return codes
}
