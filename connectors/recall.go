package connectors

import (
	"slices"

	"schakel/pki"
	"schakel/schemas"
)

// Recalls and corrections stay in the inbox as they came, and are carried out
// whenever the message that they are about is read: so it does not matter which of
// them came first, nor how often.

// noteRecall remembers which message a recall of the inbox is about.
func (c *Connector) noteRecall(name string, in *Incoming) {
	if in.About == "" || slices.Contains(c.recalls[in.About], name) {
		return
	}
	c.recalls[in.About] = append(c.recalls[in.About], name)
	slices.Sort(c.recalls[in.About]) // by entry
}

// corrections lists what the sender of a message corrected of it, or the gateway
// recalled, in the order of the log. What anybody else says of it does not count.
func (c *Connector) corrections(message, sender string) []schemas.Correction {
	var all []schemas.Correction
	for _, name := range c.recalls[message] {
		recall, err := c.readRecall(name, sender)
		if c.note(inboxDir, name, err) == nil && recall != nil {
			all = append(all, recall.Items...)
		}
	}
	return all
}

// owns reports whether a partner may recall what a sender sent: the sender himself,
// or the gateway, which recalls what left in an emergency and nobody ratified.
func owns(partner, sender string) bool { return partner == sender || partner == schemas.GatewayID }

// readRecall reads a recall of the inbox; nil when another sent it.
func (c *Connector) readRecall(name, sender string) (*schemas.Recall, error) {
	var in Incoming
	if err := c.read(inboxDir, name, &in); err != nil {
		return nil, err
	}
	opened, _, err := in.verified(c.Home)
	if err != nil || !owns(opened.Parsed.From.Organisation, sender) {
		return nil, err
	}
	return body[schemas.Recall](opened)
}

// correct says of each pointer what holds last.
func (r *Received) correct(corrections []schemas.Correction) {
	holds := map[string]string{}
	for _, item := range corrections {
		if item.Pointer != "" { // else it is not for us
			holds[item.Pointer] = item.Value
		}
	}
	for pointer, value := range holds {
		if value == "" {
			r.Withdrawn = append(r.Withdrawn, pointer)
			continue
		}
		if r.Corrected == nil {
			r.Corrected = map[string]string{}
		}
		r.Corrected[pointer] = value
	}
	slices.SortFunc(r.Withdrawn, schemas.ComparePointers)
}

// recalled says which message a delivery recalls or corrects; refused when that is
// here and another sent it.
func (c *Connector) recalled(opened *pki.Opened) (string, error) {
	if opened.Parsed.Kind != schemas.KindRecall || opened.Question != nil {
		return "", nil
	}
	recall, err := body[schemas.Recall](opened)
	if err != nil {
		return "", schemas.Refuse("rcp.entry", "")
	}
	var in Incoming
	_, name, err := c.find(recall.Message, inboxDir)
	if err != nil || c.read(inboxDir, name, &in) != nil {
		return recall.Message, nil // it may still come
	}
	return recall.Message, in.from(opened.Parsed.From.Organisation)
}

// from checks that an organisation may recall a message of the inbox.
func (in *Incoming) from(organisation string) error {
	container, err := pki.UnmarshalContainer(in.Container)
	if err != nil {
		return err
	}
	manifest, err := schemas.ParseManifest(container.Manifest)
	if err != nil || !owns(organisation, manifest.From.Organisation) {
		return schemas.Refuse("policy.not-owner", "/message")
	}
	return nil
}
