package rules

import (
	"fmt"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// predictionsAbsent: nobody is answered. What to expect comes from last week, the
// half hours before and after this time, since many models work in batches or
// by day; where nobody was answered then either, from the week before; of younger
// models from yesterday, and in their first day from a rate that has been steady for
// most of it. All of these come to include an outage that lasts, so what fires goes on
// until there are predictions or the model is gone. Versions are added up: one that
// was replaced is no outage.
var predictionsAbsent = alert{
	name: "ModelPredictionsAbsent", component: system, dashboard: operationDashboard,
	summary: "A model that should be answering makes no predictions.",
	cases: []alertCase{{
		priority: catalog.P0, scope: byModel, wait: 5 * time.Minute, keep: 5 * time.Minute,
		expr: unlessSilenced(`
			(
				(
					(
						min_over_time(model:ml_predictions:rate5m[1h] offset 6d23h30m)
						unless on (model) max_over_time(` + alerting("ModelPredictionsAbsent", "") + `[75m] offset 6d23h15m)
					)
					or on (model) min_over_time(model:ml_predictions:rate5m[1h] offset 13d23h30m)
					or on (model) min_over_time(model:ml_predictions:rate5m[1h] offset 23h30m)
					or on (model) (
						quantile_over_time(0.5, model:ml_predictions:rate5m[1d] offset 15m)
						and on (model) last_over_time(model:ml_predictions:rate5m[1d] offset 1h)
					)
				) > 0.02
				or on (model) ` + still("ModelPredictionsAbsent", "") + `
			)
			and on (model) last_over_time(model:ml_predictions:rate5m[1d])
			unless on (model) (sum by (model) (increase(ml_predictions_total[10m])) > 0)`),
		description: `Model {{ $labels.model }} {{ if gt $value 0.0 }}has made no prediction for 15 minutes; at this time {{ $value | printf "%.3g" }} per second are usual.{{ else }}still makes no predictions.{{ end }}`,
	}},
}

// alerting selects an alert while it fires, by more matchers if there are any.
func alerting(alert, matchers string) string {
	return `ALERTS{alertname="` + alert + `",alertstate="firing"` + matchers + `}`
}

// still is 0 for the models of an alert that fired until now.
func still(alert, matchers string) string {
	return `0 * max by (model) (max_over_time(` + alerting(alert, matchers) + `[15m]))`
}

// trafficAnomaly compares the last hour with the same hour last week and, for a second
// opinion, with another time: last week may have been the unusual one. For a drop that
// is the same hour of the week before, of younger models of yesterday, or the six hours
// before; and once it fires it goes on until traffic is half of last week's again, since
// who is told of it may be asleep. A surge must be one against the six hours before:
// what rose for good is no news for a week.
var trafficAnomaly = alert{
	name: "ModelTrafficAnomaly", component: system, dashboard: operationDashboard,
	summary: "A model gets far less or far more traffic than usual at this time.",
	cases: []alertCase{
		traffic("drop", "<", 0.5, "fallen to", `
			(
				%[1]s < on (model) 0.5 * ((%[1]s offset 2w or on (model) %[1]s offset 1d) >= 100)
				or on (model) %[1]s < on (model) 0.5 * (avg_over_time(%[1]s[6h] offset 1h) >= 100)
				or on (model) `+still("ModelTrafficAnomaly", `,kind="drop"`)+`
			)`+untilOutageIsPast("1h")),
		traffic("surge", ">", 4, "risen to", `%[1]s > on (model) 4 * (avg_over_time(%[1]s[6h] offset 1h) >= 100)`),
	},
}

const (
	hourlyTraffic = "model:ml_predictions:increase1h"
	// usualTraffic is that of the same hour last week, of younger models yesterday.
	usualTraffic = "(" + hourlyTraffic + " offset 1w or on (model) " + hourlyTraffic + " offset 1d)"
)

// traffic is an alert about an hour that is so many times last week's, where second
// agrees; that is a query about hourlyTraffic, for a Printf with that as its argument.
func traffic(direction, compare string, times float64, words, second string) alertCase {
	return alertCase{
		priority: catalog.P1, scope: byModel, wait: 15 * time.Minute, keep: 15 * time.Minute,
		labels: map[string]string{"kind": direction},
		expr: unlessBlindIn("1h", fmt.Sprintf(`%s %s on (model) %g * (%s >= 100)
			and on (model) `, hourlyTraffic, compare, times, usualTraffic)+fmt.Sprintf(second, hourlyTraffic)),
		description: `Model {{ $labels.model }}: predictions have ` + words + ` {{ $value | printf "%.0f" }} in the last hour; at this time ` +
			value(strings.ReplaceAll(usualTraffic, hourlyTraffic, hourlyTraffic+`{model="$labels.model"}`), `printf "%.0f"`) + ` are usual.`,
	}
}

// untilOutageIsPast: who was told of an outage is not told again, when predictions
// are back, of what the window lost meanwhile.
func untilOutageIsPast(window string) string {
	return ` unless on (model) max_over_time(` + alerting("ModelPredictionsAbsent", "") + `[` + window + `])`
}

var errorBudget = alert{
	name: "ModelErrorBudgetBurn", component: system, dashboard: operationDashboard,
	summary: "A model answers with so many errors that its availability objective will be missed.",
	cases: burn("availability", "ml_prediction_errors_total",
		`of predictions of model {{ $labels.model }} failed in the last WINDOW`),
}

var latencyBudget = alert{
	name: "ModelLatencyBudgetBurn", component: system, dashboard: operationDashboard,
	summary: "A model answers so slowly that its latency objective will be missed.",
	cases: burn("latency", "ml_slow_predictions_total",
		`of predictions of model {{ $labels.model }} in the last WINDOW took longer than `+
			value(`max(ml_objective_latency_seconds{model="$labels.model"})`, "humanizeDuration")),
}

// burn is the alerting of the SRE workbook on several windows: the long one says
// that it matters, the short one that it is still going on. The budget is that of
// 30 days. Ten bad predictions are the least that is worth a look. In five minutes
// of a small model chance moves the share by several points: that must not end an
// incident and begin another.
func burn(objective, bad, what string) []alertCase {
	var cases []alertCase
	for _, b := range []struct {
		speed       string
		priority    catalog.Priority
		long, short string
		rate        float64
		wait, keep  time.Duration
	}{
		{"fast", catalog.P0, "1h", "5m", 14.4, 2 * time.Minute, 15 * time.Minute},
		{"steady", catalog.P0, "6h", "30m", 6, 15 * time.Minute, 15 * time.Minute},
		{"slow", catalog.P1, "1d", "2h", 3, time.Hour, 0},
		{"creeping", catalog.P2, "3d", "6h", 1, 3 * time.Hour, 0},
	} {
		rate := func(window string) string {
			return fmt.Sprintf(`model_objective:ml_budget_burn:rate%s{objective="%s"} > %g`, window, objective, b.rate)
		}
		share := value(fmt.Sprintf(`
			max(model_objective:ml_budget_burn:rate%[1]s{objective="%[2]s",model="$labels.model"})
			* (1 - max(ml_objective_ratio{objective="%[2]s",model="$labels.model"}))`, b.long, objective), percent)
		cases = append(cases, alertCase{
			priority: b.priority, scope: byModel, wait: b.wait, keep: b.keep,
			labels: map[string]string{"kind": b.speed},
			expr: fmt.Sprintf(`%s and on (model) %s and on (model) sum by (model) (increase(%s[%s])) >= 10`,
				rate(b.long), rate(b.short), bad, b.long),
			description: share + " " + strings.ReplaceAll(what, "WINDOW", b.long) +
				`. That uses up the error budget {{ $value | printf "%.3g" }} times as fast as the objective of ` +
				value(fmt.Sprintf(`max(ml_objective_ratio{objective="%s",model="$labels.model"})`, objective), percent) + ` allows.`,
		})
	}
	return cases
}

// kpiDropped compares with the same hours last week only: revenue has a rhythm of
// its own. There must have been enough predictions then for the sum to mean
// something. Figures that should be low, such as losses, come from few and large
// outcomes: of them it takes twice as much over six hours, and nobody is woken.
var kpiDropped = alert{
	name: "ModelKPIDropped", component: business, dashboard: businessDashboard,
	summary: "A business figure of a model is far worse than that of the same hours last week.",
	cases: []alertCase{
		kpiCase(catalog.P0, "1h", "1 - NOW / (THEN > 0) > 0.4 unless", "1h", "below", 1000),
		kpiCase(catalog.P1, "6h", "1 - NOW / (THEN > 0) > 0.2 unless", "6h", "below", 5000),
		kpiCase(catalog.P1, "6h", "NOW / (THEN > 0) - 1 > 1 and", "risen", "above", 5000),
	},
}

// kpiCase compares NOW, the figure of a window, with THEN, that of last week's. What
// follows says of the figure that lower is better.
func kpiCase(p catalog.Priority, window, compare, kind, direction string, volume int) alertCase {
	series := "model_kpi:ml_kpi:increase" + window
	return alertCase{
		priority: p, scope: byModel, wait: 15 * time.Minute, keep: 15 * time.Minute,
		labels: map[string]string{"kind": kind},
		expr: unlessBlindIn(window, strings.NewReplacer("NOW", series, "THEN", series+" offset 1w").Replace(compare)+fmt.Sprintf(` on (model, kpi) ml_kpi_lower_is_better
			and on (model) sum by (model) (increase(ml_predictions_total[%s] offset 1w)) >= %d`, window, volume)+untilOutageIsPast(window)),
		description: `Model {{ $labels.model }}: {{ $labels.kpi }} of the last ` + window + ` is {{ $value | humanizePercentage }} ` + direction + ` that of the same time last week: ` +
			value(series+`{model="$labels.model",kpi="$labels.kpi"}`, short) + ` now, ` +
			value(series+`{model="$labels.model",kpi="$labels.kpi"} offset 1w`, short) + ` then.`,
	}
}
