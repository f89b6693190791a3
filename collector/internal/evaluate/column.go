package evaluate

import (
	"math"
	"strconv"
	"time"

	"github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	state "github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// quantiles are those of ml_feature_quantile.
var quantiles = []float64{.01, .05, .25, .5, .75, .95, .99}

// columnView is the published side of one feature or output.
type columnView struct {
	column  *state.Column
	compare *drift.Comparison
	stats   []catalog.Statistic
	limits  map[catalog.Statistic]float64 // lowest thresholds; none for what never alerts
	results []drift.Result

	values, removed, retyped snapshot.Ref
	violations               []snapshot.Ref // by column.Checks()
	checks                   []catalog.Check
	tolerated                []float64      // by column.Checks(): share of failing values that alerts, above the baseline's; +Inf for never
	bins                     []snapshot.Ref // decision bins
	windows                  []columnWindow
	rolling                  []rollingWindow // by window; nil without a rolling baseline
	hidden                   bool
}

// columnWindow is a column's gauges over one window.
type columnWindow struct {
	alpha                                  float64
	values, mean, stddev, min, max, unique snapshot.Ref
	quantiles                              []snapshot.Ref
	stats                                  []stat
}

// label spells a window as the label window has it: 1h, 24h, 730h.
func label(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return model.Duration(d).String()
}

func newColumnView(w *view, c *state.Column) columnView {
	base := c.Base
	cv := columnView{column: c, compare: drift.New(base.Shape(), base.Side(), base.Effects), limits: map[catalog.Statistic]float64{}}
	cv.compare.Share(c.Laws)
	for _, s := range w.statistics(c) {
		if drift.Defined(s, c.Kind) {
			cv.stats = append(cv.stats, s)
		}
	}
	cv.addConstants(w)
	cv.addCounters(w)
	for _, window := range w.cfg.Global.Windows {
		cv.windows = append(cv.windows, cv.addWindow(w, window, w.alpha(window)))
		cv.addRolling(w, window)
	}
	return cv
}

// addConstants publishes the baseline and the thresholds.
func (c *columnView) addConstants(w *view) {
	m, name := w.version.Model, c.column.Name
	if c.column.Output {
		c.addThresholds(w, &catalog.OutputDriftThreshold, m.Config.OutputThresholds())
		return
	}
	drifts, checks := m.Config.FeatureThresholds(name)
	c.addThresholds(w, &catalog.FeatureDriftThreshold, drifts)
	for _, check := range c.column.Checks() {
		c.tolerated = append(c.tolerated, lowest(checks[check]))
		for _, p := range catalog.Priorities {
			if x, ok := checks[check][p]; ok {
				w.constant(x, &catalog.FeatureViolationThreshold, name, string(check), string(p))
			}
		}
	}
	if c.column.Base.Rows > 0 {
		w.constant(float64(c.column.Base.Missing)/float64(c.column.Base.Rows), &catalog.BaselineMissingRatio, name)
	}
	c.addBaselineBins(w)
}

// addBaselineBins publishes what distances can be computed from in PromQL.
func (c *columnView) addBaselineBins(w *view) {
	counts := c.decide(w, c.column.Base.Counts)
	total := float64(sum(counts))
	if total == 0 {
		return
	}
	w.constant(total, &catalog.BaselineValues, c.column.Name)
	for i, bin := range c.column.Base.DecisionLabels() {
		w.constant(float64(counts[i])/total, &catalog.BaselineBinRatio, c.column.Name, bin)
		if c.column.Kind == catalog.Numeric {
			w.constant(float64(i+1), &catalog.BaselineBinRank, c.column.Name, bin)
		}
	}
}

func (c *columnView) addThresholds(w *view, f *catalog.Family, t map[catalog.Statistic]map[catalog.Priority]float64) {
	for _, s := range c.stats {
		for _, p := range catalog.Priorities {
			if x, ok := t[s][p]; ok {
				w.constant(x, f, c.column.Name, string(s), string(p))
			}
		}
		if len(t[s]) > 0 {
			c.limits[s] = lowest(t[s])
		}
	}
}

// lowest is the least urgent of thresholds by priority, +Inf of none.
func lowest(t map[catalog.Priority]float64) float64 {
	least := math.Inf(1)
	for _, x := range t {
		least = min(least, x)
	}
	return least
}

func (c *columnView) addCounters(w *view) {
	name, family := c.column.Name, &catalog.OutputBin
	if !c.column.Output {
		family = &catalog.FeatureBin
		c.values = w.series(&catalog.FeatureValues, name)
		c.removed = w.series(&catalog.SchemaViolations, name, string(catalog.ColumnRemoved))
		c.retyped = w.series(&catalog.SchemaViolations, name, string(catalog.ColumnRetyped))
		c.checks = c.column.Checks()
		for _, check := range c.checks {
			c.violations = append(c.violations, w.series(&catalog.FeatureViolations, name, string(check)))
		}
	}
	for _, bin := range c.column.Base.DecisionLabels() {
		c.bins = append(c.bins, w.series(family, name, bin))
	}
}

func (c *columnView) addWindow(w *view, d time.Duration, alpha float64) columnWindow {
	cw := columnWindow{alpha: alpha}
	name, base, span := c.column.Name, w.baseline(), label(d)
	distance, critical := &catalog.OutputDrift, &catalog.OutputDriftCritical
	if !c.column.Output {
		distance, critical = &catalog.FeatureDrift, &catalog.FeatureDriftCritical
		cw.values = w.series(&catalog.WindowValues, name, span)
		cw.unique = w.series(&catalog.FeatureDistinct, name, span)
		if c.column.Kind == catalog.Numeric {
			cw.mean = w.series(&catalog.FeatureMean, name, span)
			cw.stddev = w.series(&catalog.FeatureStddev, name, span)
			cw.min = w.series(&catalog.FeatureMin, name, span)
			cw.max = w.series(&catalog.FeatureMax, name, span)
			for _, q := range quantiles {
				cw.quantiles = append(cw.quantiles, w.series(&catalog.FeatureQuantile, name, strconv.FormatFloat(q, 'g', -1, 64), span))
			}
		}
	}
	for _, s := range c.stats {
		cw.stats = append(cw.stats, stat{s,
			w.series(distance, name, string(s), base, span), w.series(critical, name, string(s), base, span)})
	}
	return cw
}

// statistics lists what is computed of a column: the configured statistics, and
// every one that has a threshold.
func (w *view) statistics(c *state.Column) []catalog.Statistic {
	thresholds := w.version.Model.Config.OutputThresholds()
	if !c.Output {
		thresholds, _ = w.version.Model.Config.FeatureThresholds(c.Name)
	}
	var all []catalog.Statistic
	for _, s := range catalog.Statistics {
		wanted := s == catalog.PSI || len(thresholds[s]) > 0
		for _, configured := range w.cfg.Global.Statistics {
			wanted = wanted || s == configured
		}
		if wanted {
			all = append(all, s)
		}
	}
	return all
}

// decide sums fine bins to decision bins. The result is valid until the next call.
func (c *columnView) decide(w *view, fine []uint64) []uint64 {
	if c.column.Kind != catalog.Numeric {
		return fine
	}
	d, from := w.decision[:0], 0
	for _, edge := range c.column.Base.Decision {
		d, from = append(d, sum(fine[from:edge+1])), edge+1
	}
	w.decision = append(d, sum(fine[from:]))
	return w.decision
}

func sum(counts []uint64) uint64 {
	n := uint64(0)
	for _, c := range counts {
		n += c
	}
	return n
}

// setCounters publishes what is counted since the start. The series of a feature
// that had no value for long vanish until it has one again.
func (c *columnView) setCounters(w *view, n *state.ColumnCounts, now int64) {
	c.hidden = now-n.LastValue > int64(w.cfg.Global.StaleAfter)
	set := func(r snapshot.Ref, x uint64) {
		if c.hidden {
			w.shard.Set(r, nan)
		} else {
			w.shard.Set(r, float64(x))
		}
	}
	for i, x := range c.decide(w, c.column.In(w.total)) {
		set(c.bins[i], x)
	}
	if c.column.Output {
		return
	}
	set(c.values, n.Values)
	set(c.removed, n.Removed)
	set(c.retyped, n.Type)
	for i, check := range c.checks {
		set(c.violations[i], n.Violated(check))
	}
}

// setWindow publishes the gauges of window k, whose sum is in w.sum.
func (c *columnView) setWindow(w *view, k int, window time.Duration, d *sketch.Distinct) {
	cw, set := &c.windows[k], w.shard.Set
	counts := c.column.In(w.sum)
	n := sum(counts)
	known := n >= w.cfg.Global.MinValues && !c.hidden
	if !c.column.Output {
		set(cw.values, float64(n))
		if c.hidden {
			set(cw.values, nan)
		}
		c.setMoments(w, cw, counts, known, d)
	}
	if !known {
		for _, s := range cw.stats {
			set(s.distance, nan)
			set(s.critical, nan)
		}
		c.hideRolling(w, k)
		return
	}
	live := drift.Side{Counts: counts, Low: nan, High: nan}
	if i := c.column.Moments; i >= 0 {
		m := &w.sum.Moments[i]
		live.Low, live.High = m.Low/float64(m.LowN), m.High/float64(m.HighN)
	}
	c.results = c.compare.Compare(c.results[:0], live, c.stats, cw.alpha, window)
	for i, r := range c.results {
		set(cw.stats[i].distance, r.Distance)
		set(cw.stats[i].critical, r.Critical)
		c.keep(w, label(window), r)
	}
	c.setRolling(w, k, window, live)
}

// setMoments publishes mean, spread, extremes, quantiles and distinct values.
func (c *columnView) setMoments(w *view, cw *columnWindow, counts []uint64, known bool, d *sketch.Distinct) {
	set := w.shard.Set
	set(cw.unique, nan)
	if known {
		set(cw.unique, math.Round(d.Estimate()))
	}
	if c.column.Kind != catalog.Numeric {
		return
	}
	m := &w.sum.Moments[c.column.Moments]
	known = known && m.N > 0
	for _, g := range [...]struct {
		ref   snapshot.Ref
		value func() float64
	}{
		{cw.mean, m.Mean}, {cw.stddev, m.Stddev},
		{cw.min, func() float64 { return m.Min }}, {cw.max, func() float64 { return m.Max }},
	} {
		set(g.ref, nan)
		if known {
			set(g.ref, g.value())
		}
	}
	for i, q := range quantiles {
		set(cw.quantiles[i], nan)
		if known {
			set(cw.quantiles[i], drift.Quantile(c.column.Base.Edges, counts, m.Min, m.Max, q))
		}
	}
}
