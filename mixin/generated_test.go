package mixin

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:generate go test -run ^TestGenerated$ . -update

var update = flag.Bool("update", false, "rewrite the generated files")

// TestGenerated holds the committed files against the Go values: none differs, none
// is missing and none is left over.
func TestGenerated(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for name, want := range files {
		path := filepath.Join("generated", name)
		names = append(names, path)
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(got), string(want)); diff != "" {
			t.Errorf("%s is not up to date; run make generate (-got +want):\n%s", path, diff)
		}
	}
	committed, err := filepath.Glob("generated/*")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	if diff := cmp.Diff(committed, names); diff != "" {
		t.Errorf("other files than the generated ones (-there +generated):\n%s", diff)
	}
}
