package model

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/joint"
)

// pairsOf makes events of four features, the first two of which go together, and so
// do the last two.
func pairsOf(r *rand.Rand, b *event.Batch, n int, rho float64, at func(i int) time.Time) *event.Batch {
	b.Reset()
	for len(b.Features) < 4 {
		b.AddColumn(&b.Features, fmt.Sprint("x", len(b.Features)))
	}
	b.Resize(n)
	for i := range n {
		b.Times[i] = at(i).UnixNano()
		b.AppendID(nil)
		for pair := range 2 {
			x := r.NormFloat64()
			for k, v := range []float64{x, rho*x + math.Sqrt(1-rho*rho)*r.NormFloat64()} {
				c := &b.Features[2*pair+k]
				c.Cells[i], c.Nums[i] = event.Number, v
				if r.IntN(20) == 0 {
					c.Cells[i] = event.Null
				}
			}
		}
	}
	b.Arrival = noon.UnixNano()
	return b
}

func pairsBaseline(t testing.TB) *baseline.File {
	t.Helper()
	builder := baseline.NewBuilder(baseline.Options{Model: "fraud"})
	b := pairsOf(rand.New(rand.NewPCG(1, 1)), new(event.Batch), 4000, 0.9, func(int) time.Time { return noon })
	rows := make([]int32, b.N)
	for i := range rows {
		rows[i] = int32(i)
	}
	builder.Add(b, rows)
	f, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	if f.Multivariate == nil {
		t.Fatal("nothing is known of features that go together")
	}
	return f
}

