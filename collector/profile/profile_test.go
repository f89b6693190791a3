package profile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// log returns n events of a model, a minute apart.
func log(model string, from time.Time, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"timestamp":%q,"model":%q,"features":{"amount":%d,"country":%q},"prediction":%d,"score":0.%d}`+"\n",
			from.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), model, i%97, []string{"DE", "FR"}[i%2], i%3%2, 1+i%9)
	}
	return b.String()
}

// table is the same as CSV.
func table(from time.Time, n int) string {
	var b strings.Builder
	b.WriteString("timestamp,amount,country,prediction,score\n")
	for i := range n {
		fmt.Fprintf(&b, "%s,%d,%s,%d,0.%d\n",
			from.Add(time.Duration(i)*time.Minute).Format(time.RFC3339), i%97, []string{"DE", "FR"}[i%2], i%3%2, 1+i%9)
	}
	return b.String()
}

// folder writes files and returns where they are.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		var w bytes.Buffer
		var c io.WriteCloser
		switch filepath.Ext(name) {
		case ".gz":
			c = gzip.NewWriter(&w)
		case ".zst":
			z, err := zstd.NewWriter(&w)
			if err != nil {
				t.Fatal(err)
			}
			c = z
		}
		if c == nil {
			w.WriteString(text)
		} else if _, err := io.WriteString(c, text); err != nil || c.Close() != nil {
			t.Fatal("cannot compress")
		}
		if err := os.WriteFile(filepath.Join(dir, name), w.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func mustRun(t *testing.T, o Options) *Summary {
	t.Helper()
	s, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFormatsAgree profiles the same events in every form.
func TestFormatsAgree(t *testing.T) {
	const n = 9000 // several batches
	lines, records := log("fraud", noon, n), table(noon, n)
	half := strings.Index(lines[len(lines)/2:], "\n") + len(lines)/2 + 1
	dir := folder(t, map[string]string{
		"a.jsonl": lines, "b.jsonl.gz": lines, "c.json.zst": lines, "d.csv": records, "e.csv.gz": records, "f.csv.zst": records,
		"g1.log": lines[:half], "g2.log": lines[half:],
	})
	ignore := []cmp.Option{
		cmpopts.IgnoreFields(baseline.File{}, "Created", "Sources"), cmpopts.EquateNaNs(), cmpopts.EquateApprox(1e-12, 0),
		cmpopts.SortSlices(func(a, b baseline.Column) bool { return a.Name < b.Name }),
	}
	var want *baseline.File
	for _, name := range []string{"a.jsonl", "b.jsonl.gz", "c.json.zst", "d.csv", "e.csv.gz", "f.csv.zst", "g*.log"} {
		s := mustRun(t, Options{Paths: []string{filepath.Join(dir, name)}, Model: "fraud"})
		if s.Rows != n || s.Rejected != 0 {
			t.Fatalf("%s: %d rows, %d rejected", name, s.Rows, s.Rejected)
		}
		if want == nil {
			want = s.file
		}
		if diff := cmp.Diff(want, s.file, ignore...); diff != "" {
			t.Errorf("%s differs from the first:\n%s", name, diff)
		}
	}
	if c := find(t, want, "prediction"); c.Kind != catalog.Categorical || !slices.Equal(c.Categories, []string{"0", "1"}) {
		t.Errorf("prediction is %s %q", c.Kind, c.Categories)
	}
}

// TestLongRecords have lines longer than a block, and one that is longer than is
// allowed.
func TestLongRecords(t *testing.T) {
	long := func(n int) string { return fmt.Sprintf(`{"features":{"x":1,"text":%q}}`+"\n", strings.Repeat("a", n)) }
	dir := folder(t, map[string]string{"a.jsonl": long(10) + long(blockSize) + long(2<<20) + long(3*blockSize/2) + strings.TrimSpace(long(5))})
	s := mustRun(t, Options{Paths: []string{filepath.Join(dir, "a.jsonl")}})
	if s.Rows != 4 || s.Rejected != 1 {
		t.Errorf("%d rows, %d rejected; want 4 and 1", s.Rows, s.Rejected)
	}
}

func TestModels(t *testing.T) {
	dir := folder(t, map[string]string{
		"one.jsonl": log("fraud", noon, 50), "two.jsonl": log("fraud", noon, 30) + log("churn", noon, 20),
		"none.csv": table(noon, 40), "named.jsonl": `{"features":{"a":1}}` + "\n" + log("fraud", noon, 5),
	})
	for _, tt := range []struct {
		name, file, model string
		rows              uint64
		want              string // model, or part of the error
	}{
		{"the only one", "one.jsonl", "", 50, "fraud"},
		{"no name", "none.csv", "", 40, ""},
		{"a name for those without", "none.csv", "house", 40, "house"},
		{"chosen", "two.jsonl", "churn", 20, "churn"},
		{"several", "two.jsonl", "", 0, `several models, such as "fraud" and "churn"; choose one`},
		{"some without name", "named.jsonl", "", 0, `several models, such as (no name) and "fraud"`},
		{"some without name, chosen", "named.jsonl", "fraud", 6, "fraud"},
		{"unknown", "two.jsonl", "chrun", 0, `no event is of model "chrun", but of "fraud" (30), "churn" (20)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Run(t.Context(), Options{Paths: []string{filepath.Join(dir, tt.file)}, Model: tt.model})
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) || tt.rows > 0 {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				return
			}
			if s.Model != tt.want || s.Rows != tt.rows || s.file.Model != tt.want {
				t.Errorf("%d rows of %q, want %d of %q", s.Rows, s.Model, tt.rows, tt.want)
			}
		})
	}
}

