package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"schakel/schemas"
)

// Past is one event as the log keeps it: its entry and the record that the entry
// names.
type Past struct {
	Index  int64
	Entry  schemas.Entry
	Record schemas.Record
}

// ReadDecisions hands on every decision since an instant, in the order of the log.
// It may read beside the gateway, and writes nothing. A record that is not the one
// its entry names is an error.
func ReadDecisions(ctx context.Context, path, since string, take func(Past) error) error {
	return history(ctx, path, take, `SELECT e.idx, e.salt, e.entry, e.record FROM deliveries d JOIN entries e ON e.idx = d.entry
		WHERE json_extract(CAST(e.entry AS TEXT), '$.time') >= ? ORDER BY e.idx`, since)
}

// ReadRules hands on every rule set that came into force, in the order of the log.
func ReadRules(ctx context.Context, path string, take func(Past) error) error {
	return history(ctx, path, take, `SELECT e.idx, e.salt, e.entry, e.record FROM directory d JOIN entries e ON e.idx = d.entry
		WHERE d.id LIKE 'rules/%' ORDER BY e.idx`)
}

func history(ctx context.Context, path string, take func(Past) error, query string, arguments ...any) error {
	if _, err := os.Lstat(path); err != nil {
		return fmt.Errorf("read register: %w", err)
	}
	db, err := open(path, "&mode=ro&_pragma=query_only(1)")
	if err != nil {
		return err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, query, arguments...)
	if err != nil {
		return fmt.Errorf("read register: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		past, err := scanPast(rows)
		if err != nil {
			return err
		}
		if err := take(past); err != nil {
			return err
		}
	}
	return rows.Err()
}

func scanPast(rows *sql.Rows) (Past, error) {
	var past Past
	var salt, entry, record []byte
	if err := rows.Scan(&past.Index, &salt, &entry, &record); err != nil {
		return past, err
	}
	err := errors.Join(decode(entry, &past.Entry), decode(record, &past.Record))
	if err == nil && schemas.RecordDigest(salt, record) != past.Entry.Record {
		err = errors.New("the record is not the one the entry names")
	}
	if err != nil {
		return past, fmt.Errorf("read entry %d: %w", past.Index, err)
	}
	return past, nil
}
