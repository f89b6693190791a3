package evaluate

import (
	"fmt"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/join"
	"github.com/model-exporter/model_exporter/collector/internal/model"
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
