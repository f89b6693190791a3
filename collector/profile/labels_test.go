package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	pq "github.com/parquet-go/parquet-go"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// truth is the label of the i-th prediction of labelledTable: three in four are
// right.
func truth(i int) int {
	if i%4 == 0 {
		return 1 - i%3%2
	}
	return i % 3 % 2
}

// labelledTable returns n predictions as CSV, with or without their label.
func labelledTable(n int, name string) string {
	var b strings.Builder
	b.WriteString("id,amount,prediction,score" + strings.TrimSuffix(","+name, ",") + "\n")
	for i := range n {
		fmt.Fprintf(&b, "p%d,%d,%d,0.%d", i, i%97, i%3%2, 1+i%9)
		if name != "" {
			fmt.Fprintf(&b, ",%d", truth(i))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// truths returns labels from..to as CSV, another column of their own included.
func truthTable(from, to int, id, name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s,reviewer,%s\n", id, name)
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "p%d,r%d,%d\n", i, i%5, truth(i))
	}
	return b.String()
}

func truthLines(from, to int, format string) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, format+"\n", i, truth(i))
	}
	return b.String()
}

// writeParquet writes labels as a Parquet file.
func writeParquet(t *testing.T, path string, from, to int) {
	t.Helper()
	type record struct {
		ID    string `parquet:"id"`
		Label int64  `parquet:"label"`
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := pq.NewGenericWriter[record](f)
	for i := from; i < to; i++ {
		if _, err := w.Write([]record{{fmt.Sprint("p", i), int64(truth(i))}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestLabelsAgree gives the same labels in every way there is.
func TestLabelsAgree(t *testing.T) {
	const n = 9000 // several batches
	dir := folder(t, map[string]string{
		"whole.csv": labelledTable(n, "label"), "named.csv": labelledTable(n, "clf_target"), "bare.csv": labelledTable(n, ""),
		"labels.csv": truthTable(0, n, "id", "label"), "l1.csv.gz": truthTable(0, 4000, "id", "label"), "l2.jsonl": truthLines(4000, n, `{"id":"p%d","label":%d}`),
		"other.csv": truthTable(0, n, "id", "clf_target"), "words.jsonl": truthLines(0, n, `{"type":"label","id":"p%d","label":"%d"}`),
		"twice.jsonl": truthLines(0, n, `{"id":"p%d","label":"x%d"}`) + truthLines(0, n, `{"id":"p%d","label":%d}`),
	})
	writeParquet(t, filepath.Join(dir, "labels.parquet"), 0, n)
	in := func(names ...string) (paths []string) {
		for _, name := range names {
			paths = append(paths, filepath.Join(dir, name))
		}
		return paths
	}
	right := 0
	for i := range n {
		if truth(i) == i%3%2 {
			right++
		}
	}
	ignore := []cmp.Option{cmpopts.IgnoreFields(baseline.File{}, "Created", "Sources"), cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)}
	var want *baseline.File
	for _, tt := range []struct {
		name string
		o    Options
	}{
		{"in the event", Options{Paths: in("whole.csv")}},
		{"under another name", Options{Paths: in("named.csv"), Map: map[string]string{"label": "clf_target"}}},
		{"CSV", Options{Paths: in("bare.csv"), Labels: in("labels.csv")}},
		{"CSV and JSON", Options{Paths: in("bare.csv"), Labels: in("l1.csv.gz", "l2.jsonl")}},
		{"mapped", Options{Paths: in("bare.csv"), Labels: in("other.csv"), Map: map[string]string{"label": "clf_target"}}},
		{"texts", Options{Paths: in("bare.csv"), Labels: in("words.jsonl")}},
		{"Parquet", Options{Paths: in("bare.csv"), Labels: in("labels.parquet")}},
		{"corrected", Options{Paths: in("bare.csv"), Labels: in("twice.jsonl")}},
		{"correcting the event", Options{Paths: in("whole.csv"), Labels: in("labels.csv")}},
		{"a glob", Options{Paths: in("bare.csv"), Labels: in("l*.csv")}},
		{"among the predictions", Options{Paths: in("bare.csv", "words.jsonl")}},
		{"before the predictions", Options{Paths: in("bare.csv", "words.jsonl"), Model: "fraud"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustRun(t, tt.o)
			s.file.Model = ""
			if want == nil {
				want = s.file
			}
			if diff := cmp.Diff(want, s.file, ignore...); diff != "" {
				t.Errorf("differs from the first:\n%s", diff)
			}
			if p := s.file.Performance; p == nil || p.Labels != n || p.Metrics[0].Metric != catalog.Accuracy || p.Metrics[0].Value != float64(right)/n {
				t.Errorf("performance %+v, want %d of %d right", p, right, n)
			}
			if names := len(s.file.Features); names != 1 {
				t.Errorf("%d features, want amount only", names)
			}
		})
	}
}

// TestLabelsAreCounted has labels without a prediction and the other way about.
func TestLabelsAreCounted(t *testing.T) {
	dir := folder(t, map[string]string{
		"bare.csv": labelledTable(3000, ""), "labels.csv": truthTable(1000, 5000, "id", "label"), "none.csv": "id,amount\n1,2\n",
		"foreign.csv": truthTable(5000, 6000, "id", "label"), "again.csv": truthTable(1000, 1010, "id", "label"),
		"mixed.jsonl": `{"id":"a","features":{"x":1},"prediction":1}` + "\n" + `{"label":1}` + "\n" + `{"id":"a","values":{"revenue":1}}` + "\n",
	})
	path := func(name string) string { return filepath.Join(dir, name) }
	s := mustRun(t, Options{Paths: []string{path("bare.csv")}, Labels: []string{path("labels.csv"), path("again.csv")}})
	want := []string{
		"Labels that came apart from their predictions: 4,010, joined to 2,000 predictions; 10 repeated or corrected an earlier one.",
		"Labels whose prediction is not here: 2,000.", "Predictions without a label: 1,000.",
	}
	if diff := cmp.Diff(want, s.notes); diff != "" {
		t.Errorf("notes -want +got:\n%s", diff)
	}
	if p := s.file.Performance; p == nil || p.Labels != 2000 {
		t.Errorf("performance %+v", p)
	}
	if c := find(t, s.file, baseline.Label); c.Rows != 3000 || c.Missing != 1000 {
		t.Errorf("label has %d rows, %d missing", c.Rows, c.Missing)
	}

	s = mustRun(t, Options{Paths: []string{path("bare.csv")}, Labels: []string{path("foreign.csv")}})
	if s.file.Performance != nil || !slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.HasPrefix(w, "No label has its prediction") }) {
		t.Errorf("performance %+v, warnings %q", s.file.Performance, s.Warnings)
	}
	s = mustRun(t, Options{Paths: []string{path("mixed.jsonl")}})
	if diff := cmp.Diff([]string{"Outcomes, which a baseline does not need: 1."}, s.notes); diff != "" {
		t.Errorf("notes -want +got:\n%s", diff)
	}
	for name, o := range map[string]Options{
		"has both an id and a label":     {Paths: []string{path("bare.csv")}, Labels: []string{path("none.csv")}},
		"matches no file":                {Paths: []string{path("bare.csv")}, Labels: []string{path("nil*.csv")}},
		`no field "target" to map`:       {Paths: []string{path("bare.csv")}, Map: map[string]string{"target": "label"}},
		"field label is mapped to no co": {Paths: []string{path("bare.csv")}, Map: map[string]string{"label": ""}},
	} {
		if _, err := Run(t.Context(), o); !errors.Is(err, ErrOptions) || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

// TestLabelsOfBothPlaces has texts in the events and in a file, each with a
// dictionary of its own that grows.
func TestLabelsOfBothPlaces(t *testing.T) {
	const n = 6000
	var whole, half, rest strings.Builder
	for i := range n {
		event := fmt.Sprintf(`{"id":"p%d","features":{"x":%d},"prediction":"c%d"`, i, i%7, i*13/n%3)
		label := fmt.Sprintf(`"c%d"`, (i*13/n+i%2)%3)
		whole.WriteString(event + `,"label":` + label + "}\n")
		if i%3 == 0 {
			fmt.Fprintf(&rest, `{"id":"p%d","label":%s}`+"\n", i, label)
			label = `"wrong"`
			if i%2 == 0 {
				label = "null"
			}
		}
		half.WriteString(event + `,"label":` + label + "}\n")
	}
	dir := folder(t, map[string]string{"whole.jsonl": whole.String(), "half.jsonl": half.String(), "rest.jsonl": rest.String()})
	want := mustRun(t, Options{Paths: []string{filepath.Join(dir, "whole.jsonl")}}).file
	got := mustRun(t, Options{Paths: []string{filepath.Join(dir, "half.jsonl")}, Labels: []string{filepath.Join(dir, "rest.jsonl")}}).file
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(baseline.File{}, "Created", "Sources"), cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0)); diff != "" {
		t.Errorf("-in the events +in both:\n%s", diff)
	}
	if want.Performance == nil || want.Performance.Task != catalog.Multiclass || want.Performance.Labels != n {
		t.Errorf("performance %+v", want.Performance)
	}
}

const labelSources = `
sources:
  - name: log
    file: { paths: ["log.jsonl"] }
    fields: { id: request, prediction: class, score: p, features: inputs }
  - name: truths
    file: { paths: ["truths.csv"] }
    fields: { id: key, label: outcome, type: { value: label } }
  - name: unrelated
    file: { paths: ["missing.jsonl"] }
models:
  - { name: fraud, task: binary, positive_class: stolen, sources: [log, truths] }
  - { name: other, sources: [unrelated] }
`

// TestModelReadsItsLabels finds the labels in a source of their own, and what the
// configuration declares.
func TestModelReadsItsLabels(t *testing.T) {
	var log, table strings.Builder
	table.WriteString("key,outcome,clerk\n")
	for i := range 400 {
		fmt.Fprintf(&log, `{"request":"p%d","timestamp":%d,"inputs":{"x":%d},"class":%q,"p":0.%d}`+"\n", i, noon.Add(time.Duration(i)*time.Second).Unix(), i, []string{"stolen", "fine"}[i%2], 8-i%2*7)
		fmt.Fprintf(&table, "p%d,%s,c\n", i, []string{"stolen", "fine"}[i/2%2])
	}
	dir := folder(t, map[string]string{"log.jsonl": log.String(), "truths.csv": table.String()})
	cfg, err := config.Parse(filepath.Join(dir, "c.yml"), []byte(labelSources))
	if err != nil {
		t.Fatal(err)
	}
	want := baseline.Performance{Task: catalog.Binary, Labels: 400, Classes: []string{"stolen", "fine"}, PositiveClass: "stolen"}
	for name, o := range map[string]Options{
		"all sources": {Model: "fraud"}, "the first seconds": {Model: "fraud", For: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			o.Config = cfg
			s := mustRun(t, o)
			p := s.file.Performance
			if p == nil {
				t.Fatalf("no performance in\n%s", s)
			}
			if diff := cmp.Diff(&want, p, cmpopts.IgnoreFields(baseline.Performance{}, "Metrics", "Calibrator")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if p.Metrics[0].Value != 0.5 || s.Model != "fraud" || s.Rows != 400 || len(s.file.Features) != 1 {
				t.Errorf("metrics %v, model %s, %d rows, %d features", p.Metrics, s.Model, s.Rows, len(s.file.Features))
			}
		})
	}
	changed := strings.Replace(labelSources, "task: binary, positive_class: stolen", "task: none", 1)
	noModel, err := config.Parse(filepath.Join(dir, "c.yml"), []byte(changed))
	if err != nil {
		t.Fatal(err)
	}
	if s := mustRun(t, Options{Config: noModel, Model: "fraud"}); s.file.Performance != nil {
		t.Errorf("a table has performance %+v", s.file.Performance)
	}
	for name, o := range map[string]Options{
		"choose one of log, truths":       {Model: "fraud", Paths: []string{filepath.Join(dir, "log.jsonl")}},
		"mapped by the configuration":     {Model: "fraud", Map: map[string]string{"label": "y"}},
		"only labels and outcomes, no pr": {Model: "fraud", Source: "truths"},
	} {
		o.Config = cfg
		if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, want one with %q", err, name)
		}
	}
}

// TestTruths compares the table with a map, and fills it up.
func TestTruths(t *testing.T) {
	table := truths{most: 3000}
	want := map[string]float64{}
	c := event.Column{Cells: []event.Cell{event.Number}, Nums: []float64{0}, Codes: []uint32{0}}
	for i := range 5000 {
		id := fmt.Sprint("id", i*7919%4000)
		c.Nums[0] = float64(i)
		if _, ok := want[id]; ok || len(want) < 3000 {
			want[id] = c.Nums[0]
		}
		table.add([]byte(id), &c, 0)
	}
	for i := range 4000 {
		id := fmt.Sprint("id", i)
		x, known := want[id]
		for range 2 {
			c.Nums[0] = -1
			if got := table.find([]byte(id), &c, 0, 0); got != known || known && c.Nums[0] != x {
				t.Fatalf("%s: %v %v, want %v %v", id, got, c.Nums[0], known, x)
			}
		}
	}
	// 1,000 ids come twice, of which 3/4 are known, or would be in another order.
	if table.n != 3000 || table.read != 5000 || table.matches != 3000 || table.repeated+table.dropped != 2000 || table.repeated == 0 {
		t.Errorf("%d labels of %d, %d matches, %d repeated, %d dropped", table.n, table.read, table.matches, table.repeated, table.dropped)
	}
}

// TestLabelWarnings has labels that measure something else than is meant.
func TestLabelWarnings(t *testing.T) {
	table := func(header string, record func(i int) string) string {
		var b strings.Builder
		b.WriteString(header + "\n")
		for i := range 600 {
			b.WriteString(record(i) + "\n")
		}
		return b.String()
	}
	for want, text := range map[string]string{
		`The positive class is taken to be "bad"`: table("x,prediction,label", func(i int) string {
			return "1," + []string{"good", "good", "bad"}[i%3] + "," + []string{"good", "good", "bad"}[i/3%3]
		}),
		"Scores from -3 to 2 are no probabilities": table("x,prediction,score,label", func(i int) string { return fmt.Sprintf("1,%d,%d,%d", i%2, i%6-3, i%2) }),
		"is worse than chance":                     table("x,prediction,score,label", func(i int) string { return fmt.Sprintf("1,%d,0.%d,%d", i%2, 9-i%2, i%2) }),
		"were measured as a regression":            table("x,prediction,label", func(i int) string { return fmt.Sprintf("1,0.%d,%d", i%10, i%2) }),
		"but nothing to measure by them":           table("x,prediction,label", func(i int) string { return fmt.Sprintf("1,0.%d,%s", i%10, []string{"a", "b"}[i%2]) }),
	} {
		dir := folder(t, map[string]string{"t.csv": text})
		s := mustRun(t, Options{Paths: []string{filepath.Join(dir, "t.csv")}})
		if !slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
}

// TestLabelsInQuotes: the labels of a regression may be written as texts, beside
// their prediction or apart, and those that are no numbers are named.
func TestLabelsInQuotes(t *testing.T) {
	dir := t.TempDir()
	var log, apart strings.Builder
	for i := range 400 {
		fmt.Fprintf(&log, `{"id":"p%d","features":{"x":%d},"prediction":"%d.5"`, i, i, i)
		if i%2 == 0 {
			fmt.Fprintf(&log, `,"label":"%d"`, i)
		} else {
			fmt.Fprintf(&apart, `{"type":"label","id":"p%d","label":"%d"}`+"\n", i, i)
		}
		log.WriteString("}\n")
	}
	log.WriteString(`{"id":"x","features":{"x":1},"prediction":1,"label":"abc"}` + "\n")
	apart.WriteString(`{"type":"label","id":"y","label":"1e999"}` + "\n")
	for name, text := range map[string]string{"log.jsonl": log.String(), "truths.jsonl": apart.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Parse(filepath.Join(dir, "c.yml"), []byte(`
sources: [{ name: log, file: { paths: [log.jsonl] } }, { name: truths, file: { paths: [truths.jsonl] } }]
models: [{ name: price, task: regression, sources: [log, truths] }]
`))
	if err != nil {
		t.Fatal(err)
	}
	s := mustRun(t, Options{Config: cfg, Model: "price"})
	p := s.file.Performance
	if p == nil || p.Labels != 400 || p.Metrics[0].Value != 0.5 {
		t.Errorf("performance %+v, want 400 labels and an mae of 0.5", p)
	}
	for _, c := range s.file.Outputs {
		if c.Kind != catalog.Numeric {
			t.Errorf("%s is %s", c.Name, c.Kind)
		}
	}
	want := "Labels that the task cannot use: 2 bad_label (first in " + filepath.Join(dir, "truths.jsonl")
	if !strings.Contains(s.String(), want) {
		t.Errorf("no %q in\n%s", want, s)
	}
}

// TestRepeatedPredictionsAreJudgedOnce: every prediction is there twice, its label
// beside it or apart; two versions are two predictions.
func TestRepeatedPredictionsAreJudgedOnce(t *testing.T) {
	dir := t.TempDir()
	var log, apart strings.Builder
	for i := range 1000 {
		label := ""
		if i%2 == 0 {
			label = fmt.Sprintf(`,"label":"%d"`, truth(i))
		} else {
			fmt.Fprintf(&apart, `{"type":"label","id":"p%d","label":"%d"}`+"\n", i, truth(i))
		}
		for _, version := range []string{"1", "1", "2"} {
			fmt.Fprintf(&log, `{"id":"p%d","version":"%s","features":{"x":%d},"prediction":"%d","score":0.%d%s}`+"\n", i, version, i, i%3%2, 1+i%9, label)
		}
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	s := mustRun(t, Options{Paths: []string{write("log.jsonl", log.String())}, Labels: []string{write("truths.jsonl", apart.String())}})
	if p := s.file.Performance; p == nil || p.Labels != 2000 || s.Rows != 3000 {
		t.Errorf("%d rows, performance %+v; want 3000 and that of 2000 labels", s.Rows, p)
	}
	if want := "and are left out of labels and performance: 1,000."; !strings.Contains(s.String(), want) {
		t.Errorf("no %q in\n%s", want, s)
	}
}

// TestRanking: scores of a ranking need not be probabilities, and what is judged
// are requests.
func TestRanking(t *testing.T) {
	dir := t.TempDir()
	var log strings.Builder
	for i := range 200 {
		fmt.Fprintf(&log, `{"id":"r%d","instances":[{"features":{"x":1},"score":%d.5,"label":1},{"features":{"x":2},"score":-3,"label":0}]}`+"\n", i, i%7)
	}
	if err := os.WriteFile(filepath.Join(dir, "log.jsonl"), []byte(log.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Parse(filepath.Join(dir, "c.yml"), []byte(`
sources: [{ name: log, file: { paths: [log.jsonl] }, fields: { instances: instances } }]
models: [{ name: shop, task: ranking, sources: [log] }]
`))
	if err != nil {
		t.Fatal(err)
	}
	s := mustRun(t, Options{Config: cfg, Model: "shop"}).String()
	for text, want := range map[string]bool{
		"Performance of 200 labelled requests, ranking":              true,
		"Of a ranking, performance is not estimated without labels.": true,
		"no probabilities":   false,
		"no labelled scores": false,
	} {
		if strings.Contains(s, text) != want {
			t.Errorf("%q: want %t in\n%s", text, want, s)
		}
	}
}
