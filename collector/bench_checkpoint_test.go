package collector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/profile"
)

// A hundred models of a hundred features, each with an event every twelve seconds
// for seventy minutes: the panes of the first window are all in use.
const (
	wideModels   = 100
	wideFeatures = 100
	wideMinutes  = 70
	widePerModel = 5 // events a minute
)

// wideLog is a log that grows by the minute.
type wideLog struct {
	path, baseline string
	rand           *rand.Rand
	minutes        int
}

func newWideLog(b *testing.B) *wideLog {
	b.Helper()
	dir := b.TempDir()
	l := &wideLog{path: filepath.Join(dir, "log.jsonl"), baseline: filepath.Join(dir, "baseline.json"), rand: rand.New(rand.NewPCG(1, 1))}
	var training bytes.Buffer
	for range 2000 {
		l.event(&training, "m", time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))
	}
	path := filepath.Join(dir, "training.jsonl")
	err := os.WriteFile(path, training.Bytes(), 0o600)
	_, err2 := profile.Run(b.Context(), profile.Options{Paths: []string{path}, Output: l.baseline})
	if err := errors.Join(err, err2); err != nil {
		b.Fatal(err)
	}
	for range wideMinutes {
		l.minute(b)
	}
	return l
}

func (l *wideLog) event(w *bytes.Buffer, model string, at time.Time) {
	fmt.Fprintf(w, `{"model":%q,"timestamp":%q,"features":{`, model, at.Format(time.RFC3339))
	for i := range wideFeatures {
		fmt.Fprintf(w, `"f%d":%.3f,`, i, l.rand.NormFloat64())
	}
	w.Truncate(w.Len() - 1)
	w.WriteString("}}\n")
}

// minute appends the events of the next minute.
func (l *wideLog) minute(b *testing.B) {
	var lines bytes.Buffer
	at := time.Date(2026, 11, 1, 12, l.minutes, 0, 0, time.UTC)
	l.minutes++
	for range widePerModel {
		for m := range wideModels {
			l.event(&lines, fmt.Sprint("model", m), at)
		}
	}
	f, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	_, err = f.Write(lines.Bytes())
	if err := errors.Join(err, f.Close()); err != nil {
		b.Fatal(err)
	}
}

func (l *wideLog) config() *config.Config {
	cfg := config.ForTail([]string{l.path})
	cfg.Sources[0].File.PollInterval = time.Millisecond
	cfg.Global.Time = config.EventTime
	for m := range wideModels {
		cfg.Models = append(cfg.Models, config.Model{Name: fmt.Sprint("model", m), Task: "none", Baseline: config.Baseline{Training: l.baseline}})
	}
	return cfg
}

// BenchmarkCheckpoint is a tick at 10,000 features, on disk: busy after a minute
// of new events of every model, idle after none. A restart opens the store, loads
// it and the baselines, and evaluates and commits for the first time.
func BenchmarkCheckpoint(b *testing.B) {
	l, state := newWideLog(b), b.TempDir()
	c, err := New(l.config(), Options{StoragePath: state})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	c.start(ctx, c.readers[0])
	read := func() {
		for want := uint64(l.minutes * wideModels * widePerModel); c.readers[0].counts.events[event.Prediction] < want; {
			c.apply(<-c.delivered)
		}
	}
	read()
	c.tick()
	tick := func(b *testing.B, before func()) {
		var evaluate, commit, size float64
		for b.Loop() {
			b.StopTimer()
			before()
			b.StartTimer()
			start := time.Now()
			if err := c.evaluate(start); err != nil {
				b.Fatal(err)
			}
			evaluated := time.Now()
			size += float64(c.kept.batch.Size())
			if err := c.kept.commit(evaluated); err != nil {
				b.Fatal(err)
			}
			evaluate += evaluated.Sub(start).Seconds()
			commit += time.Since(evaluated).Seconds()
		}
		b.ReportMetric(1e3*evaluate/float64(b.N), "evaluate-ms")
		b.ReportMetric(1e3*commit/float64(b.N), "commit-ms")
		b.ReportMetric(size/float64(b.N), "bytes/tick")
	}
	b.Run("tick=busy", func(b *testing.B) { tick(b, func() { l.minute(b); read() }) })
	b.Run("tick=idle", func(b *testing.B) { tick(b, func() {}) })
	stop()
	c.running.Wait()
	if err := errors.Join(c.kept.stuck, c.kept.store.Close()); err != nil {
		b.Fatal(err)
	}
	b.Run("restart", func(b *testing.B) {
		var load time.Duration
		for b.Loop() {
			start := time.Now()
			c, err := New(l.config(), Options{StoragePath: state})
			if err != nil {
				b.Fatal(err)
			}
			load += time.Since(start)
			c.tick()
			b.StopTimer()
			if v := c.set.Models[0].Versions; len(v) != 1 || v[0].Predictions != uint64(l.minutes*widePerModel) {
				b.Fatal("not the state that was stored")
			}
			if err := errors.Join(c.kept.stuck, c.readers[0].src.Close(), c.kept.store.Close()); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
		b.ReportMetric(1e3*load.Seconds()/float64(b.N), "load-ms")
	})
}
