package rules

import (
	"fmt"
	"strings"
)

// mostRanked is how many decision bins a feature may have for its ks to be
// recorded. Baselines have ten unless somebody asked for more.
const mostRanked = 20

// gapRecords are the differences between the shares of a numeric feature's bins
// and the baseline's. The bin's rank becomes a label: sums of the first few are
// then look-ups, where a comparison of ranks would be a join.
func gapRecords() []record {
	var rules []record
	for _, w := range spans {
		rules = append(rules, record{
			name: "model_version_feature_rank:ml_feature_bin:gap" + w,
			expr: strings.ReplaceAll(fmt.Sprintf(`
				sum by (model, model_version, feature, rank) (
					(
						COUNT
						/ on (model, model_version, feature) group_left ()
						(sum by (model, model_version, feature) (COUNT) >= %d)
						- on (model, model_version, feature, bin)
						max by (model, model_version, feature, bin) (ml_baseline_bin_ratio)
					)
					* on (model, model_version, feature, bin) group_left (rank)
					count_values by (model, model_version, feature, bin) ("rank", max by (model, model_version, feature, bin) (ml_baseline_bin_rank))
				)`, minValues), "COUNT", "model_version_feature_bin:ml_feature_bin:increase"+w),
		})
	}
	return rules
}

// ksRecords are max |F−G| over the decision bins. It is at most the exporter's own
// ks, which sees finer bins.
func ksRecords() []record {
	var rules []record
	for _, w := range spans {
		rules = append(rules, record{name: "model_version_feature:ml_feature_ks:baseline" + w, expr: ks("model_version_feature_rank:ml_feature_bin:gap" + w)})
	}
	return rules
}

func ks(gap string) string {
	var sums, ranks []string
	for rank := 1; rank < mostRanked; rank++ {
		ranks = append(ranks, fmt.Sprint(rank))
		sums = append(sums, fmt.Sprintf(`label_replace(abs(sum by (model, model_version, feature) (%s{rank=~"%s"})), "rank", "%d", "", "")`,
			gap, strings.Join(ranks, "|"), rank))
	}
	return fmt.Sprintf(`max by (model, model_version, feature) (%s)
		unless on (model, model_version, feature) max by (model, model_version, feature) (ml_baseline_bin_rank) > %d`, strings.Join(sums, " or "), mostRanked)
}
