package collector

import (
	"bufio"
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/evaluate"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

const californiaConfig = `
global: { windows: [730h, 8760h], time: event, statistics: [psi, js, ks, wasserstein] }
sources:
  - name: log
    file: { paths: ["unused.csv"] }
    format: csv
    fields: { id: id, timestamp: timestamp, score: y_pred_proba, prediction: y_pred, label: clf_target, features: "*", model: { value: housing } }
models:
  - { name: housing, task: binary, sources: [log] }
`

// california is the data set's reference as a baseline, and its analysis file as
// lines.
type california struct {
	cfg      *config.Config
	baseline *baseline.File
	header   []byte
	lines    [][]byte
}

func loadCalifornia(t *testing.T) *california {
	t.Helper()
	folder := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if folder == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set: the California housing data is not part of the repository")
	}
	cfg, err := config.Parse("california.yml", []byte(californiaConfig))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(folder, "california_housing", "california_housing_"+name+".csv"))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	builder := baseline.NewBuilder(baseline.Options{Model: "housing", MaxCategories: 50, Windows: cfg.Global.Windows})
	decodeAll(t, cfg, read("reference"), func(b *event.Batch) { builder.Add(b, allRows(b)) })
	f, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	c := &california{cfg: cfg, baseline: f}
	s := bufio.NewScanner(bytes.NewReader(read("analysis")))
	for s.Scan() {
		line := append(append([]byte(nil), s.Bytes()...), '\n')
		if c.header == nil {
			c.header = line
		} else {
			c.lines = append(c.lines, line)
		}
	}
	return c
}

func allRows(b *event.Batch) []int32 {
	rows := make([]int32, b.N)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

// decodeAll decodes a whole file in one go.
func decodeAll(t testing.TB, cfg *config.Config, data []byte, use func(*event.Batch)) {
	t.Helper()
	set, err := decode.New(cfg.Sources[0], cfg.Global.Limits)
	if err != nil {
		t.Fatal(err)
	}
	stream, offset := set.Stream(), int64(0)
	for b := new(event.Batch); len(data) > 0; b.Reset() {
		n := stream.Decode(b, data, offset, true)
		if n == 0 {
			t.Fatalf("nothing decoded at offset %d", offset)
		}
		b.Arrival = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
		for reason, n := range b.Rejected {
			if n > 0 {
				t.Fatalf("%d records rejected as %s: %+v", n, event.Reason(reason), b.First)
			}
		}
		use(b)
		data, offset = data[n:], offset+int64(n)
	}
}

// TestCaliforniaHousing replays a real log month by month. PSI of the whole period
// must be that of an independent script on the same deciles, and KS that of the
// raw values but for what binning hides. Population and AveRooms do not shift: no
// month of theirs may be significant.
func TestCaliforniaHousing(t *testing.T) {
	c := loadCalifornia(t)
	var oracle map[string]struct {
		Deciles []float64
		PSI, KS float64
	}
	if data, err := os.ReadFile("testdata/california.numpy.json"); err != nil {
		t.Fatal(err)
	} else if err := json.Unmarshal(data, &oracle); err != nil {
		t.Fatal(err)
	}
	set, err := model.NewSet(c.cfg, map[string]*baseline.File{"housing": c.baseline}, []string{"log"})
	if err != nil {
		t.Fatal(err)
	}
	evaluator := evaluate.New(c.cfg)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()

	flagged := map[string][]string{}
	for first := 0; first < len(c.lines); {
		month := monthOf(c.lines[first])
		last := first
		for last < len(c.lines) && monthOf(c.lines[last]) == month {
			last++
		}
		data := bytes.Join(append([][]byte{c.header}, c.lines[first:last]...), nil)
		decodeAll(t, c.cfg, data, func(b *event.Batch) { set.Apply(0, b, now) })
		first = last
		samples := collect(t, evaluator.Evaluate(set, now))
		for _, col := range c.baseline.Features {
			l := map[string]string{"feature": col.Name, "statistic": "ks", "window": "730h"}
			ks, critical := samples.one(t, &catalog.FeatureDrift, l), samples.one(t, &catalog.FeatureDriftCritical, l)
			l["statistic"] = "psi"
			psi, psiCritical := samples.one(t, &catalog.FeatureDrift, l), samples.one(t, &catalog.FeatureDriftCritical, l)
			t.Logf("%s %-10s ks %.4f (noise %.4f)  psi %.4f (noise %.4f)", month, col.Name, ks, critical, psi, psiCritical)
			if ks > critical || psi > psiCritical {
				flagged[col.Name] = append(flagged[col.Name], month)
			}
		}
	}
	for _, name := range []string{"Population", "AveRooms"} {
		if len(flagged[name]) > 0 {
			t.Errorf("%s does not shift, but is significant in %v", name, flagged[name])
		}
	}
	t.Logf("significant months: %v", flagged)

	samples := collect(t, evaluator.Evaluate(set, now))
	for name, want := range oracle {
		family, label := &catalog.FeatureDrift, "feature"
		col := find(c.baseline.Features, name)
		if name == "y_pred_proba" {
			family, label, name = &catalog.OutputDrift, "output", "score"
			col = find(c.baseline.Outputs, name)
		}
		var deciles []float64
		for _, i := range col.Decision {
			deciles = append(deciles, col.Edges[i])
		}
		if diff := cmp.Diff(want.Deciles, deciles); diff != "" {
			t.Errorf("deciles of %s (-want +got)\n%s", name, diff)
		}
		got := func(statistic string) float64 {
			return samples.one(t, family, map[string]string{label: name, "statistic": statistic, "window": "8760h"})
		}
		if psi := got("psi"); math.Abs(psi-want.PSI) > 1e-9 {
			t.Errorf("psi of %s: %v, want %v", name, psi, want.PSI)
		}
		if ks, bound := got("ks"), largestBin(col); ks > want.KS+1e-12 || ks < want.KS-bound {
			t.Errorf("ks of %s: %.4f, want %.4f less at most %.4f", name, ks, want.KS, bound)
		}
	}
}

func find(columns []baseline.Column, name string) *baseline.Column {
	for i := range columns {
		if columns[i].Name == name {
			return &columns[i]
		}
	}
	return nil
}

func monthOf(line []byte) string {
	fields := bytes.Split(line, []byte(","))
	return string(fields[9][:7])
}

// largestBin is the largest share that a fine bin has in the baseline: what
// binning may hide of the KS statistic.
func largestBin(c *baseline.Column) float64 {
	var most, sum uint64
	for _, n := range c.Counts {
		most, sum = max(most, n), sum+n
	}
	return float64(most) / float64(sum)
}
