package register

import (
	"database/sql"
	"errors"
	"slices"
	"time"

	"schakel/schemas"
)

// project makes the rows that follow from one event. It is the only writer of
// the projection tables, so that Check can build them again from the log.
func project(tx *sql.Tx, index int64, entry *schemas.Entry, r *schemas.Record) error {
	if r.Of == nil && slices.Contains(aboutAnother, entry.Event) {
		return errors.New("the event names no entry that it is about")
	}
	if err := projectEvent(tx, index, entry, r); err != nil || r.Follow == nil {
		return err
	}
	return projectFollow(tx, index, entry.Event, r)
}

func projectEvent(tx *sql.Tx, index int64, entry *schemas.Entry, r *schemas.Record) error {
	switch event := entry.Event; event {
	case schemas.EventSubmitted, schemas.EventAsked, schemas.EventDelivered, schemas.EventOpened, schemas.EventApplied, schemas.EventFailed,
		schemas.EventApproved, schemas.EventDeclined, schemas.EventReturned, schemas.EventAssessed, schemas.EventReminded:
		return projectMessage(tx, index, event, r)
	case schemas.EventInformed, schemas.EventRecalled:
		return projectAnswer(tx, index, r.About, r.Connector)
	case schemas.EventRefused:
		return projectRefusal(tx, index, r)
	case schemas.EventDecided, schemas.EventReleased:
		return projectDelivery(tx, index, entry, r)
	case schemas.EventDirectory, schemas.EventRules:
		_, err := tx.Exec(`INSERT INTO directory VALUES (?, ?, ?, (SELECT COALESCE(MAX(epoch), 0) + 1 FROM directory))
			ON CONFLICT DO UPDATE SET version = excluded.version, entry = excluded.entry, epoch = excluded.epoch`, r.ID, r.Version, index)
		return err
	}
	return nil
}

// aboutAnother lists the events that act on an earlier entry.
var aboutAnother = []string{
	schemas.EventDelivered, schemas.EventOpened, schemas.EventApplied, schemas.EventFailed,
	schemas.EventApproved, schemas.EventDeclined, schemas.EventReturned, schemas.EventReleased,
	schemas.EventRecalled, schemas.EventReminded,
}

// projectMessage writes the row of a message taken, and what it did to others.
func projectMessage(tx *sql.Tx, index int64, event string, r *schemas.Record) error {
	_, err := tx.Exec(`INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Message, r.Connector, r.Sequence, r.Manifest, r.Previous, r.Thread, index)
	if err != nil {
		return err
	}
	if err := projectAnswer(tx, index, r.Message, r.Connector); err != nil {
		return err
	}
	if err := projectArrival(tx, index, r); err != nil {
		return err
	}
	switch event {
	case schemas.EventDelivered, schemas.EventOpened, schemas.EventApplied, schemas.EventFailed:
		return projectReceipt(tx, index, event, r)
	case schemas.EventApproved:
		_, err = tx.Exec(`INSERT INTO approvals VALUES (?, ?, ?, ?)`, index, *r.Of, r.Officer, r.Function)
	case schemas.EventDeclined, schemas.EventReturned:
		if _, err = tx.Exec(`UPDATE deliveries SET closed = 1 WHERE entry = ? AND outcome = 'hold'`, *r.Of); err == nil {
			err = dropContent(tx, r.About)
		}
	case schemas.EventAssessed:
		_, err = tx.Exec(`INSERT INTO assessments VALUES (?, ?)`, index, r.About)
	case schemas.EventSubmitted:
		if r.Kind == schemas.KindRecall && r.About != "" {
			_, err = tx.Exec(`INSERT INTO recalls VALUES (?, ?)`, index, r.About)
		}
	}
	return err
}

// projectArrival notes the bytes of what came, so that they are known again.
func projectArrival(tx *sql.Tx, index int64, r *schemas.Record) error {
	if r.Sealed == "" {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO arrivals VALUES (?, ?, ?, ?)`, r.Sealed, r.Connector, r.Message, index)
	return err
}

// projectAnswer notes that a connector is to be told of an entry.
func projectAnswer(tx *sql.Tx, index int64, message, connector string) error {
	_, err := tx.Exec(`INSERT INTO answers VALUES (?, ?, ?)`, index, message, connector)
	return err
}

