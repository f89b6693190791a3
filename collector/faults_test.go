package collector

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/evaluate"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
	"github.com/model-exporter/model_exporter/collector/internal/store"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

const (
	faultSpan = 40 * time.Minute
	faultRate = 4 // events per second
)

var faultStart = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// faultConfig declares what the fraud model's owner would: predictions in one log,
// what became of them in another.
func faultConfig() *config.Config {
	cfg := config.ForTail([]string{"unused.jsonl"})
	cfg.Global.Windows = []time.Duration{10 * time.Minute, time.Hour}
	cfg.Sources = append(cfg.Sources, cfg.Sources[0])
	cfg.Sources[0].Name, cfg.Sources[1].Name = "log", "truth"
	m := *cfg.Model("fraud")
	m.Name, m.Sources, m.Segments = "fraud", []string{"log", "truth"}, []string{"country"}
	m.Task, m.PositiveClass, m.LabelHorizon = catalog.Binary, "1", 24*time.Hour
	m.KPIs = []config.KPI{{Name: "revenue", Sum: "revenue"}, {Name: "loss", Sum: "loss"}}
	for _, f := range simulate.Features() {
		if f.Range != nil {
			m.Features = append(m.Features, config.Feature{Name: f.Name, Range: f.Range, Importance: config.Normal})
		}
	}
	cfg.Models = []config.Model{m}
	return cfg
}

func simulated(t testing.TB, o simulate.Options) []byte {
	t.Helper()
	var log bytes.Buffer
	if err := simulate.Run(t.Context(), &log, o); err != nil {
		t.Fatal(err)
	}
	return log.Bytes()
}

// told is a log, and what became known of it: labels, then outcomes.
type told struct{ log, truth []byte }

// simulatedTruth adds labels and outcomes to a log.
func simulatedTruth(t testing.TB, o simulate.Options) told {
	t.Helper()
	var labels, outcomes bytes.Buffer
	o.Truth = simulate.Truth{
		Labels: &labels, Delay: 2 * time.Minute, Loss: 0.02, Correction: 0.01, Repeat: 0.01,
		Outcomes: &outcomes, OutcomeDelay: 10 * time.Second,
	}
	log := simulated(t, o)
	return told{log, append(labels.Bytes(), outcomes.Bytes()...)}
}

// scrapeOf runs a log and what became of it through decoder, models and evaluation,
// and returns every published series with its value.
func scrapeOf(t *testing.T, cfg *config.Config, base *baseline.File, x told) map[string]string {
	t.Helper()
	set, views, now := filled(t, cfg, base, x)
	shards := append(evaluate.New(cfg).Evaluate(set, now.UnixNano()), views...)
	shards = append(shards, newExporterView().set(set, 0, 0))
	series := map[string]string{}
	for line := range strings.Lines(string(textOf(t, shards))) {
		if name, value, ok := cutLast(strings.TrimSpace(line)); ok && !strings.HasPrefix(line, "#") {
			series[name] = value
		}
	}
	return series
}

// filled returns the models after they saw a log and what became of it, what is
// published of the sources, and the time.
func filled(t *testing.T, cfg *config.Config, base *baseline.File, x told) (*model.Set, []*snapshot.Shard, time.Time) {
	t.Helper()
	names := []string{cfg.Sources[0].Name, cfg.Sources[1].Name}
	set, err := model.NewSet(cfg, map[string]*baseline.File{"fraud": base}, names)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := openCheckpoint("", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.store.Close() })
	set.Keep(kept.table)
	now := faultStart.Add(faultSpan)
	views := []*snapshot.Shard{applied(t, cfg, set, 0, x.log, now), applied(t, cfg, set, 1, x.truth, now)}
	set.Tick(now.UnixNano())
	if set.Err != nil {
		t.Fatal(set.Err)
	}
	return set, views, now
}

