package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadmeRules runs every "model_exporter rules" of the README.
func TestReadmeRules(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ran := 0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "model_exporter rules") {
			continue
		}
		ran++
		var stdout, stderr strings.Builder
		args := strings.Fields(strings.ReplaceAll(line, "'", ""))
		if status := run(args[1:], &stdout, &stderr); status != 0 {
			t.Errorf("%sexits with %d: %s", line, status, stderr.String())
		}
	}
	if ran == 0 {
		t.Error("the README does not say how to write rules")
	}
}
