package dashboards

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:generate go test -run ^TestGenerated$ . -update

var update = flag.Bool("update", false, "rewrite the generated files")

// TestGenerated holds the committed files against the Go values.
func TestGenerated(t *testing.T) {
	if *update {
		if err := Write("json", Grafana, Defaults(), Object{}); err != nil {
			t.Fatal(err)
		}
	}
	all, err := All(Defaults())
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, d := range all {
		names[d.File] = true
		got, err := os.ReadFile(filepath.Join("json", d.File))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(strings.Split(string(got), "\n"), strings.Split(string(d.JSON), "\n")); diff != "" {
			t.Errorf("%s is not up to date; run make generate (-got +want):\n%s", d.File, diff)
		}
	}
	files, err := filepath.Glob("json/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !names[filepath.Base(f)] {
			t.Errorf("%s is no dashboard of the bundle; remove it", f)
		}
	}
}
