package rules

import "fmt"

// budgetScenarios are the same for both objectives: 600 predictions a minute, of
// which a part is bad.
var budgetScenarios = append(
	burning("ModelErrorBudgetBurn", "0.999", 0.001, "99.9%", `ml_prediction_errors_total{reason="timeout"}`,
		"of predictions of model fraud failed in the last %s."),
	burning("ModelLatencyBudgetBurn", "0.99", 0.01, "99%", `ml_slow_predictions_total{}`,
		"of predictions of model fraud in the last %s took longer than 200ms.")...)

func burning(alert, ratio string, budget float64, objective, bad, what string) []scenario {
	name := map[string]string{"ModelErrorBudgetBurn": "availability", "ModelLatencyBudgetBurn": "latency"}[alert]
	course := func(values string) []string {
		return []string{
			steady,
			`ml_objective_latency_seconds{} 0.2x*`,
			`ml_objective_ratio{objective="` + name + `"} ` + ratio + `x*`,
			bad + ` ` + values,
		}
	}
	// per is how many a minute are bad at a burn rate.
	per := func(rate float64) string { return fmt.Sprintf("%[1]g+%[1]g", 600*budget*rate) }
	// sum is how many bad ones there are after so many minutes at a burn rate of one.
	sum := func(minutes float64) string { return fmt.Sprintf("%g", 600*budget*minutes) }
	fires := func(priority, kind, share, window string, rate float64) firing {
		return firing{alert, priority, `objective="` + name + `",kind="` + kind + `"`, fmt.Sprintf("%s "+what+" That uses up the error budget %g times as fast as the objective of %s allows.",
			share, window, rate, objective)}
	}
	percent := func(rate float64) string { return fmt.Sprintf("%.4g%%", 100*budget*rate) }
	scenarios := []scenario{
		{
			name: alert + ": many for two hours", at: "78h",
			series: course("0x4560 " + per(30) + "x*"),
			fires:  []firing{fires("P0", "fast", percent(30), "1h", 30)},
		},
		{
			name: alert + ": a few for twenty hours", at: "96h",
			series: course("0x4560 " + per(4.5) + "x*"),
			fires: []firing{
				fires("P1", "slow", percent(3.75), "1d", 3.75),
				fires("P2", "creeping", percent(1.25), "3d", 1.25),
			},
		},
		{
			name: alert + " misses: ten bad minutes in each of two hours, over by now", at: "78h",
			series: course("0x4580 " + per(100) + "x9 " + sum(1000) + "x49 " + sum(1100) + "+" + sum(100) + "x9 " + sum(2000) + "x*"),
		},
	}
	if alert != "ModelErrorBudgetBurn" {
		return scenarios // the rest is the same code
	}
	return append(scenarios, []scenario{
		{
			name: alert + ": many for two hours, of a standard model", at: "78h", tier: "standard",
			series: course("0x4560 " + per(30) + "x*"),
			fires:  []firing{fires("P1", "fast", percent(30), "1h", 30)},
		},
		{
			name: alert + ": some for five hours", at: "81h",
			series: course("0x4560 " + per(12) + "x*"),
			fires:  []firing{fires("P0", "steady", percent(10), "6h", 10)},
		},
		{
			name: alert + ": very few for three days", at: "76h",
			series: course("0x240 " + per(1.5) + "x*"),
			fires:  []firing{fires("P2", "creeping", percent(1.5), "3d", 1.5)},
		},
		{
			name: alert + " misses: the objective holds, barely", at: "76h",
			series: course(per(0.95) + "x*"),
		},
		{
			name: alert + " misses: nine bad ones of ninety", at: "3h",
			series: append(course("0x90 0+0.1x*"), `ml_predictions_total{} 0+1x*`),
		},
	}...)
}

const learning = `ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="learning"}`

// noTraining takes the series of healthy away that has a baseline.
const noTraining = `ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} `

