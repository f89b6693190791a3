package snapshot

import (
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// names holds the rendered names and labels of series, one after the other in
// one array: a million of them are two allocations, not a million.
//
//	ml_feature_mean{model="fraud",feature="amount"} ml_feature_mean{model=…
//	                                               ^ ends[0]
//
// A name ends with the space before its value, so text formats only append the
// number. Copies share the arrays: what they can see is never written again.
type names struct {
	text  []byte
	ends  []uint32
	proto *protoNames
}

// add appends the name of a series.
func (n *names) add(f *catalog.Family, labelValues []string) {
	b := append(n.text, f.Name...)
	for i, v := range labelValues {
		if i == 0 {
			b = append(b, '{')
		} else {
			b = append(b, ',')
		}
		b = append(b, f.Labels[i]...)
		b = append(b, '=', '"')
		b = appendEscaped(b, labelValue(v))
		b = append(b, '"')
	}
	if len(labelValues) > 0 {
		b = append(b, '}')
	}
	n.text = append(b, ' ')
	n.ends = append(n.ends, uint32(len(n.text)))
}

// start returns where name i begins.
func (n *names) start(i int) uint32 {
	if i == 0 {
		return 0
	}
	return n.ends[i-1]
}

// at returns name i with its trailing space.
func (n *names) at(i int) []byte { return n.text[n.start(i):n.ends[i]] }

// appendEscaped appends a label value as both text formats quote it.
func appendEscaped(b []byte, v string) []byte {
	if strings.IndexByte(v, '\\') < 0 && strings.IndexByte(v, '"') < 0 && strings.IndexByte(v, '\n') < 0 {
		return append(b, v...)
	}
	for i := range len(v) {
		switch c := v[i]; c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		default:
			b = append(b, c)
		}
	}
	return b
}

// appendUnescaped undoes appendEscaped.
func appendUnescaped(b, v []byte) []byte {
	for i := 0; i < len(v); i++ {
		c := v[i]
		if c == '\\' {
			i++
			if c = v[i]; c == 'n' {
				c = '\n'
			}
		}
		b = append(b, c)
	}
	return b
}
