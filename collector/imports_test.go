package collector_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/model-exporter/model_exporter/"

// mayImport is the drawing in CONTRIBUTING.md: what each package may know of
// ours. Everything may import collector/catalog.
var mayImport = map[string][]string{
	"cmd/model_exporter":                        {"collector", "collector/config", "collector/profile", "collector/simulate", "collector/validate", "dashboards", "rules", "rules/alertmanager"},
	"dashboards":                                {"rules"},
	"rules":                                     {},
	"collector":                                 {"collector/config", "collector/internal/*"},
	"collector/catalog":                         {},
	"collector/config":                          {},
	"collector/profile":                         {"collector/config", "collector/internal/baseline", "collector/internal/decode", "collector/internal/event", "collector/internal/quality", "collector/internal/source", "collector/internal/source/*"},
	"collector/simulate":                        {},
	"collector/validate":                        {"collector/config", "collector/internal/*"},
	"collector/internal/event":                  {},
	"collector/internal/decode":                 {"collector/config", "collector/internal/event"},
	"collector/internal/source":                 {"collector/internal/event"},
	"collector/internal/source/file":            {"collector/config", "collector/internal/decode", "collector/internal/event", "collector/internal/source"},
	"collector/internal/source/feast":           {"collector/config", "collector/internal/event", "collector/internal/source", "collector/internal/source/parquet"},
	"collector/internal/source/feast/feasttest": {},
	"collector/internal/source/feast/online":    {"collector/config", "collector/internal/event"},
	"collector/internal/source/feast/testrepo":  {"collector/internal/source/feast/feasttest"},
	"collector/internal/source/parquet":         {"collector/config", "collector/internal/decode", "collector/internal/event", "collector/internal/source"},
	"collector/internal/source/sql":             {"collector/config", "collector/internal/decode", "collector/internal/event", "collector/internal/source"},
	"collector/internal/source/stdin":           {"collector/config", "collector/internal/decode", "collector/internal/event", "collector/internal/source"},
	"collector/internal/sketch":                 {"collector/internal/event"},
	"collector/internal/window":                 {},
	"collector/internal/quality":                {"collector/internal/event"},
	"collector/internal/drift":                  {},
	"collector/internal/joint":                  {},
	"collector/internal/join":                   {"collector/internal/event"},
	"collector/internal/perf":                   {},
	"collector/internal/store":                  {},
	"collector/internal/baseline":               {"collector/internal/drift", "collector/internal/joint", "collector/internal/perf", "collector/internal/event", "collector/internal/sketch"},
	"collector/internal/model":                  {"collector/config", "collector/internal/baseline", "collector/internal/drift", "collector/internal/event", "collector/internal/join", "collector/internal/joint", "collector/internal/perf", "collector/internal/quality", "collector/internal/sketch", "collector/internal/snapshot", "collector/internal/window"},
	"collector/internal/evaluate":               {"collector/config", "collector/internal/baseline", "collector/internal/drift", "collector/internal/joint", "collector/internal/model", "collector/internal/perf", "collector/internal/sketch", "collector/internal/snapshot"},
	"collector/internal/snapshot":               {},
	"collector/internal/page":                   {},
	"rules/alertmanager":                        {},
	"mixin":                                     {"dashboards", "rules"},
	"examples":                                  {},
}

// TestImportsPointDownwards keeps the packages as CONTRIBUTING.md draws them.
func TestImportsPointDownwards(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, ok := mayImport[name]
		if !ok {
			t.Errorf("package %s is not in the drawing; say what it may import", name)
			continue
		}
		for _, i := range p.Imports {
			other, ours := strings.CutPrefix(i, module)
			if ours && other != "collector/catalog" && !slices.ContainsFunc(allowed, func(a string) bool { return matches(a, other) }) {
				t.Errorf("%s imports %s, which is not below it", name, other)
			}
		}
	}
}

func matches(pattern, name string) bool {
	if folder, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(name, folder)
	}
	return pattern == name
}