// projectReceipt closes a delivery, and drops the content when nothing needs it
// any more. Word that a delivery could not be opened closes nothing.
func projectReceipt(tx *sql.Tx, index int64, event string, r *schemas.Record) error {
	if _, err := tx.Exec(`INSERT INTO receipts VALUES (?, ?)`, index, r.About); err != nil || event == schemas.EventFailed {
		return err
	}
	_, err := tx.Exec(`UPDATE outbound SET receipt = ? WHERE entry = ? AND connector = ? AND receipt < 0`, index, *r.Of, r.Connector)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM retries WHERE entry = ? AND connector = ?`, *r.Of, r.Connector); err != nil {
		return err
	}
	return dropContent(tx, r.About)
}

// projectFollow notes how the review of what left in an emergency stands. A decision
// begins it for its own delivery; any other event is about an earlier one.
func projectFollow(tx *sql.Tx, index int64, event string, r *schemas.Record) error {
	entry, message := index, r.Message
	if event != schemas.EventDecided && event != schemas.EventReleased {
		entry, message = *r.Of, r.About
	}
	_, err := tx.Exec(`INSERT INTO follows VALUES (?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET stands = excluded.stands, due = excluded.due, open = excluded.open`, entry, message, index, r.Follow.Due, r.Follow.Open())
	if err != nil {
		return err
	}
	return dropContent(tx, message)
}

// dropContent erases the wrapped container of a message when every delivery has
// its receipt, no hold and no review afterwards is open, and no law asks for a copy
// (Wpg 32(2)).
func dropContent(tx *sql.Tx, message string) error {
	_, err := tx.Exec(`DELETE FROM contents WHERE message = ?1
		AND NOT EXISTS (SELECT 1 FROM outbound WHERE message = ?1 AND receipt < 0)
		AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = ?1 AND (retain = 1 OR outcome = 'hold' AND closed = 0))
		AND NOT EXISTS (SELECT 1 FROM follows WHERE message = ?1 AND open = 1)`, message)
	return err
}

// projectRefusal writes what was refused: by its bytes, and by its id and number
// when it could be read that far.
func projectRefusal(tx *sql.Tx, index int64, r *schemas.Record) error {
	if r.Message != "" {
		if _, err := tx.Exec(`INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)`, r.Message, r.Connector, r.Sequence, r.Manifest, r.Previous, r.Thread, index); err != nil {
			return err
		}
		if err := projectAnswer(tx, index, r.Message, r.Connector); err != nil {
			return err
		}
	}
	return projectArrival(tx, index, r)
}

// retryAfter is how long a first delivery may take before it is offered again.
const retryAfter = 10 * time.Second

// projectDelivery writes a decision and, when something leaves, what is to be
// sent to which connector.
func projectDelivery(tx *sql.Tx, index int64, entry *schemas.Entry, r *schemas.Record) error {
	_, err := tx.Exec(`INSERT INTO deliveries (entry, message, recipient, outcome, review, retain) VALUES (?, ?, ?, ?, ?, ?)`, index, r.Message, r.Recipient, r.Outcome, r.Review, r.Retain)
	if err != nil {
		return err
	}
	if r.Of != nil { // the hold is decided: it leaves, or the rules now say that it may not
		if _, err := tx.Exec(`UPDATE deliveries SET closed = 1 WHERE entry = ?`, *r.Of); err != nil {
			return err
		}
		if r.Outcome == schemas.Deny {
			return dropContent(tx, r.Message)
		}
	}
	for _, connector := range r.Connectors {
		if _, err := tx.Exec(`INSERT INTO outbound (entry, connector, message) VALUES (?, ?, ?)`, index, connector, r.Message); err != nil {
			return err
		}
		if r.Kind == schemas.KindReceipt { // a receipt gets no receipt
			continue
		}
		if _, err := tx.Exec(`INSERT INTO retries VALUES (?, ?, 0, ?)`, index, connector, later(entry.Time, retryAfter)); err != nil {
			return err
		}
	}
	return nil
}

// later adds to an instant; what is no instant is due at once.
func later(instant string, wait time.Duration) string {
	at, err := time.Parse(schemas.Instant, instant)
	if err != nil {
		return ""
	}
	return schemas.At(at.Add(wait))
}
