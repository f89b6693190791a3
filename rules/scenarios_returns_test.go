package rules

import "fmt"

// outage is a week and an hour of steady predictions and revenue, so many minutes in
// which nothing is scraped, and what comes after. A counter goes on by each minute.
func outage(up string, minutes int, counter func(each int) string, more ...string) []string {
	gap := fmt.Sprintf(" _x%d ", minutes)
	course := func(value string) string { return value + "x10140" + gap + value + "x*" }
	return append([]string{
		"up{} 1x10140 " + fmt.Sprintf(up, minutes) + " 1x*",
		"model_exporter_build_info{} " + course("1"),
		`model_exporter_source_up{source="log"} ` + course("1"),
		`model_exporter_source_lag_seconds{source="log"} ` + course("0"),
		`ml_model_info{task="binary",model_owner="risk-ml",model_tier="critical",baseline="training"} ` + course("1"),
		fmt.Sprintf("ml_predictions_total{} 0+600x10140%s%s", gap, counter(600)),
		fmt.Sprintf(`ml_kpi_total{kpi="revenue"} 0+1000x10140%s%s`, gap, counter(1000)),
	}, more...)
}

const (
	exporterWas   = "0x%d"
	prometheusWas = "_x%d"
)

// fromZero is a counter of an exporter that forgot everything.
func fromZero(each int) string { return fmt.Sprintf("0+%dx*", each) }

// goesOn is one that nobody looked at for so many minutes.
func goesOn(minutes int) func(int) string {
	return func(each int) string { return fmt.Sprintf("%d+%dx*", (10141+minutes)*each, each) }
}

// backlog is one that stood still for so many minutes, and catches up in five.
func backlog(minutes int) func(int) string {
	return func(each int) string {
		late := (minutes + 5) * each / 5
		return fmt.Sprintf("%d+%dx5 %d+%dx*", 10140*each, late, (10140+minutes+6)*each, each)
	}
}

// returnScenarios are about totals of windows of which some was not seen. Revenue is 15
// percent lower than last week in the first two, which alone is no drop.
var returnScenarios = []scenario{
	{
		name: "ModelKPIDropped misses: the exporter was down for an hour, and counts from zero",
		at:   "170h40m",
		series: outage(exporterWas, 60, fromZero,
			`ml_kpi_total{kpi="revenue"} 0+1000x10140 _x60 0+850x*`),
	},
	{
		name: "ModelKPIDropped misses: Prometheus was away for an hour",
		at:   "170h40m",
		series: outage(prometheusWas, 60, goesOn(60),
			`ml_kpi_total{kpi="revenue"} 0+1000x10140 _x60 10200850+850x*`),
	},
	{
		name:   "ModelKPIDropped misses: the exporter was down for five hours, and counts from zero",
		at:     "177h",
		series: outage(exporterWas, 300, fromZero),
	},
	{
		name:   "ModelTrafficAnomaly misses: the exporter was down for five hours, and has read what it missed",
		at:     "174h40m",
		series: outage(exporterWas, 300, backlog(300)),
	},
	{
		name: "revenue fell while the exporter was down for an hour: it is told when an hour has been seen",
		at:   "171h40m",
		series: outage(exporterWas, 60, fromZero,
			`ml_kpi_total{kpi="revenue"} 0+1000x10140 _x60 0+400x*`),
		fires: []firing{{"ModelKPIDropped", "P0", `kind="1h",kpi="revenue"`,
			"Model fraud: revenue of the last 1h is 60% below that of the same time last week: 2.4e+04 now, 6e+04 then."}},
	},
}
