package drift

import (
	"math"
	"math/rand/v2"
	"slices"
)

// limits are the laws of TVD, LInf, KS and Wasserstein for large samples
// without drift, each times sqrt(n·m/(n+m)) and squared. They depend on the
// baseline's shares (and widths), so they are simulated once per baseline.
type limits struct {
	tvd, linf, ks, wasserstein tail
}

// Draws of the limit processes. Together with the exact scale of the tail they
// leave a standard error of about 5 % in a false-alarm probability of 0.01.
const (
	decisionDraws = 4096
	fineDraws     = 2048
)

// simulateDecision finds the laws of TVD and LInf for a baseline with these
// shares: multinomial deviations x_i = √q_i·z_i − q_i·Σ√q_j·z_j.
func (l *limits) simulateDecision(shares []float64) {
	roots := make([]float64, len(shares))
	for i, q := range shares {
		roots[i] = math.Sqrt(q)
	}
	z := make([]float64, len(shares))
	random := rand.NewPCG(1, 1) // the same for every baseline: results repeat
	var tvd, tvdPowers, linf moments
	for range decisionDraws {
		fillNormal(z, random)
		var all float64
		for i, r := range roots {
			z[i] *= r
			all += z[i]
		}
		var sum, largest float64
		for i, q := range shares {
			x := math.Abs(z[i] - q*all)
			sum += x
			if x > largest {
				largest = x
			}
		}
		sum /= 2
		tvd.add(sum * sum)
		tvdPowers.add(sum * math.Sqrt(sum))
		linf.add(largest * largest)
	}
	l.tvd = summed(&tvd, &tvdPowers, halfVariance(shares))
	l.linf = maximum(&linf, largestVariance(shares))
}

// largestVariance is that of the bin nearest to one half.
func largestVariance(shares []float64) float64 {
	var v float64
	for _, q := range shares {
		v = max(v, q*(1-q))
	}
	return v
}

// halfVariance is the largest variance of any set of bins: of the one nearest to
// one half, as found by putting bins, large ones first, on the lighter side.
func halfVariance(shares []float64) float64 {
	sorted := slices.Clone(shares)
	slices.Sort(sorted)
	var set, rest float64
	for _, q := range slices.Backward(sorted) {
		if set <= rest {
			set += q
		} else {
			rest += q
		}
	}
	return set * rest
}

// simulateFine finds the laws of KS and Wasserstein: a Brownian bridge at the
// cut points, and the mean beyond the outer ones.
func (l *limits) simulateFine(s *Shape, base Side) {
	m := float64(total(base.Counts))
	shares := make([]float64, len(base.Counts))
	roots := make([]float64, len(base.Counts))
	upTo := make([]float64, len(base.Counts))
	var g, ksVariance float64
	for i, c := range base.Counts {
		shares[i] = float64(c) / m
		roots[i] = math.Sqrt(shares[i])
		g += shares[i]
		upTo[i] = g
		ksVariance = max(ksVariance, g*(1-g))
	}
	w := newTransport(s, base, shares)
	z := make([]float64, len(shares)+2)
	random := rand.NewPCG(2, 2)
	var ks, wasserstein, wassersteinPowers moments
	for range fineDraws {
		fillNormal(z, random)
		bridge := z[:len(roots)]
		var sum float64
		for i, r := range roots {
			sum += r * bridge[i]
			bridge[i] = sum
		}
		var largest float64
		for i, t := range upTo[:len(bridge)] {
			b := bridge[i] - t*sum
			bridge[i] = b
			if b = math.Abs(b); b > largest {
				largest = b
			}
		}
		ks.add(largest * largest)
		area := w.area(bridge, z[len(roots)], z[len(roots)+1])
		wasserstein.add(area * area)
		wassersteinPowers.add(area * math.Sqrt(area))
	}
	l.ks = maximum(&ks, ksVariance)
	l.wasserstein = summed(&wasserstein, &wassersteinPowers, w.variance)
}
