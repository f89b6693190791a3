package snapshot

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// hostile are label values as other people's data may have them.
var hostile = []string{
	"", " ", `"`, `\`, `\\"`, `\n`, "\n", "a\nb", "\x00", "tab\t", "ümläut", "日本", "{}=,", `le="1"`,
	"\xff", "\xfe", "a\xc3(", strings.Repeat("x", 256), strings.Repeat("x", 257), strings.Repeat("x", 10_000),
	strings.Repeat("x", 9_999) + "y", strings.Repeat("ü", 5_000), "é" + strings.Repeat("日", 100),
}

// numbers are values that a formatter may get wrong.
var numbers = []float64{
	0, math.Copysign(0, -1), 1, -1, 2, 9, 10, -10, 99, 100, 12345, 999999, 1e6, 1000001, 1234567, 1e7, 123456789,
	1 << 53, 1<<53 - 1, 1<<53 + 2, 1e15, 9007199254740993, 1e16, 1e20, 1e21, 1e22, 1e100, math.MaxFloat64, -math.MaxFloat64,
	0.1, 0.2, 0.25, 0.3, 0.1 + 0.2, 1. / 3, 2. / 3, 0.5, -0.5, 1.5, 100.25, 999999.5, 999999.999999, 999999.9999999,
	0.0001, 0.00011, 0.00009999, 1e-5, 0.000001, 1.000001, 1.0000001, 1e-300, math.SmallestNonzeroFloat64,
	math.Inf(1), math.Inf(-1), math.Pi, math.E * 1e5, 1763725102.123,
}

// sample is what a test sets and the reference exposes.
type sample struct {
	family *catalog.Family
	labels []string
	value  float64
	times  []float64 // of a histogram
}

// samples returns series of every family of the catalogue: most visible.
func samples(seed uint64) []sample {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var out []sample
	for _, f := range catalog.Families {
		for i := range max(1, min(len(hostile), 12*len(f.Labels))) {
			s := sample{family: f, labels: make([]string, len(f.Labels)), value: numbers[rnd.IntN(len(numbers))]}
			for j := range s.labels {
				s.labels[j] = hostile[rnd.IntN(len(hostile))]
			}
			if len(s.labels) > 0 {
				s.labels[0] = hostile[i] // no two series are the same
			}
			if rnd.IntN(8) == 0 && i > 0 {
				s.value = math.NaN()
			}
			for range rnd.IntN(200) {
				s.times = append(s.times, math.Exp(rnd.NormFloat64()*4-4))
			}
			out = append(out, s)
		}
	}
	return out
}

// shardsOf spreads samples over n shards.
func shardsOf(list []sample, n int) []*Shard {
	shards := make([]*Shard, n)
	for i := range shards {
		shards[i] = NewShard()
	}
	for i, s := range list {
		sh := shards[i*n/len(list)]
		if s.family.Type != catalog.Histogram {
			sh.Set(sh.Series(s.family, s.labels...), s.value)
			continue
		}
		ref := sh.Histogram(s.family, s.labels...)
		if !math.IsNaN(s.value) {
			sh.SetHistogram(ref, histogramOf(s.family, s.times))
		}
	}
	return shards
}

func histogramOf(f *catalog.Family, times []float64) *Histogram {
	h := NewHistogram(f)
	for _, t := range times {
		h.Observe(t)
	}
	return &h
}

// collector exposes samples by client_golang.
type collector []sample

func (collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(out chan<- prometheus.Metric) {
	for _, s := range c {
		if math.IsNaN(s.value) {
			continue
		}
		labels := make([]string, len(s.labels))
		for i, v := range s.labels {
			labels[i] = labelValue(v)
		}
		desc := prometheus.V2.NewDesc(s.family.Name, s.family.Help, prometheus.UnconstrainedLabels(s.family.Labels), nil,
			prometheus.WithUnit(unit(s.family)))
		switch s.family.Type {
		case catalog.Counter:
			out <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, s.value, labels...)
		case catalog.Gauge:
			out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, s.value, labels...)
		default:
			h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
				Name: s.family.Name, Help: s.family.Help, Unit: unit(s.family), Buckets: s.family.Buckets,
				NativeHistogramBucketFactor: 1.1, NativeHistogramZeroThreshold: zeroThreshold,
			}, s.family.Labels)
			for _, t := range s.times {
				h.WithLabelValues(labels...).Observe(t)
			}
			h.WithLabelValues(labels...)
			h.Collect(out)
		}
	}
}

