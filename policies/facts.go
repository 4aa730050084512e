package policies

// The facts are what a legal officer maintains without a programmer: the
// catalogue of legal bases, the matrix of flows, the countries, the roles and
// the lists they are written in. Each fact carries its source and the mark that
// says how well that source was checked: V verified in the text of the law, Vs
// verified in a secondary source, K from knowledge and still to be confirmed by
// counsel, D a design default of this project and no rule of law.

// Title is what people call a fact, in both languages of the desk.
type Title struct {
	NL string `yaml:"nl" json:"nl"`
	EN string `yaml:"en" json:"en"`
}

// Validity bounds a fact in time. Both days are included; an empty day is open.
type Validity struct {
	From  string `yaml:"valid_from,omitempty" json:"valid_from"`
	Until string `yaml:"valid_until,omitempty" json:"valid_until"`
}

// Basis is one legal ground of the catalogue: who may invoke it, towards whom,
// for what, from which source, with which data about whom, and what must be
// shown first.
type Basis struct {
	ID     string `yaml:"id" json:"id"`
	Title  Title  `yaml:"title" json:"title"`
	Source string `yaml:"source" json:"source"`

	// SourceNL is the source in Dutch where it holds more than articles.
	SourceNL string `yaml:"source_nl,omitempty" json:"-"`

	By        []string `yaml:"by" json:"by"`               // roles that may invoke it
	To        []string `yaml:"to" json:"to"`               // recipient roles; "any" for all
	Countries []string `yaml:"countries" json:"countries"` // country classes of the recipient
	Purposes  []string `yaml:"purposes" json:"purposes"`
	Articles  []string `yaml:"articles" json:"articles"` // processing articles or regimes the data may come from

	// StrictArticles are eligible only if strictly necessary and after the
	// functionary of Bpg 2:10 was consulted (Bpg 4:5).
	StrictArticles []string `yaml:"strict_articles,omitempty" json:"strict_articles"`

	Data     Selection `yaml:"data" json:"data"`         // data categories
	Subjects Selection `yaml:"subjects" json:"subjects"` // categories of data subject

	Conditions  []Condition `yaml:"conditions" json:"conditions"`
	Obligations []string    `yaml:"obligations" json:"obligations"`
	Approvals   []Approval  `yaml:"approvals" json:"approvals"`

	// Emergency marks the bases of the emergency path (gate G10): they need
	// written facts of danger and lift the waiting gates, never a prohibition.
	Emergency bool `yaml:"emergency,omitempty" json:"emergency"`

	// VictimIdentity marks a basis under which a child's identity may travel
	// unsealed, because finding the child is what it is for (gate G02).
	VictimIdentity bool `yaml:"victim_identity,omitempty" json:"victim_identity"`

	// Receiving marks a ground of the recipient (law section 1.9), asked in step
	// 4 and never claimed by a sender.
	Receiving bool `yaml:"receiving,omitempty" json:"receiving"`

	Expiry   string `yaml:"expiry" json:"expiry"` // how long a delivery under it may rest on it, in words
	Evidence string `yaml:"evidence" json:"evidence"`
	Validity `yaml:",inline"`
}

// Selection is a list of codes given as all, all but some, only some, or those
// that a document names. Exactly one of All, Only and NamedIn is set; Except
// goes with All.
type Selection struct {
	All     bool     `yaml:"all,omitempty" json:"all"`
	Except  []string `yaml:"except,omitempty" json:"except"`
	Only    []string `yaml:"only,omitempty" json:"only"`
	NamedIn string   `yaml:"named_in,omitempty" json:"named_in"` // assessment, decision (Wpg 20) or ministerial (Wpg 18(2))
	Note    string   `yaml:"note,omitempty" json:"note"`
}

// Condition is one thing that must be shown before a basis carries. Exactly one
// of Document, Attribute and Design says how.
type Condition struct {
	Text string `yaml:"text" json:"text"`

	// Document is the kind of document that shows it: among those claimed for
	// the basis or standing between the parties, valid on the day.
	Document string `yaml:"document,omitempty" json:"document"`

	// Months is how old the document may be, counted from the day it began,
	// whatever end it states; 0 is no such limit.
	Months int `yaml:"months,omitempty" json:"months"`

	// Attribute names a test on the question; policies/basis/condition.rego
	// holds one rule of that name.
	Attribute string `yaml:"attribute,omitempty" json:"attribute"`

	// Design says why nothing has to be shown: which gate, prohibition or part
	// of the system makes it so.
	Design string `yaml:"design,omitempty" json:"design"`

	// Articles narrow the condition to items from these articles; empty means
	// every item.
	Articles []string `yaml:"articles,omitempty" json:"articles"`
}

// Approval is a human function whose approval is needed before delivery, where
// asked only for some items, some persons or some country classes.
type Approval struct {
	Function string   `yaml:"function" json:"function"`
	Articles []string `yaml:"articles,omitempty" json:"articles"`
	Subjects []string `yaml:"subjects,omitempty" json:"subjects"`
	Classes  []string `yaml:"classes,omitempty" json:"classes"`

	// Senders are the roles that need it; empty means all.
	Senders []string `yaml:"senders,omitempty" json:"senders"`

	// Recipients are the roles for whom it is needed; empty means all.
	Recipients []string `yaml:"recipients,omitempty" json:"recipients"`

	// ExceptKinds are kinds of message that do not need it.
	ExceptKinds []string `yaml:"except_kinds,omitempty" json:"except_kinds"`

	// With is a kind of document that brings the need with it.
	With string `yaml:"with,omitempty" json:"with"`
}

