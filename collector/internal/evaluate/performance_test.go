package evaluate

import (
	"fmt"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// emptyStore is a store in memory.
type emptyStore struct{}

func (emptyStore) Get(dst, _ []byte) ([]byte, bool, error)          { return dst, false, nil }
func (emptyStore) Scan([]byte, func(key, value []byte) error) error { return nil }

// TestRankingIsPublished: requests are what is counted of a ranking, and labels of
// their items judge them.
func TestRankingIsPublished(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()
	cfg := config.ForTail([]string{"x"})
	cfg.Global.MinValues = 20
	cfg.Models = []config.Model{{
		Name: "m", Task: catalog.Ranking, Sources: []string{"s"}, LabelHorizon: time.Hour,
		KPIs: []config.KPI{{Name: "revenue", Sum: "revenue"}},
	}}
	set, err := model.NewSet(cfg, nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := join.New(emptyStore{}, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set.Keep(table)

	const requests = 40
	b := new(event.Batch)
	b.AddColumn(&b.Values, "revenue")
	b.Resize(2*requests + requests/2)
	b.Arrival = now
	for i := range b.N {
		b.Times[i] = now
		if i < 2*requests { // two items each, the second one on top
			b.AppendID(fmt.Appendf(nil, "%d#%d", i/2, i%2))
			b.Types[i] = event.Prediction
			b.Score.Cells[i], b.Score.Nums[i] = event.Number, float64(i%2)
			continue
		}
		b.AppendID(fmt.Appendf(nil, "%d#1", i-2*requests)) // every second request
		b.Types[i] = event.Label
		b.Actual.Cells[i], b.Actual.Nums[i] = event.Number, 1
		b.Values[0].Cells[i], b.Values[0].Nums[i] = event.Number, 3
	}
	set.Apply(0, b, now)
	e := New(cfg)
	e.Evaluate(set, now)
	got, ok := e.Performance(set.Models[0].Versions[0])
	if !ok || got.Coverage != 0.5 {
		t.Errorf("%v, coverage %v; want half of the requests", ok, got.Coverage)
	}
	if len(got.Realised) != 1 || got.Realised[0].Metric != catalog.NDCG || got.Realised[0].Value.Value != 1 {
		t.Errorf("got %+v, want a perfect ndcg", got.Realised)
	}
	if len(got.Figures) != 1 || got.Figures[0].Value != 1.5 {
		t.Errorf("got %+v, want a revenue of 1.5 for each request", got.Figures)
	}
}

// TestLossSharesTheBudget: what is surely lost is at the level that all comparisons of
// the model share, and is less with a baseline of 150 labels than with one that
// somebody declared.
func TestLossSharesTheBudget(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	var trained, live perf.State
	b := new(event.Batch)
	b.Resize(1000)
	b.Arrival = now
	for i := range b.N {
		said, came := float64(i%2), float64(i%2)
		if i%5 == 0 { // wrong in a fifth, after a thirtieth
			came = 1 - said
		}
		b.Times[i], b.Types[i] = now, event.Prediction
		b.AppendID(fmt.Append(nil, i))
		b.Prediction.Cells[i], b.Prediction.Nums[i] = event.Number, said
		b.Actual.Cells[i], b.Actual.Nums[i] = event.Number, came
		live.Join(c, &perf.Prediction{Class: int(said)}, &perf.Label{Class: int(came)}, 1)
		if i < 150 {
			if i%30 != 0 {
				came = said
			}
			trained.Join(c, &perf.Prediction{Class: int(said)}, &perf.Label{Class: int(came)}, 1)
		}
	}
	sampled := trained.Metrics(c)[0]
	declared := perf.Value{Metric: sampled.Metric, Value: sampled.Value, Lower: sampled.Value, Upper: sampled.Value}
	ece := perf.Value{Metric: catalog.ECE, Value: 0.01, Upper: 0.02}
	var worse []float64
	for _, base := range []perf.Value{sampled, declared} {
		cfg := config.ForTail([]string{"x"})
		cfg.Models = []config.Model{{Name: "m", Task: catalog.Binary, PositiveClass: "1", Sources: []string{"s"}, LabelHorizon: time.Hour,
			Segments: []string{"country"}, Fairness: []string{"country"}}}
		set, err := model.NewSet(cfg, map[string]*baseline.File{"m": {Version: baseline.FormatVersion, Rows: 150, SampledRows: 150, Performance: &baseline.Performance{
			Task: catalog.Binary, Labels: 150, Classes: []string{"0", "1"}, PositiveClass: "1", Metrics: []perf.Value{base, ece},
		}}}, []string{"s"})
		if err != nil {
			t.Fatal(err)
		}
		table, err := join.New(emptyStore{}, join.Options{})
		if err != nil {
			t.Fatal(err)
		}
		set.Keep(table)
		set.Apply(0, b, now)
		e := New(cfg)
		e.Evaluate(set, now)
		got, ok := e.Performance(set.Models[0].Versions[0])
		if !ok {
			t.Fatal("nothing is known of the model")
		}
		// The accuracy realised and estimated, its calibration, and three of fairness.
		alpha := LossAlpha(cfg.Global.FalseAlarms, 6, len(cfg.Global.Windows), cfg.Global.Windows[len(cfg.Global.Windows)-1])
		_, want, _ := perf.Degradation(catalog.Accuracy, perf.At(base, 150, alpha), live.MetricsAt(c, alpha)[0])
		for _, j := range got.Realised {
			if j.Metric == catalog.Accuracy {
				worse = append(worse, j.Worse)
				if math.Abs(j.Worse-want) > 1e-12 {
					t.Errorf("%s: accuracy lost %v at least, want %v", got.Window, j.Worse, want)
				}
			}
		}
	}
	if len(worse) != 2 || !(0 < worse[0] && worse[0] < worse[1]) {
		t.Errorf("accuracy lost %v at least, want less after a baseline of few labels than after one that is declared", worse)
	}
}

// TestChallengersShareTheBudget: the more versions are compared with the champion, the
// surer has each comparison to be. What a challenger is better by at least is published
// at that level.
func TestChallengersShareTheBudget(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC).UnixNano()
	versions := []string{"1", "2", "3"}
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	cfg := config.ForTail([]string{"x"})
	cfg.Models = []config.Model{{Name: "m", Task: catalog.Binary, PositiveClass: "1", Sources: []string{"s"}, LabelHorizon: time.Hour, Champion: "1"}}
	set, err := model.NewSet(cfg, nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	table, err := join.New(emptyStore{}, join.Options{})
	if err != nil {
		t.Fatal(err)
	}
	set.Keep(table)
	const ids = 400
	var pair perf.Paired // of the first two
	b := new(event.Batch)
	for version := range versions {
		b.Resize(ids)
		b.Arrival = now
		b.Version.Words = versions
		for i := range b.N {
			came := i % 2
			said := came
			if i%4 == 0 && version == 0 || i%9 == 0 { // the first is wrong more often
				said = 1 - came
			}
			b.Times[i], b.Types[i] = now, event.Prediction
			b.AppendID(fmt.Append(nil, i))
			b.Version.Cells[i], b.Version.Codes[i] = event.Text, uint32(version)
			b.Prediction.Cells[i], b.Prediction.Nums[i] = event.Number, float64(said)
			b.Actual.Cells[i], b.Actual.Nums[i] = event.Number, float64(came)
			if version == 1 {
				first := came
				if i%4 == 0 || i%9 == 0 {
					first = 1 - came
				}
				pair.Join(c, &perf.Prediction{Class: first}, &perf.Prediction{Class: said}, &perf.Label{Class: came}, 1)
			}
		}
		set.Apply(0, b, now)
		b.Reset()
	}
	e := New(cfg)
	e.Evaluate(set, now)
	w := e.views[set.Models[0].Versions[0]]
	if w.performance.challengers != 2 || w.comparisons() != 2*perf.MaxDifferences {
		t.Errorf("%d challengers, %d comparisons; want 2 of three metrics each", w.performance.challengers, w.comparisons())
	}
	window := cfg.Global.Windows[0]
	alpha := LossAlpha(cfg.Global.FalseAlarms, 2*perf.MaxDifferences, len(cfg.Global.Windows), window)
	want := pair.Differences(c, alpha)[0]
	var p snapshot.Publisher
	p.Publish(e.Evaluate(set, now))
	recorded := httptest.NewRecorder()
	p.Handler(prometheus.NewRegistry()).ServeHTTP(recorded, httptest.NewRequest("GET", "/metrics", nil))
	text := recorded.Body.String()
	series := fmt.Sprintf(`ml_version_performance_difference_lower{model="m",model_version="1",challenger="2",metric="accuracy",window="%s"} %v`, label(window), want.Lower)
	if !strings.Contains(text, series) {
		t.Errorf("there is no %s", series)
	}
}
