package feast

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	ft "github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
)

var testRepo = &repo{dir: "/repo", project: ft.Project, online: &config.Online{Store: "redis", Address: "localhost:6379", KeyVersion: 3}}

func discoverIn(t *testing.T, cfg config.Feast, registry []byte) *Discovery {
	t.Helper()
	found, err := parseRegistry(registry)
	if err != nil {
		t.Fatal(err)
	}
	return testRepo.discover(found, &cfg)
}

// TestWholeView reads everything that is used of a view.
func TestWholeView(t *testing.T) {
	view := ft.View{
		Name: "stats", Owner: "me", Path: "s3://bucket/stats/", TTL: 90 * time.Minute, Entities: []string{"user", "driver"},
		Features: []ft.Field{
			ft.Column(4, "rate", ft.Float32), ft.Column(4, "active", ft.Bool), ft.Column(4, "city", ft.String),
			ft.Column(4, "tags", ft.Strings), ft.Column(4, "blob", ft.Bytes), ft.Column(4, "later", 99),
		},
		// The table calls the feature rate r and the entity's key uid.
		Source: []ft.Field{
			ft.Nested(2, ft.Text(1, "r"), ft.Text(2, "rate")), ft.Nested(2, ft.Text(1, "uid"), ft.Text(2, "user_id")),
			ft.Nested(11, ft.Text(2, "s3://bucket/stats/"), ft.Text(3, "http://minio:9000")),
		},
		Materialized: time.Unix(1_700_000_000, 5).UTC(),
	}
	service := ft.Nested(7, ft.Nested(1, ft.Text(1, "ranking"), ft.Text(2, ft.Project), ft.Nested(3, ft.Text(1, "stats"), ft.Column(2, "rate", ft.Float32))))
	cfg := config.DefaultFeast
	d := discoverIn(t, cfg, ft.Registry([]ft.View{view}, service))
	if len(d.Tables) != 1 || len(d.Skipped) != 0 {
		t.Fatalf("%d tables, skipped %v; want one", len(d.Tables), d.Skipped)
	}
	src := config.DefaultSource
	src.Name = "stats"
	src.Parquet = &config.Parquet{Paths: []string{"s3://bucket/stats/"}, PollInterval: 30 * time.Second, S3: config.S3{Endpoint: "minio:9000", Insecure: true}}
	src.Fields = config.Fields{
		Exact: true, ID: config.Field{Paths: []string{"driver_id", "uid", "event_timestamp"}, Joined: true},
		Timestamp: config.Field{Paths: []string{"event_timestamp"}}, Type: constant("prediction"), Model: constant("stats"), Version: constant("unknown"),
		Values: config.Field{Paths: []string{"created"}}, Features: config.Features{Names: []string{"rate", "active", "city"}, Columns: []string{"r", "active", "city"}},
		LatencyUnit: time.Millisecond, Timezone: time.UTC,
	}
	src.View = &config.View{
		Project: ft.Project, Name: "stats", Created: "created", Online: testRepo.online, Sample: 100, Interval: time.Minute, TTL: 90 * time.Minute,
		Keys:     []config.Column{{Name: "driver_id", As: "driver_id", Type: 4, Kind: "numeric"}, {Name: "uid", As: "user_id", Type: 4, Kind: "numeric"}},
		Features: []config.Column{{Name: "rate", As: "rate", Type: 6, Kind: "numeric"}, {Name: "active", As: "active", Type: 7, Kind: "boolean"}, {Name: "city", As: "city", Type: 2, Kind: "categorical"}},
	}
	want := Table{
		Name: "stats", Source: src, Owner: "me", TTL: 90 * time.Minute, Services: []string{"ranking"}, Materialized: view.Materialized,
		Features: []config.Feature{
			{Name: "rate", Kind: catalog.Numeric, Importance: config.Normal}, {Name: "active", Kind: catalog.Boolean, Importance: config.Normal},
			{Name: "city", Kind: catalog.Categorical, Importance: config.Normal},
		},
		Left: []string{"tags", "blob", "later"},
	}
	zones := cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })
	if diff := cmp.Diff(d.Tables[0], want, zones); diff != "" {
		t.Errorf("table (-got +want):\n%s", diff)
	}
}

// TestWhatIsNotRead names each view that cannot be monitored with the reason.
func TestWhatIsNotRead(t *testing.T) {
	feature := []ft.Field{ft.Column(4, "x", ft.Double64)}
	for _, test := range []struct {
		name   string
		view   ft.View
		reason string // empty: it is read
	}{
		{"file", ft.View{Path: "a.parquet", Features: feature}, ""},
		{"pushed", ft.View{Features: feature, Source: []ft.Field{ft.Number(1, 9), ft.Nested(22), ft.Nested(26, ft.Nested(11, ft.Text(2, "a.parquet")))}}, ""},
		{"spark files", ft.View{Features: feature, Source: []ft.Field{ft.Nested(27, ft.Text(3, "/a"), ft.Text(4, "parquet"))}}, ""},
		{"spark table", ft.View{Features: feature, Source: []ft.Field{ft.Nested(27, ft.Text(1, "t"))}}, "tables in spark are not read"},
		{"delta", ft.View{Features: feature, Source: []ft.Field{ft.Nested(11, ft.Nested(1, ft.Nested(2)), ft.Text(2, "/a"))}}, "tables in delta lake are not read"},
		{"warehouse", ft.View{Features: feature, Source: []ft.Field{ft.Nested(12, ft.Text(1, "t"))}}, "tables in bigquery are not read"},
		{"plug-in", ft.View{Features: feature, Source: []ft.Field{ft.Text(17, "a.b.HiveSource"), ft.Nested(16, ft.Text(1, "\x80pickle"))}}, "tables in HiveSource are not read"},
		{"cloud", ft.View{Path: "gs://bucket/a", Features: feature}, "files at gs:// are not read"},
		{"no source", ft.View{Features: feature}, "it has no table behind it"},
		{"no features", ft.View{Path: "a.parquet"}, "none of its 0 features can be monitored"},
		{"no entity", ft.View{Path: "a.parquet", Features: append(feature, ft.Text(3, "nobody"))}, `the registry has no entity "nobody"`},
		{"without entities", ft.View{Path: "a.parquet", Features: append(feature, ft.Text(3, "__dummy"))}, ""},
		{strings.Repeat("long", 50), ft.View{Path: "a.parquet", Features: feature}, "a name has 1 to 128 bytes"},
	} {
		t.Run(test.name[:min(20, len(test.name))], func(t *testing.T) {
			test.view.Name = test.name
			d := discoverIn(t, config.DefaultFeast, ft.Registry([]ft.View{test.view}))
			var want []Skip
			if test.reason != "" {
				want = []Skip{{test.name, test.reason}}
			}
			if diff := cmp.Diff(d.Skipped, want); diff != "" || len(d.Tables)+len(want) != 1 {
				t.Errorf("%d tables, skipped (-got +want):\n%s", len(d.Tables), diff)
			}
		})
	}
}

