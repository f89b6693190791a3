package evaluate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// stream is predictions of a model with a rolling baseline, step by step.
type stream struct {
	set    *model.Set
	views  *Evaluator
	random *rand.Rand
	now    time.Time
	batch  event.Batch
	page   snapshot.Publisher
	text   string  // of the last scrape
	keeps  float64 // how much of an amount the next one keeps; 0 for independent ones
	last   float64
}

// newStream has a training baseline of normal amounts, and evaluates an hour.
func newStream(t testing.TB, rolling time.Duration) *stream { return newStreamOf(t, rolling, 0) }

// newStreamOf has amounts that keep so much of the one before, in training for three
// weeks.
func newStreamOf(t testing.TB, rolling time.Duration, keeps float64) *stream {
	t.Helper()
	cfg := config.ForTail([]string{"x"})
	cfg.Global.Time, cfg.Global.Windows = config.EventTime, []time.Duration{time.Hour}
	cfg.Global.Statistics = []catalog.Statistic{catalog.PSI, catalog.JS, catalog.KS, catalog.Wasserstein}
	cfg.Global.FalseAlarms = 1000 // alpha is at its largest, 0.05
	s := &stream{random: rand.New(rand.NewPCG(5, 6)), now: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}
	s.batch.AddColumn(&s.batch.Features, "amount")
	builder := baseline.NewBuilder(baseline.Options{Model: "m", Windows: cfg.Global.Windows})
	s.keeps = keeps
	if keeps == 0 {
		builder.Add(&s.batch, s.fill(20_000, 0))
	} else {
		for range 6 * 24 * 21 {
			s.now = s.now.Add(10 * time.Minute)
			builder.Add(&s.batch, s.fill(60, 0))
		}
	}
	f, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	cfg.Models = []config.Model{{Name: "m", Sources: []string{"s"}, Baseline: config.Baseline{Rolling: rolling}}}
	if s.set, err = model.NewSet(cfg, map[string]*baseline.File{"m": f}, []string{"s"}); err != nil {
		t.Fatal(err)
	}
	s.views = New(cfg)
	return s
}

func (s *stream) fill(n int, mean float64) []int32 {
	b := &s.batch
	b.Reset()
	b.Resize(n)
	b.Arrival = s.now.UnixNano()
	rows := make([]int32, n)
	for i := range n {
		rows[i], b.Times[i] = int32(i), s.now.UnixNano()
		s.last = s.keeps*s.last + math.Sqrt(1-s.keeps*s.keeps)*s.random.NormFloat64()
		b.Features[0].Cells[i], b.Features[0].Nums[i] = event.Number, mean+s.last
		b.Score.Cells[i], b.Score.Nums[i] = event.Number, s.random.Float64()+mean
	}
	return rows
}

// hour adds n events every ten minutes of an hour, and evaluates at its end.
func (s *stream) hour(n int, mean float64) {
	for range 6 {
		s.now = s.now.Add(10 * time.Minute)
		s.fill(n, mean)
		s.set.Apply(0, &s.batch, s.now.UnixNano())
	}
	s.page.Publish(s.views.Evaluate(s.set, s.now.UnixNano()))
	w := httptest.NewRecorder()
	s.page.Handler(prometheus.NewRegistry()).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	s.text = w.Body.String()
}

// drift is a published distance and its noise limit, NaN if there is none.
func (s *stream) drift(output bool, b catalog.Baseline, name catalog.Statistic) (distance, critical float64) {
	family, labels := "ml_feature_drift", `feature="amount"`
	if output {
		family, labels = "ml_output_drift", `output="score"`
	}
	labels = fmt.Sprintf(`{model="m",model_version="unknown",%s,statistic="%s",baseline="%s",window="1h"} `, labels, name, b)
	return s.value(family + labels), s.value(family + "_critical" + labels)
}

func (s *stream) value(series string) float64 {
	_, rest, ok := strings.Cut(s.text, "\n"+series)
	if !ok {
		return math.NaN()
	}
	text, _, _ := strings.Cut(rest, "\n")
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err)
	}
	return x
}

func (s *stream) drifted(output bool, b catalog.Baseline) bool {
	distance, critical := s.drift(output, b, catalog.PSI)
	return distance > critical && distance > 0.1
}

