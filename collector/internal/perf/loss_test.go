package perf_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"sort"
	"testing"

	"gonum.org/v1/gonum/mathext"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// losses is testdata/loss.scipy.json; the script beside it says what it holds.
type losses struct {
	Limits []struct {
		Metric  catalog.Metric
		Base, V [3]float64
		Loss    float64
		Lower   *float64 // null for none
	}
	Restated []struct {
		Metric        catalog.Metric
		Labels, Alpha float64
		Usual, Want   [3]float64
	}
	Sizes []struct {
		P            float64
		Base, Window int
		Alpha, Want  float64
	}
}

func readLosses(t *testing.T) (o losses) {
	t.Helper()
	data, err := os.ReadFile("testdata/loss.scipy.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func valueOf(m catalog.Metric, a [3]float64) perf.Value {
	return perf.Value{Metric: m, Value: a[0], Lower: a[1], Upper: a[2]}
}

// TestDegradationOfTwoSamples compares with the roots that scipy finds, to the
// accuracy that a double precision root has.
func TestDegradationOfTwoSamples(t *testing.T) {
	for _, tt := range readLosses(t).Limits {
		loss, lower, ok := perf.Degradation(tt.Metric, valueOf(tt.Metric, tt.Base), valueOf(tt.Metric, tt.V))
		want := math.Inf(-1)
		if tt.Lower != nil {
			want = *tt.Lower
		}
		if !ok || math.Abs(loss-tt.Loss) > 1e-12*(1+math.Abs(loss)) || lower != want && !(math.Abs(lower-want) <= 1e-11*(1+math.Abs(want))) {
			t.Errorf("%s %v after %v: got %v, at least %v, %v; want %v, %v", tt.Metric, tt.V, tt.Base, loss, lower, ok, tt.Loss, want)
		}
	}
}

// TestAt: the interval of another level is the one that the same sums have. Shares
// are found again by a difference of two ends, which costs digits where they are near.
func TestAt(t *testing.T) {
	for _, tt := range readLosses(t).Restated {
		got := perf.At(valueOf(tt.Metric, tt.Usual), tt.Labels, tt.Alpha)
		want := valueOf(tt.Metric, tt.Want)
		// Student's quantile of many degrees of freedom is an expansion, see TestStudent.
		if width := want.Upper - want.Lower; got.Value != tt.Usual[0] || !(math.Abs(got.Lower-want.Lower) <= 1e-3*width && math.Abs(got.Upper-want.Upper) <= 1e-3*width) {
			t.Errorf("%s of %v labels at %v: got %v, want %v", tt.Metric, tt.Labels, tt.Alpha, got, want)
		}
	}
	declared := perf.Value{Metric: catalog.Accuracy, Value: 0.9, Lower: 0.9, Upper: 0.9}
	if got := perf.At(declared, 1000, 1e-6); got != declared {
		t.Errorf("a baseline without an error got one: %v", got)
	}
}

// TestAtStaysLegal: whatever somebody wrote into a baseline file, the value stays
// within its interval or is not finite, and nothing panics.
func TestAtStaysLegal(t *testing.T) {
	xs := []float64{-1e300, -2, -1e-300, 0, 1e-300, 0.3, 0.5, 1, 7, 1e300}
	for _, m := range catalog.Metrics {
		for i, low := range xs {
			for j, v := range xs[i:] {
				for _, high := range xs[i+j:] {
					for _, alpha := range []float64{0.05, 1e-11} {
						got := perf.At(perf.Value{Metric: m, Value: v, Lower: low, Upper: high}, 2, alpha)
						if got.Lower > got.Value || got.Upper < got.Value || got.Value != v {
							t.Fatalf("%s %v in %v to %v became %v", m, v, low, high, got)
						}
						perf.Degradation(m, got, perf.Value{Value: 0.5, Lower: 0.4, Upper: 0.6})
					}
				}
			}
		}
	}
}

// TestLossOfShareIsSure: how often a baseline and a window of one model look like a
// loss of accuracy, computed without drawing anything: over all counts of right
// predictions, as scipy does. It is what alpha allows at most, down to three in a million.
func TestLossOfShareIsSure(t *testing.T) {
	for _, tt := range readLosses(t).Sizes {
		got := sizeOfTest(tt.P, tt.Base, tt.Window, tt.Alpha)
		if math.Abs(got-tt.Want) > 1e-6*tt.Want+1e-18 {
			t.Errorf("%+v: got %v", tt, got)
		}
		if got > tt.Alpha {
			t.Errorf("%+v: a false alarm has probability %v", tt, got)
		}
	}
}

func sizeOfTest(p float64, base, window int, alpha float64) (size float64) {
	windows := make([]*perf.Value, window+1) // by right ones
	for k, pk := range binomial(base, p) {
		// What the file keeps of the baseline: its interval of 99 %.
		b := perf.At(byMetric(counted(k, base).Metrics(binary))[catalog.Accuracy], float64(base), alpha)
		lost := sort.Search(window+1, func(right int) bool { // the first count that is no sure loss
			if windows[right] == nil {
				v := byMetric(counted(right, window).MetricsAt(binary, alpha))[catalog.Accuracy]
				windows[right] = &v
			}
			_, lower, _ := perf.Degradation(catalog.Accuracy, b, *windows[right])
			return !(lower > 0)
		})
		if lost > 0 {
			size += pk * atMost(lost-1, window, p)
		}
	}
	return size
}

// binomial returns the probabilities of k successes of n that are above 1e-20.
func binomial(n int, p float64) map[int]float64 {
	probabilities := map[int]float64{}
	all, _ := math.Lgamma(float64(n + 1))
	for k := range n + 1 {
		a, _ := math.Lgamma(float64(k + 1))
		b, _ := math.Lgamma(float64(n - k + 1))
		if x := math.Exp(all - a - b + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p)); x > 1e-20 {
			probabilities[k] = x
		}
	}
	return probabilities
}

