package collector

import (
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/version"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/evaluate"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/page"
)

// summarise makes the overview page's values. It runs on the tick, so the page
// shows what the metrics show.
func (c *Collector) summarise(now time.Time) *page.Overview {
	o := &page.Overview{
		Version: version.Version, Now: now, Started: c.started,
		Refresh: c.cfg.Global.EvaluationInterval, TelemetryPath: c.o.TelemetryPath,
	}
	if text := c.refused.Load(); text != nil {
		o.ReloadError = *text
	}
	for _, r := range c.readers {
		o.Sources = append(o.Sources, r.summary(now))
	}
	for _, m := range c.set.Models {
		if len(m.Versions) == 0 {
			o.Silent = append(o.Silent, m.Name)
		}
		for _, v := range m.Versions {
			o.Models = append(o.Models, c.summaryOf(v))
		}
	}
	for l, n := range c.set.Dropped {
		o.Dropped = append(o.Dropped, page.Count{Name: model.Limit(l).String(), N: n})
	}
	c.past.Look(o)
	return o
}

func (r *reader) summary(now time.Time) page.Source {
	s := page.Source{Name: r.cfg.Name, Paths: []string{"standard input"}, Up: r.src.Status().Up, Lag: r.lag(now)}
	if r.cfg.File != nil {
		s.Paths = r.cfg.File.Paths
	}
	switch {
	case r.cfg.Feast != nil:
		s.Paths = []string{r.cfg.Feast.Repo}
	case r.cfg.Parquet != nil:
		s.Paths = r.cfg.Parquet.Paths
	case r.cfg.SQL != nil:
		s.Paths = []string{string(r.cfg.SQL.Driver) + " table " + r.cfg.SQL.Name()}
	}
	for _, n := range r.counts.events {
		s.Events += n
	}
	for reason, n := range r.counts.rejected {
		if n > 0 {
			s.Rejected = append(s.Rejected, page.Count{Name: event.Reason(reason).String(), N: n})
		}
	}
	return s
}

func (c *Collector) summaryOf(v *model.Version) page.Model {
	m := v.Model
	learned, learning := m.Learned()
	o := m.Config.Objectives
	p := page.Model{
		Name: m.Name, Version: v.Name, Task: string(m.Task), Owner: m.Config.Owner, Runbook: m.Config.RunbookURL,
		Baseline: string(catalog.Training), Learned: learned,
		Objectives: page.Objectives{Availability: o.Availability, Latency: o.Latency, LatencyRatio: o.LatencyRatio, Freshness: o.Freshness},
		Counts: page.Counts{
			Predictions: v.Predictions, Errors: total(v.Errors), Slow: v.Slow, Duplicates: v.Duplicates,
			Future: v.Future, Late: v.Late, Labels: v.Labels,
		},
		Added:       counts(v.Added),
		Performance: c.performanceOf(v), Labelled: m.Config.LabelHorizon > 0,
		Fair: m.Config.Fairness,
	}
	switch {
	case m.Baseline == nil:
		p.Baseline = "learning"
	case learning:
		p.Baseline = string(catalog.Learned)
	}
	if v.LastEvent != 0 {
		p.LastEvent = time.Unix(0, v.LastEvent)
	}
	if n := v.Delay.Count(); n > 0 {
		p.LabelDelay = time.Duration(v.Delay.Sum() / float64(n) * float64(time.Second))
	}
	c.addColumns(&p, v)
	for _, g := range c.evaluator.Gaps(v) {
		p.Gaps = append(p.Gaps, page.Gap{
			Segment: g.Segment, Window: g.Window, Metric: g.Fairness, Value: g.Value,
			Favourable: g.Favourable, Threshold: g.Threshold, Exceeded: g.Exceeded(),
		})
	}
	for _, r := range c.evaluator.Rivals(v) {
		p.Rivals = append(p.Rivals, page.Rival{
			Challenger: r.Challenger, Window: r.Window, Metric: string(r.Metric),
			Agreement: r.Agreement, Value: r.Value.Value, Lower: r.Lower, Upper: r.Upper,
		})
	}
	return p
}

// addColumns adds what is known of features and outputs.
func (c *Collector) addColumns(p *page.Model, v *model.Version) {
	features, outputs := c.evaluator.Compared(v)
	for i := range features {
		p.Drifts = append(p.Drifts, driftOf(&features[i]))
	}
	for i := range outputs {
		p.Outputs = append(p.Outputs, driftOf(&outputs[i]))
	}
	if d, ok := c.evaluator.Together(v); ok {
		together := driftOf(&d)
		p.Together = &together
	}
	for _, r := range c.evaluator.Renames(v) {
		p.Renamed = append(p.Renamed, page.Rename(r))
	}
	for i, col := range v.Model.Columns() {
		if col.Output {
			continue
		}
		n := &v.Columns[i]
		f := page.Feature{Name: col.Name, Values: n.Values, Removed: n.Removed}
		if col.Base.Rows > 0 {
			f.Usual = float64(col.Base.Missing) / float64(col.Base.Rows)
		}
		tolerated := c.evaluator.Tolerated(v, i)
		for k, check := range col.Checks() {
			at := slices.Index(catalog.Checks, check)
			f.Failed[at], f.Tolerated[at] = n.Violated(check), math.Inf(1)
			if k < len(tolerated) { // else not evaluated yet
				f.Tolerated[at] = tolerated[k]
			}
		}
		p.Features = append(p.Features, f)
	}
}

func driftOf(c *evaluate.Comparison) page.Drift {
	return page.Drift{
		Name: c.Column, Statistic: string(c.Statistic), Window: c.Window,
		Value: c.Distance, Threshold: c.Threshold, Limit: c.Critical, Shorter: c.Shorter, Longer: c.Longer,
	}
}

func counts(t *model.Tally) (list []page.Count) {
	for i, name := range t.Names {
		list = append(list, page.Count{Name: name, N: t.Counts[i]})
	}
	return list
}

func total(t *model.Tally) (n uint64) {
	for _, x := range t.Counts {
		n += x
	}
	return n
}

// performanceOf is what labels tell of a version; without them, what scores do.
func (c *Collector) performanceOf(v *model.Version) *page.Performance {
	known, ok := c.evaluator.Performance(v)
	if !ok {
		return nil
	}
	p := &page.Performance{Window: known.Window, Coverage: known.Coverage}
	judged := known.Realised
	if len(judged) == 0 {
		judged, p.Estimated = known.Estimated, len(known.Estimated) > 0
	}
	for _, j := range judged {
		p.Metrics = append(p.Metrics, page.Metric{
			Name: string(j.Metric), Value: j.Value.Value, Lower: j.Lower, Upper: j.Upper,
			LowerIsBetter: j.Metric.Better() == catalog.Lower, Baseline: j.Baseline, Worse: j.Worse, Threshold: j.Threshold,
		})
	}
	for _, f := range known.Figures {
		p.Figures = append(p.Figures, page.Figure(f))
	}
	return p
}

// stuck says on the page that what it shows stays as it is.
func (c *Collector) stuck(err error) {
	if last := c.overview.Load(); last != nil {
		o := *last
		o.StoreError = err.Error()
		c.overview.Store(&o)
	}
}
