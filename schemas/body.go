package schemas

// Body is the content of a message of one kind. Only types of this package are
// bodies.
type Body interface {
	people() []Person
	marks() []Label
}

// Common is what every body carries: the persons it speaks of and the labels
// that say where its data come from.
//
// The root may carry marks itself: they hold for every leaf that no nearer
// object marks.
type Common struct {
	Marks
	Persons []Person `json:"persons,omitempty" validate:"omitempty,min=1,max=64,dive" category:"follows"`
	Labels  []Label  `json:"labels,omitempty" validate:"omitempty,min=1,max=64,dive" category:"follows"`
}

func (c Common) people() []Person { return c.Persons }
func (c Common) marks() []Label   { return c.Labels }

// PersonsOf returns the persons a body speaks of; their order is their number.
func PersonsOf(b Body) []Person { return b.people() }

// LabelsOf returns the labels of a body; their order is their number.
func LabelsOf(b Body) []Label { return b.marks() }

// Person is a human being as the law sees him: a category of data subject
// (Wpg 6b, law/README.md 2.6), never a name.
type Person struct {
	Category string   `json:"category" validate:"required,subject" category:"follows"`
	Minor    string   `json:"minor" validate:"required,oneof=yes no unknown" category:"follows"` // under 18
	Roles    []string `json:"roles,omitempty" validate:"omitempty,min=1,max=8,unique,dive,oneof=traveller resident facilitator driver recruiter guide employer parent teacher volunteer other" category:"follows"`
}

// Label says where data come from and how good they are: everything that
// law/README.md 0.6 asks of an item.
type Label struct {
	Regime     string   `json:"regime" validate:"required,oneof=wpg wjsg gdpr uavg pnr fiu foreign" category:"follows"`
	Article    string   `json:"article" validate:"required,article" category:"follows"`                   // processing article or source regime
	Visibility string   `json:"visibility,omitempty" validate:"omitempty,oneof=a b c" category:"follows"` // code of Bpg 2:12
	Origin     *Origin  `json:"origin,omitempty" validate:"omitempty" category:"follows"`
	Statement  string   `json:"statement,omitempty" validate:"omitempty,oneof=fact assessment" category:"follows"` // Wpg 4(3)
	Author     string   `json:"author,omitempty" validate:"omitempty,officer-address" category:"follows"`          // who judged, as partner/officer (Wpg 4(3))
	Hearsay    *int     `json:"hearsay,omitempty" validate:"omitempty,min=0,max=2" category:"follows"`             // 0 seen, 1 told by a witness, 2 further away
	Grade      *Grade   `json:"grade,omitempty" validate:"omitempty" category:"follows"`
	Collected  string   `json:"collected,omitempty" validate:"omitempty,date" category:"follows"`
	Retention  string   `json:"retention,omitempty" validate:"omitempty,date" category:"follows"`                                                                                          // to be kept until
	Removed    string   `json:"removed,omitempty" validate:"omitempty,date" category:"follows"`                                                                                            // removed under Wpg 14(1) since
	Offence    string   `json:"offence,omitempty" validate:"omitempty,term" category:"follows"`                                                                                            // offence table, law/README.md 2.7
	Flags      []string `json:"flags,omitempty" validate:"omitempty,min=1,max=8,unique,dive,oneof=death trafficking drugs murder child-rape several-victims organised" category:"follows"` // what makes an offence graver (gate G03)
}

// Origin is where an item was first held, with the conditions set there.
type Origin struct {
	Country      string   `json:"country" validate:"required,country" category:"follows"`
	Organisation string   `json:"organisation" validate:"required,partner" category:"follows"`
	Conditions   []string `json:"conditions,omitempty" validate:"omitempty,min=1,max=8,unique,dive,handling" category:"follows"`
}

// Grade is the Europol 4x4 evaluation (Regulation (EU) 2016/794, art 29).
type Grade struct {
	Source      string `json:"source" validate:"required,oneof=A B C X" category:"follows"`
	Information string `json:"information" validate:"required,oneof=1 2 3 4" category:"follows"`

	// In which scale it was first graded, and how there: a grade is converted, never
	// raised (law/README.md 3b.2).
	Scale           string `json:"scale,omitempty" validate:"omitempty,oneof=4x4 5x5x5 3x5x2 ungraded" category:"follows"`
	FromSource      string `json:"from_source,omitempty" validate:"omitempty,oneof=A B C D E X 1 2 3" category:"follows"`
	FromInformation string `json:"from_information,omitempty" validate:"omitempty,oneof=1 2 3 4 5 A B C D E" category:"follows"`
}

// Marks ties the leaves of an object to a person and a label of the same body.
type Marks struct {
	Person *int `json:"person,omitempty" validate:"omitempty,min=0,max=63" category:"follows"`
	Label  *int `json:"label,omitempty" validate:"omitempty,min=0,max=63" category:"follows"`
}

// Text is free text with the data categories that are in it. It is shared or
// withheld as a whole: no machine takes a name out of a sentence.
type Text struct {
	Marks
	Text       string   `json:"text" validate:"required,prose,max=16384" category:"declared"`
	Categories []string `json:"categories" validate:"required,min=1,max=16,unique,dive,category" category:"follows"`
}

