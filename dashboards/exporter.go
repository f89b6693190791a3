package dashboards

import "github.com/grafana/grafana-foundation-sdk/go/units"

// exporter is for whoever runs the exporter itself: does it read everything, keep
// up, save its state, and stay within its limits.
func exporter() board {
	return board{
		uid: "model-exporter-exporter", title: "ML exporter",
		description: "The exporter itself: sources, rejected records, checkpoints, limits, memory and CPU.",
		from:        "now-6h",
		variables:   []variable{instanceVariable},
		annotations: []annotation{exporterAlerts, restarts},
		rows: []row{
			{title: "Now", height: 5, panels: exporterNow()},
			{title: "Exporters", height: 7, panels: []panel{exporterTable()}},
			{title: "Sources", height: 8, panels: sourcePanels()},
			{title: "Evaluation and checkpoints", height: 8, panels: checkpointPanels()},
			{title: "Limits", height: 8, panels: limitPanels()},
			{title: "Memory and CPU", height: 8, panels: processPanels()},
		},
	}
}

// instanceVariable is set by links from alerts about an exporter.
var instanceVariable = variable{name: "instance", label: "Exporter", query: `model_exporter_build_info`}

// exporterAlerts are those about an exporter: others have no label instance.
var exporterAlerts = annotation{
	name: "Firing alerts", color: "red",
	expr:  `ALERTS{alertname=~"ModelExporter.+",alertstate="firing",instance=~"$instance"}`,
	title: "{{priority}} {{alertname}}", text: "{{instance}} {{source}}", labels: "priority,component,instance",
}

// restarts mark the start of each process.
var restarts = annotation{
	name: "Restarts", color: "blue",
	expr:  `changes(process_start_time_seconds[5m]) > 0`,
	title: "Started", text: "{{instance}}", labels: "instance",
}

func exporterNow() []panel {
	return []panel{
		{
			title: "Exporters down", width: 4, draw: number{}, unit: units.Short, steps: anyIsBad("red"),
			description: "Exporters that Prometheus cannot scrape (ModelExporterDown). Red: look whether the process runs and its port can be reached. " +
				"Its models are out of sight meanwhile, and their alerts rest.",
			queries: []query{{legend: "down", expr: `count(up == 0) or vector(0)`}},
		},
		{
			title: "Sources down", width: 4, draw: number{}, unit: units.Short, steps: anyIsBad("red"),
			description: "Sources that could not be read at the last attempt (ModelExporterSourceStalled). Red: the exporter's log has the error; " +
				"look whether the path, the server and the password are still right.",
			queries: []query{{legend: "down", expr: `count(min by (instance, source) (model_exporter_source_up) == 0) or vector(0)`}},
		},
		{
			title: "Furthest behind", width: 4, draw: number{}, unit: units.Seconds,
			steps: []step{{color: "green"}, {from: 300, color: "orange"}, {from: 600, color: "red"}},
			description: "How far the slowest source is behind. Red: above the 10 minutes of ModelExporterSourceStalled. After a start it catches up by itself; " +
				"else it needs more CPU, or a second exporter.",
			queries: []query{{legend: "behind", expr: `max(model_exporter_source_lag_seconds)`}},
		},
		{
			title: "Records rejected", width: 4, draw: number{}, unit: units.PercentUnit,
			steps: []step{{color: "green"}, {from: 0.001, color: "orange"}, {from: 0.01, color: "red"}},
			description: "Share of the last 15 minutes' records that are no events, of the worst source. Red: above the 1 % of ModelExporterRejectingEvents; " +
				"the row Sources has the reasons.",
			queries: []query{{legend: "rejected", expr: "max(" + rejectedShare + ")"}},
		},
		{
			title: "State last saved", width: 4, draw: number{}, unit: units.Seconds,
			steps: []step{{color: "green"}, {from: 300, color: "orange"}, {from: 900, color: "red"}},
			description: "How long ago the exporter that is worst saved its state. Red: above the 15 minutes of ModelExporterStoreDown; nothing is counted meanwhile. " +
				"Is the disk full or read-only? No value: exporters without --storage.path.",
			queries: []query{{legend: "ago", expr: `time() - min(model_exporter_last_checkpoint_timestamp_seconds)`}},
			none:    "not saved",
		},
		{
			title: "Configurations refused", width: 4, draw: number{}, unit: units.Short, steps: anyIsBad("red"),
			description: "Exporters whose last reload was refused; they go on with the configuration before. Red: model_exporter validate says which line is wrong.",
			queries:     []query{{legend: "refused", expr: `count(model_exporter_config_last_reload_successful == 0) or vector(0)`}},
		},
	}
}

