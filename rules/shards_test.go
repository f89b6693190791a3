package rules

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestShardsAddUp: what is recorded of two exporters that each read a half of the
// log equals what is recorded of one that reads all of it, and both equal the
// textbook.
func TestShardsAddUp(t *testing.T) {
	promtool := findPromtool(t)
	l := newLog(181)
	psi, js, ks := l.distances()
	c := scenario{name: "halves and whole", at: "3h", series: l.series}
	for _, r := range []struct {
		name     string
		on       string
		series   int
		textbook float64 // NaN: not compared
	}{
		{"model_version_feature:ml_feature_psi:baseline1h", "feature", 1, psi},
		{"model_version_feature:ml_feature_js:baseline1h", "feature", 1, js},
		{"model_version_feature:ml_feature_ks:baseline1h", "feature", 1, ks},
		{"model_version:ml_confusion_accuracy:ratio1h", "model_version", 1, l.accuracy()},
		{"model_version:ml_regression_mae:mean1h", "model_version", 1, math.NaN()},
		{"model_version:ml_prediction_errors:ratio1h", "model_version", 1, math.NaN()},
		{"model_version_feature_check:ml_feature_violations:ratio1h", "feature, check", 1, math.NaN()},
		{"model_version_feature_bin:ml_feature_bin:ratio1h", "feature, bin", len(l.base), math.NaN()},
	} {
		c.values = append(c.values, recorded{
			expr:   fmt.Sprintf(`count(abs(%[1]s{model="halves"} / on (%[2]s) %[1]s{model="whole"} - 1) < 1e-9)`, r.name, r.on),
			labels: "{}", value: float64(r.series),
		})
		if !math.IsNaN(r.textbook) {
			c.values = append(c.values, recorded{
				expr:   fmt.Sprintf(`count(abs(%s{model=~"halves|whole"} / %.17g - 1) < 1e-9)`, r.name, r.textbook),
				labels: "{}", value: 2,
			})
		}
	}
	s := suite{"shards", "5m", []string{"records.models", "records.counts", "records.ratios", "records.performance", "records.bins", "records.shares", "records.gaps", "records.distances", "records.ks"}, []scenario{c}}
	s.run(t, promtool)
}

// log is a course of counters, by minute.
type log struct {
	minutes int
	base    []float64 // shares of the baseline
	bins    [][]int   // live counts so far
	right   []int
	wrong   []int
	series  []string
}

// baseValues is how many values the baseline has.
const baseValues = 250

// newLog counts three hours of events. The fourth bin is empty in the baseline,
// the fifth in the log, and the sixth in both. Their names do not tell their order.
func newLog(minutes int) *log {
	r := rand.New(rand.NewPCG(1, 2))
	l := &log{minutes: minutes, base: []float64{0.4, 0.3, 0.2, 0, 0.1, 0}}
	l.bins = make([][]int, len(l.base))
	for i, most := range []int{40, 80, 30, 10, 0, 0} {
		bin := fmt.Sprintf(`feature="amount",bin="%d"`, (i+4)%len(l.base))
		l.bins[i] = l.counter(`ml_feature_bin_total{`+bin+`}`, r, most)
		l.constant(`ml_baseline_bin_ratio{`+bin+`}`, l.base[i])
		l.constant(`ml_baseline_bin_rank{`+bin+`}`, float64(i+1))
	}
	l.constant(`ml_baseline_feature_values{feature="amount"}`, baseValues)
	l.right = l.counter(`ml_confusion_total{predicted="1",actual="1"}`, r, 50)
	for _, pair := range []string{`predicted="1",actual="0"`, `predicted="0",actual="1"`} {
		wrong := l.counter(`ml_confusion_total{`+pair+`}`, r, 20)
		if l.wrong == nil {
			l.wrong = make([]int, minutes)
		}
		for i, n := range wrong {
			l.wrong[i] += n
		}
	}
	for _, name := range []string{
		`ml_labels_total{}`, `ml_regression_absolute_error_total{}`, `ml_predictions_total{}`, `ml_prediction_errors_total{reason="x"}`,
		`ml_feature_values_total{feature="amount"}`, `ml_feature_violations_total{feature="amount",check="missing"}`,
	} {
		l.counter(name, r, 50)
	}
	return l
}

