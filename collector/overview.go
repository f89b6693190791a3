package collector

import (
	"cmp"
	"slices"
	"time"

	"github.com/prometheus/common/version"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/page"
)

// worst is how many features and violations the overview names per model.
const worst = 3

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
	p := page.Model{
		Name: m.Name, Version: v.Name, Task: string(m.Task), Baseline: string(catalog.Training),
		Learned: learned, Events: v.Predictions, Future: v.Future, Late: v.Late,
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
	for _, d := range c.evaluator.Compared(v) {
		if d.Drifted() {
			p.Drifted++
		}
		if len(p.Worst) < worst {
			p.Worst = append(p.Worst, page.Drift{
				Feature: d.Feature, Statistic: string(catalog.PSI), Window: d.Window,
				Value: d.Distance, Threshold: d.Threshold, Limit: d.Critical,
			})
		}
	}
	if d, ok := c.evaluator.Together(v); ok {
		p.Together = &page.Drift{
			Feature: "numeric features together", Statistic: string(catalog.PCAReconstruction), Window: d.Window,
			Value: d.Distance, Threshold: d.Threshold, Limit: d.Critical,
		}
	}
	for i, col := range m.Columns() {
		if col.Output {
			continue
		}
		p.Features++
		p.Violations = append(p.Violations, violations(&col, &v.Columns[i])...)
	}
	slices.SortStableFunc(p.Violations, func(a, b page.Violation) int { return cmp.Compare(b.Ratio, a.Ratio) })
	p.Violations = p.Violations[:min(len(p.Violations), worst)]
	p.Performance = c.performanceOf(v)
	return p
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

// violations lists the checks that values of a feature fail more often than the
// baseline's did.
func violations(c *model.Column, n *model.ColumnCounts) []page.Violation {
	var list []page.Violation
	for _, check := range c.Checks() {
		k := n.Violated(check)
		if k == 0 || n.Values == 0 {
			continue
		}
		ratio := float64(k) / float64(n.Values)
		if check == catalog.CheckMissing && ratio <= 1.5*float64(c.Base.Missing)/float64(c.Base.Rows)+.001 {
			continue // as usual
		}
		list = append(list, page.Violation{Feature: c.Name, Check: string(check), N: k, Ratio: ratio})
	}
	return list
}
