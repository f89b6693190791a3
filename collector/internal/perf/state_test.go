package perf_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"pgregory.net/rapid"
)

// drawn is a prediction, its label, and whether that has come.
type drawn struct {
	p        perf.Prediction
	l        perf.Label
	labelled bool
	sign     int
}

var absurd = []float64{0, 1, 0.5, 1e-300, -1, 1e308, -1e308, 1e59, math.Inf(1), math.Inf(-1), math.NaN(), 1e-9, 0.999999}

func drawNumber(t *rapid.T) float64 {
	if rapid.Bool().Draw(t, "absurd") {
		return rapid.SampledFrom(absurd).Draw(t, "number")
	}
	return rapid.Float64Range(0, 1).Draw(t, "number")
}

func drawEvents(t *rapid.T) []drawn {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawn {
		class := rapid.SampledFrom([]int{-1, 0, 1, 2, 7, 63, 64, math.MaxInt})
		d := drawn{sign: 1, labelled: rapid.Bool().Draw(t, "labelled")}
		d.p = perf.Prediction{Class: class.Draw(t, "predicted"), Value: drawNumber(t)}
		for range rapid.IntRange(0, 4).Draw(t, "scores") {
			d.p.Scores = append(d.p.Scores, drawNumber(t))
		}
		d.l = perf.Label{Class: class.Draw(t, "actual"), Value: drawNumber(t)}
		if rapid.IntRange(0, 5).Draw(t, "taken back") == 0 {
			d.sign = -1
		}
		return d
	}), 0, 40).Draw(t, "events")
}

func drawConfig(t *rapid.T) *perf.Config {
	return &perf.Config{
		Task:     rapid.SampledFrom(catalog.Tasks).Draw(t, "task"),
		Positive: rapid.SampledFrom([]int{0, 1, 9}).Draw(t, "positive"),
		Slim:     rapid.Bool().Draw(t, "slim"),
	}
}

func apply(s *perf.State, c *perf.Config, events []drawn) {
	for i := range events {
		e := &events[i]
		s.Predict(c, &e.p)
		if e.labelled {
			s.Join(c, &e.p, &e.l, e.sign)
			s.Rank(e.p.Scores, e.sign)
		}
	}
}

func encode(s *perf.State) []byte { return s.AppendTo(nil) }

// TestStateProperties: whatever comes, in any part of a window, values are
// finite and lie within their intervals; bytes come back as the same bytes;
// exact parts that were added can be taken back.
func TestStateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfig(t)
		var a, b perf.State
		apply(&a, c, drawEvents(t))
		apply(&b, c, drawEvents(t))
		checkValues(t, c, &a)

		var back perf.State
		rest, err := back.Decode(append(encode(&a), "rest"...))
		if err != nil || string(rest) != "rest" || !bytes.Equal(encode(&back), encode(&a)) {
			t.Fatalf("decoded another state: %v, rest %q", err, rest)
		}
		var sum, alone perf.State
		sum.CopyExact(&a)
		alone.CopyExact(&a)
		sum.AddExact(&b)
		sum.SubExact(&b)
		if got, want := sizeless(&sum), sizeless(&alone); !cmp.Equal(got, want) {
			t.Fatalf("a+b−b is not a: %v", cmp.Diff(want, got))
		}
		a.Add(&b)
		checkValues(t, c, &a)
	})
}

// sizeless is what a state says, whatever classes it has room for.
func sizeless(s *perf.State) []int64 {
	counts := []int64{s.Predictions(), s.Labels(), s.Skipped()}
	for i := range perf.MaxClasses {
		counts = append(counts, s.Predicted(i))
		for j := range perf.MaxClasses {
			counts = append(counts, s.Confusion(i, j))
		}
	}
	return counts
}

type fataler interface{ Fatalf(string, ...any) }

func checkValues(t fataler, c *perf.Config, s *perf.State) {
	vs := s.Metrics(c)
	for class := range 3 {
		vs = append(vs, s.ClassMetrics(c, class)...)
	}
	vs = append(vs, perf.Fit(c, s).Estimate(c, s)...)
	for _, v := range vs {
		if !(v.Lower <= v.Value && v.Value <= v.Upper) || math.IsInf(v.Upper-v.Lower, 0) {
			t.Fatalf("%+v is not within its interval", v)
		}
	}
	for _, f := range perf.Fairness(c, []*perf.State{s, s}, 1, always(1e-6)) {
		if better := f.Value - f.Favourable; !(better >= 0) && f.Fairness != catalog.DisparateImpactRatio ||
			!(f.Favourable >= 0 && f.Favourable <= 1) || f.Fairness == catalog.DisparateImpactRatio && !(better <= 0) {
			t.Fatalf("%+v: the favourable end is not nearer to equal treatment", f)
		}
	}
}

// TestPartsEqualTheWhole: events split over panes, in any order and some of them
// taken back in another pane, give the metrics of what remains.
func TestPartsEqualTheWhole(t *testing.T) {
	for name, o := range readOracle(t).Cases {
		t.Run(name, func(t *testing.T) {
			c := o.config()
			var panes [3]perf.State
			n := max(len(o.Predicted), len(o.Values))
			for i := n - 1; i >= 0; i-- {
				p, l := o.pair(i)
				panes[i%3].Predict(c, &p)
				panes[i%3].Join(c, &p, &l, 1)
				if i%5 == 0 { // a wrong label first, corrected later
					wrong := perf.Label{Class: 2, Value: l.Value + 3}
					panes[i%2].Join(c, &p, &wrong, 1)
					panes[(i+1)%2].Join(c, &p, &wrong, -1)
				}
			}
			for i, r := range o.Requests {
				panes[i%3].Rank(r, 1)
			}
			var sum, scratch perf.State
			for i := range panes {
				if _, err := scratch.Decode(encode(&panes[i])); err != nil {
					t.Fatal(err)
				}
				sum.AddExact(&scratch)
				sum.AddInexact(&scratch)
			}
			whole := o.state()
			if sum.Labels() != whole.Labels() || sum.Predictions() != whole.Predictions() {
				t.Errorf("got %d labels of %d, want %d of %d", sum.Labels(), sum.Predictions(), whole.Labels(), whole.Predictions())
			}
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a)) })
			if diff := cmp.Diff(whole.Metrics(c), sum.Metrics(c), near); diff != "" {
				t.Errorf("parts differ from the whole (-whole +parts):\n%s", diff)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, task := range catalog.Tasks {
		var s perf.State
		c := &perf.Config{Task: task, Positive: 1}
		p := perf.Prediction{Class: 1, Scores: []float64{0.3, 0.7}, Value: 3}
		s.Predict(c, &p)
		s.Join(c, &p, &perf.Label{Class: 0, Value: 2}, 1)
		s.Rank([]float64{0, 1, 3}, 1)
		f.Add(encode(&s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s, again perf.State
		rest, err := s.Decode(b)
		if err != nil {
			if !bytes.Equal(encode(&s), encode(&again)) {
				t.Fatal("an error left something behind")
			}
			return
		}
		if len(rest) > len(b) {
			t.Fatal("more is left than there was")
		}
		if _, err := again.Decode(encode(&s)); err != nil || !bytes.Equal(encode(&s), encode(&again)) {
			t.Fatalf("the state does not come back: %v", err)
		}
		for _, task := range catalog.Tasks {
			checkValues(t, &perf.Config{Task: task, Positive: 1}, &s)
		}
		again.Add(&s)
		var p perf.Paired
		_, _ = p.Decode(b)
		p.Differences(&perf.Config{Task: catalog.Binary}, 1e-6)
	})
}
