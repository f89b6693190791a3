package feast

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/model-exporter/model_exporter/collector/config"
)

// read says where the rows of a table are.
func (r *repo) read(src *config.Source, s *dataSource, keys []column, cfg *config.Feast) error {
	switch s.store {
	case "file":
		p, err := r.parquet(s.uri, s.endpoint, cfg)
		src.Parquet = p
		return err
	case "postgres":
		t, err := r.postgres(s, keys)
		src.SQL = t
		return err
	case "":
		return fmt.Errorf("it has no table behind it")
	}
	return fmt.Errorf("tables in %s are not read", s.store)
}

// postgres reads the rows of a table in the offline store as they are written: by
// the time of their writing where all rows have it, else by that of their event.
func (r *repo) postgres(s *dataSource, keys []column) (*config.SQL, error) {
	t := config.DefaultSQL
	switch {
	case !strings.Contains(strings.ToLower(r.offline.Type), "postgres"):
		return nil, fmt.Errorf("its table is in postgres, but the offline store is of type %q", r.offline.Type)
	case s.timestamp == "":
		return nil, fmt.Errorf("its table has no timestamp_field")
	case s.table == "" && strings.TrimSpace(s.query) == "":
		return nil, fmt.Errorf("it names no table and no query")
	case strings.ContainsAny(s.query, ";\x00"):
		return nil, fmt.Errorf("its query has a semicolon, so it cannot be part of another one")
	}
	t.Driver, t.DSN = config.Postgres, r.offline.postgresURL(r)
	if t.Table = s.table; s.table == "" {
		t.Query = s.query
	}
	t.Watermark = cmp.Or(s.created, s.timestamp)
	for _, k := range keys {
		t.Key = append(t.Key, s.columnOf(k.name))
	}
	if t.Watermark != s.timestamp || len(t.Key) == 0 {
		t.Key = append(t.Key, s.timestamp)
	}
	return &t, nil
}

// chooseWatermarks reads tables by the time of their events where rows lack the time
// of their writing: they would never be read. What was known before is not asked
// again, because that may read a whole table, and a table should not go from one time
// to the other and back.
func (d *Discovery) chooseWatermarks(ctx context.Context, before *Discovery) {
	d.unset = map[string]bool{}
	for i := range d.Tables {
		t := &d.Tables[i]
		s := t.Source.SQL
		if s == nil || t.Source.View.Created == "" || s.Watermark != t.Source.View.Created {
			continue
		}
		key := tableKey(t)
		unset, known := false, false
		if before != nil {
			unset, known = before.unset[key]
		}
		if !known {
			unset, known = lacks(ctx, s, s.Watermark)
		}
		if known {
			d.unset[key] = unset
		}
		if unset {
			s.Watermark = t.Source.Fields.Timestamp.Paths[0]
			if len(s.Key) > 1 {
				s.Key = s.Key[:len(s.Key)-1] // the timestamp
			}
		}
	}
}

// tableKey names a table in a database, and its column with the time of writing.
func tableKey(t *Table) string {
	if t.Source.SQL == nil {
		return ""
	}
	return strings.Join([]string{t.Source.SQL.DSN, t.Source.SQL.Table, t.Source.SQL.Query, t.Source.View.Created}, "\x00")
}

// lacksTimeout is how long a server may look for a row without a time. In a table
// that is so large there is hardly one if none was found.
const lacksTimeout = 10 * time.Second

// lacks asks a server whether a column is null in any row. What goes wrong otherwise
// is told when the table is read; known is false then.
func lacks(ctx context.Context, s *config.SQL, column string) (is, known bool) {
	c, err := pgx.ParseConfig(s.DSN)
	if err != nil {
		return false, false
	}
	c.RuntimeParams["default_transaction_read_only"] = "on"
	c.RuntimeParams["statement_timeout"] = fmt.Sprint(lacksTimeout.Milliseconds())
	c.RuntimeParams["application_name"] = "model_exporter"
	c.ConnectTimeout = lacksTimeout
	conn, err := pgx.ConnectConfig(ctx, c)
	if err != nil {
		return false, false
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // was only read
	from := "(" + s.Query + "\n) AS q"
	if s.Query == "" {
		from = pgx.Identifier(strings.Split(s.Table, ".")).Sanitize()
	}
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+from+" WHERE "+pgx.Identifier{column}.Sanitize()+" IS NULL)").Scan(&is)
	const canceled = "57014"
	if e := new(pgconn.PgError); errors.As(err, &e) && e.Code == canceled {
		return false, true
	}
	return is, err == nil
}

func (r *repo) parquet(uri, endpoint string, cfg *config.Feast) (*config.Parquet, error) {
	p := config.DefaultParquet
	p.S3 = cfg.S3
	scheme, rest, remote := strings.Cut(uri, "://")
	switch {
	case uri == "":
		return nil, fmt.Errorf("it names no file")
	case !remote:
		uri = r.local(uri)
	case scheme == "file":
		uri = r.local(rest)
	case scheme != "s3" && scheme != "s3a":
		return nil, fmt.Errorf("files at %s:// are not read", scheme)
	default:
		uri = "s3://" + rest
	}
	if endpoint != "" {
		if u, err := url.Parse(endpoint); err == nil && u.Host != "" {
			p.S3.Endpoint, p.S3.Insecure = u.Host, u.Scheme == "http"
		} else {
			p.S3.Endpoint = endpoint
		}
	}
	if _, err := path.Match(uri, ""); err != nil {
		return nil, fmt.Errorf("the path %q cannot be read", uri)
	}
	p.Paths = []string{uri}
	return &p, nil
}
