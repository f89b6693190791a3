package rules

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var yamlBlocks = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestReadme: what the README tells to copy into Prometheus is accepted there,
// and its queries name what exists.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	all := known()
	for _, block := range promqlBlocks.FindAllStringSubmatch(string(text), -1) {
		e, err := promql.ParseExpr(block[1])
		if err != nil {
			t.Errorf("%s: %v", block[1], err)
			continue
		}
		for _, u := range undeclared(e, all) {
			t.Errorf("%s: nobody declares %s", block[1], u)
		}
	}
	promtool := findPromtool(t)
	checked := 0
	for _, block := range yamlBlocks.FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(block[1], "rule_files:") {
			continue
		}
		checked++
		dir := t.TempDir()
		bundle, err := os.ReadFile("model_exporter.rules.yml")
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{"prometheus.yml": []byte(block[1]), "model_exporter.rules.yml": bundle} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if out, err := exec.Command(promtool, "check", "config", filepath.Join(dir, "prometheus.yml")).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	if checked == 0 {
		t.Error("the README does not say how to load the rules")
	}
}
