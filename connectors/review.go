package connectors

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"schakel/pki"
	"schakel/schemas"
)

// Review is what an approver is asked, and what was answered from here.
type Review struct {
	Recipient string         `json:"recipient"`
	Role      string         `json:"role"`
	Country   string         `json:"country"`
	Purpose   string         `json:"purpose"`
	Bases     []string       `json:"bases"`
	Reasons   []schemas.Code `json:"reasons,omitempty"` // why it is held
	Approvals []string       `json:"approvals"`         // functions that must approve
	Given     []string       `json:"given,omitempty"`   // functions whose approval was there already
	Question  string         `json:"question"`          // digest
	Fields    string         `json:"fields"`            // digest of the set of fields
	Acts      []Acted        `json:"acts,omitempty"`    // what our officers did
	Waits     bool           `json:"waits"`             // one of our officers can still act

	// Afterwards is there when it has left already, in an emergency: it is to be
	// ratified, or its review closed.
	Afterwards *schemas.Afterwards `json:"afterwards,omitempty"`
}

// Acted is what one of our officers did with a held message.
type Acted struct {
	Verb     string       `json:"verb"`
	Officer  string       `json:"officer"`
	Function string       `json:"function"`
	At       string       `json:"at"`
	Message  string       `json:"message"`           // in which it was sent, in the outbox
	Refusal  schemas.Code `json:"refusal,omitempty"` // why the gateway did not take it: then it does not count
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
	Approvals []struct {
		Function string `json:"function"`
	} `json:"approvals"`
}

type decision struct {
	Approvals []string `json:"approvals"`
	Reasons   []struct {
		Code   schemas.Code `json:"code"`
		Effect string       `json:"effect"`
	} `json:"reasons"`
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
		isContent := !strings.HasPrefix(disclosure.Leaf.Pointer, "/envelope/")
		if isContent && !slices.Contains(sheet.Fields, disclosure.Digest) {
			return nil, schemas.Refuse("rcp.question", disclosure.Leaf.Pointer)
		}
	}
	r := &Review{Recipient: q.Recipient.Org, Role: q.Recipient.Role, Country: q.Recipient.Country, Purpose: q.Purpose, Approvals: d.Approvals, Question: schemas.Digest(sheet.Question), Fields: schemas.SetDigest(sheet.Fields), Afterwards: sheet.Afterwards}
	if r.Afterwards != nil {
		r.Approvals = slices.Concat(r.Afterwards.Ratify, r.Afterwards.Close)
	}
	for _, basis := range q.Bases {
		r.Bases = append(r.Bases, basis.ID)
	}
	for _, approval := range q.Approvals {
		r.Given = append(r.Given, approval.Function)
	}
	for _, reason := range d.Reasons {
		if reason.Effect == schemas.Hold {
			r.Reasons = append(r.Reasons, reason.Code)
		}
	}
	return r, nil
}

// review reads what we are asked, with what our officers did. An act that the
// gateway refused does not count.
func (c *Connector) review(in *Incoming, opened *pki.Opened) (*Review, error) {
	r, err := readReview(opened)
	if err != nil {
		return nil, err
	}
	for _, act := range in.Acts {
		var out Outgoing
		if dir, name, err := c.find(act.Message, outboxDir, sentDir); err == nil && c.read(dir, name, &out) == nil {
			act.Refusal = out.Refusal
		}
		r.Acts = append(r.Acts, act)
	}
	r.Waits = slices.ContainsFunc(r.Approvals, func(function string) bool {
		return len(c.self.Holders(function, c.today())) > 0 && !r.answered(function) && !r.late(function, schemas.At(c.now()))
	})
	return r, nil
}

// answered reports whether nothing more is to be done in a function: approved in
// it, or refused or returned in any. Of what has left already each function has its
// own say.
func (r *Review) answered(function string) bool {
	return slices.ContainsFunc(r.Acts, func(a Acted) bool {
		final := r.Afterwards == nil && (a.Verb == "refuse" || a.Verb == "return")
		return a.Refusal == "" && (final || a.Function == function)
	})
}

