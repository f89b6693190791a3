package joint_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/model-exporter/model_exporter/collector/internal/joint"
)

// baseOf fits components to half of the columns' rows and measures the others.
func baseOf(t *testing.T, columns [][]float64) (*joint.PCA, joint.Base) {
	t.Helper()
	half := len(columns[0]) / 2
	fit, rest := make([][]float64, len(columns)), make([][]float64, len(columns))
	for j := range columns {
		fit[j], rest[j] = columns[j][:half], append([]float64(nil), columns[j][half:]...)
	}
	p, err := joint.Fit(numbered(len(fit)), fit)
	if err != nil {
		t.Fatal(err)
	}
	return p, joint.NewBase(errorsOf(p, rest))
}

func sumsOf(errors []float64) *joint.Sums {
	var s joint.Sums
	for _, e := range errors {
		s.AddRow(e, 1)
	}
	return &s
}

// TestCriticalWithoutWander is Welch's test: its limit for equal variances.
func TestCriticalWithoutWander(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	errors := make([]float64, 400)
	for i := range errors {
		errors[i] = 3 + r.NormFloat64()
	}
	base, live := joint.NewBase(errors), sumsOf(errors[:100])
	spread := max(1, live.Variance()/(base.Stddev*base.Stddev))
	se := math.Sqrt(spread/100 + 1./400)
	freedom := se * se * se * se / (spread*spread/1e4/99 + 1./400/400/399)
	for _, alpha := range []float64{0.05, 1e-3, 1e-6} {
		want := se * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: freedom}.Quantile(1-alpha/2)
		if got := base.Critical(live, time.Hour, alpha); math.Abs(got-want) > 1e-6*want {
			t.Errorf("alpha %v: %v, want %v", alpha, got, want)
		}
	}
	if got, want := base.Effect(live), math.Abs(live.Mean()-base.Mean)/base.Stddev; got != want {
		t.Errorf("effect %v, want %v", got, want)
	}
}

// TestFalseAlarms: windows of rows like the baseline's exceed the limit no more
// often than alpha says, whatever the columns' laws; with both fresh each time,
// because the baseline is chance, too. Errors of skewed columns are skewed, which
// makes the limit careful: a window with a large mean has a large variance.
func TestFalseAlarms(t *testing.T) {
	const trials = 4000
	for _, tt := range []struct {
		name  string
		value func(float64) float64
		rows  int // of a window
		alpha float64
		exact bool
	}{
		{"normal", func(x float64) float64 { return x }, 100, 0.05, true},
		{"normal, rare", func(x float64) float64 { return x }, 200, 0.005, true},
		{"heavy tails", func(x float64) float64 { return math.Exp(1.2 * x) }, 100, 0.05, false},
		{"heavy tails, rare", func(x float64) float64 { return math.Exp(1.2 * x) }, 200, 0.005, false},
		{"counts", func(x float64) float64 { return math.Floor(max(0, x)) }, 300, 0.02, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(11, uint64(tt.rows)))
			draw := func(n int) [][]float64 {
				columns := correlated(r, n, 0.8)
				for j := range columns {
					for i, x := range columns[j] {
						columns[j][i] = tt.value(x)
					}
				}
				return columns
			}
			alarms := 0
			for i := 0; i < trials; i += 20 {
				p, base := baseOf(t, draw(2000))
				for range 20 {
					live := sumsOf(errorsOf(p, draw(tt.rows)))
					if base.Effect(live) > base.Critical(live, time.Hour, tt.alpha) {
						alarms++
					}
				}
			}
			rate := float64(alarms) / trials
			// Windows share a baseline in groups of 20, of which the noise of the
			// baseline is less than a third: three times a binomial error are enough.
			limit := tt.alpha + 3*1.5*math.Sqrt(tt.alpha/trials)
			t.Logf("%.4f of windows exceed a limit of %v", rate, tt.alpha)
			if rate > limit || tt.exact && rate < tt.alpha/2 {
				t.Errorf("%.4f of windows exceed the limit, want %v (up to %.4f)", rate, tt.alpha, limit)
			}
		})
	}
}

