package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestCommandLinesOfExamples runs each command line of examples/, of systemd and of
// Kubernetes, with paths that do not exist: flags are understood, and then a file is
// missing.
func TestCommandLinesOfExamples(t *testing.T) {
	lines := map[string][]string{}
	unit, err := os.ReadFile("../../examples/systemd/model_exporter.service")
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`(?m)^ExecStart=\S+ (.*)$`).FindStringSubmatch(string(unit))
	lines["systemd"] = strings.Fields(start[1])
	files, err := filepath.Glob("../../examples/kubernetes/*/deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Spec struct {
				Template struct {
					Spec struct {
						Containers []struct {
							Name string
							Args []string
						}
					}
				}
			}
		}
		if err := yaml.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		for _, c := range d.Spec.Template.Spec.Containers {
			lines[f+" "+c.Name] = c.Args
		}
	}
	if len(lines) != 4 {
		t.Errorf("%d command lines, not 4", len(lines))
	}
	paths := regexp.MustCompile(`=(/|\$\{)`)
	missing := filepath.Join(t.TempDir(), "missing") + "/"
	for name, args := range lines {
		for i, a := range args {
			args[i] = paths.ReplaceAllString(a, "="+missing+"$1")
		}
		var stdout, stderr bytes.Buffer
		if status := run(args, &stdout, &stderr); status == 0 || !strings.Contains(stderr.String(), missing) {
			t.Errorf("%s: %q ended with %d: %s", name, args, status, stderr.String())
		}
	}
}
