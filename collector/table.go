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
// count. Nothing of it is kept over a restart: it describes what was read last.
type tableState struct {
	view   *config.View
	sample *online.Sample // nil if there is no online store to compare with

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

// read takes from a batch what the models do not count.
func (t *tableState) read(b *event.Batch) {
	if t.view.Status {
		feast.Unserved(b)
	}
	if t.sample != nil {
		t.sample.Add(b)
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
// ends.
func (t *tableState) watch(ctx context.Context, clock func() time.Time, log *slog.Logger) {
	ticker := time.NewTicker(t.view.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			report, err := t.sample.Look(ctx, clock())
			if ctx.Err() != nil {
				return
			}
			t.took(report, err, log)
		}
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
