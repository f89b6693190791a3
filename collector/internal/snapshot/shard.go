package snapshot

import (
	"fmt"
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Ref names a series inside its shard.
type Ref int32

// A Ref is the family's position in the catalogue and the series' position in
// the shard's table of that family.
const (
	indexBits = 24 // 16 M series of one family per shard; leaves 128 families
	indexMask = 1<<indexBits - 1
)

// Shard holds the series of one owner: a model version, a source, the exporter.
// One goroutine uses it. Series are only ever added; those of an owner that is
// gone go with its shard.
type Shard struct {
	tables []*table // by the family's position in the catalogue; nil without series
}

// table is a shard's series of one family. Its names are append-only, so that
// snapshots share them and only remember how many there were.
type table struct {
	names
	values     []float64    // NaN is hidden; unused by histograms
	histograms []*Histogram // each immutable once it is here; nil is hidden
}

// familyIndex is the position of each family in the catalogue.
var familyIndex = func() map[*catalog.Family]int {
	index := make(map[*catalog.Family]int, len(catalog.Families))
	for i, f := range catalog.Families {
		index[f] = i
	}
	return index
}()

// NewShard returns an empty shard.
func NewShard() *Shard {
	return &Shard{tables: make([]*table, len(catalog.Families))}
}

// Series adds a counter or gauge of family f, hidden until its first Set. The
// caller keeps the Ref and never adds the same label values twice. Label values
// may be any bytes: invalid UTF-8 is repaired and long values are cut (see
// maxLabelValue). It panics if f is a histogram or not in the catalogue, or if
// the number of values is not that of f's labels.
func (s *Shard) Series(f *catalog.Family, labelValues ...string) Ref {
	if f.Type == catalog.Histogram {
		panic("snapshot: " + f.Name + " is a histogram")
	}
	ref, t := s.add(f, labelValues)
	t.values = append(t.values, math.NaN())
	return ref
}

// Histogram adds a histogram of family f, hidden until its first SetHistogram.
// It panics like Series, and if f is no histogram.
func (s *Shard) Histogram(f *catalog.Family, labelValues ...string) Ref {
	if f.Type != catalog.Histogram {
		panic("snapshot: " + f.Name + " is no histogram")
	}
	ref, t := s.add(f, labelValues)
	t.histograms = append(t.histograms, nil)
	return ref
}

func (s *Shard) add(f *catalog.Family, labelValues []string) (Ref, *table) {
	at, ok := familyIndex[f]
	if !ok {
		panic("snapshot: " + f.Name + " is not in the catalogue")
	}
	if len(labelValues) != len(f.Labels) {
		panic(fmt.Sprintf("snapshot: %s has the labels %q, got %d values", f.Name, f.Labels, len(labelValues)))
	}
	if s.tables[at] == nil {
		s.tables[at] = &table{names: names{proto: &protoNames{}}}
	}
	t := s.tables[at]
	i := len(t.ends)
	t.add(f, labelValues)
	if i > indexMask || len(t.text) > math.MaxUint32 {
		panic("snapshot: too many series of " + f.Name + " in one shard")
	}
	return Ref(at<<indexBits | i), t
}

// Set gives a series its value. NaN hides it until it is set again.
func (s *Shard) Set(r Ref, v float64) {
	s.tables[r>>indexBits].values[r&indexMask] = v
}

// SetHistogram copies h into a histogram series; nil hides it until it is set
// again. It panics if h was made for a family of other buckets.
func (s *Shard) SetHistogram(r Ref, h *Histogram) {
	at := &s.tables[r>>indexBits].histograms[r&indexMask]
	switch {
	case h == nil:
		*at = nil
	case h.layout != layouts[catalog.Families[r>>indexBits]]:
		panic("snapshot: a histogram with the buckets of another family")
	case *at == nil || **at != *h:
		c := *h // a new one each time: snapshots share the old one
		*at = &c
	}
}

// Len returns the number of visible series. A histogram counts as many as its
// classic form has: one per bucket, +Inf, sum and count.
func (s *Shard) Len() int {
	n := 0
	for _, t := range s.tables {
		if t == nil {
			continue
		}
		for _, v := range t.values {
			if v == v {
				n++
			}
		}
		for _, h := range t.histograms {
			if h != nil {
				n += len(h.layout.bounds) + 3
			}
		}
	}
	return n
}
