package evaluate

import (
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// view is the published side of one model version.
type view struct {
	cfg     *config.Config
	version *model.Version
	shard   *snapshot.Shard
	labels  []string // model, model_version

	predictions, duplicates, late, future, lastEvent, learned, latency snapshot.Ref

	errors, classes, added tallyView
	segments               []tallyView

	performance *performanceView
	compares    int          // what shares the budget of false alarms, but challengers
	columns     []columnView // nil without a baseline
	ratio       []snapshot.Ref
	compared    []Comparison  // of features and outputs, of the last set
	together    *togetherView // nil if the baseline knows of no features that go together

	sum, total *model.Sum
	distinct   []sketch.Distinct
	decision   []uint64

	rolling *rollingView // nil for none
	renames lazy
	renamed []Rename                // of the last set
	fits    map[string]newcomerFits // by newcomer
}

func newView(cfg *config.Config, v *model.Version) *view {
	w := &view{cfg: cfg, version: v, shard: snapshot.NewShard(), labels: []string{v.Model.Name, v.Name}}
	w.predictions = w.series(&catalog.Predictions)
	w.duplicates = w.series(&catalog.DuplicatePredictions)
	w.late = w.series(&catalog.LateEvents)
	w.future = w.series(&catalog.FutureEvents)
	w.lastEvent = w.series(&catalog.LastEventTimestamp)
	w.learned = w.series(&catalog.BaselineLearned)
	w.latency = w.shard.Histogram(&catalog.PredictionLatency, w.labels...)
	w.errors = tallyView{family: &catalog.PredictionErrors}
	w.classes = tallyView{family: &catalog.PredictionClass}
	w.added = tallyView{family: &catalog.SchemaViolations, after: []string{string(catalog.ColumnAdded)}}
	for _, name := range v.Model.Config.Segments {
		w.segments = append(w.segments, tallyView{family: &catalog.SegmentPredictions, before: []string{name}})
	}
	w.renames.view = w
	w.constants()
	w.performance = newPerformanceView(w)
	if v.Columns != nil {
		w.addColumns()
	}
	return w
}

// series adds a series whose labels begin with the model and its version.
func (w *view) series(f *catalog.Family, more ...string) snapshot.Ref {
	return w.shard.Series(f, append(w.labels[:2:2], more...)...)
}

// alpha is the false-alarm probability of one drift over a window.
func (w *view) alpha(window time.Duration) float64 {
	g := &w.cfg.Global
	return Alpha(g.FalseAlarms, w.comparisons(), len(g.Windows), window)
}

// lossAlpha is that of one loss of performance, or of each of several differences of
// which the largest alerts.
func (w *view) lossAlpha(window time.Duration, of int) float64 {
	g := &w.cfg.Global
	return LossAlpha(g.FalseAlarms, max(1, w.comparisons())*of, len(g.Windows), window)
}

// comparisons counts what shares the budget: columns and these together, metrics with
// a loss that alerts, calibration, fairness of declared segments, and challengers.
func (w *view) comparisons() int {
	return w.compares + w.performance.challengers*perf.MaxDifferences
}

// constant publishes a value that does not change.
func (w *view) constant(x float64, f *catalog.Family, more ...string) {
	w.shard.Set(w.series(f, more...), x)
}

func (w *view) constants() {
	m := w.version.Model
	c := m.Config
	w.constant(1, &catalog.ModelInfo, string(m.Task), c.Owner, string(c.Tier), w.baseline())
	if f := m.Baseline; f != nil && !f.Learned {
		trained := f.To
		if trained.IsZero() {
			trained = f.Created
		}
		w.constant(float64(trained.UnixMilli())/1e3, &catalog.ModelTrained)
	}
	if o := c.Objectives; o.Availability > 0 {
		w.constant(o.Availability, &catalog.ObjectiveRatio, "availability")
	}
	if o := c.Objectives; o.Latency > 0 {
		w.constant(o.LatencyRatio, &catalog.ObjectiveRatio, "latency")
		w.constant(o.Latency.Seconds(), &catalog.ObjectiveLatency)
	}
	if o := c.Objectives; o.Freshness > 0 {
		w.constant(o.Freshness.Seconds(), &catalog.TableTTL)
	}
	for _, k := range c.KPIs {
		if k.Better == config.Lower {
			w.constant(1, &catalog.KPILowerIsBetter, k.Name)
		}
	}
}

// baseline names what the version is compared with.
func (w *view) baseline() string {
	f := w.version.Model.Baseline
	switch {
	case f == nil:
		return "learning"
	case f.Learned:
		return string(catalog.Learned)
	default:
		return string(catalog.Training)
	}
}

func (w *view) addColumns() {
	m := w.version.Model
	columns := m.Columns()
	w.sum, w.total = m.Sums(), m.Sums()
	w.distinct = make([]sketch.Distinct, len(columns))
	w.rolling = newRolling(w)
	w.columns = make([]columnView, len(columns))
	for i := range columns {
		w.columns[i] = newColumnView(w, &columns[i])
	}
	for _, window := range w.cfg.Global.Windows {
		w.ratio = append(w.ratio, w.series(&catalog.DriftedFeatures, w.baseline(), label(window)))
	}
	w.together = newTogetherView(w)
}

// set brings every series up to date.
func (w *view) set(now int64) {
	v := w.version
	w.shard.Set(w.predictions, float64(v.Predictions))
	w.shard.Set(w.duplicates, float64(v.Duplicates))
	w.shard.Set(w.late, float64(v.Late))
	w.shard.Set(w.future, float64(v.Future))
	w.shard.Set(w.lastEvent, nan)
	if v.LastEvent != 0 {
		w.shard.Set(w.lastEvent, float64(v.LastEvent/1e6)/1e3)
	}
	w.shard.Set(w.learned, nan)
	if share, learning := v.Model.Learned(); learning {
		w.shard.Set(w.learned, share)
	}
	w.shard.SetHistogram(w.latency, &v.Latency)
	w.errors.set(w, v.Errors)
	w.classes.set(w, v.Classes)
	w.added.set(w, v.Added)
	for i := range w.segments {
		w.segments[i].set(w, v.Segments[i])
	}
	w.performance.set(w)
	if w.columns != nil {
		w.setColumns(now)
	}
}

func (w *view) setColumns(now int64) {
	v := w.version
	v.Total(w.total)
	if w.rolling != nil {
		w.rolling.simulations = 0
	}
	for i := range w.columns {
		w.columns[i].setCounters(w, &v.Columns[i], now)
	}
	w.compared = w.compared[:0]
	for k, window := range w.cfg.Global.Windows {
		v.Window(k, w.sum)
		v.Distinct(k, w.distinct)
		w.roll(k)
		first := len(w.compared)
		for i := range w.columns {
			w.columns[i].setWindow(w, k, window, &w.distinct[i])
		}
		w.shard.Set(w.ratio[k], driftedRatio(w.compared[first:]))
	}
	w.setRenames()
	for i := range w.columns {
		w.columns[i].compare.Rest()
	}
	w.together.set(w)
}

// tallyView is the series of counts by a name that the data chooses.
type tallyView struct {
	family        *catalog.Family
	before, after []string // labels around the name
	refs          []snapshot.Ref
}

func (t *tallyView) set(w *view, tally *model.Tally) {
	for i := len(t.refs); i < len(tally.Names); i++ {
		labels := append(t.before[:len(t.before):len(t.before)], tally.Names[i])
		t.refs = append(t.refs, w.series(t.family, append(labels, t.after...)...))
	}
	for i, ref := range t.refs {
		w.shard.Set(ref, float64(tally.Counts[i]))
	}
}
