package perf_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// months of the data's README: n, ROC AUC and accuracy, computed independently.
var californiaMonths = map[string][3]float64{
	"2021-06": {720, .8842, .8472}, "2021-07": {744, .7601, .8185}, "2021-08": {744, .7043, .5605},
	"2021-09": {720, .6698, .5167}, "2021-10": {744, .8335, .2836}, "2021-11": {720, .7315, .5667},
	"2021-12": {744, .9339, .4866}, "2022-01": {744, .8694, .4933}, "2022-02": {672, .9335, .5967},
	"2022-03": {744, .7049, .6062}, "2022-04": {720, .9754, .6583}, "2022-05": {216, .9509, .7593},
}

func TestCaliforniaHousing(t *testing.T) {
	folder := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if folder == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set: the California housing data is not part of the repository")
	}
	read := func(name string) []map[string]string {
		return readCSV(t, filepath.Join(folder, "california_housing", "california_housing_"+name+".csv"))
	}
	c := &perf.Config{Task: catalog.Binary, Positive: 1}
	var reference perf.State
	for _, row := range read("reference") {
		join(t, c, &reference, row, row["clf_target"])
	}
	labels := map[string]string{}
	for _, row := range read("analysis_gt") {
		labels[row["id"]] = row["clf_target"]
	}
	months := map[string]*perf.State{}
	for _, row := range read("analysis") {
		month := row["timestamp"][:7]
		if months[month] == nil {
			months[month] = &perf.State{}
		}
		join(t, c, months[month], row, labels[row["id"]])
	}
	base := byMetric(reference.Metrics(c))
	near(t, "reference accuracy", base[catalog.Accuracy].Value, .6704, .00005)
	near(t, "reference AUC", base[catalog.ROCAUC].Value, .9079, .002)
	calibrator := perf.Fit(c, &reference)
	held := map[catalog.Metric]int{} // months whose realised value is in the estimate's interval
	for month, want := range californiaMonths {
		s := months[month]
		got := byMetric(s.Metrics(c))
		if s.Labels() != int64(want[0]) {
			t.Errorf("%s: got %d labels, want %v", month, s.Labels(), want[0])
		}
		near(t, month+" AUC", got[catalog.ROCAUC].Value, want[1], .002)
		near(t, month+" accuracy", got[catalog.Accuracy].Value, want[2], .00005)
		estimated := byMetric(calibrator.Estimate(c, s))
		for metric, e := range estimated {
			if real := got[metric].Value; e.Lower <= real && real <= e.Upper {
				held[metric]++
			}
		}
		t.Logf("%s accuracy %.4f estimated %s; AUC %.4f estimated %s", month, want[2], show(estimated[catalog.Accuracy]),
			want[1], show(estimated[catalog.ROCAUC]))
	}
	if held[catalog.Accuracy] != 1 || held[catalog.ROCAUC] != 8 {
		t.Errorf("estimates hold in %v months; the package's documentation says 1 for accuracy and 8 for roc_auc", held)
	}
	loss, lower, ok := perf.Degradation(catalog.Accuracy, base[catalog.Accuracy], byMetric(months["2021-10"].Metrics(c))[catalog.Accuracy])
	t.Logf("October 2021: accuracy fell by %.4f of the reference, at least %.4f", loss, lower)
	if !ok || lower <= 0.30 {
		t.Errorf("October 2021: loss %.4f, lower bound %.4f, want above 0.30", loss, lower)
	}
}

func join(t *testing.T, c *perf.Config, s *perf.State, row map[string]string, label string) {
	t.Helper()
	class, err1 := strconv.Atoi(row["y_pred"])
	score, err2 := strconv.ParseFloat(row["y_pred_proba"], 64)
	actual, err3 := strconv.ParseFloat(label, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatalf("row %v, label %q", row, label)
	}
	p := perf.Prediction{Class: class, Scores: []float64{score}}
	s.Predict(c, &p)
	s.Join(c, &p, &perf.Label{Class: int(actual)}, 1)
}

func readCSV(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for r := range slices.Values(records[1:]) {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func byMetric(vs []perf.Value) map[catalog.Metric]perf.Value {
	m := map[catalog.Metric]perf.Value{}
	for _, v := range vs {
		m[v.Metric] = v
	}
	return m
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: got %v, want %v within %v", what, got, want, tolerance)
	}
}

func show(v perf.Value) string { return fmt.Sprintf("%.4f [%.4f, %.4f]", v.Value, v.Lower, v.Upper) }
