package dashboards

import "github.com/grafana/grafana-foundation-sdk/go/units"

// tables is for whoever fills feature tables: is what models read there fresh,
// complete and as it was. A table is a model without predictions; a log whose
// freshness is promised is listed too, since its alert leads here.
func tables() board {
	return board{
		uid: "model-exporter-tables", title: "ML feature tables and pipelines",
		description: "Freshness, volume, schema and values of the tables that models read, and of the online stores that serve them.",
		from:        "now-24h",
		variables:   []variable{tableVariable, windowVariable},
		annotations: []annotation{firingAlerts},
		rows: []row{
			{title: "Now", height: 10, panels: []panel{tableOverview()}},
			{title: "Freshness", height: 8, panels: freshnessPanels()},
			{title: "Volume", height: 8, panels: volumePanels()},
			{title: "Schema", height: 8, panels: schemaPanels()},
			{title: "Values", height: 9, panels: tableValuePanels()},
			{title: "Online store", height: 8, panels: onlinePanels()},
		},
	}
}

// tableVariable lists models without predictions, and those whose freshness is
// promised.
var tableVariable = variable{
	name: "model", label: "Table", listed: true,
	query: `{__name__=~"ml_model_info|ml_table_ttl_seconds",job=~"$job",task=~"none|"}`,
}

const age = `time() - max by (model) (ml_last_event_timestamp_seconds @@)`

// ofAllowed is the age of the newest row in units of what is allowed.
const ofAllowed = `(` + age + `) / on (model) max by (model) (ml_table_ttl_seconds @@)`

var limitSteps = []step{{color: "green"}, {from: 0.8, color: "orange"}, {from: 1, color: "red"}}

// toColumn leads from a value with the labels model and feature to that column.
func toColumn(d drawing) []link {
	return []link{
		to("Open the column", "model-exporter-feature", d, "model", "feature"),
		to("Open the table", "model-exporter-model", d, "model"),
	}
}

func tableOverview() panel {
	d := columns{by: []string{"model"}, sort: "Of the age allowed"}
	return panel{
		title: "Tables, the most overdue first", width: 24, draw: d, unit: units.Short,
		description: "One line for each table. Red age: the newest row is older than the objective (freshness in the configuration, " +
			"or the TTL of the feature view); models read old values, or none. Look at the last run of the pipeline that fills it. " +
			"Fewer rows than last week: a part of its input is missing. Missing online: the copy to the online store did not run. Needs the rule bundle.",
		links: []link{
			to("Open the table", "model-exporter-model", d, "model"),
		},
		queries: []query{
			{legend: "Of the age allowed", unit: units.PercentUnit, steps: limitSteps, expr: ofAllowed},
			{legend: "Age of the newest row", unit: units.Seconds, expr: age},
			{legend: "Allowed", unit: units.Seconds, expr: `max by (model) (ml_table_ttl_seconds)`},
			{legend: "Rows, 1 h", expr: hourOfTraffic},
			{legend: "Against last week", unit: units.PercentUnit, expr: againstLastWeeks,
				steps: []step{{color: "red"}, {from: -0.5, color: "green"}, {from: 3, color: "red"}}},
			{legend: "Drifted columns", unit: units.PercentUnit, expr: `max by (model) (ml_drifted_features_ratio)`,
				steps: []step{{color: "green"}, {from: 1. / 3, color: "orange"}}},
			{legend: "Missing online", unit: units.PercentUnit, steps: anyShare, expr: ofEntities("ml_online_missing_entities")},
		},
	}
}

// anyShare colours a share of which a little is usual while rows are on the way.
var anyShare = []step{{color: "green"}, {from: 0.01, color: "orange"}, {from: 0.1, color: "red"}}

