package collector

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/profile"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// benchPasses are the ticks of a run: each is of benchEvents predictions, as many
// as 15 s have at 13,000 a second.
const benchPasses = 5

// joinedLog is a log in parts, the labels of each part, and a baseline.
type joinedLog struct {
	log, labels [benchPasses]string
	sent        [benchPasses]uint64 // labels; the last predictions of a part have none yet
	baseline    string
}

func benchJoinedLog(b *testing.B) *joinedLog {
	b.Helper()
	dir := b.TempDir()
	l := &joinedLog{baseline: filepath.Join(dir, "baseline.json")}
	write := func(name string, o simulate.Options) (log, labels string) {
		log, labels = filepath.Join(dir, name+".jsonl"), filepath.Join(dir, name+".truth")
		f, err := os.Create(log)
		t, err2 := os.Create(labels)
		o.Truth = simulate.Truth{Labels: t, Delay: time.Minute}
		if err := errors.Join(err, err2, simulate.Run(b.Context(), f, o), f.Close(), t.Close()); err != nil {
			b.Fatal(err)
		}
		return log, labels
	}
	start := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for i := range benchPasses {
		l.log[i], l.labels[i] = write("part"+string(rune('0'+i)), simulate.Options{
			Events: benchEvents, Seed: uint64(i + 1), Start: start.Add(time.Duration(i) * benchEvents / simulate.DefaultRate * time.Second),
		})
	}
	training, labels := write("training", simulate.Options{Events: 20_000, Seed: 99, Start: start.Add(-time.Hour)})
	for i, path := range l.labels {
		lines, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		l.sent[i] = uint64(bytes.Count(lines, []byte{'\n'}))
	}
	_, err := profile.Run(b.Context(), profile.Options{Paths: []string{training}, Labels: []string{labels}, Output: l.baseline})
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// config reads parts of the log, and below other names their labels.
func (l *joinedLog) config(dir string, horizon time.Duration, segments ...string) *config.Config {
	cfg := config.ForTail([]string{filepath.Join(dir, "log", "*.jsonl")})
	cfg.Sources = append(cfg.Sources, config.ForTail([]string{filepath.Join(dir, "labels", "*.jsonl")}).Sources...)
	cfg.Sources[0].Name, cfg.Sources[1].Name = "log", "labels"
	for i := range cfg.Sources {
		cfg.Sources[i].File.PollInterval = time.Millisecond
	}
	cfg.Global.Time = config.EventTime
	cfg.Models = []config.Model{{
		Name: "fraud", Sources: []string{"log", "labels"}, Baseline: config.Baseline{Training: l.baseline},
		LabelHorizon: horizon, Segments: segments,
	}}
	return cfg
}

// BenchmarkFileToPerformance is the whole pass with labels: read the log, keep
// each prediction on disk, read its label from another file, find the prediction
// and update what is right and wrong; evaluate and commit, synced, after every
// 200,000 predictions and after their labels. labels=off is the same collector on
// the same log, with the same store and as many commits, that waits for no labels;
// labels=awaited keeps predictions and gets none. events/s are predictions; cpu-ns
// are those of the process, compactions of the store included.
func BenchmarkFileToPerformance(b *testing.B) {
	l := benchJoinedLog(b)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, run := range []struct {
		name     string
		horizon  time.Duration
		labels   bool
		segments []string
	}{
		{name: "labels=off"},
		{name: "labels=awaited", horizon: 30 * 24 * time.Hour},
		{name: "labels=joined", horizon: 30 * 24 * time.Hour, labels: true},
		{name: "labels=joined/segments=1", horizon: 30 * 24 * time.Hour, labels: true, segments: []string{"country"}},
	} {
		b.Run(run.name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				dir := b.TempDir()
				l.run(b, dir, l.config(dir, run.horizon, run.segments...), run.labels)
			}
			n := benchPasses * benchEvents * float64(b.N)
			b.ReportMetric(n/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/event")
			b.ReportMetric(float64(cpuTime(b)-before)/n, "cpu-ns/event")
		})
	}
}

// cpuTime is what all threads of the process have used: what others on the
// machine take of the clock does not count.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// run gives a collector one part after the other.
func (l *joinedLog) run(b *testing.B, dir string, cfg *config.Config, labels bool) {
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "log"), 0o700), os.Mkdir(filepath.Join(dir, "labels"), 0o700)); err != nil {
		b.Fatal(err)
	}
	c, err := New(cfg, Options{StoragePath: filepath.Join(dir, "state")})
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	for _, r := range c.readers {
		c.start(ctx, r)
	}
	until := func(i int, t event.Type, n uint64) {
		for c.readers[i].counts.events[t] < n {
			c.apply(<-c.delivered)
		}
		c.tick()
	}
	sent := uint64(0)
	for i := range l.log {
		err := os.Symlink(l.log[i], filepath.Join(dir, "log", filepath.Base(l.log[i])))
		if err != nil {
			b.Fatal(err)
		}
		until(0, event.Prediction, uint64(i+1)*benchEvents)
		if labels {
			sent += l.sent[i]
			err = os.Symlink(l.labels[i], filepath.Join(dir, "labels", filepath.Base(l.log[i])))
			if err != nil {
				b.Fatal(err)
			}
			until(1, event.Label, sent)
		} else {
			c.tick()
		}
	}
	stop()
	c.running.Wait()
	v := c.set.Models[0].Versions[0]
	if want := uint64(benchPasses * benchEvents); v.Predictions != want || v.Labels != sent {
		b.Fatalf("%d predictions and %d labels, want %d and %d", v.Predictions, v.Labels, want, sent)
	}
	if err := errors.Join(c.set.Err, c.kept.stuck, c.kept.store.Close()); err != nil {
		b.Fatal(err)
	}
}
