package collector

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// samples are what a scrape finds, by metric name.
type samples map[string]*dto.MetricFamily

// collect publishes shards and scrapes them as Prometheus would.
func collect(t testing.TB, shards []*snapshot.Shard) samples {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(textOf(t, shards)))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// textOf is what a scrape of the shards reads.
func textOf(t testing.TB, shards []*snapshot.Shard) []byte {
	t.Helper()
	var p snapshot.Publisher
	p.Publish(shards)
	w := httptest.NewRecorder()
	p.Handler(prometheus.NewRegistry()).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.Bytes()
}

// find returns the value of every series of a family with the given labels.
func (s samples) find(f *catalog.Family, labels map[string]string) []float64 {
	var values []float64
	for _, m := range s[f.Name].GetMetric() {
		if has(m, labels) {
			values = append(values, m.GetCounter().GetValue()+m.GetGauge().GetValue())
		}
	}
	return values
}

// one returns the value of the only series of a family with the given labels.
func (s samples) one(t testing.TB, f *catalog.Family, labels map[string]string) float64 {
	t.Helper()
	values := s.find(f, labels)
	if len(values) != 1 {
		t.Fatalf("%d series of %s with %v, want one", len(values), f.Name, labels)
	}
	return values[0]
}

func has(m *dto.Metric, labels map[string]string) bool {
	n := 0
	for _, l := range m.GetLabel() {
		if want, ok := labels[l.GetName()]; ok {
			if l.GetValue() != want {
				return false
			}
			n++
		}
	}
	return n == len(labels)
}
