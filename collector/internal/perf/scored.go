package perf

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// scored returns the metrics of probabilities. roc_auc and pr_auc of several
// classes are means over the classes that have both positives and negatives;
// their bounds are the means of the classes' bounds, which is right if the
// classes err together and wide otherwise.
func (s *State) scored(l level, c *Config) []Value {
	var auc, ap []Value
	for class := range s.scores {
		if c.Task == catalog.Binary && class != c.Positive {
			continue
		}
		r := s.ranks(class)
		if v, ok := r.auc(l); ok {
			auc = append(auc, v)
		}
		if v, ok := r.averagePrecision(l); ok {
			ap = append(ap, v)
		}
	}
	vs := append(meanOf(auc), meanOf(ap)...)
	if n := float64(s.n[nScored]); n >= 2 {
		brier := l.averageLoss(catalog.Brier, n, s.f[fBrier], s.f[fBrier2])
		if c.Task == catalog.Binary { // of several classes scores need not add up to 1
			brier.Upper = min(brier.Upper, 1)
		}
		vs = append(vs, l.averageLoss(catalog.LogLoss, n, s.f[fLogLoss], s.f[fLogLoss2]), brier)
	}
	if v, ok := s.ece(l); ok {
		vs = append(vs, v)
	}
	return vs
}

// meanOf returns the mean of values of one metric and of their bounds.
func meanOf(vs []Value) []Value {
	if len(vs) == 0 {
		return nil
	}
	mean := Value{Metric: vs[0].Metric}
	k := float64(len(vs))
	for _, v := range vs {
		mean.Value += v.Value / k
		mean.Lower += v.Lower / k
		mean.Upper += v.Upper / k
	}
	return []Value{mean}
}

// ece returns Σ n_b/n · |mean score − share of positives| over ten equal bins
// [b/10, (b+1)/10), the last closed. With w = n_b/n and the standard error s of
// a bin's share, noise alone moves the sum by at most Σ w·|noise|, whose mean
// is √(2/π)·Σ w·s: the interval is that plus z standard deviations to either
// side. Unlike a bootstrap it covers a perfectly calibrated model too, whose
// measured error is all noise; elsewhere it is wide.
func (s *State) ece(l level) (v Value, ok bool) {
	n := 0.0
	for _, k := range s.n[nBins:nRight] {
		n += float64(max(k, 0))
	}
	if n < 2 {
		return v, false
	}
	var sum, squares, noise, noise2 float64
	for b := range eceBins {
		k := float64(s.n[nBins+b])
		if k <= 0 {
			continue
		}
		right, w := float64(s.n[nRight+b]), k/n
		gap := math.Abs(s.f[fConfidence+b]-right) / k
		sum += w * gap
		squares += w * gap * gap
		p := (right + 2) / (k + 4) // Agresti and Coull: a bin of one is not sure
		noise += w * math.Sqrt(p*(1-p)/k)
		noise2 += w * w * p * (1 - p) / k
	}
	half := math.Sqrt(2/math.Pi)*noise + l.z*math.Sqrt((1-2/math.Pi)*noise2+max(squares-sum*sum, 0)/n)
	return unit(Value{catalog.ECE, sum, sum - half, sum + half}), true
}