func TestStreamFeatureView(t *testing.T) {
	stream := ft.Nested(14, ft.Nested(1, ft.Text(1, "clicks"), ft.Text(2, ft.Project), ft.Text(3, "user"), ft.Column(4, "n", ft.Int64), ft.Column(5, "user_id", ft.Int64),
		ft.Text(6, "about"), ft.Text(8, "web"), ft.Span(9, time.Hour), ft.Nested(10, ft.Nested(11, ft.Text(2, "clicks.parquet")), ft.Text(3, "ts")), ft.Number(12, 1)))
	d := discoverIn(t, config.DefaultFeast, ft.Registry(nil, stream))
	if len(d.Tables) != 1 {
		t.Fatalf("skipped %v, want the view", d.Skipped)
	}
	got := d.Tables[0]
	if got.Owner != "web" || got.TTL != time.Hour || got.Source.Parquet.Paths[0] != "/repo/clicks.parquet" || got.Source.View.Online == nil || got.Source.Fields.Timestamp.Paths[0] != "ts" {
		t.Errorf("table %+v", got)
	}
}

func TestViewsAreChosen(t *testing.T) {
	var views []ft.View
	for _, name := range []string{"driver_a", "driver_b_staging", "user"} {
		views = append(views, ft.View{Name: name, Path: "a", Features: []ft.Field{ft.Column(4, "x", ft.Double64)}})
	}
	other := ft.Nested(6, ft.Nested(1, ft.Text(1, "driver_x"), ft.Text(2, "another project")))
	cfg := config.DefaultFeast
	cfg.Views, cfg.Exclude = []string{"driver_*"}, []string{"*_staging"}
	d := discoverIn(t, cfg, ft.Registry(views, other))
	if len(d.Tables) != 1 || d.Tables[0].Name != "driver_a" || len(d.Skipped) > 0 {
		t.Errorf("tables %v, skipped %v; want driver_a", d.Tables, d.Skipped)
	}
}

// TestServiceLog reads a log by the columns that the service writes.
func TestServiceLog(t *testing.T) {
	service := ft.Nested(7, ft.Nested(1, ft.Text(1, "ranking"), ft.Text(2, ft.Project), ft.Text(6, "search"),
		ft.Nested(3, ft.Text(1, "stats"), ft.Text(3, "s"), ft.Column(2, "rate", ft.Float32)),
		ft.Nested(7, ft.Float(1, .5), ft.Nested(3, ft.Text(1, "logs/")))))
	d := discoverIn(t, config.DefaultFeast, ft.Registry(nil, service))
	if len(d.Tables) != 1 {
		t.Fatalf("skipped %v, want the log", d.Skipped)
	}
	got := d.Tables[0].Source
	if names := got.Fields.Features.Names; !cmp.Equal(names, []string{"s__rate", "s__rate__status"}) || !got.View.Status || got.Fields.Timestamp.Paths[0] != "__log_timestamp" || got.Parquet.Paths[0] != "/repo/logs" {
		t.Errorf("features %q of %+v", names, got)
	}
}

func FuzzRegistry(f *testing.F) {
	f.Add(ft.Registry([]ft.View{{Name: "stats", Path: "a", TTL: time.Hour, Entities: []string{"user"}, Features: []ft.Field{ft.Column(4, "x", ft.Double64)}, Materialized: time.Unix(1e9, 0)}},
		ft.Nested(7, ft.Nested(1, ft.Text(1, "s"), ft.Nested(3, ft.Text(1, "stats"), ft.Column(2, "x", ft.Float32)), ft.Nested(7, ft.Nested(3, ft.Text(1, "l")))))))
	f.Add([]byte{0x0b, 0x0c})
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := parseRegistry(data)
		if err != nil {
			return
		}
		cfg := config.DefaultFeast
		d := testRepo.discover(found, &cfg)
		if len(d.Tables)+len(d.Skipped) > len(found.views)+len(found.services) {
			t.Fatalf("%d tables and %d skipped of %d views and %d services", len(d.Tables), len(d.Skipped), len(found.views), len(found.services))
		}
		for i, table := range d.Tables {
			if table.Name == "" || table.TTL < 0 || len(table.Source.View.Features) == 0 || i > 0 && table.Name == d.Tables[i-1].Name {
				t.Fatalf("table %d: %+v", i, table)
			}
		}
		if again, _ := parseRegistry(data); !d.Same(testRepo.discover(again, &cfg)) {
			t.Fatal("the same registry means other tables the second time")
		}
	})
}