// applied applies what a source reads to the models, and returns what is published
// of the source.
func applied(t *testing.T, cfg *config.Config, set *model.Set, source int, log []byte, now time.Time) *snapshot.Shard {
	t.Helper()
	name := cfg.Sources[source].Name
	r, err := newReader(cfg.Sources[source], cfg.Global.Limits, expected(set, name))
	if err != nil {
		t.Fatal(err)
	}
	stream, offset := r.set.Stream(), int64(0)
	for b := new(event.Batch); len(log) > 0; b.Reset() {
		n := stream.Decode(b, log, offset, true)
		if n == 0 {
			t.Fatalf("nothing decoded at offset %d", offset)
		}
		b.Arrival = now.UnixNano()
		set.Apply(source, b, now.UnixNano())
		for i := range b.N {
			r.counts.events[b.Types[i]]++
		}
		for reason, n := range b.Rejected {
			r.counts.rejected[reason] += n
		}
		log, offset = log[n:], offset+int64(n)
	}
	view := newSourceView(name)
	for i, n := range r.counts.events {
		view.shard.Set(view.events[i], float64(n))
	}
	for i, n := range r.counts.rejected {
		view.shard.Set(view.rejected[i], float64(n))
	}
	return view.shard
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// aboutTheWork are series that follow the exporter's own work.
var aboutTheWork = []string{
	"model_exporter_source_read_bytes_total", "model_exporter_source_lag_seconds", "model_exporter_evaluation_duration_seconds",
	"model_exporter_decode_fallbacks_total", "model_exporter_series", "model_exporter_source_up",
}

// faultBaseline is learned from a labelled hour of the same process.
func faultBaseline(t *testing.T, cfg *config.Config) *baseline.File {
	t.Helper()
	reference := simulate.Options{Seed: 8, Rate: faultRate, Start: faultStart.Add(-2 * time.Hour), Span: time.Hour, Labels: true}
	builder := baseline.NewBuilder(baseline.Options{
		Model: "fraud", Task: catalog.Binary, PositiveClass: "1", MaxCategories: cfg.Global.Limits.Categories,
	})
	decodeAll(t, cfg, simulated(t, reference), func(b *event.Batch) { builder.Add(b, allRows(b)) })
	base, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// labelled is what must be there when a model has labels, outcomes and a baseline.
var labelled = []*catalog.Family{
	&catalog.Labels, &catalog.LabelsRepeated, &catalog.LabelsCorrected, &catalog.LabelsUnmatched, &catalog.LabelDelay,
	&catalog.LabelCoverage, &catalog.PendingLabels, &catalog.Confusion, &catalog.LabelDrift, &catalog.LabelDriftCritical,
	&catalog.Performance, &catalog.PerformanceLower, &catalog.PerformanceUpper, &catalog.BaselinePerformance,
	&catalog.PerformanceDegradation, &catalog.PerformanceDegradationLower, &catalog.PerformanceThreshold,
	&catalog.PerformanceEstimated, &catalog.PerformanceEstimatedDegradation, &catalog.EstimatedThreshold,
	&catalog.SegmentPerformance, &catalog.FairnessGap, &catalog.KPI, &catalog.KPINegative, &catalog.KPIPerPrediction,
}

// TestFaultsMoveWhatTheyShould holds every fault of the simulation against the
// metrics it promises to move: each of those moves, and nothing else does.
func TestFaultsMoveWhatTheyShould(t *testing.T) {
	cfg := faultConfig()
	quiet := simulate.Options{Seed: 7, Rate: faultRate, Start: faultStart, Span: faultSpan}
	base := faultBaseline(t, cfg)
	want := scrapeOf(t, cfg, base, simulatedTruth(t, quiet))
	for _, family := range labelled {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), func(s string) bool { return simulate.Selects(family.Name, s) }) {
			t.Errorf("there is no %s that a fault could move", family.Name)
		}
	}
	for _, info := range simulate.Faults() {
		t.Run(info.Name, func(t *testing.T) {
			fault, err := simulate.ParseFault(info.Name + "@10m")
			if err != nil {
				t.Fatal(err)
			}
			o := quiet
			o.Faults = []simulate.Fault{fault}
			moved := differences(want, scrapeOf(t, cfg, base, simulatedTruth(t, o)))
			for _, selector := range fault.Moves() {
				if !slices.ContainsFunc(moved, func(s string) bool { return simulate.Selects(selector, s) }) {
					t.Errorf("%s did not move", selector)
				}
			}
			allowed := append(append(fault.Moves(), fault.May()...), aboutTheWork...)
			for _, s := range moved {
				if !slices.ContainsFunc(allowed, func(a string) bool { return simulate.Selects(a, s) }) {
					t.Errorf("%s moved from %q", s, want[s])
				}
			}
		})
	}
}

// differences lists the series that are not the same on both sides.
func differences(a, b map[string]string) []string {
	var moved []string
	for s, v := range a {
		if !same(v, b[s]) {
			moved = append(moved, s)
		}
	}
	for s := range b {
		if _, ok := a[s]; !ok {
			moved = append(moved, s)
		}
	}
	sort.Strings(moved)
	return moved
}

// same tells whether two values differ by no more than the rounding of sums whose
// terms are added in another order.
func same(a, b string) bool {
	if a == b {
		return true
	}
	x, err := strconv.ParseFloat(a, 64)
	y, err2 := strconv.ParseFloat(b, 64)
	return err == nil && err2 == nil && math.Abs(x-y) <= 1e-12*math.Abs(x)
}
