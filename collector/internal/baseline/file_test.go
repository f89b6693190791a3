package baseline_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

var update = flag.Bool("update", false, "rewrite testdata")

// failer is a test or a property.
type failer interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// roundTrip writes and reads a file and compares.
func roundTrip(t failer, f *baseline.File) []byte {
	t.Helper()
	var w bytes.Buffer
	if err := f.Write(&w); err != nil {
		t.Fatal(err)
	}
	got, err := baseline.Read(bytes.NewReader(w.Bytes()))
	if err != nil {
		t.Fatalf("%v in\n%s", err, w.Bytes())
	}
	if diff := cmp.Diff(f, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs()); diff != "" {
		t.Fatalf("read back it differs (-written +read):\n%s", diff)
	}
	return w.Bytes()
}

// sample is a baseline with everything that a file can hold.
func sample(t testing.TB) *baseline.File {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	rows := make([]row, 2000)
	for i := range rows {
		hour := i / 20
		features := map[string]any{
			"amount":  float64(int(100*(r.ExpFloat64()+float64(hour%24)/24))) / 100,
			"country": []any{"DE", "FR", "IT", "other", `"quoted"`}[min(r.IntN(7), 4)],
			"known":   r.IntN(4) > 0,
			"nothing": null{},
		}
		if i%5 == 0 {
			features["amount"] = null{}
		}
		if i%100 == 0 {
			delete(features, "amount")
		}
		rows[i] = row{start.Add(time.Duration(i) * 3 * time.Minute), features, r.IntN(2), r.Float64(), nil, nil, ""}
	}
	f := build(t, baseline.Options{
		Model: "fraud", FineBins: 30, MaxCategories: 3, Tool: "model_exporter test", Sources: []string{"train-*.csv"},
	}, rows)
	f.Created = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	return f
}

// labelled is a baseline with labels and what is learned from them.
func labelled(t testing.TB) *baseline.File {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	rows := make([]row, 1000)
	for i := range rows {
		p := float64(r.IntN(11)) / 10
		rows[i] = row{prediction: p >= 0.5, score: p, label: r.Float64() < p*p}
		if i%4 == 0 {
			rows[i].label = nil
		}
	}
	f := build(t, baseline.Options{Model: "fraud", FineBins: 20, Tool: "model_exporter test"}, rows)
	f.Created = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	return f
}

// TestGoldenFiles must pass with the checked-in files for ever: users keep files
// of every version. A file itself may only change while its version is unreleased.
func TestGoldenFiles(t *testing.T) {
	for name, make := range map[string]func(testing.TB) *baseline.File{"baseline.v1": sample, "performance.v1": labelled, "multivariate.v1": together} {
		t.Run(name, func(t *testing.T) { testGolden(t, "testdata/"+name+".json", make(t)) })
	}
}

