package feast

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/config"
	ft "github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

func TestRepo(t *testing.T) {
	t.Setenv("FEAST_PASSWORD", "p@ss")
	redis := &config.Online{Store: "redis", Address: "r:6379,db=1,ssl=true", KeyVersion: 3}
	for _, test := range []struct {
		name, text string
		registry   string
		online     *config.Online
		reason     string
		err        string
	}{
		{"redis", "project: p\nregistry: data/r.db\nonline_store: { type: redis, connection_string: 'r:6379,db=1,ssl=true' }\nplug_in: [1]", "/repo/data/r.db", redis, "", ""},
		{"sqlite by default", "project: p\nregistry: { path: /r.db, cache_ttl_seconds: 5 }\nentity_key_serialization_version: 2", "/r.db", &config.Online{Store: "sqlite", Address: "/repo/data/online.db", KeyVersion: 2}, "", ""},
		{"postgres", "project: p\nregistry: s3://b/r.db\nonline_store: { type: postgres, host: h, port: 5432, database: d, db_schema: s, user: u, password: '${FEAST_PASSWORD}', sslmode: require }",
			"s3://b/r.db", &config.Online{Store: "postgres", Address: "postgres://u:p%40ss@h:5432/d?search_path=s&sslmode=require", KeyVersion: 3}, "", ""},
		{"no online store", "project: p\nonline_store: null", "/repo/data/registry.db", nil, "there is none", ""},
		{"cloud", "project: p\nprovider: aws\nregistry: file:///r.db", "/r.db", nil, "there is none", ""},
		{"other online store", "project: p\nonline_store: { type: dynamodb, region: x }", "/repo/data/registry.db", nil, `online stores of type "dynamodb" are not read; sqlite, postgres and redis are`, ""},
		{"quoted keys", "project: p\nentity_key_serialization_version: \"2\"", "/repo/data/registry.db", &config.Online{Store: "sqlite", Address: "/repo/data/online.db", KeyVersion: 2}, "", ""},
		{"keys that are no number", "project: p\nentity_key_serialization_version: two", "", nil, "", `line 2: "two" is no whole number`},
		{"old keys", "project: p\nentity_key_serialization_version: 1", "/repo/data/registry.db", nil, "entity keys of version 1 are not read; 2 and 3 are", ""},
		{"cluster", "project: p\nonline_store: { type: redis, redis_type: redis_cluster }", "/repo/data/registry.db", nil, "redis clusters are not read", ""},
		{"sql registry", "project: p\nregistry: { registry_type: sql, path: 'postgresql+psycopg://u:$FEAST_PASSWORD@h/d' }\nonline_store:", "postgres://u:p@ss@h/d", nil, "there is none", ""},
		{"sqlite registry", "project: p\nregistry: { registry_type: sql, path: 'sqlite:///data/r.db' }\nonline_store:", "sqlite:///repo/data/r.db", nil, "there is none", ""},
		{"other database", "project: p\nregistry: { registry_type: sql, path: 'oracle://h/d' }", "", nil, "", `sql registries in "oracle" are not read`},
		{"remote registry", "project: p\nregistry: { registry_type: remote, path: 'h:6570' }", "", nil, "", `registries of type "remote" are not read`},
		{"cloud registry", "project: p\nregistry: gs://b/r.db", "", nil, "", "registries at gs:// are not read"},
		{"no project", "registry: r.db", "", nil, "", "names no project"},
		{"no mapping", "[a]", "", nil, "", "cannot unmarshal"},
		{"no YAML", "a: [", "", nil, "", "yaml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := parseRepo("/repo", []byte(test.text))
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v, want one with %q", err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.registry != test.registry || r.onlineReason != test.reason {
				t.Errorf("registry %q, online store: %q; want %q, %q", r.registry, r.onlineReason, test.registry, test.reason)
			}
			if diff := cmp.Diff(r.online, test.online); diff != "" {
				t.Errorf("online store (-got +want):\n%s", diff)
			}
		})
	}
}

// TestWrongRepo tells what has to be repaired from what may come.
func TestWrongRepo(t *testing.T) {
	dir := t.TempDir()
	cfg := config.DefaultFeast
	cfg.Repo = dir
	var wrong *RepoError
	if _, err := Discover(t.Context(), cfg); !errors.As(err, &wrong) {
		t.Errorf("no feature_store.yaml: %v, want a RepoError", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "feature_store.yaml"), []byte("project: p"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Discover(t.Context(), cfg); err == nil || errors.As(err, &wrong) {
		t.Errorf("no registry: %v, want another error", err)
	}
}

// TestRelativeRepo finds what is in a folder that is named from where it runs.
func TestRelativeRepo(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("feature_store.yaml", []byte("project: p\nonline_store: { type: sqlite, path: online.db }"), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := readRepo(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{r.registry, r.online.Address} {
		if !filepath.IsAbs(path) {
			t.Errorf("%q is relative: as an address, its first folder would be a host", path)
		}
	}
}

func FuzzRepo(f *testing.F) {
	f.Add([]byte("project: p\nregistry: { registry_type: sql, path: 'sqlite:///a' }\nonline_store: { type: redis }"))
	f.Add([]byte("project: p\nregistry: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parseRepo("/repo", data)
		if err == nil && (r.project == "" || r.registry == "" || (r.online == nil) == (r.onlineReason == "")) {
			t.Fatalf("%+v", r)
		}
	})
}

// TestOtherProject tells a project that the registry does not have, as after a
// variable that is not set, from a registry that is still empty.
func TestOtherProject(t *testing.T) {
	view := ft.View{Name: "stats", Path: "a.parquet", Features: []ft.Field{ft.Column(4, "x", ft.Double64)}}
	for _, test := range []struct {
		name, project string
		views         []ft.View
		err           string
	}{
		{"ours", ft.Project, []ft.View{view}, ""},
		{"another", "other", []ft.View{view}, `no view of project "other"; it has views of "my_project"`},
		{"a variable", "${NOT_SET_ANYWHERE}", []ft.View{view}, `no view of project "${NOT_SET_ANYWHERE}"`},
		{"empty", "other", nil, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			err := errors.Join(os.WriteFile(filepath.Join(dir, "feature_store.yaml"), []byte("project: "+test.project+"\nregistry: r.db"), 0o644),
				os.WriteFile(filepath.Join(dir, "r.db"), ft.Registry(test.views), 0o644))
			if err != nil {
				t.Fatal(err)
			}
			cfg := config.DefaultFeast
			cfg.Repo = dir
			d, err := Discover(t.Context(), cfg)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) || errors.As(err, new(*RepoError)) {
					t.Errorf("error %v, want one with %q that may pass", err, test.err)
				}
				return
			}
			if err != nil || len(d.Tables) != len(test.views) {
				t.Errorf("%+v, %v; want %d tables", d, err, len(test.views))
			}
		})
	}
}
