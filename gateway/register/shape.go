package register

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
)

// querier is what reads: a database, or one transaction of it.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// scratch is an empty register in memory: to compare a stored one with, and to
// build projections in again.
func scratch() (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file::memory:?_pragma=synchronous(OFF)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schemaSQL); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// errShape says that a database is not one of this program's.
var errShape = errors.New("the register's tables are not those of this program")

// checkShape refuses a database that schema.sql did not make as it made fresh: of
// another version, or with a table, column, index or trigger more or less.
func checkShape(ctx context.Context, db, fresh querier) error {
	stored, err := version(ctx, db)
	if err != nil {
		return err
	}
	known, err := version(ctx, fresh)
	if err != nil {
		return err
	}
	if stored != known {
		return fmt.Errorf("%w: it has schema %d, this program knows %d", errShape, stored, known)
	}
	got, err := dump(ctx, db, shape)
	if err != nil {
		return err
	}
	want, err := dump(ctx, fresh, shape)
	if err != nil {
		return err
	}
	if !maps.Equal(got, want) {
		return errShape
	}
	return nil
}

// shape lists what a database is made of. Comments in schema.sql are no part of
// it.
const shape = `SELECT m.type, m.name, m.tbl_name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_master m LEFT JOIN pragma_table_xinfo(m.name) c`

func version(ctx context.Context, db querier) (number int, err error) {
	err = db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&number)
	return number, err
}

// dump reads rows as text with their count.
func dump(ctx context.Context, db querier, query string) (map[string]int, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values := make([]any, len(columns))
	pointers := make([]any, len(columns))
	for i := range values {
		pointers[i] = &values[i]
	}
	all := map[string]int{}
	for rows.Next() {
		if err := rows.Scan(pointers...); err != nil {
			return nil, err
		}
		all[fmt.Sprintf("%#v", values)]++
	}
	return all, rows.Err()
}
