package collector_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/model-exporter/model_exporter/collector"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/profile"
)

// housingMonths are the months of the data's README, computed independently of
// us: events, ROC AUC and accuracy.
var housingMonths = []struct {
	name          string
	n             int
	auc, accuracy float64
}{
	{"2021-06", 720, .8842, .8472}, {"2021-07", 744, .7601, .8185}, {"2021-08", 744, .7043, .5605},
	{"2021-09", 720, .6698, .5167}, {"2021-10", 744, .8335, .2836}, {"2021-11", 720, .7315, .5667},
	{"2021-12", 744, .9339, .4866}, {"2022-01", 744, .8694, .4933}, {"2022-02", 672, .9335, .5967},
	{"2022-03", 744, .7049, .6062}, {"2022-04", 720, .9754, .6583}, {"2022-05", 216, .9509, .7593},
}

// housing is the real log, its labels in a file of their own, and a baseline of
// the period before them.
type housing struct {
	dir           string
	log, labels   []string // lines by month, without the header
	header, title string   // of the log, of the labels
}

func newHousing(t *testing.T) *housing {
	t.Helper()
	folder := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if folder == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set: the California housing data is not part of the repository")
	}
	file := func(name string) string {
		return filepath.Join(folder, "california_housing", "california_housing_"+name+".csv")
	}
	h := &housing{dir: t.TempDir()}
	_, err := profile.Run(t.Context(), profile.Options{
		Paths: []string{file("reference")}, Model: "housing", Output: filepath.Join(h.dir, "baseline.json"),
		Map: map[string]string{"label": "clf_target", "prediction": "y_pred", "score": "y_pred_proba"},
	})
	log, err2 := os.ReadFile(file("analysis"))
	labels, err3 := os.ReadFile(file("analysis_gt"))
	if err := errors.Join(err, err2, err3); err != nil {
		t.Fatal(err)
	}
	h.split(t, log, labels)
	return h
}

// split divides the log by calendar month, and the labels like the predictions
// that they are of.
func (h *housing) split(t *testing.T, log, labels []byte) {
	t.Helper()
	predictions, truths := strings.SplitAfter(string(log), "\n"), strings.SplitAfter(string(labels), "\n")
	h.header, h.title = predictions[0], truths[0]
	of := map[string]string{}
	for _, line := range truths[1:] {
		id, _, _ := strings.Cut(line, ",")
		of[id] = line
	}
	i := 1
	for _, m := range housingMonths {
		var log, labels bytes.Buffer
		for n := 0; i < len(predictions) && strings.Contains(predictions[i], ","+m.name+"-"); i++ {
			id, _, _ := strings.Cut(predictions[i], ",")
			log.WriteString(predictions[i])
			labels.WriteString(of[id])
			n++
		}
		h.log, h.labels = append(h.log, log.String()), append(h.labels, labels.String())
		if got := strings.Count(log.String(), "\n"); got != m.n || strings.Count(labels.String(), "\n") != m.n {
			t.Fatalf("%s has %d predictions, want %d", m.name, got, m.n)
		}
	}
}

