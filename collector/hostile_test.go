package collector

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/evaluate"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

// hostileConfig learns quickly, so that distributions are part of the load.
func hostileConfig() *config.Config {
	cfg := config.ForTail([]string{"unused.jsonl"})
	cfg.Global.Time = config.EventTime
	cfg.Global.LearnEvents = 1000
	cfg.Global.MinValues = 1
	return cfg
}

// TestHostileNamesStayBounded feeds a million distinct names of each sort: the
// models, series and memory that come of it are those of the limits.
func TestHostileNamesStayBounded(t *testing.T) {
	names := 1_000_000
	if testing.Short() {
		names = 100_000
	}
	dropped := map[string]model.Limit{
		"models": model.LimitModels, "versions": model.LimitVersions, "features": model.LimitFeatures,
		"categories": model.LimitCategories, "classes": model.LimitClasses, "reasons": model.LimitReasons,
	}
	lines := map[string]string{
		"models":     `{"model":"m%d","features":{"x":1},"prediction":"1"}`,
		"versions":   `{"model":"m","version":"v%d","features":{"x":1},"prediction":"1"}`,
		"features":   `{"model":"m","features":{"x":1,"f%d":2},"prediction":"1"}`,
		"categories": `{"model":"m","features":{"x":"c%d"},"prediction":"1"}`,
		"classes":    `{"model":"m","features":{"x":1},"prediction":"p%d"}`,
		"reasons":    `{"model":"m","features":{"x":1},"prediction":"1","error":"e%d"}`,
		"ids":        `{"model":"m","id":"%d","features":{"x":1},"prediction":"1"}`,
		"segments":   `{"model":"m","features":{"x":1},"prediction":"1","segments":{"s%d":"v"}}`,
		"long names": `{"model":"m","features":{"x":"` + strings.Repeat("long", 100) + `%d"},"prediction":"1"}`,
	}
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			cfg := hostileConfig()
			p := newPipe(t, cfg)
			var block bytes.Buffer
			for i := 0; i < names; {
				block.Reset()
				for end := min(i+2000, names); i < end; i++ {
					fmt.Fprintf(&block, line+"\n", i)
				}
				p.feed(t, block.Bytes())
			}
			shards := p.evaluator.Evaluate(p.set, p.now)
			series := 0
			for _, s := range shards {
				series += s.Len()
			}
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			runtime.KeepAlive(p)
			t.Logf("%d MiB live, %d models, %d series, dropped %v", m.HeapAlloc>>20, len(p.set.Models), series, p.set.Dropped)
			if m.HeapAlloc > 512<<20 {
				t.Errorf("%d MiB are live", m.HeapAlloc>>20)
			}
			if len(p.set.Models) > cfg.Global.Limits.Models || series > 200_000 {
				t.Errorf("%d models, %d series", len(p.set.Models), series)
			}
			if limit, ok := dropped[name]; ok && p.set.Dropped[limit] < uint64(names)*9/10 {
				t.Errorf("%d of %d names counted as dropped", p.set.Dropped[limit], names)
			}
			if p.events != uint64(names) {
				t.Errorf("%d events counted, want %d", p.events, names)
			}
		})
	}
}

// pipe is decoder, models and evaluation without sources and clocks.
type pipe struct {
	r         *reader
	set       *model.Set
	evaluator *evaluate.Evaluator
	now       int64
	offset    int64
	events    uint64
	rejected  uint64
	batch     event.Batch
	decode    func([]byte, int64) int
}

func newPipe(t testing.TB, cfg *config.Config, baselines ...*baseline.File) *pipe {
	t.Helper()
	source := cfg.Sources[0].Name
	byModel := map[string]*baseline.File{}
	for _, f := range baselines {
		byModel[f.Model] = f
	}
	set, err := model.NewSet(cfg, byModel, []string{source})
	if err != nil {
		t.Fatal(err)
	}
	r, err := newReader(cfg.Sources[0], cfg.Global.Limits, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &pipe{r: r, set: set, evaluator: evaluate.New(cfg), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()}
	stream := r.set.Stream()
	p.decode = func(data []byte, offset int64) int { return stream.Decode(&p.batch, data, offset, false) }
	return p
}

// feed applies whole lines.
func (p *pipe) feed(t testing.TB, data []byte) {
	t.Helper()
	for len(data) > 0 {
		p.batch.Reset()
		n := p.decode(data, p.offset)
		if n == 0 {
			t.Fatalf("nothing decoded at offset %d", p.offset)
		}
		p.batch.Arrival = p.now
		p.now += int64(time.Millisecond)
		p.set.Apply(0, &p.batch, p.now)
		p.events += uint64(p.batch.N)
		for _, k := range p.batch.Rejected {
			p.rejected += k
		}
		data, p.offset = data[n:], p.offset+int64(n)
	}
}

// FuzzPipeline: whatever lines say, nothing panics, every line is an event or a
// rejection, and what is published can be parsed and has no NaN.
func FuzzPipeline(f *testing.F) {
	f.Add([]byte(`{"model":"m","features":{"x":1,"y":"a"},"prediction":1,"score":0.5,"latency_ms":3,"error":"e"}`))
	f.Add([]byte(`{"features":{"x":NaN,"y":-Infinity,"z":[1,2]},"timestamp":1e300}`))
	f.Add([]byte(`{"features":{"\u0000":1,"a\nb\"c\\":2},"prediction":"\ud800"}` + "\n" + `{`))
	f.Add([]byte(`{"timestamp":"0001-01-01T00:00:00Z","prediction":1}` + "\n" + `{"timestamp":-9e18,"prediction":true}`))
	cfg := hostileConfig()
	cfg.Global.LearnEvents = 2
	f.Fuzz(func(t *testing.T, data []byte) {
		data = append(bytes.ReplaceAll(data, []byte("\r"), nil), '\n')
		lines := uint64(0)
		for line := range bytes.Lines(data) {
			if len(bytes.Trim(line, " \t\n")) > 0 {
				lines++
			}
		}
		p := newPipe(t, cfg)
		for range 3 { // learn, then compare
			p.feed(t, data)
		}
		if p.events+p.rejected != 3*lines {
			t.Errorf("%d events and %d rejections of %d lines", p.events, p.rejected, 3*lines)
		}
		p.set.Tick(p.now)
		collect(t, p.evaluator.Evaluate(p.set, p.now))
		if text := textOf(t, p.evaluator.Evaluate(p.set, p.now)); bytes.Contains(text, []byte(" NaN\n")) {
			t.Errorf("a series is NaN:\n%s", text)
		}
	})
}
