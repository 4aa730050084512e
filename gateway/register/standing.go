package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"schakel/schemas"
)

// Standing returns what the register knows of a message, or schemas.ErrUnknown.
func (r *Register) Standing(ctx context.Context, message string) (*schemas.Standing, error) {
	s := &schemas.Standing{Settled: schemas.Settled{ID: message}, Grades: map[int]schemas.Graded{}}
	err := r.reader.QueryRowContext(ctx, `SELECT connector, sequence, manifest, previous, thread, entry FROM messages WHERE id = ?`, message).
		Scan(&s.Connector, &s.Sequence, &s.Manifest, &s.Previous, &s.Thread, &s.Entry)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, schemas.ErrUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("read standing: %w", err)
	}
	entry, record, err := r.Entry(ctx, s.Entry)
	if err != nil {
		return nil, err
	}
	s.Event, s.Kind = entry.Event, record.Kind
	if err := r.deliveries(ctx, s); err != nil {
		return nil, fmt.Errorf("read standing: %w", err)
	}
	return s, r.assessed(ctx, s)
}

// deliveries reads the decisions about a message.
func (r *Register) deliveries(ctx context.Context, s *schemas.Standing) error {
	rows, err := r.reader.QueryContext(ctx, `SELECT d.entry, d.closed, e.record, COALESCE(f.stands, 0) FROM deliveries d JOIN entries e ON e.idx = d.entry LEFT JOIN follows f ON f.entry = d.entry WHERE d.message = ? ORDER BY d.entry`, s.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d schemas.Delivered
		var document []byte
		var record schemas.Record
		if err := rows.Scan(&d.Entry, &d.Closed, &document, &d.Stands); err != nil {
			return err
		}
		if err := decode(document, &record); err != nil {
			return err
		}
		d.Recipient, d.Address, d.To, d.Review, d.Outcome = record.Recipient, record.Address, record.To, record.Review, record.Outcome
		d.Disclosed, d.Fields, d.Question, d.Decision = record.Disclosed, record.Fields, record.Question, record.Decision
		d.Released = record.Follow
		s.Deliveries = append(s.Deliveries, d)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	acted := false
	for i := range s.Deliveries {
		d := &s.Deliveries[i]
		switch {
		case d.Outcome == schemas.Hold:
			err = r.approvals(ctx, d)
		case d.Released != nil:
			err = r.follow(ctx, d)
		default:
			continue
		}
		if err != nil {
			return err
		}
		acted = true
	}
	if !acted {
		return nil
	}
	return r.recalls(ctx, s)
}

// follow reads how the review of what left in an emergency stands.
func (r *Register) follow(ctx context.Context, d *schemas.Delivered) error {
	_, record, err := r.Entry(ctx, d.Stands)
	d.Follow = record.Follow
	return err
}

// recalls reads which pointers of a message that was held, or released in an
// emergency, have been recalled or corrected since.
func (r *Register) recalls(ctx context.Context, s *schemas.Standing) error {
	rows, err := r.reader.QueryContext(ctx, `SELECT e.record FROM recalls r JOIN entries e ON e.idx = r.entry WHERE r.message = ? ORDER BY r.entry`, s.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var document []byte
		var record schemas.Record
		if err := rows.Scan(&document); err != nil {
			return err
		}
		if err := decode(document, &record); err != nil {
			return err
		}
		s.Recalls++
		s.Recalled = append(s.Recalled, record.Withhold...)
	}
	return rows.Err()
}

func (r *Register) approvals(ctx context.Context, d *schemas.Delivered) error {
	rows, err := r.reader.QueryContext(ctx, `SELECT a.entry, e.entry, e.record FROM approvals a JOIN entries e ON e.idx = a.entry WHERE a.hold = ? ORDER BY a.entry`, d.Entry)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var given schemas.Given
		var entryJSON, recordJSON []byte
		var entry schemas.Entry
		var record schemas.Record
		if err := rows.Scan(&given.Entry, &entryJSON, &recordJSON); err != nil {
			return err
		}
		if err := errors.Join(decode(entryJSON, &entry), decode(recordJSON, &record)); err != nil {
			return err
		}
		given.Officer, given.Function, given.At, given.Until, given.Withhold = record.Officer, record.Function, entry.Time, record.Until, record.Withhold
		d.Approvals = append(d.Approvals, given)
	}
	return rows.Err()
}

