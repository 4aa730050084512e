package schemas

// Receipt is a recipient's signed word that a delivery arrived, was opened, or
// that a recall was carried out. It says nothing of the content and gets no
// receipt itself.
type Receipt struct {
	Common
	Message  string   `json:"message" validate:"required,uuid7" category:"d-none"`   // the message that arrived
	Manifest string   `json:"manifest" validate:"required,digest" category:"d-none"` // digest of its manifest
	Entry    *int64   `json:"entry" validate:"required,min=0" category:"d-none"`     // index of the decision in the log
	Event    string   `json:"event" validate:"required,oneof=delivered opened applied cannot-open" category:"d-none"`
	At       string   `json:"at" validate:"required,instant" category:"d-none"`
	Accepts  []string `json:"accepts,omitempty" validate:"omitempty,min=1,max=16,unique,dive,term" category:"d-none"` // obligations accepted with the delivery
}

// Release is the act of an officer on a held message: approve, approve in part,
// return for repair, or refuse. It is bound to the digest of the question that
// was asked and to the set of fields that would leave, and carries the officer's
// own signature. What left in an emergency is ratified, refused and closed in the
// same way. The gateway's own act is to remind those who have not.
type Release struct {
	Common
	Message  string   `json:"message" validate:"required,uuid7" category:"d-none"`
	Question string   `json:"question" validate:"required,digest" category:"d-none"` // digest of the held question
	Fields   string   `json:"fields" validate:"required,digest" category:"d-none"`   // digest of the set of fields that would leave
	Act      string   `json:"act" validate:"required,oneof=approve approve-part return refuse remind" category:"d-none"`
	Function string   `json:"function" validate:"required,term" category:"d-none"` // in which the officer acts
	Withhold []string `json:"withhold,omitempty" validate:"omitempty,min=1,max=64,unique,dive,pointer" category:"d-none"`
	Reason   string   `json:"reason,omitempty" validate:"omitempty,oneof=not-necessary too-much wrong-recipient wrong-basis document-missing safety other-route unclear" category:"d-none"`
	Until    string   `json:"valid_until,omitempty" validate:"omitempty,date" category:"d-none"`
}

// coherent refuses an act without what it needs: a part without saying which, a
// no without saying why.
func (r *Release) coherent() error {
	switch {
	case r.Act == "approve-part" && r.Withhold == nil:
		return Refuse("schema.incomplete", "/withhold")
	case (r.Act == "return" || r.Act == "refuse") && r.Reason == "":
		return Refuse("schema.incomplete", "/reason")
	}
	return nil
}

// Assessment is the grade that police give an ungraded tip. Until then the tip
// counts as H2 (law/README.md 3b.2).
type Assessment struct {
	Common
	Message  string   `json:"message" validate:"required,uuid7" category:"d-none"`
	Grades   []Graded `json:"grades" validate:"required,min=1,max=64,dive"`
	Handling []string `json:"handling" validate:"required,min=1,max=4,unique,dive,handling" category:"d-none"`
}

// Graded is the grade of one label of the assessed message.
type Graded struct {
	Of          *int   `json:"of" validate:"required,min=0,max=63" category:"d-none"` // number of the label
	Source      string `json:"source" validate:"required,oneof=A B C X" category:"d-none"`
	Information string `json:"information" validate:"required,oneof=1 2 3 4" category:"d-none"`
	Statement   string `json:"statement" validate:"required,oneof=fact assessment" category:"d-none"`
}
