package online

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Sample keeps the newest row of some entities of a table: those whose keys have
// the least hashes, which makes it a uniform sample of all entities seen. One
// goroutine adds, saves and restores; another may look. The zero value can be
// restored only.
type Sample struct {
	view *config.View
	seed uint64 // of the hashes
	cols []int  // of the batch, by feature; -1 if it has none

	mu    sync.Mutex
	rows  map[string]*row
	kept  []kept // by hash, then key, ascending
	saved saved
}

type kept struct {
	hash uint64
	key  string
	row  *row
}

func (k kept) compare(o kept) int {
	return cmp.Or(cmp.Compare(k.hash, o.hash), strings.Compare(k.key, o.key))
}

// row is the newest row of an entity.
type row struct {
	keys    []string
	time    int64 // Unix ns
	created float64
	values  []value // by feature of the view
	changed bool    // since it was saved
	stored  bool    // it was saved
}

// NewSample returns an empty sample of a view's table.
func NewSample(v *config.View) *Sample {
	s := new(Sample)
	s.begin(v, rand.Uint64())
	return s
}

func (s *Sample) begin(v *config.View, seed uint64) {
	s.view, s.seed = v, seed
	s.cols = make([]int, len(v.Features))
	s.rows = map[string]*row{}
}

// hash ranks keys, in another order for each seed. It must not change: stored rows
// are in the sample by their hashes. The mixing is that of SplitMix64 (Steele, Lea
// and Flood 2014), a bijection: for a random seed each key's hash is uniform.
func (s *Sample) hash(key []byte) uint64 {
	h := event.Hash(key) ^ s.seed
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Add looks at the rows of a batch. Their ids are the join keys and, behind them,
// what else makes a row unique.
func (s *Sample) Add(b *event.Batch) {
	for i, f := range s.view.Features {
		s.cols[i] = slices.IndexFunc(b.Features, func(c event.Column) bool { return c.Name == f.Name })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range b.N {
		if key := s.keyOf(b.ID(i)); key != nil && b.Times[i] != event.NoTime {
			s.add(b, i, key)
		}
	}
}

// keyOf cuts an id to the join keys.
func (s *Sample) keyOf(id []byte) []byte {
	parts := 0
	for i, c := range id {
		if c != config.KeySeparator[0] {
			continue
		}
		if parts++; parts == len(s.view.Keys) {
			return id[:i]
		}
	}
	if parts == len(s.view.Keys)-1 && len(id) > 0 {
		return id
	}
	return nil
}

func (s *Sample) add(b *event.Batch, i int, key []byte) {
	h := s.hash(key)
	if len(s.kept) >= s.view.Sample && h > s.kept[len(s.kept)-1].hash {
		return
	}
	r := s.rows[string(key)]
	if r == nil {
		r = newRow(string(key), math.MinInt64, len(s.cols))
		s.insert(kept{h, string(key), r})
		if len(s.kept) > s.view.Sample {
			s.drop()
		}
	}
	created := createdOf(b, i)
	if b.Times[i] < r.time || b.Times[i] == r.time && created < r.created {
		return
	}
	r.time, r.created = b.Times[i], created
	for f, col := range s.cols {
		r.values[f] = value{}
		if col >= 0 {
			r.values[f] = cellOf(&b.Features[col], i)
		}
	}
	r.changed, s.saved.changed = true, true
}

func newRow(key string, time int64, features int) *row {
	return &row{keys: strings.Split(key, config.KeySeparator), time: time, values: make([]value, features)}
}

func (s *Sample) insert(k kept) {
	at, _ := slices.BinarySearchFunc(s.kept, k, kept.compare)
	s.kept = slices.Insert(s.kept, at, k)
	s.rows[k.key] = k.row
}

// drop removes the entity with the highest hash.
func (s *Sample) drop() {
	last := s.kept[len(s.kept)-1]
	s.kept = s.kept[:len(s.kept)-1]
	delete(s.rows, last.key)
	if last.row.stored {
		s.saved.dropped = append(s.saved.dropped, last.key)
	}
}

// createdOf says when a row was written, as the view's table does.
func createdOf(b *event.Batch, i int) float64 {
	if len(b.Values) > 0 && b.Values[0].Cells[i] == event.Number {
		return b.Values[0].Nums[i]
	}
	return math.Inf(-1)
}

func cellOf(c *event.Column, i int) value {
	switch cell := c.Cells[i]; cell {
	case event.Number, event.Bool:
		return value{cell: cell, num: c.Nums[i]}
	case event.Text:
		if text, ok := c.Text(i); ok {
			return value{cell: cell, text: text}
		}
		return value{cell: event.Nested} // is not kept, so it cannot be compared
	}
	return value{}
}

// Len returns the number of entities in the sample.
func (s *Sample) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.kept)
}

// take returns a copy of the sample.
func (s *Sample) take() []row {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([]row, 0, len(s.kept))
	for _, k := range s.kept {
		r := *k.row
		r.values = slices.Clone(r.values)
		rows = append(rows, r)
	}
	return rows
}
