package config

import (
	"maps"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

type (
	priorities = map[catalog.Priority]float64
	distances  = map[catalog.Statistic]priorities
	shares     = map[catalog.Check]priorities
	losses     = map[catalog.Metric]priorities
)

// Built-in thresholds. Only psi alerts, so that one shift is one alert; other
// statistics alert where the configuration gives them a threshold.
var (
	highDrift   = distances{catalog.PSI: {catalog.P1: 0.25, catalog.P2: 0.1}}
	normalDrift = distances{catalog.PSI: {catalog.P2: 0.25}}
	outputDrift = distances{catalog.PSI: {catalog.P1: 0.25, catalog.P2: 0.1}}

	// Share of values failing a check above the baseline's share.
	highViolations   = everyCheck(priorities{catalog.P1: 0.05, catalog.P2: 0.01})
	normalViolations = everyCheck(priorities{catalog.P1: 0.2, catalog.P2: 0.05})
)

// Losses of performance, relative to the baseline. Of each task's metrics only
// these alert: the others say the same in other words.
var (
	lostPerformance = everyMetric(priorities{catalog.P0: 0.15, catalog.P1: 0.05}, catalog.Accuracy, catalog.F1, catalog.ROCAUC, catalog.MAE, catalog.RMSE, catalog.NDCG)
	lostEstimated   = everyMetric(priorities{catalog.P1: 0.15, catalog.P2: 0.05}, catalog.Accuracy, catalog.ROCAUC)
)

// unequal are the usual limits of how differently the values of a segment may be
// treated: ten points, and four fifths.
var unequal = map[catalog.Fairness]priorities{
	catalog.DemographicParityDifference: {catalog.P1: 0.1},
	catalog.EqualOpportunityDifference:  {catalog.P1: 0.1},
	catalog.DisparateImpactRatio:        {catalog.P1: 0.8},
}

func everyMetric(p priorities, metrics ...catalog.Metric) losses {
	all := losses{}
	for _, m := range metrics {
		all[m] = p
	}
	return all
}

func everyCheck(p priorities) shares {
	all := shares{}
	for _, c := range catalog.Checks {
		all[c] = p
	}
	return all
}

// off is the threshold that nothing reaches.
var off = unbounded

// FeatureThresholds returns the thresholds in force for a feature: the built-in
// ones for its importance, overridden by the model's, overridden by its own, and
// capped by the model's tier. A statistic or check without any never alerts.
func (m *Model) FeatureThresholds(feature string) (drift map[catalog.Statistic]map[catalog.Priority]float64, checks map[catalog.Check]map[catalog.Priority]float64) {
	f := newFeature(feature)
	for i := range m.Features {
		if m.Features[i].Name == feature {
			f = m.Features[i]
		}
	}
	builtinDrift, builtinChecks := normalDrift, normalViolations
	if f.Importance == High {
		builtinDrift, builtinChecks = highDrift, highViolations
	}
	return inForce(m.Tier, builtinDrift, m.Thresholds.FeatureDrift, f.Thresholds.FeatureDrift),
		inForce(m.Tier, builtinChecks, m.Thresholds.Violations, f.Thresholds.Violations)
}

// OutputThresholds returns the thresholds in force for every output of the model.
func (m *Model) OutputThresholds() map[catalog.Statistic]map[catalog.Priority]float64 {
	return inForce(m.Tier, outputDrift, m.Thresholds.OutputDrift)
}

// PerformanceThresholds returns the losses from which performance, and estimated
// performance, alert.
func (m *Model) PerformanceThresholds() (performance, estimated map[catalog.Metric]map[catalog.Priority]float64) {
	return inForce(m.Tier, lostPerformance, m.Thresholds.Performance), inForce(m.Tier, lostEstimated, m.Thresholds.Estimated)
}

// FairnessThresholds returns the limits for each of the segments in Fairness.
// Differences alert above them, ratios below.
func (m *Model) FairnessThresholds() map[catalog.Fairness]map[catalog.Priority]float64 {
	return inForce(m.Tier, unequal)
}

// inForce overrides thresholds layer by layer and caps what results.
func inForce[K comparable](tier catalog.Tier, layers ...map[K]priorities) map[K]priorities {
	all := map[K]priorities{}
	for _, layer := range layers {
		for key, p := range layer {
			if all[key] == nil {
				all[key] = priorities{}
			}
			maps.Copy(all[key], p)
		}
	}
	for key, p := range all {
		maps.DeleteFunc(p, func(_ catalog.Priority, x float64) bool { return x == off })
		limit(p, tier)
		if len(p) == 0 {
			delete(all, key)
		}
	}
	return all
}

// limit moves thresholds of priorities that the tier does not allow down to the
// most urgent one it does, unless that has its own. A less urgent alert starts
// no later than a more urgent one: an override of one priority moves the others.
func limit(p priorities, tier catalog.Tier) {
	allowed := 0 // index of the most urgent priority
	switch tier {
	case catalog.Standard:
		allowed = 1
	case catalog.BestEffort:
		allowed = 2
	}
	most := catalog.Priorities[allowed]
	for i := allowed - 1; i >= 0; i-- {
		above := catalog.Priorities[i]
		if x, ok := p[above]; ok {
			if _, own := p[most]; !own {
				p[most] = x
			}
			delete(p, above)
		}
	}
	lowest := off
	for _, priority := range catalog.Priorities {
		if x, ok := p[priority]; ok {
			lowest = min(lowest, x)
			p[priority] = lowest
		}
	}
}

// thresholdsBlock reads overrides; those of outputs concern a whole model.
func thresholdsBlock(t *Thresholds, outputs bool) block {
	distance := func(p *float64) value { return ratio(p, 0, unbounded) }
	share := func(p *float64) value { return ratio(p, 0, 1) }
	b := block{
		fields: []field{
			{"feature_drift", withDefault(thresholdTable(&t.FeatureDrift, "statistic", catalog.Statistics, distance), builtin(catalog.PSI, highDrift, normalDrift)),
				"Drift of a feature, where it is above its noise limit.",
				"{ psi: { P1: 0.2, P2: off } }"},
			{"feature_violations", withDefault(thresholdTable(&t.Violations, "check", catalog.Checks, share), builtin(catalog.CheckMissing, highViolations, normalViolations)),
				"Share of values failing a check, above the baseline's own share.",
				"{ missing: { P1: 10% } }"},
		},
		later: []string{"kpi", "kpis", "traffic", "labels", "age", "calibration", "fairness"},
	}
	if outputs {
		b.fields = append(b.fields, field{"output_drift", withDefault(thresholdTable(&t.OutputDrift, "statistic", catalog.Statistics, distance), builtin(catalog.PSI, outputDrift, outputDrift)),
			"Drift of a prediction or score, where it is above its noise limit.", "{ psi: { P1: 0.3 } }"})
		b.fields = append(b.fields, multivariateField(t))
		loss := func(p *float64) value { return ratio(p, 0, unbounded) }
		b.fields = append(b.fields,
			field{"performance", withDefault(thresholdTable(&t.Performance, "metric", catalog.Metrics, loss), "accuracy, f1, roc_auc, mae, rmse and ndcg: P0 0.15, P1 0.05"),
				"Loss of performance relative to the baseline, at the favourable end of its interval.", "{ accuracy: { P0: 15%, P1: 5% } }"},
			field{"estimated_performance", withDefault(thresholdTable(&t.Estimated, "metric", catalog.Metrics, loss), "accuracy and roc_auc: P1 0.15, P2 0.05"),
				"The same of performance estimated without labels.", "{ roc_auc: { P1: 10% } }"})
	}
	return b
}

// builtin describes built-in thresholds: of psi alone, or of every check alike.
func builtin[K ~string](key K, high, normal map[K]priorities) string {
	text := func(p priorities) string {
		var words []string
		for _, priority := range catalog.Priorities {
			if x, ok := p[priority]; ok {
				words = append(words, string(priority)+" "+decimal(x))
			}
		}
		return strings.Join(words, ", ")
	}
	of := string(key)
	if len(normal) > 1 {
		of = "every check"
	}
	if reflect.DeepEqual(high, normal) {
		return of + ": " + text(normal[key])
	}
	return of + ": " + text(normal[key]) + "; of high importance: " + text(high[key])
}

// thresholdTable reads { psi: { P1: 0.25, P2: off } }.
func thresholdTable[K ~string](p *map[K]priorities, noun string, keys []K, number func(*float64) value) value {
	v := nested(func() block {
		b := block{noun: noun}
		for _, key := range keys {
			row := func() priorities {
				if *p == nil {
					*p = map[K]priorities{}
				}
				if (*p)[key] == nil {
					(*p)[key] = priorities{}
				}
				return (*p)[key]
			}
			b.fields = append(b.fields, field{name: string(key), value: nested(func() block { return prioritiesBlock(row, number) })})
		}
		return b
	})
	v.kind, v.table = noun+" → priority → number, percent or off", true
	return v
}

func prioritiesBlock(p func() priorities, number func(*float64) value) block {
	b := block{noun: "priority"}
	for _, priority := range catalog.Priorities {
		var x float64
		v := number(&x)
		v.kind, v.initial = "number, percent or off", ""
		read := v.read
		v.read = func(r *reader, n *yaml.Node, at string) {
			// YAML 1.1 reads off as false; both mean the same here.
			if n.Kind == yaml.ScalarNode && (n.Value == "off" || n.Value == "false") {
				p()[priority] = off
				return
			}
			if read(r, n, at); !r.failed(at) {
				p()[priority] = x
			}
		}
		b.fields = append(b.fields, field{name: string(priority), value: v})
	}
	b.check = func(r *reader, at string) { validateOrder(r, at, p()) }
	return b
}

func validateOrder(r *reader, at string, p priorities) {
	last := off
	urgent := catalog.Priority("")
	for _, priority := range catalog.Priorities {
		x, ok := p[priority]
		if !ok || x == off {
			continue
		}
		if x > last {
			r.failf(join(at, string(priority)), "%s is above the threshold of %s, %s; a more urgent one must be higher", decimal(x), urgent, decimal(last))
		}
		last, urgent = x, priority
	}
}
