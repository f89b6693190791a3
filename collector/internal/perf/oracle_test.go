package perf_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// oracleCase is data and what scikit-learn says about it, see testdata/oracle.py.
type oracleCase struct {
	Task      catalog.Task
	Scores    [][]float64
	Predicted []int
	Actual    []int
	Values    []float64
	Truth     []float64
	Requests  [][]float64
	Want      map[catalog.Metric]float64
	Classes   [][3]float64
}

type oracle struct {
	Cases    map[string]oracleCase
	Isotonic struct {
		Scores        []float64
		Right, Labels []int
		Want          []float64
	}
}

func readOracle(t *testing.T) (o oracle) {
	t.Helper()
	b, err := os.ReadFile("testdata/metrics.sklearn.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *oracleCase) config() *perf.Config { return &perf.Config{Task: o.Task, Positive: 1} }

// pair returns the i-th prediction and label.
func (o *oracleCase) pair(i int) (p perf.Prediction, l perf.Label) {
	if o.Task == catalog.Regression {
		return perf.Prediction{Class: -1, Value: o.Values[i]}, perf.Label{Class: -1, Value: o.Truth[i]}
	}
	return perf.Prediction{Class: o.Predicted[i], Scores: o.Scores[i], Value: math.NaN()}, perf.Label{Class: o.Actual[i], Value: math.NaN()}
}

func (o *oracleCase) state() *perf.State {
	var s perf.State
	c := o.config()
	for i := range max(len(o.Predicted), len(o.Values)) {
		p, l := o.pair(i)
		s.Predict(c, &p)
		s.Join(c, &p, &l, 1)
	}
	for _, r := range o.Requests {
		s.Rank(r, 1)
	}
	return &s
}

// TestMetricsEqualScikitLearn: all but the areas are exact; those lie within the
// bound that the bins themselves tell.
func TestMetricsEqualScikitLearn(t *testing.T) {
	for name, o := range readOracle(t).Cases {
		t.Run(name, func(t *testing.T) {
			s := o.state()
			got := map[catalog.Metric]perf.Value{}
			for _, v := range s.Metrics(o.config()) {
				got[v.Metric] = v
				if !(v.Lower <= v.Value && v.Value <= v.Upper) {
					t.Errorf("%s: %v lies outside its interval", v.Metric, v)
				}
			}
			for m, want := range o.Want {
				v, ok := got[m]
				delete(got, m)
				tolerance := 1e-9 * max(1, math.Abs(want))
				switch m {
				case catalog.ROCAUC:
					tolerance = 1e-12 + meanBound(s, o.config(), s.AUCBound)
				case catalog.PRAUC:
					tolerance = 1e-12 + meanBound(s, o.config(), s.PRBound)
				}
				if !ok || !(math.Abs(v.Value-want) <= tolerance) {
					t.Errorf("%s: got %v %v, want %v within %.2g", m, ok, v.Value, want, tolerance)
				}
				if m == catalog.ROCAUC || m == catalog.PRAUC {
					t.Logf("%s: off by %.2g, bound %.2g", m, v.Value-want, tolerance)
				}
			}
			for m := range got {
				t.Errorf("%s: got a value, scikit-learn has none", m)
			}
		})
	}
}

func meanBound(s *perf.State, c *perf.Config, bound func(int) float64) float64 {
	if c.Task == catalog.Binary {
		return bound(c.Positive)
	}
	worst := 0.0
	for class := range s.Classes() {
		worst = max(worst, bound(class))
	}
	return worst
}

func TestClassMetricsEqualScikitLearn(t *testing.T) {
	for name, o := range readOracle(t).Cases {
		s := o.state()
		for class, want := range o.Classes {
			got := map[catalog.Metric]float64{}
			for _, v := range s.ClassMetrics(o.config(), class) {
				got[v.Metric] = v.Value
			}
			for i, m := range []catalog.Metric{catalog.Precision, catalog.Recall, catalog.F1} {
				if math.Abs(got[m]-want[i]) > 1e-12 { // absent where scikit-learn puts 0
					t.Errorf("%s: class %d: %s: got %v, want %v", name, class, m, got[m], want[i])
				}
			}
		}
	}
}

// TestFitEqualsScikitLearn holds each fitted step against IsotonicRegression.
func TestFitEqualsScikitLearn(t *testing.T) {
	o := readOracle(t).Isotonic
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	var s perf.State
	for i, q := range o.Scores {
		for k := range o.Labels[i] {
			l := perf.Label{Class: 0}
			if k < o.Right[i] {
				l.Class = 1
			}
			s.Join(c, &perf.Prediction{Class: 1, Scores: []float64{q}}, &l, 1)
		}
	}
	curve := perf.Fit(c, &s).Curves[0]
	for i, q := range o.Scores {
		k := len(curve.Edges) - 1
		for curve.Edges[k] > q {
			k--
		}
		if got := curve.Probabilities[k]; math.Abs(got-o.Want[i]) > 1e-12 {
			t.Errorf("score %v: got %v, want %v", q, got, o.Want[i])
		}
	}
}
