package connectors

import (
	"schakel/pki"
	"schakel/schemas"
)

// Received is a message of the inbox as a person or a program reads it.
type Received struct {
	*View
	Received  string            `json:"received"`
	Opened    bool              `json:"opened"`
	Withdrawn []string          `json:"withdrawn,omitempty"`
	Corrected map[string]string `json:"corrected,omitempty"`
	Review    *Review           `json:"review,omitempty"`   // when we are asked to approve
	Unsealed  map[string]string `json:"unsealed,omitempty"` // sealed values, opened with an officer's key
	Sealed    []string          `json:"sealed,omitempty"`   // pointers of values sealed for one of our officers
}

// Inbox lists what was received, newest last. Receipts are not shown, and damaged
// files are left out; [Connector.Health] names those.
func (c *Connector) Inbox() ([]Received, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	names, _ := c.names(inboxDir)
	var list []Received
	for _, name := range names {
		_, _, received, err := c.open(name)
		if c.note(inboxDir, name, err) != nil {
			continue
		}
		if received.Kind != schemas.KindReceipt {
			list = append(list, *received)
		}
	}
	return list, nil
}

// open reads a message of the inbox back, with what its sender has corrected of it
// since.
func (c *Connector) open(name string) (*Incoming, *pki.Opened, *Received, error) {
	var in Incoming
	if err := c.read(inboxDir, name, &in); err != nil {
		return nil, nil, nil, err
	}
	c.noteRecall(name, &in)
	opened, cleared, err := in.verified(c.Home)
	if err != nil {
		return nil, nil, nil, err
	}
	v, err := view(opened, cleared)
	if err != nil {
		return nil, nil, nil, err
	}
	r := &Received{View: v, Received: in.Received, Opened: in.Opened}
	r.correct(c.corrections(v.ID, opened.Parsed.From.Organisation))
	for _, leaf := range sealedFor(opened, c.self.ID) {
		r.Sealed = append(r.Sealed, leaf.Pointer)
	}
	if opened.Question != nil {
		r.Review, err = c.review(&in, opened)
	}
	return &in, opened, r, err
}

// verified reads a kept delivery. It was verified when it came; what is on disk
// is bound to it by the home's key.
func (in *Incoming) verified(h *Home) (*pki.Opened, *Cleared, error) {
	container, err := pki.UnmarshalContainer(in.Container)
	if err != nil {
		return nil, nil, err
	}
	opened := &pki.Opened{Container: container}
	if opened.Parsed, err = schemas.ParseManifest(container.Manifest); err != nil {
		return nil, nil, err
	}
	if opened.Disclosures, err = pki.MatchDisclosures(opened.Parsed, container.Disclosures); err != nil {
		return nil, nil, err
	}
	if opened.Sender, err = h.Anchors.OpenPartner(container.Record); err != nil {
		return nil, nil, err
	}
	cleared, err := readProof(container.Proof, h.Anchors, h.Verifier)
	return opened, cleared, err
}

// Show returns one message of the inbox for a person, opens values sealed for
// the officer whose key is given, and tells the sender, once, that it was opened.
func (c *Connector) Show(id string, officer *pki.Secret) (*Received, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	_, name, err := c.find(id, inboxDir)
	if err != nil {
		return nil, err
	}
	in, opened, received, err := c.open(name)
	if err != nil {
		return nil, err
	}
	if officer != nil {
		if received.Unsealed, err = unseal(opened, c.self.ID, officer, c); err != nil {
			return nil, err
		}
	}
	if err := c.markOpened(name, in, opened); err != nil { // it is said when it is shown again
		c.Log.Warn("cannot say that it was opened", "message", received.ID, "error", err)
	}
	return received, nil
}

// unseal opens the sealed values that the officer's key opens.
func unseal(opened *pki.Opened, self string, officer *pki.Secret, c *Connector) (map[string]string, error) {
	values := map[string]string{}
	for _, leaf := range sealedFor(opened, self) {
		value, err := pki.OpenField(officer, leaf.Sealed.Sealed, opened.Parsed.ID, leaf.Pointer, c.now())
		if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "decrypt.not-for-us" {
			continue // for another of our officers
		}
		if err != nil {
			return nil, err
		}
		values[leaf.Pointer] = value
	}
	return values, nil
}

// markOpened queues the receipt first: a crash in between says it twice rather
// than never.
func (c *Connector) markOpened(name string, in *Incoming, opened *pki.Opened) error {
	if in.Opened {
		return nil
	}
	if !in.Review && opened.Parsed.Kind != schemas.KindReceipt && opened.Parsed.Kind != schemas.KindRecall {
		cleared, err := readProof(opened.Proof, c.Anchors, c.Verifier)
		if err != nil {
			return err
		}
		if _, err = c.sendReceipt(opened, cleared, "opened"); err != nil {
			return err
		}
	}
	in.Opened = true
	return c.save(inboxDir, name, in)
}

// Reply completes a draft as an answer to a received message, and submits it: to
// whoever sent that, in its case, naming it where the kind asks for it.
func (c *Connector) Reply(id string, draft []byte, options Options) (*Accepted, error) {
	received, sender, err := c.replied(id)
	if err != nil {
		return nil, err
	}
	if err := schemas.Scan(draft); err != nil {
		return nil, err
	}
	var members map[string]schemas.Raw
	if err := decode(draft, &members); err != nil || members == nil {
		return nil, schemas.Refuse("schema.type", "")
	}
	thread := received.Thread
	fill(&thread, received.ID)
	fillMember(members, "in_reply_to", received.ID)
	fillMember(members, "thread", thread)
	fillMember(members, "to", []string{sender})
	nameReplied(members, received.ID)
	return c.Submit(schemas.Encode(members), options)
}

// replied reads the message that is answered, and who sent it.
func (c *Connector) replied(id string) (*Received, string, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	_, name, err := c.find(id, inboxDir)
	if err != nil {
		return nil, "", err
	}
	_, opened, received, err := c.open(name)
	if err != nil {
		return nil, "", err
	}
	return received, opened.Sender.ID, nil
}

func fillMember(members map[string]schemas.Raw, name string, value any) {
	if members[name] == nil {
		members[name] = schemas.Encode(value)
	}
}

// answering says in which member the body of a kind names the message it answers.
var answering = map[schemas.Kind]string{schemas.KindResponse: "answers", schemas.KindFeedback: "tip", schemas.KindAssessment: "message"}

// nameReplied writes the id of the answered message into the body.
func nameReplied(members map[string]schemas.Raw, id string) {
	var kind string
	var body map[string]schemas.Raw
	if decode(members["kind"], &kind) != nil || decode(members["body"], &body) != nil || body == nil {
		return // the draft is refused for it, with its place
	}
	if name := answering[kind]; name != "" {
		fillMember(body, name, id)
		members["body"] = schemas.Encode(body)
	}
}
