package simulate_test

import (
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// What examples/fraud declares of the simulated model must be true of it.
func TestExampleDescribesTheSimulatedModel(t *testing.T) {
	t.Setenv("FRAUD_DIR", t.TempDir())
	cfg, err := config.Load("../../examples/fraud/config.yml")
	if err != nil {
		t.Fatal(err)
	}
	known := simulate.Features()
	for _, declared := range cfg.Models[0].Features {
		i := slices.IndexFunc(known, func(f simulate.Feature) bool { return f.Name == declared.Name })
		if i < 0 {
			t.Errorf("feature %q is not simulated", declared.Name)
			continue
		}
		f := known[i]
		if declared.Range != nil && (f.Range == nil || *declared.Range != *f.Range) {
			t.Errorf("%s is declared to lie in %v", f.Name, *declared.Range)
		}
		if (declared.Importance == config.High) != f.Important {
			t.Errorf("%s is declared of %s importance, and the score leans on it: %v", f.Name, declared.Importance, f.Important)
		}
		if n := declared.MaxCategories; n > 0 && n < len(f.Categories) {
			t.Errorf("%s is declared to have at most %d categories, it has %d", f.Name, n, len(f.Categories))
		}
	}
	for _, segment := range cfg.Models[0].Segments {
		if !slices.ContainsFunc(known, func(f simulate.Feature) bool { return f.Name == segment && f.Categories != nil }) {
			t.Errorf("segment %q is no simulated category", segment)
		}
	}
}
