package profile

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata")

// TestSummaryText shows every kind of column and every warning about columns.
func TestSummaryText(t *testing.T) {
	var b strings.Builder
	b.WriteString("timestamp,amount,country,known,constant,customer,sparse,empty,mixed,rare,hour,prediction\n")
	for i := range 3000 {
		at := noon.Add(time.Duration(i) * 5 * time.Minute)
		sparse, mixed, rare := "", fmt.Sprint(i%7), fmt.Sprint("r", i%60)
		if i%5 == 0 {
			sparse = "0.5"
		}
		if i%50 == 0 {
			mixed = "n.a."
		}
		fmt.Fprintf(&b, "%s,%d.5,%s,%v,7,c%d,%s,,%s,%s,%d,%d\n",
			at.Format(time.RFC3339), i*i%1009*100, []string{"DE", "DE", "FR"}[i%3], i%2 == 0, i, sparse, mixed, rare, at.YearDay(), i%2)
	}
	b.WriteString("1,2\n")
	dir := folder(t, map[string]string{"train.csv": b.String()})
	s := mustRun(t, Options{Paths: []string{filepath.Join(dir, "train.csv")}, SampleRows: 10_000, Model: "fraud"})
	got := strings.ReplaceAll(s.String(), dir+string(filepath.Separator), "")

	const path = "testdata/summary.txt"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestTooManyFeatures has more columns than the default limit, and more than are
// decoded.
func TestTooManyFeatures(t *testing.T) {
	for _, n := range []int{1500, 3000} {
		header, record := make([]string, n), make([]string, n)
		for i := range header {
			header[i], record[i] = fmt.Sprint("f", i), fmt.Sprint(i)
		}
		text := strings.Join(header, ",") + "\n" + strings.Join(record, ",") + "\n"
		dir := folder(t, map[string]string{"wide.csv": text})
		got := mustRun(t, Options{Paths: []string{filepath.Join(dir, "wide.csv")}}).String()
		if !strings.Contains(got, "more features than the 1,000 that will be monitored") || !strings.Contains(got, "... and ") {
			t.Errorf("%d features:\n%s", n, got[max(0, len(got)-1000):])
		}
	}
}

func TestSummaryIsPrintable(t *testing.T) {
	dir := folder(t, map[string]string{"a.jsonl": `{"model":"\u001b[2J","features":{"` + strings.Repeat("long", 30) + `\u0007":"\u001b[31m"}}` + "\n"})
	text := mustRun(t, Options{Paths: []string{filepath.Join(dir, "a.jsonl")}}).String()
	if strings.ContainsAny(text, "\x1b\a") {
		t.Errorf("control characters from the data in %q", text)
	}
	if !strings.Contains(text, "longlong") || strings.Contains(text, strings.Repeat("long", 11)) {
		t.Errorf("a long name was not shortened:\n%s", text)
	}
}

func TestNumbersForPeople(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{grouped(0), "0"}, {grouped(999), "999"}, {grouped(1000), "1,000"}, {grouped(12345678), "12,345,678"},
		{percent(0), "0 %"}, {percent(0.0001), "< 0.1 %"}, {percent(0.1234), "12.3 %"}, {percent(1), "100.0 %"},
		{short(0.123456), "0.1235"}, {short(43390.4), "43390"}, {short(-1234567.8), "-1234568"}, {short(1.5e12), "1.5e+12"},
		{rough(90 * time.Second), "1.5m"}, {rough(24 * time.Hour), "24h"}, {rough(730 * time.Hour), "30.4d"}, {rough(2 * time.Second), "2s"},
		{plural(1, "file"), "1 file"}, {plural(2000, "event"), "2,000 events"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

// TestNoBarOutsideOfTerminals keeps progress out of log files.
func TestNoBarOutsideOfTerminals(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	dir := folder(t, map[string]string{"a.csv": table(noon, 100)})
	mustRun(t, Options{Paths: []string{filepath.Join(dir, "a.csv")}, Progress: f})
	if info, err := f.Stat(); err != nil || info.Size() != 0 {
		t.Errorf("%d bytes of progress in a file", info.Size())
	}
}

// TestHintsAreWarnings: what a header is likely not meant to say is a warning, or the
// reason why there is nothing to profile.
func TestHintsAreWarnings(t *testing.T) {
	dir := folder(t, map[string]string{
		"twice.csv": "id,amount,amount\n1,2,3\n2,3,4\n",
		"delim.csv": "id;a\n1;2\n2;3\n",
		"table.log": "id,a\n1,2\n",
	})
	for name, want := range map[string]string{"twice.csv": `of one name, and the last of them counts: "amount"`, "delim.csv": `delimiter: ";"`} {
		s, err := Run(context.Background(), Options{Paths: []string{filepath.Join(dir, name)}})
		if err != nil || !strings.Contains(strings.Join(s.Warnings, "\n"), want) {
			t.Errorf("%s: %v %v, want a warning of %q", name, s, err, want)
		}
	}
	if _, err := Run(context.Background(), Options{Paths: []string{filepath.Join(dir, "table.log")}}); err == nil || !strings.Contains(err.Error(), "set format: csv") {
		t.Errorf("a table that is read as JSON: %v", err)
	}
}
