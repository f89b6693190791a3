package model

import (
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestHorizonTakenAway: predictions of a model that waits for no labels any more
// are let go of.
func TestHorizonTakenAway(t *testing.T) {
	j := newJudged(t)
	j.Apply(0, j.teller.batch([]told{{model: "binary", id: "a", at: noon, class: "1"}, {model: "regression", id: "a", at: noon, class: 1.}}), noon.UnixNano())
	j.Inherit(j.reload(t, 8))
	j.Tick(noon.Add(time.Second).UnixNano())
	j.save()
	j.restart(t, 8)
	if binary, other := j.byName["binary"].Pending(), j.byName["regression"].Pending(); binary != 0 || other != 1 {
		t.Errorf("%d and %d predictions wait, want 0 and 1", binary, other)
	}
}

// TestLabelsMakeNoModels: labels of a model that nobody ever predicted with take
// no place among the models.
func TestLabelsMakeNoModels(t *testing.T) {
	j := newJudged(t)
	before := len(j.Models)
	j.Apply(0, j.teller.batch([]told{{kind: event.Label, model: "a", id: "x", label: "1"}, {kind: event.Outcome, model: "b", id: "x", revenue: 1.}, {model: "c", id: "x", class: "1"}}), noon.UnixNano())
	if len(j.Models) != before+1 || j.byName["c"] == nil || j.Dropped[LimitModels] != 0 {
		t.Errorf("%d models, %d dropped; want %d and 0", len(j.Models), j.Dropped[LimitModels], before+1)
	}
}
