package connectors

import (
	"cmp"
	"slices"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

// Summary is a message that we sent and what became of it, for people and
// programs: without the proofs.
type Summary struct {
	ID        string         `json:"id"`
	Kind      schemas.Kind   `json:"kind"`
	Sequence  int64          `json:"sequence"`
	Created   string         `json:"created"`
	Thread    string         `json:"thread"`
	State     string         `json:"state"`
	Entry     *int64         `json:"entry,omitempty"`   // in the log, of its custody or refusal
	Refusal   schemas.Code   `json:"refusal,omitempty"` // when the gateway did not take it
	At        string         `json:"at,omitempty"`      // where in it
	Unproven  bool           `json:"unproven,omitempty"`
	Results   []Outcome      `json:"results"`   // for each address
	Confirmed []Confirmation `json:"confirmed"` // who received, opened or carried it out, and when
	Failed    []Confirmation `json:"failed,omitempty"`
}

// Outcome is what was decided for one address; "" where that is not known yet.
type Outcome struct {
	To         string         `json:"to"`
	Outcome    string         `json:"outcome,omitempty"`
	Reasons    []schemas.Code `json:"reasons,omitempty"`
	Approvals  []string       `json:"approvals,omitempty"` // functions that must still approve
	Recipients int            `json:"recipients,omitempty"`

	Afterwards *schemas.Afterwards `json:"afterwards,omitempty"` // it left in an emergency: how its review stands
}

// Summary says what became of a message.
func (o *Outgoing) Summary() Summary {
	s := Summary{
		ID: o.ID, Kind: o.Kind, Sequence: o.Sequence, Created: o.Created, Thread: o.Thread, State: o.State(), Entry: o.Entry(),
		Refusal: o.Refusal, At: o.At, Unproven: o.Unproven, Results: []Outcome{}, Confirmed: o.confirmations(), Failed: o.Failed,
	}
	for key, address := range o.To {
		outcome := Outcome{To: address}
		for _, r := range o.Results {
			if r.To == key {
				outcome = Outcome{address, r.Outcome, r.Reasons, r.Approvals, r.Recipients, r.Afterwards}
			}
		}
		s.Results = append(s.Results, outcome)
	}
	slices.SortFunc(s.Results, func(a, b Outcome) int { return cmp.Compare(a.To, b.To) })
	return s
}

// Entry is the number of the entry by which the gateway took the message, or did
// not; nil before.
func (o *Outgoing) Entry() *int64 {
	proof, err := tlog.ParseProof(o.Receipt)
	if err != nil {
		return nil
	}
	return &proof.Index
}
