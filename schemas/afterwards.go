package schemas

// Afterwards is the review of what left in an emergency (gate G10): who must still
// ratify that it left, who closes the review, and until when. It is what the sender
// and the reviewers are told.
type Afterwards struct {
	Stage    string   `json:"stage"`
	Ratify   []string `json:"ratify,omitempty"`    // functions that must still ratify
	RatifyBy string   `json:"ratify_by,omitempty"` // when it is recalled if one of them has not
	Close    []string `json:"close,omitempty"`     // functions that must still close the review
	CloseBy  string   `json:"close_by"`            // when they are reminded
}

// The stages of such a review.
const (
	StageReleased = "released" // it left, and must still be ratified
	StageRatified = "ratified" // nobody need ratify it any more; the review is open
	StageRefused  = "refused"  // an officer refused it; it is being recalled
	StageRecalled = "recalled" // whoever received it was told not to use it
	StageOverdue  = "overdue"  // told to a reviewer: the time to close it is over
	StageClosed   = "closed"   // whoever closes the review has done so
)

// Over reports whether nothing more becomes of what left: ratified and closed, or
// recalled.
func (a *Afterwards) Over() bool {
	return a == nil || a.Stage == StageClosed || a.Stage == StageRecalled
}

// Follow is the register's account of such a review, after the event that it is
// recorded with.
type Follow struct {
	Afterwards
	Due      string   `json:"due,omitempty"`      // when the gateway must look at it next; empty for never
	Acted    []string `json:"acted,omitempty"`    // partner/officer: who took part already, before it left or since
	Reasons  []Code   `json:"reasons,omitempty"`  // why it is recalled
	Recalled []string `json:"recalled,omitempty"` // pointers that the gateway has recalled so far
	Reminded bool     `json:"reminded,omitempty"` // those who close the review
}

// Open reports whether somebody may still close the review. What was recalled is
// closed too.
func (f *Follow) Open() bool { return f != nil && len(f.Close) > 0 }
