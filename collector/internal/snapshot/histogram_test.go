package snapshot

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// edgeTimes are every bucket's bounds with their neighbours: classic, native,
// and those of the table.
func edgeTimes(l *layout) []float64 {
	var out []float64
	add := func(v float64) {
		out = append(out, v, math.Nextafter(v, math.Inf(1)), math.Nextafter(v, 0))
	}
	for _, b := range l.bounds {
		add(b)
	}
	for key := firstKey - 1; key <= maxExponent*perOctave; key++ {
		add(nativeBound(key))
	}
	for i := range len(l.first) {
		add(math.Float64frombits((math.Float64bits(zeroThreshold)>>tableShift + uint64(i)) << tableShift))
	}
	add(0)
	return slices.DeleteFunc(out, func(v float64) bool { return v > nativeBound(maxExponent*perOctave) })
}

func decodeHistogram(t *testing.T, h *Histogram) *dto.Histogram {
	t.Helper()
	out := &dto.Histogram{}
	if err := proto.Unmarshal(appendHistogram(nil, h), out); err != nil {
		t.Fatal(err)
	}
	return out
}

// histograms are the families of the catalogue that are one.
var histograms = slices.DeleteFunc(slices.Clone(catalog.Families), func(f *catalog.Family) bool { return f.Type != catalog.Histogram })

func TestHistogramEqualsClientGolang(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	random := make([]float64, 10_000)
	for i := range random {
		random[i] = math.Exp(rnd.NormFloat64()*3 - 3)
	}
	delays := make([]float64, 10_000)
	for i := range delays {
		delays[i] = math.Exp(rnd.Float64() * math.Log(90*86400))
	}
	for _, f := range histograms {
		for name, times := range map[string][]float64{
			"empty": nil, "zero": {0, 0}, "one": {1}, "far apart": {1e-6, 1, 1e6}, "edges": edgeTimes(layouts[f]), "random": random,
			"a second to three months": delays,
		} {
			t.Run(f.Name+"/"+name, func(t *testing.T) {
				reference := prometheus.NewHistogram(prometheus.HistogramOpts{
					Name: "x", Buckets: f.Buckets, NativeHistogramBucketFactor: 1.1, NativeHistogramZeroThreshold: zeroThreshold,
				})
				for _, v := range times {
					reference.Observe(v)
				}
				var want dto.Metric
				if err := reference.Write(&want); err != nil {
					t.Fatal(err)
				}
				want.Histogram.CreatedTimestamp = nil
				if diff := cmp.Diff(decodeHistogram(t, histogramOf(f, times)), want.Histogram, protocmp.Transform()); diff != "" {
					t.Errorf("(-got +want)\n%s", diff)
				}
			})
		}
	}
}

var latency = &catalog.PredictionLatency

func TestHistogramOutsideItsRange(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1e-9, -1} {
		if l := histogramOf(latency, []float64{v}); *l != NewHistogram(latency) {
			t.Errorf("Observe(%g) counted", v)
		}
	}
	for _, v := range []float64{math.Nextafter(1<<maxExponent, math.Inf(1)), 1e9, math.MaxFloat64} {
		h := decodeHistogram(t, histogramOf(latency, []float64{v}))
		if h.GetSampleCount() != 1 || h.GetSampleSum() != v || h.PositiveSpan[0].GetOffset() != maxExponent*perOctave+1 {
			t.Errorf("Observe(%g) gives %v, want one in the bucket above 2^%d", v, h, maxExponent)
		}
	}
}

// Whatever is observed, a histogram stays as small as it is.
func TestHistogramIsBounded(t *testing.T) {
	l := NewHistogram(latency)
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 100_000 {
		l.Observe(math.Float64frombits(rnd.Uint64() >> 1))
	}
	buckets := len(decodeHistogram(t, &l).PositiveDelta)
	if limit := octaves*perOctave + 1; buckets > limit {
		t.Errorf("%d native buckets, want at most %d", buckets, limit)
	}
}

func TestHistogramMerge(t *testing.T) {
	times := edgeTimes(layouts[latency])
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(times), func(i, j int) { times[i], times[j] = times[j], times[i] })
	for i := range times {
		times[i] = math.Round(times[i]*1024) / 1024 // so that sums are exact in any order
	}
	want := histogramOf(latency, times)
	for _, cut := range []int{0, 1, len(times) / 2, len(times)} {
		a, b := histogramOf(latency, times[:cut]), histogramOf(latency, times[cut:])
		ab, ba := *a, *b
		ab.Merge(b)
		ba.Merge(a)
		if ab != *want || ba != *want {
			t.Errorf("merged at %d: differs from observing everything at once", cut)
		}
	}
	if want.Count() != uint64(len(times)) {
		t.Errorf("Count = %d, want %d", want.Count(), len(times))
	}
}

func TestObserveDoesNotAllocate(t *testing.T) {
	l := NewHistogram(latency)
	if n := testing.AllocsPerRun(100, func() { l.Observe(0.123) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestHistogramDecodesToTheSame(t *testing.T) {
	for _, f := range histograms {
		for _, times := range [][]float64{nil, {0}, {math.MaxFloat64, 1}, edgeTimes(layouts[f])} {
			want := histogramOf(f, times)
			got := NewHistogram(f)
			rest, err := got.Decode(append(want.AppendTo(nil), "rest"...))
			if err != nil || string(rest) != "rest" || got != *want {
				t.Errorf("%s with %d values: rest %q, error %v, equal %v", f.Name, len(times), rest, err, got == *want)
			}
		}
	}
}

// A histogram that was written with other buckets keeps all values.
func TestHistogramDecodesOtherBuckets(t *testing.T) {
	want := histogramOf(&catalog.LabelDelay, edgeTimes(layouts[&catalog.LabelDelay]))
	got := NewHistogram(latency)
	if _, err := got.Decode(want.AppendTo(nil)); err != nil || got.Count() != want.Count() || got.Sum() != want.Sum() {
		t.Errorf("error %v, %d values of sum %v; want %d of %v", err, got.Count(), got.Sum(), want.Count(), want.Sum())
	}
}

func FuzzDecodeHistogram(f *testing.F) {
	f.Add(histogramOf(latency, []float64{0, 1, 2, 1e9}).AppendTo(nil))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		h := NewHistogram(latency)
		if _, err := h.Decode(b); err != nil {
			return
		}
		appendHistogram(nil, &h)
		again := NewHistogram(latency)
		if _, err := again.Decode(h.AppendTo(nil)); err != nil || again != h {
			t.Fatalf("decodes to something else the second time: %v", err)
		}
	})
}
