package perf_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// panes keeps states in a window's ring, closed ones encoded.
type panes struct{ scratch *perf.State }

var _ window.Ops[*perf.State, []byte, *perf.State] = panes{}

func (o panes) decoded(b []byte) *perf.State {
	if _, err := o.scratch.Decode(b); err != nil {
		panic(err)
	}
	return o.scratch
}

func (panes) New() *perf.State                     { return &perf.State{} }
func (panes) Reset(s *perf.State)                  { s.Reset() }
func (panes) Pack(s *perf.State) []byte            { return s.AppendTo(nil) }
func (panes) NewSum() *perf.State                  { return &perf.State{} }
func (panes) CopyExact(dst, s *perf.State)         { dst.CopyExact(s) }
func (panes) AddOpen(s, d *perf.State)             { s.Add(d) }
func (o panes) AddExact(s *perf.State, b []byte)   { s.AddExact(o.decoded(b)) }
func (o panes) SubExact(s *perf.State, b []byte)   { s.SubExact(o.decoded(b)) }
func (o panes) AddInexact(s *perf.State, b []byte) { s.AddInexact(o.decoded(b)) }
func (o panes) Merge(a, b []byte) []byte {
	var s perf.State
	s.Add(o.decoded(a))
	s.Add(o.decoded(b))
	return s.AppendTo(nil)
}

// TestWindowForgets: a label corrected long after its pane was packed is right in
// the window, and gone from it with its pane.
func TestWindowForgets(t *testing.T) {
	start := time.Unix(1_700_000_000, 0).UnixNano()
	ring := window.New(panes{&perf.State{}}, []time.Duration{time.Hour}, window.PanesPerWindow, time.Minute)
	ring.Advance(start)
	p := perf.Prediction{Class: 1, Scores: []float64{0.9}}
	join := func(at int64, class, sign int) {
		slot, _ := ring.Slot(at)
		ring.Pane(slot).Join(binary, &p, &perf.Label{Class: class}, sign)
	}
	join(start, 0, 1)
	ring.Advance(start + int64(30*time.Minute))
	join(start, 0, -1)
	join(start, 1, 1)
	join(ring.End(), 1, 1)
	for _, step := range []struct {
		after  time.Duration
		labels int64
	}{{31 * time.Minute, 2}, {70 * time.Minute, 1}, {100 * time.Minute, 0}} {
		ring.Advance(start + int64(step.after))
		var got, want perf.State
		ring.Sum(0, &got)
		for range step.labels {
			want.Join(binary, &p, &perf.Label{Class: 1}, 1)
		}
		near := cmp.Comparer(func(a, b perf.Value) bool {
			return a.Metric == b.Metric && max(a.Value-b.Value, b.Value-a.Value, a.Upper-b.Upper, b.Lower-a.Lower) < 1e-12
		})
		if diff := cmp.Diff(want.Metrics(binary), got.Metrics(binary), near); diff != "" || got.Labels() != step.labels {
			t.Errorf("after %s: %d labels (-want +got):\n%s", step.after, got.Labels(), diff)
		}
		if n := byMetric(got.Metrics(binary))[catalog.Accuracy].Value; step.labels > 0 && n != 1 {
			t.Errorf("after %s: accuracy %v, want 1: the first label was wrong", step.after, n)
		}
	}
}
