package rules

import (
	"fmt"
	"strings"
)

// day is how many predictions there are in each minute of a day, as parts.
type part struct{ minutes, each int }

// daily is a counter that grows by the same course every day.
func daily(days int, course ...part) string {
	var b strings.Builder
	total := 0
	for range days {
		for _, p := range course {
			fmt.Fprintf(&b, "%d+%dx%d ", total, p.each, p.minutes-1)
			total += p.minutes * p.each
		}
	}
	return strings.TrimSpace(b.String())
}

var trafficScenarios = []scenario{
	{
		name:   "a model stops that has run for more than a week",
		at:     "193h",
		series: []string{`ml_predictions_total{} 0+600x11520 6912000x*`},
		fires:  []firing{{"ModelPredictionsAbsent", "P0", "", absentYoung}},
	},
	{
		name:   "and twenty hours later it is still dead",
		at:     "212h",
		series: []string{`ml_predictions_total{} 0+600x11520 6912000x*`},
		fires:  []firing{{"ModelPredictionsAbsent", "P0", "", absentYoung}},
	},
	{
		name: "ModelPredictionsAbsent misses: a batch that runs an hour each night",
		at:   "195h",
		series: []string{
			`ml_predictions_total{} ` + daily(9, part{120, 0}, part{60, 600}, part{1260, 0}),
		},
	},
	{
		name: "ModelPredictionsAbsent misses: the night's batch is half an hour late",
		at:   "194h30m",
		series: []string{
			`ml_predictions_total{} ` + daily(8, part{120, 0}, part{60, 600}, part{1260, 0}) + " 288000x*",
		},
	},
	{
		name: "ModelPredictionsAbsent misses: offices are closed at night, on its second day",
		at:   "46h",
		series: []string{
			`ml_predictions_total{} ` + daily(2, part{480, 0}, part{600, 600}, part{360, 0}),
		},
	},
	{
		name:   "ModelPredictionsAbsent misses: two predictions an hour",
		at:     "192h30m",
		series: []string{`ml_predictions_total{} 0+0.03x11500 345x*`},
	},
	{
		name:   "traffic falls to a third",
		at:     "194h",
		series: []string{`ml_predictions_total{} 0+600x11520 6912200+200x*`},
		fires: []firing{{"ModelTrafficAnomaly", "P1", `kind="drop"`,
			"Model fraud: predictions have fallen to 12000 in the last hour; at this time 36000 are usual."}},
	},
	{
		name:   "traffic rises to six times the usual",
		at:     "194h",
		series: []string{`ml_predictions_total{} 0+600x11520 6915600+3600x*`},
		fires: []firing{{"ModelTrafficAnomaly", "P1", `kind="surge"`,
			"Model fraud: predictions have risen to 216000 in the last hour; at this time 36000 are usual."}},
	},
	{
		name:   "ModelTrafficAnomaly misses: traffic falls by 45 percent",
		at:     "194h",
		series: []string{`ml_predictions_total{} 0+600x11520 6912330+330x*`},
	},
	{
		name: "ModelTrafficAnomaly misses: the evening of every day",
		at:   "213h30m",
		series: []string{
			`ml_predictions_total{} ` + daily(9, part{480, 60}, part{720, 600}, part{240, 60}),
		},
	},
	{
		name:   "ModelTrafficAnomaly misses: in its first day a model has no usual traffic",
		at:     "12h",
		series: []string{`ml_predictions_total{} 0+600x600 360100+100x*`},
	},
	{
		name:   "ModelTrafficAnomaly misses: traffic rose six times ten hours ago",
		at:     "202h",
		series: []string{`ml_predictions_total{} 0+600x11520 6915600+3600x*`},
	},
	{
		name:   "traffic fell to a third ten hours ago, and somebody may have slept",
		at:     "202h",
		series: []string{`ml_predictions_total{} 0+600x11520 6912200+200x*`},
		fires: []firing{{"ModelTrafficAnomaly", "P1", `kind="drop"`,
			"Model fraud: predictions have fallen to 12000 in the last hour; at this time 36000 are usual."}},
	},
	{
		name: "traffic does not rise in the morning, in the third week",
		at:   "372h",
		series: []string{
			`ml_predictions_total{} ` + daily(15, part{480, 60}, part{720, 600}, part{240, 60}) + " 7128060+60x*",
		},
		fires: []firing{{"ModelTrafficAnomaly", "P1", `kind="drop"`,
			"Model fraud: predictions have fallen to 3600 in the last hour; at this time 36000 are usual."}},
	},
	{
		name: "ModelTrafficAnomaly misses: last week had twice and a half the usual traffic",
		at:   "372h",
		series: []string{
			`ml_predictions_total{} 0+600x10080 6049500+1500x10080 21169600+600x*`,
		},
	},
	{
		name: "a model stops at the hour in which it was away last week, too",
		at:   "371h30m",
		series: []string{
			`ml_predictions_total{} 0+600x12120 7272000x240 7272600+600x9840 13176600x*`,
		},
		fires: []firing{{"ModelPredictionsAbsent", "P0", "", absentYoung}},
	},
}

