package baseline

import (
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// saveLabels writes what labels showed so far, unless it is as it was.
func (b *Builder) saveLabels(w Writer, scratch []byte) []byte {
	scratch = b.labels.appendTo(scratch[:0])
	if hash := maphash.Bytes(builderSeed, scratch); hash != b.saved.labels {
		w.Set([]byte{partLabels}, scratch)
		b.saved.labels = hash
	}
	return scratch
}

// appendTo encodes the classes by code, how many of them are numbers and whether
// there were too many; the labels by class; and of each task that is possible its
// name, its positive class and its sums.
func (p *performance) appendTo(to []byte) []byte {
	c := &p.classes
	to = binary.AppendUvarint(to, uint64(len(c.names)))
	for _, name := range c.names {
		to = append(binary.AppendUvarint(to, uint64(len(name))), name...)
	}
	for _, n := range [...]uint64{uint64(c.numbers), bit(c.spilled), bit(c.crowded), uint64(len(p.actuals))} {
		to = binary.AppendUvarint(to, n)
	}
	for _, n := range p.actuals {
		to = binary.AppendUvarint(to, n)
	}
	for i := range p.possible {
		q := &p.possible[i]
		to = binary.AppendUvarint(to, uint64(slices.Index(catalog.Tasks, q.config.Task)))
		to = binary.AppendUvarint(to, uint64(q.config.Positive))
		to = q.sums.AppendTo(to)
	}
	return to
}

func bit(x bool) uint64 {
	if x {
		return 1
	}
	return 0
}

// restore replaces p with what appendTo wrote; p is new, with the same options.
func (p *performance) restore(from []byte) error {
	d := labelDecoder{from, false}
	names := d.count(perf.MaxClasses)
	p.classes = classes{index: map[string]int{}}
	for i := range names {
		name := d.text()
		p.classes.names = append(p.classes.names, name)
		p.classes.index[name] = i
	}
	p.classes.numbers = d.count(perf.MaxClasses)
	p.classes.spilled, p.classes.crowded = d.count(1) == 1, d.count(1) == 1
	p.actuals = nil
	for range d.count(perf.MaxClasses) {
		p.actuals = append(p.actuals, d.uvarint())
	}
	possible := p.possible
	p.possible = nil
	for len(d.b) > 0 && !d.failed {
		task, positive := d.count(len(catalog.Tasks)-1), d.count(perf.MaxClasses-1)
		q := possibility{config: perf.Config{Task: catalog.Tasks[task], Positive: positive}}
		rest, err := q.sums.Decode(d.b)
		if err != nil || len(p.possible) == len(possible) || !slices.ContainsFunc(possible, func(o possibility) bool { return o.config == q.config }) {
			return errBuilder
		}
		d.b = rest
		p.possible = append(p.possible, q)
	}
	if d.failed || len(p.classes.index) != names || len(p.actuals) > names {
		return errBuilder
	}
	return nil
}

// labelDecoder reads until something cannot be; then it reads zeros.
type labelDecoder struct {
	b      []byte
	failed bool
}

func (d *labelDecoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 || d.failed {
		d.b, d.failed = nil, true
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *labelDecoder) count(most int) int {
	n := d.uvarint()
	if n > uint64(most) {
		d.b, d.failed = nil, true
		return 0
	}
	return int(n)
}

func (d *labelDecoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.b, d.failed = nil, true
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}
