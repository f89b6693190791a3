package mixin

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/dashboards"
	"github.com/model-exporter/model_exporter/rules"
)

// TestDefaultsAreWhatGoWrites: no character differs.
func TestDefaultsAreWhatGoWrites(t *testing.T) {
	got, err := evaluate(t, "")
	if err != nil {
		t.Fatal(err)
	}
	want, err := rules.Groups(rules.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.groups(), want); diff != "" {
		t.Errorf("(-mixin +Go):\n%s", diff)
	}
	boards, err := dashboards.All(dashboards.Defaults())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Dashboards) != len(boards) {
		t.Errorf("%d dashboards, not %d", len(got.Dashboards), len(boards))
	}
	for _, d := range boards {
		text, err := encode(got.Dashboards[d.File])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(text), string(d.JSON)); diff != "" {
			t.Errorf("%s (-mixin +Go):\n%s", d.File, diff)
		}
	}
}
