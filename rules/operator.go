package rules

import (
	"fmt"
	"io"
	"regexp"
)

// OperatorOptions are what the objects of prometheus-operator need besides.
type OperatorOptions struct {
	Options
	Namespace string
	Labels    map[string]string // the operator selects objects by them
}

// WriteOperator writes the bundle as objects of prometheus-operator: a
// PrometheusRule, a ServiceMonitor for an exporter that is a service of the
// cluster, and a ScrapeConfig for one outside of it.
func WriteOperator(w io.Writer, o OperatorOptions) error {
	groups, err := Groups(o.Options)
	if err != nil {
		return err
	}
	if err := CheckObject(o.Namespace, o.Labels); err != nil {
		return err
	}
	meta := metadata{Name: "model-exporter", Namespace: o.Namespace, Labels: o.Labels}
	return writeYAML(w,
		object[ruleFile]{"monitoring.coreos.com/v1", "PrometheusRule", meta, ruleFile{groups}},
		object[serviceMonitor]{"monitoring.coreos.com/v1", "ServiceMonitor", meta, serviceMonitor{
			Selector:  selector{map[string]string{"app.kubernetes.io/name": "model-exporter"}},
			Endpoints: []endpoint{{Port: "metrics", Interval: scrapeInterval}},
		}},
		object[scrapeConfig]{"monitoring.coreos.com/v1alpha1", "ScrapeConfig", meta, scrapeConfig{
			JobName: "model_exporter", ScrapeInterval: scrapeInterval, MetricsPath: "/metrics",
			StaticConfigs: []staticConfig{{Targets: []string{"model-exporter.example.com:9877"}}},
		}})
}

// What Kubernetes lets be a namespace, and the name and value of a label.
var (
	legalNamespace = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	legalName      = regexp.MustCompile(`^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$`)
	legalValue     = regexp.MustCompile(`^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$`)
)

// CheckObject says why Kubernetes would refuse an object in a namespace, which may be
// empty, with labels.
func CheckObject(namespace string, labels map[string]string) error {
	if namespace != "" && !legalNamespace.MatchString(namespace) {
		return fmt.Errorf("namespace %q: write at most 63 small letters, digits and dashes", namespace)
	}
	for name, value := range labels {
		if !legalName.MatchString(name) || !legalValue.MatchString(value) {
			return fmt.Errorf("label %s=%s: write at most 63 letters, digits, dashes, dots and underscores on either side", name, value)
		}
	}
	return nil
}

const scrapeInterval = "15s"

// The objects, as far as they are written here. Fields are those of the
// operator's API of 0.95.
type (
	object[T any] struct {
		APIVersion string   `yaml:"apiVersion"`
		Kind       string   `yaml:"kind"`
		Metadata   metadata `yaml:"metadata"`
		Spec       T        `yaml:"spec"`
	}
	metadata struct {
		Name      string            `yaml:"name"`
		Namespace string            `yaml:"namespace,omitempty"`
		Labels    map[string]string `yaml:"labels,omitempty"`
	}
	serviceMonitor struct {
		Selector  selector   `yaml:"selector"`
		Endpoints []endpoint `yaml:"endpoints"`
	}
	selector struct {
		MatchLabels map[string]string `yaml:"matchLabels"`
	}
	endpoint struct {
		Port     string `yaml:"port"`
		Interval string `yaml:"interval"`
	}
	scrapeConfig struct {
		JobName        string         `yaml:"jobName"`
		ScrapeInterval string         `yaml:"scrapeInterval"`
		MetricsPath    string         `yaml:"metricsPath"`
		StaticConfigs  []staticConfig `yaml:"staticConfigs"`
	}
	staticConfig struct {
		Targets []string `yaml:"targets"`
	}
)
