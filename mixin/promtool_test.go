package mixin

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPromtool lets Prometheus' own tool read the rules, with the usual settings and
// with those of each row of the table: queries in annotations are templates, which a
// selector may break.
func TestPromtool(t *testing.T) {
	promtool := os.Getenv("PROMTOOL")
	if promtool == "" {
		t.Skip("PROMTOOL does not name the program; make test-rules does")
	}
	given := []string{""}
	for _, s := range settings {
		given = append(given, s.given)
	}
	arguments := []string{"check", "rules"}
	for i, g := range given {
		e, err := evaluate(t, g)
		if err != nil {
			t.Fatal(err)
		}
		text, err := encode(map[string]any{"groups": e.groups()}) // JSON is YAML
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), fmt.Sprintf("%d.yml", i))
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
		arguments = append(arguments, file)
	}
	if out, err := exec.Command(promtool, arguments...).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
