package schemas

// TipFeedback tells a tipper what became of a tip (gate G06). F0 is a receipt
// without personal data, F1 a status in fixed neutral words, F2 substance.
type TipFeedback struct {
	Common
	Level      string   `json:"level" validate:"required,oneof=F0 F1 F2" category:"d-none"`
	Tip        string   `json:"tip" validate:"required,uuid7" category:"d-none"` // message id of the tip
	Reference  string   `json:"reference" validate:"required,line,max=64" category:"d-none"`
	Status     string   `json:"status,omitempty" validate:"omitempty,oneof=received in-assessment passed-to-local-authority no-action-possible closed" category:"d-none"`
	Usefulness string   `json:"usefulness,omitempty" validate:"omitempty,oneof=actionable too-vague duplicate already-known" category:"d-none"`
	Missing    []string `json:"missing,omitempty" validate:"omitempty,min=1,max=8,unique,dive,oneof=date place person description contact travel account how-known" category:"d-none"`
	Substance  *Text    `json:"substance,omitempty" validate:"omitempty"` // F2 only
}

// coherent refuses substance at a level that has none (gate G06).
func (f *TipFeedback) coherent() error {
	if f.Substance != nil && f.Level != "F2" {
		return Refuse("schema.incomplete", "/substance")
	}
	return nil
}
