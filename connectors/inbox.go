package connectors

import (
	"slices"

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

// Review is what an approver is asked.
type Review struct {
	Recipient string   `json:"recipient"`
	Role      string   `json:"role"`
	Country   string   `json:"country"`
	Purpose   string   `json:"purpose"`
	Bases     []string `json:"bases"`
	Approvals []string `json:"approvals"` // functions that must approve
	Question  string   `json:"question"`  // digest
	Fields    string   `json:"fields"`    // digest of the set of fields
}

// Inbox lists what was received, newest last. Receipts are not shown.
func (c *Connector) Inbox() ([]Received, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	names, _ := c.names(inboxDir)
	var list []Received
	for _, name := range names {
		_, _, received, err := c.open(name)
		if err != nil {
			return nil, err
		}
		if received.Kind != schemas.KindReceipt {
			list = append(list, *received)
		}
	}
	return list, nil
}

// open reads a message of the inbox back.
func (c *Connector) open(name string) (*Incoming, *pki.Opened, *Received, error) {
	var in Incoming
	if err := c.read(inboxDir, name, &in); err != nil {
		return nil, nil, nil, err
	}
	opened, cleared, err := in.verified(c.Home)
	if err != nil {
		return nil, nil, nil, err
	}
	v, err := view(opened, cleared)
	if err != nil {
		return nil, nil, nil, err
	}
	r := &Received{View: v, Received: in.Received, Opened: in.Opened, Withdrawn: in.Withdrawn, Corrected: in.Corrected}
	for _, leaf := range sealedFor(opened, c.self.ID) {
		r.Sealed = append(r.Sealed, leaf.Pointer)
	}
	if opened.Question != nil {
		r.Review, err = readReview(opened)
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

// question and decision are what an approver's side reads of the gateway's
// question and answer.
type question struct {
	Recipient struct {
		Org     string `json:"org"`
		Role    string `json:"role"`
		Country string `json:"country"`
	} `json:"recipient"`
	Purpose string `json:"purpose"`
	Bases   []struct {
		ID string `json:"id"`
	} `json:"bases"`
}

type decision struct {
	Approvals []string `json:"approvals"`
}

// readReview reads what we are asked, and checks that what we were shown is part
// of what would leave.
func readReview(opened *pki.Opened) (*Review, error) {
	var sheet schemas.ReviewSheet
	var q question
	var d decision
	if decode(opened.Question, &sheet) != nil || decodeLoosely(sheet.Question, &q) != nil || decodeLoosely(sheet.Decision, &d) != nil {
		return nil, schemas.Refuse("rcp.question", "")
	}
	for _, disclosure := range opened.Disclosures {
		isContent := len(disclosure.Leaf.Pointer) < 10 || disclosure.Leaf.Pointer[:10] != "/envelope/"
		if isContent && !slices.Contains(sheet.Fields, disclosure.Digest) {
			return nil, schemas.Refuse("rcp.question", disclosure.Leaf.Pointer)
		}
	}
	r := &Review{Recipient: q.Recipient.Org, Role: q.Recipient.Role, Country: q.Recipient.Country, Purpose: q.Purpose, Approvals: d.Approvals, Question: schemas.Digest(sheet.Question), Fields: schemas.SetDigest(sheet.Fields)}
	for _, basis := range q.Bases {
		r.Bases = append(r.Bases, basis.ID)
	}
	return r, nil
}

// Show returns one message of the inbox for a person, opens values sealed for
// the officer whose key is given, and tells the sender, once, that it was opened.
func (c *Connector) Show(id string, officer *pki.Secret) (*Received, error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	name, ok := c.find(inboxDir, id)
	if !ok {
		return nil, schemas.Refuse("state.unknown-message", "")
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
	return received, c.markOpened(name, in, opened)
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

func (c *Connector) markOpened(name string, in *Incoming, opened *pki.Opened) error {
	if in.Opened {
		return nil
	}
	in.Opened = true
	if err := c.save(inboxDir, name, in); err != nil {
		return err
	}
	if in.Review || opened.Parsed.Kind == schemas.KindReceipt || opened.Parsed.Kind == schemas.KindRecall {
		return nil
	}
	cleared, err := readProof(opened.Proof, c.Anchors, c.Verifier)
	if err != nil {
		return err
	}
	_, err = c.sendReceipt(opened, cleared, "opened")
	return err
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
	name, ok := c.find(inboxDir, id)
	if !ok {
		return nil, "", schemas.Refuse("state.unknown-message", "")
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

// Act is what an officer does with a held message.
type Act struct {
	Verb     string   `json:"verb"` // approve, approve-part, return, refuse
	Officer  string   `json:"officer"`
	Function string   `json:"function,omitempty"` // needed when the officer holds several that are asked for
	Withhold []string `json:"withhold,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Until    string   `json:"valid_until,omitempty"`
}

// Act sends an officer's decision on a message that we were asked to approve,
// signed with his own key and bound to the question and the fields as shown.
func (c *Connector) Act(id string, act Act, officer *pki.Secret) (*Accepted, error) {
	c.lock.Lock()
	name, ok := c.findReview(id)
	if !ok {
		c.lock.Unlock()
		return nil, schemas.Refuse("state.not-held", "")
	}
	_, _, received, err := c.open(name)
	function, functionErr := c.actingFunction(act, received)
	c.lock.Unlock()
	if err != nil {
		return nil, err
	}
	if functionErr != nil {
		return nil, functionErr
	}
	body := schemas.Release{
		Message: received.ID, Question: received.Review.Question, Fields: received.Review.Fields, Act: act.Verb, Function: function,
		Withhold: act.Withhold, Reason: act.Reason, Until: act.Until,
	}
	draft := schemas.Encode(schemas.Draft{Kind: schemas.KindRelease, Officer: act.Officer, Body: schemas.Encode(body)})
	return c.Submit(draft, Options{Officer: officer, Again: true})
}

// findReview finds the newest review of a message.
func (c *Connector) findReview(id string) (string, bool) {
	names, _ := c.names(inboxDir)
	for i := len(names) - 1; i >= 0; i-- {
		var in Incoming
		if _, full, _ := parseName(names[i]); len(id) >= 8 && len(full) >= len(id) && full[:len(id)] == id && c.read(inboxDir, names[i], &in) == nil && in.Review {
			return names[i], true
		}
	}
	return "", false
}

// actingFunction says in which function an officer acts.
func (c *Connector) actingFunction(act Act, received *Received) (string, error) {
	officer, _, ok := c.self.Officer(act.Officer, c.now().Format("2006-01-02"))
	if !ok {
		return "", schemas.Refuse("env.officer", "")
	}
	if received == nil || received.Review == nil {
		return "", schemas.Refuse("state.not-held", "")
	}
	for _, function := range officer.Functions {
		if (act.Function == "" || act.Function == function) && slices.Contains(received.Review.Approvals, function) {
			return function, nil
		}
	}
	return "", schemas.Refuse("policy.function", "")
}