// reference gathers samples by client_golang and puts families, series and
// labels, all of which a registry sorts, into our order.
func reference(t testing.TB, list []sample) []*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector(list))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	position := map[string]int{}
	for i, s := range list {
		values := make([]string, len(s.labels))
		for j, v := range s.labels {
			values[j] = labelValue(v)
		}
		position[fmt.Sprintf("%s%q", s.family.Name, values)] = i
	}
	byName := map[string]*catalog.Family{}
	for _, f := range catalog.Families {
		byName[f.Name] = f
	}
	for _, mf := range families {
		f := byName[mf.GetName()]
		order := func(m *dto.Metric) int {
			values := make([]string, len(m.Label))
			for i, l := range m.Label {
				values[i] = l.GetValue()
			}
			return position[fmt.Sprintf("%s%q", f.Name, values)]
		}
		for _, m := range mf.Metric {
			slices.SortFunc(m.Label, func(a, b *dto.LabelPair) int {
				return slices.Index(f.Labels, a.GetName()) - slices.Index(f.Labels, b.GetName())
			})
			if m.Histogram != nil {
				m.Histogram.CreatedTimestamp = nil // the vectors of this test have one
			}
		}
		slices.SortFunc(mf.Metric, func(a, b *dto.Metric) int { return order(a) - order(b) })
	}
	slices.SortFunc(families, func(a, b *dto.MetricFamily) int {
		return familyIndex[byName[a.GetName()]] - familyIndex[byName[b.GetName()]]
	})
	return families
}

