package model

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/perf"
	"github.com/model-exporter/model_exporter/collector/internal/quality"
	"github.com/model-exporter/model_exporter/collector/internal/snapshot"
)

// coder writes the fields of a record, or reads them: one list of fields serves
// both ways, so that they cannot differ. Once something does not fit, err is set
// and nothing else is read.
type coder struct {
	b       []byte // written, or still to read
	reading bool
	version uint64 // of the format that is read
	err     error
}

var errRecord = errors.New("the record is damaged")

func (c *coder) fail() {
	c.b, c.err = nil, errRecord
}

// take returns the next n bytes, or nil.
func (c *coder) take(n int) []byte {
	if n > len(c.b) {
		c.fail()
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *coder) uint(x *uint64) {
	if !c.reading {
		c.b = binary.AppendUvarint(c.b, *x)
		return
	}
	n, k := binary.Uvarint(c.b)
	if k <= 0 {
		c.fail()
		return
	}
	*x, c.b = n, c.b[k:]
}

func (c *coder) int(x *int64) {
	n := uint64(*x)<<1 ^ uint64(*x>>63)
	c.uint(&n)
	*x = int64(n>>1) ^ -int64(n&1)
}

func (c *coder) float(x *float64) {
	if !c.reading {
		c.b = binary.LittleEndian.AppendUint64(c.b, math.Float64bits(*x))
	} else if b := c.take(8); b != nil {
		*x = math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
}

func (c *coder) flag(x *bool) {
	n := uint64(0)
	if *x {
		n = 1
	}
	c.uint(&n)
	*x = n == 1
}

func (c *coder) byte(x *uint8) {
	n := uint64(*x)
	if c.uint(&n); n > 255 {
		c.fail()
	}
	*x = uint8(n)
}

func (c *coder) text(s *string) {
	n := c.length(len(*s))
	if !c.reading {
		c.b = append(c.b, *s...)
	} else {
		*s = string(c.take(n))
	}
}

// length writes n, or reads it: not more than there are bytes left, so that
// nobody makes room for what cannot come.
func (c *coder) length(n int) int {
	x := uint64(n)
	c.uint(&x)
	if c.reading && x > uint64(len(c.b)) {
		c.fail()
		return 0
	}
	return int(x)
}

// tally's index and limit are those that it was made with.
func (c *coder) tally(t *Tally) {
	n := c.length(len(t.Names))
	if !c.reading {
		for i := range t.Names {
			c.text(&t.Names[i])
			c.uint(&t.Counts[i])
		}
		return
	}
	for range n {
		var name string
		var count uint64
		c.text(&name)
		c.uint(&count)
		if _, twice := t.index[name]; c.err != nil || twice || len(t.Names) > t.limit {
			c.fail()
			return
		}
		t.index[name] = len(t.Names)
		t.Names, t.Counts = append(t.Names, name), append(t.Counts, count)
	}
}

// names' limit is the one they were made with.
func (c *coder) names(n *names) {
	c.texts(&n.list)
	if !c.reading {
		return
	}
	n.index = map[string]int{}
	for i, name := range n.list {
		n.index[name] = i
	}
	if len(n.list) > n.limit || len(n.index) < len(n.list) {
		c.fail()
	}
}

func (c *coder) confusion(t *Confusion) {
	n := c.length(len(t.counts))
	if c.reading {
		if n > perf.MaxClasses*perf.MaxClasses {
			c.fail()
			return
		}
		t.counts = make([]uint64, n)
	}
	for i := range t.counts {
		c.uint(&t.counts[i])
	}
}

func (c *coder) histogram(h *snapshot.Histogram) { c.inner(h.AppendTo, h.Decode) }

// sentinels may be nil.
func (c *coder) sentinels(s **quality.Sentinels) {
	some := *s != nil
	c.flag(&some)
	if some && *s == nil { // of a column that is read for its counts only
		*s = quality.NewSentinels(0, 0)
	}
	if some {
		c.inner((*s).AppendTo, (*s).Decode)
	}
}

// inner is a value with an encoding of its own.
func (c *coder) inner(appendTo func([]byte) []byte, decode func([]byte) ([]byte, error)) {
	if !c.reading {
		c.b = appendTo(c.b)
		return
	}
	rest, err := decode(c.b)
	if err != nil {
		c.fail()
		return
	}
	c.b = rest
}

// read reads a record with the fields that f lists, all of it.
func read(version uint64, b []byte, f func(*coder)) error {
	c := coder{b: b, reading: true, version: version}
	f(&c)
	if c.err == nil && len(c.b) > 0 {
		c.fail()
	}
	return c.err
}

// texts is a list of them.
func (c *coder) texts(list *[]string) {
	n := c.length(len(*list))
	if c.reading {
		*list = nil
	}
	for i := range n {
		if c.reading {
			*list = append(*list, "")
		}
		if c.text(&(*list)[i]); c.err != nil {
			return
		}
	}
}
