package evaluate

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// headlines are the metrics that sum up a model, where its task has them.
var headlines = []catalog.Metric{catalog.Accuracy, catalog.F1, catalog.ROCAUC, catalog.MAE, catalog.RMSE, catalog.NDCG}

// Judged is a metric of one window beside the baseline's. What is unknown is NaN.
type Judged struct {
	perf.Value
	Baseline  float64
	Worse     float64 // at least so much, as a share of the baseline's value
	Threshold float64 // of Worse, from which it alerts; +Inf for never
}

// Figure is a business figure per prediction.
type Figure struct {
	Name  string
	Value float64
}

// Performance is how good the predictions of one window are.
type Performance struct {
	Window    string
	Coverage  float64  // share of predictions with their label; NaN if none is waited for
	Realised  []Judged // by labels; empty with too few
	Estimated []Judged // by scores
	Figures   []Figure
}

// Performance returns, as of the last Evaluate, the window in which a version is
// worst compared with its baseline; the longest if it is in none. It is false if
// nothing is known.
func (e *Evaluator) Performance(v *model.Version) (Performance, bool) {
	w := e.views[v]
	if w == nil {
		return Performance{}, false
	}
	var worst *Performance
	for i := range w.performance.windows {
		p := &w.performance.windows[i]
		if !p.empty() && (worst == nil || !p.better(worst)) {
			worst = p
		}
	}
	if worst == nil {
		return Performance{}, false
	}
	return *worst, true
}

func (p *Performance) empty() bool {
	return math.IsNaN(p.Coverage) && len(p.Realised)+len(p.Estimated)+len(p.Figures) == 0
}

// better tells whether there is less reason to look at p than at q.
func (p *Performance) better(q *Performance) bool {
	if a, b := len(p.Realised) > 0, len(q.Realised) > 0; a != b {
		return b
	}
	return p.excess() < q.excess()
}

// excess is how far the worst metric is on the way to its threshold, 0 for what
// chance explains.
func (p *Performance) excess() (x float64) {
	judged := p.Realised
	if len(judged) == 0 {
		judged = p.Estimated
	}
	for _, j := range judged {
		if j.Worse > 0 {
			x = max(x, j.Worse/j.Threshold)
		}
	}
	return x
}

// judge keeps what the overview shows of a metric. limits are the losses that
// alert.
func (p *performanceView) judge(list *[]Judged, v perf.Value, worse float64, limits map[catalog.Metric]map[catalog.Priority]float64) {
	if !slices.Contains(headlines, v.Metric) && limits[v.Metric] == nil {
		return
	}
	j := Judged{Value: v, Baseline: nan, Worse: worse, Threshold: math.Inf(1)}
	if base, ok := p.base[v.Metric]; ok {
		j.Baseline = base.Value
	}
	for _, x := range limits[v.Metric] {
		j.Threshold = min(j.Threshold, x)
	}
	*list = append(*list, j)
}

// favourable returns v with the interval of its metric among sure.
func favourable(v perf.Value, sure []perf.Value) perf.Value {
	for _, s := range sure {
		if s.Metric == v.Metric {
			return s
		}
	}
	return perf.Value{Metric: v.Metric, Value: v.Value, Lower: math.Inf(-1), Upper: math.Inf(1)} // no loss is sure
}