// Flow is one row of the closed matrix: for one kind of message, from these
// roles to these roles, what the rules start from. What has no row is denied.
type Flow struct {
	ID        string   `yaml:"id" json:"id"` // kind and number, such as case-tip/3
	Kind      string   `yaml:"kind" json:"kind"`
	Sender    []string `yaml:"sender" json:"sender"`
	Recipient []string `yaml:"recipient" json:"recipient"`
	Level     string   `yaml:"level,omitempty" json:"level"` // feedback level F0, F1, F2

	// Decision is allow, allow-with-obligations, hold (until Approvals exist) or
	// deny (listed only where the reason matters).
	Decision string `yaml:"decision" json:"decision"`

	// Grounds are the usable bases: any one alternative, and of an alternative
	// all. Empty: the row needs none, because nothing in it is personal data or
	// a duty of its own carries it.
	Grounds [][]string `yaml:"grounds,omitempty" json:"grounds"`

	Approvals   []string `yaml:"approvals,omitempty" json:"approvals"`
	Obligations []string `yaml:"obligations,omitempty" json:"obligations"`

	// Conditions are what the row asks besides its grounds.
	Conditions []Condition `yaml:"conditions,omitempty" json:"conditions"`

	// Code is the reason of a deny row; r-role where none is given.
	Code string `yaml:"code,omitempty" json:"code"`

	Note     string `yaml:"note,omitempty" json:"note"`
	Source   string `yaml:"source" json:"source"`
	Evidence string `yaml:"evidence" json:"evidence"`
	Validity `yaml:",inline"`
}

// Country is what the rules know of a state (law sections 2.3 and 3c.1).
type Country struct {
	ID    string `yaml:"id" json:"id"` // ISO 3166-1 alpha-2; INT and EUA for organisations
	Title Title  `yaml:"title" json:"title"`
	Class string `yaml:"class" json:"class"`
	EU    bool   `yaml:"eu,omitempty" json:"eu"`

	DeathPenalty string `yaml:"dp_status" json:"dp_status"`     // abolished, retentionist, practice (not carried out)
	CSACapital   string `yaml:"csa_capital" json:"csa_capital"` // no, yes, some (aggravated forms or some states), check (not known yet)
	Castration   bool   `yaml:"castration,omitempty" json:"castration"`
	Torture      bool   `yaml:"torture_flag,omitempty" json:"torture_flag"`
	FairTrial    bool   `yaml:"fair_trial_flag,omitempty" json:"fair_trial_flag"`

	// Assurance says when a written assurance must precede data on a suspect or
	// convict: never, always, or offence (only for the offences in AssuranceFor).
	Assurance    string   `yaml:"assurance" json:"assurance"`
	AssuranceFor []string `yaml:"assurance_for,omitempty" json:"assurance_for"`

	// Approvals are the functions that must look before data on a suspect or
	// convict goes there.
	Approvals []string `yaml:"approvals,omitempty" json:"approvals"`

	FactsAsOf   string   `yaml:"facts_as_of" json:"facts_as_of"`
	Instruments []string `yaml:"instruments,omitempty" json:"instruments"`
	Note        string   `yaml:"note,omitempty" json:"note"`
	Source      string   `yaml:"source" json:"source"`
	Evidence    string   `yaml:"evidence" json:"evidence"`
	Validity    `yaml:",inline"`
}

// Term is an entry of one of the small lists: roles, purposes, data categories,
// categories of persons, obligations, functions, kinds of document, offences.
type Term struct {
	ID       string `yaml:"id" json:"id"`
	Title    Title  `yaml:"title" json:"title"`
	Source   string `yaml:"source" json:"source"`
	Evidence string `yaml:"evidence" json:"evidence"`
	Note     string `yaml:"note,omitempty" json:"note"`
}

// Regime is a law that data are under: which processing articles it knows, and
// which roles hold data under it.
type Regime struct {
	Term     `yaml:",inline"`
	Articles []string `yaml:"articles" json:"articles"`
	By       []string `yaml:"by" json:"by"`
}

// Role is a partner's part in the exchange.
type Role struct {
	Term   `yaml:",inline"`
	Regime string `yaml:"regime" json:"regime"`

	// Side groups roles for rules that speak of a whole side: police (Dutch
	// police and KMar under the Wpg), justice (Dutch, Wjsg), care, private
	// (NGOs and hotlines), foreign (authorities abroad, Interpol, EU agencies),
	// public (other Dutch bodies), oversight, system (Schakel itself).
	Side string `yaml:"side" json:"side"`
}

