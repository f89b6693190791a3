package baseline_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// pairs makes rows that repeat the given predictions and labels.
func pairs(times int, predictions, labels []any) []row {
	var rows []row
	for range times {
		for i := range predictions {
			rows = append(rows, row{prediction: predictions[i], label: labels[i]})
		}
	}
	return rows
}

func metric(t testing.TB, p *baseline.Performance, m catalog.Metric) float64 {
	t.Helper()
	for _, v := range p.Metrics {
		if v.Metric == m {
			return v.Value
		}
	}
	t.Fatalf("there is no %s in %v", m, p.Metrics)
	return 0
}

// TestTaskIsInferred spells the same model in many ways.
func TestTaskIsInferred(t *testing.T) {
	many := make([]any, 100)
	for i := range many {
		many[i] = float64(i) + 0.5
	}
	words := make([]any, 100)
	for i := range words {
		words[i] = fmt.Sprint("w", i)
	}
	for _, tt := range []struct {
		name                string
		o                   baseline.Options
		predictions, labels []any
		task                catalog.Task
		classes             []string
		positive            string
		metric              catalog.Metric
		want                float64
		label               catalog.Kind
	}{
		{"numbers", baseline.Options{}, []any{1, 0, 1, 1}, []any{1, 0, 0, 0}, catalog.Binary, []string{"1", "0"}, "1", catalog.Accuracy, 0.5, catalog.Categorical},
		{"numbers and texts", baseline.Options{}, []any{1.0, 0, "1", "1.0"}, []any{"1", "0", 0, "0.0"}, catalog.Binary, []string{"1", "0"}, "1", catalog.Accuracy, 0.5, catalog.Categorical},
		{"booleans", baseline.Options{}, []any{true, false}, []any{true, true}, catalog.Binary, []string{"true", "false"}, "true", catalog.Recall, 0.5, catalog.Boolean},
		{"booleans and numbers", baseline.Options{}, []any{true, false, true}, []any{1, 0, 0}, catalog.Binary, []string{"true", "false"}, "true", catalog.Precision, 0.5, catalog.Boolean},
		{"numbers and booleans", baseline.Options{}, []any{1, 0, 1}, []any{true, false, false}, catalog.Binary, []string{"true", "false"}, "true", catalog.Precision, 0.5, catalog.Boolean},
		{"Python's booleans", baseline.Options{}, []any{"True", "False"}, []any{true, true}, catalog.Binary, []string{"true", "false"}, "true", catalog.Recall, 0.5, catalog.Boolean},
		{"yes", baseline.Options{}, []any{"no", "Yes"}, []any{"no", "Yes"}, catalog.Binary, []string{"no", "Yes"}, "Yes", catalog.Accuracy, 1, catalog.Categorical},
		{"rarer label", baseline.Options{}, []any{"good", "good", "bad"}, []any{"good", "good", "bad"}, catalog.Binary, []string{"good", "bad"}, "bad", catalog.Recall, 1, catalog.Categorical},
		{"rarer label first", baseline.Options{}, []any{"bad", "good", "good"}, []any{"bad", "good", "good"}, catalog.Binary, []string{"bad", "good"}, "bad", catalog.Recall, 1, catalog.Categorical},
		{"names that are no numbers", baseline.Options{}, []any{"007", "7"}, []any{"007", "007"}, catalog.Binary, []string{"007", "7"}, "7", catalog.Accuracy, 0.5, catalog.Categorical},
		{"declared positive", baseline.Options{PositiveClass: "good"}, []any{"bad", "good", "good"}, []any{"bad", "good", "bad"}, catalog.Binary, []string{"good", "bad"}, "good", catalog.Precision, 0.5, catalog.Categorical},
		{"positive that never came", baseline.Options{Task: catalog.Binary, PositiveClass: "1"}, []any{0}, []any{0}, catalog.Binary, []string{"1", "0"}, "1", catalog.FPR, 0, catalog.Categorical},
		{"three classes", baseline.Options{}, []any{"a", "b", "c", "c"}, []any{"a", "b", "c", "a"}, catalog.Multiclass, []string{"a", "b", "c"}, "", catalog.Accuracy, 0.75, catalog.Categorical},
		{"three numbers", baseline.Options{}, []any{1, 2, 3, 3}, []any{1, 2, 3, 1}, catalog.Multiclass, []string{"1", "2", "3"}, "", catalog.Accuracy, 0.75, catalog.Categorical},
		{"two of several classes", baseline.Options{Task: catalog.Multiclass}, []any{"a", "b"}, []any{"a", "a"}, catalog.Multiclass, []string{"a", "b"}, "", catalog.Accuracy, 0.5, catalog.Categorical},
		{"one of two against the rest", baseline.Options{Task: catalog.Binary, PositiveClass: "a"}, []any{"a", "b", "c"}, []any{"a", "b", "a"}, catalog.Binary, []string{"a", "b", "c"}, "a", catalog.Recall, 0.5, catalog.Categorical},
		{"regression", baseline.Options{}, many, slices.Repeat([]any{0.5}, 100), catalog.Regression, nil, "", catalog.MAE, 49.5, catalog.Numeric},
		{"regression to a few stars", baseline.Options{}, many, slices.Repeat([]any{1, 2}, 50), catalog.Regression, nil, "", catalog.Bias, 48.5, catalog.Numeric},
		{"declared regression", baseline.Options{Task: catalog.Regression}, []any{1, 2}, []any{2, 4}, catalog.Regression, nil, "", catalog.MAE, 1.5, catalog.Numeric},
		{"text in a regression", baseline.Options{}, append(many[:99:99], "none"), slices.Repeat([]any{0.5}, 100), catalog.Regression, nil, "", catalog.MAE, 49, catalog.Numeric},
		{"identifiers", baseline.Options{}, words, words, catalog.Multiclass, append(classNames(63), "other"), "", catalog.Accuracy, 1, catalog.Categorical},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := build(t, tt.o, pairs(20, tt.predictions, tt.labels))
			p := f.Performance
			if p == nil {
				t.Fatal("no performance")
			}
			if p.Task != tt.task || p.PositiveClass != tt.positive {
				t.Errorf("task %s, positive class %q; want %s, %q", p.Task, p.PositiveClass, tt.task, tt.positive)
			}
			if diff := cmp.Diff(tt.classes, p.Classes); diff != "" {
				t.Errorf("classes -want +got:\n%s", diff)
			}
			if got := metric(t, p, tt.metric); math.Abs(got-tt.want) > 1e-12 {
				t.Errorf("%s is %v, want %v", tt.metric, got, tt.want)
			}
			if c := column(t, f.Outputs, baseline.Label); c.Kind != tt.label {
				t.Errorf("labels are %s, want %s", c.Kind, tt.label)
			}
			roundTrip(t, f)
		})
	}
}

