package sketch_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// TestDistinctEstimate allows five standard errors, 11.5 %, for values whose bits
// are as regular as counters, and demands that the mean error shows no bias.
func TestDistinctEstimate(t *testing.T) {
	for _, n := range []int{0, 1, 2, 10, 100, 1000, 3000, 8000, 30_000, 200_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			if testing.Short() && n > 10_000 {
				t.Skip("slow")
			}
			kinds := map[string]func(run, i int) float64{
				"integers": func(run, i int) float64 { return float64(run*n + i) },
				"hundreds": func(run, i int) float64 { return float64(100 * (run*n + i)) },
				"cents":    func(run, i int) float64 { return float64(run*n+i) / 100 },
				"powers":   func(run, i int) float64 { return math.Ldexp(float64(run*n+i+1), -60) },
			}
			sum, runs := 0.0, 0
			for name, value := range kinds {
				for run := range 10 {
					nums := make([]float64, n)
					for i := range nums {
						nums[i] = value(run, i)
					}
					var d sketch.Distinct
					d.AddNums(cellsOf(n, event.Number), nums, identity(n))
					d.AddNums(cellsOf(n, event.Bool), nums, identity(n)) // the same values again
					got := d.Estimate()
					// Of a few values two may share a register.
					if math.Abs(got-float64(n)) > max(1.1, 0.115*float64(n)) {
						t.Errorf("%s: estimate %.1f, want %d", name, got, n)
					}
					if n > 0 {
						sum += got/float64(n) - 1
						runs++
					}
				}
			}
			if bias := sum / float64(max(runs, 1)); math.Abs(bias) > 4*0.023/math.Sqrt(40) {
				t.Errorf("mean relative error %.4f", bias)
			}
		})
	}
}

func TestDistinctWords(t *testing.T) {
	var d, hashed sketch.Distinct
	for i := range 5000 {
		word := fmt.Sprintf("customer-%d", i)
		d.AddWord(word)
		hashed.AddHash(event.Hash(word))
	}
	if d != hashed {
		t.Error("a word and its hash differ")
	}
	if got := d.Estimate(); math.Abs(got-5000) > 575 {
		t.Errorf("estimate %.0f of 5,000 words", got)
	}
}

func TestDistinctZerosAreOne(t *testing.T) {
	var d sketch.Distinct
	d.AddNums(cellsOf(2, event.Number), []float64{0, math.Copysign(0, -1)}, identity(2))
	if got := d.Estimate(); math.Round(got) != 1 {
		t.Errorf("estimate %v for 0 and -0", got)
	}
}

func drawDistinct(t *rapid.T, name string) *sketch.Distinct {
	d := new(sketch.Distinct)
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, name), 1))
	for range rapid.SampledFrom([]int{0, 1, 40, 1000, 1400, 1600, 20_000}).Draw(t, name+" values") {
		d.AddHash(r.Uint64())
	}
	return d
}

func TestDistinctMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawDistinct(t, "a"), drawDistinct(t, "b"), drawDistinct(t, "c")
		ab, ba := *a, *b
		ab.Merge(b)
		ba.Merge(a)
		if ab != ba {
			t.Fatal("merge is not commutative")
		}
		left, right, bc := ab, *a, *b
		left.Merge(c)
		bc.Merge(c)
		right.Merge(&bc)
		if left != right {
			t.Fatal("merge is not associative")
		}
		if left.Merge(a); left != right {
			t.Fatal("a value that comes again counts again")
		}
	})
}

func TestDistinctEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDistinct(t, "d")
		encoded := d.AppendTo([]byte("before"))
		if len(encoded) > 6+2049 {
			t.Fatalf("%d bytes", len(encoded))
		}
		got := *drawDistinct(t, "other contents")
		rest, err := got.Decode(append(encoded[6:], "after"...))
		if err != nil || string(rest) != "after" || got != *d {
			t.Fatalf("decoded differs; rest %q, error %v", rest, err)
		}
	})
}

func FuzzDistinctDecode(f *testing.F) {
	for _, n := range []int{0, 1, 100, 5000} {
		var d sketch.Distinct
		r := rand.New(rand.NewPCG(1, 2))
		for range n {
			d.AddHash(r.Uint64())
		}
		f.Add(d.AppendTo(nil))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d, again sketch.Distinct
		rest, err := d.Decode(data)
		if err != nil {
			if d != again {
				t.Fatal("a failed Decode leaves something behind")
			}
			return
		}
		if e := d.Estimate(); !(e >= 0) {
			t.Fatalf("estimate %v", e)
		}
		if len(rest) > len(data) || !bytes.HasSuffix(data, rest) {
			t.Fatal("rest is no end of the data")
		}
		if _, err := again.Decode(d.AppendTo(nil)); err != nil || again != d {
			t.Fatalf("encoded again it differs: %v", err)
		}
	})
}