func TestTimes(t *testing.T) {
	day := func(i int) time.Time { return noon.Add(time.Duration(i) * 24 * time.Hour) }
	const perDay = 24 * 60
	dir := folder(t, map[string]string{ // app.log is the newest, as logrotate names them
		"app.log": log("m", day(2), perDay), "app.log.1": log("m", day(1), perDay), "app.log.2.gz": log("m", day(0), perDay),
		"untimed.csv": "a,b\n1,2\n3,4\n",
	})
	logs := []string{filepath.Join(dir, "app.log*")}
	for _, tt := range []struct {
		name string
		o    Options
		rows uint64
		from time.Time
		want string // in the summary, or the error
	}{
		{"all", Options{Paths: logs}, 3 * perDay, day(0), ""},
		{"since", Options{Paths: logs, Since: day(1)}, 2 * perDay, day(1), "outside of the chosen time: 1,440."},
		{"until", Options{Paths: logs, Until: day(1)}, perDay, day(0), "outside of the chosen time: 2,880."},
		{"since, until", Options{Paths: logs, Since: day(1), Until: day(1).Add(time.Hour)}, 60, day(1), ""},
		{"for", Options{Paths: logs, For: 36 * time.Hour}, perDay * 3 / 2, day(0), ""},
		{"since, for", Options{Paths: logs, Since: day(1), For: time.Hour}, 60, day(1), ""},
		{"for, until", Options{Paths: logs, For: 36 * time.Hour, Until: day(0).Add(time.Hour)}, 60, day(0), ""},
		{"never", Options{Paths: logs, Since: day(9)}, 0, time.Time{}, "all 4320 events are outside of the chosen time"},
		{"no timestamps", Options{Paths: []string{filepath.Join(dir, "untimed.csv")}, Since: day(0)}, 0, time.Time{}, "have no timestamps"},
		{"no timestamps, all", Options{Paths: []string{filepath.Join(dir, "untimed.csv")}}, 2, time.Time{}, "have no timestamps"},
		{"reversed", Options{Paths: logs, Since: day(2), Until: day(1)}, 0, time.Time{}, "is not after"},
		{"negative", Options{Paths: logs, For: -1}, 0, time.Time{}, "is negative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Run(t.Context(), tt.o)
			if err != nil {
				if !strings.Contains(err.Error(), tt.want) || tt.rows > 0 {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				return
			}
			if s.Rows != tt.rows || !s.file.From.Equal(tt.from) {
				t.Errorf("%d rows from %v, want %d from %v", s.Rows, s.file.From, tt.rows, tt.from)
			}
			if !strings.Contains(s.String(), tt.want) {
				t.Errorf("the summary lacks %q:\n%s", tt.want, s)
			}
		})
	}
}

// TestForStopsReading leaves the rest of a long log alone.
func TestForStopsReading(t *testing.T) {
	dir := folder(t, map[string]string{"app.log": log("m", noon, 60_000)})
	s := mustRun(t, Options{Paths: []string{filepath.Join(dir, "app.log")}, For: time.Hour})
	if s.Rows != 60 || s.Bytes > 4<<20 {
		t.Errorf("%d rows of %d bytes", s.Rows, s.Bytes)
	}
}

const twoSources = `
global: { windows: [30m], max_categories: 2 }
sources:
  - { name: a, file: { paths: ["a-*.data"] }, format: json, fields: { features: inputs } }
  - { name: b, stdin: {}, format: csv }
models:
  - { name: fraud, sources: [a], features: { zip: { kind: categorical, max_categories: 3 } } }
`