// atMost is the probability of k or fewer successes of n.
func atMost(k, n int, p float64) float64 {
	if k >= n {
		return 1
	}
	return mathext.RegIncBeta(float64(n-k), float64(k+1), 1-p)
}

// counted is a state of n pairs without scores.
func counted(right, n int) *perf.State {
	var s, one perf.State
	add := func(class, times int) {
		one.Reset()
		one.Join(binary, &perf.Prediction{Class: class}, &perf.Label{}, 1)
		for ; times > 0; times >>= 1 {
			if times&1 == 1 {
				s.Add(&one)
			}
			var same perf.State
			same.Add(&one)
			one.Add(&same)
		}
	}
	add(0, right)
	add(1, n-right)
	return &s
}

// TestLossOfTwoSamplesKeepsItsLevel draws a baseline and a window of one model, of any
// size each, and counts how often a metric seems to be worse: in a part alpha of samples
// at most, and four standard errors of the simulation. Before, the baseline had no error
// of its own, and of 500 labels with a window of 5,000 a third of samples was a loss.
func TestLossOfTwoSamplesKeepsItsLevel(t *testing.T) {
	const alpha = 0.01
	for _, w := range []struct {
		name string
		c    perf.Config
		draw world
	}{
		{"balanced", perf.Config{Task: catalog.Binary, Positive: 1}, binaryWorld(0, 1.5, 0)},
		{"rare", perf.Config{Task: catalog.Binary, Positive: 1}, binaryWorld(-3, 1.5, 0)},
		{"classes", perf.Config{Task: catalog.Multiclass}, classWorld},
		{"normal errors", perf.Config{Task: catalog.Regression}, valueWorld(false)},
	} {
		t.Run(w.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 4))
			for _, tt := range []struct{ base, window, runs int }{{500, 500, 2000}, {500, 5000, 300}, {5000, 500, 400}, {50_000, 500, 60}} {
				sure, known, seen := map[catalog.Metric]int{}, map[catalog.Metric]int{}, 0
				for range tt.runs {
					base := byMetric(sample(r, &w.c, w.draw, tt.base))
					for range max(1, tt.base/tt.window) { // windows that share a baseline are many, and small beside it
						seen++
						for _, v := range drawnFrom(r, &w.c, w.draw, tt.window).MetricsAt(&w.c, alpha) {
							b := base[v.Metric]
							if _, lower, ok := perf.Degradation(v.Metric, perf.At(b, float64(tt.base), alpha), v); ok && lower > 0 {
								sure[v.Metric]++
							}
							if _, lower, ok := perf.Degradation(v.Metric, exactly(b.Value), v); ok && lower > 0 {
								known[v.Metric]++
							}
						}
					}
				}
				allowed := alpha * float64(seen)
				for _, m := range catalog.Metrics {
					if known[m] > 0 {
						t.Logf("n=%d and %d %s: %.4f, %.4f with a baseline without error", tt.base, tt.window, m, float64(sure[m])/float64(seen), float64(known[m])/float64(seen))
					}
					allowed := allowed
					if m == catalog.PRAUC { // as the package's documentation says
						allowed *= 2
					}
					if float64(sure[m]) > allowed+4*math.Sqrt(allowed) {
						t.Errorf("n=%d and %d %s: %d of %d are a loss, %.1f are allowed", tt.base, tt.window, m, sure[m], seen, allowed)
					}
				}
			}
		})
	}
}

