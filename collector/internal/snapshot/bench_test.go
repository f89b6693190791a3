package snapshot

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// benchSeries is what the page of a large installation consists of: half of it
// counters of bins, a quarter drift with all its digits, a quarter thresholds
// and means of a few digits.
func benchSeries(n int) []sample {
	rnd := rand.New(rand.NewPCG(1, 1))
	list := make([]sample, n)
	for i := range list {
		feature := "customer_feature_" + strconv.Itoa(i/40)
		switch {
		case i%4 == 0:
			list[i] = sample{family: &catalog.FeatureDrift, value: rnd.ExpFloat64() / 10,
				labels: []string{"fraud", "2026-11-01", feature, string(catalog.Statistics[i/4%9]), "training", strconv.Itoa(i / 36 % 10)}}
		case i%4 == 1:
			list[i] = sample{family: &catalog.FeatureMean, value: float64(rnd.IntN(1e6)) / 100,
				labels: []string{"fraud", "2026-11-01", feature, strconv.Itoa(i / 4 % 10)}}
		default:
			list[i] = sample{family: &catalog.FeatureBin, value: float64(rnd.IntN(1 << rnd.IntN(24))),
				labels: []string{"fraud", "2026-11-01", feature, fmt.Sprintf("(%d,%d]", i%40, i%40+1)}}
		}
	}
	return list
}

var benchSizes = []int{100_000, 1_000_000}

// BenchmarkRender renders one page after every value changed: the work of the
// first scrape after Publish. The others copy bytes.
func BenchmarkRender(b *testing.B) {
	names := [numFormats]string{"text", "openmetrics", "proto"}
	for _, n := range benchSizes {
		before := liveBytes()
		shards := shardsOf(benchSeries(n), 10)
		held := liveBytes() - before
		for f := range numFormats {
			for e := range numEncodings {
				b.Run(fmt.Sprintf("series=%d/format=%s/encoding=%s", n, names[f], e), func(b *testing.B) {
					var p Publisher
					size, wire := 0, 0
					scrape := func() {
						p.Publish(shards)
						pg := p.hold()
						s := pg.encoded(f, e)
						size, wire = s.size, len(s.body)
						pg.giveUp()
					}
					scrape() // names of protobuf are made once
					b.ReportAllocs()
					for b.Loop() {
						scrape()
					}
					b.SetBytes(int64(size))
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/series")
					b.ReportMetric(float64(wire)/float64(n), "wire-B/series")
					b.ReportMetric(float64(held)/float64(n), "held-B/series")
				})
			}
		}
		runtime.KeepAlive(shards)
	}
}

// discard is a client that reads at once and keeps nothing.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkScrape answers scrapes of a page that another scrape has rendered:
// what remains is the registry of the exporter itself.
func BenchmarkScrape(b *testing.B) {
	const n = 100_000
	var p Publisher
	p.Publish(shardsOf(benchSeries(n), 10))
	for e := range numEncodings {
		b.Run(fmt.Sprintf("series=%d/format=text/encoding=%s", n, e), func(b *testing.B) {
			h := p.Handler(selfMetrics())
			r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
			r.Header.Set("Accept-Encoding", e.String())
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}

func liveBytes() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkReference is the same page by client_golang: constant metrics made
// by a collector in each Gather, and vectors that hold their children.
func BenchmarkReference(b *testing.B) {
	for _, n := range benchSizes {
		if n > 100_000 && testing.Short() {
			continue
		}
		list := benchSeries(n)
		constant := prometheus.NewRegistry()
		constant.MustRegister(constants(list))
		b.Run(fmt.Sprintf("series=%d/format=text/kind=constant", n), func(b *testing.B) { gatherText(b, constant, n) })
		before := liveBytes()
		vectors := prometheus.NewRegistry()
		fill(vectors, list)
		held := liveBytes() - before
		b.Run(fmt.Sprintf("series=%d/format=text/kind=vectors", n), func(b *testing.B) {
			gatherText(b, vectors, n)
			b.ReportMetric(float64(held)/float64(n), "held-B/series")
		})
	}
}

// constants is collector as one would write it for speed: descriptions are made
// once, label values are used as they are.
type constants []sample

func (constants) Describe(chan<- *prometheus.Desc) {}

func (c constants) Collect(out chan<- prometheus.Metric) {
	descs := map[*catalog.Family]*prometheus.Desc{}
	for i := range c {
		s := &c[i]
		d := descs[s.family]
		if d == nil {
			d = prometheus.NewDesc(s.family.Name, s.family.Help, s.family.Labels, nil)
			descs[s.family] = d
		}
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, s.value, s.labels...)
	}
}

func fill(r *prometheus.Registry, list []sample) {
	vectors := map[*catalog.Family]*prometheus.GaugeVec{}
	for _, s := range list {
		v := vectors[s.family]
		if v == nil {
			v = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: s.family.Name, Help: s.family.Help}, s.family.Labels)
			r.MustRegister(v)
			vectors[s.family] = v
		}
		v.WithLabelValues(s.labels...).Set(s.value)
	}
}

func gatherText(b *testing.B, g prometheus.Gatherer, n int) {
	b.ReportAllocs()
	for b.Loop() {
		families, err := g.Gather()
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range families {
			if _, err := expfmt.MetricFamilyToText(io.Discard, f); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/series")
}

func BenchmarkNumber(b *testing.B) {
	for name, v := range map[string]float64{"count": 12345, "large": 123456789, "decimal": 0.25, "digits": 1. / 3} {
		b.Run("value="+name+"/of=snapshot", func(b *testing.B) {
			buf := make([]byte, 0, 32)
			for b.Loop() {
				buf = appendNumber(buf[:0], v)
			}
		})
		b.Run("value="+name+"/of=strconv", func(b *testing.B) {
			buf := make([]byte, 0, 32)
			for b.Loop() {
				buf = strconv.AppendFloat(buf[:0], v, 'g', -1, 64)
			}
		})
	}
}

func BenchmarkObserve(b *testing.B) {
	values := make([]float64, 1024)
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range values {
		values[i] = rnd.ExpFloat64() / 20
	}
	b.Run("of=snapshot", func(b *testing.B) {
		l := NewHistogram(&catalog.PredictionLatency)
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			l.Observe(values[i&1023])
			i++
		}
	})
	b.Run("of=client_golang", func(b *testing.B) {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "x", Buckets: catalog.PredictionLatency.Buckets, NativeHistogramBucketFactor: 1.1})
		b.ReportAllocs()
		i := 0
		for b.Loop() {
			h.Observe(values[i&1023])
			i++
		}
	})
}
