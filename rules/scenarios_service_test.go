package rules

import "strings"

const absentYoung = "Model fraud has made no prediction for 15 minutes; at this time 10 per second are usual."

const absentStill = "Model fraud still makes no predictions."

// churn is a second model on the same exporter, with a source of its own.
var churn = []string{
	`ml_model_info{model="churn",task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x*`,
	`ml_predictions_total{model="churn"} 0+600x*`,
	`model_exporter_source_up{source="churn_log"} 1x*`,
	`model_exporter_source_lag_seconds{source="churn_log"} 0x*`,
}

func unreadable(source string) firing {
	return firing{"ModelExporterSourceStalled", "P1", `job="model_exporter",instance="a:9877",source="` + source + `",kind="unreadable"`,
		"Exporter a:9877 of job model_exporter cannot read source " + source + ". Its log says why."}
}

// serviceScenarios are of models in their first hours.
var serviceScenarios = []scenario{
	{
		name:   "a model of a day has been dead for another",
		at:     "51h",
		series: []string{`ml_predictions_total{} 0+600x1560 936000x*`},
		fires:  []firing{{"ModelPredictionsAbsent", "P0", "", absentStill}},
	},
	{
		name:   "a model died in its first hours, and ten hours later it is still dead",
		at:     "13h",
		series: []string{`ml_predictions_total{} 0+600x180 108000x*`},
		fires:  []firing{{"ModelPredictionsAbsent", "P0", "", absentStill}},
	},
	{
		name:   "a model stops",
		at:     "2h22m",
		series: []string{`ml_predictions_total{} 0+600x120 72000x*`},
		fires:  []firing{{"ModelPredictionsAbsent", "P0", "", absentYoung}},
	},
	{
		name:   "a standard model stops",
		at:     "2h22m",
		tier:   "standard",
		series: []string{`ml_predictions_total{} 0+600x120 72000x*`},
		fires:  []firing{{"ModelPredictionsAbsent", "P1", "", absentYoung}},
	},
	{
		name:   "a best effort model stops",
		at:     "2h22m",
		tier:   "best_effort",
		series: []string{`ml_predictions_total{} 0+600x120 72000x*`},
		fires:  []firing{{"ModelPredictionsAbsent", "P2", "", absentYoung}},
	},
	{
		name: "a model dies while its exporter restarts and forgets it",
		at:   "2h40m",
		series: []string{
			`up{} 1x120 0x3 1x*`,
			`ml_predictions_total{} 0+600x120 stale`,
			`ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x120 stale`,
		},
		fires: []firing{{"ModelPredictionsAbsent", "P0", "", absentYoung}},
	},
	{
		name: "a model stops, and a scrape fails now and then",
		at:   "2h22m",
		series: []string{
			`up{} 1x125 0 1x6 0 1x4 0 1x*`,
			`ml_predictions_total{} 0+600x120 72000x4 _ 72000x6 _ 72000x4 _ 72000x*`,
		},
		fires: []firing{{"ModelPredictionsAbsent", "P0", "", absentYoung}},
	},
	{
		name: "ModelPredictionsAbsent misses: an exporter that fails every third scrape",
		at:   "2h40m",
		series: []string{
			`up{} 1x120 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1 1 0 1x*`,
			`ml_predictions_total{} 0+600x120 _ 73200 73800 _ 75000 75600 _ 76800 77400 _ 78600 79200 _ 80400 81000 _ 82200 82800 _ 84000 84600 _ 85800 86400 _ 87600 88200 _ 89400 90000 _ 91200+600x*`,
		},
		fires: []firing{{"ModelExporterDown", "P1", `job="model_exporter",instance="a:9877",kind="unsteady"`,
			"Exporter a:9877 of job model_exporter has answered only 80% of the scrapes of a quarter of an hour, for a while: it may be starting again and again. Alerts that one of its models makes no predictions cannot fire meanwhile."}},
	},
	{
		name: "an exporter starts again and again, and counts nothing: that is told, and not that its models are dead",
		at:   "4h",
		series: []string{
			`up{} 1x120 ` + strings.Repeat("0x2 1 ", 30),
			`model_exporter_build_info{} 1x120 ` + strings.Repeat("stale _x2 1 ", 30),
			`model_exporter_source_up{source="log"} 1x120 ` + strings.Repeat("stale _x2 1 ", 30),
			`model_exporter_source_lag_seconds{source="log"} 0x120 ` + strings.Repeat("stale _x2 0 ", 30),
			`ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x120 ` + strings.Repeat("stale _x2 1 ", 30),
			`ml_predictions_total{} 0+600x120 ` + strings.Repeat("stale _x2 72000 ", 30),
		},
		fires: []firing{{"ModelExporterDown", "P1", `job="model_exporter",instance="a:9877",kind="unsteady"`,
			"Exporter a:9877 of job model_exporter has answered only 26.67% of the scrapes of a quarter of an hour, for a while: it may be starting again and again. Alerts that one of its models makes no predictions cannot fire meanwhile."}},
	},
	{
		name: "every fourth scrape fails, and the model stops: something is told",
		at:   "3h20m",
		series: []string{
			`up{} 1x120 ` + strings.Repeat("0 1x2 ", 20),
			`ml_predictions_total{} 0+600x120 72000x*`,
		},
		fires: []firing{{"ModelExporterDown", "P1", `job="model_exporter",instance="a:9877",kind="unsteady"`,
			"Exporter a:9877 of job model_exporter has answered only 80% of the scrapes of a quarter of an hour, for a while: it may be starting again and again. Alerts that one of its models makes no predictions cannot fire meanwhile."}},
	},
	{
		name:   "a new exporter: its models are in sight from the first scrape on",
		at:     "6m",
		series: []string{steady},
		values: []recorded{{"model:model_exporter_blind:max", "", 0}},
	},
	{
		name: "a job without an exporter for half an hour: its models are out of sight, and for a while after",
		at:   "1h40m",
		series: []string{
			steady,
			`up{} 1x60 _x30 1x*`,
		},
		values: []recorded{{"model:model_exporter_blind:max", `model:model_exporter_blind:max{model="fraud"}`, 1}},
	},
	{
		name: "ModelPredictionsAbsent misses: a version is replaced",
		at:   "2h40m",
		series: []string{
			`ml_predictions_total{} 0+600x120 72000x*`,
			`ml_predictions_total{model_version="2"} _x118 0+600x*`,
			`ml_model_info{model_version="2",task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} _x118 1x*`,
		},
	},
	{
		name: "ModelPredictionsAbsent misses: the exporter restarts and counts from zero",
		at:   "2h20m",
		series: []string{
			`up{} 1x120 0x5 1x*`,
			`ml_predictions_total{} 0+600x120 _x5 0+600x*`,
		},
	},
	{
		name: "ModelPredictionsAbsent misses: Prometheus was away for twelve minutes",
		at:   "2h24m",
		series: []string{
			`up{} 1x120 _x12 1x*`,
			`model_exporter_build_info{} 1x120 _x12 1x*`,
			`ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x120 _x12 1x*`,
			`ml_predictions_total{} 0+600x120 _x12 79800+600x*`,
		},
	},
	{
		name:   "ModelPredictionsAbsent misses: ten minutes without a request",
		at:     "2h12m",
		series: []string{`ml_predictions_total{} 0+600x120 72000x*`},
	},
	{
		name: "ModelPredictionsAbsent misses: the exporter's only source is unreadable",
		at:   "2h30m",
		series: []string{
			`ml_predictions_total{} 0+600x120 72000x*`,
			`model_exporter_source_up{source="log"} 1x120 0x*`,
		},
		fires: []firing{unreadable("log")},
	},
	{
		name: "ModelPredictionsAbsent misses: its log is unreadable, but not its labels",
		at:   "2h30m",
		series: []string{
			`ml_predictions_total{} 0+600x120 72000x*`,
			`model_exporter_source_up{source="log"} 1x120 0x*`,
			`model_exporter_source_up{source="labels"} 1x*`,
			`model_exporter_source_lag_seconds{source="labels"} 0x*`,
			`model_exporter_events_total{source="log",type="prediction"} 0+600x120 72000x*`,
			`model_exporter_events_total{source="labels",type="label"} 0+600x*`,
		},
		fires: []firing{unreadable("log")},
	},
	{
		name:   "ModelPredictionsAbsent misses: its log is unreadable, but not that of another model",
		at:     "2h30m",
		series: append([]string{`ml_predictions_total{} 0+600x120 72000x*`, `model_exporter_source_up{source="log"} 1x120 0x*`}, churn...),
		fires:  []firing{unreadable("log")},
	},
	{
		name: "ModelPredictionsAbsent misses: its log stands still behind, but not that of another model",
		at:   "2h30m",
		series: append([]string{`ml_predictions_total{} 0+600x120 72000x*`, `model_exporter_source_lag_seconds{source="log"} 0x120 60+60x*`},
			churn...),
		fires: []firing{{"ModelExporterSourceStalled", "P1", `job="model_exporter",instance="a:9877",source="log",kind="behind"`,
			"Exporter a:9877 of job model_exporter is 30m 0s behind in source log and does not catch up."}},
	},
	{
		name: "a model stops, and the log of another one has been unreadable for half an hour: the page comes",
		at:   "2h30m",
		series: append([]string{`ml_predictions_total{} 0+600x120 72000x*`},
			append(churn, `model_exporter_source_up{source="churn_log"} 1x90 0x*`, `ml_predictions_total{model="churn"} 0+600x90 54000x*`)...),
		fires: []firing{{"ModelPredictionsAbsent", "P0", "", absentYoung}, unreadable("churn_log")},
	},
	{
		name: "one of two exporters is down, and an hour later the other sees the model stop: the page comes",
		at:   "3h30m",
		series: []string{
			`ml_predictions_total{} 0+600x180 108000x*`,
			`up{instance="b:9877"} 1x120 0x*`,
			`model_exporter_build_info{instance="b:9877"} 1x120 stale`,
			`ml_model_info{instance="b:9877",task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x120 stale`,
			`ml_predictions_total{instance="b:9877"} 0+600x120 stale`,
		},
		fires: []firing{
			{"ModelPredictionsAbsent", "P0", "", "Model fraud has made no prediction for 15 minutes; at this time 20 per second are usual."},
			{"ModelExporterDown", "P1", `job="model_exporter",instance="b:9877",kind="instance"`,
				"Exporter b:9877 of job model_exporter has not answered for 5 minutes. Alerts about its models cannot fire meanwhile."},
		},
	},
	{
		name: "ModelPredictionsAbsent misses: the exporter that had the model is down, another has another model",
		at:   "2h30m",
		series: []string{
			noTraining,
			`ml_predictions_total{model="churn"} 0+600x*`,
			`ml_model_info{model="churn",task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x*`,
			`up{instance="b:9877"} 1x120 0x*`,
			`model_exporter_build_info{instance="b:9877"} 1x120 stale`,
			`ml_model_info{instance="b:9877",task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x120 stale`,
			`ml_predictions_total{instance="b:9877"} 0+600x120 stale`,
		},
		fires: []firing{{"ModelExporterDown", "P1", `job="model_exporter",instance="b:9877",kind="instance"`,
			"Exporter b:9877 of job model_exporter has not answered for 5 minutes. Alerts about its models cannot fire meanwhile."}},
	},
	{
		name: "a model stops, and one of two sources is unreadable: the page comes",
		at:   "2h30m",
		series: []string{
			`ml_predictions_total{} 0+600x120 72000x*`,
			`model_exporter_source_up{source="labels"} 1x120 0x*`,
			`model_exporter_events_total{source="log",type="prediction"} 0+600x120 72000x*`,
			`model_exporter_events_total{source="labels",type="label"} 0+600x120 72000x*`,
		},
		fires: []firing{
			{"ModelPredictionsAbsent", "P0", "", absentYoung},
			unreadable("labels"),
		},
	},
}