func drawnFrom(r *rand.Rand, c *perf.Config, draw world, n int) *perf.State {
	var s perf.State
	var p perf.Prediction
	var l perf.Label
	for range n {
		draw(r, &p, &l)
		s.Join(c, &p, &l, 1)
	}
	return &s
}

// TestEstimatedLossKeepsItsLevel: an estimate is compared with the baseline's value as
// if that were exact, and may be: the calibrator comes from the same labels, so that
// their luck is in both, and the estimate's interval has it.
func TestEstimatedLossKeepsItsLevel(t *testing.T) {
	const alpha, runs = 0.05, 150
	for name, draw := range map[string]world{"balanced": binaryWorld(0, 1.5, 0), "rare": binaryWorld(-2, 1.5, 0), "sure": binaryWorld(0, 5, 0)} {
		for _, n := range []struct{ base, window int }{{500, 500}, {500, 5000}, {5000, 500}} {
			r := rand.New(rand.NewPCG(8, 8))
			sure := map[catalog.Metric]int{}
			for range runs {
				s := predicted(r, draw, n.base)
				base, live := byMetric(s.Metrics(binary)), predicted(r, draw, n.window)
				for _, v := range perf.Fit(binary, s).EstimateAt(binary, live, alpha) {
					if _, lower, ok := perf.Degradation(v.Metric, exactly(base[v.Metric].Value), v); ok && lower > 0 {
						sure[v.Metric]++
					}
				}
			}
			t.Logf("%s, n=%d and %d: %v of %d, %.0f allowed", name, n.base, n.window, sure, runs, alpha*runs)
			for _, m := range []catalog.Metric{catalog.Accuracy, catalog.ROCAUC} { // those that alert
				if k := float64(sure[m]); k > alpha*runs+4*math.Sqrt(alpha*runs) {
					t.Errorf("%s, n=%d and %d %s: %v of %d estimates are a loss", name, n.base, n.window, m, k, runs)
				}
			}
		}
	}
}

func predicted(r *rand.Rand, draw world, n int) *perf.State {
	var s perf.State
	var p perf.Prediction
	var l perf.Label
	for range n {
		draw(r, &p, &l)
		s.Predict(binary, &p)
		s.Join(binary, &p, &l, 1)
	}
	return &s
}