func classNames(n int) (names []string) {
	for i := range n {
		names = append(names, fmt.Sprint("w", i))
	}
	return names
}

func TestNoPerformance(t *testing.T) {
	for name, rows := range map[string][]row{
		"no labels":           pairs(50, []any{1, 0}, []any{nil, null{}}),
		"one class":           pairs(50, []any{1}, []any{1}),
		"number and class":    pairs(50, []any{1.5, 2.5}, []any{"a", "b"}),
		"nested labels":       pairs(50, []any{1, 0}, []any{[]any{}, []any{}}),
		"labels of no score":  rowsOf(1, 2, 3),
		"number without said": pairs(50, []any{nil, nil, nil}, []any{1.5, 2.5, 3.5}),
	} {
		t.Run(name, func(t *testing.T) {
			for i := range rows {
				rows[i].features = map[string]any{"x": 1}
			}
			f := build(t, baseline.Options{}, rows)
			if f.Performance != nil {
				t.Errorf("performance %+v", f.Performance)
			}
			roundTrip(t, f)
		})
	}
	if p := build(t, baseline.Options{Task: catalog.TaskNone}, pairs(50, []any{1, 0}, []any{1, 0})).Performance; p != nil {
		t.Errorf("a table has performance %+v", p)
	}
}

// TestRanking: the items of a request are judged together, in the order of their
// scores; requests without a label are not judged.
func TestRanking(t *testing.T) {
	var rows []row
	for _, request := range []string{"a", "b", "c"} {
		for i, score := range []float64{.1, .9, .5} {
			r := row{id: fmt.Sprintf("%s#%d", request, i), features: map[string]any{"x": i}, score: score}
			if request != "c" {
				r.label = 0
			}
			if request != "c" && i == 2 { // the second by its score
				r.label = 1
			}
			rows = append(rows, r)
		}
	}
	f := build(t, baseline.Options{Task: catalog.Ranking}, rows)
	roundTrip(t, f)
	if f.Performance == nil || f.Performance.Labels != 2 {
		t.Fatalf("performance %+v, want that of 2 requests", f.Performance)
	}
	want := map[catalog.Metric]float64{catalog.NDCG: 1 / math.Log2(3), catalog.MRR: 0.5, catalog.HitRate: 1, catalog.CTR: 1. / 3}
	for _, v := range f.Performance.Metrics {
		if math.Abs(v.Value-want[v.Metric]) > 1e-12 {
			t.Errorf("%s is %v, want %v", v.Metric, v.Value, want[v.Metric])
		}
		delete(want, v.Metric)
	}
	if len(want) > 0 {
		t.Errorf("not measured: %v", want)
	}
}

