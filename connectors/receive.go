package connectors

import (
	"os"
	"path/filepath"
	"slices"

	"schakel/pki"
	"schakel/schemas"
)

// Receive takes what lay in the mailbox. nil means that it was dealt with: kept
// and confirmed, or not believed and counted. An error means that it could not
// be kept and must come again.
func (c *Connector) Receive(sealed []byte) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	err := c.receive(sealed)
	if refusal := schemas.Refused(err); refusal != nil && refusal.Code.Family() != "store" {
		c.ignored[refusal.Code]++
		c.Log.Warn("not believed", "code", refusal.Code, "at", refusal.At)
		return nil
	}
	return err
}

func (c *Connector) receive(sealed []byte) error {
	opened, err := pki.Open(sealed, pki.Expect{Form: pki.Incoming, Key: c.secret, Now: c.now(), Anchors: c.Anchors, Gateway: c.Anchors.Trust.Gateway})
	if err != nil {
		return err
	}
	cleared, err := readProof(opened.Proof, c.Anchors, c.Verifier)
	if err != nil {
		return err
	}
	if err := c.witness(cleared, opened.Consistency); err != nil {
		return err
	}
	if opened.Manifest == nil {
		return c.answered(opened, cleared)
	}
	if err := checkDelivery(opened, cleared, c.self.ID); err != nil {
		return err
	}
	return c.delivered(opened, cleared)
}

// witness checks that the log has only grown, and that it is not an old copy.
func (c *Connector) witness(cleared *Cleared, consistency []byte) error {
	if cleared.Entry.Epoch < c.log.Epoch {
		return schemas.Refuse("rcp.epoch", "")
	}
	c.log.Epoch = cleared.Entry.Epoch
	err := c.log.witness(cleared.Checkpoint, cleared.Signed, consistency)
	if writeErr := c.writeLog(c.log); writeErr != nil {
		return writeErr
	}
	return err
}

// answered takes an answer of the gateway about one of our messages.
func (c *Connector) answered(opened *pki.Opened, cleared *Cleared) error {
	e := cleared.Entry
	if e.Event == schemas.EventDirectory {
		return c.announced(opened, cleared)
	}
	if e.Sender != schemas.Party(cleared.Salt, c.self.ID) {
		return schemas.Refuse("rcp.sender", "")
	}
	name, ok := c.waiting[e.Manifest]
	if !ok {
		name, ok = c.bytes[e.Sealed]
	}
	if !ok {
		return c.alreadyComplete(e)
	}
	var out Outgoing
	if err := c.read(outboxDir, name, &out); err != nil {
		return err
	}
	switch e.Event {
	case schemas.EventRefused:
		if len(e.Reasons) == 0 {
			return schemas.Refuse("rcp.entry", "")
		}
		out.Refusal, out.At, out.Receipt = e.Reasons[0], e.At, opened.Proof
		c.Log.Warn("refused by the gateway", "message", out.ID, "code", out.Refusal, "at", out.At)
	case schemas.EventInformed:
		out.inform(e.Results)
	case schemas.EventDecided, schemas.EventReleased:
		return schemas.Refuse("rcp.kind", "")
	default:
		if out.Receipt == nil {
			out.Receipt, out.Consistency, out.Results = opened.Proof, opened.Consistency, e.Results
			c.Log.Info("in custody", "message", out.ID, "entry", cleared.Index)
		}
	}
	return c.put(name, &out)
}

// announced takes a new record of a partner: signed by the trust officers, and
// entered in the log before it came here.
func (c *Connector) announced(opened *pki.Opened, cleared *Cleared) error {
	if schemas.Digest(opened.Record) != cleared.Entry.Directory {
		return schemas.Refuse("rcp.digest", "")
	}
	partner, err := c.Anchors.OpenPartner(opened.Record)
	if err != nil {
		return err
	}
	return c.learn(partner)
}

// inform replaces what we were told before about an address.
func (o *Outgoing) inform(results []schemas.Result) {
	for _, result := range results {
		if i := slices.IndexFunc(o.Results, func(r schemas.Result) bool { return r.To == result.To }); i >= 0 {
			o.Results[i] = result
		} else {
			o.Results = append(o.Results, result)
		}
	}
}

// alreadyComplete lets an answer pass that repeats what we know.
func (c *Connector) alreadyComplete(e schemas.Entry) error {
	names, _ := c.names(sentDir)
	for i := len(names) - 1; i >= 0 && i > len(names)-100; i-- {
		var out Outgoing
		if c.read(sentDir, names[i], &out) == nil && schemas.Digest(out.Manifest) == e.Manifest {
			return nil
		}
	}
	return schemas.Refuse("rcp.unknown", "")
}

// put writes a message of the outbox back, and moves it among the sent ones
// when nothing more is to be expected.
func (c *Connector) put(name string, out *Outgoing) error {
	if !out.complete() {
		return c.save(outboxDir, name, out)
	}
	delete(c.bytes, schemas.Digest(out.Sealed))
	delete(c.waiting, schemas.Digest(out.Manifest))
	out.Sealed = nil
	if err := c.save(sentDir, name, out); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(c.Dir, outboxDir, name)); err != nil && !os.IsNotExist(err) {
		return storeFault(err)
	}
	return nil
}

