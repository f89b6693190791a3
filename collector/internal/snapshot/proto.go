package snapshot

import (
	"encoding/binary"
	"math"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

var inf = math.Inf(1)

// Field numbers of io.prometheus.client, metrics.proto.
const (
	familyName, familyHelp, familyType, familyMetric, familyUnit = 1, 2, 3, 4, 5

	metricLabel, metricGauge, metricCounter, metricHistogram = 1, 2, 3, 7

	labelName, labelContent = 1, 2

	sampleValue = 1 // of Gauge and of Counter

	histogramCount, histogramSum, histogramBucket         = 1, 2, 3
	histogramSchema, histogramZeroThreshold               = 5, 6
	histogramZeroCount, histogramSpan, histogramDelta     = 7, 12, 13
	bucketCumulative, bucketBound, spanOffset, spanLength = 1, 2, 1, 2
)

// protoTypes are the values of MetricType.
var protoTypes = map[catalog.Type]uint64{catalog.Counter: 0, catalog.Gauge: 1, catalog.Histogram: 4}

// protoNames holds the messages of a table's series, made from its text names
// when the first scrape asks for protobuf: few exporters are ever asked for
// more than one format, and the names are the bulk of the memory.
//
// A counter or gauge is a whole MetricFamily.metric field whose last 8 bytes
// are the value: encoding copies the array and writes the values over it. A
// histogram is only its labels.
type protoNames struct {
	mu   sync.Mutex
	data []byte
	ends []uint32
}

// of returns the messages of the series that n knows.
func (pn *protoNames) of(f *catalog.Family, n *names) (data []byte, ends []uint32) {
	pn.mu.Lock()
	defer pn.mu.Unlock()
	var labels []byte
	for i := len(pn.ends); i < len(n.ends); i++ {
		labels = appendLabels(labels[:0], f, n.at(i))
		if f.Type == catalog.Histogram {
			pn.data = append(pn.data, labels...)
		} else {
			pn.data = appendMetric(pn.data, f.Type, labels)
		}
		pn.ends = append(pn.ends, uint32(len(pn.data)))
	}
	// Later series are appended behind these: what is returned stays as it is.
	ends = pn.ends[:len(n.ends):len(n.ends)]
	if len(ends) == 0 {
		return nil, nil
	}
	return pn.data[:ends[len(ends)-1]], ends
}

// appendLabels appends the Metric.label fields of a series named in text.
func appendLabels(b []byte, f *catalog.Family, name []byte) []byte {
	rest := name[len(f.Name):]
	var value []byte
	for _, label := range f.Labels {
		rest = rest[len(label)+len(`{="`):]
		end := 0
		for rest[end] != '"' {
			if rest[end] == '\\' {
				end++
			}
			end++
		}
		value = appendUnescaped(value[:0], rest[:end])
		rest = rest[end+1:]
		size := protowire.SizeTag(labelName) + protowire.SizeBytes(len(label)) +
			protowire.SizeTag(labelContent) + protowire.SizeBytes(len(value))
		b = protowire.AppendTag(b, metricLabel, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(size))
		b = protowire.AppendTag(b, labelName, protowire.BytesType)
		b = protowire.AppendString(b, label)
		b = protowire.AppendTag(b, labelContent, protowire.BytesType)
		b = protowire.AppendBytes(b, value)
	}
	return b
}

// appendMetric appends the MetricFamily.metric field of a counter or gauge
// whose value is 0.
func appendMetric(b []byte, t catalog.Type, labels []byte) []byte {
	const sample = 1 + 8 // tag and fixed64
	field := protowire.Number(metricGauge)
	if t == catalog.Counter {
		field = metricCounter
	}
	b = protowire.AppendTag(b, familyMetric, protowire.BytesType)
	b = protowire.AppendVarint(b, uint64(len(labels)+protowire.SizeTag(field)+protowire.SizeBytes(sample)))
	b = append(b, labels...)
	b = protowire.AppendTag(b, field, protowire.BytesType)
	b = protowire.AppendVarint(b, sample)
	b = protowire.AppendTag(b, sampleValue, protowire.Fixed64Type)
	return protowire.AppendFixed64(b, 0)
}

// encodeProto writes every family as a message behind its length.
func encodeProto(pg *page, out *sink) {
	for i := range pg.families {
		encodeFamily(&pg.families[i], out)
	}
}

func encodeFamily(f *family, out *sink) {
	head := protowire.AppendTag(nil, familyName, protowire.BytesType)
	head = protowire.AppendString(head, f.Name)
	head = protowire.AppendTag(head, familyHelp, protowire.BytesType)
	head = protowire.AppendString(head, f.Help)
	head = protowire.AppendTag(head, familyType, protowire.VarintType)
	head = protowire.AppendVarint(head, protoTypes[f.Type])
	if u := unit(f.Family); u != "" {
		head = protowire.AppendTag(head, familyUnit, protowire.BytesType)
		head = protowire.AppendString(head, u)
	}
	if f.Type == catalog.Histogram {
		for i := range f.parts {
			head = appendHistograms(head, f, &f.parts[i])
		}
		out.buf = protowire.AppendBytes(out.buf, head)
		out.spill()
		return
	}
	size := len(head)
	for i := range f.parts {
		p := &f.parts[i]
		_, ends := p.proto.of(f.Family, &p.names)
		size += visibleSize(p.values, ends)
	}
	out.buf = protowire.AppendVarint(out.buf, uint64(size))
	out.buf = append(out.buf, head...)
	for i := range f.parts {
		p := &f.parts[i]
		data, ends := p.proto.of(f.Family, &p.names)
		for from := 0; from < len(ends); from += block {
			out.buf = appendValues(out.buf, p.values, data, ends, from, min(from+block, len(ends)))
			out.spill()
		}
	}
}

// visibleSize returns the bytes of the messages whose values are not NaN.
func visibleSize(values []float64, ends []uint32) int {
	size, start := 0, uint32(0)
	for i, end := range ends {
		if v := values[i]; v == v {
			size += int(end - start)
		}
		start = end
	}
	return size
}

// appendValues appends the visible messages from up to but not including to,
// with their values.
func appendValues(b []byte, values []float64, data []byte, ends []uint32, from, to int) []byte {
	start := uint32(0)
	if from > 0 {
		start = ends[from-1]
	}
	for i := from; i < to; i++ {
		if v := values[i]; v == v {
			b = append(b, data[start:ends[i]]...)
			binary.LittleEndian.PutUint64(b[len(b)-8:], math.Float64bits(v))
		}
		start = ends[i]
	}
	return b
}

// appendHistograms appends the visible histograms of a part.
func appendHistograms(b []byte, f *family, p *part) []byte {
	data, ends := p.proto.of(f.Family, &p.names)
	start := uint32(0)
	for i, end := range ends {
		if h := p.histograms[i]; h != nil {
			metric := append([]byte(nil), data[start:end]...)
			metric = protowire.AppendTag(metric, metricHistogram, protowire.BytesType)
			metric = protowire.AppendBytes(metric, appendHistogram(nil, h))
			b = protowire.AppendTag(b, familyMetric, protowire.BytesType)
			b = protowire.AppendBytes(b, metric)
		}
		start = end
	}
	return b
}

// appendHistogram appends a Histogram message: classic buckets, then native
// ones. A Prometheus server takes whichever it is configured for.
func appendHistogram(b []byte, h *Histogram) []byte {
	b = protowire.AppendTag(b, histogramCount, protowire.VarintType)
	b = protowire.AppendVarint(b, h.Count())
	b = protowire.AppendTag(b, histogramSum, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(h.sum))
	for i, n := range h.cumulative() {
		bucket := protowire.AppendTag(nil, bucketCumulative, protowire.VarintType)
		bucket = protowire.AppendVarint(bucket, n)
		bucket = protowire.AppendTag(bucket, bucketBound, protowire.Fixed64Type)
		bucket = protowire.AppendFixed64(bucket, math.Float64bits(h.layout.bounds[i]))
		b = protowire.AppendTag(b, histogramBucket, protowire.BytesType)
		b = protowire.AppendBytes(b, bucket)
	}
	b = protowire.AppendTag(b, histogramSchema, protowire.VarintType)
	b = protowire.AppendVarint(b, protowire.EncodeZigZag(nativeSchema))
	b = protowire.AppendTag(b, histogramZeroThreshold, protowire.Fixed64Type)
	b = protowire.AppendFixed64(b, math.Float64bits(zeroThreshold))
	b = protowire.AppendTag(b, histogramZeroCount, protowire.VarintType)
	b = protowire.AppendVarint(b, h.counts[0])
	for _, s := range h.spans() {
		span := protowire.AppendTag(nil, spanOffset, protowire.VarintType)
		span = protowire.AppendVarint(span, protowire.EncodeZigZag(int64(s.offset)))
		span = protowire.AppendTag(span, spanLength, protowire.VarintType)
		span = protowire.AppendVarint(span, uint64(len(s.counts)))
		b = protowire.AppendTag(b, histogramSpan, protowire.BytesType)
		b = protowire.AppendBytes(b, span)
	}
	previous := int64(0)
	for _, s := range h.spans() {
		for _, n := range s.counts {
			b = protowire.AppendTag(b, histogramDelta, protowire.VarintType)
			b = protowire.AppendVarint(b, protowire.EncodeZigZag(int64(n)-previous))
			previous = int64(n)
		}
	}
	return b
}