func pairsSet(t testing.TB, f *baseline.File) *Set {
	t.Helper()
	s, err := NewSet(stateConfig(3), map[string]*baseline.File{"fraud": f}, []string{"fraud"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRowErrorsSeeWhatColumnsDoNot: pairs that are independent now, each with the
// values that it had.
func TestRowErrorsSeeWhatColumnsDoNot(t *testing.T) {
	f := pairsBaseline(t)
	effect := func(rho float64) (effect, critical float64) {
		s := pairsSet(t, f)
		b := pairsOf(rand.New(rand.NewPCG(2, 2)), new(event.Batch), 5000, rho, func(i int) time.Time { return noon.Add(-time.Duration(i) * 100 * time.Millisecond) })
		s.Apply(0, b, noon.UnixNano())
		m := s.Models[0]
		live := m.Versions[0].RowErrors(1)
		if rows := live.Rows(); rows < 100 || math.Abs(live.Weight-5000) > 300 {
			t.Errorf("%v rows that stand for %v, want 5000", rows, live.Weight)
		}
		return m.Multivariate().Effect(&live), m.Multivariate().Critical(&live, time.Hour, 1e-4)
	}
	if e, c := effect(0.9); e > c {
		t.Errorf("nothing changed: %v > %v", e, c)
	}
	if e, c := effect(0); e < c || e < 0.5 {
		t.Errorf("the pairs are independent: %v, limit %v", e, c)
	}
}

// TestRowErrorsRepeat: batches of any size and a restart in between change nothing.
func TestRowErrorsRepeat(t *testing.T) {
	f := pairsBaseline(t)
	const rows = 3000
	at := func(i int) time.Time { return noon.Add(time.Duration(i) * time.Second) }
	rapid.Check(t, func(rt *rapid.T) {
		whole := pairsSet(t, f)
		whole.Apply(0, pairsOf(rand.New(rand.NewPCG(3, 3)), new(event.Batch), rows, 0.9, at), noon.UnixNano())
		parts := pairsSet(t, f)
		r := rand.New(rand.NewPCG(3, 3))
		store, b := memory{}, new(event.Batch)
		for from := 0; from < rows; {
			n := min(rows-from, rapid.IntRange(1, 1000).Draw(rt, "rows"))
			parts.Apply(0, pairsOf(r, b, n, 0.9, func(i int) time.Time { return at(from + i) }), noon.UnixNano())
			from += n
			if rapid.Bool().Draw(rt, "restart") {
				parts.Save(store)
				fresh := pairsSet(t, f)
				if anew, err := fresh.Load(store); err != nil || len(anew) > 0 {
					rt.Fatalf("anew %q, %v", anew, err)
				}
				parts, b = fresh, new(event.Batch)
			}
		}
		for i := range whole.cfg.Global.Windows {
			got, want := parts.Models[0].Versions[0].RowErrors(i), whole.Models[0].Versions[0].RowErrors(i)
			if want.Weight == 0 || !sameJoint(got, want) {
				rt.Fatalf("window %d: %+v, want %+v", i, got, want)
			}
		}
	})
}

// sameJoint: panes that an early batch boundary packed are added in another order.
func sameJoint(a, b joint.Sums) bool {
	near := func(x, y float64) bool { return math.Abs(x-y) <= 1e-12*math.Abs(y) }
	return a.Weight == b.Weight && a.Squares == b.Squares && near(a.Errors, b.Errors) && near(a.ErrorSq, b.ErrorSq)
}

// TestRowErrorsLeaveWindows: what is older than a window is not in it.
func TestRowErrorsLeaveWindows(t *testing.T) {
	s := pairsSet(t, pairsBaseline(t))
	s.Apply(0, pairsOf(rand.New(rand.NewPCG(4, 4)), new(event.Batch), 30, 0.9, func(int) time.Time { return noon }), noon.UnixNano())
	v := s.Models[0].Versions[0]
	for i, d := range s.cfg.Global.Windows {
		if e := v.RowErrors(i); e.Weight != 30 {
			t.Errorf("window %v: weight %v, want 30", d, e.Weight)
		}
		v.advance(noon.Add(2 * d).UnixNano())
		if e := v.RowErrors(i); e.Weight != 0 {
			t.Errorf("after %v: weight %v", 2*d, e.Weight)
		}
	}
}

// TestNoRowErrorsWithoutFeatures: a limit leaves out a feature that takes part.
func TestNoRowErrorsWithoutFeatures(t *testing.T) {
	c := stateConfig(3)
	c.Global.Limits.Features = 3
	s, err := NewSet(c, map[string]*baseline.File{"fraud": pairsBaseline(t)}, []string{"fraud"})
	if err != nil {
		t.Fatal(err)
	}
	s.Apply(0, pairsOf(rand.New(rand.NewPCG(4, 4)), new(event.Batch), 30, 0.9, func(int) time.Time { return noon }), noon.UnixNano())
	m := s.Models[0]
	if e := m.Versions[0].RowErrors(0); m.Multivariate() != nil || e.Weight != 0 {
		t.Errorf("%v, %+v", m.Multivariate(), e)
	}
}

func TestRowErrorsDoNotAllocate(t *testing.T) {
	s := pairsSet(t, pairsBaseline(t))
	b := pairsOf(rand.New(rand.NewPCG(4, 4)), new(event.Batch), 2000, 0.9, func(int) time.Time { return noon })
	s.Apply(0, b, noon.UnixNano())
	if n := testing.AllocsPerRun(20, func() { s.Apply(0, b, noon.UnixNano()) }); n > 0 {
		t.Errorf("%v allocations for each batch", n)
	}
}

func FuzzDecodeJointPane(f *testing.F) {
	p := &jointPane{rows: 300}
	p.sums.AddRow(1.5, 4)
	f.Add(jointOps{}.AppendOpen(nil, p))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		var p, q jointPane
		if (jointOps{}).DecodeOpen(data, &p) != nil {
			return
		}
		if err := (jointOps{}).DecodeOpen(jointOps{}.AppendOpen(nil, &p), &q); err != nil || p != q {
			t.Fatalf("%v: %+v became %+v", err, p, q)
		}
		_, _ = p.sums.Rows(), p.sums.Variance()
	})
}
