package dashboards

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// missing is the share of null values of the last hour, by column.
const missing = `max by (model, feature) (model_version_feature_check:ml_feature_violations:ratio1h{check="missing"})`

// threshold is the lowest from which a column alerts, whatever the priority; series
// is a selector without its end.
func threshold(series string) string {
	return `min by (model, feature) (` + series + `})`
}

// first50 are the fifty highest, and among leaves the others out of another
// column of the same table.
func first50(expr string) string { return `topk(50, ` + expr + `)` }

func among(ranking, expr string) string {
	return `(` + expr + `) and on (model, feature) ` + first50(ranking)
}

func tableValuePanels() []panel {
	nulls := columns{by: []string{"model", "feature"}, sort: "More than usual"}
	drifted := columns{by: []string{"model", "feature"}, sort: "Of what alerts"}
	failed := columns{by: []string{"model", "feature", "check"}, sort: "Of what alerts"}
	const (
		checked = `max by (model, feature, check) (model_version_feature_check:ml_feature_violations:excess1h{check!="missing"})`
		failing = `(` + checked + ` > 0) / on (model, feature, check)
			min by (model, feature, check) (ml_feature_violation_ratio_threshold{check!="missing"})`

		usual    = `max by (model, feature) (ml_baseline_feature_missing_ratio)`
		excess   = `max by (model, feature) (model_version_feature_check:ml_feature_violations:excess1h{check="missing"})`
		more     = excess + ` > 0`
		distance = `max by (model, feature) (ml_feature_drift{statistic="psi"})`
		beyond   = `max by (model, feature) (ml_feature_drift{statistic="psi"} > ml_feature_drift_critical{statistic="psi"})`
	)
	nullLimit := threshold(`ml_feature_violation_ratio_threshold{check="missing"`)
	driftLimit := threshold(`ml_feature_drift_threshold{statistic="psi"`)
	worst := beyond + ` / on (model, feature) ` + driftLimit
	return []panel{
		{
			title: "Null values", width: 12, draw: nulls, unit: units.PercentUnit,
			description: "Columns of which more values are missing than in the baseline and than chance explains, the fifty worst, over an hour. " +
				"From 100 % of the threshold on a column alerts (ModelFeatureViolations). Often a join that no longer finds its keys, " +
				"or an input that came empty: look at the pipeline's last run. Needs the rule bundle.",
			links: toColumn(nulls),
			queries: []query{
				{legend: "More than usual", expr: first50(more)},
				{legend: "Now", expr: among(more, missing)},
				{legend: "Usual", expr: among(more, usual)},
				{legend: "Threshold", expr: among(more, nullLimit)},
				{legend: "Of what alerts", steps: limitSteps, expr: among(more, excess+` / on (model, feature) `+nullLimit)},
			},
			none: "no more than usual",
		},
		{
			title: "Columns that drifted most", width: 12, draw: drifted, unit: units.Short,
			description: "How far the values of each column moved from the baseline (psi), the fifty furthest of those that moved more than chance explains. " +
				"From 100 % of its threshold on a column alerts (ModelFeatureDrift). Compare with schema and nulls first: " +
				"a changed unit or a lost join drifts too. If the world changed, train the models that read it anew.",
			links: toColumn(drifted),
			queries: []query{
				{legend: "Of what alerts", unit: units.PercentUnit, steps: limitSteps, expr: first50(worst)},
				{legend: "Distance", expr: among(worst, distance)},
				{legend: "Chance alone", expr: among(worst, `max by (model, feature) (ml_feature_drift_critical{statistic="psi"})`)},
				{legend: "Threshold", expr: among(worst, driftLimit)},
			},
			none: "nothing beyond chance",
		},
		{
			title: "Failed checks", width: 12, draw: failed, unit: units.PercentUnit,
			description: "Columns of which more values than chance explains are of another type, outside their range, stand for nothing, or were never seen before, " +
				"the fifty worst, over an hour. From 100 % of the threshold on a column alerts (ModelFeatureViolations). " +
				"Look at the column: a changed unit, a default value, a new category upstream. Needs the rule bundle.",
			links: toColumn(failed),
			queries: []query{
				{legend: "Of what alerts", steps: limitSteps, expr: first50(failing)},
				{legend: "Too many", expr: checked + ` and on (model, feature, check) ` + first50(failing)},
			},
			none: "no failed checks",
		},
		{
			title: "How many columns fail a check", width: 12, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "Columns of which so many values fail a check that they alert, the ten tables and checks with most. " +
				"One alone has a cause of its own; many at once came from one release, or one input. Needs the rule bundle.",
			links: []link{to("Open the table", "model-exporter-model", lines{}, "model")},
			queries: []query{{legend: "{{model}} {{check}}", expr: highestCount("model, check",
				`model_version_feature_check:ml_feature_violations:exceeded`)}},
			none: "none",
		},
	}
}

