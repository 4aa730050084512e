package schemas

import "strconv"

// Recall corrects, recalls, destroys or shields what was sent before (Wpg 4(4),
// 28(5); LED 16(6)). It reaches only those who got the pointer in question, and
// holds no free text: a pointer, its category, the correct value.
type Recall struct {
	Common
	Message string       `json:"message" validate:"required,uuid7" category:"d-none"` // the message it is about
	Action  string       `json:"action" validate:"required,oneof=correct recall destroy shield" category:"d-none"`
	Reason  string       `json:"reason" validate:"required,oneof=wrong-value wrong-person consent-withdrawn unlawful acquitted purpose-reached disputed" category:"d-none"`
	Items   []Correction `json:"items" validate:"required,min=1,max=64,dive"`
}

// coherent refuses a correction that does not say what is correct.
func (r *Recall) coherent() error {
	for i, item := range r.Items {
		if r.Action == "correct" && item.Value == "" {
			return Refuse("schema.incomplete", "/items/"+strconv.Itoa(i)+"/value")
		}
	}
	return nil
}

// Correction is one pointer of the earlier message and what now holds for it.
// Value is empty for a recall: then the value is withdrawn without another.
type Correction struct {
	Marks
	Pointer  string `json:"pointer" validate:"required,pointer" category:"d-none"`
	Category string `json:"category" validate:"required,category" category:"follows"` // that of the pointer in the earlier message
	Value    string `json:"value,omitempty" validate:"omitempty,line,max=1000" category:"declared"`
}
