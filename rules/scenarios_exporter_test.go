package rules

import "strings"

var exporterScenarios = []scenario{
	{
		name: "an exporter dies: nobody is told that its models are dead",
		at:   "1h",
		series: []string{
			`up{} 1x30 0x*`,
			`model_exporter_build_info{} 1x30 stale`,
			`model_exporter_source_up{source="log"} 1x30 stale`,
			`model_exporter_source_lag_seconds{source="log"} 0x30 stale`,
			`ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x30 stale`,
			`ml_predictions_total{} 0+600x30 stale`,
		},
		fires: []firing{{"ModelExporterDown", "P1", `job="model_exporter",instance="a:9877",kind="instance"`,
			"Exporter a:9877 of job model_exporter has not answered for 5 minutes. Alerts about its models cannot fire meanwhile."}},
	},
	{
		name: "the only exporter's target is gone",
		at:   "1h",
		series: []string{
			`up{} 1x30 stale`,
			`model_exporter_build_info{} 1x30 stale`,
			`model_exporter_source_up{source="log"} 1x30 stale`,
			`model_exporter_source_lag_seconds{source="log"} 0x30 stale`,
			`ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x30 stale`,
			`ml_predictions_total{} 0+600x30 stale`,
		},
		fires: []firing{{"ModelExporterDown", "P1", `job="model_exporter",kind="job"`,
			"Job model_exporter has no exporter any more: Prometheus finds no target. Alerts about its models cannot fire meanwhile."}},
	},
	{
		name: "ModelExporterDown misses: a pod is replaced by another",
		at:   "1h",
		series: []string{
			`up{} 1x30 stale`,
			`model_exporter_build_info{} 1x30 stale`,
			`model_exporter_source_up{source="log"} 1x30 stale`,
			`model_exporter_source_lag_seconds{source="log"} 0x30 stale`,
			`ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} 1x30 stale`,
			`ml_predictions_total{} 0+600x30 stale`,
			`up{instance="b:9877"} _x32 1x*`,
			`model_exporter_build_info{instance="b:9877"} _x32 1x*`,
			`ml_model_info{instance="b:9877",task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} _x32 1x*`,
			`ml_predictions_total{instance="b:9877"} _x33 0+600x*`,
		},
	},
	{
		name: "ModelExporterDown misses: other targets of Prometheus are none of our business",
		at:   "30m",
		series: []string{
			steady,
			`up{job="node"} 0x*`,
		},
	},
	{
		name: "ModelExporterDown misses: a restart of four minutes, and single scrapes that fail",
		at:   "2h20m",
		series: []string{
			`up{} 1x113 0 1x5 0x3 1x4 0 1x*`,
			steady,
		},
	},
	{
		name: "every other look at a source fails",
		at:   "2h",
		series: []string{
			steady,
			`model_exporter_source_up{source="log"} 1x60 ` + strings.Repeat("0 1 ", 30),
		},
		fires: []firing{{"ModelExporterSourceStalled", "P1", `job="model_exporter",instance="a:9877",source="log",kind="unsteady"`,
			"Exporter a:9877 of job model_exporter could read source log only 53.33% of the time in a quarter of an hour, and this goes on. Its log says why."}},
	},
	{
		name: "ModelExporterSourceStalled misses: a source is away for eight minutes",
		at:   "1h15m",
		series: []string{
			steady,
			`model_exporter_source_up{source="log"} 1x50 0x7 1x*`,
		},
	},
	{
		name: "a source cannot be read",
		at:   "30m",
		series: []string{
			steady,
			`model_exporter_source_up{source="log"} 0x*`,
		},
		fires: []firing{{"ModelExporterSourceStalled", "P1", `job="model_exporter",instance="a:9877",source="log",kind="unreadable"`,
			"Exporter a:9877 of job model_exporter cannot read source log. Its log says why."}},
	},
	{
		name: "reading falls behind",
		at:   "1h",
		series: []string{
			steady,
			`model_exporter_source_lag_seconds{source="log"} 0+30x*`,
		},
		fires: []firing{{"ModelExporterSourceStalled", "P1", `job="model_exporter",instance="a:9877",source="log",kind="behind"`,
			"Exporter a:9877 of job model_exporter is 30m 0s behind in source log and does not catch up."}},
	},
	{
		name: "ModelExporterSourceStalled misses: catching up after a restart",
		at:   "1h",
		series: []string{
			steady,
			`model_exporter_source_lag_seconds{source="log"} 36000-120x*`,
		},
	},
	{
		name: "lines are malformed",
		at:   "30m",
		series: []string{
			steady,
			`model_exporter_events_total{source="log",type="prediction"} 0+600x*`,
			`model_exporter_rejected_total{source="log",reason="syntax"} 0+30x*`,
			`model_exporter_rejected_total{source="log",reason="no_timestamp"} 0+3x*`,
		},
		fires: []firing{{"ModelExporterRejectingEvents", "P1", `job="model_exporter",instance="a:9877",source="log"`,
			"Exporter a:9877 of job model_exporter rejects 5.213% of the records of source log; 1% is the threshold. Most frequent: syntax (450), no_timestamp (45). Its log shows the first record of each reason."}},
	},
	{
		name: "every line is malformed, and no event was ever counted",
		at:   "30m",
		series: []string{
			`model_exporter_rejected_total{source="log",reason="syntax"} 0+30x*`,
		},
		fires: []firing{{"ModelExporterRejectingEvents", "P1", `job="model_exporter",instance="a:9877",source="log"`,
			"Exporter a:9877 of job model_exporter rejects 100% of the records of source log; 1% is the threshold. Most frequent: syntax (450). Its log shows the first record of each reason."}},
	},
	{
		name: "ModelExporterRejectingEvents misses: one line in two hundred",
		at:   "30m",
		series: []string{
			steady,
			`model_exporter_events_total{source="log",type="prediction"} 0+600x*`,
			`model_exporter_rejected_total{source="log",reason="syntax"} 0+3x*`,
		},
	},
	{
		name: "the disk is full: what is served stands still, and nobody is told that its models are dead",
		at:   "2h30m",
		series: []string{
			`ml_predictions_total{} 0+600x120 72000x*`,
			`model_exporter_store_up{} 1x120 0x*`,
			`model_exporter_last_checkpoint_timestamp_seconds{} 0+60x120 7200x*`,
		},
		fires: []firing{{"ModelExporterStoreDown", "P1", `job="model_exporter",instance="a:9877"`,
			"Exporter a:9877 of job model_exporter last saved its state 30m 0s ago. Until it can, nothing further is counted, and the values it serves stand still."}},
	},
	{
		name: "a checkpoint hangs: the same",
		at:   "2h30m",
		series: []string{
			`ml_predictions_total{} 0+600x120 72000x*`,
			`model_exporter_store_up{} 1x*`,
			`model_exporter_last_checkpoint_timestamp_seconds{} 0+60x120 7200x*`,
		},
		fires: []firing{{"ModelExporterStoreDown", "P1", `job="model_exporter",instance="a:9877"`,
			"Exporter a:9877 of job model_exporter last saved its state 30m 0s ago. Until it can, nothing further is counted, and the values it serves stand still."}},
	},
	{
		name: "ModelExporterStoreDown misses: one failed checkpoint",
		at:   "30m",
		series: []string{
			steady,
			`model_exporter_store_up{} 1x24 0x3 1x*`,
			`model_exporter_last_checkpoint_timestamp_seconds{} 0+60x*`,
		},
	},
	{
		name: "a feature has too many categories",
		at:   "1h",
		series: []string{
			steady,
			`model_exporter_series_dropped_total{limit="categories"} 0+5x*`,
			`model_exporter_series_dropped_total{limit="models"} 0x*`,
		},
		fires: []firing{{"ModelExporterSeriesDropped", "P2", `job="model_exporter",instance="a:9877",limit="categories"`,
			"Exporter a:9877 of job model_exporter has reached the limit on categories: 300 events of the last hour carried one more, which is not monitored."}},
	},
	{
		name: "ModelExporterSeriesDropped misses: what was dropped before the restart",
		at:   "2h",
		series: []string{
			steady,
			`model_exporter_series_dropped_total{limit="categories"} 500x*`,
		},
	},
}
