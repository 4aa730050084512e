package connectors

import (
	"reflect"

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
		item, err := change.of(out.Kind)
		if err != nil {
			return nil, err
		}
		if change.Value == "" {
			body.Action = "recall"
		}
		body.Items = append(body.Items, item)
	}
	draft := schemas.Draft{Kind: schemas.KindRecall, Thread: out.Thread, Body: schemas.Encode(body)}
	return c.Submit(schemas.Encode(draft), Options{Again: true})
}

// of makes the correction of a message of a kind. What holds instead must be what
// the schema allows there. A sealed value is withdrawn, never corrected: a
// correction is not sealed.
func (change Change) of(kind schemas.Kind) (schemas.Correction, error) {
	field, ok := schemas.FieldOf(kind, change.Pointer)
	if !ok || field.Category == schemas.CategoryFollows {
		at := change.Pointer
		if !schemas.Matches("pointer", at) {
			at = ""
		}
		return schemas.Correction{}, schemas.Refuse("ref.pointer", at)
	}
	if change.Value != "" {
		if err := change.fits(kind, field); err != nil {
			return schemas.Correction{}, err
		}
	}
	item := schemas.Correction{Pointer: change.Pointer, Category: field.Category, Value: change.Value}
	if field.Category == schemas.CategoryDeclared {
		item.Category = "d-opin" // a free text is withdrawn as a whole
	}
	return item, nil
}

// fits checks a value that is not text as JSON.
func (change Change) fits(kind schemas.Kind, field schemas.Field) error {
	value := schemas.Raw(change.Value)
	if field.Type.Kind() == reflect.String {
		value = schemas.Encode(change.Value)
	}
	err := schemas.CheckLeaf(kind, schemas.Leaf{Pointer: change.Pointer, Value: value})
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code.Family() == "parse" {
		return schemas.Refuse("schema.type", refusal.At)
	}
	return err
}

// sent reads a message that we submitted.
func (c *Connector) sent(id string) (*Outgoing, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	dir, name, err := c.find(id, outboxDir, sentDir)
	if err != nil {
		return nil, err
	}
	var out Outgoing
	err = c.read(dir, name, &out)
	return &out, err
}
