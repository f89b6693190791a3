package rules

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// TestOperatorHasTheSameRules: the PrometheusRule is the rule file, and the
// objects are named and labelled alike.
func TestOperatorHasTheSameRules(t *testing.T) {
	var text bytes.Buffer
	o := OperatorOptions{Options: Defaults(), Namespace: "monitoring", Labels: map[string]string{"release": "prometheus"}}
	if err := WriteOperator(&text, o); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]map[string]any{}
	for d := yaml.NewDecoder(&text); ; {
		var object map[string]any
		err := d.Decode(&object)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		kinds[object["kind"].(string)] = object
		want := map[string]any{"name": "model-exporter", "namespace": "monitoring", "labels": map[string]any{"release": "prometheus"}}
		if diff := cmp.Diff(object["metadata"], any(want)); diff != "" {
			t.Errorf("%s (-got +want):\n%s", object["kind"], diff)
		}
	}
	for kind, version := range map[string]string{
		"PrometheusRule": "monitoring.coreos.com/v1", "ServiceMonitor": "monitoring.coreos.com/v1", "ScrapeConfig": "monitoring.coreos.com/v1alpha1",
	} {
		if got := kinds[kind]["apiVersion"]; got != version {
			t.Errorf("%s has version %v, want %s", kind, got, version)
		}
	}
	file, err := os.ReadFile("model_exporter.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := yaml.Unmarshal(file, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(kinds["PrometheusRule"]["spec"], any(want)); diff != "" {
		t.Errorf("the rules differ (-got +want):\n%s", diff)
	}
}
