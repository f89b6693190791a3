package perf

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestBins: every score lies between the edges of its bin, edges ascend, and a
// bin is narrow compared with the distance to the nearer end.
func TestBins(t *testing.T) {
	for i := 1; i <= ScoreBins; i++ {
		if i != 1 && i != ScoreBins-1 && i != ScoreBins && binEdge(i) <= binEdge(i-1) {
			t.Errorf("edge %d: %v after %v", i, binEdge(i), binEdge(i-1))
		}
	}
	if bin(0) != 0 || bin(1) != ScoreBins-1 || bin(5e-324) != 1 || bin(math.Nextafter(1, 0)) != ScoreBins-2 {
		t.Errorf("ends: %d %d %d %d", bin(0), bin(1), bin(5e-324), bin(math.Nextafter(1, 0)))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		q := math.Exp2(-25 * r.Float64())
		for _, p := range []float64{q, 1 - q, r.Float64()} {
			i := bin(p)
			lower, upper := binEdge(i), binEdge(i+1)
			if p < lower || p > upper {
				t.Fatalf("%v is in bin %d [%v, %v]", p, i, lower, upper)
			}
			if end := min(p, 1-p); end > 1e-6 && upper-lower > max(end/8, 1./512) {
				t.Fatalf("bin %d of %v is %v wide", i, p, upper-lower)
			}
		}
	}
}

// TestLn allows math.Log one rounding more.
func TestLn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	worst := 0.0
	for range 300_000 {
		x := math.Exp2(-50 * r.Float64())
		for _, x := range []float64{x, 1 - x, r.Float64()} {
			if x < 1e-300 {
				continue
			}
			want := math.Log(x)
			worst = max(worst, math.Abs(ln(x)-want)/max(1, math.Abs(want)))
		}
	}
	if t.Logf("worst error %.2g", worst); worst > 7e-16 {
		t.Errorf("ln is off by %.2g, want at most 7e-16", worst)
	}
}

func BenchmarkLn(b *testing.B) {
	for name, f := range map[string]func(float64) float64{"with=table": ln, "with=math": math.Log} {
		b.Run(name, func(b *testing.B) {
			x, sum := 0.001, 0.0
			for b.Loop() {
				if x += 0.0007; x > 1 {
					x -= 0.999
				}
				sum += f(x)
			}
			_ = sum
		})
	}
}
