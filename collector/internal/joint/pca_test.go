package joint_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/joint"
)

// columnsOf turns rows into columns; nil is a missing value.
func columnsOf(rows [][]*float64) [][]float64 {
	columns := make([][]float64, len(rows[0]))
	for _, row := range rows {
		for j, x := range row {
			v := math.NaN()
			if x != nil {
				v = *x
			}
			columns[j] = append(columns[j], v)
		}
	}
	return columns
}

// numbered names columns.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("x", i)
	}
	return names
}

func errorsOf(p *joint.PCA, columns [][]float64) []float64 {
	n := len(columns[0])
	e := make([]float64, n)
	p.Errors(e, make([]float64, n), columns)
	return e
}

// TestErrorsEqualSklearns: testdata/pca.sklearn.py made the file. Both are a few
// hundred multiplications of numbers up to 10, far from 1e-9.
func TestErrorsEqualSklearns(t *testing.T) {
	data, err := os.ReadFile("testdata/pca.sklearn.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Name       string
			Fit, Rows  [][]*float64
			Components int
			Explained  float64
			Errors     []float64
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) != 4 {
		t.Fatalf("%d cases, want 4", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			fit := columnsOf(c.Fit)
			p, err := joint.Fit(numbered(len(fit)), fit)
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Components) != c.Components || math.Abs(p.Explained-c.Explained) > 1e-12 {
				t.Errorf("%d components explain %v, want %d and %v", len(p.Components), p.Explained, c.Components, c.Explained)
			}
			got := errorsOf(p, columnsOf(c.Rows))
			for i, want := range c.Errors {
				if !(math.Abs(got[i]-want) <= 1e-9) {
					t.Errorf("row %d: %v, want %v", i, got[i], want)
				}
			}
		})
	}
}

// TestErrorsDoNotDependOnOtherRows: rows one by one, and in any unit.
func TestErrorsDoNotDependOnOtherRows(t *testing.T) {
	columns := correlated(rand.New(rand.NewPCG(1, 1)), 300, 0.9)
	p, err := joint.Fit(numbered(len(columns)), columns)
	if err != nil {
		t.Fatal(err)
	}
	scaled := make([][]float64, len(columns))
	for j := range columns {
		for _, x := range columns[j] {
			scaled[j] = append(scaled[j], x*math.Pow(2, float64(3*j))-float64(j))
		}
	}
	other, err := joint.Fit(numbered(len(columns)), scaled)
	if err != nil {
		t.Fatal(err)
	}
	inOther := errorsOf(other, scaled)
	for i := range columns[0] {
		one := make([][]float64, len(columns))
		for j := range one {
			one[j] = []float64{columns[j][i]}
		}
		if e := errorsOf(p, one)[0]; math.Abs(e-inOther[i]) > 1e-9 {
			t.Fatalf("row %d: %v, and %v in other units", i, e, inOther[i])
		}
	}
}

func TestWildValuesAreBounded(t *testing.T) {
	columns := correlated(rand.New(rand.NewPCG(1, 2)), 300, 0.9)
	p, err := joint.Fit(numbered(len(columns)), columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []float64{math.MaxFloat64, -math.MaxFloat64, 1e20} {
		e := errorsOf(p, [][]float64{{x}, {-x}, {x}, {0}})[0]
		if !(e < 30) { // four features within 10 standard deviations: at most 20
			t.Errorf("%v: error %v", x, e)
		}
	}
	nothing := math.NaN()
	missing := errorsOf(p, [][]float64{{nothing, math.Inf(1)}, {nothing, math.Inf(-1)}, {nothing, nothing}, {nothing, nothing}})
	if !slices.Equal(missing, []float64{0, 0}) {
		t.Errorf("rows without values have the errors %v", missing)
	}
}

func TestFitNeedsColumnsThatVary(t *testing.T) {
	nan := math.NaN()
	for name, columns := range map[string][][]float64{
		"one":      {{1, 2, 3}},
		"constant": {{1, 2, 3}, {5, 5, 5}, {nan, nan, nan}, {nan, 1, nan}},
	} {
		if p, err := joint.Fit(numbered(len(columns)), columns); err != joint.ErrFewFeatures {
			t.Errorf("%s: %v, %v", name, p, err)
		}
	}
	p, err := joint.Fit(numbered(3), [][]float64{{1, 2, 3, 4}, {7, 7, 7, 7}, {1, 4, 9, 16}})
	if err != nil || len(p.Features) != 2 || p.Features[1].Name != "x2" || len(p.Components) != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// correlated makes four columns: the first two go together, and the last two.
func correlated(r *rand.Rand, n int, rho float64) [][]float64 {
	columns := make([][]float64, 4)
	for range n {
		for pair := range 2 {
			x := r.NormFloat64()
			columns[2*pair] = append(columns[2*pair], x)
			columns[2*pair+1] = append(columns[2*pair+1], rho*x+math.Sqrt(1-rho*rho)*r.NormFloat64())
		}
	}
	return columns
}
