package feast

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// Registry watches the registry of a feature store. It has no events: it tells
// when there are other tables than before.
type Registry struct {
	cfg     config.Feast
	log     *slog.Logger
	changed func(context.Context, *Discovery) error
	wait    func(context.Context, time.Duration) // until ctx ends, or so long

	known *Discovery // nil before the first success

	mu           sync.Mutex
	status       source.Status
	materialized []Materialized
}

// Materialized says up to which event time a table was copied to the online store.
type Materialized struct {
	Table, Version string
	To             time.Time
}

var _ source.Source = (*Registry)(nil)

// Open returns a source that knows what was discovered already, nil for nothing,
// and calls changed from Next with what it discovers anew until that succeeds.
func Open(cfg config.Source, known *Discovery, changed func(context.Context, *Discovery) error, log *slog.Logger) *Registry {
	r := &Registry{cfg: *cfg.Feast, log: log.With("source_name", cfg.Name), changed: changed, wait: wait, known: known}
	r.status = source.Status{Up: known != nil, CaughtUp: true}
	r.describe(known)
	return r
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Next looks at the registry every poll interval, until ctx ends.
func (r *Registry) Next(ctx context.Context, _ *event.Batch) (source.Position, error) {
	for {
		r.wait(ctx, r.cfg.PollInterval)
		if err := ctx.Err(); err != nil {
			return source.Position{}, err
		}
		r.poll(ctx)
	}
}

func (r *Registry) poll(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	d, err := discoverAfter(limited, r.cfg, r.known)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		r.fail(err)
		return
	}
	r.describe(d)
	if r.known == nil || !r.known.Same(d) {
		if err := r.changed(ctx, d); err != nil {
			if ctx.Err() == nil {
				r.fail(err) // and tried again
			}
			return
		}
	}
	r.known = d
	r.mu.Lock()
	r.status.Up = true
	r.mu.Unlock()
}

// loadTimeout is how long reading a registry may take.
const loadTimeout = time.Minute

// fail notes an error. One that lasts is told once.
func (r *Registry) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.Up || r.status.Err == nil || r.status.Err.Error() != err.Error() {
		r.log.Warn("Reading the registry of a feature store; its tables go on as they were", "err", err)
		r.status.Errors++
	}
	r.status.Up, r.status.Err = false, err
}

// describe keeps what is published of a discovery.
func (r *Registry) describe(d *Discovery) {
	if d == nil {
		return
	}
	var all []Materialized
	for i := range d.Tables {
		if t := &d.Tables[i]; !t.Materialized.IsZero() {
			all = append(all, Materialized{t.Name, t.Source.Fields.Version.Value, t.Materialized})
		}
	}
	r.mu.Lock()
	r.materialized, r.status.Parts = all, len(d.Tables)
	r.mu.Unlock()
}

// Materialized returns the tables that were ever copied to the online store.
func (r *Registry) Materialized() []Materialized {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.materialized
}

// Committed has nothing to do.
func (r *Registry) Committed(context.Context, source.Position) error { return nil }

// Status returns how the last look at the registry went.
func (r *Registry) Status() source.Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

// Close has nothing to do.
func (r *Registry) Close() error { return nil }

// Same tells whether two discoveries mean the same sources and models.
func (d *Discovery) Same(other *Discovery) bool {
	same := func(a, b Table) bool {
		a.Materialized, b.Materialized = time.Time{}, time.Time{}
		return reflect.DeepEqual(a, b)
	}
	return d.Project == other.Project && slices.EqualFunc(d.Tables, other.Tables, same) && slices.Equal(d.Skipped, other.Skipped)
}

// Log tells what a feature store has, and what of it is not monitored.
func (d *Discovery) Log(log *slog.Logger, source string) {
	log.Info("Discovered the tables of a feature store", "source_name", source, "project", d.Project, "tables", len(d.Tables))
	for i := range d.Tables {
		t := &d.Tables[i]
		log.Info("Monitoring a table of a feature store", "source_name", SourceName(source, t.Name), "model", t.Name, "model_owner", t.Owner,
			"features", len(t.Source.View.Features), "ttl", t.TTL.String(), "services", strings.Join(t.Services, ", "))
		if d.unset[tableKey(t)] {
			log.Info("Rows of a table lack the time of their writing; it is read by the time of their events", "model", t.Name, "column", t.Source.View.Created)
		}
		if len(t.Left) > 0 {
			log.Warn("Features of a table are not monitored: they are no single values", "model", t.Name, "features", strings.Join(t.Left, ", "))
		}
	}
	for _, s := range d.Skipped {
		log.Warn("A table of a feature store is not monitored", "source_name", source, "table", s.Name, "reason", s.Reason)
	}
}