// delivered keeps a delivery and queues the receipt for it. A delivery that came
// before is not kept twice.
func (c *Connector) delivered(opened *pki.Opened, cleared *Cleared) error {
	name := fileName(cleared.Index, opened.Parsed.ID)
	var in Incoming
	if c.read(inboxDir, name, &in) != nil {
		in = Incoming{ID: opened.Parsed.ID, Entry: cleared.Index, Received: schemas.At(c.now()), Container: opened.Container.Marshal(), Review: opened.Question != nil}
		if err := c.save(inboxDir, name, &in); err != nil {
			return err
		}
		c.Log.Info("received", "message", in.ID, "kind", opened.Parsed.Kind, "entry", in.Entry)
	}
	if err := c.learn(opened.Sender); err != nil {
		return err
	}
	switch opened.Parsed.Kind {
	case schemas.KindReceipt:
		return c.confirm(opened)
	case schemas.KindRecall:
		if err := c.apply(opened); err != nil {
			return err
		}
		return c.receipt(name, &in, opened, cleared, "applied")
	}
	return c.receipt(name, &in, opened, cleared, "delivered")
}

// body parses what was disclosed of a delivery as its kind.
func body[T any](opened *pki.Opened) (*T, error) {
	v, err := view(opened, &Cleared{})
	if err != nil {
		return nil, err
	}
	value := new(T)
	return value, decode(v.Body, value)
}

// confirm notes a recipient's receipt for one of our messages.
func (c *Connector) confirm(opened *pki.Opened) error {
	receipt, err := body[schemas.Receipt](opened)
	if err != nil {
		return schemas.Refuse("rcp.entry", "")
	}
	dir := outboxDir
	name, ok := c.find(outboxDir, receipt.Message)
	if !ok {
		dir = sentDir
		if name, ok = c.find(sentDir, receipt.Message); !ok {
			return schemas.Refuse("rcp.unknown", "/message")
		}
	}
	var out Outgoing
	if err := c.read(dir, name, &out); err != nil {
		return err
	}
	if receipt.Manifest != schemas.Digest(out.Manifest) {
		return schemas.Refuse("rcp.digest", "/manifest")
	}
	confirmation := Confirmation{opened.Sender.ID, receipt.Event, receipt.At, opened.Parsed.ID}
	if slices.ContainsFunc(out.Confirmed, func(c Confirmation) bool {
		return c.Partner == confirmation.Partner && c.Event == confirmation.Event
	}) {
		return nil
	}
	out.Confirmed = append(out.Confirmed, confirmation)
	c.Log.Info("confirmed", "message", out.ID, "event", confirmation.Event)
	if dir == sentDir {
		return c.save(sentDir, name, &out)
	}
	return c.put(name, &out)
}

// apply carries out a recall or correction on the messages that it is about, if
// they are the sender's own.
func (c *Connector) apply(opened *pki.Opened) error {
	recall, err := body[schemas.Recall](opened)
	if err != nil {
		return schemas.Refuse("rcp.entry", "")
	}
	names, _ := c.names(inboxDir)
	for _, name := range names {
		if _, id, _ := parseName(name); id != recall.Message {
			continue
		}
		var in Incoming
		if err := c.read(inboxDir, name, &in); err != nil {
			return err
		}
		if err := in.from(opened.Parsed.From.Organisation); err != nil {
			return err
		}
		in.correct(recall)
		if err := c.save(inboxDir, name, &in); err != nil {
			return err
		}
	}
	return nil
}

// from checks who sent a message of the inbox.
func (in *Incoming) from(organisation string) error {
	container, err := pki.UnmarshalContainer(in.Container)
	if err != nil {
		return err
	}
	manifest, err := schemas.ParseManifest(container.Manifest)
	if err != nil || manifest.From.Organisation != organisation {
		return schemas.Refuse("policy.not-owner", "/message")
	}
	return nil
}

func (in *Incoming) correct(recall *schemas.Recall) {
	for _, item := range recall.Items {
		if item.Pointer == "" { // not for us
			continue
		}
		if item.Value == "" {
			in.Withdrawn = append(in.Withdrawn, item.Pointer)
			continue
		}
		if in.Corrected == nil {
			in.Corrected = map[string]string{}
		}
		in.Corrected[item.Pointer] = item.Value
	}
}

// receipt queues our signed word that a delivery arrived, once.
func (c *Connector) receipt(name string, in *Incoming, opened *pki.Opened, cleared *Cleared, event string) error {
	if in.Receipt != "" {
		return nil
	}
	accepted, err := c.sendReceipt(opened, cleared, event)
	if err != nil {
		return err
	}
	in.Receipt = accepted.ID
	return c.save(inboxDir, name, in)
}

func (c *Connector) sendReceipt(opened *pki.Opened, cleared *Cleared, event string) (*Accepted, error) {
	v, err := view(opened, cleared)
	if err != nil {
		return nil, err
	}
	to := opened.Sender.ID
	if opened.Question != nil { // it was shown to us by the gateway, not sent by its sender
		to = "gateway"
	}
	d := &schemas.Draft{
		Kind: schemas.KindReceipt, To: []string{to}, Thread: v.Thread, ReplyTo: v.ID,
		Body: schemas.Encode(schemas.Receipt{Message: v.ID, Manifest: schemas.Digest(opened.Manifest), Entry: &cleared.Index, Event: event, At: schemas.At(c.now()), Accepts: v.Obligations}),
	}
	fill(&d.Thread, v.ID)
	if err := c.complete(d); err != nil {
		return nil, err
	}
	w, err := c.write(d, Options{})
	if err != nil {
		return nil, err
	}
	w.out.Content = w.out.ID
	return c.accept(w)
}
