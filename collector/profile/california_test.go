package profile

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

const californiaConfig = `
sources:
  - name: log
    file: { paths: ["unused.csv"] }
    format: csv
    fields: { id: id, timestamp: timestamp, score: y_pred_proba, prediction: y_pred, label: clf_target, features: "*" }
`

// TestCaliforniaAgreesWithNumpy profiles real data and compares deciles, and the
// PSI and KS of later data, with testdata/california.numpy.py. KS may be smaller by
// what happens inside of one fine bin.
func TestCaliforniaAgreesWithNumpy(t *testing.T) {
	folder := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if folder == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set: the California housing data is not part of the repository")
	}
	data, err := os.ReadFile("testdata/california.numpy.json")
	if err != nil {
		t.Fatal(err)
	}
	var columns map[string]struct {
		Deciles         []float64
		ReferenceCounts []float64 `json:"reference_counts"`
		AnalysisCounts  []float64 `json:"analysis_counts"`
		PSI, KS         float64
		Mean, Stddev    float64
	}
	if err := json.Unmarshal(data, &columns); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse("california.yml", []byte(californiaConfig))
	if err != nil {
		t.Fatal(err)
	}
	file := func(name string) string {
		return filepath.Join(folder, "california_housing", "california_housing_"+name+".csv")
	}
	o := Options{Config: cfg, Paths: []string{file("reference")}}
	s, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if s.file.Model != "log" || s.Rows != 5832 {
		t.Errorf("model %q, %d rows", s.file.Model, s.Rows)
	}
	o.Paths[0] = file("analysis")
	in, err := newInput(t.Context(), &o)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"y_pred_proba": "score"}
	for name, want := range columns {
		t.Run(name, func(t *testing.T) {
			if other := names[name]; other != "" {
				name = other
			}
			c := find(t, s.file, name)
			bins, err := sketch.NewBins(c.Edges)
			if err != nil {
				t.Fatal(err)
			}
			live := make([]uint32, bins.Len())
			var m sketch.Moments
			err = eachBatch(file("analysis"), in.files[0].set, func(int) {}, func(b *event.Batch) error {
				col := &b.Score
				if i := slices.IndexFunc(b.Features, func(f event.Column) bool { return f.Name == name }); i >= 0 {
					col = &b.Features[i]
				}
				rows := make([]int32, b.N)
				for i := range rows {
					rows[i] = int32(i)
				}
				bins.Update(live, &m, col.Cells, col.Nums, rows)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			var deciles []float64
			for _, i := range c.Decision {
				deciles = append(deciles, c.Edges[i])
			}
			if !slices.Equal(deciles, want.Deciles) {
				t.Errorf("deciles %v, want %v", deciles, want.Deciles)
			}
			fine := make([]uint64, len(live))
			for i, n := range live {
				fine[i] = uint64(n)
			}
			base, now := decide(c, c.Counts), decide(c, fine)
			if !same(base, want.ReferenceCounts) || !same(now, want.AnalysisCounts) {
				t.Errorf("counts %v and %v, want %v and %v", base, now, want.ReferenceCounts, want.AnalysisCounts)
			}
			if psi := drift.PSI(now, base); math.Abs(psi-want.PSI) > 1e-9 {
				t.Errorf("psi %v, want %v", psi, want.PSI)
			}
			widest := float64(slices.Max(c.Counts)) / float64(c.Values())
			if ks := drift.KS(fine, c.Counts); ks > want.KS+1e-9 || ks < want.KS-widest {
				t.Errorf("ks %v, want %v and less at most %v", ks, want.KS, widest)
			}
			if math.Abs(c.Mean-want.Mean) > 1e-9*math.Abs(want.Mean) || math.Abs(c.Stddev-want.Stddev) > 1e-9*want.Stddev {
				t.Errorf("mean %v stddev %v, want %v %v", c.Mean, c.Stddev, want.Mean, want.Stddev)
			}
		})
	}
}

// TestCaliforniaPerformance measures real data, whose labels are in the same file or
// in one of their own, and compares with the figures in its README, which have four
// digits; AUC may differ by what happens inside of one score bin.
func TestCaliforniaPerformance(t *testing.T) {
	folder := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if folder == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set: the California housing data is not part of the repository")
	}
	file := func(name string) []string {
		return []string{filepath.Join(folder, "california_housing", "california_housing_"+name+".csv")}
	}
	for _, tt := range []struct {
		name, labels  string
		rows          uint64
		accuracy, auc float64
	}{{"reference", "", 5832, 0.6704, 0.9079}, {"analysis", "analysis_gt", 8232, 0.5887, 0.8402}} {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{Paths: file(tt.name), Map: map[string]string{"label": "clf_target", "score": "y_pred_proba", "prediction": "y_pred"}}
			if tt.labels != "" {
				o.Labels = file(tt.labels)
			}
			s, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			p := s.file.Performance
			if p == nil || p.Labels != tt.rows || p.Task != catalog.Binary || p.PositiveClass != "1" || p.Calibrator == nil || len(s.file.Features) != 8 {
				t.Fatalf("performance %+v, %d features", p, len(s.file.Features))
			}
			for _, v := range p.Metrics {
				if v.Metric == catalog.Accuracy && math.Abs(v.Value-tt.accuracy) > 5e-5 || v.Metric == catalog.ROCAUC && math.Abs(v.Value-tt.auc) > 1e-4 {
					t.Errorf("%s is %v, want %v", v.Metric, v.Value, tt)
				}
			}
		})
	}
}

// decide adds fine bins up to decision bins.
func decide(c *baseline.Column, fine []uint64) []uint64 {
	var sums []uint64
	from := 0
	for _, edge := range append(slices.Clone(c.Decision), len(c.Edges)) {
		n := uint64(0)
		for _, k := range fine[from : edge+1] {
			n += k
		}
		sums, from = append(sums, n), edge+1
	}
	return sums
}

func same(got []uint64, want []float64) bool {
	return slices.EqualFunc(got, want, func(a uint64, b float64) bool { return float64(a) == b })
}

func find(t *testing.T, f *baseline.File, name string) *baseline.Column {
	t.Helper()
	for _, group := range [][]baseline.Column{f.Features, f.Outputs} {
		for i := range group {
			if group[i].Name == name {
				return &group[i]
			}
		}
	}
	t.Fatalf("there is no column %q", name)
	return nil
}
