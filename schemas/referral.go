package schemas

// VictimReferral asks for help or protection for a child (action plan 2.7).
type VictimReferral struct {
	Common
	Children  []Child   `json:"children" validate:"required,min=1,max=16,dive,required"`
	Needs     []string  `json:"needs" validate:"required,min=1,max=8,unique,dive,oneof=safety shelter medical psychological legal family identification" category:"d-vict-nonid"`
	Consent   string    `json:"consent" validate:"required,oneof=guardian child-protection-authority child danger none" category:"d-none"` // who agreed, or the danger that stands in its place
	Interests string    `json:"best_interests" validate:"required,oneof=recorded not-recorded" category:"d-none"`                          // the child's best interests were weighed in writing (CRC 3)
	Place     *Place    `json:"place,omitempty" validate:"omitempty"`
	Suspects  []Suspect `json:"suspects,omitempty" validate:"omitempty,min=1,max=16,dive,required"`
	Situation *Text     `json:"situation,omitempty" validate:"omitempty"`
}
