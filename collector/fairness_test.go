package collector

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/simulate"
)

// TestFairnessIsDeclared: limits are published of the segments that are declared
// under fairness alone, and each gap beside what chance does not explain of it.
func TestFairnessIsDeclared(t *testing.T) {
	cfg := faultConfig()
	m := &cfg.Models[0]
	m.Task, m.PositiveClass = catalog.Binary, "1"
	m.Segments, m.Fairness = []string{"country", "device"}, []string{"country"}
	o := simulate.Options{Seed: 5, Rate: faultRate, Start: faultStart, Span: faultSpan, Labels: true}
	builder := baseline.NewBuilder(baseline.Options{Model: "fraud", Task: catalog.Binary, PositiveClass: "1"})
	log := simulated(t, o)
	decodeAll(t, cfg, log, func(b *event.Batch) { builder.Add(b, allRows(b)) })
	base, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	served := scrapeOf(t, cfg, base, told{log: log})
	for name := range served {
		if strings.HasPrefix(name, catalog.FairnessThreshold.Name) && !strings.Contains(name, `segment="country"`) {
			t.Errorf("%s is published, only country is declared", name)
		}
	}
	read := func(f catalog.Family, segment string, metric catalog.Fairness, more string) float64 {
		t.Helper()
		name := fmt.Sprintf(`%s{model="fraud",model_version="1",segment="%s",metric="%s",%s}`, f.Name, segment, metric, more)
		x, err := strconv.ParseFloat(served[name], 64)
		if err != nil {
			t.Errorf("%s is %q", name, served[name])
		}
		return x
	}
	for metric, limit := range map[catalog.Fairness]float64{
		catalog.DemographicParityDifference: 0.1, catalog.EqualOpportunityDifference: 0.1, catalog.DisparateImpactRatio: 0.8,
	} {
		if x := read(catalog.FairnessThreshold, "country", metric, `priority="P1"`); x != limit {
			t.Errorf("the limit of %s is %v, want %v", metric, x, limit)
		}
	}
	for _, segment := range m.Segments {
		const hour = `window="1h"`
		gap := read(catalog.FairnessGap, segment, catalog.DemographicParityDifference, hour)
		if x := read(catalog.FairnessFavourable, segment, catalog.DemographicParityDifference, hour); x < 0 || x >= gap {
			t.Errorf("%s differs by %v, favourably by %v", segment, gap, x)
		}
		ratio := read(catalog.FairnessGap, segment, catalog.DisparateImpactRatio, hour)
		if x := read(catalog.FairnessFavourable, segment, catalog.DisparateImpactRatio, hour); x > 1 || x <= ratio {
			t.Errorf("%s has a ratio of %v, favourably of %v", segment, ratio, x)
		}
	}
}
