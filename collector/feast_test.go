package collector_test

import (
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	pq "github.com/parquet-go/parquet-go"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast/feasttest"
	"github.com/model-exporter/model_exporter/collector/profile"
)

// writeRepo writes a feature repository whose registry has some views.
func writeRepo(t *testing.T, dir, online string, views ...feasttest.View) {
	t.Helper()
	err := errors.Join(
		os.MkdirAll(filepath.Join(dir, "data"), 0o755),
		os.WriteFile(filepath.Join(dir, "feature_store.yaml"), feasttest.Repo(online), 0o644),
		os.WriteFile(filepath.Join(dir, "data", "registry.db"), feasttest.Registry(views), 0o644),
	)
	if err != nil {
		t.Fatal(err)
	}
}

var driverStats = feasttest.View{
	Name: "driver_hourly_stats", Owner: "drivers@example.org", Path: "data/driver_stats.parquet", TTL: 24 * time.Hour, Entities: []string{"driver"},
	Features: []feasttest.Field{
		feasttest.Column(4, "conv_rate", feasttest.Float32), feasttest.Column(4, "acc_rate", feasttest.Float32),
		feasttest.Column(4, "avg_daily_trips", feasttest.Int64),
	},
	Materialized: time.Unix(1_600_000_000, 0),
}

// TestServesTheRealFeatureView reads the table of Feast's own example through a
// repository that names it.
func TestServesTheRealFeatureView(t *testing.T) {
	data := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if data == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set")
	}
	table, err := os.ReadFile(filepath.Join(data, "feast", "driver_stats.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeRepo(t, dir, "null", driverStats)
	if err := os.WriteFile(filepath.Join(dir, "data", "driver_stats.parquet"), table, 0o644); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		text := "{ sources: [{ name: store, feast: { repo: " + dir + " } }], models: [{ name: driver_hourly_stats"
		cfg, err := config.Parse("m.yml", []byte(text+" }] }"))
		if err != nil {
			t.Fatal(err)
		}
		baseline := filepath.Join(dir, "baseline.json")
		if _, err := profile.Run(t.Context(), profile.Options{Config: cfg, Model: "driver_hourly_stats", Output: baseline}); err != nil {
			t.Fatal(err)
		}
		if cfg, err = config.Parse("m.yml", []byte(text+", baseline: { training: "+baseline+" } }] }")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(time.Date(2024, 10, 1, 0, 0, 0, 0, time.UTC))) // of the bubble's clock
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		time.Sleep(time.Minute)
		synctest.Wait()
		_, body := get(t, c.Handler(), "/metrics")
		const model = `{model="driver_hourly_stats",model_version="unknown"`
		for _, line := range []string{
			"ml_last_event_timestamp_seconds" + model + "} 1.725983545905e+09\n",
			"ml_predictions_total" + model + "} 1808\n",
			"ml_duplicate_predictions_total" + model + "} 2\n", // rows that Feast's example repeats on purpose
			"ml_feature_values_total" + model + `,feature="conv_rate"} 1808` + "\n",
			"ml_feature_values_total" + model + `,feature="avg_daily_trips"} 1808` + "\n",
			"ml_table_ttl_seconds" + model + "} 86400\n",
			"ml_table_materialized_timestamp_seconds" + model + "} 1.6e+09\n",
			"ml_model_info" + model + `,task="none",model_owner="drivers@example.org",model_tier="standard",baseline="training"} 1` + "\n",
			`model_exporter_source_up{source="store"} 1` + "\n",
			`model_exporter_source_up{source="store/driver_hourly_stats"} 1` + "\n",
			`model_exporter_rejected_total{source="store/driver_hourly_stats",reason="bad_timestamp"} 0` + "\n",
		} {
			if !strings.Contains(body, line) {
				t.Errorf("metrics lack %s:\n%s", line, grep(body, "predictions_total|source_up|ml_table|ml_model_info|values_total|last_event"))
			}
		}
		if strings.Contains(body, `feature="created"`) || strings.Contains(body, `feature="driver_id"`) {
			t.Error("a column that is no feature is monitored as one")
		}
	})
}

