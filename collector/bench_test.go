package collector

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// benchEvents are about 140 MB: several times what the caches hold.
const benchEvents = 200_000

// benchLog writes a log of the 20-feature event and its baseline.
func benchLog(b *testing.B) (cfg *config.Config, base *baseline.File, path string, size int64) {
	b.Helper()
	path = filepath.Join(b.TempDir(), "predictions.jsonl")
	lines := simulate.Lines(benchEvents, 1)
	if err := os.WriteFile(path, lines, 0o600); err != nil {
		b.Fatal(err)
	}
	cfg = config.ForTail([]string{path})
	cfg.Global.Time = config.EventTime
	builder := baseline.NewBuilder(baseline.Options{Model: "fraud", MaxCategories: 50, FineBins: 256})
	decodeAll(b, cfg, simulate.Lines(20_000, 2), func(batch *event.Batch) { builder.Add(batch, allRows(batch)) })
	base, err := builder.Build()
	if err != nil {
		b.Fatal(err)
	}
	cfg.Models = []config.Model{{Name: "fraud", Sources: []string{cfg.Sources[0].Name}}}
	return cfg, base, path, int64(len(lines))
}

// BenchmarkFileToHistograms is the whole pass: read a file, decode it, update
// 20 features and 2 outputs. The reference reads the same file in blocks and
// counts newlines, which no program that looks at every line can beat.
func BenchmarkFileToHistograms(b *testing.B) {
	cfg, base, path, size := benchLog(b)
	b.Run("reference=newlines", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			countLines(b, path)
		}
		reportEvents(b)
	})
	for _, cores := range []int{1, 2} {
		b.Run(fmt.Sprintf("cores=%d", cores), func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				readOnce(b, cfg, base)
			}
			reportEvents(b)
		})
	}
}

func reportEvents(b *testing.B) {
	b.ReportMetric(benchEvents*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchEvents, "ns/event")
}

func countLines(b *testing.B, path string) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	block, n := make([]byte, 256<<10), 0
	for {
		k, err := f.Read(block)
		n += bytes.Count(block[:k], []byte{'\n'})
		if err == io.EOF {
			break
		}
	}
	if n != benchEvents {
		b.Fatalf("%d lines, want %d", n, benchEvents)
	}
}

// readOnce runs the collector's own reader and models until all events are in.
func readOnce(b *testing.B, cfg *config.Config, base *baseline.File) {
	set, err := model.NewSet(cfg, map[string]*baseline.File{"fraud": base}, []string{cfg.Sources[0].Name})
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	r, err := newReader(cfg.Sources[0], cfg.Global.Limits, expected(set, cfg.Sources[0].Name))
	if err != nil {
		b.Fatal(err)
	}
	if err := r.open(log); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	r.stop = stop
	out := make(chan delivery)
	go r.run(ctx, out, log)
	now := time.Now().UnixNano()
	for r.counts.events[event.Prediction] < benchEvents {
		d := <-out
		set.Apply(0, d.batch, now)
		r.applied(d, log)
	}
	if err := r.close(); err != nil {
		b.Fatal(err)
	}
	if v := set.Models[0].Versions[0]; v.Predictions != benchEvents {
		b.Fatalf("%d predictions, want %d", v.Predictions, benchEvents)
	}
}

// BenchmarkApply updates the models from batches that are already decoded: the
// share of the whole pass that is not decoding.
func BenchmarkApply(b *testing.B) {
	cfg, base, _, _ := benchLog(b)
	p := newPipe(b, cfg, base)
	lines := simulate.Lines(4000, 1)
	if n := p.decode(lines, 0); n != len(lines) {
		b.Fatalf("%d of %d bytes decoded", n, len(lines))
	}
	p.batch.Arrival = p.now
	b.ReportAllocs()
	events := 0
	for b.Loop() {
		p.set.Apply(0, &p.batch, p.now)
		events += p.batch.N
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
}

// BenchmarkEvaluate computes every window, distance and noise limit of a model
// of 20 features and 2 outputs: what a tick costs per model version.
func BenchmarkEvaluate(b *testing.B) {
	cfg, base, _, _ := benchLog(b)
	p := newPipe(b, cfg, base)
	p.feed(b, simulate.Lines(100_000, 1))
	b.ReportAllocs()
	for b.Loop() {
		p.evaluator.Evaluate(p.set, p.now)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/22, "µs/column")
}