// TestRollingForgets: a lasting shift is drift from training for ever, and from the day
// before until that day is full of it; and the way back is drift again.
func TestRollingForgets(t *testing.T) {
	s := newStream(t, 24*time.Hour)
	for hour := range 24 * 5 {
		mean := 0.0
		if day := hour / 24; day >= 2 && day < 4 {
			mean = 1
		}
		s.hour(100, mean)
		if hour%24 < 2 || hour < 24 { // the window is on both sides of a step
			continue
		}
		training := mean == 1
		for _, output := range []bool{false, true} {
			if got := s.drifted(output, catalog.Training); got != training {
				t.Fatalf("hour %d: drift from training %v (output %v)", hour, got, output)
			}
		}
		switch step := hour % 48; {
		case hour >= 48 && step < 8: // two thirds of the day before are as they were
			if !s.drifted(false, catalog.Rolling) || !s.drifted(true, catalog.Rolling) {
				t.Fatalf("hour %d: no drift from the day before", hour)
			}
		case step >= 27:
			if s.drifted(false, catalog.Rolling) || s.drifted(true, catalog.Rolling) {
				t.Fatalf("hour %d: drift from the day before, which was the same", hour)
			}
		}
	}
}

// TestRollingMissesSlowTrends: what moves a tenth of a standard deviation in a day is no
// news any day, and far from training after weeks.
func TestRollingMissesSlowTrends(t *testing.T) {
	s := newStream(t, 24*time.Hour)
	for hour := range 24 * 12 {
		s.hour(200, float64(hour)/24/10) // with fewer, chance alone reaches a psi of 0.1 now and then
		if hour > 24 && s.drifted(false, catalog.Rolling) {
			t.Fatalf("hour %d: drift from the day before", hour)
		}
	}
	if !s.drifted(false, catalog.Training) {
		t.Error("no drift from training after a shift of 1.2 standard deviations")
	}
}

// TestRollingNeedsHalfItsTime: before, there is nothing, and without events there is
// nothing again.
func TestRollingNeedsHalfItsTime(t *testing.T) {
	s := newStream(t, 24*time.Hour)
	first := 0
	for hour := 1; hour <= 48; hour++ {
		s.hour(50, 0)
		if d, _ := s.drift(false, catalog.Rolling, catalog.KS); d == d && first == 0 {
			first = hour
		}
	}
	if first < 12 || first > 15 {
		t.Errorf("it is there after %d h, want 13 and what panes of an hour add", first)
	}
	s.now = s.now.Add(72 * time.Hour)
	s.hour(50, 0)
	if d, critical := s.drift(false, catalog.Rolling, catalog.KS); d == d || critical == critical {
		t.Errorf("distance %v, noise limit %v from three days without events", d, critical)
	}
}

// TestRollingFalseAlarms measures how often a window is beyond the noise limit of its
// rolling baseline without drift, before and after a shift that changes the laws: alpha
// is 0.05.
func TestRollingFalseAlarms(t *testing.T) {
	for _, tt := range []struct {
		name string
		mean float64
	}{{"as in training", 0}, {"shifted by half a standard deviation", 0.5}} {
		t.Run(tt.name, func(t *testing.T) {
			const windows = 1200
			s := newStream(t, 48*time.Hour)
			for range 60 {
				s.hour(60, tt.mean)
			}
			beyond := map[catalog.Statistic]int{}
			for range windows {
				s.hour(60, tt.mean)
				for _, name := range []catalog.Statistic{catalog.PSI, catalog.JS, catalog.KS, catalog.Wasserstein} {
					d, critical := s.drift(false, catalog.Rolling, name)
					if math.IsNaN(d) || !(critical > 0) {
						t.Fatalf("%s: distance %v, noise limit %v", name, d, critical)
					}
					if d > critical {
						beyond[name]++
					}
				}
			}
			// Windows of 360 share most of a baseline of 17,280: they exceed together
			// a little. ks of few values goes in steps, and exceeds less often.
			noise := 4 * math.Sqrt(0.05*0.95/windows*(1+48*360./17640))
			for name, n := range beyond {
				rate := float64(n) / windows
				if rate < 0.05*0.7-noise || rate > 0.05*1.15+noise {
					t.Errorf("%s: %.4f of windows are beyond the noise limit, want 0.05 ± %.4f", name, rate, noise)
				}
				t.Logf("%s: %.4f", name, rate)
			}
		})
	}
}

