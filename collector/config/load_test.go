package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
)

// TestGoodFiles loads every testdata/*.good.yml.
func TestGoodFiles(t *testing.T) {
	for _, path := range files(t, "*.good.yml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if _, err := config.Load(path); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestBadFiles loads every testdata/*.bad.yml. Its first comment lines are all
// the problems to be found, without the name of the file.
func TestBadFiles(t *testing.T) {
	for _, path := range files(t, "*.bad.yml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(data)) {
				text, comment := strings.CutPrefix(line, "# ")
				if !comment {
					break
				}
				want = append(want, path+":"+strings.TrimSpace(text))
			}
			_, err = config.Load(path)
			if err == nil {
				t.Fatalf("no error; want\n%s", strings.Join(want, "\n"))
			}
			if diff := cmp.Diff(strings.Split(err.Error(), "\n"), want); diff != "" {
				t.Errorf("errors (-got +want):\n%s", diff)
			}
		})
	}
}

func files(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	return paths
}

func TestDefaults(t *testing.T) {
	c, err := config.Parse("dir/m.yml", []byte("sources: [{ name: log, file: { paths: [a.jsonl] } }]"))
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Global: config.DefaultGlobal,
		Sources: []config.Source{{
			Name: "log", Format: config.JSON, MaxLineBytes: 1 << 20, CSV: config.DefaultSource.CSV,
			File: &config.File{Paths: []string{"dir/a.jsonl"}, Start: config.Beginning, PollInterval: time.Second, RotateWait: 10 * time.Second},
			Fields: config.Fields{
				Features: config.Features{Auto: true}, LatencyUnit: time.Millisecond, Timezone: time.UTC,
			},
		}},
	}
	if diff := cmp.Diff(c, want, cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("configuration (-got +want):\n%s", diff)
	}
}