// rejectedShare is counted as the alert does. Sources that read no event at all
// have their rejections only.
const rejectedShare = `
	max by (instance, source) (
		sum by (job, instance, source) (increase(model_exporter_rejected_total[15m] @@))
		/ (
			sum by (job, instance, source) (increase(model_exporter_rejected_total[15m] @@))
			+ sum by (job, instance, source) (increase(model_exporter_events_total[15m] @@)) > 0
		)
	)`

func exporterTable() panel {
	d := columns{by: []string{"instance"}, sort: "Memory"}
	good := func(text string) []word { return []word{{"1", text, "green"}, {"0", "no", "red"}} }
	return panel{
		title: "Exporters", width: 24, draw: d, unit: units.Short,
		description: "One line for each exporter, the largest first. Red: it cannot be scraped, cannot save its state, or refused its configuration.",
		links:       []link{to("Only this exporter", "model-exporter-exporter", d, "instance")},
		queries: []query{
			{legend: "Up", words: upOrDown, expr: `min by (instance) (up and on (job, instance) last_over_time(model_exporter_build_info[1d]))`},
			{legend: "Saves", words: good("yes"), expr: `min by (instance) (model_exporter_store_up)`},
			{legend: "Configuration taken", words: good("yes"), expr: `min by (instance) (model_exporter_config_last_reload_successful)`},
			{legend: "Configured", unit: units.DateTimeFromNow, expr: `max by (instance) (model_exporter_config_last_reload_success_timestamp_seconds) * 1000`},
			{legend: "Running for", unit: units.Seconds, expr: `time() - max by (instance) (process_start_time_seconds and on (job, instance) model_exporter_build_info)`},
			{legend: "Sources", expr: `count by (instance) (model_exporter_source_up)`},
			{legend: "Models", expr: `count by (instance) (group by (instance, model) (ml_model_info))`},
			{legend: "Series", expr: `max by (instance) (model_exporter_series)`},
			{legend: "Memory", unit: units.BytesIEC, expr: `max by (instance) (process_resident_memory_bytes and on (job, instance) model_exporter_build_info)`},
			{legend: "CPU", unit: units.PercentUnit, expr: `max by (instance) (rate(process_cpu_seconds_total[$__rate_interval]) and on (job, instance) model_exporter_build_info)`},
		},
	}
}

func checkpointPanels() []panel {
	return []panel{
		{
			title: "Time of evaluations and checkpoints", width: 8, draw: lines{}, unit: units.Seconds,
			description: "How long the last evaluation of all models took, and the checkpoint after it, of the slowest exporters. " +
				"Together they must stay well below global.evaluation_interval (15 s): fewer features or statistics, a longer interval, or more CPU; " +
				"a slow checkpoint alone is a slow disk.",
			queries: []query{
				{legend: "{{instance}} evaluation", expr: highest("10", "instance", "model_exporter_evaluation_duration_seconds")},
				{legend: "{{instance}} checkpoint", expr: highest("10", "instance", "model_exporter_checkpoint_duration_seconds")},
			},
		},
		{
			title: "Since the last checkpoint", width: 8, draw: lines{}, unit: units.Seconds,
			description: "How old the saved state is. A flat low line is good. A climbing one: the store is down (ModelExporterStoreDown), nothing is counted, " +
				"and values stand still. Look whether the disk is full.",
			queries: []query{
				{legend: "{{instance}}", expr: top(10, "instance", `time() - max by (instance) (model_exporter_last_checkpoint_timestamp_seconds @@)`)},
				{legend: "alerts", style: limit, expr: `vector(900)`},
			},
			none: "no --storage.path",
		},
		{
			title: "Size of checkpoints", width: 8, draw: lines{}, unit: units.BytesIEC,
			description: "What each checkpoint writes, of the largest exporters. It grows with features, windows and predictions that wait for labels; " +
				"compare with what the disk can take every interval.",
			queries: []query{{legend: "{{instance}}", expr: highest("10", "instance", "model_exporter_checkpoint_bytes")}},
			none:    "no --storage.path",
		},
	}
}