// Sealed is a value that not even the gateway may read: an OpenPGP message to
// one officer's key, made by the connector from a draft's clear value.
type Sealed struct {
	For    string `json:"for" validate:"required,officer-address"`             // partner/officer
	Sealed string `json:"sealed" validate:"required,sealed,min=128,max=16000"` // OpenPGP message, base64
}

// Place is where something happened or someone is.
type Place struct {
	Country     string `json:"country" validate:"required,country" category:"d-location"`
	Region      string `json:"region,omitempty" validate:"omitempty,line,max=200" category:"d-location"`
	Locality    string `json:"locality,omitempty" validate:"omitempty,line,max=200" category:"d-location"`
	Description string `json:"description,omitempty" validate:"omitempty,line,max=1000" category:"d-location"`
}

// Suspect is what is known of a person who may have done something. Whether he
// is a suspect, a contact or someone on a list is the category of the person he
// points to.
type Suspect struct {
	Marks
	Name        string     `json:"name,omitempty" validate:"omitempty,line,max=200" category:"d-ident"`
	Aliases     []string   `json:"aliases,omitempty" validate:"omitempty,min=1,max=16,dive,line,max=200" category:"d-alias"`
	Born        string     `json:"born,omitempty" validate:"omitempty,partial-date" category:"d-ident"`
	Nationality string     `json:"nationality,omitempty" validate:"omitempty,country" category:"d-ident"`
	Appearance  string     `json:"appearance,omitempty" validate:"omitempty,line,max=1000" category:"d-ident"`
	Telephone   string     `json:"telephone,omitempty" validate:"omitempty,telephone" category:"d-contact"`
	Email       string     `json:"email,omitempty" validate:"omitempty,email,max=200" category:"d-contact"`
	Address     string     `json:"address,omitempty" validate:"omitempty,line,max=400" category:"d-contact"`
	Documents   []Passport `json:"documents,omitempty" validate:"omitempty,min=1,max=8,dive"`
	Location    *Place     `json:"location,omitempty" validate:"omitempty"`
	Suspicion   *Text      `json:"suspicion,omitempty" validate:"omitempty"`
}

// Passport is a travel or identity document.
type Passport struct {
	Type    string `json:"type" validate:"required,oneof=passport identity-card visa licence other" category:"d-docs"`
	Number  string `json:"number" validate:"required,line,max=40" category:"d-docs"`
	Country string `json:"country" validate:"required,country" category:"d-docs"`
}

// Child is a child or other victim. The body in the clear names age band, sex
// and area at most (gate G02); a name travels only sealed.
type Child struct {
	Marks
	AgeBand  string   `json:"age_band,omitempty" validate:"omitempty,oneof=0-5 6-11 12-15 16-17 18+ unknown" category:"d-vict-nonid"`
	Sex      string   `json:"sex,omitempty" validate:"omitempty,oneof=girl boy other unknown" category:"d-vict-nonid"`
	Area     string   `json:"area,omitempty" validate:"omitempty,line,max=200" category:"d-vict-nonid"`
	Identity []Sealed `json:"identity,omitempty" validate:"omitempty,min=1,max=8,dive" category:"d-vict-id"`
	Health   *Text    `json:"health,omitempty" validate:"omitempty"`
}

// Journey is a trip made or planned.
type Journey struct {
	Marks
	From    string `json:"from,omitempty" validate:"omitempty,country" category:"d-travel"`
	To      string `json:"to" validate:"required,country" category:"d-travel"`
	Place   string `json:"place,omitempty" validate:"omitempty,line,max=200" category:"d-travel"`
	Arrives string `json:"arrives,omitempty" validate:"omitempty,partial-date" category:"d-travel"`
	Leaves  string `json:"leaves,omitempty" validate:"omitempty,partial-date" category:"d-travel"`
	Carrier string `json:"carrier,omitempty" validate:"omitempty,line,max=100" category:"d-travel"`
	Number  string `json:"number,omitempty" validate:"omitempty,line,max=20" category:"d-travel"`
}

// Vehicle is a car, motorcycle or boat.
type Vehicle struct {
	Marks
	Plate       string `json:"plate,omitempty" validate:"omitempty,line,max=20" category:"d-vehicle"`
	Country     string `json:"country,omitempty" validate:"omitempty,country" category:"d-vehicle"`
	Description string `json:"description,omitempty" validate:"omitempty,line,max=400" category:"d-vehicle"`
}

// Account is a name or number online.
type Account struct {
	Marks
	Platform string `json:"platform" validate:"required,line,max=100" category:"d-online-id"`
	Handle   string `json:"handle" validate:"required,line,max=200" category:"d-online-id"`
}

// Reference is the only form in which abuse imagery appears: a hash, a series
// number or a defanged address, never the material (gate G01, Sr 252).
type Reference struct {
	Marks
	Type  string `json:"type" validate:"required,oneof=sha-256 icse-series icse-image url" category:"d-imgref"`
	Value string `json:"value" validate:"required,line,max=400" category:"d-imgref"`
}
