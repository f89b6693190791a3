package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	promrules "github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"

	"github.com/model-exporter/model_exporter/rules"
)

// BenchmarkRecords says what recorded distances cost Prometheus each time they are
// evaluated, every three minutes: ks beside psi and js, and the counts under them.
func BenchmarkRecords(b *testing.B) {
	for _, features := range []int{100, 1000} {
		b.Run(fmt.Sprintf("features=%d", features), func(b *testing.B) { benchmarkRecords(b, features) })
	}
}

func benchmarkRecords(b *testing.B, features int) {
	dir := b.TempDir()
	db, err := tsdb.Open(filepath.Join(dir, "tsdb"), promslog.NewNopLogger(), nil, tsdb.DefaultOptions(), nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	bins(b, db, features)
	for _, g := range distanceGroups(b, db, dir) {
		// Those before must have recorded what the next one reads.
		g.Eval(b.Context(), start.Add(time.Hour))
		b.Run(strings.TrimPrefix(g.Name(), "model_exporter.records."), func(b *testing.B) {
			for b.Loop() {
				g.Eval(b.Context(), start.Add(time.Hour))
			}
			for _, r := range g.Rules() {
				if r.LastError() != nil {
					b.Fatal(r.LastError())
				}
			}
		})
	}
}

// bins stores an hour of counters of features with ten bins each.
func bins(b *testing.B, db *tsdb.DB, features int) {
	app := db.Appender(b.Context())
	add := func(at time.Time, x float64, l ...string) {
		l = append(l, "model", "m", "model_version", "1", "job", "model_exporter", "instance", "a")
		if _, err := app.Append(0, labels.FromStrings(l...), at.UnixMilli(), x); err != nil {
			b.Fatal(err)
		}
	}
	for minute := range 61 {
		at := start.Add(time.Duration(minute) * time.Minute)
		for f := range features {
			feature := fmt.Sprint("f", f)
			for bin := range 10 {
				name := fmt.Sprint("bin", bin)
				add(at, float64(minute*(10+bin)), "__name__", "ml_feature_bin_total", "feature", feature, "bin", name)
				if minute == 60 {
					add(at, 0.1, "__name__", "ml_baseline_bin_ratio", "feature", feature, "bin", name)
					add(at, float64(bin+1), "__name__", "ml_baseline_bin_rank", "feature", feature, "bin", name)
				}
			}
			if minute == 60 {
				add(at, 1e4, "__name__", "ml_baseline_feature_values", "feature", feature)
			}
		}
	}
	if err := app.Commit(); err != nil {
		b.Fatal(err)
	}
}

func distanceGroups(b *testing.B, db *tsdb.DB, dir string) (groups []*promrules.Group) {
	path := filepath.Join(dir, "rules.yml")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if err := rules.WritePrometheus(f, rules.Defaults()); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	engine := promql.NewEngine(promql.EngineOpts{Logger: promslog.NewNopLogger(), MaxSamples: 50e6, Timeout: time.Hour, Parser: parse})
	m := promrules.NewManager(&promrules.ManagerOptions{
		QueryFunc: promrules.EngineQueryFunc(engine, db), Appendable: db, Queryable: db, Context: b.Context(),
		NotifyFunc: func(context.Context, string, ...*promrules.Alert) {}, Logger: promslog.NewNopLogger(), Parser: parse,
	})
	loaded, errs := m.LoadGroups(time.Minute, labels.EmptyLabels(), "", nil, false, path)
	if len(errs) > 0 {
		b.Fatal(errs)
	}
	for _, name := range []string{"bins", "days", "shares", "gaps", "distances", "ks"} {
		g := loaded[promrules.GroupKey(path, "model_exporter.records."+name)]
		if g == nil {
			b.Fatal("no group ", name)
		}
		groups = append(groups, g)
	}
	return groups
}