func TestConfiguration(t *testing.T) {
	dir := folder(t, map[string]string{
		"a-1.data": strings.Repeat(`{"inputs":{"zip":1067,"x":2},"other":1}`+"\n", 20),
		"a-2.data": strings.Repeat(`{"inputs":{"zip":20095,"x":"y"},"other":1}`+"\n", 2) + `{"inputs":{"zip":"0815"}}` + "\n",
	})
	cfg, err := config.Parse(filepath.Join(dir, "c.yml"), []byte(twoSources))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		o    Options
		want string // error
	}{
		{"source", Options{Source: "a"}, ""},
		{"model", Options{Model: "fraud"}, ""},
		{"other files", Options{Source: "a", Paths: []string{filepath.Join(dir, "a-1.data"), filepath.Join(dir, "a-2.data")}}, ""},
		{"neither", Options{}, "several sources; choose one of a, b"},
		{"unknown source", Options{Source: "c"}, `no source "c"; choose one of a, b`},
		{"standard input", Options{Source: "b"}, "is standard input"},
		{"unknown model", Options{Source: "a", Model: "frod"}, `no event is of model "frod", but of "fraud"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Config = cfg
			s, err := Run(t.Context(), tt.o)
			if err != nil {
				if tt.want == "" || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want %q", err, tt.want)
				}
				return
			}
			if s.Model != "fraud" || s.Rows != 23 || len(s.file.Features) != 2 {
				t.Errorf("%d rows of %q with %d features", s.Rows, s.Model, len(s.file.Features))
			}
			zip := find(t, s.file, "zip")
			if !slices.Equal(zip.Categories, []string{"1067", "20095", "0815"}) || !slices.Equal(zip.Counts, []uint64{20, 2, 1, 0, 0}) {
				t.Errorf("zip %q %v", zip.Categories, zip.Counts)
			}
			if text := s.String(); !strings.Contains(text, "1 feature: x has values of several types") {
				t.Errorf("no warning about x:\n%s", text)
			}
		})
	}
}

// TestNestedFeatures are not in the baseline, and the summary says so.
func TestNestedFeatures(t *testing.T) {
	dir := folder(t, map[string]string{"a.jsonl": strings.Repeat(`{"features":{"x":1,"tags":["a"],"js":{"k":1}}}`+"\n", 20)})
	s := mustRun(t, Options{Paths: []string{filepath.Join(dir, "a.jsonl")}})
	if len(s.file.Features) != 1 || s.file.Features[0].Name != "x" {
		t.Errorf("features %v, want x", s.file.Features)
	}
	const want = "2 features: tags, js are ignored: their values are lists or objects"
	if text := s.String(); !strings.Contains(text, want) || strings.Contains(text, "several types") {
		t.Errorf("the summary lacks %q:\n%s", want, text)
	}
}

func TestNothingToProfile(t *testing.T) {
	dir := folder(t, map[string]string{
		"empty.csv": "", "header.csv": "a,b\n", "bad.jsonl": "hello\n{\n", "t.parquet": "PAR1", "cut.jsonl.gz": log("m", noon, 1000),
		"labels.jsonl": `{"type":"label","id":"1","label":"0"}` + "\n",
	})
	gz := filepath.Join(dir, "cut.jsonl.gz")
	if err := os.Truncate(gz, 300); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		paths   []string
		want    string
		options bool
	}{
		{nil, "no files to profile", true},
		{[]string{"missing.csv"}, "matches no file", true},
		{[]string{"[.csv"}, "is not a glob", true},
		{[]string{"t.parquet"}, "t.parquet: the file has no footer", false},
		{[]string{"none.parquet"}, "no Parquet file matches", true},
		{[]string{"empty.csv"}, "the files are empty", false},
		{[]string{"header.csv"}, "no feature and no prediction", false},
		{[]string{"bad.jsonl"}, "none of 2 records is an event: 2 malformed (first in ", false},
		{[]string{"cut.jsonl.gz"}, "cut.jsonl.gz: unexpected EOF", false},
		{[]string{"labels.jsonl"}, "only labels and outcomes", false},
	} {
		t.Run(strings.Join(tt.paths, " "), func(t *testing.T) {
			o := Options{Output: filepath.Join(dir, "out.json")}
			for _, p := range tt.paths {
				o.Paths = append(o.Paths, filepath.Join(dir, p))
			}
			_, err := Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, ErrOptions) != tt.options {
				t.Errorf("error %v (options: %v), want %q (%v)", err, errors.Is(err, ErrOptions), tt.want, tt.options)
			}
			if _, err := os.Stat(o.Output); err == nil {
				t.Error("a file was written")
			}
		})
	}
}

// TestOutputIsReplacedWhole checks that the old file stays on any error, and that
// nothing else is left behind.
func TestOutputIsReplacedWhole(t *testing.T) {
	dir := folder(t, map[string]string{"a.csv": table(noon, 100), "out.json": "old"})
	out := filepath.Join(dir, "out.json")
	o := Options{Paths: []string{filepath.Join(dir, "a.csv")}, Output: out}

	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that it was interrupted", err)
	}
	if data, err := os.ReadFile(out); err != nil || string(data) != "old" {
		t.Errorf("after an interruption the file is %q, %v", data, err)
	}
	s := mustRun(t, o)
	if s.Output != out || !strings.Contains(s.String(), "Written to "+out) {
		t.Errorf("the summary does not say where the file is:\n%s", s)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := baseline.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.file, got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-built +written:\n%s", diff)
	}
	if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("mode %v", info.Mode())
	}
	o.Output = filepath.Join(dir, "missing", "out.json")
	if _, err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "write baseline") {
		t.Errorf("error %v, want that it cannot be written", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("the folder has %v", entries)
	}
}
