package rules

import (
	"bytes"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:generate go test -run ^TestGenerated$ . -update

var update = flag.Bool("update", false, "rewrite the generated files")

// TestGenerated holds the committed bundle against the Go values.
func TestGenerated(t *testing.T) {
	for path, write := range map[string]func(io.Writer) error{
		"model_exporter.rules.yml": func(w io.Writer) error { return WritePrometheus(w, Defaults()) },
		"operator.yml":             func(w io.Writer) error { return WriteOperator(w, OperatorOptions{Options: Defaults()}) },
	} {
		var want bytes.Buffer
		if err := write(&want); err != nil {
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
}
