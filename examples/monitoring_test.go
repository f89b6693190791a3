package examples_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

type monitorObject struct {
	kind `yaml:",inline"`
	Spec struct {
		Selector  labelSelector `yaml:"selector"`
		Endpoints []struct {
			Port     string `yaml:"port"`
			Interval string `yaml:"interval"`
		} `yaml:"endpoints"`
	} `yaml:"spec"`
}

func loadMonitor(t *testing.T) monitorObject {
	t.Helper()
	for d := yaml.NewDecoder(strings.NewReader(string(read(t, "../rules/operator.yml")))); ; {
		var m monitorObject
		if err := d.Decode(&m); err != nil {
			t.Fatal("no ServiceMonitor: ", err)
		}
		if m.Kind == "ServiceMonitor" {
			return m
		}
	}
}

// TestMonitoring: rules and dashboards are those of their own folders.
func TestMonitoring(t *testing.T) {
	var k kustomization
	decode(t, "kubernetes/monitoring/kustomization.yaml", &k)
	if !slices.Equal(k.Resources, []string{"../../../rules", "../../../dashboards"}) {
		t.Errorf("resources %q", k.Resources)
	}
	for dir, file := range map[string]string{"../rules": "operator.yml", "../dashboards": ""} {
		var below kustomization
		decode(t, dir+"/kustomization.yaml", &below)
		if file != "" && !slices.Equal(below.Resources, []string{file}) {
			t.Errorf("%s: resources %q", dir, below.Resources)
		}
		for _, m := range below.ConfigMapGenerator {
			for _, f := range m.Files {
				if text := read(t, filepath.Join(dir, f)); len(text) > 1<<20 {
					t.Errorf("%s has %d bytes, which no ConfigMap holds", f, len(text))
				}
			}
		}
	}
}

// TestKustomize builds each with kubectl, where it exists.
func TestKustomize(t *testing.T) {
	kubectl, err := exec.LookPath("kubectl")
	if err != nil {
		t.Skip("there is no kubectl")
	}
	for dir, want := range map[string]string{
		"sidecar": "ConfigMap Deployment Service", "standalone": "ConfigMap Deployment PersistentVolumeClaim PersistentVolumeClaim Service",
		"monitoring": strings.Repeat("ConfigMap ", len(glob(t, "../dashboards/json/*.json"))) + "PrometheusRule ServiceMonitor",
	} {
		out, err := exec.Command(kubectl, "kustomize", "kubernetes/"+dir).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", dir, err, out)
			continue
		}
		var kinds []string
		for _, m := range regexp.MustCompile(`(?m)^kind: (\w+)$`).FindAllStringSubmatch(string(out), -1) {
			kinds = append(kinds, m[1])
		}
		slices.Sort(kinds)
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("%s is %s, not %s", dir, got, want)
		}
	}
}
