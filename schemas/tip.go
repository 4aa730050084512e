package schemas

// CaseTip is a report of a concrete case: a person, an organisation or a
// situation (action plan 2.6.4). It carries what a hotline asks.
type CaseTip struct {
	Common
	Subject       string         `json:"subject" validate:"required,oneof=person organisation situation" category:"d-none"`
	AtRiskNow     string         `json:"at_risk_now" validate:"required,oneof=yes no unknown" category:"d-vict-nonid"` // is a child in danger now
	Seen          Observation    `json:"seen" validate:"required"`
	Suspects      []Suspect      `json:"suspects,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Organisations []Organisation `json:"organisations,omitempty" validate:"omitempty,min=1,max=8,dive"`
	Children      []Child        `json:"children,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Travel        []Journey      `json:"travel,omitempty" validate:"omitempty,min=1,max=16,dive"`
	Vehicles      []Vehicle      `json:"vehicles,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Accounts      []Account      `json:"accounts,omitempty" validate:"omitempty,min=1,max=16,dive"`
	References    []Reference    `json:"references,omitempty" validate:"omitempty,min=1,max=16,dive"`
	Facilitators  []Facilitator  `json:"facilitators,omitempty" validate:"omitempty,min=1,max=8,dive"`
	Source        Source         `json:"source" validate:"required"`
	Narrative     *Text          `json:"narrative,omitempty" validate:"omitempty"`
}

// Observation is what was seen or heard, how the sender knows, where and when.
type Observation struct {
	Marks
	ToldBy  string `json:"told_by" validate:"required,oneof=self child third-person" category:"d-none"` // who saw it: the sender, the child, someone else
	From    string `json:"from,omitempty" validate:"omitempty,partial-date" category:"d-location"`
	Until   string `json:"until,omitempty" validate:"omitempty,partial-date" category:"d-location"`
	Place   *Place `json:"place,omitempty" validate:"omitempty"`
	Account Text   `json:"account" validate:"required"`
}

// Organisation is a business or institution that a tip is about.
type Organisation struct {
	Marks
	Name  string `json:"name" validate:"required,line,max=200" category:"d-none"`
	Type  string `json:"type" validate:"required,oneof=hotel bar orphanage school agency transport online other" category:"d-none"`
	Place *Place `json:"place,omitempty" validate:"omitempty"`
}

// Facilitator is a step of the barrier model (action plan 1.1) that helped.
type Facilitator struct {
	Marks
	Code string `json:"code" validate:"required,oneof=lodging transport recruitment payment online-contact documents employment family protection other" category:"d-none"`
	Note string `json:"note,omitempty" validate:"omitempty,line,max=200" category:"d-location"`
}

// Source is the person who told, behind a number. Who he is stays in the
// sender's home (gate G05); nothing here may lead to him.
type Source struct {
	Number    string `json:"number" validate:"required,source-number" category:"d-none"`
	Consent   string `json:"consent" validate:"required,oneof=may-be-asked only-through-us never" category:"d-none"` // may the source be asked more
	Local     string `json:"local_police" validate:"required,oneof=yes no unknown" category:"d-none"`                // may local police have the tip
	Officials string `json:"concerns_officials" validate:"required,oneof=yes no unknown" category:"d-none"`          // is the tip about police or officials
}
