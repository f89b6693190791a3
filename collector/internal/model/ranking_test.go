package model

import (
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestLabelsOfItemsThatAreNone change nothing, whether they come before the request
// or after it.
func TestLabelsOfItemsThatAreNone(t *testing.T) {
	s := labelled(t, catalog.Ranking)
	var m teller
	label := told{kind: event.Label, id: "r#4096", at: noon, label: 1.0}
	for _, e := range []told{label, {id: "r#0", at: noon, version: "1", score: .5}, label} {
		s.Apply(0, m.batch([]told{e}), noon.UnixNano())
	}
	v := s.Models[0].Versions[0]
	sum := v.JoinedSums()
	v.Joined(0, sum)
	if v.Labels != 0 || sum.All.Labels() != 0 || sum.All.Predictions() != 1 {
		t.Errorf("%d labels, %d in the window of %d requests; want 0, 0 and 1", v.Labels, sum.All.Labels(), sum.All.Predictions())
	}
}
