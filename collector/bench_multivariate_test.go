package collector

import (
	"slices"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// BenchmarkTogether is what errors of rows cost: models are updated from decoded
// batches of one minute of events each, so that every pane is new, in turn with a
// baseline that knows of features that go together and one that does not. With ten
// events a second a pane is short, and a larger part of its rows is taken.
func BenchmarkTogether(b *testing.B) {
	cfg, base, _, _ := benchLog(b)
	without := *base
	without.Multivariate = nil
	for _, rate := range []struct {
		name   string
		events int // of a pane
	}{{"rate=1", 60}, {"rate=10", 600}, {"rate=60", 3600}} {
		b.Run(rate.name, func(b *testing.B) {
			lines := simulate.Lines(rate.events, 1)
			pipes := [2]*pipe{}
			for i, f := range []*baseline.File{base, &without} {
				p := newPipe(b, cfg, f)
				if n := p.decode(lines, 0); n != len(lines) {
					b.Fatalf("%d of %d bytes decoded", n, len(lines))
				}
				pipes[i] = p
			}
			var spent [2][]time.Duration
			for b.Loop() {
				for i, p := range pipes {
					spent[i] = append(spent[i], p.applyMinute())
				}
			}
			with, without := usual(spent[0]), usual(spent[1])
			b.ReportMetric(float64(rate.events)/with, "events/s")
			b.ReportMetric(without/with, "of-without")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// usual is the lower quartile in seconds: what else a machine does makes some slower.
func usual(d []time.Duration) float64 {
	slices.Sort(d)
	return d[len(d)/4].Seconds()
}

// applyMinute applies the pipe's batch once more, as the next minute's events, and
// returns how long that took.
func (p *pipe) applyMinute() time.Duration {
	p.now += int64(time.Minute)
	for i := range p.batch.Times {
		p.batch.Times[i] = p.now + int64(i)*int64(time.Minute)/int64(p.batch.N)
	}
	p.batch.Arrival = p.now + int64(time.Minute)
	start := time.Now()
	p.set.Apply(0, &p.batch, p.now)
	return time.Since(start)
}
