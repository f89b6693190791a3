package dashboards

import "github.com/grafana/grafana-foundation-sdk/go/units"

func sourcePanels() []panel {
	return []panel{
		{
			title: "Sources", width: 12, draw: states{}, unit: units.Short, words: upOrDown,
			description: "When each source could be read; twenty at most, those first that were down in the time shown. Red: the exporter's log has the error.",
			queries: []query{{legend: "{{instance}} {{source}}", expr: `
				min by (instance, source) (model_exporter_source_up)
				and on (instance, source) bottomk(20, min by (instance, source) (min_over_time(model_exporter_source_up[$__range] @ end())))`}},
		},
		{
			title: "Behind", width: 12, draw: lines{table: true}, unit: units.Seconds,
			description: "How far reading is behind each source, the ten furthest. A falling line catches up. A climbing one does not (ModelExporterSourceStalled): " +
				"the writer is faster than the exporter; give it CPU, or spread the source over several.",
			queries: []query{
				{legend: "{{instance}} {{source}}", expr: highest("10", "instance, source", "model_exporter_source_lag_seconds")},
				{legend: "alerts", style: limit, expr: `vector(600)`},
			},
		},
		{
			title: "Events", width: 8, draw: lines{}, unit: units.EventsPerSecond,
			description: "Events per second that were read, the ten busiest sources. None from a source that is up: nobody writes to it, or to another path.",
			queries:     []query{{legend: "{{source}} {{type}}", expr: busiest("10", "source, type", "model_exporter_events_total")}},
			none:        "no events",
		},
		{
			title: "Rejected records", width: 8, draw: lines{stacked: true}, unit: units.EventsPerSecond,
			description: "Records per second that are no events, by reason, the ten most frequent. From 1 % of a source on ModelExporterRejectingEvents fires. " +
				"The log shows the first record of each reason with its place; usual causes are a changed format or a wrong mapping: " +
				"model_exporter validate tries it.",
			queries: []query{{legend: "{{source}}: {{reason}}", expr: busiest("10", "source, reason", "model_exporter_rejected_total")}},
			none:    "none rejected",
		},
		{
			title: "Read", width: 8, draw: lines{}, unit: units.BytesPerSecondIEC,
			description: "Bytes per second read from each source after decompression, the ten largest. Far more bytes with as many events: records grew, which costs CPU.",
			queries:     []query{{legend: "{{source}}", expr: busiest("10", "source", "model_exporter_source_read_bytes_total")}},
		},
		{
			title: "Share rejected", width: 12, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of each source's records of 15 minutes that are no events, the ten worst, and from where on it alerts.",
			queries: []query{
				{legend: "{{instance}} {{source}}", expr: top(10, "instance, source", rejectedShare)},
				{legend: "alerts", style: limit, expr: `vector(0.01)`},
			},
			none: "none rejected",
		},
		{
			title: "Records in another order", width: 12, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of records whose keys stand in an order that the fast decoder has not learned, the ten worst sources. They are read all the same, " +
				"only slower. High, and the source is behind: let the writer keep one order.",
			queries: []query{{legend: "{{source}}", expr: top(10, "source", `
				sum by (source) (rate(model_exporter_decode_fallbacks_total[$__rate_interval] @@))
				/ (sum by (source) (rate(model_exporter_events_total[$__rate_interval] @@)) > 0)`)}},
		},
	}
}