// counter adds a counter that grows by up to most each minute, once as a whole
// and once in two unequal parts. It returns the whole.
func (l *log) counter(name string, r *rand.Rand, most int) []int {
	var whole, a, b []int
	na, nb := 0, 0
	for range l.minutes {
		if most > 0 {
			na += 1 + r.IntN(most)
			nb += 1 + r.IntN(most)
		}
		whole, a, b = append(whole, na+nb), append(a, na), append(b, nb)
	}
	l.add(name, "whole", "a", numbers(whole))
	l.add(name, "halves", "a", numbers(a))
	l.add(name, "halves", "b", numbers(b))
	return whole
}

// constant adds what every exporter serves.
func (l *log) constant(name string, x float64) {
	l.add(name, "whole", "a", fmt.Sprintf("%gx*", x))
	l.add(name, "halves", "a", fmt.Sprintf("%gx*", x))
	l.add(name, "halves", "b", fmt.Sprintf("%gx*", x))
}

func (l *log) add(name, model, instance, values string) {
	name = strings.TrimSuffix(name, "}")
	if !strings.HasSuffix(name, "{") {
		name += ","
	}
	l.series = append(l.series, name+`model="`+model+`",instance="`+instance+`:9877"} `+values)
}

func numbers(all []int) string {
	return strings.Trim(fmt.Sprint(all), "[]")
}

// grown is what a counter grows by in the last hour. Prometheus sees sixty
// samples, 59 minutes, and extrapolates.
func (l *log) grown(counter []int) float64 {
	return float64(counter[l.minutes-1]-counter[l.minutes-60]) * 60 / 59
}

// distances are psi, js and ks by their definition, from counts.
func (l *log) distances() (psi, js, ks float64) {
	n := 0.0
	for _, b := range l.bins {
		n += l.grown(b)
	}
	var p, q []float64
	var f, g float64
	for i, b := range l.bins {
		f, g = f+l.grown(b)/n, g+l.base[i]
		ks = max(ks, math.Abs(f-g))
		if l.grown(b)+l.base[i] > 0 {
			p, q = append(p, max(l.grown(b), 0.5)/n), append(q, max(l.base[i], 0.5/baseValues))
		}
	}
	return textbookPSI(p, q), textbookJS(p, q), ks
}

func (l *log) accuracy() float64 {
	right, wrong := l.grown(l.right), l.grown(l.wrong)
	return right / (right + wrong)
}

// TestKSKnowsAllItsBins: of a feature with more bins than ranks are looked at none
// is recorded, rather than a wrong one.
func TestKSKnowsAllItsBins(t *testing.T) {
	promtool := findPromtool(t)
	c := scenario{name: "many bins", at: "2h"}
	for feature, bins := range map[string]int{"few": mostRanked, "many": mostRanked + 1} {
		for i := range bins {
			bin := fmt.Sprintf(`feature="%s",bin="%d"`, feature, i)
			live := 10
			if i == bins-1 {
				live = 10 + 10*bins // makes up half of the values
			}
			c.series = append(c.series,
				fmt.Sprintf(`ml_feature_bin_total{%s} 0+%dx*`, bin, live),
				fmt.Sprintf(`ml_baseline_bin_ratio{%s} %.17gx*`, bin, 1/float64(bins)),
				fmt.Sprintf(`ml_baseline_bin_rank{%s} %dx*`, bin, i+1))
		}
	}
	// All but the last bin have half of the values, and 19 of 20 in the baseline.
	c.values = []recorded{
		{`model_version_feature:ml_feature_ks:baseline1h{feature="many"}`, "", 0},
		{`round(model_version_feature:ml_feature_ks:baseline1h{feature="few"}, 1e-9)`,
			`{model="fraud",model_version="1",feature="few"}`, 19.0/20 - 19.0/40},
	}
	s := suite{"ranks", "5m", []string{"records.bins", "records.gaps", "records.ks"}, []scenario{c}}
	s.run(t, promtool)
}
