package collector

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// valuesOf returns the published values of a family, by series without the family's
// name.
func valuesOf(t *testing.T, series map[string]string, f *catalog.Family) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for name, text := range series {
		if labels, ok := strings.CutPrefix(name, f.Name+"{"); ok {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			found[labels] = x
		}
	}
	if len(found) == 0 {
		t.Fatalf("there is no %s", f.Name)
	}
	return found
}

// scrapeOfFault returns what is published of a log with a fault, or without.
func scrapeOfFault(t *testing.T, cfg *config.Config, base *baseline.File, seed uint64, fault string) map[string]string {
	t.Helper()
	o := simulate.Options{Seed: seed, Rate: faultRate, Start: faultStart, Span: faultSpan}
	if fault != "" {
		f, err := simulate.ParseFault(fault)
		if err != nil {
			t.Fatal(err)
		}
		o.Faults = []simulate.Fault{f}
	}
	return scrapeOf(t, cfg, base, simulatedTruth(t, o))
}

// TestMisjoinIsSeenOnlyTogether: rows with the history of other rows. No feature by
// itself is beyond chance and threshold, all of them together are.
func TestMisjoinIsSeenOnlyTogether(t *testing.T) {
	cfg := faultConfig()
	base := faultBaseline(t, cfg)
	const threshold = 0.2
	for seed := uint64(20); seed < 24; seed++ {
		quiet := scrapeOfFault(t, cfg, base, seed, "")
		broken := scrapeOfFault(t, cfg, base, seed, "misjoin")
		critical := valuesOf(t, broken, &catalog.MultivariateDriftCritical)
		for window, x := range valuesOf(t, broken, &catalog.MultivariateDrift) {
			if x < threshold || x < critical[window] {
				t.Errorf("seed %d: %v, limit %v in %s", seed, x, critical[window], window)
			}
			if was := valuesOf(t, quiet, &catalog.MultivariateDrift)[window]; was > 0.06 {
				t.Errorf("seed %d: %v without the fault in %s", seed, was, window)
			}
		}
		for window, x := range valuesOf(t, broken, &catalog.DriftedFeatures) {
			if x != 0 {
				t.Errorf("seed %d: %v of the features drifted in %s", seed, x, window)
			}
		}
	}
}

// TestMultivariateDriftIsAbsent: with few events, and with a baseline of an earlier
// version.
func TestMultivariateDriftIsAbsent(t *testing.T) {
	cfg := faultConfig()
	base := faultBaseline(t, cfg)
	few := simulate.Options{Seed: 1, Rate: faultRate, Start: faultStart.Add(faultSpan - 20*time.Second), Span: 20 * time.Second}
	earlier := *base
	earlier.Multivariate = nil
	for name, series := range map[string]map[string]string{
		"few events":  scrapeOf(t, cfg, base, simulatedTruth(t, few)),
		"no baseline": scrapeOfFault(t, cfg, &earlier, 1, ""),
	} {
		for s := range series {
			if strings.HasPrefix(s, catalog.MultivariateDrift.Name+"{") || strings.HasPrefix(s, catalog.MultivariateDriftCritical.Name+"{") {
				t.Errorf("%s: there is %s", name, s)
			}
		}
	}
}
