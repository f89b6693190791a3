package rules

const absentYoung = "Model fraud has made no prediction for 15 minutes; at this time 10 per second are usual."

const absentStill = "Model fraud still makes no predictions."

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
		fires: []firing{{"ModelExporterSourceStalled", "P1", `job="model_exporter",instance="a:9877",source="log",kind="unreadable"`,
			"Exporter a:9877 of job model_exporter cannot read source log. Its log says why."}},
	},
	{
		name: "a model stops, and one of two sources is unreadable: the page comes",
		at:   "2h30m",
		series: []string{
			`ml_predictions_total{} 0+600x120 72000x*`,
			`model_exporter_source_up{source="labels"} 1x120 0x*`,
		},
		fires: []firing{
			{"ModelPredictionsAbsent", "P0", "", absentYoung},
			{"ModelExporterSourceStalled", "P1", `job="model_exporter",instance="a:9877",source="labels",kind="unreadable"`,
				"Exporter a:9877 of job model_exporter cannot read source labels. Its log says why."},
		},
	},
}