func encodeBy(t testing.TB, families []*dto.MetricFamily, f expfmt.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := expfmt.NewEncoder(&b, f)
	for _, mf := range families {
		if err := enc.Encode(mf); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func render(shards []*Shard, f format) []byte {
	return newPage(shards, &spares{}).encoded(f, identity).body
}

// seeds are those of samples to try.
func seeds() uint64 {
	if testing.Short() {
		return 1
	}
	return 5
}

func TestTextEqualsClientGolang(t *testing.T) {
	for seed := range seeds() {
		list := samples(seed)
		want := reference(t, list)
		shards := shardsOf(list, 3)
		for f, ef := range map[format]expfmt.Format{formatText: expfmt.FmtText, formatOpenMetrics: expfmt.FmtOpenMetrics_1_0_0} {
			if diff := cmp.Diff(string(render(shards, f)), string(encodeBy(t, want, ef))); diff != "" {
				t.Fatalf("seed %d, format %d: (-got +want)\n%s", seed, f, diff)
			}
		}
	}
}

func TestProtobufEqualsClientGolang(t *testing.T) {
	for seed := range seeds() {
		list := samples(seed)
		got := decodeProto(t, render(shardsOf(list, 3), formatProto))
		want := reference(t, list)
		// Sums are added in another order by neither side: bits must agree.
		if diff := cmp.Diff(got, want, protocmp.Transform()); diff != "" {
			t.Fatalf("seed %d: (-got +want)\n%s", seed, diff)
		}
	}
}

func decodeProto(t testing.TB, b []byte) []*dto.MetricFamily {
	t.Helper()
	var out []*dto.MetricFamily
	for r := bytes.NewReader(b); r.Len() > 0; {
		mf := &dto.MetricFamily{}
		if err := (protodelim.UnmarshalOptions{MaxSize: -1}).UnmarshalFrom(r, mf); err != nil {
			t.Fatal(err)
		}
		out = append(out, mf)
	}
	return out
}

func TestLint(t *testing.T) {
	problems, err := promlint.New(bytes.NewReader(render(shardsOf(samples(1), 2), formatText))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestShardsDoNotMatter(t *testing.T) {
	list := samples(2)
	for f := range numFormats {
		one := render(shardsOf(list, 1), f)
		for _, n := range []int{2, 7, 50} {
			if !bytes.Equal(render(shardsOf(list, n), f), one) {
				t.Errorf("format %d: %d shards render other bytes than one", f, n)
			}
		}
	}
}

// The order in which an owner adds series of different families is its own
// business: only the order within a family shows.
func TestOrderOfFamiliesDoesNotMatter(t *testing.T) {
	list := samples(3)
	byFamily := slices.Clone(list)
	rand.New(rand.NewPCG(3, 3)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	within := slices.Clone(list)
	slices.SortStableFunc(within, func(a, b sample) int { return familyIndex[a.family] - familyIndex[b.family] })
	for f := range numFormats {
		if !bytes.Equal(render(shardsOf(list, 1), f), render(shardsOf(within, 1), f)) {
			t.Errorf("format %d depends on the order in which families were added", f)
		}
		if f == formatText && lines(render(shardsOf(list, 1), f)) != lines(render(shardsOf(byFamily, 1), f)) {
			t.Error("a permutation of the series changes more than their order")
		}
	}
}

// lines returns text with its lines sorted.
func lines(b []byte) string {
	l := strings.Split(string(b), "\n")
	slices.Sort(l)
	return strings.Join(l, "\n")
}

func TestHidden(t *testing.T) {
	s := NewShard()
	a, b := s.Series(&catalog.FeatureMean, "m", "1", "a", "1h"), s.Series(&catalog.FeatureMean, "m", "1", "b", "1h")
	h := s.Histogram(&catalog.PredictionLatency, "m", "1")
	check := func(step string, want int, wantText string) {
		t.Helper()
		if got := s.Len(); got != want {
			t.Errorf("%s: Len = %d, want %d", step, got, want)
		}
		got := render([]*Shard{s}, formatText)
		if !strings.Contains(string(got), wantText) || (want == 0) != (len(got) == 0) {
			t.Errorf("%s: rendered %q, want %q in it", step, got, wantText)
		}
		if pb := decodeProto(t, render([]*Shard{s}, formatProto)); (len(pb) == 0) != (want == 0) {
			t.Errorf("%s: protobuf has %d families", step, len(pb))
		}
	}
	check("new", 0, "")
	s.Set(b, 2)
	check("one set", 1, "gauge\nml_feature_mean{model=\"m\",model_version=\"1\",feature=\"b\",window=\"1h\"} 2\n")
	s.Set(a, 0)
	check("both set", 2, "feature=\"a\",window=\"1h\"} 0\n")
	s.Set(a, math.NaN())
	s.Set(b, math.NaN())
	check("both hidden", 0, "")
	s.SetHistogram(h, histogramOf(&catalog.PredictionLatency, nil))
	check("empty histogram", len(catalog.PredictionLatency.Buckets)+3, "_count{model=\"m\",model_version=\"1\"} 0\n")
	s.SetHistogram(h, nil)
	check("hidden histogram", 0, "")
}

// What is published does not change when the owner goes on.
func TestPublishedIsImmutable(t *testing.T) {
	var p Publisher
	s := NewShard()
	ref := s.Series(&catalog.Predictions, "m", "1")
	h := s.Histogram(&catalog.PredictionLatency, "m", "1")
	l := NewHistogram(&catalog.PredictionLatency)
	s.Set(ref, 1)
	s.SetHistogram(h, &l)
	p.Publish([]*Shard{s})
	published := p.hold()
	var want [numFormats][]byte
	for f := range numFormats {
		want[f] = render([]*Shard{s}, f)
	}
	s.Set(ref, 2)
	l.Observe(1)
	s.SetHistogram(h, &l)
	for i := range 1000 {
		s.Set(s.Series(&catalog.Predictions, "m", fmt.Sprint(i+2)), 3)
	}
	_ = render([]*Shard{s}, formatProto) // builds the messages of the new series
	for f := range numFormats {
		if got := published.encoded(f, identity).body; !bytes.Equal(got, want[f]) {
			t.Errorf("format %d: published %q, now %q", f, want[f], got)
		}
	}
}

func TestPanicsOnMisuse(t *testing.T) {
	for name, misuse := range map[string]func(*Shard){
		"unknown family":      func(s *Shard) { s.Series(&catalog.Family{Name: "x"}) },
		"too few labels":      func(s *Shard) { s.Series(&catalog.Predictions, "m") },
		"histogram as series": func(s *Shard) { s.Series(&catalog.PredictionLatency, "m", "1") },
		"series as histogram": func(s *Shard) { s.Histogram(&catalog.Predictions, "m", "1") },
		"value of no series":  func(s *Shard) { s.Set(s.Histogram(&catalog.PredictionLatency, "m", "1"), 1) },
		"buckets of another": func(s *Shard) {
			s.SetHistogram(s.Histogram(&catalog.LabelDelay, "m", "1"), histogramOf(&catalog.PredictionLatency, nil))
		},
		"histogram of a series": func(s *Shard) { s.SetHistogram(s.Series(&catalog.Predictions, "m", "1"), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			misuse(NewShard())
		})
	}
}
