package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// ranks are the scores of one class against the rest, by bin.
type ranks struct {
	positive, negative []float64
	m, n               float64 // sums of both
}

func (s *State) ranks(class int) ranks {
	var r ranks
	if class < 0 || class >= len(s.scores) || s.scores[class] == nil {
		return r
	}
	t := s.scores[class]
	r.positive, r.negative = make([]float64, ScoreBins), make([]float64, ScoreBins)
	for b := range ScoreBins {
		row := t[b*cells:][:cells]
		r.positive[b] = float64(max(row[pairCell(false, true)]+row[pairCell(true, true)], 0))
		r.negative[b] = float64(max(row[pairCell(false, false)]+row[pairCell(true, false)], 0))
		r.m += r.positive[b]
		r.n += r.negative[b]
	}
	return r
}

// auc returns the area under the ROC curve, scores of one bin counted as ties,
// with DeLong's variance on the logit, and Student's quantile for the rarer of
// positives and negatives: not ok below two of either. At 0 and 1 the variance
// is 0, and the interval is a proportion's of as many trials as there are of the rarer
// class. Hanley and McNeil's variance was tried as well: it assumes a shape, and
// holds in 95 % instead of 99 % where positives spread three times wider.
//
// Binning moves the area by at most half the share of pairs (positive, negative)
// in a common bin, see AUCBound.
//
// Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44.
func (r *ranks) auc(l level) (v Value, ok bool) {
	if r.m < 2 || r.n < 2 {
		return v, false
	}
	var area, above2, below2 float64
	below, above := 0.0, r.m // negatives below the bin, positives above it
	for b, pos := range r.positive {
		neg := r.negative[b]
		if pos == 0 && neg == 0 {
			continue
		}
		above -= pos
		vp, vn := (below+neg/2)/r.n, (above+pos/2)/r.m
		below += neg
		area += pos * vp
		above2 += pos * vp * vp
		below2 += neg * vn * vn
	}
	area = min(area/r.m, 1)
	variance := (above2/r.m-area*area)/(r.m-1) + (below2/r.n-area*area)/(r.n-1)
	rarer := min(r.m, r.n)
	return l.areaInterval(catalog.ROCAUC, area, l.student(rarer-1)/l.z*math.Sqrt(max(variance, 0)), rarer), true
}

// areaInterval is logit's, and a proportion's of n trials where that is not defined.
func (l level) areaInterval(m catalog.Metric, area, se, n float64) Value {
	if se <= 0 || area <= 0 || area >= 1 {
		return l.proportion(m, area, n)
	}
	return l.logit(m, area, se/(area*(1-area)))
}

// averagePrecision returns Σ (Rₖ−Rₖ₋₁)·Pₖ over the bins, descending. The logit
// of it has standard error 1/√(m·v·(1−v)) for m positives.
//
// Source: Boyd, Eng and Page (2013), Area under the precision-recall curve:
// point estimates and confidence intervals, ECML PKDD.
func (r *ranks) averagePrecision(l level) (v Value, ok bool) {
	if r.m < 1 {
		return v, false
	}
	var ap, tp, all float64
	for b := ScoreBins - 1; b >= 0; b-- {
		tp += r.positive[b]
		all += r.positive[b] + r.negative[b]
		if r.positive[b] > 0 {
			ap += r.positive[b] * tp / all
		}
	}
	ap = min(ap/r.m, 1)
	return l.areaInterval(catalog.PRAUC, ap, math.Sqrt(ap*(1-ap)/r.m), r.m), true
}

// AUCBound returns how far the binning may have moved roc_auc: half the share
// of pairs of a positive and a negative that lie in one bin.
func (s *State) AUCBound(class int) float64 {
	r := s.ranks(class)
	if r.m == 0 || r.n == 0 {
		return 0
	}
	ties := 0.0
	for b, pos := range r.positive {
		ties += pos * r.negative[b]
	}
	return ties / (2 * r.m * r.n)
}

// PRBound returns how far the binning may have moved pr_auc: the mean, over the
// positives, of the difference between the precision at the end of their bin
// and the best and worst that any order within the bin could give them.
func (s *State) PRBound(class int) float64 {
	r := s.ranks(class)
	if r.m == 0 {
		return 0
	}
	var sum, tp, fp float64
	for b := ScoreBins - 1; b >= 0; b-- {
		pos, neg := r.positive[b], r.negative[b]
		if pos > 0 && neg > 0 {
			tied := (tp + pos) / (tp + pos + fp + neg)
			best := (tp + pos) / (tp + pos + fp)        // positives first, of one score
			first := (tp + 1) / (tp + 1 + fp + neg)     // negatives first, each positive apart:
			sum += pos * max(best-tied, (tied-first)/2) // concave, so the mean is above the middle
		}
		tp, fp = tp+pos, fp+neg
	}
	return sum / r.m
}
