package connectors

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"schakel/pki"
	"schakel/schemas"
)

// Receive takes what lay in the mailbox. nil means that it was dealt with: kept
// and confirmed, or not believed and counted. An error means that it could not
// be kept and must come again.
func (c *Connector) Receive(sealed []byte) error { return c.ReceiveAll([][]byte{sealed})[0] }

// ReceiveAll is Receive for several, with an error or nil for each. What was seen
// of the log is written down once for all of them.
func (c *Connector) ReceiveAll(sealed [][]byte) []error {
	errs := make([]error, len(sealed))
	for i := range sealed {
		errs[i] = c.take(sealed[i])
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	if err := c.keepLog(); err != nil {
		for i := range errs {
			errs[i] = errors.Join(errs[i], err)
		}
	}
	return errs
}

// take receives one, and counts what is not believed.
func (c *Connector) take(sealed []byte) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	err := c.receive(sealed)
	refusal := schemas.Refused(err)
	ours := refusal != nil && refusal.Code.Family() == "store" && refusal.Code != "store.damaged" // of a damaged message we ask again
	if refusal != nil && !ours {
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
	if opened.Question != nil {
		if _, err := readReview(opened); err != nil {
			return err
		}
	}
	return c.delivered(opened, cleared)
}

// witness checks that the log has only grown, and that it is not an old copy.
func (c *Connector) witness(cleared *Cleared, consistency []byte) error {
	if cleared.Entry.Epoch < c.log.Epoch {
		return schemas.Refuse("rcp.epoch", "")
	}
	c.log.Epoch, c.logMoved = cleared.Entry.Epoch, true
	err := c.log.witness(cleared.Checkpoint, cleared.Signed, consistency)
	if err == nil {
		return nil
	}
	if fault := c.keepLog(); fault != nil { // evidence is kept at once
		return fault
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
	foreseen, err := out.answer(opened, e)
	if err != nil {
		return err
	}
	switch e.Event {
	case schemas.EventRefused:
		if len(e.Reasons) == 0 {
			return schemas.Refuse("rcp.entry", "")
		}
		if out.Receipt != nil { // what was taken stays taken
			return schemas.Refuse("rcp.custody", "")
		}
		out.Refusal, out.At, out.Receipt = e.Reasons[0], e.At, opened.Proof
		c.Log.Warn("refused by the gateway", "message", out.ID, "code", out.Refusal, "at", out.At)
	case schemas.EventInformed, schemas.EventRecalled:
		out.inform(e.Results, cleared.Index)
	case schemas.EventDecided, schemas.EventReleased:
		return schemas.Refuse("rcp.kind", "")
	default:
		if out.Receipt == nil {
			out.Foreseen = foreseen
			c.custody(&out, opened, cleared)
		}
	}
	return c.put(name, &out)
}

// answer reads what the gateway foresees of a message that was only asked about: of
// none other, and of such a message nothing else than that or a refusal.
func (o *Outgoing) answer(opened *pki.Opened, e schemas.Entry) (foreseen []schemas.Foreseen, err error) {
	switch {
	case o.Ask != (e.Event == schemas.EventAsked) && e.Event != schemas.EventRefused:
		return nil, schemas.Refuse("rcp.kind", "")
	case e.Event != schemas.EventAsked && opened.Foreseen == nil:
		return nil, nil
	case e.Event != schemas.EventAsked || e.Foreseen != schemas.Digest(opened.Foreseen) || decode(opened.Foreseen, &foreseen) != nil:
		return nil, schemas.Refuse("rcp.digest", "")
	}
	return foreseen, nil
}

// custody notes that the gateway has a message. A receipt that does not show that
// the log has only grown since the checkpoint that the message named is an alarm;
// the message is in custody all the same.
func (c *Connector) custody(out *Outgoing, opened *pki.Opened, cleared *Cleared) {
	out.Receipt, out.Consistency = opened.Proof, opened.Consistency
	out.inform(cleared.Entry.Results, cleared.Index)
	if !grewFrom(out.Seen, cleared.Checkpoint, opened.Consistency) {
		out.Unproven = true
		code := schemas.Code("rcp.unproven")
		c.ignored[code]++
		c.Log.Warn("not believed", "code", code, "message", out.ID)
	}
	c.Log.Info("in custody", "message", out.ID, "entry", cleared.Index)
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

// inform replaces what we were told before about an address, by an earlier entry.
func (o *Outgoing) inform(results []schemas.Result, entry int64) {
	for _, result := range results {
		if told, ok := o.Told[result.To]; ok && told > entry {
			continue
		}
		if o.Told == nil {
			o.Told = map[string]int64{}
		}
		o.Told[result.To] = entry
		if i := slices.IndexFunc(o.Results, func(r schemas.Result) bool { return r.To == result.To }); i >= 0 {
			o.Results[i] = result
		} else {
			o.Results = append(o.Results, result)
		}
	}
}

// alreadyComplete lets an answer pass that repeats what we know.
func (c *Connector) alreadyComplete(e schemas.Entry) error {
	if c.done[e.Manifest] || c.done[e.Sealed] {
		return nil
	}
	return schemas.Refuse("rcp.unknown", "")
}

// put writes a message of the outbox back, and moves it among the sent ones
// when nothing more is to be expected. Until that is on disk, it is known as one
// of the outbox.
func (c *Connector) put(name string, out *Outgoing) error {
	if !out.complete() {
		return c.save(outboxDir, name, out)
	}
	sealed := out.Sealed
	out.Sealed = nil
	if err := c.save(sentDir, name, out); err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(c.Dir, outboxDir, name)); err != nil && !os.IsNotExist(err) {
		return storeFault(err)
	}
	c.unindex(out, sealed)
	return nil
}

// delivered keeps a delivery and queues the receipt for it. A delivery that came
// before is not kept twice.
func (c *Connector) delivered(opened *pki.Opened, cleared *Cleared) error {
	name := fileName(cleared.Index, opened.Parsed.ID)
	about, err := c.recalled(opened)
	if err != nil {
		return err
	}
	var in Incoming
	if !c.holds(inboxDir, name) || c.read(inboxDir, name, &in) != nil { // a damaged one is replaced
		in = Incoming{ID: opened.Parsed.ID, Entry: cleared.Index, Received: schemas.At(c.now()), Container: opened.Container.Marshal(), Review: opened.Question != nil, About: about}
		if err := c.save(inboxDir, name, &in); err != nil {
			return err
		}
		c.noteRecall(name, &in)
		c.Log.Info("received", "message", in.ID, "kind", opened.Parsed.Kind, "entry", in.Entry)
	}
	if err := c.learn(opened.Sender); err != nil {
		return err
	}
	switch {
	case in.Review:
		return c.receipt(name, &in, opened, cleared, "delivered")
	case opened.Parsed.Kind == schemas.KindReceipt:
		return c.confirm(opened)
	case opened.Parsed.Kind == schemas.KindRecall:
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

// cannotOpen is what a recipient says who could not open what he got: no
// confirmation.
const cannotOpen = "cannot-open"

// confirm notes a recipient's receipt for one of our messages.
func (c *Connector) confirm(opened *pki.Opened) error {
	receipt, err := body[schemas.Receipt](opened)
	if err != nil {
		return schemas.Refuse("rcp.entry", "")
	}
	dir, name, err := c.find(receipt.Message, outboxDir, sentDir)
	if err != nil {
		return schemas.Refuse("rcp.unknown", "/message")
	}
	var out Outgoing
	if err := c.read(dir, name, &out); err != nil {
		return err
	}
	if receipt.Manifest != schemas.Digest(out.Manifest) {
		return schemas.Refuse("rcp.digest", "/manifest")
	}
	if !out.addresses(opened.Sender) || out.Kind == schemas.KindRecall && receipt.Event == "delivered" { // who carried out a recall says so
		return schemas.Refuse("rcp.unknown", "/message")
	}
	confirmation := Confirmation{opened.Sender.ID, receipt.Event, receipt.At, opened.Parsed.ID}
	list := &out.Confirmed
	if receipt.Event == cannotOpen {
		list = &out.Failed
	}
	if slices.ContainsFunc(*list, func(c Confirmation) bool {
		return c.Partner == confirmation.Partner && c.Event == confirmation.Event
	}) {
		return nil
	}
	*list = append(*list, confirmation)
	c.Log.Info("confirmed", "message", out.ID, "event", confirmation.Event)
	if dir == sentDir {
		return c.save(sentDir, name, &out)
	}
	return c.put(name, &out)
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
		to = schemas.GatewayID
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
