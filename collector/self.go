package collector

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/collectors/version"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// reloadMetrics is the usual pair that says whether the running configuration is
// the one in the file.
type reloadMetrics struct{ ok, when prometheus.Gauge }

func (r reloadMetrics) succeed(now time.Time) {
	r.ok.Set(1)
	r.when.Set(float64(now.UnixMilli()) / 1e3)
}

func (r reloadMetrics) fail() { r.ok.Set(0) }

// registerSelf declares what concerns the process and not the data.
func (c *Collector) registerSelf() {
	gauge := func(f *catalog.Family) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: f.Name, Help: f.Help})
	}
	c.reloaded = reloadMetrics{gauge(&catalog.ReloadSuccessful), gauge(&catalog.ReloadTimestamp)}
	c.self.MustRegister(
		c.reloaded.ok, c.reloaded.when,
		version.NewCollector("model_exporter"),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
}

// sourceView is the published side of a source.
type sourceView struct {
	shard                     *snapshot.Shard
	events                    [event.NumTypes]snapshot.Ref
	rejected                  [event.NumReasons]snapshot.Ref
	bytes, lag, up, fallbacks snapshot.Ref
	tables                    tablesView
}

func newSourceView(name string) *sourceView {
	v := &sourceView{shard: snapshot.NewShard()}
	for t := range v.events {
		v.events[t] = v.shard.Series(&catalog.SourceEvents, name, event.Type(t).String())
	}
	for r := range v.rejected {
		v.rejected[r] = v.shard.Series(&catalog.SourceRejected, name, event.Reason(r).String())
	}
	v.bytes = v.shard.Series(&catalog.SourceReadBytes, name)
	v.lag = v.shard.Series(&catalog.SourceLag, name)
	v.up = v.shard.Series(&catalog.SourceUp, name)
	v.fallbacks = v.shard.Series(&catalog.SourceFallbacks, name)
	return v
}

// sourceShard brings the series of a source up to date.
func (c *Collector) sourceShard(r *reader, now time.Time) *snapshot.Shard {
	v := c.sources[r.cfg.Name]
	if v == nil {
		v = newSourceView(r.cfg.Name)
		c.sources[r.cfg.Name] = v
	}
	for t, n := range r.counts.events {
		v.shard.Set(v.events[t], float64(n))
	}
	for reason, n := range r.counts.rejected {
		v.shard.Set(v.rejected[reason], float64(n))
	}
	status := r.src.Status()
	v.shard.Set(v.bytes, float64(r.counts.bytes))
	v.shard.Set(v.fallbacks, float64(r.counts.fallbacks))
	v.shard.Set(v.up, b2f(status.Up))
	v.shard.Set(v.lag, r.lag(now).Seconds())
	v.tables.set(v.shard, r, c.cfg)
	return v.shard
}

// lag is how far the models are behind the source in event time.
func (r *reader) lag(now time.Time) time.Duration {
	if r.src.Status().CaughtUp || r.counts.newest == 0 {
		return 0
	}
	return max(0, now.Sub(time.Unix(0, r.counts.newest)))
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// exporterView is the published side of the exporter as a whole.
type exporterView struct {
	shard              *snapshot.Shard
	evaluation, series snapshot.Ref
	dropped            [model.NumLimits]snapshot.Ref
}

func newExporterView() *exporterView {
	v := &exporterView{shard: snapshot.NewShard()}
	v.evaluation = v.shard.Series(&catalog.EvaluationDuration)
	v.series = v.shard.Series(&catalog.Series)
	for l := range v.dropped {
		v.dropped[l] = v.shard.Series(&catalog.SeriesDropped, model.Limit(l).String())
	}
	return v
}

func (v *exporterView) set(s *model.Set, took time.Duration, series int) *snapshot.Shard {
	v.shard.Set(v.evaluation, took.Seconds())
	for l, n := range s.Dropped {
		v.shard.Set(v.dropped[l], float64(n))
	}
	v.shard.Set(v.series, float64(series+v.shard.Len()))
	return v.shard
}
