package rules

import (
	"fmt"
	"strings"
)

// minValues is the least number of values in a window that shares of bins are
// made of: with fewer, chance alone moves them too far. The exporter's own gauges
// are absent below global.min_values.
const minValues = 100

// spans are the windows of recorded distances.
var spans = []string{"1h", "1d"}

// Values by bin, over all exporters of a model version. A day is 24 whole hours:
// reading a day's samples of so many series would exceed what a query may read.
var (
	hourlyBins = record{
		name: "model_version_feature_bin:ml_feature_bin:increase1h",
		expr: `sum by (model, model_version, feature, bin) (increase(ml_feature_bin_total[1h]))`,
	}
	dailyBins = record{
		name: "model_version_feature_bin:ml_feature_bin:increase1d",
		expr: `sum_over_time(model_version_feature_bin:ml_feature_bin:increase1h[1d:1h])`,
	}
)

// shareRecords are the shares of the bins, and those of the baseline that they are
// compared with. As for the exporter's own statistics with logarithms, an empty bin
// counts as half of one of its side's values; a bin empty on both sides adds nothing,
// so the baseline has none of it.
func shareRecords() []record {
	var rules []record
	for _, w := range spans {
		in := strings.NewReplacer("COUNT", "model_version_feature_bin:ml_feature_bin:increase"+w, "LEAST", fmt.Sprint(minValues))
		rules = append(rules,
			record{name: "model_version_feature_bin:ml_feature_bin:ratio" + w, expr: in.Replace(`
				(COUNT > 0 or COUNT + 0.5)
				/ on (model, model_version, feature) group_left ()
				(sum by (model, model_version, feature) (COUNT) >= LEAST)`)},
			record{name: "model_version_feature_bin:ml_baseline_bin:ratio" + w, expr: in.Replace(`
				max by (model, model_version, feature, bin) (ml_baseline_bin_ratio) > 0
				or
				(max by (model, model_version, feature, bin) (ml_baseline_bin_ratio) and on (model, model_version, feature, bin) COUNT > 0)
				+ on (model, model_version, feature) group_left ()
				0.5 / max by (model, model_version, feature) (ml_baseline_feature_values)`)})
	}
	return rules
}

// distanceRecords compare shares with the baseline's and with last week's.
func distanceRecords() []record {
	var rules []record
	for _, w := range spans {
		live := "model_version_feature_bin:ml_feature_bin:ratio" + w
		base := "model_version_feature_bin:ml_baseline_bin:ratio" + w
		counts := "model_version_feature_bin:ml_feature_bin:increase" + w
		week := strings.NewReplacer("COUNT", counts, "LIVE", live).Replace(`
			(LIVE offset 1w and on (model, model_version, feature, bin) (COUNT > 0 or COUNT offset 1w > 0))`)
		name := func(statistic, against string) string {
			return "model_version_feature:ml_feature_" + statistic + ":" + against + w
		}
		rules = append(rules,
			record{name: name("psi", "baseline"), expr: psi(live, base)},
			record{name: name("js", "baseline"), expr: js(live, base)},
			record{name: name("psi", "week"), expr: psi(live, week)},
			record{name: name("js", "week"), expr: js(live, week)})
	}
	return rules
}

// psi is Σ (p−q) ln(p/q).
func psi(p, q string) string {
	return distance(`sum by (model, model_version, feature) ((P - Q) * ln(P / Q))`, p, q)
}

// js is sqrt(½ Σ p log2(p/r) + ½ Σ q log2(q/r)) with r = (p+q)/2.
func js(p, q string) string {
	return distance(`sqrt(clamp_min(sum by (model, model_version, feature) (
		P * log2(2 * P / (P + Q)) + Q * log2(2 * Q / (P + Q))
	) / 2, 0))`, p, q)
}

func distance(formula, p, q string) string {
	return strings.NewReplacer("P", p, "Q", q).Replace(formula)
}

// driftExceeded are the distances that are both significant and above their
// threshold. An exporter compares with its own noise limit, so that comparison
// comes before the maximum over exporters. The rolling baseline only tells how new
// a drift is: a window that is unlike the training data and like the week before it
// still is unlike the training data, and one that is unlike both would count twice.
func driftExceeded() []record {
	drift := func(what, gauge string) func(string) string {
		return func(priority string) string {
			return strings.NewReplacer("WHAT", what, "GAUGE", gauge, "PRIORITY", priority).Replace(`
				max by (model, model_version, WHAT, statistic) (GAUGE{baseline!="rolling"} > GAUGE_critical)
				> on (model, model_version, WHAT, statistic)
				max by (model, model_version, WHAT, statistic) (GAUGE_threshold{priority="PRIORITY"})`)
		}
	}
	rules := append(
		exceeded("model_version_feature_statistic:ml_feature_drift:exceeded", drift("feature", "ml_feature_drift")),
		exceeded("model_version_output_statistic:ml_output_drift:exceeded", drift("output", "ml_output_drift"))...)
	return rules
}
