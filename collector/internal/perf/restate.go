package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// At returns v, a metric of so many labels with its interval of 99 %, with the
// interval that MetricsAt would have given it at alpha: a baseline file keeps 99 %
// alone. Each metric's interval is symmetric on a scale of its own, where it widens by
// the ratio of the two quantiles: the logarithm of losses and of 1−R², the logit of
// areas. Of shares the number of trials is found again from Wilson's interval, each
// end x of which solves
//
//	(x − v)² = z²·x·(1−x) / n
//
// An interval of no width is a baseline that somebody declared, and stays.
func At(v Value, labels, alpha float64) Value {
	if !(v.Lower < v.Upper) || !v.finite() {
		return v
	}
	wide := levelOf(alpha).restated(v, max(labels, 2)-1)
	return Value{v.Metric, v.Value, min(wide.Lower, v.Value), max(wide.Upper, v.Value)}
}

func (l level) restated(v Value, df float64) Value {
	students, normals := l.student(df)/usual.student(df), l.z/usual.z
	switch v.Metric {
	case catalog.LogLoss, catalog.Brier, catalog.MAE, catalog.RMSE, catalog.MAPE:
		return v.widen(students, math.Log, math.Exp)
	case catalog.R2:
		return v.widen(students, func(x float64) float64 { return -math.Log(1 - x) }, func(x float64) float64 { return 1 - math.Exp(-x) })
	case catalog.NDCG, catalog.MRR:
		return unit(v.widen(students, same, same))
	case catalog.Bias:
		return v.widen(students, same, same)
	case catalog.ECE: // a part of it does not grow with z
		return unit(v.widen(max(normals, 1), same, same))
	case catalog.F1:
		j := l.ofTrials(Value{v.Metric, toShare(v.Value), toShare(v.Lower), toShare(v.Upper)})
		return Value{v.Metric, v.Value, toF1(j.Lower), toF1(j.Upper)}
	case catalog.ROCAUC, catalog.PRAUC:
		if v.Value > 0 && v.Value < 1 {
			return v.widen(students, func(x float64) float64 { return math.Log(x / (1 - x)) }, logistic)
		}
	}
	return l.ofTrials(v)
}

func same(x float64) float64 { return x }

// widen makes an interval wider that is symmetric on a scale. If an end was cut, or
// the two do not agree, the further one tells.
func (v Value) widen(factor float64, to, from func(float64) float64) Value {
	x := to(v.Value)
	half := 0.0
	for _, d := range [...]float64{x - to(v.Lower), to(v.Upper) - x} {
		if d > half && !math.IsInf(d, 1) {
			half = d
		}
	}
	return Value{v.Metric, v.Value, from(x - factor*half), from(x + factor*half)}
}

// ofTrials is a share with the level's interval for as many trials as Wilson's of 99 %
// shows, one if that is everything from 0 to 1.
func (l level) ofTrials(v Value) Value {
	n := math.Inf(1)
	for _, x := range [...]float64{v.Lower, v.Upper} {
		if d := x - v.Value; d != 0 && x > 0 && x < 1 {
			n = min(n, max(usual.z*usual.z*x*(1-x)/(d*d), 1))
		}
	}
	if math.IsInf(n, 1) {
		n = 1
	}
	return l.proportion(v.Metric, v.Value, n)
}

// toShare is the inverse of toF1.
func toShare(f1 float64) float64 { return f1 / (2 - f1) }
