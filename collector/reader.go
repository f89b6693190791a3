package collector

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"slices"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/source"
	"github.com/model-exporter/model_exporter/collector/internal/source/file"
	"github.com/model-exporter/model_exporter/collector/internal/source/parquet"
	"github.com/model-exporter/model_exporter/collector/internal/source/sql"
	"github.com/model-exporter/model_exporter/collector/internal/source/stdin"
)

// batchesPerReader are in turn with the decoder and with the models: one being
// filled, one being applied, and two that smooth out a slow tick.
const batchesPerReader = 4

// reader is one source at work: a goroutine of its own reads and decodes, and
// hands each batch over with the position behind it.
type reader struct {
	cfg     config.Source
	limits  config.Limits
	columns []decode.Expected
	// counting is what a table in mode aggregate is counted by.
	counting *sql.Counting
	index    int // of the source within the models' set; the owner's
	src      source.Source
	table    *tableState // of a feature store's table; else nil
	set      *decode.Set
	free     chan *event.Batch
	stop     context.CancelFunc
	done     chan struct{}

	// what the owner has applied
	counts    sourceCounts
	positions map[string]source.Position
	moved     []source.Position // since the last checkpoint
	logged    [event.NumReasons]bool
	hinted    []string
}

// sourceCounts is what is published about a source.
type sourceCounts struct {
	events    [event.NumTypes]uint64
	rejected  [event.NumReasons]uint64
	bytes     uint64
	fallbacks uint64
	newest    int64 // Unix ns, newest event time
}

// delivery is a batch on its way to the models. The receiver owns the batch and
// gives it back through the reader's free list.
type delivery struct {
	from  *reader
	batch *event.Batch
	pos   source.Position
}

// newReader prepares the reader of a source. columns are what the models expect
// of it.
func newReader(cfg config.Source, limits config.Limits, columns []decode.Expected) (*reader, error) {
	set, err := decode.New(cfg, limits)
	if err != nil {
		return nil, fmt.Errorf("source %q: %w", cfg.Name, err)
	}
	set.Expect(columns)
	r := &reader{
		cfg: cfg, limits: limits, columns: columns, set: set, free: make(chan *event.Batch, batchesPerReader), done: make(chan struct{}),
		positions: map[string]source.Position{},
	}
	if cfg.View != nil {
		r.table = newTableState(cfg.View)
	}
	for range batchesPerReader {
		r.free <- new(event.Batch)
	}
	return r, nil
}

// serves tells whether the reader reads as a new one would. A stream cannot be
// opened again where it is: it goes on as its models were when it was opened.
func (r *reader) serves(cfg config.Source, limits config.Limits, columns []decode.Expected) bool {
	return reflect.DeepEqual(r.cfg, cfg) && (cfg.Stdin || r.limits == limits && reflect.DeepEqual(r.columns, columns))
}

// open opens the source behind the positions that were applied before.
func (r *reader) open(log *slog.Logger) (err error) {
	switch {
	case r.cfg.Stdin:
		r.src = stdin.Open(r.cfg, r.set)
	case r.cfg.Parquet != nil:
		r.src, err = parquet.Open(r.cfg, r.set, r.resume(), log)
	case r.cfg.SQL != nil:
		r.src, err = sql.Open(r.cfg, r.set, r.counting, r.resume(), log)
	default:
		r.src, err = file.Open(r.cfg, r.set, r.resume(), log)
	}
	if err != nil {
		return fmt.Errorf("source %q: %w", r.cfg.Name, err)
	}
	return nil
}

