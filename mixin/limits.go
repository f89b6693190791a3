package mixin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/model-exporter/model_exporter/rules"
)

// limit is a number in the alerts that _config.modelExporter.limits may change.
// What differs between models is no limit: those thresholds are series, and the
// exporter's configuration sets them.
type limit struct {
	name, alert string
	number      string // as the expressions have it
	times       int    // how often, in all rules of the alert
	said        []said
}

// said is where an annotation says the number. The text has it as # or, as a
// percentage, as #%.
type said struct{ annotation, text, number string }

var limits = []limit{
	{"sourceLagSeconds", "ModelExporterSourceStalled", "600", 1, nil},
	{"checkpointAgeSeconds", "ModelExporterStoreDown", "900", 1, nil},
	{"rejectedRatio", "ModelExporterRejectingEvents", "0.01", 1, []said{
		{"description", "; #% is the threshold", "1"},
	}},
	{"trainingAgeDays", "ModelStale", "90", 1, []said{
		{"description", "the limit is # days", "90"},
		{"summary", "older than # days", "90"},
	}},
	{"calibrationError", "ModelCalibrationDegraded", "0.05", 1, []said{
		{"description", "the threshold is #.", "0.05"},
	}},
	{"labelCoverageRatio", "ModelLabelsLate", "0.8", 1, nil},
	{"trafficDropRatio", "ModelTrafficAnomaly", "0.5", 6, nil},
	{"trafficSurgeRatio", "ModelTrafficAnomaly", "4", 4, nil},
	{"kpiDropRatio1h", "ModelKPIDropped", "0.4", 3, nil},
	{"kpiDropRatio6h", "ModelKPIDropped", "0.2", 2, nil},
	{"driftedFeaturesRatio", "ModelFeatureDrift", "1 / 3", 3, nil},
}

func limitNames() []string {
	var names []string
	for _, l := range limits {
		names = append(names, l.name)
	}
	slices.Sort(names)
	return names
}

// limitCounts are how often each limit was found, by its name.
type limitCounts map[string]int

// check fails where a rule no longer has the number that a limit is about.
func (found limitCounts) check() error {
	for _, l := range limits {
		if found[l.name] != l.times {
			return fmt.Errorf("limit %s is %d times in %s, not %d", l.name, found[l.name], l.alert, l.times)
		}
		for _, s := range l.said {
			if found[l.name+s.annotation] == 0 {
				return fmt.Errorf("limit %s is not in the %s of %s", l.name, s.annotation, l.alert)
			}
		}
	}
	return nil
}

// inExpr replaces an expression of numbers that is a limit of the alert.
func (found limitCounts) inExpr(alert string, e parser.Expr) []edit {
	for _, l := range limits {
		if l.alert == alert && e.String() == l.number {
			found[l.name]++
			at := e.PositionRange()
			return []edit{{int(at.Start), int(at.End), "<<limits." + l.name + ">>"}}
		}
	}
	return nil
}

// inWords replaces what annotations say of limits.
func (found limitCounts) inWords(r *rules.Rule) {
	for _, l := range limits {
		if l.alert != r.Alert {
			continue
		}
		for _, s := range l.said {
			name := "<<limits." + l.name + ">>"
			marked := strings.ReplaceAll(s.text, "#", name)
			if strings.Contains(s.text, "#%") {
				marked = strings.ReplaceAll(s.text, "#%", "<<percent."+l.name+">>")
			}
			old := r.Annotations[s.annotation]
			r.Annotations[s.annotation] = strings.ReplaceAll(old, strings.ReplaceAll(s.text, "#", s.number), marked)
			if r.Annotations[s.annotation] != old {
				found[l.name+s.annotation]++
			}
		}
	}
}