func TestMapping(t *testing.T) {
	for _, test := range []struct {
		name, fields string
		want         config.Fields
	}{
		{"path", "{ id: request.id }", config.Fields{ID: config.Field{Paths: []string{"request.id"}}}},
		{"fallbacks", "{ id: [a.b, /c/d] }", config.Fields{ID: config.Field{Paths: []string{"a.b", "/c/d"}}}},
		{"constant", "{ model: { value: 7 } }", config.Fields{Model: config.Field{Const: true, Value: "7"}}},
		{"latency with unit", "{ latency: { path: t, unit: us } }", config.Fields{Latency: config.Field{Paths: []string{"t"}}, LatencyUnit: time.Microsecond}},
		{"all features", `{ features: "*" }`, config.Fields{Features: config.Features{All: true}}},
		{"features in an object", "{ features: inputs }", config.Fields{Features: config.Features{Path: []string{"inputs"}}}},
		{"columns", "{ features: [a, b] }", config.Fields{Features: config.Features{Names: []string{"a", "b"}}}},
		{"positions", "{ features: { path: [x.row, row], names: [a, b] } }", config.Fields{Features: config.Features{Path: []string{"x.row", "row"}, Names: []string{"a", "b"}}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := config.Parse("m.yml", []byte("sources: [{ name: a, stdin: {}, fields: "+test.fields+" }]"))
			if err != nil {
				t.Fatal(err)
			}
			got := c.Sources[0].Fields
			got.Timezone = nil
			if test.want.LatencyUnit == 0 {
				test.want.LatencyUnit = time.Millisecond
			}
			if f := &test.want.Features; !f.All && f.Path == nil && f.Names == nil {
				f.Auto = true
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("fields (-got +want):\n%s", diff)
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("TEAM", "risk")
	t.Setenv("EMPTY", "")
	t.Setenv("WINDOW", "2h")
	for _, test := range []struct{ name, owner, want string }{
		{"alone", "${TEAM}", "risk"},
		{"within text", "the-${TEAM}-team", "the-risk-team"},
		{"twice", "${TEAM}${TEAM}", "riskrisk"},
		{"empty", `"${EMPTY}"`, ""},
		{"escaped", "$${TEAM}", "${TEAM}"},
		{"escaped and not", "$${A}${TEAM}", "${A}risk"},
		{"a dollar", "$TEAM $5", "$TEAM $5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := config.Parse("m.yml", []byte("global: { windows: [\"${WINDOW}\"] }\nsources: [{ name: a, stdin: {} }]\nmodels:\n  - name: m\n    owner: "+test.owner))
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Models[0].Owner; got != test.want {
				t.Errorf("owner %q, want %q", got, test.want)
			}
			if got := c.Global.Windows[0]; got != 2*time.Hour {
				t.Errorf("window %s, want 2h", got)
			}
		})
	}
}

// TestFormatByExtension also holds for files that serve --tail follows.
func TestFormatByExtension(t *testing.T) {
	for _, test := range []struct {
		name  string
		globs []string
		want  map[string]config.Format
	}{
		{"json lines", []string{"a/*.jsonl"}, map[string]config.Format{"tail": config.JSON}},
		{"csv", []string{"a/*.csv", "b/*.CSV.gz"}, map[string]config.Format{"tail": config.CSVFormat}},
		{"no extension", []string{"a/*"}, map[string]config.Format{"tail": config.JSON}},
		{"both", []string{"a.csv", "b.log"}, map[string]config.Format{"tail": config.JSON, "tail_csv": config.CSVFormat}},
		{"tables", []string{"a/*.parquet", "b.csv", "b.PARQUET"}, map[string]config.Format{"tail": config.CSVFormat, "tail_parquet": "parquet"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := map[string]config.Format{}
			for _, s := range config.ForTail(test.globs).Sources {
				got[s.Name] = s.Format
				if s.Parquet != nil {
					got[s.Name] = "parquet"
					continue
				}
				if !s.Fields.Features.Auto || s.File.Start != config.Beginning {
					t.Errorf("source %s: %+v, want everything found automatically, from the beginning", s.Name, s)
				}
			}
			if diff := cmp.Diff(got, test.want); diff != "" {
				t.Errorf("sources (-got +want):\n%s", diff)
			}
		})
	}
}

// TestAliasBomb holds that a few lines of aliases cost no more than a large file.
func TestAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		n := string(rune('0' + i%10))
		last := string(rune('0' + (i-1)%10))
		b.WriteString("b" + n + ": &a" + n + " [" + strings.Repeat("*a"+last+", ", 9) + "*a" + last + "]\n")
	}
	for name, text := range map[string]string{
		"lists":     strings.Replace(b.String(), "&a9", "&paths", 1) + "sources: [{ name: a, file: { paths: *paths } }]",
		"merges":    mergeBomb(),
		"self":      "sources: &a [*a]",
		"selfmerge": "global: &a { <<: *a }\nsources: [{ name: a, stdin: {} }]",
		"models":    "x: &m { name: a, features: &f { a: {}, b: {}, c: {}, d: {} } }\nmodels: [" + strings.Repeat("*m,", 50_000) + "]",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Parse("m.yml", []byte(text))
			if err == nil {
				t.Fatal("no error")
			}
			if len(err.Error()) > 100_000 {
				t.Errorf("%d bytes of errors", len(err.Error()))
			}
		})
	}
}

func mergeBomb() string {
	var b strings.Builder
	b.WriteString("a0: &a0 { x: 1 }\n")
	for i := 1; i < 9; i++ {
		n, last := string(rune('0'+i)), string(rune('0'+i-1))
		b.WriteString("a" + n + ": &a" + n + " { <<: [" + strings.Repeat("*a"+last+", ", 30) + "*a" + last + "] }\n")
	}
	return b.String() + "global: *a8\n"
}

func TestTooLarge(t *testing.T) {
	_, err := config.Parse("m.yml", []byte(strings.Repeat("# comment\n", 500_000)))
	if err == nil || !strings.HasPrefix(err.Error(), "m.yml:1: the file is larger than 4 MiB") {
		t.Errorf("error %v", err)
	}
}

