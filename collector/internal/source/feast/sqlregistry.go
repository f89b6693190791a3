package feast

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite" // the driver
)

// sqlTables are the tables of a registry in a database that are read: the column
// with what is a field of the file registry, by the number of that field.
var sqlTables = []struct {
	table, column string
	add           func(*registry, []byte) error
}{
	{"entities", "entity_proto", (*registry).addEntity},
	{"feature_views", "feature_view_proto", func(r *registry, b []byte) error { return r.addView(b, batchSpec) }},
	{"stream_feature_views", "feature_view_proto", func(r *registry, b []byte) error { return r.addView(b, streamSpec) }},
	{"feature_services", "feature_service_proto", (*registry).addService},
}

// loadSQL reads the project's part of a registry in a database.
func (r *repo) loadSQL(ctx context.Context) (*registry, error) {
	db, err := openRegistry(ctx, r.registry)
	if err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	defer db.close()
	found, size := &registry{}, 0
	for _, t := range sqlTables {
		err := db.query(ctx, "SELECT "+t.column+" FROM "+t.table+" WHERE project_id = $1", r.project, func(message []byte) error {
			if size += len(message); size > maxRegistry {
				return errors.New("the registry is larger than 128 MiB")
			}
			return t.add(found, message)
		})
		if err != nil {
			return nil, fmt.Errorf("registry: table %s: %w", t.table, err)
		}
	}
	return found, nil
}

// loadProjects lists the projects that have views in a registry in a database.
func (r *repo) loadProjects(ctx context.Context) ([]string, error) {
	db, err := openRegistry(ctx, r.registry)
	if err != nil {
		return nil, err
	}
	defer db.close()
	var names []string
	err = db.query(ctx, "SELECT DISTINCT project_id FROM feature_views WHERE project_id <> $1 ORDER BY 1 LIMIT 1000", r.project, func(name []byte) error {
		names = append(names, string(name))
		return nil
	})
	return names, err
}

// database is a connection that only reads.
type database struct {
	// query calls use with the one column of each row.
	query func(ctx context.Context, statement, arg string, use func([]byte) error) error
	close func()
}

func openRegistry(ctx context.Context, address string) (*database, error) {
	if path, ok := strings.CutPrefix(address, "sqlite://"); ok {
		return openSQLite(path)
	}
	return openPostgres(ctx, address)
}

func openSQLite(path string) (*database, error) {
	u := url.URL{Scheme: "file", Path: path, RawQuery: "mode=ro&_pragma=busy_timeout(5000)"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return nil, err
	}
	query := func(ctx context.Context, statement, arg string, use func([]byte) error) error {
		rows, err := db.QueryContext(ctx, statement, arg)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var message sql.RawBytes
			if err := rows.Scan(&message); err != nil {
				return err
			}
			if err := use(message); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	return &database{query, func() { _ = db.Close() }}, nil // was only read
}

func openPostgres(ctx context.Context, address string) (*database, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["statement_timeout"] = fmt.Sprint(loadTimeout.Milliseconds())
	c.RuntimeParams["application_name"] = "model_exporter"
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	query := func(ctx context.Context, statement, arg string, use func([]byte) error) error {
		rows, err := conn.Query(ctx, statement, arg)
		if err != nil {
			return err
		}
		var message []byte
		_, err = pgx.ForEachRow(rows, []any{&message}, func() error { return use(message) })
		return err
	}
	return &database{query, func() { _ = conn.Close(context.WithoutCancel(ctx)) }}, nil // was only read
}