type driver struct {
	Time    int64   `parquet:"event_timestamp,timestamp(millisecond)"`
	Created int64   `parquet:"created,timestamp(millisecond)"`
	ID      int64   `parquet:"driver_id"`
	Rate    float64 `parquet:"conv_rate"`
	Trips   int32   `parquet:"avg_daily_trips"`
}

func writeDrivers(t *testing.T, path string, rows []driver) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := pq.NewGenericWriter[driver](f)
	_, err = w.Write(rows)
	if err := errors.Join(err, w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestViewsComeAndGo sets up a view that is added to the registry while the
// exporter runs, goes on with the others, and gives up one that is removed. A
// registry that cannot be read changes nothing.
func TestViewsComeAndGo(t *testing.T) {
	dir := t.TempDir()
	first, second := driverStats, driverStats
	second.Name, second.Path = "other", "data/other.parquet"
	writeRepo(t, dir, "null", first)
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() // of the bubble's clock
	for path, n := range map[string]int{"driver_stats": 30, "other": 20} {
		rows := make([]driver, n)
		for i := range rows {
			rows[i] = driver{now - 5000, now - 2000, int64(i), float64(i), int32(i)}
		}
		writeDrivers(t, filepath.Join(dir, "data", path+".parquet"), rows)
	}
	registry := filepath.Join(dir, "data", "registry.db")
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Parse("m.yml", []byte(`
sources: [{ name: store, feast: { repo: `+dir+`, poll_interval: 10s } }]
models: [{ name: other, tier: critical, objectives: { freshness: 1h } }]
`))
		if err != nil {
			t.Fatal(err)
		}
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		for _, step := range []struct {
			registry []byte
			has      []string
			lacks    string
		}{
			{feasttest.Registry([]feasttest.View{first}), []string{`ml_predictions_total{model="driver_hourly_stats",model_version="unknown"} 30`, `source_up{source="store"} 1`}, `model_exporter_source_up{source="store/other"}`},
			{feasttest.Registry([]feasttest.View{first, second}), []string{`ml_predictions_total{model="driver_hourly_stats",model_version="unknown"} 30`,
				`ml_predictions_total{model="other",model_version="unknown"} 20`, `ml_table_ttl_seconds{model="other",model_version="unknown"} 3600`,
				`model_tier="critical"`}, "xx"},
			{[]byte("no registry"), []string{`source_up{source="store"} 0`, `source_up{source="store/other"} 1`, `ml_predictions_total{model="other",model_version="unknown"} 20`}, "xx"},
			{feasttest.Registry([]feasttest.View{second}), []string{`source_up{source="store"} 1`, `source_up{source="store/other"} 1`}, `source_up{source="store/driver_hourly_stats"}`},
		} {
			if err := os.WriteFile(registry, step.registry, 0o644); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute) // of the bubble's clock
			synctest.Wait()
			_, body := get(t, c.Handler(), "/metrics")
			for _, line := range step.has {
				if !strings.Contains(body, line) {
					t.Errorf("metrics lack %s:\n%s", line, grep(body, "predictions_total|source_up|ml_table|ml_model_info"))
				}
			}
			if strings.Contains(body, step.lacks) {
				t.Errorf("metrics have %s", step.lacks)
			}
		}
	})
}

