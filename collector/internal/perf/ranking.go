package perf

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// cutoff is how many items of a request ndcg and hit_rate look at.
const cutoff = 10

// Rank adds a labelled request of a ranking model with sign +1, and takes it back
// with −1; it counts as one label. relevance is that of the items in the order shown; a click is 1. An item
// counts as relevant above 0. A request without items adds nothing, one with a
// relevance that is not within 0..30 is skipped and counted.
//
//	DCG = Σ (2^relevance − 1) / log2(rank+1) over the first 10
//	ndcg = DCG / DCG of the best order of all items; 0 without relevant items
//
// Source: Burges et al. (2005), Learning to rank using gradient descent.
func (s *State) Rank(relevance []float64, sign int) {
	if len(relevance) == 0 {
		return
	}
	f, n := float64(sign), int64(sign)
	clicks, first := int64(0), 0
	for i, r := range relevance {
		if !(r >= 0 && r <= 30) {
			s.n[nSkipped] += n
			return
		}
		if r > 0 {
			clicks++
			if first == 0 {
				first = i + 1
			}
		}
	}
	shown := int64(len(relevance))
	s.n[nLabels] += n
	s.n[nRequests] += n
	s.n[nShown] += n * shown
	s.n[nClicks] += n * clicks
	s.n[nShown2] += n * shown * shown
	s.n[nClicks2] += n * clicks * clicks
	s.n[nShownClicks] += n * shown * clicks
	if first == 0 {
		return
	}
	if first <= cutoff {
		s.n[nHits] += n
	}
	reciprocal, gain := 1/float64(first), ndcg(relevance)
	s.f[fReciprocal] += f * reciprocal
	s.f[fReciprocal2] += f * reciprocal * reciprocal
	s.f[fNDCG] += f * gain
	s.f[fNDCG2] += f * gain * gain
}

func ndcg(relevance []float64) float64 {
	best := slices.Clone(relevance)
	slices.SortFunc(best, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	ideal := dcg(best)
	if ideal == 0 { // relevance too small for a float's gain
		return 0
	}
	return min(dcg(relevance)/ideal, 1)
}

func dcg(relevance []float64) float64 {
	sum := 0.0
	for i, r := range relevance[:min(len(relevance), cutoff)] {
		sum += math.Expm1(r*math.Ln2) / math.Log2(float64(i+2))
	}
	return sum
}

// ranking returns the metrics of a ranking model. ndcg and mrr are means over
// requests, hit_rate a share of them; ctr is a ratio of sums, and since items of
// one request are clicked together its variance is that between requests.
func (s *State) ranking(l level) []Value {
	n := float64(s.n[nRequests])
	var vs []Value
	if n >= 2 {
		vs = append(vs,
			unit(l.average(catalog.NDCG, n, s.f[fNDCG], s.f[fNDCG2])),
			unit(l.average(catalog.MRR, n, s.f[fReciprocal], s.f[fReciprocal2])))
	}
	vs = l.share(vs, catalog.HitRate, float64(s.n[nHits]), n)
	if shown := float64(s.n[nShown]); shown > 0 && n >= 2 {
		ctr := float64(s.n[nClicks]) / shown
		squares := float64(s.n[nClicks2]) - 2*ctr*float64(s.n[nShownClicks]) + ctr*ctr*float64(s.n[nShown2])
		variance := max(squares, 0) / (shown * shown) * n / (n - 1)
		vs = append(vs, l.effective(catalog.CTR, ctr, variance, shown))
	}
	return vs
}

// unit cuts an interval at 0 and 1.
func unit(v Value) Value {
	v.Lower, v.Upper = max(v.Lower, 0), min(v.Upper, 1)
	return v
}