// run reads until ctx ends or the source does.
func (r *reader) run(ctx context.Context, out chan<- delivery, log *slog.Logger) {
	defer close(r.done)
	for {
		var b *event.Batch
		select {
		case <-ctx.Done():
			return
		case b = <-r.free:
		}
		pos, err := r.src.Next(ctx, b)
		switch {
		case errors.Is(err, io.EOF):
			log.Info("Source ended; its metrics stay until they are stale", "source_name", r.cfg.Name)
			return
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Error("Source stopped", "source_name", r.cfg.Name, "err", err)
			return
		}
		if r.table != nil {
			r.table.read(b)
		}
		select {
		case <-ctx.Done():
			return
		case out <- delivery{r, b, pos}:
		}
	}
}

// close stops reading. What was delivered but not applied is read again by a
// reader that resumes from the applied positions.
func (r *reader) close() error {
	r.stop()
	<-r.done
	return r.src.Close()
}

// maxHints of a source are logged.
const maxHints = 10

// applied adds a delivered batch to what is published about the source.
func (r *reader) applied(d delivery, log *slog.Logger) {
	b := d.batch
	for i := range b.N {
		r.counts.events[b.Types[i]]++
		r.counts.newest = max(r.counts.newest, min(b.Times[i], b.Arrival))
	}
	for i := range b.Aggregates {
		r.counts.events[event.Prediction] += b.Aggregates[i].Rows
		r.counts.newest = max(r.counts.newest, min(b.Aggregates[i].Last, b.Arrival))
	}
	if s := r.sample(); s != nil {
		s.Add(b) // here and not on the way: what is stored holds no row that is not counted
	}
	r.counts.bytes += uint64(b.Bytes)
	r.counts.fallbacks += b.Fallbacks
	for reason, n := range b.Rejected {
		r.counts.rejected[reason] += n
	}
	for _, first := range b.First {
		if !r.logged[first.Reason] {
			r.logged[first.Reason] = true
			attributes := []any{"source_name", r.cfg.Name, "reason", first.Reason.String(), "file", b.File, "offset", first.Offset}
			if first.Detail != "" {
				attributes = append(attributes, "found", first.Detail)
			}
			log.Warn("Record rejected; further ones of this reason are only counted in model_exporter_rejected_total",
				attributes...)
		}
	}
	for _, hint := range b.Hints {
		if !slices.Contains(r.hinted, hint) && len(r.hinted) < maxHints {
			r.hinted = append(r.hinted, hint)
			log.Warn("A file may not be meant as it is read", "source_name", r.cfg.Name, "file", b.File, "hint", hint)
		}
	}
	r.moved = append(r.moved, d.pos)
	if d.pos.At == "" {
		delete(r.positions, d.pos.Part)
	} else {
		r.positions[d.pos.Part] = d.pos
	}
	b.Reset()
	r.free <- b
}

// committed tells the source what is durable.
func (r *reader) committed(log *slog.Logger) {
	for _, pos := range r.moved {
		if err := r.src.Committed(context.Background(), pos); err != nil {
			log.Warn("Source does not take a position as committed", "source_name", r.cfg.Name, "err", err)
		}
	}
	r.moved = r.moved[:0]
}

// resume returns the positions up to which the source was applied.
func (r *reader) resume() []source.Position {
	positions := make([]source.Position, 0, len(r.positions))
	for _, p := range r.positions {
		positions = append(positions, p)
	}
	return positions
}

// expected lists what the models that read a source know of its columns.
func expected(set *model.Set, source string) []decode.Expected {
	var all []decode.Expected
	for _, m := range set.Models {
		if !reads(m.Config, source) {
			continue
		}
		for _, f := range m.Config.Features {
			if f.Kind != "" {
				all = append(all, decode.Expected{Name: f.Name, Kind: f.Kind})
			}
		}
		for _, c := range m.Columns() {
			if !c.Output {
				all = append(all, decode.Expected{Name: c.Name, Kind: c.Kind, Categories: slices.Concat(c.Base.Categories, c.Base.Rare)})
			}
		}
	}
	return all
}

// reads tells whether a model may get events from a source.
func reads(m *config.Model, source string) bool {
	return len(m.Sources) == 0 || slices.Contains(m.Sources, source)
}