// writeServed writes a repository of 30 drivers and where they are served from, of
// which 5 are missing there and 4 others have another number of trips.
func writeServed(t *testing.T, dir string) (online *sql.DB) {
	t.Helper()
	writeRepo(t, dir, "{ type: sqlite, path: data/online.db }", driverStats)
	at := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(-5 * time.Second) // of the bubble's clock
	db, err := sql.Open("sqlite", filepath.Join(dir, "data", "online.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec("CREATE TABLE my_project_driver_hourly_stats (entity_key BLOB, feature_name TEXT, value BLOB, event_ts timestamp)"); err != nil {
		t.Fatal(err)
	}
	rows := make([]driver, 30)
	for i := range rows {
		rows[i] = driver{at.UnixMilli(), at.UnixMilli() + 3000, int64(i), float64(i), int32(i)}
		trips := int64(i)
		switch {
		case i < 5:
			continue
		case i < 9:
			trips += 1000
		}
		key := append([]byte("\x01\x00\x00\x00\x02\x00\x00\x00\x09\x00\x00\x00driver_id\x04\x00\x00\x00\x08\x00\x00\x00"), byte(i), 0, 0, 0, 0, 0, 0, 0)
		for feature, value := range map[string][]byte{
			"conv_rate": feasttest.Message(feasttest.Float(6, float32(i))), "avg_daily_trips": feasttest.Message(feasttest.Number(4, trips)),
		} {
			if _, err := db.Exec("INSERT INTO my_project_driver_hourly_stats VALUES (?, ?, ?, ?)", key, feature, value, at.Format("2006-01-02 15:04:05")); err != nil {
				t.Fatal(err)
			}
		}
	}
	writeDrivers(t, filepath.Join(dir, "data", "driver_stats.parquet"), rows)
	return db
}

// TestOnlineStoreIsCompared looks drivers up where a model is served from.
func TestOnlineStoreIsCompared(t *testing.T) {
	dir := t.TempDir()
	db := writeServed(t, dir)
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Parse("m.yml", []byte("sources: [{ name: store, feast: { repo: "+dir+", poll_interval: 10s } }]"))
		if err != nil {
			t.Fatal(err)
		}
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		time.Sleep(time.Minute) // of the bubble's clock
		synctest.Wait()
		_, body := get(t, c.Handler(), "/metrics")
		const model = `{model="driver_hourly_stats",model_version="unknown"`
		for _, line := range []string{
			"ml_table_arrival_lag_seconds" + model + "} 3\n",
			"ml_online_store_up" + model + "} 1\n",
			"ml_online_entities" + model + "} 30\n",
			"ml_online_missing_entities" + model + "} 5\n",
			"ml_online_stale_entities" + model + "} 0\n",
			"ml_online_last_event_timestamp_seconds" + model + "} 9.46684795e+08\n",
			"ml_online_values" + model + `,feature="avg_daily_trips"} 25` + "\n",
			"ml_online_skewed_values" + model + `,feature="avg_daily_trips"} 4` + "\n",
			"ml_online_skewed_values" + model + `,feature="conv_rate"} 0` + "\n",
		} {
			if !strings.Contains(body, line) {
				t.Errorf("metrics lack %s:\n%s", line, grep(body, "predictions_total|source_up|ml_table|ml_online"))
			}
		}
		if _, err := db.Exec("DROP TABLE my_project_driver_hourly_stats"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // of the bubble's clock
		synctest.Wait()
		if _, body = get(t, c.Handler(), "/metrics"); !strings.Contains(body, "ml_online_store_up"+model+"} 0\n") || strings.Contains(body, "ml_online_entities") {
			t.Errorf("without its table the online store is not down, or still has entities:\n%s", grep(body, "ml_online"))
		}
	})
}

