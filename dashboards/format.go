package dashboards

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/rules"
)

// Format is how dashboards are written.
type Format string

// The formats.
const (
	Grafana  Format = "grafana"  // files for provisioning
	Import   Format = "import"   // files for Grafana's import page, which asks for the data source
	Operator Format = "operator" // ConfigMaps for a sidecar of Grafana, such as its Helm chart has
)

// Object is what ConfigMaps have besides, for the format operator.
type Object struct {
	Namespace string
	Labels    map[string]string // besides grafana_dashboard: "1"
}

// Check says why Grafana's sidecar or Kubernetes would refuse such ConfigMaps.
func (o Object) Check() error {
	if _, ok := o.Labels[sidecarLabel]; ok {
		return fmt.Errorf("label %q: the sidecar finds the ConfigMaps by it", sidecarLabel)
	}
	return rules.CheckObject(o.Namespace, o.Labels)
}

// sidecarLabel is what Grafana's sidecar looks for.
const sidecarLabel = "grafana_dashboard"

// Write writes every dashboard to a file of its own in the folder.
func Write(dir string, f Format, o Options, object Object) error {
	all, err := All(o)
	if err != nil {
		return err
	}
	if err := object.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, d := range all {
		name, text := d.File, d.JSON
		switch f {
		case Import:
			text, err = importable(d)
		case Operator:
			name = strings.TrimSuffix(name, ".json") + ".yml"
			text, err = configMap(d, object)
		}
		if err != nil {
			return fmt.Errorf("dashboard %s: %w", d.UID, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// grafanaVersion is the oldest that the dashboards are for: the first with all of
// their panels and properties.
const grafanaVersion = "10.0.0"

// importable adds an input for the data source, which the variable begins with, and
// what has to be installed. Files for provisioning must not have them: Grafana does
// not fill them in there.
func importable(d Dashboard) ([]byte, error) {
	const input = "DS_PROMETHEUS"
	var tree map[string]any
	if err := json.Unmarshal(d.JSON, &tree); err != nil {
		return nil, err
	}
	tree["__inputs"] = []any{map[string]any{
		"name": input, "label": "Prometheus", "description": "The data source with the exporter's metrics",
		"type": "datasource", "pluginId": "prometheus", "pluginName": "Prometheus",
	}}
	requires := []any{
		map[string]any{"type": "grafana", "id": "grafana", "name": "Grafana", "version": grafanaVersion},
		map[string]any{"type": "datasource", "id": "prometheus", "name": "Prometheus", "version": "1.0.0"},
	}
	for _, plugin := range kinds(tree["panels"]) {
		requires = append(requires, map[string]any{"type": "panel", "id": plugin, "name": plugin, "version": ""})
	}
	tree["__requires"] = requires
	for _, v := range tree["templating"].(map[string]any)["list"].([]any) {
		if v := v.(map[string]any); v["type"] == "datasource" {
			v["current"] = map[string]any{"text": "${" + input + "}", "value": "${" + input + "}"}
		}
	}
	return encode(tree)
}

// kinds lists the types of panels, sorted.
func kinds(panels any) []string {
	var types []string
	for _, p := range panels.([]any) {
		p := p.(map[string]any)
		if p["type"] != "row" {
			types = append(types, p["type"].(string))
		} else if inner, ok := p["panels"]; ok {
			types = append(types, kinds(inner)...)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// configMap is the dashboard as an object of Kubernetes.
func configMap(d Dashboard, o Object) ([]byte, error) {
	type metadata struct {
		Name      string            `yaml:"name"`
		Namespace string            `yaml:"namespace,omitempty"`
		Labels    map[string]string `yaml:"labels"`
	}
	labels := map[string]string{sidecarLabel: "1"}
	for name, value := range o.Labels {
		labels[name] = value
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	err := e.Encode(struct {
		APIVersion string            `yaml:"apiVersion"`
		Kind       string            `yaml:"kind"`
		Metadata   metadata          `yaml:"metadata"`
		Data       map[string]string `yaml:"data"`
	}{"v1", "ConfigMap", metadata{d.UID, o.Namespace, labels}, map[string]string{d.File: string(d.JSON)}})
	if err != nil {
		return nil, err
	}
	return out.Bytes(), e.Close()
}
