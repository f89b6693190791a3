package snapshot

import (
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// textFormat is a text format: how it writes values, and whether it is
// OpenMetrics in what else differs.
type textFormat struct {
	openMetrics bool
	float       func([]byte, float64) []byte
	count       func([]byte, uint64) []byte // of histograms
}

var (
	plainText   = textFormat{false, appendNumber, func(b []byte, n uint64) []byte { return appendNumber(b, float64(n)) }}
	openMetrics = textFormat{true, appendOpenMetricsNumber, func(b []byte, n uint64) []byte { return strconv.AppendUint(b, n, 10) }}
)

// units are the words that end a name as its unit, for "# UNIT".
var units = []string{"seconds", "bytes", "ratio"}

// unit returns the unit in a family's name, or "".
func unit(f *catalog.Family) string {
	name := strings.TrimSuffix(f.Name, "_total")
	for _, u := range units {
		if strings.HasSuffix(name, "_"+u) {
			return u
		}
	}
	return ""
}

// encode writes every family.
func (t textFormat) encode(pg *page, out *sink) {
	for i := range pg.families {
		f := &pg.families[i]
		out.buf = t.appendHeader(out.buf, f.Family)
		for j := range f.parts {
			p := &f.parts[j]
			for from := 0; from < len(p.values); from += block {
				out.buf = t.appendValues(out.buf, p, from, min(from+block, len(p.values)))
				out.spill()
			}
			for k, h := range p.histograms {
				if h != nil {
					out.buf = t.appendHistogram(out.buf, f.Name, p.at(k), h)
					out.spill()
				}
			}
		}
	}
}

var (
	helpEscaper       = strings.NewReplacer("\\", `\\`, "\n", `\n`)
	quotedHelpEscaper = strings.NewReplacer("\\", `\\`, "\n", `\n`, "\"", `\"`)
)

// appendHeader appends the lines that introduce a family.
func (t textFormat) appendHeader(b []byte, f *catalog.Family) []byte {
	name, help := f.Name, helpEscaper.Replace(f.Help)
	if t.openMetrics {
		help = quotedHelpEscaper.Replace(f.Help)
		if f.Type == catalog.Counter {
			name = strings.TrimSuffix(name, "_total")
		}
	}
	b = appendStrings(b, "# HELP ", name, " ", help, "\n# TYPE ", name, " ", f.Type.String(), "\n")
	if u := unit(f); t.openMetrics && u != "" {
		b = appendStrings(b, "# UNIT ", name, " ", u, "\n")
	}
	return b
}

func appendStrings(b []byte, parts ...string) []byte {
	for _, s := range parts {
		b = append(b, s...)
	}
	return b
}

// appendValues appends the visible ones of the counters or gauges from up to
// but not including to.
func (t textFormat) appendValues(b []byte, p *part, from, to int) []byte {
	if t.openMetrics {
		return appendLines(b, p, from, to, appendOpenMetricsNumber)
	}
	return appendLines(b, p, from, to, appendNumber)
}

func appendLines(b []byte, p *part, from, to int, number func([]byte, float64) []byte) []byte {
	start := p.start(from)
	values := p.values[from:to]
	for i, end := range p.ends[from:to] {
		if v := values[i]; v == v {
			b = append(b, p.text[start:end]...)
			b = append(number(b, v), '\n')
		}
		start = end
	}
	return b
}

// appendHistogram appends a histogram's classic form; name is its series' name
// and labels as in names.
func (t textFormat) appendHistogram(b []byte, family string, name []byte, h *Histogram) []byte {
	labels := name[len(family) : len(name)-1]
	for i, n := range h.cumulative() {
		b = t.appendBucket(b, family, labels, h.layout.bounds[i])
		b = append(t.count(b, n), '\n')
	}
	n := h.Count()
	b = t.appendBucket(b, family, labels, inf)
	b = append(t.count(b, n), '\n')
	b = append(append(b, family...), "_sum"...)
	b = append(append(b, labels...), ' ')
	b = append(t.float(b, h.sum), '\n')
	b = append(append(b, family...), "_count"...)
	b = append(append(b, labels...), ' ')
	return append(t.count(b, n), '\n')
}

// appendBucket appends a bucket's name up to its value.
func (t textFormat) appendBucket(b []byte, family string, labels []byte, bound float64) []byte {
	b = append(append(b, family...), "_bucket"...)
	if len(labels) == 0 {
		b = append(b, '{')
	} else {
		b = append(b, labels[:len(labels)-1]...)
		b = append(b, ',')
	}
	b = append(b, `le="`...)
	b = t.float(b, bound)
	return append(b, `"} `...)
}
