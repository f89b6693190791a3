package feast

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"strings"

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
// the time of their writing where it is known, else by that of their event.
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