// late reports whether what has left cannot be ratified any more in a function.
func (r *Review) late(function, now string) bool {
	return r.Afterwards != nil && slices.Contains(r.Afterwards.Ratify, function) && now >= r.Afterwards.RatifyBy
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
	name, draft, err := c.release(id, &act)
	if err != nil {
		return nil, err
	}
	accepted, err := c.Submit(draft, Options{Officer: officer, Again: true})
	if err != nil {
		return nil, err
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	done := Acted{Verb: act.Verb, Officer: act.Officer, Function: act.Function, At: schemas.At(c.now()), Message: accepted.ID}
	if err := c.acted(name, done); err != nil { // the act itself is accepted
		c.Log.Warn("cannot note what was done", "message", accepted.ID, "error", err)
	}
	return accepted, nil
}

// release makes the draft of an act on the newest review of a message, and fills
// in the function in which the officer acts.
func (c *Connector) release(id string, act *Act) (name string, draft []byte, err error) {
	c.lock.Lock()
	defer c.lock.Unlock()
	if name, err = c.findReview(id); err != nil {
		return "", nil, err
	}
	_, _, received, err := c.open(name)
	if err != nil {
		return "", nil, err
	}
	if act.Function, err = c.actingFunction(act, received); err != nil {
		return "", nil, err
	}
	body := schemas.Release{
		Message: received.ID, Question: received.Review.Question, Fields: received.Review.Fields, Act: act.Verb, Function: act.Function,
		Withhold: act.Withhold, Reason: act.Reason, Until: act.Until,
	}
	return name, schemas.Encode(schemas.Draft{Kind: schemas.KindRelease, Officer: act.Officer, Body: schemas.Encode(body)}), nil
}

// acted notes with a review what was done with it, and with every other sheet that
// asked the same question: a reminder is one more.
func (c *Connector) acted(name string, done Acted) error {
	_, _, answered, err := c.open(name)
	if err != nil {
		return err
	}
	for _, name := range c.reviews(answered.ID)[answered.ID] {
		in, _, asked, err := c.open(name)
		if err != nil || asked.Review.Question != answered.Review.Question {
			continue
		}
		in.Acts = append(in.Acts, done)
		if err := c.save(inboxDir, name, in); err != nil {
			return err
		}
	}
	return nil
}

// reviews lists the reviews of messages whose id begins so, oldest first.
func (c *Connector) reviews(id string) map[string][]string {
	all := map[string][]string{}
	names, _ := c.names(inboxDir)
	for _, name := range names {
		var in Incoming
		_, full, _ := parseName(name)
		if strings.HasPrefix(full, strings.ToLower(id)) && c.read(inboxDir, name, &in) == nil && in.Review {
			all[full] = append(all[full], name)
		}
	}
	return all
}

// findReview finds the review of the one message that is meant: the newest that
// waits for us, or the newest. @ and a number after it asks for the one of that
// entry in the log.
func (c *Connector) findReview(id string) (string, error) {
	id, number, numbered := strings.Cut(id, "@")
	all := c.reviews(id)
	full, err := Match(id, slices.Collect(maps.Keys(all)))
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code == "state.unknown-message" {
		return "", schemas.Refuse("state.not-held", "")
	}
	if err != nil {
		return "", err
	}
	names := slices.DeleteFunc(all[full], func(name string) bool {
		entry, _, _ := parseName(name)
		return numbered && strconv.FormatInt(entry, 10) != number
	})
	if len(names) == 0 {
		return "", schemas.Refuse("state.not-held", "")
	}
	for _, name := range slices.Backward(names) {
		if _, _, asked, err := c.open(name); err == nil && asked.Review.Waits {
			return name, nil
		}
	}
	return names[len(names)-1], nil
}

// actingFunction says in which function an officer acts.
func (c *Connector) actingFunction(act *Act, received *Received) (string, error) {
	officer, _, ok := c.self.Officer(act.Officer, c.today())
	if !ok {
		return "", schemas.Refuse("env.officer", "")
	}
	if received.Review == nil {
		return "", schemas.Refuse("state.not-held", "")
	}
	for _, function := range officer.Functions {
		if (act.Function == "" || act.Function == function) && slices.Contains(received.Review.Approvals, function) {
			return function, nil
		}
	}
	return "", schemas.Refuse("policy.function", "")
}