// TestFalseAlarmsOfWanderingData: the errors of an hour have something in common,
// and the limit knows.
func TestFalseAlarmsOfWanderingData(t *testing.T) {
	const trials, alpha, wander = 4000, 0.01, 0.2
	r := rand.New(rand.NewPCG(5, 5))
	hour := func(n int) []float64 {
		e := make([]float64, n)
		common := wander * r.NormFloat64()
		for i := range e {
			e[i] = 3 + common + r.NormFloat64()
		}
		return e
	}
	aware, unaware := 0, 0
	for range trials / 10 {
		var all, rows, means []float64
		for range 48 {
			e := hour(100)
			all = append(all, e...)
			rows, means = append(rows, 100), append(means, sumsOf(e).Mean())
		}
		base := joint.NewBase(all)
		plain := base
		base.AddBlocks(time.Hour, rows, means)
		for range 10 {
			live := sumsOf(hour(500))
			if base.Effect(live) > base.Critical(live, time.Hour, alpha) {
				aware++
			}
			if plain.Effect(live) > plain.Critical(live, time.Hour, alpha) {
				unaware++
			}
		}
	}
	t.Logf("%.4f exceed the limit, %.4f without knowing of the wander", float64(aware)/trials, float64(unaware)/trials)
	if rate := float64(aware) / trials; rate > 2*alpha || rate < alpha/5 {
		t.Errorf("%.4f of windows exceed the limit, want %v", rate, alpha)
	}
	if rate := float64(unaware) / trials; rate < 0.2 {
		t.Errorf("without knowing of the wander only %.4f do: it is no test", rate)
	}
}

// TestCriticalTakesTheBestLength: many short stretches tell more of a day than four
// long ones, and of an hour only those that are no longer.
func TestCriticalTakesTheBestLength(t *testing.T) {
	live := joint.Sums{Weight: 1e6, Squares: 1e6, Errors: 3e6, ErrorSq: 10e6}
	short := joint.Wander{Seconds: 3600, Blocks: 400, Rows: 1000, Stddev: 0.05}
	long := joint.Wander{Seconds: 6 * 3600, Blocks: 4, Rows: 6000, Stddev: 0.03}
	critical := func(window time.Duration, w ...joint.Wander) float64 {
		b := joint.Base{Rows: 400_000, Mean: 3, Stddev: 1, Wanders: w}
		return b.Critical(&live, window, 1e-4)
	}
	day := 24 * time.Hour
	if both, one := critical(day, short, long), critical(day, short); math.Abs(both-one) > 0.1*one || both > critical(day, long)/2 {
		t.Errorf("of a day %v, by hours alone %v, by stretches of six %v", both, one, critical(day, long))
	}
	long.Blocks, long.Stddev = 400, 0.01
	if hour, day := critical(time.Hour, short, long), critical(day, short, long); day > hour/2 {
		t.Errorf("of an hour %v, of a day %v", hour, day)
	}
	// Four stretches of few rows say nothing of a wander this small.
	quiet := joint.Wander{Seconds: 3600, Blocks: 4, Rows: 50}
	if known, unknown := critical(day), critical(day, quiet); unknown < 10*known {
		t.Errorf("%v with four short stretches that seemed alike, %v without any", unknown, known)
	}
}

// TestSeesWhatMarginsDoNot: columns that are independent of each other now, each
// with its own values.
func TestSeesWhatMarginsDoNot(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	p, base := baseOf(t, correlated(r, 4000, 0.8))
	live := correlated(r, 500, 0.8)
	still := sumsOf(errorsOf(p, [][]float64{clone(live[0]), clone(live[1]), clone(live[2]), clone(live[3])}))
	if e, c := base.Effect(still), base.Critical(still, time.Hour, 1e-3); e > c {
		t.Errorf("nothing changed: %v > %v", e, c)
	}
	r.Shuffle(len(live[1]), func(i, j int) { live[1][i], live[1][j] = live[1][j], live[1][i] })
	broken := sumsOf(errorsOf(p, live))
	if e, c := base.Effect(broken), base.Critical(broken, time.Hour, 1e-6); e < c || e < 0.5 {
		t.Errorf("two columns do not go together any more: %v, limit %v", e, c)
	}
}

func clone(x []float64) []float64 { return append([]float64(nil), x...) }

func TestBaseOfExactColumns(t *testing.T) {
	base := joint.NewBase(make([]float64, 50))
	live := sumsOf([]float64{0.5, 0.5, 0.5})
	if e := base.Effect(live); e != 50 {
		t.Errorf("effect %v, want 50: the unit is no less than 0.01", e)
	}
}
