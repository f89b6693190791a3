package rules

import (
	"fmt"
	"strings"
	"time"
)

// alerts are the alerting groups. Symptoms page (P0); causes are for the day (P1)
// or the backlog (P2).
func alerts() []alertGroup {
	return []alertGroup{
		{"service", []alert{predictionsAbsent, trafficAnomaly}},
		{"objectives", []alert{errorBudget, latencyBudget}},
		{"business", []alert{kpiDropped}},
		{"performance", []alert{performanceDegraded, estimatedDegraded, calibrationDegraded, fairnessViolated, challengerBetter}},
		{"drift", []alert{featureDrift, outputDrift, multivariateDrift}},
		{"quality", []alert{featureViolations, schemaChanged}},
		{"life", []alert{labelsLate, modelStale, baselineMissing, tableStale}},
		{"exporter", []alert{exporterDown, sourceStalled, rejectingEvents, storeDown, seriesDropped}},
	}
}

// Dashboards, by what an alert needs next. Uids are fixed.
const (
	modelDashboard     = "model-exporter-model?var-model={{ $labels.model | urlquery }}&var-model_version={{ $labels.model_version | urlquery }}"
	allVersions        = "model-exporter-model?var-model={{ $labels.model | urlquery }}"
	operationDashboard = "model-exporter-operations?var-model={{ $labels.model | urlquery }}"
	businessDashboard  = "model-exporter-business?var-model={{ $labels.model | urlquery }}"
	tableDashboard     = "model-exporter-tables?var-model={{ $labels.model | urlquery }}"
	exporterDashboard  = `model-exporter-exporter?var-instance={{ or $labels.instance "$__all" | urlquery }}`
)

// thisVersion begins descriptions of alerts about a version.
const thisVersion = "Model {{ $labels.model }}, version {{ $labels.model_version }}: "

// versionMatchers select the alert's model version in a look-up.
const versionMatchers = `model="$labels.model",model_version="$labels.model_version"`

// unlessSilenced drops models whose silence a loss explains, which ModelExporterDown,
// ModelExporterSourceStalled and ModelExporterStoreDown tell of.
func unlessSilenced(expr string) string {
	return "(" + expr + ") unless on (model) model:model_exporter_silenced:max"
}

// unlessBlind drops models of which some is out of sight at the moment.
func unlessBlind(expr string) string {
	return "(" + expr + ") unless on (model) model:model_exporter_blind:max"
}

// unlessBlindIn drops models of which some was out of sight at some time in a window:
// a total over it is too low, or has what was read late in it. What was lost after a
// return is not known, so the whole window must have been seen.
func unlessBlindIn(window, expr string) string {
	return "(" + expr + ") unless on (model) max_over_time(model:model_exporter_blind:max[" + window + "])"
}

// worst lists the three largest results of a query, each by the template item,
// which calls the sample $f.
func worst(query, item string) string {
	return `{{ range $i, $f := <<sort_desc(topk(3, ` + query + `))>> }}{{ if $i }}, {{ end }}` + item + `{{ end }}`
}

// value is the first result of a query as text, by a template pipeline.
func value(query, format string) string {
	return `{{ with <<` + query + `>> }}{{ . | first | value | ` + format + ` }}{{ end }}`
}

const (
	short   = `printf "%.3g"`
	percent = `humanizePercentage`
)

// aboveThresholds are the conditions of an alert about values that exceed the
// threshold series of a priority: the number of features, or what else it is, for models without a more
// urgent case.
func aboveThresholds(what, series string, wait, keep time.Duration, description string) []alertCase {
	var cases []alertCase
	for i, p := range priorities {
		expr := fmt.Sprintf(`count by (model, model_version) (group by (model, model_version, %s) (%s{priority="%s"}))`, what, series, p)
		if i > 0 {
			var urgent []string
			for _, u := range priorities[:i] {
				urgent = append(urgent, string(u))
			}
			expr += fmt.Sprintf(` unless on (model, model_version) %s{priority=~"%s"}`, series, strings.Join(urgent, "|"))
		}
		cases = append(cases, alertCase{
			priority: p, scope: thresholds, wait: wait, keep: keep, expr: expr,
			description: strings.ReplaceAll(description, "PRIORITY", string(p)),
		})
	}
	return cases
}
