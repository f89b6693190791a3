package alertmanager_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/rules/alertmanager"
)

var update = flag.Bool("update", false, "rewrite the generated files")

// TestGenerated compares what is written for routing.yml and for the files in
// testdata. The module tools/ loads the results with Alertmanager's own packages.
func TestGenerated(t *testing.T) {
	generated(t, "routing.yml", "alertmanager.yml", (*alertmanager.Config).Write)
	generated(t, "routing.yml", "fragment.yml", (*alertmanager.Config).WriteFragment)
	files, err := filepath.Glob("testdata/*.good.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, error %v", files, err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, ".good.yml")
		generated(t, f, name+".golden.yml", (*alertmanager.Config).Write)
		generated(t, f, name+".fragment.yml", (*alertmanager.Config).WriteFragment)
	}
}

func generated(t *testing.T, from, to string, write func(*alertmanager.Config, io.Writer) error) {
	t.Helper()
	c, err := alertmanager.Load(from)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := write(c, &got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(to, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Errorf("%s is not current; run make generate (-file +generated):\n%s", to, d)
	}
}
