package validate_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/validate"
)

var update = flag.Bool("update", false, "rewrite testdata/*/report.txt")

// TestReports holds the report of every folder of testdata against report.txt,
// whose last line also says how many problems Run returns.
func TestReports(t *testing.T) {
	configs, err := filepath.Glob("testdata/*/config.yml")
	if err != nil || len(configs) < 5 {
		t.Fatal(len(configs), "configurations", err)
	}
	for _, path := range configs {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			cfg, err := config.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			problems, err := validate.Run(context.Background(), &got, cfg)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&got, "(%d)\n", problems)
			golden := filepath.Join(filepath.Dir(path), "report.txt")
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got.String(), string(want)); diff != "" {
				t.Errorf("report (-got +want):\n%s", diff)
			}
		})
	}
}

// TestSample reads no more than the first 1,000 records, over several files,
// compressed or not, with lines longer than a block and no newline at the end.
func TestSample(t *testing.T) {
	dir := t.TempDir()
	lines := strings.Repeat(`{"features":{"a":1},"prediction":1}`+"\n"+`{"features":{"a":2.5},"prediction":0}`+"\n"+`{"features":{"a":4},"prediction":0}`+"\n", 150)
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var gz, zst bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []interface {
		Write([]byte) (int, error)
		Close() error
	}{g, z} {
		if _, err := w.Write([]byte(lines)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	write("a.jsonl.gz", gz.Bytes())
	write("b.jsonl", []byte(`{"features":{"a":"`+strings.Repeat("x", 300<<10)+`"},"prediction":1}`))
	write("c.jsonl.zst", zst.Bytes())
	write("d.jsonl", []byte(lines))
	var got bytes.Buffer
	if _, err := validate.Run(context.Background(), &got, config.ForTail([]string{filepath.Join(dir, "*")})); err != nil {
		t.Fatal(err)
	}
	if want := "4 files match, the first 1,000 records read"; !strings.Contains(got.String(), want) {
		t.Errorf("report lacks %q:\n%s", want, &got)
	}
	if want := "numbers, texts"; !strings.Contains(got.String(), want) {
		t.Errorf("report lacks %q: the long line was not read\n%s", want, &got)
	}
}

func TestBrokenArchive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.jsonl.gz")
	if err := os.WriteFile(path, []byte("\x1f\x8b\x08 no archive"), 0o644); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	problems, err := validate.Run(context.Background(), &got, config.ForTail([]string{path}))
	if err != nil || problems != 1 || !strings.Contains(got.String(), "PROBLEM: "+path) {
		t.Errorf("%d problems, error %v:\n%s", problems, err, &got)
	}
}

// TestCutArchive: an archive that ends too early is a problem, not a short file.
func TestCutArchive(t *testing.T) {
	var whole bytes.Buffer
	z := gzip.NewWriter(&whole)
	for i := range 500 {
		fmt.Fprintf(z, `{"id":"%d","features":{"x":%d},"prediction":"1"}`+"\n", i, i*i)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.jsonl.gz")
	if err := os.WriteFile(path, whole.Bytes()[:whole.Len()-100], 0o600); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	problems, err := validate.Run(context.Background(), &got, config.ForTail([]string{path}))
	if err != nil || problems != 1 || !strings.Contains(got.String(), "PROBLEM: "+path) {
		t.Errorf("%d problems, error %v:\n%s", problems, err, &got)
	}
}

// TestWhatCannotBeMonitored: a log that decodes and still means nothing is a
// problem, named with its repair.
func TestWhatCannotBeMonitored(t *testing.T) {
	for name, tt := range map[string]struct{ file, record, want string }{
		"wrong delimiter": {"log.csv", "when;amount;y_pred\n2026-11-01;3;1\n", "PROBLEM: the header is one column"},
		"wrong model":     {"log.jsonl", `{"model":"fraud","features":{"x":1}}` + "\n", `PROBLEM: no record is of model "frud"`},
		"no timestamps":   {"log.jsonl", `{"model":"frud","features":{"x":1}}` + "\n", "no record has a timestamp"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.file)
			if err := os.WriteFile(path, []byte(tt.record), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := config.ForTail([]string{path})
			cfg.Models = []config.Model{{Name: "frud", Sources: []string{"elsewhere"}}}
			if strings.HasSuffix(tt.file, "csv") {
				cfg.Models = nil
			}
			var got bytes.Buffer
			if _, err := validate.Run(context.Background(), &got, cfg); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(got.String(), tt.want) {
				t.Errorf("report lacks %q:\n%s", tt.want, &got)
			}
		})
	}
}

// TestNamesDoNotDisturbATerminal: those of records are anybody's.
func TestNamesDoNotDisturbATerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.csv")
	if err := os.WriteFile(path, []byte("\x1b[31mamount,y\x07\n1,2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := config.ForTail([]string{path})
	cfg.Sources[0].Fields.Score.Paths = []string{"z"}
	cfg.Sources[0].Fields.Features = config.Features{Names: []string{"amount", "y"}}
	var got bytes.Buffer
	if _, err := validate.Run(t.Context(), &got, cfg); err != nil {
		t.Fatal(err)
	}
	if report := got.String(); strings.ContainsAny(report, "\x1b\x07") || !strings.Contains(report, "there are \uFFFD[31mamount, y\uFFFD") {
		t.Errorf("report:\n%q", report)
	}
}

// TestLabelsNeedAHorizon: what is asked for and cannot come true is a problem.
func TestLabelsNeedAHorizon(t *testing.T) {
	prediction := `{"id":"1","timestamp":1700000000,"model":"m","features":{"x":1},"prediction":"1"}` + "\n"
	labelled := `{"id":"1","timestamp":1700000000,"model":"m","features":{"x":1},"prediction":"1","label":"1"}` + "\n"
	label := `{"type":"label","id":"1","timestamp":1700000001,"model":"m","label":"0"}` + "\n"
	outcome := `{"type":"outcome","id":"1","timestamp":1700000001,"model":"m","values":{"revenue":2}}` + "\n"
	limits := config.Thresholds{Performance: map[catalog.Metric]map[catalog.Priority]float64{catalog.Accuracy: {catalog.P1: .1}}}
	kpis := []config.KPI{{Name: "revenue", Sum: "revenue"}}
	for name, tt := range map[string]struct {
		log  string
		m    config.Model
		want string // "" for no problem
	}{
		"labels apart":               {prediction + label, config.Model{}, `model "m" gets labels or outcomes, and no prediction waits for them; set label_horizon`},
		"labels apart, waited for":   {prediction + label, config.Model{LabelHorizon: time.Hour}, ""},
		"kpis":                       {labelled, config.Model{KPIs: kpis}, `model "m" has kpis, and no prediction waits for outcomes; set label_horizon`},
		"kpis, waited for":           {prediction, config.Model{KPIs: kpis, LabelHorizon: time.Hour}, ""},
		"kpi of a value that comes":  {prediction + outcome, config.Model{KPIs: kpis, LabelHorizon: time.Hour}, ""},
		"kpi of no value":            {prediction + outcome, config.Model{KPIs: []config.KPI{{Name: "revenue", Sum: "revenu"}}, LabelHorizon: time.Hour}, `no outcome of model "m" has a number values.revenu; correct the KPI`},
		"thresholds":                 {prediction, config.Model{Thresholds: limits}, `model "m" has thresholds of performance, and no prediction has or waits for a label; set label_horizon`},
		"thresholds, labels at once": {labelled, config.Model{Thresholds: limits}, ""},
		"of another model":           {prediction + strings.ReplaceAll(label, `"model":"m"`, `"model":"other"`), config.Model{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "log.jsonl")
			if err := os.WriteFile(path, []byte(tt.log), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg := config.ForTail([]string{path})
			tt.m.Name, tt.m.Task = "m", catalog.Binary
			cfg.Models = []config.Model{tt.m}
			var got bytes.Buffer
			problems, err := validate.Run(context.Background(), &got, cfg)
			if err != nil || (problems > 0) != (tt.want != "") || !strings.Contains(got.String(), tt.want) {
				t.Errorf("%d problems (%v), want %q:\n%s", problems, err, tt.want, &got)
			}
		})
	}
}