// ofEntities is a share of the entities that were looked up in the online store.
func ofEntities(gauge string) string {
	return `max by (model) (` + gauge + ` @@ / (ml_online_entities @@ > 0))`
}

func onlinePanels() []panel {
	skewed := columns{by: []string{"model", "feature"}, sort: "Differ"}
	const (
		skew      = `max by (model, feature) (ml_online_skewed_values / (ml_online_values > 0)) > 0`
		onlineAge = `time() - max by (model) (ml_online_last_event_timestamp_seconds @@)`
	)
	share := func(title, gauge, description string) panel {
		return panel{
			title: title, width: 8, draw: lines{}, unit: units.PercentUnit, min: ptr(0.0), none: "no online store",
			description: description,
			queries:     []query{{legend: "{{model}}", expr: top(10, "model", ofEntities(gauge))}},
		}
	}
	return []panel{
		{
			title: "Online store readable", width: 8, draw: states{}, unit: units.Short, words: upOrDown, none: "no online store",
			description: "Whether the exporter could read the online store. Red: models cannot either, or the exporter lost its access. Its log has the error.",
			queries:     []query{{legend: "{{model}}", expr: `min by (model) (ml_online_store_up)`}},
		},
		share("Missing online", "ml_online_missing_entities",
			"Share of sampled entities that the table has and the online store has not, the ten worst views. Models get nothing for them. Materialize the view; look why the last run left them out."),
		share("Older online than in the table", "ml_online_stale_entities",
			"Share of sampled entities whose online row is older than the table's, the ten worst views. A little is usual between two runs; a share that stays means that the copy fails."),
		share("Expired online", "ml_online_expired_entities",
			"Share of sampled entities whose online row is older than the view's TTL, the ten worst views. A feature server returns nothing for them: fill the table, then materialize it."),
		{
			title: "Age of the newest online row", width: 8, draw: lines{}, unit: units.Seconds, none: "no online store",
			description: "How old the newest row in the online store is, and how old it may be. Above the dashed line no entity has a valid value.",
			queries: []query{
				{legend: "{{model}}", expr: top(10, "model", onlineAge)},
				{legend: "allowed for {{model}}", style: limit, expr: `
					max by (model) (ml_table_ttl_seconds) and on (model) topk(10, ` + strings.ReplaceAll(onlineAge, "@@", "@ end()") + `)`},
			},
		},
		{
			title: "Values that differ online", width: 8, draw: skewed, unit: units.Short, none: "none differ",
			description: "Values of the same row that differ between online store and table: the model was trained on one and is served the other. None may. " +
				"Compare how both are computed: types, rounding, defaults, time zones.",
			links: toColumn(skewed),
			queries: []query{
				{legend: "Differ", unit: units.PercentUnit, steps: []step{{color: "green"}, {from: 0.001, color: "red"}},
					expr: first50(skew)},
				{legend: "Compared", expr: among(skew, `max by (model, feature) (ml_online_values)`)},
			},
		},
	}
}

// upOrDown are the words of what can be there or not.
var upOrDown = []word{{"1", "up", "green"}, {"0", "down", "red"}}
