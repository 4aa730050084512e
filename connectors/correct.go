package connectors

import (
	"schakel/schemas"
)

// Change is what was wrong in a message that we sent, and what holds instead. An
// empty Value withdraws what was sent.
type Change struct {
	Pointer string `json:"pointer"`
	Value   string `json:"value,omitempty"`
}

// Correct sends a correction, or a recall where no value is given, to everybody
// who received the field in question, and to nobody else: the gateway knows who
// that is.
func (c *Connector) Correct(id, reason string, changes []Change) (*Accepted, error) {
	out, err := c.sent(id)
	if err != nil {
		return nil, err
	}
	body := schemas.Recall{Message: out.ID, Action: "correct", Reason: reason}
	for _, change := range changes {
		field, ok := schemas.FieldOf(out.Kind, change.Pointer)
		if !ok || field.Category == schemas.CategoryFollows {
			return nil, schemas.Refuse("ref.pointer", "")
		}
		item := schemas.Correction{Pointer: change.Pointer, Category: field.Category, Value: change.Value}
		if field.Category == schemas.CategoryDeclared {
			item.Category = "d-opin" // a free text is withdrawn as a whole
		}
		if change.Value == "" {
			body.Action = "recall"
		}
		body.Items = append(body.Items, item)
	}
	draft := schemas.Draft{Kind: schemas.KindRecall, Thread: out.Thread, Body: schemas.Encode(body)}
	return c.Submit(schemas.Encode(draft), Options{Again: true})
}

// sent reads a message that we submitted.
func (c *Connector) sent(id string) (*Outgoing, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	for _, dir := range []string{outboxDir, sentDir} {
		if name, ok := c.find(dir, id); ok {
			var out Outgoing
			return &out, c.read(dir, name, &out)
		}
	}
	return nil, schemas.Refuse("state.unknown-message", "")
}