func freshnessPanels() []panel {
	return []panel{
		{
			title: "Age, of what is allowed", width: 12, draw: lines{table: true}, unit: units.PercentUnit, min: ptr(0.0),
			description: "Age of the newest row as a share of the objective, the ten most overdue tables. A healthy table is a saw: " +
				"it climbs between two runs and falls with each. Above the dashed line (ModelFeatureTableStale) a run is missing or late: look at its log; " +
				"run it again.",
			queries: []query{
				{legend: "{{model}}", expr: `
					` + ofAllowed + ` and on (model) topk(10, max_over_time((` + ofAllowed + `)[$__range:1m] @ end()))`},
				{legend: "allowed", style: limit, expr: `vector(1)`},
			},
			none: "no freshness objectives",
		},
		{
			title: "Arrival lag", width: 6, draw: lines{}, unit: units.Seconds,
			description: "Time from the event of a row to its writing, the ten slowest tables. Where it climbs, rows come late though the pipeline runs: " +
				"what it reads from is slow.",
			queries: []query{{legend: "{{model}}", expr: top(10, "model", `max by (model) (ml_table_arrival_lag_seconds @@)`)}},
			none:    "no column says when rows were written",
		},
		{
			title: "Since the copy to the online store", width: 6, draw: lines{}, unit: units.Seconds,
			description: "How far the online store is behind by the registry's own word, the ten furthest. Larger than the usual pause between two runs: " +
				"the job that materializes the view failed.",
			queries: []query{{legend: "{{model}}", expr: top(10, "model", `time() - max by (model) (ml_table_materialized_timestamp_seconds @@)`)}},
			none:    "no feature store",
		},
	}
}

// ofRows is what share of an hour's rows a counter counts.
func ofRows(counter string) string {
	return `sum by (model) (increase(` + counter + `[1h])) / (sum by (model) (increase(ml_predictions_total[1h])) > 0)`
}

func volumePanels() []panel {
	wrong := columns{by: []string{"model"}, sort: "Duplicate"}
	return []panel{
		{
			title: "Rows per hour", width: 8, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "Rows that arrived in the hour before each moment, the ten tables with most. A batch is a hump; " +
				"a hump that is missing is a run that did not happen. Needs the rule bundle.",
			queries: []query{{legend: "{{model}}", expr: top(10, "model", hourOfTraffic)}},
		},
		{
			title: "All rows, now and last week", width: 8, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "Rows per hour of all tables that are chosen; dashed, a week before. Choose one table at the top to compare it with its own last week. " +
				"Half of them missing: a part of the input did not come. Needs the rule bundle.",
			queries: []query{
				{legend: "now", expr: `sum(` + hourOfTraffic + `)`},
				{legend: "last week", style: reference, expr: `sum(` + lastWeeksTraffic + `)`},
			},
		},
		{
			title: "Rows that are not as they should be", width: 8, draw: wrong, unit: units.PercentUnit, none: "no rows",
			description: "Share of the last hour's rows whose key (in a feature view, entities and time) was there before, that are too old for every window, " +
				"or are dated in the future. Duplicates: a run was repeated without deleting its output. Late: a backfill, or an input that was held up. " +
				"Future: a clock or time zone is wrong.",
			links: []link{to("Open the table", "model-exporter-model", wrong, "model")},
			queries: []query{
				{legend: "Duplicate", steps: anyShare, expr: ofRows("ml_duplicate_predictions_total")},
				{legend: "Late", steps: anyShare, expr: ofRows("ml_late_events_total")},
				{legend: "In the future", steps: anyShare, expr: ofRows("ml_future_events_total")},
			},
		},
	}
}

func schemaPanels() []panel {
	changed := columns{by: []string{"model", "feature", "change"}, sort: "Of rows"}
	return []panel{
		{
			title: "Columns that changed", width: 12, draw: changed, unit: units.PercentUnit,
			description: "Columns that were added, removed or have another type than in the baseline, by the share of the last quarter of an hour's rows. " +
				"From 10 % on, ModelSchemaChanged fires: models read a removed column as missing. Ask who changed the table; change it back, " +
				"or make a new baseline if it was meant. Needs the rule bundle.",
			links: toColumn(changed),
			queries: []query{{legend: "Of rows", steps: []step{{color: "green"}, {from: 0.1, color: "red"}}, expr: `
				topk(50, max by (model, feature, change) (model_version_feature_change:ml_schema_violations:ratio15m) > 0)`}},
			none: "no column changed",
		},
		{
			title: "How many columns changed", width: 12, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "Columns that differ from the baseline in a tenth of the rows or more, the ten tables and changes with most. " +
				"Where it begins, a release began. Needs the rule bundle.",
			links: []link{to("Open the table", "model-exporter-model", lines{}, "model")},
			queries: []query{{legend: "{{model}} {{change}}", expr: highestCount("model, change",
				`model_version_feature_change:ml_schema_violations:exceeded`)}},
			none: "no column changed",
		},
	}
}