func testGolden(t *testing.T, path string, want *baseline.File) {
	if *update {
		if err := os.WriteFile(path, roundTrip(t, want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := baseline.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	estimates := cmp.Options{ // may improve
		cmpopts.IgnoreFields(baseline.Column{}, "Effects"), cmpopts.IgnoreFields(perf.Value{}, "Lower", "Upper"),
	}
	rounded := cmpopts.EquateApprox(1e-12, 0) // sums depend on their order
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateNaNs(), estimates, rounded); diff != "" {
		t.Errorf("-built +read:\n%s", diff)
	}
	for _, c := range append(got.Features, got.Outputs...) {
		if len(c.Effects) == 0 && c.Name != "nothing" && !got.From.IsZero() {
			t.Errorf("%s has no design effects", c.Name)
		}
	}
	if written := roundTrip(t, got); !bytes.Equal(written, data) {
		t.Errorf("written again the file differs:\n%s", cmp.Diff(string(data), string(written)))
	}
}

func TestReadRefuses(t *testing.T) {
	var w bytes.Buffer
	if err := sample(t).Write(&w); err != nil {
		t.Fatal(err)
	}
	good := w.String()
	for _, tt := range []struct{ name, old, new, want string }{
		{"nothing", good, "", "not a JSON object"},
		{"text", good, "id,x\n1,2\n", "not a JSON object"},
		{"list", good, "[]", "not a JSON object"},
		{"no version", `"version": 1,`, ``, `no field "version"`},
		{"newer", `"version": 1,`, `"version": 2,`, "version 2, this program reads version 1"},
		{"unknown field", `"model"`, `"mode"`, `unknown field "mode"`},
		{"unknown field of a column", `"missing"`, `"mising"`, `unknown field "mising"`},
		{"no columns", good, `{"version":1,"model":"m","rows":1,"sampled_rows":1,"features":[]}`, "features: there are none"},
		{"sample", `"sampled_rows": 2000`, `"sampled_rows": 2001`, "sampled_rows: 2001 of 2000"},
		{"smaller sample", `"sampled_rows": 2000`, `"sampled_rows": 20`, "counts: more than the 20 sampled rows"},
		{"kind", `"kind": "numeric"`, `"kind": "number"`, `kind: "number" is unknown`},
		{"missing", `"missing": 400`, `"missing": 4000`, "missing: 4000 of 2000 rows"},
		{"absent", `"absent": 20`, `"absent": 2000`, "absent: 2000 of 400 missing"},
		{"type", `"rows": 2000`, `"rows": "2000"`, "rows"},
		{"negative", `"absent": 20`, `"absent": -1`, "absent"},
		{"edges", `"edges": [`, `"edges": [1e9, `, "edges: edge 1"},
		{"infinite edge", `"edges": [`, `"edges": [-1e999, `, "1e999"},
		{"counts", `"counts": [`, `"counts": [0, `, "counts:"},
		{"decision", `"decision": [`, `"decision": [7, `, "decision: index"},
		{"decision end", `"decision": [`, `"decision": [99, `, "decision: index 99"},
		{"stddev", `"stddev": 0`, `"stddev": -0`, "stddev: -0"},
		{"min", `"min": 0`, `"min": 1000`, "min: 1000"},
		{"low", `"low_mean": `, `"low_mean": 100`, "low_mean: 100"},
		{"category twice", `"DE", "IT"]`, `"DE", "DE"]`, `categories: "DE" is there twice`},
		{"reserved", `"DE", "IT"]`, `"DE", "unseen"]`, `categories: "unseen" is the name`},
		{"rare", `"rare": ["FR"`, `"rare": ["DE"`, `"DE" is there twice`},
		{"column twice", `"name": "country"`, `"name": "amount"`, `"amount": name: is there twice`},
		{"no name", `"name": "country"`, `"name": ""`, "name: is empty"},
		{"output", `"name": "score"`, `"name": "latency"`, `an output is "prediction", "score" or "label"`},
		{"effects", `"seconds": 3600`, `"seconds": 0`, "effects: seconds: 0"},
		{"correlation", `"psi": 0`, `"psi": 2`, "correlation of psi is 2"},
		{"time", `"to": "2026`, `"to": "2025`, "is before from"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := strings.Replace(good, tt.old, tt.new, 1)
			if text == good {
				t.Fatalf("the file has no %q:\n%s", tt.old, good)
			}
			_, err := baseline.Read(strings.NewReader(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestReadRefusesPerformance has one wrong value in each case.
func TestReadRefusesPerformance(t *testing.T) {
	var w bytes.Buffer
	if err := labelled(t).Write(&w); err != nil {
		t.Fatal(err)
	}
	good := w.String()
	for _, tt := range []struct{ name, old, new, want string }{
		{"task", `"task": "binary"`, `"task": "none"`, `performance: task: "none" has no performance`},
		{"unknown field", `"task": "binary"`, `"tusk": "binary"`, `unknown field "tusk"`},
		{"labels", `"labels": 750`, `"labels": 1001`, "performance: labels: 1001 of 1000 rows"},
		{"no labels", `"labels": 750`, `"labels": 0`, "performance: labels: 0 of"},
		{"no classes", `"classes": ["true", "false"]`, `"classes": []`, "performance: classes: 0 of them"},
		{"class twice", `"classes": ["true", "false"]`, `"classes": ["true", "true"]`, `"true" is empty or there twice`},
		{"class without a name", `"classes": ["true", "false"]`, `"classes": ["true", ""]`, `"" is empty`},
		{"positive", `"positive_class": "true"`, `"positive_class": "yes"`, `performance: positive_class: "yes"`},
		{"no positive", `"positive_class": "true",`, ``, `performance: positive_class: ""`},
		{"positive of several", `"task": "binary"`, `"task": "multiclass"`, `performance: positive_class: "true"`},
		{"classes of a regression", `"task": "binary"`, `"task": "regression"`, "a regression has none"},
		{"metric", `"metric": "accuracy"`, `"metric": "precise"`, `performance: metrics: "precise" is unknown`},
		{"metric twice", `"metric": "precision"`, `"metric": "accuracy"`, "accuracy is there twice"},
		{"interval", `"upper": 0`, `"upper": -0`, "is not between"},
		{"no curves", `"curves": [`, `"curves": [], "more": [`, `unknown field "more"`},
		{"class of a curve", `"class": 0`, `"class": 1`, "class 1 is not the positive one"},
		{"no such class", `"class": 0`, `"class": 2`, "class 2 after -1 of 2 classes"},
		{"negative class", `"class": 0`, `"class": -1`, "class -1 after -1"},
		{"steps", `"edges": [0, `, `"edges": [`, "as many as steps"},
		{"first edge", `"edges": [0, `, `"edges": [0.001, `, "the first is 0.001"},
		{"edges", `"edges": [0, `, `"edges": [0, 0, `, "as many as steps"},
		{"probabilities", `"probabilities": [`, `"probabilities": [2`, "probabilities: 2"},
		{"labels of a step", `"labels": [`, `"labels": [9`, "of 750 that are left"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := strings.Index(good, `"performance"`)
			text := good[:at] + strings.Replace(good[at:], tt.old, tt.new, 1)
			if text == good {
				t.Fatalf("the file has no %q:\n%s", tt.old, good[at:])
			}
			_, err := baseline.Read(strings.NewReader(text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestReadBoundsPerformance has metrics in three bytes each.
func TestReadBoundsPerformance(t *testing.T) {
	text := `{"version":1,"features":[],"performance":{"metrics":[` + strings.Repeat("{},", 2<<20) + `{}]}}`
	_, err := baseline.Read(strings.NewReader(text))
	if err == nil || !strings.Contains(err.Error(), "performance: larger than 4 MiB") {
		t.Errorf("error %v", err)
	}
}

func TestReadPassesErrorsOn(t *testing.T) {
	want := errors.New("disk on fire")
	if _, err := baseline.Read(iotest.ErrReader(want)); !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// TestReadBoundsColumns has a column in three bytes: the file must not become a
// hundred times its size in memory.
func TestReadBoundsColumns(t *testing.T) {
	text := `{"version":1,"features":[` + strings.Repeat("{},", 30_000) + `{}]}`
	_, err := baseline.Read(strings.NewReader(text))
	if err == nil || !strings.Contains(err.Error(), "more than 20000 columns") {
		t.Errorf("error %v", err)
	}
}

func FuzzRead(f *testing.F) {
	var w bytes.Buffer
	if err := sample(f).Write(&w); err != nil {
		f.Fatal(err)
	}
	f.Add(w.Bytes())
	golden, err := os.ReadFile("testdata/baseline.v1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(golden)
	w.Reset()
	if err := labelled(f).Write(&w); err != nil {
		f.Fatal(err)
	}
	f.Add(w.Bytes())
	w.Reset()
	if err := together(f).Write(&w); err != nil {
		f.Fatal(err)
	}
	f.Add(w.Bytes())
	for _, kind := range []string{
		`"kind":"numeric","counts":[1,2],"edges":[0],"decision":[0]`, `"kind":"boolean","counts":[1,2,0,0],"categories":["true","false"]`,
	} {
		f.Add(fmt.Appendf(nil, `{"version":1,"model":"m","rows":3,"sampled_rows":3,"features":[{"name":"x",%s}]}`, kind))
	}
	for _, performance := range []string{
		`"task":"regression","labels":2,"metrics":[{"metric":"mae","value":1,"lower":0.5,"upper":2}]`,
		`"task":"multiclass","labels":2,"classes":["a","b","c"],"metrics":[],"calibrator":{"curves":[{"class":1,"edges":[0],"probabilities":[0.5],"labels":[2]}]}`,
	} {
		f.Add(fmt.Appendf(nil, `{"version":1,"rows":3,"sampled_rows":3,"features":[{"name":"x","kind":"boolean","counts":[0,0]}],"performance":{%s}}`, performance))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := baseline.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		if err := file.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := baseline.Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("%v in\n%s", err, first.Bytes())
		}
		if err := again.Write(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("written again it differs: %v\n%s\n%s", err, first.Bytes(), second.Bytes())
		}
		if p := file.Performance; p != nil && p.Calibrator != nil {
			p.Calibrator.Estimate(&perf.Config{Task: p.Task, Positive: max(0, slices.Index(p.Classes, p.PositiveClass))}, &perf.State{})
		}
		if m := file.Multivariate; m != nil {
			row := make([][]float64, len(m.PCA.Features))
			for j := range row {
				row[j] = []float64{float64(j)}
			}
			e := make([]float64, 1)
			if m.PCA.Errors(e, make([]float64, 1), row); !(e[0] >= 0 && e[0] < 1e7) {
				t.Fatalf("a row has the error %v", e[0])
			}
		}
		for _, c := range append(file.Features, file.Outputs...) {
			c.Shape()
			c.Side()
			if len(c.DecisionLabels()) < 2 || c.Unknown() >= max(2, len(c.Counts)) {
				t.Fatalf("column %+v", c)
			}
		}
	})
}
