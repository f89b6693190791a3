package feast

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"github.com/model-exporter/model_exporter/collector/config"
	ft "github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

// writeSQL splits a registry into the tables of one in a database.
func writeSQL(t *testing.T, exec func(statement string, args ...any), blob string, message []byte) {
	t.Helper()
	tables := map[int][2]string{1: {"entities", "entity"}, 6: {"feature_views", "feature_view"}, 7: {"feature_services", "feature_service"}, 14: {"stream_feature_views", "feature_view"}}
	for _, name := range tables {
		exec(fmt.Sprintf("CREATE TABLE %s (%s_name VARCHAR(255), project_id VARCHAR(255), last_updated_timestamp BIGINT, %s_proto %s)", name[0], name[1], name[1], blob))
	}
	n := 0
	err := each(message, func(f field) error {
		if name, ok := tables[int(f.num)]; ok {
			for _, project := range []string{ft.Project, "another"} {
				n++
				exec("INSERT INTO "+name[0]+" VALUES ($1, $2, $3, $4)", fmt.Sprint(n), project, 0, f.bytes)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestSQLRegistry discovers the same from a database as from a file.
func TestSQLRegistry(t *testing.T) {
	message := ft.Registry([]ft.View{
		{Name: "stats", Owner: "me", Path: "stats.parquet", TTL: time.Hour, Entities: []string{"driver"}, Features: []ft.Field{ft.Column(4, "x", ft.Double64)}},
	}, ft.Nested(7, ft.Nested(1, ft.Text(1, "ranking"), ft.Text(2, ft.Project), ft.Nested(3, ft.Text(1, "stats"), ft.Column(2, "x", ft.Double64)))),
		ft.Nested(14, ft.Nested(1, ft.Text(1, "clicks"), ft.Text(2, ft.Project), ft.Column(4, "n", ft.Int64), ft.Nested(10, ft.Nested(11, ft.Text(2, "clicks.parquet"))))))
	want := discoverIn(t, config.DefaultFeast, message)
	same := func(t *testing.T, address string) {
		t.Helper()
		r := *testRepo
		r.sql, r.registry = true, address
		found, err := r.load(t.Context(), config.S3{})
		if err != nil {
			t.Fatal(err)
		}
		cfg := config.DefaultFeast
		zones := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
		if diff := cmp.Diff(r.discover(found, &cfg), want, zones, cmpopts.IgnoreUnexported(Discovery{})); diff != "" || len(want.Tables) != 2 {
			t.Errorf("discovery (-database +file):\n%s", diff)
		}
		r.project = "nobody's"
		if found, err = r.load(t.Context(), config.S3{}); err != nil || len(found.views) > 0 {
			t.Errorf("another project has %d views, %v", len(found.views), err)
		}
		if err := r.checkProject(t.Context(), found); err == nil || !strings.Contains(err.Error(), `has views of "another", "my_project"`) {
			t.Errorf("another project: error %v, want one that names the registry's", err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "registry.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		writeSQL(t, func(statement string, args ...any) {
			if _, err := db.Exec(statement, args...); err != nil {
				t.Fatal(statement, err)
			}
		}, "BLOB", message)
		same(t, "sqlite://"+path)
	})
	t.Run("postgres", func(t *testing.T) {
		address := os.Getenv("MODEL_EXPORTER_POSTGRES")
		if address == "" {
			t.Skip("MODEL_EXPORTER_POSTGRES is not set")
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		schema := fmt.Sprintf("model_exporter_registry_%d", os.Getpid())
		q := u.Query()
		q.Set("search_path", schema)
		u.RawQuery = q.Encode()
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, u.String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		exec := func(statement string, args ...any) {
			t.Helper()
			if _, err := conn.Exec(ctx, statement, args...); err != nil {
				t.Fatal(statement, err)
			}
		}
		exec("CREATE SCHEMA " + schema)
		defer exec("DROP SCHEMA " + schema + " CASCADE")
		writeSQL(t, exec, "BYTEA", message)
		same(t, u.String())
	})
}

func TestSQLRegistryThatIsNone(t *testing.T) {
	r := *testRepo
	r.sql, r.registry = true, "sqlite://"+filepath.Join(t.TempDir(), "none.db")
	if _, err := r.load(t.Context(), config.S3{}); err == nil || !strings.Contains(err.Error(), "table entities") {
		t.Errorf("error %v, want one that names the table", err)
	}
}

// TestPostgresTable reads a view's table in PostgreSQL by the columns that the
// registry names.
func TestPostgresTable(t *testing.T) {
	r := *testRepo
	r.offline = store{Type: "postgres", Host: "db", Database: "d", User: "u", Schema: "s"}
	custom := func(json string) []ft.Field {
		return []ft.Field{ft.Number(1, 6), ft.Text(3, "ts"), ft.Text(17, "feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source.PostgreSQLSource"), ft.Nested(16, ft.Text(1, json))}
	}
	base := config.DefaultSQL
	base.Driver, base.DSN = config.Postgres, "postgres://u@db/d?search_path=s"
	for _, test := range []struct {
		name   string
		source []ft.Field
		want   func(s *config.SQL)
		reason string
	}{
		{"table", custom(`{"name": "n", "table": "stats", "query": ""}`), func(s *config.SQL) { s.Table, s.Watermark, s.Key = "stats", "ts", []string{"driver_id"} }, ""},
		{"query", append(custom(`{"query": "SELECT * FROM x"}`), ft.Text(5, "created")), func(s *config.SQL) {
			s.Query, s.Watermark, s.Key = "SELECT * FROM x", "created", []string{"driver_id", "ts"}
		}, ""},
		{"two statements", custom(`{"query": "SELECT 1; DROP TABLE x"}`), nil, "its query has a semicolon, so it cannot be part of another one"},
		{"nothing", custom(`{}`), nil, "it names no table and no query"},
	} {
		t.Run(test.name, func(t *testing.T) {
			view := ft.View{Name: "stats", Entities: []string{"driver"}, Features: []ft.Field{ft.Column(4, "x", ft.Double64)}, Source: test.source}
			found, err := parseRegistry(ft.Registry([]ft.View{view}))
			if err != nil {
				t.Fatal(err)
			}
			cfg := config.DefaultFeast
			d := r.discover(found, &cfg)
			if test.reason != "" {
				if len(d.Skipped) != 1 || d.Skipped[0].Reason != test.reason {
					t.Errorf("skipped %v, want %q", d.Skipped, test.reason)
				}
				return
			}
			if len(d.Tables) != 1 {
				t.Fatalf("skipped %v", d.Skipped)
			}
			want := base
			test.want(&want)
			if diff := cmp.Diff(d.Tables[0].Source.SQL, &want); diff != "" {
				t.Errorf("table (-got +want):\n%s", diff)
			}
		})
	}
}

// TestRowsWithoutCreated reads a table by the time of its events if rows lack that of
// their writing, which is asked once.
func TestRowsWithoutCreated(t *testing.T) {
	address := os.Getenv("MODEL_EXPORTER_POSTGRES")
	if address == "" {
		t.Skip("MODEL_EXPORTER_POSTGRES is not set")
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	exec := func(statement string) {
		t.Helper()
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatal(statement, err)
		}
	}
	schema := fmt.Sprintf("model_exporter_created_%d", os.Getpid())
	exec("CREATE SCHEMA " + schema)
	defer exec("DROP SCHEMA " + schema + " CASCADE")
	exec("SET search_path TO " + schema)
	exec("CREATE TABLE stats (driver_id INT, ts TIMESTAMPTZ, created TIMESTAMPTZ, x REAL)")
	exec("INSERT INTO stats SELECT 1, now(), now(), i FROM generate_series(1, 100) i")
	source := func(json string) []ft.Field {
		return []ft.Field{ft.Text(3, "ts"), ft.Text(5, "created"), ft.Text(17, "PostgreSQLSource"), ft.Nested(16, ft.Text(1, json))}
	}
	features := []ft.Field{ft.Column(4, "x", ft.Double64)}
	dir := t.TempDir()
	repo := fmt.Sprintf("project: %s\nregistry: r.db\nonline_store:\noffline_store: { type: postgres, host: %s, port: %s, database: %s, user: %s, db_schema: %s, sslmode: disable }",
		ft.Project, u.Hostname(), u.Port(), strings.Trim(u.Path, "/"), u.User.Username(), schema)
	err = errors.Join(os.WriteFile(filepath.Join(dir, "feature_store.yaml"), []byte(repo), 0o644),
		os.WriteFile(filepath.Join(dir, "r.db"), ft.Registry([]ft.View{
			{Name: "a", Entities: []string{"driver"}, Features: features, Source: source(`{"table": "stats"}`)},
			{Name: "b", Features: features, Source: source(`{"query": "SELECT * FROM stats -- all"}`)},
			{Name: "c", Entities: []string{"driver"}, Features: features, Source: source(`{"table": "not there"}`)},
		}), 0o644))
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.DefaultFeast
	cfg.Repo = dir
	look := func(before *Discovery) (d *Discovery, got []string) {
		t.Helper()
		d, err := discoverAfter(ctx, cfg, before)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Tables {
			s := d.Tables[i].Source.SQL
			got = append(got, fmt.Sprint(d.Tables[i].Name, " ", s.Watermark, s.Key))
		}
		return d, got
	}
	all := []string{"a created[driver_id ts]", "b created[ts]", "c created[driver_id ts]"}
	d, got := look(nil)
	if diff := cmp.Diff(got, all); diff != "" {
		t.Errorf("all rows have a time (-got +want):\n%s", diff)
	}
	exec("INSERT INTO stats VALUES (2, now(), NULL, 1)")
	if _, got = look(d); !cmp.Equal(got, all) {
		t.Errorf("asked again: %v, want %v", got, all)
	}
	exec("CREATE TABLE \"not there\" AS SELECT * FROM stats")
	if _, got = look(d); !cmp.Equal(got, []string{all[0], all[1], "c ts[driver_id]"}) {
		t.Errorf("a table that is there now: %v", got)
	}
	if _, got = look(nil); !cmp.Equal(got, []string{"a ts[driver_id]", "b ts[ts]", "c ts[driver_id]"}) {
		t.Errorf("rows without a time: %v", got)
	}
}