func limitPanels() []panel {
	return []panel{
		{
			title: "Series", width: 8, draw: lines{}, unit: units.Short,
			description: "Series about models and sources that each exporter publishes, the ten with most. A jump is a new model, or a column that became many: " +
				"compare with Dropped, and with what Prometheus can hold.",
			queries: []query{{legend: "{{instance}}", expr: highest("10", "instance", "model_exporter_series")}},
		},
		{
			title: "Dropped by a limit", width: 8, draw: lines{stacked: true}, unit: units.EventsPerSecond,
			description: "Events per second that carried a name which is not monitored, since a limit of the configuration was reached (ModelExporterSeriesDropped). " +
				"Raise the limit of that name under global, or clean the names: often an id became a version or a category.",
			queries: []query{{legend: "{{instance}} {{limit}}", expr: busiest("10", "instance, limit", "model_exporter_series_dropped_total")}},
			none:    "nothing dropped",
		},
		{
			title: "Predictions kept for labels", width: 8, draw: lines{}, unit: units.Short,
			description: "Predictions that are kept until their label horizon ends, the ten models with most. It climbs after a start until the horizon is full, " +
				"then follows the traffic. Memory and disk grow with it: a shorter label_horizon keeps fewer.",
			links:   []link{to("Open the model", "model-exporter-model", lines{}, "model")},
			queries: []query{{legend: "{{model}}", expr: top(10, "model", `sum by (model) (model_exporter_pending_labels @@)`)}},
			none:    "no labels",
		},
		{
			title: "Baselines being learned", width: 12, draw: lines{}, unit: units.PercentUnit, max: ptr(1.0), min: ptr(0.0),
			description: "How much of a baseline each model without a file has learned from its own events, the ten least. Below 100 % nothing is compared yet. " +
				"A baseline from data that you trust is better: model_exporter profile writes one.",
			links: []link{to("Open the version", "model-exporter-model", lines{}, "model", "model_version")},
			queries: []query{{legend: "{{model}} {{model_version}}", expr: `
				min by (model, model_version) (model_exporter_baseline_learned_ratio)
				and on (model, model_version) bottomk(10, min by (model, model_version) (model_exporter_baseline_learned_ratio @ end()))`}},
			none: "every model has a baseline file",
		},
		{
			title: "Labels that found no prediction", width: 12, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Share of labels and outcomes whose prediction is unknown or older than the label horizon, of the last hour, the ten worst models. High: " +
				"the ids of the two logs differ, or label_horizon is too short or not set.",
			links: []link{to("Open the model", "model-exporter-model", lines{}, "model")},
			queries: []query{{legend: "{{model}}", expr: top(10, "model", `
				sum by (model) (increase(ml_labels_unmatched_total[1h] @@))
				/ (
					sum by (model) (increase(ml_labels_unmatched_total[1h] @@))
					+ (sum by (model) (increase(ml_labels_total[1h] @@)) or sum by (model) (increase(ml_labels_unmatched_total[1h] @@)) * 0)
					> 0
				)`)}},
			none: "no labels",
		},
	}
}

func processPanels() []panel {
	build := columns{by: []string{"instance", "version", "revision", "goversion"}, sort: "instance"}
	// Other processes of the same job are none of ours.
	ours := func(begin string) string {
		return top(10, "instance", begin+" and on (job, instance) model_exporter_build_info @@)")
	}
	return []panel{
		{
			title: "Memory", width: 8, draw: lines{}, unit: units.BytesIEC,
			description: "Memory of each exporter, the ten largest. It grows with features, windows and predictions kept for labels, not with traffic. " +
				"Climbs without end: report it, with a heap profile.",
			queries: []query{{legend: "{{instance}}", expr: ours("max by (instance) (process_resident_memory_bytes @@")}},
		},
		{
			title: "CPU", width: 8, draw: lines{}, unit: units.Short,
			description: "CPU cores in use, the ten busiest exporters. At what it may use at most, reading falls behind: see Behind.",
			queries:     []query{{legend: "{{instance}}", expr: ours("max by (instance) (rate(process_cpu_seconds_total[$__rate_interval] @@)")}},
		},
		{
			title: "Scrapes", width: 8, draw: lines{}, unit: units.Seconds,
			description: "How long Prometheus takes to scrape each exporter, the ten slowest. Near the scrape timeout, scrapes fail and models go out of sight: " +
				"fewer statistics, or a longer interval.",
			queries: []query{{legend: "{{instance}}", expr: ours(`max by (instance) (scrape_duration_seconds @@`)}},
		},
		{
			title: "Open files", width: 8, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Open files as a share of what the process may open, the ten highest exporters. Near 100 % sources cannot be opened any more: " +
				"raise the limit (ulimit -n, LimitNOFILE).",
			queries: []query{{legend: "{{instance}}", expr: ours("max by (instance) ((process_open_fds @@ / process_max_fds @@)")}},
		},
		{
			title: "Versions", width: 16, draw: build, unit: units.Short,
			description: "Which build each exporter is. Different ones side by side should only be seen during a roll-out.",
			queries:     []query{{legend: "Exporters", expr: `count by (instance, version, revision, goversion) (model_exporter_build_info)`}},
		},
	}
}