var lifeScenarios = []scenario{
	{
		name: "labels that take an hour have stopped for eight",
		at:   "38h",
		series: []string{
			steady,
			`ml_labels_total{} 0+60x1800 108000x*`,
			`ml_label_delay_seconds_bucket{le="1800"} 0x*`,
			`ml_label_delay_seconds_bucket{le="3600"} 0+60x1800 108000x*`,
			`ml_label_delay_seconds_bucket{le="+Inf"} 0+60x1800 108000x*`,
		},
		fires: []firing{{"ModelLabelsLate", "P1", `kind="stopped"`,
			"Model fraud: no label has arrived for more than three times the usual delay of 57m 0s."}},
	},
	{
		name: "labels that take an hour have stopped for three days",
		at:   "102h",
		series: []string{
			steady,
			`ml_labels_total{} 0+60x1800 108000x*`,
			`ml_label_delay_seconds_bucket{le="1800"} 0x*`,
			`ml_label_delay_seconds_bucket{le="3600"} 0+60x1800 108000x*`,
			`ml_label_delay_seconds_bucket{le="+Inf"} 0+60x1800 108000x*`,
		},
		fires: []firing{{"ModelLabelsLate", "P1", `kind="stopped"`,
			"Model fraud: no label has arrived for more than three times the usual delay of 57m 0s."}},
	},
	{
		name: "ModelLabelsLate misses: two hours without a label, where one hour is usual",
		at:   "32h",
		series: []string{
			steady,
			`ml_labels_total{} 0+60x1800 108000x*`,
			`ml_label_delay_seconds_bucket{le="1800"} 0x*`,
			`ml_label_delay_seconds_bucket{le="3600"} 0+60x1800 108000x*`,
			`ml_label_delay_seconds_bucket{le="+Inf"} 0+60x1800 108000x*`,
		},
	},
	{
		name: "ModelLabelsLate misses: no label, as there was nothing to label",
		at:   "45h",
		series: []string{
			`ml_predictions_total{} 0+0.1x*`,
			`ml_labels_total{} 0+0.1x1800 180x*`,
			`ml_label_delay_seconds_bucket{le="1800"} 0x*`,
			`ml_label_delay_seconds_bucket{le="3600"} 0+0.1x1800 180x*`,
			`ml_label_delay_seconds_bucket{le="+Inf"} 0+0.1x1800 180x*`,
			`ml_predictions_total{} 0+0.1x1800 180x*`,
		},
	},
	{
		name: "fewer labels than usual",
		at:   "32h",
		series: []string{
			steady,
			`ml_label_coverage_ratio{window="24h"} 0.9x1750 0.5x*`,
		},
		fires: []firing{{"ModelLabelsLate", "P2", version1 + `,kind="rare",window="24h"`,
			"Model fraud, version 1: only 50% of the predictions of the last 24h have a label; 90% are usual."}},
	},
	{
		name: "ModelLabelsLate misses: a tenth fewer than usual",
		at:   "32h",
		series: []string{
			steady,
			`ml_label_coverage_ratio{window="24h"} 0.9x1750 0.8x*`,
		},
	},
	{
		name: "ModelLabelsLate misses: few labels yet in the hour in which traffic rises",
		at:   "32h",
		series: []string{
			steady,
			`ml_label_coverage_ratio{window="1h"} 0.9x1750 0.5x*`,
			`ml_label_coverage_ratio{window="24h"} 0.9x1750 0.88x*`,
		},
	},
	{
		name: "a model is old",
		at:   "3h",
		series: []string{
			steady,
			`ml_model_trained_timestamp_seconds{} -8000000x*`,
		},
		fires: []firing{{"ModelStale", "P2", version1,
			"Model fraud, version 1: its training data ended 92d 17h 13m 20s ago; the limit is 90 days."}},
	},
	{
		name: "ModelStale misses: 89 days",
		at:   "3h",
		series: []string{
			steady,
			`ml_model_trained_timestamp_seconds{} -7689600x*`,
		},
	},
	{
		name: "ModelStale misses: an old version that is not used any more",
		at:   "3h",
		series: []string{
			steady,
			`ml_predictions_total{model_version="0"} 5000x*`,
			`ml_model_info{model_version="0",task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x*`,
			`ml_model_trained_timestamp_seconds{model_version="0"} -80000000x*`,
		},
	},
	{
		name: "a feature table gets no more rows",
		at:   "3h",
		series: []string{
			`ml_predictions_total{} 0+10x60 600x*`,
			`ml_last_event_timestamp_seconds{} 0+60x60 3600x*`,
			`ml_table_ttl_seconds{} 3600x*`,
		},
		fires: []firing{{"ModelFeatureTableStale", "P1", "",
			"Table fraud: the newest row is 2h 0m 0s old; 1h 0m 0s is the limit."}},
	},
	{
		name: "ModelFeatureTableStale misses: first read of years of a table, beside another source that is read",
		at:   "3h",
		series: []string{
			`ml_predictions_total{} 0+600000x*`,
			`ml_last_event_timestamp_seconds{} -100000000+86400x*`,
			`model_exporter_source_lag_seconds{source="table"} 100000000-86340x*`,
			`ml_table_ttl_seconds{} 3600x*`,
		},
	},
	{
		name: "a feature table gets rows as fast as time goes by, but of two hours ago",
		at:   "3h",
		series: []string{
			`ml_predictions_total{} 0+10x*`,
			`ml_last_event_timestamp_seconds{} -7200+60x*`,
			`ml_table_ttl_seconds{} 3600x*`,
		},
		fires: []firing{{"ModelFeatureTableStale", "P1", "",
			"Table fraud: the newest row is 2h 0m 0s old; 1h 0m 0s is the limit."}},
	},
	{
		name: "a feature table of a best effort model gets no more rows",
		at:   "3h",
		tier: "best_effort",
		series: []string{
			`ml_predictions_total{} 0+10x60 600x*`,
			`ml_last_event_timestamp_seconds{} 0+60x60 3600x*`,
			`ml_table_ttl_seconds{} 3600x*`,
		},
		fires: []firing{{"ModelFeatureTableStale", "P2", "",
			"Table fraud: the newest row is 2h 0m 0s old; 1h 0m 0s is the limit."}},
	},
	{
		name: "ModelFeatureTableStale misses: rows come once an hour",
		at:   "4h",
		series: []string{
			`ml_predictions_total{} 0x59 100x59 200x59 300x*`,
			`ml_last_event_timestamp_seconds{} 0x59 3600x59 7200x59 10800x*`,
			`ml_table_ttl_seconds{} 5400x*`,
		},
	},
	{
		name: "ModelFeatureTableStale misses: an old version of a view, another is filled",
		at:   "3h",
		series: []string{
			steady,
			`ml_last_event_timestamp_seconds{} 0+60x*`,
			`ml_last_event_timestamp_seconds{model_version="0"} 0x*`,
			`ml_table_ttl_seconds{} 3600x*`,
			`ml_table_ttl_seconds{model_version="0"} 3600x*`,
		},
	},
	{
		name: "ModelFeatureTableStale misses: the database cannot be read, which is told",
		at:   "3h",
		series: []string{
			`ml_predictions_total{} 0+10x60 600x*`,
			`ml_last_event_timestamp_seconds{} 0+60x60 3600x*`,
			`ml_table_ttl_seconds{} 3600x*`,
			`model_exporter_source_up{source="log"} 1x60 0x*`,
		},
	},
	{
		name: "a model learns its baseline for days",
		at:   "27h",
		series: []string{
			steady, noTraining,
			learning + ` 1x*`,
			`model_exporter_baseline_learned_ratio{model="fraud",model_version="1"} 0.4x*`,
		},
		fires: []firing{{"ModelBaselineMissing", "P2", version1,
			"Model fraud, version 1: there has been no baseline for more than a day. Of what it is learning one from, 40% has been seen."}},
	},
	{
		name:   "ModelBaselineMissing misses: it has learned for less than a day",
		at:     "23h",
		series: []string{steady, noTraining, learning + ` 1x*`},
	},
	{
		name:   "ModelBaselineMissing misses: it has just finished learning",
		at:     "30h",
		series: []string{steady, noTraining, learning + ` 1x1500 stale`, noTraining + `_x1501 1x*`},
	},
	{
		name: "a challenger is better",
		at:   "8h",
		series: []string{
			steady,
			`ml_version_performance_difference{challenger="2",metric="f1",window="24h"} 0.03x*`,
			`ml_version_performance_difference_lower{challenger="2",metric="f1",window="24h"} 0.01x*`,
		},
		fires: []firing{{"ModelChallengerBetter", "P2", version1 + `,challenger="2",metric="f1"`,
			"Model fraud, version 1: challenger 2 is better in f1 on the same predictions, by 0.01 or more (0.03 measured)."}},
	},
	{
		name: "ModelChallengerBetter misses: it may be chance",
		at:   "8h",
		series: []string{
			steady,
			`ml_version_performance_difference{challenger="2",metric="f1",window="24h"} 0.03x*`,
			`ml_version_performance_difference_lower{challenger="2",metric="f1",window="24h"} -0.001x*`,
		},
	},
}
