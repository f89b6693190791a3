package rules

import "fmt"

// schemaShare is the share of events with a changed column from which it counts
// as a change of the schema rather than as bad values.
const schemaShare = 0.1

// violationRecords take the baseline's own share off, and what chance explains:
// three standard deviations of a share.
var violationRecords = []record{
	{name: "model_version_feature_check:ml_feature_violations:excess1h", expr: `
		(
			model_version_feature_check:ml_feature_violations:ratio1h{check="missing"}
			- on (model, model_version, feature) group_left ()
			max by (model, model_version, feature) (ml_baseline_feature_missing_ratio)
			or model_version_feature_check:ml_feature_violations:ratio1h
		)
		- on (model, model_version, feature, check)
		3 * sqrt(
			clamp_max(model_version_feature_check:ml_feature_violations:ratio1h, 1)
			* (1 - clamp_max(model_version_feature_check:ml_feature_violations:ratio1h, 1))
			/ on (model, model_version, feature) group_left ()
			(model_version_feature:ml_feature_values:increase1h >= 100)
		)`},
	{name: "model_version_feature_change:ml_schema_violations:exceeded", expr: fmt.Sprintf(`
		(
			model_version_feature_change:ml_schema_violations:ratio15m{change="removed"}
			- on (model, model_version, feature) group_left ()
			max by (model, model_version, feature) (ml_baseline_feature_missing_ratio)
			or model_version_feature_change:ml_schema_violations:ratio15m
		) > %g`, schemaShare)},
}

// violationsExceeded are the shares of failing values whose excess is above the
// threshold. A column that is gone or has another type is a change of the
// schema: its values are not reported once more as missing or mistyped, until
// the hour they are counted over has passed.
func violationsExceeded() []record {
	return exceeded("model_version_feature_check:ml_feature_violations:exceeded", func(priority string) string {
		return fmt.Sprintf(`
			model_version_feature_check:ml_feature_violations:ratio1h
			and on (model, model_version, feature, check) (
				model_version_feature_check:ml_feature_violations:excess1h
				> on (model, model_version, feature, check)
				max by (model, model_version, feature, check) (ml_feature_violation_ratio_threshold{priority="%s"})
			)
			unless on (model, model_version, feature, check) (
				model_version_feature_check:ml_feature_violations:ratio1h{check=~"missing|type"}
				and on (model, model_version, feature)
				max_over_time(model_version_feature_change:ml_schema_violations:exceeded[1h])
			)`, priority)
	})
}
