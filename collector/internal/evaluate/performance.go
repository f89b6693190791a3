package evaluate

import (
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// performanceView is the published side of what labels and outcomes tell.
type performanceView struct {
	delay  snapshot.Ref
	lazy   lazy
	base   map[catalog.Metric]perf.Value                   // with intervals of 99 %
	labels float64                                         // behind them
	limits map[catalog.Metric]map[catalog.Priority]float64 // losses that alert
	doubts map[catalog.Metric]map[catalog.Priority]float64 // estimated ones

	windows []Performance // of the last set
	gaps    []Gap         // the same, of all windows, as are the rivals
	rivals  []Rival
	unequal map[catalog.Fairness]map[catalog.Priority]float64
	sum     *model.Joined
	paired  perf.Paired

	challengers int // versions that are compared with this one

	label   *drift.Comparison // nil without labels in the baseline
	stats   []catalog.Statistic
	results []drift.Result
}

func newPerformanceView(w *view) *performanceView {
	p := &performanceView{delay: w.shard.Histogram(&catalog.LabelDelay, w.labels...), lazy: lazy{view: w}, base: map[catalog.Metric]perf.Value{}}
	m := w.version.Model
	p.limits, p.doubts = m.Config.PerformanceThresholds()
	w.compares = len(m.Columns())
	if m.Multivariate() != nil {
		w.compares++
	}
	if base := m.Performance(); base != nil {
		p.labels = float64(base.Labels)
		for _, v := range base.Metrics {
			p.base[v.Metric] = v
			w.constant(v.Value, &catalog.BaselinePerformance, string(v.Metric))
			w.compares += min(1, len(p.limits[v.Metric])) + min(1, len(p.doubts[v.Metric]))
			if v.Metric == catalog.ECE {
				w.compares++
			}
			for _, priority := range catalog.Priorities {
				if x, ok := p.limits[v.Metric][priority]; ok {
					w.constant(x, &catalog.PerformanceThreshold, string(v.Metric), string(priority))
				}
				if x, ok := p.doubts[v.Metric][priority]; ok {
					w.constant(x, &catalog.EstimatedThreshold, string(v.Metric), string(priority))
				}
			}
		}
	}
	p.unequal = m.Config.FairnessThresholds()
	addFairnessThresholds(w, p.unequal)
	if c := m.Label(); c != nil {
		p.label = drift.New(c.Base.Shape(), c.Base.Side(), c.Base.Effects)
		p.label.Share(c.Laws)
		for _, s := range w.statistics(c) {
			if drift.Defined(s, c.Kind) {
				p.stats = append(p.stats, s)
			}
		}
	}
	return p
}

func addFairnessThresholds(w *view, thresholds map[catalog.Fairness]map[catalog.Priority]float64) {
	for _, segment := range w.version.Model.Config.Fairness {
		for _, f := range catalog.FairnessMetrics {
			w.compares += min(1, len(thresholds[f]))
			for _, priority := range catalog.Priorities {
				if x, ok := thresholds[f][priority]; ok {
					w.constant(x, &catalog.FairnessThreshold, segment, string(f), string(priority))
				}
			}
		}
	}
}

// set publishes counters and, for every window, how good the predictions are.
func (p *performanceView) set(w *view) {
	p.setCounters(w)
	p.windows, p.gaps, p.rivals = p.windows[:0], p.gaps[:0], p.rivals[:0]
	p.challengers = 0
	for _, pair := range w.version.Model.Pairs() {
		if champion, _, _ := pair.Champion(); champion == w.version {
			p.challengers++
		}
	}
	for i, d := range w.cfg.Global.Windows {
		if p.sum == nil {
			p.sum = w.version.JoinedSums()
		}
		if p.sum != nil && w.version.Joined(i, p.sum) {
			p.setWindow(w, label(d), d)
		}
		p.setPairs(w, i, label(d), d)
	}
	p.lazy.hide()
}

func (p *performanceView) setCounters(w *view) {
	v, set := w.version, p.lazy.set
	m := v.Model
	if m.Config.Objectives.Latency > 0 {
		set(float64(v.Slow), &catalog.SlowPredictions)
	}
	if m.Config.LabelHorizon == 0 && v.Labels == 0 {
		return
	}
	set(float64(v.Labels), &catalog.Labels)
	set(float64(v.Repeated), &catalog.LabelsRepeated)
	set(float64(v.Corrected), &catalog.LabelsCorrected)
	w.shard.SetHistogram(p.delay, &v.Delay)
	classes := m.Classes()
	v.Confusion.Each(func(predicted, actual int, n uint64) {
		set(float64(n), &catalog.Confusion, classes[predicted], classes[actual])
	})
	if m.Task == catalog.Regression {
		set(v.Over+v.Under, &catalog.AbsoluteError)
		set(v.SquaredError, &catalog.SquaredError)
		set(v.Over, &catalog.Overprediction)
		set(v.Under, &catalog.Underprediction)
	}
	for i, k := range v.KPIs {
		set(k.Sum, &catalog.KPI, m.Config.KPIs[i].Name)
		set(k.Negative, &catalog.KPINegative, m.Config.KPIs[i].Name)
	}
}

// setWindow publishes the gauges of one window, whose sums are in p.sum.
func (p *performanceView) setWindow(w *view, window string, d time.Duration) {
	m, all, set := w.version.Model, &p.sum.All, p.lazy.set
	least, alpha := int64(w.cfg.Global.MinValues), w.lossAlpha(d, 1)
	p.windows = append(p.windows, Performance{Window: window, Coverage: nan})
	at := &p.windows[len(p.windows)-1]
	if all.Labels() >= least {
		sure := all.MetricsAt(m.Measure(), alpha)
		for _, v := range all.Metrics(m.Measure()) {
			p.setMetric(at, v, favourable(v, sure), alpha)
		}
		p.setClasses(m, window)
	}
	if n := all.Predictions(); n >= least {
		if m.Config.LabelHorizon > 0 { // else nothing is joined, and 0 would look like a loss of all
			at.Coverage = min(1, float64(all.Labels())/float64(n))
			set(at.Coverage, &catalog.LabelCoverage, window)
			for i, k := range p.sum.KPIs {
				at.Figures = append(at.Figures, Figure{m.Config.KPIs[i].Name, k / float64(n)})
				set(k/float64(n), &catalog.KPIPerPrediction, m.Config.KPIs[i].Name, window)
			}
		}
		p.setEstimated(m, at, alpha)
	}
	p.setSegments(w, window, d)
	p.setLabelDrift(w, window, d)
}

// setMetric publishes a metric with its usual interval, and its loss as far as the
// budget of false alarms allows to be sure of it, at alpha.
func (p *performanceView) setMetric(at *Performance, v, sure perf.Value, alpha float64) {
	set, name, window, worse := p.lazy.set, string(v.Metric), at.Window, nan
	set(v.Value, &catalog.Performance, name, window)
	set(v.Lower, &catalog.PerformanceLower, name, window)
	set(v.Upper, &catalog.PerformanceUpper, name, window)
	if base, ok := p.base[v.Metric]; ok {
		base = perf.At(base, p.labels, alpha)
		if loss, lower, ok := perf.Degradation(v.Metric, base, sure); ok {
			set(loss, &catalog.PerformanceDegradation, name, window)
			if !math.IsInf(lower, -1) { // else the baseline itself may be 0
				set(lower, &catalog.PerformanceDegradationLower, name, window)
				worse = lower
			}
		}
		if x := perf.Excess(base, sure); v.Metric == catalog.ECE && !math.IsInf(x, -1) {
			set(x, &catalog.CalibrationDegradationLower, window)
		}
	}
	p.judge(&at.Realised, v, worse, p.limits)
}

func (p *performanceView) setClasses(m *model.Model, window string) {
	if m.Task != catalog.Multiclass {
		return
	}
	for code, name := range m.Classes() {
		for _, v := range p.sum.All.ClassMetrics(m.Measure(), code) {
			p.lazy.set(v.Value, &catalog.ClassPerformance, name, string(v.Metric), window)
		}
	}
}

// setEstimated publishes what the scores alone let expect. The baseline's own sampling
// error is already in the estimate's interval: the calibrator's labels are the
// baseline's.
func (p *performanceView) setEstimated(m *model.Model, at *Performance, alpha float64) {
	k := m.Calibrator()
	if k == nil {
		return
	}
	sure := k.EstimateAt(m.Measure(), &p.sum.All, alpha)
	for _, v := range k.Estimate(m.Measure(), &p.sum.All) {
		worse := nan
		p.lazy.set(v.Value, &catalog.PerformanceEstimated, string(v.Metric), at.Window)
		if base, ok := p.base[v.Metric]; ok {
			base.Lower, base.Upper = base.Value, base.Value
			if _, lower, ok := perf.Degradation(v.Metric, base, favourable(v, sure)); ok {
				p.lazy.set(lower, &catalog.PerformanceEstimatedDegradation, string(v.Metric), at.Window)
				worse = lower
			}
		}
		p.judge(&at.Estimated, v, worse, p.doubts)
	}
}

// setSegments publishes performance by segment value, and how fair the values are
// treated.
func (p *performanceView) setSegments(w *view, window string, d time.Duration) {
	m, least := w.version.Model, int64(w.cfg.Global.MinValues)
	alpha := func(pairs int) float64 { return w.lossAlpha(d, pairs) }
	for i, values := range p.sum.Segments {
		segment := m.Config.Segments[i]
		names := m.SegmentValues(i)
		for code, s := range values {
			if s == nil || s.Labels() < least {
				continue
			}
			for _, v := range s.Metrics(m.Measure()) {
				p.lazy.set(v.Value, &catalog.SegmentPerformance, segment, names[code], string(v.Metric), window)
			}
		}
		for _, f := range perf.Fairness(m.Measure(), values, least, alpha) {
			p.lazy.set(f.Value, &catalog.FairnessGap, segment, string(f.Fairness), window)
			p.lazy.set(f.Favourable, &catalog.FairnessFavourable, segment, string(f.Fairness), window)
			p.keepGap(m, segment, window, f)
		}
	}
}

func (p *performanceView) setLabelDrift(w *view, window string, d time.Duration) {
	if p.label == nil {
		return
	}
	counts, n := p.sum.LabelCounts()
	if n < w.cfg.Global.MinValues {
		return
	}
	live := drift.Side{Counts: counts, Low: nan, High: nan}
	p.results = p.label.Compare(p.results[:0], live, p.stats, w.alpha(d), d)
	for _, r := range p.results {
		p.lazy.set(r.Distance, &catalog.LabelDrift, string(r.Statistic), w.baseline(), window)
		p.lazy.set(r.Critical, &catalog.LabelDriftCritical, string(r.Statistic), w.baseline(), window)
	}
	p.label.Rest()
}

// setPairs publishes the comparisons in which this version is the champion.
func (p *performanceView) setPairs(w *view, i int, window string, length time.Duration) {
	v := w.version
	for _, pair := range v.Model.Pairs() {
		champion, challenger, sign := pair.Champion()
		if champion != v {
			continue
		}
		pair.Window(i, &p.paired)
		a, ok := p.paired.Agreement()
		if !ok || p.paired.IDs() < int64(w.cfg.Global.MinValues) {
			continue
		}
		p.lazy.set(a.Value, &catalog.VersionAgreement, challenger.Name, window)
		for _, d := range p.paired.Differences(v.Model.Measure(), w.lossAlpha(length, 1)) {
			value, lower, upper := d.Value, d.Lower, d.Upper
			if sign < 0 {
				value, lower, upper = -value, -upper, -lower
			}
			p.lazy.set(value, &catalog.VersionDifference, challenger.Name, string(d.Metric), window)
			p.lazy.set(lower, &catalog.VersionDifferenceLower, challenger.Name, string(d.Metric), window)
			p.lazy.set(upper, &catalog.VersionDifferenceUpper, challenger.Name, string(d.Metric), window)
			p.rivals = append(p.rivals, Rival{challenger.Name, window, a.Value, perf.Value{Metric: d.Metric, Value: value, Lower: lower, Upper: upper}})
		}
	}
}
