package collector

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// Replay is a collector for recorded or simulated days: its owner says what is
// read, when that is, and when to evaluate. Everything else is what a running
// exporter does. Handler may be used from other goroutines.
type Replay struct {
	c       *Collector
	now     time.Time
	streams []*decode.Stream
	offsets []int64
}

// NewReplay opens what the configuration names but its sources, which Read feeds.
func NewReplay(cfg *config.Config, start time.Time) (*Replay, error) {
	r := &Replay{now: start}
	c, err := New(cfg, Options{Clock: func() time.Time { return r.now }})
	if err != nil {
		return nil, err
	}
	r.c = c
	for _, reader := range c.readers {
		if err := reader.src.Close(); err != nil {
			return nil, fmt.Errorf("source %q: %w", reader.cfg.Name, err)
		}
		reader.src = fed{}
		r.streams = append(r.streams, reader.set.Stream())
	}
	r.offsets = make([]int64, len(r.streams))
	return r, nil
}

// Read applies whole lines, as the configuration's source of that index has them,
// read at now.
func (r *Replay) Read(index int, lines []byte, now time.Time) error {
	r.now = now
	from := r.c.readers[index]
	for len(lines) > 0 && r.c.set.Err == nil {
		b := <-from.free
		n := r.streams[index].Decode(b, lines, r.offsets[index], true)
		if n == 0 {
			return fmt.Errorf("source %q: nothing is decoded at offset %d", from.cfg.Name, r.offsets[index])
		}
		b.Arrival, b.Bytes = now.UnixNano(), int64(n)
		lines, r.offsets[index] = lines[n:], r.offsets[index]+int64(n)
		r.c.apply(delivery{from: from, batch: b})
	}
	return r.c.set.Err
}

// Evaluate brings what is served up to date.
func (r *Replay) Evaluate(now time.Time) error {
	r.now = now
	r.c.tick()
	return r.c.set.Err
}

// Handler serves the metrics and pages of the last Evaluate.
func (r *Replay) Handler() http.Handler { return r.c.Handler() }

// Close lets go of the predictions that wait for their labels.
func (r *Replay) Close() error { return r.c.kept.store.Close() }

// fed is a source without a reader behind it: all there is has been read.
type fed struct{}

func (fed) Next(ctx context.Context, _ *event.Batch) (source.Position, error) {
	<-ctx.Done()
	return source.Position{}, ctx.Err()
}
func (fed) Committed(context.Context, source.Position) error { return nil }
func (fed) Status() source.Status                            { return source.Status{Up: true, CaughtUp: true} }
func (fed) Close() error                                     { return nil }