// assessed reads the police grades of a message; a later one replaces an earlier.
func (r *Register) assessed(ctx context.Context, s *schemas.Standing) error {
	rows, err := r.reader.QueryContext(ctx, `SELECT e.record FROM assessments a JOIN entries e ON e.idx = a.entry WHERE a.message = ? ORDER BY a.entry`, s.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var document []byte
		var record schemas.Record
		if err := rows.Scan(&document); err != nil {
			return err
		}
		if err := decode(document, &record); err != nil {
			return err
		}
		for _, graded := range record.Grades {
			s.Grades[*graded.Of] = graded
		}
		s.Handling = record.Handling
	}
	return rows.Err()
}

// Case returns the wrapped key of a case, or nil when it has none yet.
func (r *Register) Case(ctx context.Context, thread string) ([]byte, error) {
	var key []byte
	err := r.reader.QueryRowContext(ctx, `SELECT key FROM cases WHERE thread = ?`, thread).Scan(&key)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return key, err
}

// Content returns the wrapped container of a message and its case, or
// schemas.ErrUnknown when it has been erased.
func (r *Register) Content(ctx context.Context, message string) (thread string, wrapped []byte, err error) {
	err = r.reader.QueryRowContext(ctx, `SELECT thread, wrapped FROM contents WHERE message = ?`, message).Scan(&thread, &wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil, schemas.ErrUnknown
	}
	return thread, wrapped, err
}

// Arrived finds bytes that were settled before on the same line: the message, ""
// when it was not read that far, and the entry of its custody or refusal;
// schemas.ErrUnknown when they are new.
func (r *Register) Arrived(ctx context.Context, sealed, connector string) (message string, entry int64, err error) {
	err = r.reader.QueryRowContext(ctx, `SELECT message, entry FROM arrivals WHERE sealed = ? AND connector = ?`, sealed, connector).Scan(&message, &entry)
	if errors.Is(err, sql.ErrNoRows) {
		return "", 0, schemas.ErrUnknown
	}
	return message, entry, err
}

