package snapshot

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// wantNumber is the definition that appendNumber is a faster form of.
func wantNumber(v float64) string {
	switch {
	case v == 0:
		return "0"
	case math.IsInf(v, 0):
		return map[bool]string{true: "+Inf", false: "-Inf"}[v > 0]
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func wantOpenMetrics(v float64) string {
	s := wantNumber(v)
	if !strings.ContainsAny(s, ".eI") {
		s += ".0"
	}
	return s
}

func checkNumber(t *testing.T, v float64) {
	t.Helper()
	if got, want := string(appendNumber(nil, v)), wantNumber(v); got != want {
		t.Errorf("appendNumber(%x) = %s, want %s", v, got, want)
	}
	if got, want := string(appendOpenMetricsNumber(nil, v)), wantOpenMetrics(v); got != want {
		t.Errorf("appendOpenMetricsNumber(%x) = %s, want %s", v, got, want)
	}
}

func TestNumbers(t *testing.T) {
	for _, v := range numbers {
		checkNumber(t, v)
		checkNumber(t, math.Nextafter(v, math.Inf(1)))
		checkNumber(t, math.Nextafter(v, math.Inf(-1)))
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	n := 200_000
	if testing.Short() {
		n /= 20
	}
	for range n {
		for _, v := range []float64{
			math.Float64frombits(rnd.Uint64()),
			float64(rnd.Int64N(1 << rnd.IntN(63))),
			float64(rnd.Int64N(1e12)) / math.Pow10(rnd.IntN(9)), // decimals, as data has them
			math.Exp(rnd.NormFloat64() * 5),
		} {
			if !math.IsNaN(v) {
				checkNumber(t, v)
			}
		}
		if t.Failed() {
			return
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, v := range numbers {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		if !math.IsNaN(v) {
			checkNumber(t, v)
		}
	})
}
