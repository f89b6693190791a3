package examples_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDockerfile: each instruction is one of Docker's, what is copied exists and is
// not left out, Go is new enough, and the port is the exporter's.
func TestDockerfile(t *testing.T) {
	known := []string{"FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "ENTRYPOINT"}
	ignored := strings.Fields(string(read(t, "Dockerfile.dockerignore")))
	var instructions []string
	for _, line := range strings.Split(string(read(t, "Dockerfile")), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		words := strings.Fields(line)
		instructions = append(instructions, line)
		if !slices.Contains(known, words[0]) {
			t.Errorf("%s is no instruction", words[0])
		}
		if words[0] != "COPY" || strings.HasPrefix(words[1], "--from=build") {
			continue
		}
		for _, from := range words[1 : len(words)-1] {
			if !exists("../"+from) || slices.Contains(ignored, from) {
				t.Errorf("%s: there is no %s", line, from)
			}
		}
	}
	for _, path := range []string{"cmd", "collector", "dashboards", "rules"} {
		if slices.Contains(ignored, path) {
			t.Errorf("%s is left out, and the program needs it", path)
		}
	}
	all := strings.Join(instructions, "\n")
	wanted := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(string(read(t, "../go.mod")))[1]
	for _, want := range []string{
		"FROM golang:" + wanted + "-", "CGO_ENABLED=0 go build", "./cmd/model_exporter", "EXPOSE 9877",
		"USER 65534:65534", `ENTRYPOINT ["/usr/local/bin/model_exporter"]`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in\n%s", want, all)
		}
	}
}
