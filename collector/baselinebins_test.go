package collector

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// TestBaselineBins: what is published of the baseline's bins, with the counters,
// is all that a distance needs. Bins are ranked where values have an order.
func TestBaselineBins(t *testing.T) {
	cfg := faultConfig()
	log := simulated(t, simulate.Options{Seed: 3, Rate: faultRate, Start: faultStart, Span: faultSpan})
	builder := baseline.NewBuilder(baseline.Options{Model: "fraud"})
	decodeAll(t, cfg, log, func(b *event.Batch) { builder.Add(b, allRows(b)) })
	base, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	served := scrapeOf(t, cfg, base, told{log: log})
	for i := range base.Features {
		c := &base.Features[i]
		own := fmt.Sprintf(`{model="fraud",model_version="1",feature="%s"`, c.Name)
		n := float64(sumOf(c.Counts))
		if got := served[catalog.BaselineValues.Name+own+"}"]; got != strconv.FormatFloat(n, 'f', -1, 64) {
			t.Errorf("the baseline of %s has %s values, want %v", c.Name, got, n)
		}
		ranks := 0
		for name := range served {
			if strings.HasPrefix(name, catalog.BaselineBinRank.Name+own) {
				ranks++
			}
		}
		if c.Kind != catalog.Numeric {
			if ranks > 0 {
				t.Errorf("%s is %s and has %d ranks", c.Name, c.Kind, ranks)
			}
			continue
		}
		if want := len(c.DecisionLabels()); ranks != want {
			t.Errorf("%s has %d ranks, want %d", c.Name, ranks, want)
		}
		// The log is its own baseline: shares times values are the live counts.
		for k, bin := range c.DecisionLabels() {
			series := own + fmt.Sprintf(`,bin="%s"}`, bin)
			share, _ := strconv.ParseFloat(served[catalog.BaselineBinRatio.Name+series], 64)
			live, _ := strconv.ParseFloat(served[catalog.FeatureBin.Name+series], 64)
			if got := served[catalog.BaselineBinRank.Name+series]; got != strconv.Itoa(k+1) {
				t.Errorf("bin %s of %s has rank %q, want %d", bin, c.Name, got, k+1)
			}
			if live == 0 || math.Abs(share*n-live) > 1e-6 {
				t.Errorf("bin %s of %s: %v of %v values, counted %v", bin, c.Name, share, n, live)
			}
		}
	}
}

func sumOf(counts []uint64) (n uint64) {
	for _, c := range counts {
		n += c
	}
	return n
}