func TestModelDefaults(t *testing.T) {
	c, err := config.Parse("m.yml", []byte("sources: [{ name: a, stdin: {} }]\nmodels: [{ name: known, tier: critical }]"))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Model("known").Tier; got != catalog.Critical {
		t.Errorf("known: tier %q", got)
	}
	if got := c.Model("other"); got.Name != "other" || got.Tier != catalog.Standard {
		t.Errorf("other: %+v, want the defaults under its name", got)
	}
}

// FuzzParse: any bytes are a configuration or errors with a position.
func FuzzParse(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := config.Parse("m.yml", data)
		if err != nil {
			if c != nil || !strings.HasPrefix(err.Error(), "m.yml:") {
				t.Errorf("configuration %v with error %v", c, err)
			}
			return
		}
		g := c.Global
		if len(c.Sources) == 0 || len(g.Windows) == 0 || g.Windows[0] < time.Minute || g.EvaluationInterval <= 0 || g.Limits.Models < len(c.Models) {
			t.Errorf("accepted an illegal configuration: %+v", c)
		}
		for _, m := range c.Models {
			for _, f := range m.Features {
				m.FeatureThresholds(f.Name)
			}
		}
	})
}

// TestDocumentation loads what users copy: the example that make run uses (package
// examples tests the others), and the README's
// configuration.
func TestDocumentation(t *testing.T) {
	t.Setenv("FRAUD_DIR", "/fraud") // run.sh sets it
	examples, err := filepath.Glob("../../examples/*/config.yml")
	if err != nil || len(examples) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, path := range examples {
		if _, err := config.Load(path); err != nil {
			t.Error(err)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	loaded := 0
	for _, block := range strings.Split(string(readme), "```yaml\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		if strings.HasPrefix(block, "sources:") { // others are Prometheus' and Alertmanager's
			loaded++
			if _, err := config.Parse("README.md", []byte(block)); err != nil {
				t.Error(err)
			}
		}
	}
	if loaded == 0 {
		t.Error("no configuration in the README")
	}
}

// TestTableIDs makes the key of a table and the time of its rows their id, unless
// labels look for another one.
func TestTableIDs(t *testing.T) {
	const sql = "sql: { dsn: 'postgres://x@h/d', table: t, watermark: created, key: [driver_id, at] }"
	joined := func(paths ...string) config.Field { return config.Field{Paths: paths, Joined: true} }
	for name, c := range map[string]struct {
		source, fields, models string
		want                   config.Field
	}{
		"parquet":               {"parquet: { paths: [a], key: [driver_id] }", "timestamp: at", "", joined("driver_id", "at")},
		"no timestamp":          {"parquet: { paths: [a], key: [tenant, n] }", "", "", joined("tenant", "n")},
		"timestamp in the key":  {"parquet: { paths: [a], key: [at, driver_id] }", "timestamp: at", "", joined("at", "driver_id")},
		"mapped":                {"parquet: { paths: [a], key: [driver_id] }", "id: rid", "", config.Field{Paths: []string{"rid"}}},
		"no key":                {"parquet: { paths: [a] }", "timestamp: at", "", config.Field{}},
		"feature table":         {sql, "timestamp: at", "models: [{ name: m, task: none, sources: [s] }]", joined("driver_id", "at")},
		"mapped feature table":  {sql, "id: rid", "models: [{ name: m, task: none, sources: [s] }]", config.Field{Paths: []string{"rid"}}},
		"predictions":           {sql, "timestamp: at", "models: [{ name: m, task: binary, sources: [s] }]", config.Field{}},
		"predictions beside it": {sql, "timestamp: at", "models: [{ name: m, task: none, sources: [s] }, { name: n, sources: [s] }]", config.Field{}},
		"whose models are none": {sql, "timestamp: at", "", config.Field{}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := config.Parse("m.yml", []byte("sources: [{ name: s, "+c.source+", fields: { "+c.fields+" } }]\n"+c.models))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(cfg.Sources[0].Fields.ID, c.want); diff != "" {
				t.Errorf("-got +want:\n%s", diff)
			}
		})
	}
}
