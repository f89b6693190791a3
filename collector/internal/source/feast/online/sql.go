package online

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Both databases have a table per view, called <project>_<view>, with a row per
// entity and feature: entity_key, feature_name, value, event_ts.

// rows gathers what was read of entities in the order in which they were asked for.
type rows struct {
	all   []found
	index map[string]int // by serialized key
}

func newRows(keys [][]byte) *rows {
	r := &rows{all: make([]found, len(keys)), index: make(map[string]int, len(keys))}
	for i, key := range keys {
		r.index[string(key)] = i
		r.all[i].time, r.all[i].values = event.NoTime, map[string][]byte{}
	}
	return r
}

func (r *rows) add(key []byte, feature string, value []byte, at time.Time) {
	i, ok := r.index[string(key)]
	if !ok {
		return
	}
	f := &r.all[i]
	f.ok = true
	f.values[feature] = value
	if year := at.Year(); year > 1700 && year < 2250 { // what Unix nanoseconds hold
		f.time = max(f.time, at.UnixNano())
	}
}

func tableOf(v *config.View) string { return v.Project + "_" + v.Name }

// lookupPostgres reads with one statement on a connection that cannot write.
func lookupPostgres(ctx context.Context, o *config.Online, v *config.View, keys [][]byte) ([]found, error) {
	c, err := pgx.ParseConfig(o.Address)
	if err != nil {
		return nil, err
	}
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["statement_timeout"] = fmt.Sprint(lookTimeout.Milliseconds())
	c.RuntimeParams["application_name"] = "model_exporter"
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	read, err := conn.Query(ctx, "SELECT entity_key, feature_name, value, event_ts FROM "+pgx.Identifier{tableOf(v)}.Sanitize()+" WHERE entity_key = ANY($1)", keys)
	if err != nil {
		return nil, err
	}
	defer read.Close()
	r := newRows(keys)
	for read.Next() {
		var key, value []byte
		var feature string
		var at *time.Time
		if err := read.Scan(&key, &feature, &value, &at); err != nil {
			return nil, err
		}
		if at == nil {
			at = new(time.Time)
		}
		r.add(key, feature, value, *at)
	}
	return r.all, read.Err()
}

// sqliteKeys is how many keys one statement names.
const sqliteKeys = 500

func lookupSQLite(ctx context.Context, o *config.Online, v *config.View, keys [][]byte) ([]found, error) {
	address := url.URL{Scheme: "file", Path: o.Address, RawQuery: "mode=ro&_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, err
	}
	defer db.Close()
	r := newRows(keys)
	for len(keys) > 0 {
		n := min(len(keys), sqliteKeys)
		if err := r.readSQLite(ctx, db, tableOf(v), keys[:n]); err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return r.all, nil
}

func (r *rows) readSQLite(ctx context.Context, db *sql.DB, table string, keys [][]byte) error {
	args := make([]any, len(keys))
	for i, key := range keys {
		args[i] = key
	}
	read, err := db.QueryContext(ctx, `SELECT entity_key, feature_name, value, event_ts FROM "`+strings.ReplaceAll(table, `"`, `""`)+
		`" WHERE entity_key IN (?`+strings.Repeat(",?", len(keys)-1)+")", args...)
	if err != nil {
		return err
	}
	defer read.Close()
	for read.Next() {
		var key, value []byte
		var feature string
		var at any
		if err := read.Scan(&key, &feature, &value, &at); err != nil {
			return err
		}
		r.add(key, feature, value, sqliteTime(at))
	}
	return read.Err()
}

// sqliteTime reads a time in UTC: the driver parses what its column declares as
// one, and leaves the rest as text.
func sqliteTime(x any) time.Time {
	switch x := x.(type) {
	case time.Time:
		return x
	case string:
		for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.RFC3339} {
			if t, err := time.Parse(layout, x); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}
