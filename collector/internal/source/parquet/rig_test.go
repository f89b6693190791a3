package parquet

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	pq "github.com/parquet-go/parquet-go"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// row is what most tests write.
type row struct {
	ID    int64   `parquet:"id"`
	Value float64 `parquet:"value"`
	Name  string  `parquet:"name,dict"`
}

// rowsFrom makes rows with the ids first to last.
func rowsFrom(first, last int) []row {
	var rows []row
	for i := first; i <= last; i++ {
		rows = append(rows, row{int64(i), float64(i) / 4, []string{"a", "b", "c"}[i%3]})
	}
	return rows
}

// encode writes each slice of rows as a row group.
func encode[T any](t testing.TB, groups [][]T, options ...pq.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pq.NewGenericWriter[T](&b, options...)
	for _, rows := range groups {
		if _, err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rig is a source over a folder, with a clock that moves when it waits.
type rig struct {
	t    testing.TB
	dir  string
	cfg  config.Source
	now  time.Time
	s    *Source
	last map[string]source.Position
	ids  []string // of all rows delivered and applied, in their order
	bad  int      // rejections
}

func newRig(t testing.TB) *rig {
	r := &rig{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), last: map[string]source.Position{}}
	p := config.DefaultParquet
	p.Paths = []string{r.dir + "/"}
	r.cfg = config.DefaultSource
	r.cfg.Name, r.cfg.Parquet = "test", &p
	return r
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

// write replaces a file, a second later than the one before.
func (r *rig) write(name string, data []byte) {
	r.t.Helper()
	r.now = r.now.Add(time.Second)
	path := r.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(path+".tmp", data, 0o644); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Chtimes(path+".tmp", r.now, r.now); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		r.t.Fatal(err)
	}
}

// start opens a source behind the positions that were applied.
func (r *rig) start() {
	r.t.Helper()
	set, err := decode.New(r.cfg, config.Limits{})
	if err != nil {
		r.t.Fatal(err)
	}
	var resume []source.Position
	for _, p := range r.last {
		resume = append(resume, p)
	}
	if r.s, err = Open(r.cfg, set, resume, slog.New(slog.DiscardHandler)); err != nil {
		r.t.Fatal(err)
	}
	r.s.now = func() time.Time { return r.now }
}

// next takes one delivery; false if the source has caught up.
func (r *rig) next(b *event.Batch) bool {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r.s.wait = func(context.Context, time.Duration) { cancel() }
	p, err := r.s.Next(ctx, b)
	if ctx.Err() != nil {
		return false
	}
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range b.N {
		r.ids = append(r.ids, string(b.ID(i)))
	}
	for _, n := range b.Rejected {
		r.bad += int(n)
	}
	if p.At == "" {
		delete(r.last, p.Part)
	} else {
		r.last[p.Part] = p
	}
	return true
}

// poll looks again and takes all there is.
func (r *rig) poll() {
	r.t.Helper()
	if r.s == nil {
		r.start()
	}
	r.now = r.now.Add(r.s.cfg.PollInterval)
	var b event.Batch
	for range 10_000 {
		if !r.next(&b) {
			if !r.s.Status().CaughtUp {
				r.t.Fatal("not caught up after everything was read")
			}
			return
		}
	}
	r.t.Fatal("the source does not come to an end")
}

func (r *rig) restart() {
	r.t.Helper()
	if err := r.s.Close(); err != nil {
		r.t.Fatal(err)
	}
	r.start()
}