// Behind reports whether one of the thousand numbers below a connector's number
// is missing: a message that it signed earlier and that has not come. What came and
// could not be read is taken for one of those.
func (r *Register) Behind(ctx context.Context, connector string, sequence int64) (behind bool, err error) {
	first := max(1, sequence-schemas.MaxAhead)
	err = r.reader.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM messages WHERE connector = ?1 AND sequence >= ?2 AND sequence < ?3)
		+ (SELECT COUNT(*) FROM arrivals WHERE connector = ?1 AND message = '') < ?3 - ?2`, connector, first, sequence).Scan(&behind)
	return behind, err
}

// Due lists deliveries without a receipt whose time to be offered again has come.
func (r *Register) Due(ctx context.Context, now time.Time, limit int) ([]schemas.Due, error) {
	rows, err := r.reader.QueryContext(ctx, `SELECT r.entry, d.message, r.connector, r.tries FROM retries r JOIN deliveries d ON d.entry = r.entry WHERE r.due <= ? ORDER BY r.due LIMIT ?`, schemas.At(now), limit)
	if err != nil {
		return nil, fmt.Errorf("read what is due: %w", err)
	}
	defer rows.Close()
	var all []schemas.Due
	for rows.Next() {
		var due schemas.Due
		if err := rows.Scan(&due.Entry, &due.Message, &due.Connector, &due.Tries); err != nil {
			return nil, err
		}
		all = append(all, due)
	}
	return all, rows.Err()
}

// Reviews lists what left in an emergency and must be looked at by now, oldest
// first.
func (r *Register) Reviews(ctx context.Context, now time.Time, limit int) ([]schemas.Review, error) {
	rows, err := r.reader.QueryContext(ctx, `SELECT entry, message FROM follows WHERE due <> '' AND due <= ? ORDER BY due, entry LIMIT ?`, schemas.At(now), limit)
	if err != nil {
		return nil, fmt.Errorf("read reviews: %w", err)
	}
	defer rows.Close()
	var all []schemas.Review
	for rows.Next() {
		var review schemas.Review
		if err := rows.Scan(&review.Entry, &review.Message); err != nil {
			return nil, err
		}
		all = append(all, review)
	}
	return all, rows.Err()
}

// Newest returns the last number that a connector has used, with the digest of that
// manifest; 0 and "" before the first.
func (r *Register) Newest(ctx context.Context, connector string) (sequence int64, manifest string, err error) {
	err = r.reader.QueryRowContext(ctx, `SELECT sequence, manifest FROM messages WHERE connector = ? ORDER BY sequence DESC LIMIT 1`, connector).Scan(&sequence, &manifest)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return sequence, manifest, err
}

// Postpone says when a delivery is to be looked at again, and how often it has
// been offered by now. It is not part of the record.
func (r *Register) Postpone(ctx context.Context, due schemas.Due, until time.Time) error {
	_, err := r.writer.ExecContext(ctx, `UPDATE retries SET tries = ?, due = ? WHERE entry = ? AND connector = ?`, due.Tries, schemas.At(until), due.Entry, due.Connector)
	return err
}

// Told lists what a connector should know of one of its messages, so that all of
// it can be said again.
func (r *Register) Told(ctx context.Context, message, connector string) (schemas.Told, error) {
	var told schemas.Told
	rows, err := r.reader.QueryContext(ctx, `SELECT entry, '' FROM answers WHERE message = ?1 AND connector = ?2
		UNION ALL SELECT o.entry, o.message FROM receipts r
		JOIN messages m ON m.entry = r.entry
		JOIN outbound o ON o.message = m.id AND o.connector = ?2
		WHERE r.message = ?1 ORDER BY 1`, message, connector)
	if err != nil {
		return told, fmt.Errorf("read what was told: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		due := schemas.Due{Connector: connector}
		if err := rows.Scan(&due.Entry, &due.Message); err != nil {
			return told, err
		}
		if due.Message == "" {
			told.Answers = append(told.Answers, due.Entry)
		} else {
			told.Receipts = append(told.Receipts, due)
		}
	}
	return told, rows.Err()
}

// Records returns the signed directory records in use, in the order in which
// they came into use.
func (r *Register) Records(ctx context.Context) ([]schemas.Record, error) {
	rows, err := r.reader.QueryContext(ctx, `SELECT e.record FROM directory d JOIN entries e ON e.idx = d.entry ORDER BY d.entry`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []schemas.Record
	for rows.Next() {
		var document []byte
		var record schemas.Record
		if err := rows.Scan(&document); err != nil {
			return nil, err
		}
		if err := decode(document, &record); err != nil {
			return nil, err
		}
		all = append(all, record)
	}
	return all, rows.Err()
}

// Gap is a number that a connector skipped.
type Gap struct {
	Connector string
	Sequence  int64 // the first missing
}

// Gaps lists the connectors with missing numbers: a message that was signed and
// has not arrived. Numbers begin at 1. A gap is a ticket for a person; it delays
// nothing. What is known to be whole is not looked at again.
func (r *Register) Gaps(ctx context.Context) ([]Gap, error) {
	r.gaps.Lock()
	defer r.gaps.Unlock()
	connectors, err := r.connectors(ctx)
	if err != nil {
		return nil, err
	}
	var gaps []Gap
	for _, connector := range connectors {
		whole, newest, err := r.wholeUntil(ctx, connector, r.whole[connector])
		if err != nil {
			return nil, err
		}
		r.whole[connector] = whole
		if whole < newest {
			gaps = append(gaps, Gap{connector, whole + 1})
		}
	}
	return gaps, nil
}

// wholeUntil is the number up to which nothing of a connector is missing, given one
// that it was before, and its newest number.
func (r *Register) wholeUntil(ctx context.Context, connector string, before int64) (whole, newest int64, err error) {
	err = r.reader.QueryRowContext(ctx, `SELECT MIN(p.number), (SELECT MAX(sequence) FROM messages WHERE connector = ?1)
		FROM (SELECT ?2 AS number UNION ALL SELECT sequence FROM messages WHERE connector = ?1 AND sequence > ?2) p
		WHERE NOT EXISTS (SELECT 1 FROM messages WHERE connector = ?1 AND sequence = p.number + 1)`, connector, before).Scan(&whole, &newest)
	return whole, newest, err
}

// connectors lists who has sent, from one name to the next without reading what
// lies between.
func (r *Register) connectors(ctx context.Context) ([]string, error) {
	rows, err := r.reader.QueryContext(ctx, `WITH RECURSIVE c (name) AS (
			SELECT MIN(connector) FROM messages
			UNION ALL SELECT (SELECT MIN(connector) FROM messages WHERE connector > c.name) FROM c WHERE c.name IS NOT NULL)
		SELECT name FROM c WHERE name IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	return all, rows.Err()
}
