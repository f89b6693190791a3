package model

import (
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// TestPanesOfManySegmentValues: a pane that the limits of a configuration allow can
// be read back.
func TestPanesOfManySegmentValues(t *testing.T) {
	const values = 10_001 // global.limits.max_categories, and other
	o := &joinedOps{segments: 2, bins: values}
	j := o.New()
	c := &perf.Config{Task: catalog.Binary, Positive: 1, Slim: true}
	for i := range values {
		for segment := range o.segments {
			j.segment(segment, i).Predict(c, &perf.Prediction{Class: i % 2})
		}
		j.Labels[i] = 1
	}
	n := 0
	o.unpack(o.Pack(j)).each(func(int, int, *perf.State) { n++ })
	if n != 2*values {
		t.Errorf("%d segment values, want %d", n, 2*values)
	}
}
