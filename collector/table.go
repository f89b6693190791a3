package collector

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast/online"
)

// tableState is what is known of a feature store's table besides what the models
// count. Only its sample is kept over a restart: the rest describes what was read
// last.
type tableState struct {
	view   *config.View
	sample *online.Sample // nil if there is no online store to compare with
	anew   string         // why the sample does not go on with the one before; empty if it does

	mu     sync.Mutex
	lag    float64 // seconds; NaN for unknown
	report *online.Report
	looked bool
	failed string // why the last look failed
}

func newTableState(v *config.View) *tableState {
	t := &tableState{view: v, lag: math.NaN()}
	if v.Online != nil {
		t.sample = online.NewSample(v)
	}
	return t
}

// sample returns what of the source's table is compared with an online store; nil
// if nothing is.
func (r *reader) sample() *online.Sample {
	if r.table == nil {
		return nil
	}
	return r.table.sample
}

// inherit goes on with the sample that there was of the table, if there was one.
func (r *reader) inherit(old *online.Sample) {
	if s := r.sample(); s != nil && old != nil {
		r.table.anew = s.Inherit(old)
	}
}

// read takes from a batch that is on its way what the models do not count.
func (t *tableState) read(b *event.Batch) {
	if t.view.Status {
		feast.Unserved(b)
	}
	if lag := arrivalLag(b); t.view.Created != "" && !math.IsNaN(lag) {
		t.mu.Lock()
		t.lag = lag
		t.mu.Unlock()
	}
}

// arrivalLag is the mean time from the events of rows to their writing, in
// seconds; NaN if no row has both times.
func arrivalLag(b *event.Batch) float64 {
	if len(b.Values) == 0 {
		return math.NaN()
	}
	sum, n := 0.0, 0
	created := &b.Values[0]
	for i := range b.N {
		if created.Cells[i] == event.Number && b.Times[i] != event.NoTime {
			sum += created.Nums[i] - float64(b.Times[i])/1e9
			n++
		}
	}
	return sum / float64(n)
}

// watch compares the sample with the online store every poll interval until ctx
// ends, and at once if there is one from before.
func (t *tableState) watch(ctx context.Context, clock func() time.Time, log *slog.Logger) {
	ticker := time.NewTicker(t.view.Interval)
	defer ticker.Stop()
	if t.sample.Len() > 0 {
		t.look(ctx, clock(), log)
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.look(ctx, clock(), log)
		}
	}
}

func (t *tableState) look(ctx context.Context, now time.Time, log *slog.Logger) {
	report, err := t.sample.Look(ctx, now)
	if ctx.Err() == nil {
		t.took(report, err, log)
	}
}

// took keeps what came of a look. An error that lasts is told once.
func (t *tableState) took(report *online.Report, err error, log *slog.Logger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.report, t.looked = report, true
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != t.failed {
		log.Warn("Comparing a table with its online store", "err", err)
	}
	t.failed = text
}

// latest returns the arrival lag and the last look. report is nil if that failed,
// or if there was none.
func (t *tableState) latest() (lag float64, report *online.Report, looked bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lag, t.report, t.looked
}