var kpiScenarios = []scenario{
	{
		name:   "revenue falls to forty percent",
		at:     "170h30m",
		series: []string{steady, `ml_kpi_total{kpi="revenue"} 0+1000x10140 10140400+400x*`, `ml_kpi_negative_total{kpi="revenue"} 0x*`},
		fires: []firing{{"ModelKPIDropped", "P0", `kind="1h",kpi="revenue"`,
			"Model fraud: revenue of the last 1h is 60% below that of the same time last week: 2.4e+04 now, 6e+04 then."}},
	},
	{
		name:   "revenue falls by a quarter",
		at:     "176h",
		series: []string{steady, `ml_kpi_total{kpi="revenue"} 0+1000x10140 10140750+750x*`},
		fires: []firing{{"ModelKPIDropped", "P1", `kind="6h",kpi="revenue"`,
			"Model fraud: revenue of the last 6h is 25% below that of the same time last week: 2.7e+05 now, 3.6e+05 then."}},
	},
	{
		name:   "refunds eat half of the revenue",
		at:     "170h30m",
		series: []string{steady, `ml_kpi_total{kpi="revenue"} 0+1000x*`, `ml_kpi_negative_total{kpi="revenue"} 0x10140 500+500x*`},
		fires: []firing{{"ModelKPIDropped", "P0", `kind="1h",kpi="revenue"`,
			"Model fraud: revenue of the last 1h is 50% below that of the same time last week: 3e+04 now, 6e+04 then."}},
	},
	{
		name:   "ModelKPIDropped misses: losses, which should be low, are halved",
		at:     "176h",
		series: []string{steady, `ml_kpi_lower_is_better{kpi="loss"} 1x*`, `ml_kpi_total{kpi="loss"} 0+1000x10140 10140500+500x*`},
	},
	{
		name:   "losses are two and a half times as high",
		at:     "176h",
		series: []string{steady, `ml_kpi_lower_is_better{kpi="loss"} 1x*`, `ml_kpi_total{kpi="loss"} 0+1000x10140 10142500+2500x*`},
		fires: []firing{{"ModelKPIDropped", "P1", `kind="risen",kpi="loss"`,
			"Model fraud: loss of the last 6h is 150% above that of the same time last week: 9e+05 now, 3.6e+05 then."}},
	},
	{
		name:   "ModelKPIDropped misses: losses are nearly twice as high",
		at:     "176h",
		series: []string{steady, `ml_kpi_lower_is_better{kpi="loss"} 1x*`, `ml_kpi_total{kpi="loss"} 0+1000x10140 10141900+1900x*`},
	},
	{
		name:   "ModelKPIDropped misses: fifteen percent less",
		at:     "176h",
		series: []string{steady, `ml_kpi_total{kpi="revenue"} 0+1000x10140 10140850+850x*`},
	},
	{
		name:   "ModelKPIDropped misses: too few predictions to tell",
		at:     "176h",
		series: []string{`ml_predictions_total{} 0+10x*`, `ml_kpi_total{kpi="revenue"} 0+1000x10140 10140200+200x*`},
	},
	{
		name: "ModelKPIDropped misses: predictions were away, and are back for half an hour",
		at:   "171h",
		series: []string{
			`ml_predictions_total{} 0+600x10145 6087000x81 6087000+600x*`,
			`ml_kpi_total{kpi="revenue"} 0+1000x10145 10145000x81 10145000+1000x*`,
		},
	},
	{
		name:   "ModelKPIDropped misses: in its first week",
		at:     "48h",
		series: []string{steady, `ml_kpi_total{kpi="revenue"} 0+1000x2700 2700200+200x*`},
	},
}