// TestRollingFalseAlarmsOfCorrelatedValues: the training baseline tells how much windows
// of a stream wander, and the limits of the rolling one follow it. Values are correlated
// over six minutes, a tenth of the window.
func TestRollingFalseAlarmsOfCorrelatedValues(t *testing.T) {
	const windows = 600
	s := newStreamOf(t, 48*time.Hour, math.Exp(-10./60/6)) // a value every ten seconds
	for range 60 {
		s.hour(60, 0)
	}
	beyond, independent := map[catalog.Statistic]int{}, 0
	for range windows {
		s.hour(60, 0)
		for _, name := range []catalog.Statistic{catalog.PSI, catalog.JS, catalog.KS, catalog.Wasserstein} {
			d, critical := s.drift(false, catalog.Rolling, name)
			if d > critical {
				beyond[name]++
			}
			if name == catalog.PSI && d > 16.919*(1./360+1./17280) { // χ² with 9 degrees of freedom
				independent++
			}
		}
	}
	if independent < windows/10 {
		t.Fatalf("%d windows wander beyond the limits of independent values: the test shows nothing", independent)
	}
	noise := 4 * math.Sqrt(0.05*0.95/windows*(1+48*360./17640))
	for name, n := range beyond {
		rate := float64(n) / windows
		if rate > 0.05*1.35+noise {
			t.Errorf("%s: %.4f of windows are beyond the noise limit, want at most 0.0675 + %.4f", name, rate, noise)
		}
		t.Logf("%s: %.4f, of independent values %.4f", name, rate, float64(independent)/windows)
	}
}

// TestRollingOfALearnedBaseline: bins learned from the stream's first events do as well.
func TestRollingOfALearnedBaseline(t *testing.T) {
	s := newStream(t, 24*time.Hour)
	cfg := *s.views.cfg
	cfg.Global.LearnEvents = 1000
	set, err := model.NewSet(&cfg, nil, []string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	s.set, s.views = set, New(&cfg)
	for range 30 {
		s.hour(100, 0)
	}
	if d, critical := s.drift(false, catalog.Rolling, catalog.PSI); math.IsNaN(d) || d > 2*critical {
		t.Errorf("distance %v, noise limit %v from a day of the same", d, critical)
	}
	s.hour(100, 1)
	if !s.drifted(false, catalog.Rolling) || !s.drifted(false, catalog.Learned) {
		t.Error("a step is no drift")
	}
}

// TestRollingMovesInTurn: a model of many columns gets its comparisons over several
// evaluations, all of them, and none twice before the others.
func TestRollingMovesInTurn(t *testing.T) {
	columns := map[string]draw{}
	for i := range 120 {
		columns[fmt.Sprintf("c%d", i)] = laws["z1"]
	}
	x := newTable(t, columns)
	cfg := *x.views.cfg
	cfg.Models[0].Baseline.Rolling = time.Hour
	f := x.set.Models[0].Baseline
	var err error
	if x.set, err = model.NewSet(&cfg, map[string]*baseline.File{"m": f}, []string{"s"}); err != nil {
		t.Fatal(err)
	}
	x.views = New(&cfg)
	for range 45 {
		x.set.Apply(0, x.rows(20, columns), x.now.UnixNano())
	}
	for want := mostMoved; ; want += mostMoved {
		x.views.Evaluate(x.set, x.now.UnixNano())
		moved := 0
		for _, w := range x.views.views {
			for i := range w.columns {
				if w.columns[i].rolling[0].compare != nil {
					moved++
				}
			}
		}
		if moved != min(want, len(columns)) {
			t.Fatalf("%d columns have a rolling baseline, want %d", moved, min(want, len(columns)))
		}
		if moved == len(columns) {
			break
		}
	}
}

// BenchmarkRolling is an evaluation of a feature and an output in one window: without a
// rolling baseline, with one, and when the baseline moves on, which it does by a 28th of
// its length at a time.
func BenchmarkRolling(b *testing.B) {
	for _, bb := range []struct {
		name    string
		rolling time.Duration
		moves   bool
	}{{"none", 0, false}, {"same", 24 * time.Hour, false}, {"moved", 24 * time.Hour, true}} {
		b.Run("baseline="+bb.name, func(b *testing.B) {
			s := newStream(b, bb.rolling)
			for range 30 {
				s.hour(100, 0)
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, w := range s.views.views {
					for i := range w.columns {
						if bb.moves {
							w.columns[i].rolling[0].to = 1
						}
					}
				}
				s.views.Evaluate(s.set, s.now.UnixNano())
			}
		})
	}
}