// config reads log and labels below a folder of its own.
func (h *housing) config(t *testing.T, dir, windows string) *config.Config {
	t.Helper()
	cfg, err := config.Parse(filepath.Join(dir, "housing.yml"), fmt.Appendf(nil, `
global: { windows: [%s], time: event }
sources:
  - name: log
    file: { paths: [%q] }
    format: csv
    fields: { prediction: y_pred, score: y_pred_proba, model: { value: housing } }
  - name: labels
    file: { paths: [%q] }
    format: csv
    fields: { type: { value: label }, label: clf_target, model: { value: housing } }
models:
  - { name: housing, task: binary, positive_class: "1", sources: [log, labels], baseline: { training: %q }, label_horizon: 365d }
`, windows, filepath.Join(dir, "log.csv"), filepath.Join(dir, "labels.csv"), filepath.Join(h.dir, "baseline.json")))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// write appends lines, below the header if the file is new.
func write(t *testing.T, path, header, lines string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	at, err := f.Seek(0, 2)
	if at == 0 {
		lines = header + lines
	}
	_, err2 := f.WriteString(lines)
	if err := errors.Join(err, err2, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// series returns the value of a series of the housing model, with more labels
// such as ,window="730h"; NaN if it is not there.
func series(t *testing.T, page, name, labels string, more ...any) float64 {
	t.Helper()
	prefix := name + `{model="housing",model_version="unknown"` + fmt.Sprintf(labels, more...) + "} "
	for line := range strings.Lines(page) {
		if text, ok := strings.CutPrefix(line, prefix); ok {
			x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
	}
	return math.NaN()
}

// right returns how many labelled predictions were right, and how many there are.
func right(t *testing.T, page string) (hits, n float64) {
	t.Helper()
	for _, predicted := range []int{0, 1} {
		for _, actual := range []int{0, 1} {
			x := series(t, page, "ml_confusion_total", `,predicted="%d",actual="%d"`, predicted, actual)
			if x != x {
				x = 0 // no such pair yet
			}
			if n += x; predicted == actual {
				hits += x
			}
		}
	}
	return hits, n
}

// later lets the collector's clock run: files are read, and a tick is published.
func later() {
	time.Sleep(time.Minute) // of the bubble's clock
	synctest.Wait()
}

// past moves the bubble's clock behind the data: events from the future would
// not be believed.
func past(t *testing.T) {
	t.Helper()
	time.Sleep(time.Until(time.Date(2022, 7, 1, 0, 0, 0, 0, time.UTC)))
}

// TestHousingMonths runs the collector on each calendar month by itself, with the
// labels in a file of their own that comes before or after its predictions. A
// month has up to 744 hours, and a window covers all but its last pane, a 60th of
// it: one of 768h holds the whole of what it is given, and what it is given is
// exactly one month.
func TestHousingMonths(t *testing.T) {
	h := newHousing(t)
	for _, first := range []string{"labels", "log"} {
		t.Run("first="+first, func(t *testing.T) {
			for i, m := range housingMonths {
				t.Run(m.name, func(t *testing.T) {
					dir := t.TempDir()
					synctest.Test(t, func(t *testing.T) { h.checkMonth(t, dir, i, first) })
				})
			}
		})
	}
}

func (h *housing) checkMonth(t *testing.T, dir string, i int, first string) {
	past(t)
	c, stop := running(t, h.config(t, dir, "768h"), collector.Options{StoragePath: filepath.Join(dir, "state")})
	defer stop()
	writeLog := func() { write(t, filepath.Join(dir, "log.csv"), h.header, h.log[i]) }
	writeLabels := func() { write(t, filepath.Join(dir, "labels.csv"), h.title, h.labels[i]) }
	if first == "log" {
		writeLog()
		later()
		writeLabels()
	} else {
		writeLabels()
		later()
		writeLog()
	}
	later()
	_, page := get(t, c.Handler(), "/metrics")
	m := housingMonths[i]
	want := math.Round(float64(m.n) * m.accuracy)
	if hits, n := right(t, page); n != float64(m.n) || hits != want {
		t.Errorf("%v of %v predictions right, want %v of %d", hits, n, want, m.n)
	}
	if got := series(t, page, "ml_performance", `,metric="accuracy",window="768h"`); got != want/float64(m.n) || math.Abs(got-m.accuracy) > .00005 {
		t.Errorf("accuracy %v, want %v", got, m.accuracy)
	}
	if got := series(t, page, "ml_performance", `,metric="roc_auc",window="768h"`); !(math.Abs(got-m.auc) <= .002) {
		t.Errorf("AUC %v, want %v within .002", got, m.auc)
	}
	if got := series(t, page, "ml_label_coverage_ratio", `,window="768h"`); got != 1 {
		t.Errorf("coverage %v", got)
	}
	lower := series(t, page, "ml_performance_degradation_lower", `,metric="accuracy",window="768h"`)
	t.Logf("accuracy fell by at least %.4f of the reference's", lower)
	if m.name == "2021-10" && !(lower > 0.30) {
		t.Errorf("the loss of October 2021 is at least %v, want above 0.30", lower)
	}
}

// TestHousingYear runs one collector on the year as it happens: a month's
// predictions, then their labels, and a restart every third month. Windows of
// 730h are not calendar months. Counters know months: their increase from one
// month's end to the next is exactly that month.
func TestHousingYear(t *testing.T) {
	h := newHousing(t)
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		past(t)
		o := collector.Options{StoragePath: filepath.Join(dir, "state")}
		c, stop := running(t, h.config(t, dir, "730h, 8760h"), o)
		defer func() { stop() }()
		var before, page string
		for i, m := range housingMonths {
			write(t, filepath.Join(dir, "log.csv"), h.header, h.log[i])
			later()
			write(t, filepath.Join(dir, "labels.csv"), h.title, h.labels[i])
			later()
			if i%3 == 2 {
				stop()
				c, stop = running(t, h.config(t, dir, "730h, 8760h"), o)
				later()
			}
			_, page = get(t, c.Handler(), "/metrics")
			hits, n := right(t, page)
			hitsBefore, nBefore := right(t, before)
			want := math.Round(float64(m.n) * m.accuracy)
			if hits-hitsBefore != want || n-nBefore != float64(m.n) {
				t.Errorf("%s: %v of %v predictions right, want %v of %d", m.name, hits-hitsBefore, n-nBefore, want, m.n)
			}
			lower := series(t, page, "ml_performance_degradation_lower", `,metric="accuracy",window="730h"`)
			estimated := series(t, page, "ml_performance_estimated_degradation", `,metric="accuracy",window="730h"`)
			auc := series(t, page, "ml_performance_estimated_degradation", `,metric="roc_auc",window="730h"`)
			t.Logf("%s: accuracy fell by at least %.4f; without labels, accuracy by %.4f and AUC by %.4f", m.name, lower, estimated, auc)
			if m.name == "2021-10" && !(lower > 0.30) {
				t.Errorf("the loss of October 2021 is at least %v, want above 0.30", lower)
			}
			before = page
		}
		for _, want := range []struct {
			metric           string
			value, tolerance float64
		}{{"accuracy", .5887, .00005}, {"roc_auc", .8402, .002}} { // of the README, over all of it
			if got := series(t, page, "ml_performance", `,metric=%q,window="8760h"`, want.metric); !(math.Abs(got-want.value) <= want.tolerance) {
				t.Errorf("%s of the year: %v, want %v", want.metric, got, want.value)
			}
		}
		if got := series(t, page, "ml_labels_total", ""); got != 8232 {
			t.Errorf("%v labels", got)
		}
	})
}