// Category is a data category with its sensitivity class S0 to S4.
type Category struct {
	Term  `yaml:",inline"`
	Class string `yaml:"class" json:"class"`
	// Special marks the categories of Wpg 5: sexual life, health, ethnicity,
	// religion, politics, union, biometric and genetic data.
	Special bool `yaml:"special,omitempty" json:"special"`
	// AnnexIIB marks the categories on suspects of Annex II part B of the Europol
	// Regulation (Bpg 5:3(2)(i), 5:7).
	AnnexIIB bool `yaml:"annex_ii_b,omitempty" json:"annex_ii_b"`
	// Rule is what the law file says of it, in words.
	Rule string `yaml:"rule,omitempty" json:"rule"`
}

// Function is a human authoriser.
type Function struct {
	Term `yaml:",inline"`
	// At says where officers of this function sit: "own" for the sender's own
	// organisation, or the roles of other partners.
	At []string `yaml:"at" json:"at"`
}

// Afterwards is the review of what left in an emergency (gate G10): it is ratified
// by functions in whose place the emergency came, or recalled, and closed by
// others. The hours count from the release.
type Afterwards struct {
	ID           string   `yaml:"id"`
	Rows         []string `yaml:"rows,omitempty"`  // of the matrix that it is about
	Bases        []string `yaml:"bases,omitempty"` // or bases on which the message left; neither: every other
	Ratify       []string `yaml:"ratify"`
	RatifyWithin int      `yaml:"ratify_within"`
	Close        []string `yaml:"close"`
	CloseWithin  int      `yaml:"close_within"`
	Source       string   `yaml:"source"`
	Evidence     string   `yaml:"evidence"`
	Validity     `yaml:",inline"`
}

// DocumentKind is a kind of evidence.
type DocumentKind struct {
	Term `yaml:",inline"`
	// Issuer says whose word it is: sender (a note in the sender's own file,
	// declared and signed with the message) or directory (a record signed by
	// the trust officers, with parties and dates).
	Issuer string `yaml:"issuer" json:"issuer"`

	// About says what it must fit to count: country (it is of the sender's or
	// the recipient's), recipient (he is a party), origin (it is of the state or
	// the organisation that the item comes from); empty for nothing.
	About string `yaml:"about,omitempty" json:"about"`

	// Ends says that what was delivered on it must be gone when it ends: a ban, a
	// covenant, an undertaking.
	Ends bool `yaml:"ends,omitempty" json:"ends"`
}

// Retention is a term after which data must be gone (law section 3). Exactly one
// of Articles, Bases and Recipients says whose term it is.
type Retention struct {
	Term       `yaml:",inline"`
	Articles   []string `yaml:"articles,omitempty" json:"articles"`     // the source that data come from
	Bases      []string `yaml:"bases,omitempty" json:"bases"`           // the basis that carries them
	Recipients []string `yaml:"recipients,omitempty" json:"recipients"` // the role that receives them
	Offences   []string `yaml:"offences,omitempty" json:"offences"`     // only for data about these; it then goes before one without
	Years      int      `yaml:"years,omitempty" json:"years"`
	Months     int      `yaml:"months,omitempty" json:"months"`
	Days       int      `yaml:"days,omitempty" json:"days"`
	From       string   `yaml:"from" json:"from"` // collected or delivery
}

// Scale is another scale of grading with the crosswalk from it to the Europol 4x4
// scale (law section 3b.2), by the codes of that scale.
type Scale struct {
	ID          string            `yaml:"id" json:"id"`
	Title       Title             `yaml:"title" json:"title"`
	Sources     map[string]string `yaml:"sources" json:"sources"`
	Information map[string]string `yaml:"information" json:"information"`
	Seen        string            `yaml:"seen,omitempty" json:"seen"` // information of a private source that saw it himself
	Source      string            `yaml:"source" json:"source"`
	Evidence    string            `yaml:"evidence" json:"evidence"`
}

// Offence is a row of the offence table (law section 2.7).
type Offence struct {
	Term     `yaml:",inline"`
	Old      string   `yaml:"old,omitempty" json:"old"`                 // number before 1 July 2024
	MaxYears int      `yaml:"max_years" json:"max_years"`               // 0 where the text must be consulted
	Art10a   string   `yaml:"art10a" json:"art10a"`                     // opens an art 10(1)(a) file by its own weight: yes, no, check (in each case)
	Annex2   bool     `yaml:"pnr_annex_2,omitempty" json:"pnr_annex_2"` // in Annex 2 of the PNR Act
	Treaty   string   `yaml:"treaty,omitempty" json:"treaty"`           // that makes it punishable (Paspoortwet 24(a)); "" where none was named
	Flags    []string `yaml:"flags,omitempty" json:"flags"`             // death, trafficking, child-rape, several-victims
}

// OpenQuestion is a question of law that counsel has to answer (law section 7),
// with what the rules do until then.
type OpenQuestion struct {
	ID       string   `yaml:"id" json:"id"`
	Question Title    `yaml:"question" json:"question"`
	Default  Title    `yaml:"default" json:"default"`
	Bears    []string `yaml:"bears" json:"bears"` // ids of the facts, gates and reasons that change with the answer
	Source   string   `yaml:"source" json:"source"`
	Evidence string   `yaml:"evidence" json:"evidence"`
}
