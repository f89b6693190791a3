package baseline_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// together is a baseline of features that go together: income and spending do, age
// is for itself, and a category takes no part.
func together(t testing.TB) *baseline.File {
	t.Helper()
	f := build(t, baseline.Options{Model: "fraud", FineBins: 20, Tool: "model_exporter test"}, togetherRows(1000, 0.9, 0))
	f.Created = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	return f
}

// togetherRows wander by so much from hour to hour.
func togetherRows(n int, rho, wander float64) []row {
	r := rand.New(rand.NewPCG(5, 6))
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	rows := make([]row, n)
	apart := 0.0
	for i := range rows {
		if i%20 == 0 {
			apart = wander * math.Abs(r.NormFloat64())
		}
		x := r.NormFloat64()
		features := map[string]any{
			"age":      float64(20 + r.IntN(60)),
			"constant": 1.,
			"country":  []any{"DE", "FR"}[r.IntN(2)],
			"income":   math.Round(1000*x) / 1000,
			"spending": math.Round(1000*(rho*x+(math.Sqrt(1-rho*rho)+apart)*r.NormFloat64())) / 1000,
		}
		if i%10 == 0 {
			features["income"] = null{}
		}
		rows[i] = row{at: start.Add(time.Duration(i) * 3 * time.Minute), features: features}
	}
	return rows
}

func TestMultivariate(t *testing.T) {
	m := together(t).Multivariate
	if m == nil {
		t.Fatal("nothing is known of features that go together")
	}
	var names []string
	for _, f := range m.PCA.Features {
		names = append(names, f.Name)
	}
	if diff := cmp.Diff([]string{"age", "income", "spending"}, names); diff != "" {
		t.Error(diff)
	}
	if m.Base.Rows != 500 || m.Base.Mean <= 0 || len(m.Base.Wanders) == 0 {
		t.Errorf("%+v", m.Base)
	}
	// Of three variances, two and a half go together: two components are kept.
	if len(m.PCA.Components) != 2 {
		t.Errorf("%d components, %v explained", len(m.PCA.Components), m.PCA.Explained)
	}
}

// TestMultivariateWander: hours that differ are told from hours that do not.
func TestMultivariateWander(t *testing.T) {
	for wander, limits := range map[float64][2]float64{0: {0, 0.12}, 0.5: {0.2, 2}} {
		f := build(t, baseline.Options{}, togetherRows(20_000, 0.9, wander))
		for _, w := range f.Multivariate.Base.Wanders {
			if w.Seconds == 3600 && (w.Stddev < limits[0] || w.Stddev > limits[1] || w.Blocks != 1000) {
				t.Errorf("wander %v: %+v", wander, w)
			}
		}
	}
}

func TestMultivariateIsMissing(t *testing.T) {
	for name, rows := range map[string][]row{
		"few rows":    togetherRows(199, 0.9, 0),
		"one feature": rowsOf(make([]any, 300)...),
		"text":        rowsOf(texts(300)...),
	} {
		b := baseline.NewBuilder(baseline.Options{})
		batch := new(batcher).batch(rows)
		b.Add(batch, all(batch))
		if f, err := b.Build(); err == nil && f.Multivariate != nil {
			t.Errorf("%s: %+v", name, f.Multivariate)
		}
	}
}

func texts(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = fmt.Sprint("x", i)
	}
	return list
}

// TestReadRefusesMultivariate has one wrong value in each case.
func TestReadRefusesMultivariate(t *testing.T) {
	var w bytes.Buffer
	if err := together(t).Write(&w); err != nil {
		t.Fatal(err)
	}
	good := w.String()
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown field", `"error_mean"`, `"mean_error"`, `unknown field "mean_error"`},
		{"rows", `"rows": 500`, `"rows": 1001`, "multivariate: rows: 1001 of 1000"},
		{"one row", `"rows": 500`, `"rows": 1`, "multivariate: rows: 1 of 1000"},
		{"mean", `"error_mean": `, `"error_mean": -`, "multivariate: error_mean: -"},
		{"stddev", `"error_stddev": `, `"error_stddev": -`, "multivariate: error_stddev: -"},
		{"explained", `"explained": 0`, `"explained": 1`, "multivariate: explained: 1."},
		{"no such feature", `"name": "age"`, `"name": "ago"`, `"ago" is no numeric feature`},
		{"category", `"name": "age"`, `"name": "country"`, `"country" is no numeric feature`},
		{"feature twice", `"name": "age"`, `"name": "income"`, `"income" is there twice`},
		{"feature's mean", `"mean": `, `"mean": 1000`, "is not between"},
		{"feature's stddev", `"stddev": `, `"stddev": -`, "is none of values"},
		{"tiny stddev", `"stddev": `, `"stddev": 1e-300, "low": -1e9, "high": 1e9}, {"name": "x", "mean": 1, "stddev": `, "is none of values"},
		{"components", `"components": [[`, `"components": [[1, `, "component 0 has 4 numbers for 3 features"},
		{"all components", `"components": [[`, `"components": [[1,0,0],[0,1,0],[`, "of 3 features; there are fewer"},
		{"not orthonormal", `"components": [[`, `"components": [[1`, "are not orthonormal"},
		{"seconds", `"seconds": 21600`, `"seconds": 0`, "they ascend"},
		{"blocks", `"blocks": `, `"blocks": -`, "fewer than 2"},
		{"rows of a block", `"rows_per_block": `, `"rows_per_block": -`, "rows_per_block: -"},
		{"stddev of a wander", `"rows_per_block": 60, "stddev": `, `"rows_per_block": 60, "stddev": -1`, "is no standard deviation"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := strings.Index(good, `"multivariate"`)
			text := good[:at] + strings.Replace(good[at:], tt.old, tt.new, 1)
			if text == good {
				t.Fatalf("the file has no %q:\n%s", tt.old, good[at:])
			}
			if _, err := baseline.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestReadBoundsMultivariate has features in three bytes each.
func TestReadBoundsMultivariate(t *testing.T) {
	text := `{"version":1,"features":[],"multivariate":{"features":[` + strings.Repeat("{},", 2<<20) + `{}]}}`
	_, err := baseline.Read(strings.NewReader(text))
	if err == nil || !strings.Contains(err.Error(), "multivariate: larger than 4 MiB") {
		t.Errorf("error %v", err)
	}
}
