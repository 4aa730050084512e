package schemas

// InfoRequest asks for information. The question itself discloses: whoever is
// named in it becomes known to the one asked (law/README.md 0.4, finding 9).
type InfoRequest struct {
	Common
	Question Text      `json:"question" validate:"required"`
	Wanted   []string  `json:"wanted" validate:"required,min=1,max=8,unique,dive,oneof=identity whereabouts travel vehicle account witness-contact safety other" category:"d-none"`
	AnswerBy string    `json:"answer_by,omitempty" validate:"omitempty,date" category:"d-none"`
	Suspects []Suspect `json:"suspects,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Children []Child   `json:"children,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
}

// InfoResponse answers an InfoRequest.
type InfoResponse struct {
	Common
	Answers   string     `json:"answers" validate:"required,uuid7" category:"d-none"` // message id of the question
	Outcome   string     `json:"outcome" validate:"required,oneof=answered partly nothing cannot-say" category:"d-none"`
	Answer    *Text      `json:"answer,omitempty" validate:"omitempty"`
	Suspects  []Suspect  `json:"suspects,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Children  []Child    `json:"children,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Travel    []Journey  `json:"travel,omitempty" validate:"omitempty,min=1,max=16,dive"`
	Vehicles  []Vehicle  `json:"vehicles,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Accounts  []Account  `json:"accounts,omitempty" validate:"omitempty,min=1,max=16,dive"`
	CaseFiles []CaseFile `json:"case_files,omitempty" validate:"omitempty,min=1,max=16,dive"`
}

// CaseFile refers to a document of a case file or a seized object. It travels as
// evidence only by mutual legal assistance (Sv 5.1.10).
type CaseFile struct {
	Marks
	Title     string `json:"title" validate:"required,line,max=200" category:"d-evid"`
	Reference string `json:"reference" validate:"required,line,max=100" category:"d-evid"`
}
