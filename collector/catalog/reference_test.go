package catalog

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write METRICS.md")

func TestReference(t *testing.T) {
	const path = "METRICS.md"
	var want bytes.Buffer
	if err := WriteReference(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(got), "\n"), strings.Split(want.String(), "\n")); diff != "" {
		t.Errorf("%s is not up to date; run make generate (-got +want):\n%s", path, diff)
	}
}

func TestEveryFamilyHasOneSection(t *testing.T) {
	for _, f := range Families {
		n := 0
		for _, s := range sections {
			if s.has(f) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%s is in %d sections", f.Name, n)
		}
	}
}

// Everything that the reference explains exists, and everything that exists is
// explained.
func TestEveryWordIsExplained(t *testing.T) {
	for _, s := range Statistics {
		if d := statisticDocs[s]; d.Formula == "" || d.Range == "" || d.Bins == "" || d.Kinds == "" || d.Reads == "" {
			t.Errorf("statistic %q: %+v lacks something", s, d)
		}
	}
	for _, c := range Checks {
		if checkDocs[c] == "" {
			t.Errorf("check %q is not explained", c)
		}
	}
	for _, c := range Changes {
		if changeDocs[c] == "" {
			t.Errorf("change %q is not explained", c)
		}
	}
	names := labelNames()
	for _, l := range names {
		if labelDocs[l] == "" {
			t.Errorf("label %q is not explained", l)
		}
	}
	for l := range labelDocs {
		if !slices.Contains(names, l) {
			t.Errorf("label %q is explained, but no family has it", l)
		}
	}
	if len(statisticDocs) != len(Statistics) || len(checkDocs) != len(Checks) || len(changeDocs) != len(Changes) {
		t.Error("something is explained that does not exist")
	}
}