// TestSampleSurvivesRestarts stops the exporter and starts it again without a new
// row in the table: the same entities are compared, at once, unless their view is
// another one.
func TestSampleSurvivesRestarts(t *testing.T) {
	dir := t.TempDir()
	writeServed(t, dir)
	disk := vfs.NewCrashableMem()
	registry := filepath.Join(dir, "data", "registry.db")
	var log strings.Builder
	var late []byte // a registry that is there only after a while
	// live runs an exporter for a while and returns what it says of the online store.
	live := func(t *testing.T, sample int, kill bool, wait time.Duration) string {
		log.Reset()
		cfg, err := config.Parse("m.yml", fmt.Appendf(nil, "sources: [{ name: store, feast: { repo: %s, poll_interval: 30s, online_sample: %d } }]", dir, sample))
		if err != nil {
			t.Fatal(err)
		}
		c, stop := running(t, cfg, collector.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}.On(disk))
		time.Sleep(wait) // of the bubble's clock
		if late != nil {
			err := os.WriteFile(registry, late, 0o644)
			if late = nil; err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		_, body := get(t, c.Handler(), "/metrics")
		if line := `ml_predictions_total{model="driver_hourly_stats",model_version="unknown"} 30` + "\n"; !strings.Contains(body, line) {
			t.Errorf("rows are lost, or read again:\n%s", grep(body, "predictions_total"))
		}
		killed := disk.CrashClone(vfs.CrashCloneCfg{})
		if stop(); kill {
			disk = killed
		}
		return grep(body, "ml_online_")
	}
	said := func(t *testing.T, why string) {
		t.Helper()
		if anew := strings.Contains(log.String(), "starts empty"); anew != (why != "") || !strings.Contains(log.String(), why) {
			t.Errorf("the log should say %q of a sample that starts empty:\n%s", why, log.String())
		}
	}
	view := func(t *testing.T, change func(*feasttest.View)) {
		v := driverStats
		change(&v)
		if err := os.WriteFile(registry, feasttest.Registry([]feasttest.View{v}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const entities = `ml_online_entities{model="driver_hourly_stats",model_version="unknown"} `
	synctest.Test(t, func(t *testing.T) {
		want := live(t, 10, true, time.Minute)
		if !strings.Contains(want, entities+"10\n") {
			t.Fatalf("the sample does not hold 10 entities:\n%s", want)
		}
		same := func(what string, kill bool) {
			t.Helper()
			if got := live(t, 10, kill, 5*time.Second); got != want {
				t.Errorf("%s, there is\n%s\nbefore it was\n%s", what, got, want)
			}
			said(t, "")
		}
		same("killed and started again", true)
		same("killed once more", false)
		view(t, func(v *feasttest.View) { v.TTL *= 2 })
		same("stopped, and with another TTL", true)
		late = feasttest.Registry([]feasttest.View{driverStats})
		if err := os.Remove(registry); err != nil {
			t.Fatal(err)
		}
		same("with a registry that comes late", true)

		empty := func(what, why string, sample int) {
			t.Helper()
			if got := live(t, sample, true, time.Minute); !strings.Contains(got, entities+"0\n") {
				t.Errorf("%s, there is\n%s", what, got)
			}
			said(t, why)
		}
		empty("with another sample size", "another sample size", 11)
		empty("after that", "", 11)
		view(t, func(v *feasttest.View) { v.Features = v.Features[1:] })
		empty("without a feature", "other features", 11)
		if got := live(t, 0, true, time.Minute); got != "" {
			t.Errorf("without a sample, there is\n%s", got)
		}
		empty("with a sample again", "", 12) // of what was dropped nothing is left to differ from
	})
}

// TestServedFeaturesAreChecked reads what a feature service logs: values that were
// not served are missing, whatever stands in their place.
func TestServedFeaturesAreChecked(t *testing.T) {
	type served struct {
		Time   int64   `parquet:"__log_timestamp,timestamp(microsecond)"`
		ID     int64   `parquet:"driver_id"`
		Rate   float64 `parquet:"stats__conv_rate"`
		At     int64   `parquet:"stats__conv_rate__timestamp,timestamp(millisecond)"`
		Status int32   `parquet:"stats__conv_rate__status"`
	}
	dir := t.TempDir()
	writeRepo(t, dir, "null")
	service := feasttest.Nested(7, feasttest.Nested(1, feasttest.Text(1, "ranking"), feasttest.Text(2, feasttest.Project), feasttest.Text(6, "search"),
		feasttest.Nested(3, feasttest.Text(1, "stats"), feasttest.Column(2, "conv_rate", feasttest.Double64)),
		feasttest.Nested(7, feasttest.Float(1, 1), feasttest.Nested(3, feasttest.Text(1, "data/log/")))))
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "data", "registry.db"), feasttest.Registry(nil, service), 0o644), os.Mkdir(filepath.Join(dir, "data", "log"), 0o755)); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() // of the bubble's clock
	f, err := os.Create(filepath.Join(dir, "data", "log", "a-0.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	w := pq.NewGenericWriter[served](f)
	rows := make([]served, 300)
	for i := range rows {
		rows[i] = served{now, int64(i), float64(i), now / 1000, 1} // PRESENT
		if i >= 260 {
			rows[i].Status = int32(2 + i%3) // NULL_VALUE, NOT_FOUND, OUTSIDE_MAX_AGE
		}
	}
	_, err = w.Write(rows[:260]) // the baseline is learned from these
	flushed := w.Flush()
	_, err2 := w.Write(rows[260:])
	if err := errors.Join(err, flushed, err2, w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		cfg, err := config.Parse("m.yml", []byte("{ global: { learn_events: 200 }, sources: [{ name: store, feast: { repo: "+dir+" } }] }"))
		if err != nil {
			t.Fatal(err)
		}
		c, stop := running(t, cfg, collector.Options{})
		defer stop()
		time.Sleep(time.Minute) // of the bubble's clock
		synctest.Wait()
		_, body := get(t, c.Handler(), "/metrics")
		const model = `{model="ranking",model_version="unknown"`
		for _, line := range []string{
			"ml_predictions_total" + model + "} 300\n",
			"ml_feature_violations_total" + model + `,feature="stats__conv_rate",check="missing"} 40` + "\n",
			"ml_feature_violations_total" + model + `,feature="stats__conv_rate__status",check="unseen_category"} 40` + "\n",
		} {
			if !strings.Contains(body, line) {
				t.Errorf("metrics lack %s:\n%s", line, grep(body, "predictions_total|missing|__status|rejected"))
			}
		}
	})
}

// TestWrongRepository refuses a repository that has to be repaired, at the start
// and on a reload, and waits for a registry that is not there yet.
func TestWrongRepository(t *testing.T) {
	dir := t.TempDir()
	cfg, err := config.Parse("m.yml", []byte("sources: [{ name: store, feast: { repo: "+dir+", poll_interval: 10s } }]"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collector.New(cfg, collector.Options{}); err == nil || !strings.Contains(err.Error(), "feature_store.yaml") {
		t.Errorf("no repository: %v, want an error that names feature_store.yaml", err)
	}
	writeRepo(t, dir, "null", driverStats)
	rows := []driver{{ID: 1}, {ID: 2}}
	writeDrivers(t, filepath.Join(dir, "data", "driver_stats.parquet"), rows)
	registry := filepath.Join(dir, "data", "registry.db")
	if err := os.Remove(registry); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		c, stop := running(t, cfg, collector.Options{Load: func() (*config.Config, error) { return cfg, nil }})
		defer stop()
		shows := func(line string) {
			t.Helper()
			time.Sleep(time.Minute) // of the bubble's clock
			synctest.Wait()
			if _, body := get(t, c.Handler(), "/metrics"); !strings.Contains(body, line) {
				t.Errorf("metrics lack %s:\n%s", line, grep(body, "predictions_total|source_up"))
			}
		}
		shows(`model_exporter_source_up{source="store"} 0`)
		writeRepo(t, dir, "null", driverStats)
		shows(`ml_predictions_total{model="driver_hourly_stats",model_version="unknown"} 2`)
		shows(`model_exporter_source_up{source="store"} 1`)
		if err := os.WriteFile(filepath.Join(dir, "feature_store.yaml"), []byte("a: ["), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "feature_store.yaml") {
			t.Errorf("reload of a broken repository: %v, want an error that names feature_store.yaml", err)
		}
		shows(`ml_predictions_total{model="driver_hourly_stats",model_version="unknown"} 2`)
		writeRepo(t, dir, "null", driverStats)
		if _, err := c.Reload(t.Context()); err != nil {
			t.Error(err)
		}
		shows(`model_exporter_source_up{source="store/driver_hourly_stats"} 1`)
	})
}
