package collector

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// versionedLines returns simulated events, in turn of six model versions.
func versionedLines(n int) []byte {
	var out bytes.Buffer
	i := 0
	for line := range bytes.Lines(simulate.Lines(n, 3)) {
		out.Write(bytes.Replace(line, []byte(`"version":"1"`), fmt.Appendf(nil, `"version":"%d"`, 1+i%6), 1))
		i++
	}
	return out.Bytes()
}

// liveAfter returns the heap, in bytes, that a collector of six versions of the
// fraud model holds after so many events.
func liveAfter(t testing.TB, events int) uint64 {
	cfg := config.ForTail([]string{"unused.jsonl"})
	cfg.Global.Time = config.EventTime
	cfg.Models = []config.Model{{Name: "fraud", Sources: []string{cfg.Sources[0].Name}}}
	builder := baseline.NewBuilder(baseline.Options{Model: "fraud", MaxCategories: 50})
	decodeAll(t, cfg, simulate.Lines(20_000, 2), func(b *event.Batch) { builder.Add(b, allRows(b)) })
	base, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	p := newPipe(t, cfg, base)
	block := versionedLines(50_000)
	for range events / 50_000 {
		p.feed(t, block)
	}
	if v := p.set.Models[0].Versions; len(v) != 6 {
		t.Fatalf("%d versions, want 6", len(v))
	}
	p.evaluator.Evaluate(p.set, p.now)
	block = nil
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	runtime.KeepAlive(p)
	return m.HeapAlloc
}

// TestMemoryDoesNotGrowWithEvents: what is kept depends on columns, bins and
// windows, not on how much was read.
func TestMemoryDoesNotGrowWithEvents(t *testing.T) {
	few, many := 500_000, 2_500_000
	if testing.Short() {
		few, many = 100_000, 500_000
	}
	a, b := liveAfter(t, few), liveAfter(t, many)
	t.Logf("%d events: %.1f MiB live; %d events: %.1f MiB", few, float64(a)/(1<<20), many, float64(b)/(1<<20))
	if b > a+a/4+1<<20 || b > 128<<20 {
		t.Errorf("%d bytes after %d events, %d after %d", a, few, b, many)
	}
}
