package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeDashboards runs every "model_exporter dashboards" of both READMEs, in an
// empty folder.
func TestReadmeDashboards(t *testing.T) {
	var lines []string
	for _, name := range []string{"../../README.md", "../../dashboards/README.md"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.HasPrefix(line, "model_exporter dashboards") {
				lines = append(lines, line)
			}
		}
	}
	if len(lines) < 5 {
		t.Errorf("the READMEs show only %d ways to write dashboards", len(lines))
	}
	dir := t.TempDir()
	t.Chdir(dir)
	for _, line := range lines {
		line = strings.ReplaceAll(strings.ReplaceAll(line, "'ML / '", "ML"), "/var/lib/", "")
		args := strings.Fields(line)
		var stdout, stderr strings.Builder
		if status := run(args[1:], &stdout, &stderr); status != 0 {
			t.Errorf("%sexits with %d: %s", line, status, stderr.String())
		}
	}
	for pattern, format := range map[string]string{
		"grafana/dashboards/model_exporter/*.json": "provisioning", "eu/*.json": "settings of one's own", "import/*.json": "import", "manifests/*.yml": "operator",
	} {
		if files, err := filepath.Glob(filepath.Join(dir, pattern)); err != nil || len(files) < 3 {
			t.Errorf("%s: %d files (%v)", format, len(files), err)
		}
	}
}

func TestDashboardsRefuses(t *testing.T) {
	for _, args := range []string{
		"dashboards",
		"dashboards --output x --format terraform",
		"dashboards --output x --namespace monitoring",
		"dashboards --output x --format import --object-label a=b",
		"dashboards --output x --selector job=unquoted",
	} {
		t.Chdir(t.TempDir())
		var stdout, stderr strings.Builder
		if status := run(strings.Fields(args), &stdout, &stderr); status != exitUsage {
			t.Errorf("%s exits with %d: %s", args, status, stderr.String())
		}
		if _, err := os.Stat("x"); err == nil {
			t.Errorf("%s wrote something", args)
		}
	}
}
