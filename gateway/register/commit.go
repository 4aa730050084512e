package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"schakel/gateway/tlog"
	"schakel/schemas"
)

// maxBatch bounds the settlements of one transaction.
const maxBatch = 256

// pending is a settlement that waits for the committer.
type pending struct {
	ctx        context.Context
	settlement *schemas.Settlement
	prepared   []prepared
	recorded   *schemas.Recorded
	err        error
	done       chan struct{}
}

// prepared is an event in its written form.
type prepared struct {
	event   schemas.Event
	record  []byte
	opening tlog.Opening
}

// Record commits a settlement. When it returns without error everything in it is
// on disk, in the log under a signed head, for ever. A message that was settled
// before is not settled again: Recorded.Repeat says so and gives its first entry.
// schemas.ErrStale and schemas.ErrEquivocation mean that nothing was written, and so
// does the refusal of an entry that is longer than the log takes. Any other error means that nothing may be assumed: run the message again.
func (r *Register) Record(ctx context.Context, settlement *schemas.Settlement) (*schemas.Recorded, error) {
	p := &pending{ctx: ctx, settlement: settlement, done: make(chan struct{})}
	for _, event := range settlement.Events {
		p.prepared = append(p.prepared, prepare(event))
		if len(p.prepared[len(p.prepared)-1].opening.Entry) > schemas.MaxTextEntry {
			return nil, schemas.Refuse("limit.entry", "")
		}
	}
	if err := r.enqueue(p); err != nil {
		return nil, err
	}
	<-p.done
	return p.recorded, p.err
}

// enqueue hands a settlement to the committer. Once it is in the queue it will be
// answered, also when the register is being closed.
func (r *Register) enqueue(p *pending) error {
	r.gate.RLock()
	defer r.gate.RUnlock()
	if r.closed {
		return errors.New("register is closed")
	}
	select {
	case r.queue <- p:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

// prepare writes an event as it will stand: the record, its digest in the entry,
// the entry.
func prepare(event schemas.Event) prepared {
	record := schemas.Encode(event.Record)
	event.Entry.Protocol = schemas.EntryProtocol
	event.Entry.Record = schemas.RecordDigest(event.Salt, record)
	return prepared{event, record, tlog.Opening{Salt: event.Salt, Entry: schemas.Encode(event.Entry)}}
}

// commitLoop is the one writer. It takes what is waiting, without a timer.
func (r *Register) commitLoop() {
	defer close(r.done)
	for first := range r.queue {
		batch := []*pending{first}
		for len(batch) < maxBatch {
			select {
			case p, ok := <-r.queue:
				if !ok {
					r.commit(batch)
					return
				}
				batch = append(batch, p)
				continue
			default:
			}
			break
		}
		r.commit(batch)
	}
}

// commit writes a batch in one transaction and wakes its callers. A batch that
// fails is tried again one by one, so that one settlement cannot take others
// with it.
func (r *Register) commit(batch []*pending) {
	for _, p := range batch {
		p.recorded, p.err = nil, nil
	}
	err := r.tryWrite(batch)
	for _, p := range batch {
		if err != nil && len(batch) > 1 {
			r.commit([]*pending{p})
			continue
		}
		if err != nil && p.err == nil {
			p.recorded, p.err = nil, fmt.Errorf("commit: %w", err)
		}
		close(p.done)
	}
}

// tryWrite leaves tree and epoch as they were when nothing was written.
func (r *Register) tryWrite(batch []*pending) error {
	r.proof.Lock()
	defer r.proof.Unlock()
	size, epoch := r.tree.Size(), r.directory
	err := r.write(batch)
	if err != nil {
		r.tree.Rewind(size)
		r.directory = epoch
	}
	return err
}

func (r *Register) write(batch []*pending) error {
	tx, err := r.writer.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var leaves []tlog.Hash
	for _, p := range batch {
		first := r.tree.Size() + int64(len(leaves))
		if p.err = p.admit(tx, r.directory); p.err != nil || p.recorded != nil {
			continue
		}
		if err := p.insert(tx, first); err != nil {
			return err
		}
		for _, event := range p.prepared {
			leaves = append(leaves, tlog.LeafHash(event.opening))
			if name := event.event.Entry.Event; name == schemas.EventDirectory || name == schemas.EventRules {
				r.directory++
			}
		}
	}
	if len(leaves) == 0 {
		return nil
	}
	newest, err := r.extend(tx, leaves)
	if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil { // from here on the decisions stand
		return err
	}
	r.head.Store(newest)
	return nil
}

// extend appends leaves to the tree, signs the new head and writes both.
func (r *Register) extend(tx *sql.Tx, leaves []tlog.Hash) (*head, error) {
	tiles, err := r.tree.Append(leaves)
	if err != nil {
		return nil, err
	}
	for _, tile := range tiles {
		if _, err := tx.Exec(`INSERT INTO tiles VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET hashes = excluded.hashes`, tile.Level, tile.N, tile.Data); err != nil {
			return nil, err
		}
	}
	root, err := r.tree.Root()
	if err != nil {
		return nil, err
	}
	checkpoint := tlog.Checkpoint{Origin: r.signer.Name(), Size: r.tree.Size(), Root: root}
	signed, err := checkpoint.Sign(r.signer)
	if err != nil {
		return nil, fmt.Errorf("sign head: %w", err)
	}
	_, err = tx.Exec(`UPDATE meta SET value = ? WHERE name = 'head'`, signed)
	return &head{signed, checkpoint}, err
}

// admit checks, inside the transaction, that the settlement may be written. A
// message known already sets p.recorded.
func (p *pending) admit(tx *sql.Tx, directory int64) error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if m := p.settlement.Message; m != nil {
		known, err := lookup(tx, m)
		if err != nil || known != nil {
			p.recorded = known
			return err
		}
		if err := checkChain(tx, m); err != nil {
			return err
		}
	}
	if known, err := p.arrivedBefore(tx); err != nil || known != nil {
		p.recorded = known
		return err
	}
	return p.checkFresh(tx, directory)
}

// lookup finds a message settled before, by the entry of its custody or refusal.
func lookup(tx *sql.Tx, m *schemas.Settled) (*schemas.Recorded, error) {
	var manifest string
	var entry int64
	err := tx.QueryRow(`SELECT manifest, entry FROM messages WHERE id = ?`, m.ID).Scan(&manifest, &entry)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case manifest != m.Manifest:
		return nil, schemas.ErrEquivocation
	}
	return &schemas.Recorded{Repeat: true, Indexes: []int64{entry}}, nil
}