// TestScores has scores in every place, with and without predictions. What is
// right is counted here pair by pair.
func TestScores(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var rows []row
	var scores [2][]float64 // by label
	for range 300 {
		p := float64(r.IntN(100)) / 100
		label := 0
		if r.Float64() < p {
			label = 1
		}
		rows = append(rows, row{features: map[string]any{"x": 1}, score: p, label: label})
		scores[label] = append(scores[label], p)
	}
	wins := 0.0
	for _, p := range scores[1] {
		for _, q := range scores[0] {
			switch {
			case p > q:
				wins++
			case p == q:
				wins += 0.5
			}
		}
	}
	auc := wins / float64(len(scores[0])*len(scores[1]))
	for _, tt := range []struct {
		name   string
		change func(*row)
		want   float64
	}{
		{"score", func(*row) {}, auc},
		{"scores by class", func(r *row) {
			p := r.score.(float64)
			r.score, r.scores = nil, map[string]float64{"0": 1 - p, "1.0": p}
		}, auc},
		{"score of the negative class", func(r *row) { r.score = 1 - r.score.(float64) }, 1 - auc},
		{"with predictions", func(r *row) { r.prediction = math.Round(r.score.(float64)) }, auc},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := slices.Clone(rows)
			for i := range changed {
				tt.change(&changed[i])
			}
			p := build(t, baseline.Options{}, changed).Performance
			if p == nil || p.Task != catalog.Binary {
				t.Fatalf("performance %+v", p)
			}
			// Hundredths are further apart than score bins are wide.
			if got := metric(t, p, catalog.ROCAUC); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("roc_auc is %v, want %v", got, tt.want)
			}
			if p.Calibrator == nil {
				t.Error("no calibrator")
			}
		})
	}
}

// TestMulticlassScores gives every class its probability.
func TestMulticlassScores(t *testing.T) {
	rows := pairs(120, []any{"a", "b", "c"}, []any{"a", "b", "a"})
	for i := range rows {
		rows[i].scores = map[string]float64{"a": 0.2, "b": 0.2, "c": 0.2}
		rows[i].scores[rows[i].prediction.(string)] = 0.6
	}
	p := build(t, baseline.Options{}, rows).Performance
	if p == nil || p.Task != catalog.Multiclass || p.Calibrator == nil {
		t.Fatalf("performance %+v", p)
	}
	if got, want := metric(t, p, catalog.LogLoss), -(2*math.Log(0.6)+math.Log(0.2))/3; math.Abs(got-want) > 1e-12 {
		t.Errorf("log loss is %v, want %v", got, want)
	}
}