// checkChain compares a message with its neighbours of the same connector: one
// message per number, each naming the digest of the one before. A gap is no
// fault: the missing one may still be on its way.
func checkChain(tx *sql.Tx, m *schemas.Settled) error {
	rows, err := tx.Query(`SELECT sequence, manifest, previous FROM messages WHERE connector = ? AND sequence BETWEEN ? AND ?`, m.Connector, m.Sequence-1, m.Sequence+1)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var sequence int64
		var manifest, previous string
		if err := rows.Scan(&sequence, &manifest, &previous); err != nil {
			return err
		}
		before := sequence == m.Sequence-1 && manifest != m.Previous
		after := sequence == m.Sequence+1 && previous != m.Manifest
		if before || after || sequence == m.Sequence {
			return schemas.ErrEquivocation
		}
	}
	return rows.Err()
}

// arrivedBefore finds the same bytes settled before on the same line.
func (p *pending) arrivedBefore(tx *sql.Tx) (*schemas.Recorded, error) {
	if len(p.settlement.Events) == 0 || p.settlement.Events[0].Record.Sealed == "" {
		return nil, nil
	}
	first := p.settlement.Events[0].Record
	var entry int64
	err := tx.QueryRow(`SELECT entry FROM arrivals WHERE sealed = ? AND connector = ?`, first.Sealed, first.Connector).Scan(&entry)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &schemas.Recorded{Repeat: true, Indexes: []int64{entry}}, err
}

// checkFresh refuses a decision whose ground has moved: the directory, the
// approvals and recalls of a held message, the review of what left in an emergency, or a case that got its key from another message meanwhile, so that
// this content is wrapped under a key that nobody would keep.
func (p *pending) checkFresh(tx *sql.Tx, directory int64) error {
	if p.settlement.Directory != directory {
		return schemas.ErrStale
	}
	if p.settlement.CaseKey != nil {
		var known bool
		err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM cases WHERE thread = ?)`, p.settlement.Message.Thread).Scan(&known)
		if err != nil {
			return err
		}
		if known {
			return schemas.ErrStale
		}
	}
	for hold, counted := range p.settlement.Approvals {
		var given int
		var closed bool
		err := tx.QueryRow(`SELECT (SELECT COUNT(*) FROM approvals WHERE hold = deliveries.entry) + (SELECT COUNT(*) FROM recalls WHERE message = deliveries.message), closed FROM deliveries WHERE entry = ?`, hold).Scan(&given, &closed)
		if err != nil {
			return err
		}
		if given != counted || closed {
			return schemas.ErrStale
		}
	}
	return p.checkFollows(tx)
}

// checkFollows refuses a decision about a review that has moved on.
func (p *pending) checkFollows(tx *sql.Tx) error {
	for delivery, stood := range p.settlement.Follows {
		var stands int64
		if err := tx.QueryRow(`SELECT stands FROM follows WHERE entry = ?`, delivery).Scan(&stands); err != nil {
			return err
		}
		if stands != stood {
			return schemas.ErrStale
		}
	}
	return nil
}

// insert writes the settlement's rows, its first event at position first.
func (p *pending) insert(tx *sql.Tx, first int64) error {
	p.recorded = &schemas.Recorded{}
	for i, event := range p.prepared {
		index := first + int64(i)
		if _, err := tx.Exec(`INSERT INTO entries VALUES (?, ?, ?, ?)`, index, event.opening.Salt, event.opening.Entry, event.record); err != nil {
			return err
		}
		if err := project(tx, index, &event.event.Entry, &event.event.Record); err != nil {
			return err
		}
		p.recorded.Indexes = append(p.recorded.Indexes, index)
	}
	return p.insertContent(tx)
}

func (p *pending) insertContent(tx *sql.Tx) error {
	s := p.settlement
	if s.CaseKey != nil {
		if _, err := tx.Exec(`INSERT INTO cases VALUES (?, ?)`, s.Message.Thread, s.CaseKey); err != nil {
			return err
		}
	}
	if s.Content != nil {
		if _, err := tx.Exec(`INSERT INTO contents VALUES (?, ?, ?)`, s.Message.ID, s.Message.Thread, s.Content); err != nil {
			return err
		}
	}
	return nil
}

func decode(document []byte, value any) error {
	return json.Unmarshal(document, value, json.RejectUnknownMembers(true))
}
