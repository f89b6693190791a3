package online

import (
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Sample keeps the newest row of some entities of a table: those whose keys have
// the least hashes, which makes it a uniform sample of all entities seen. One
// goroutine adds; another may take rows.
type Sample struct {
	view *config.View
	seed maphash.Seed
	cols []int // of the batch, by feature; -1 if it has none

	mu   sync.Mutex
	rows map[string]*row
	kept []kept // by hash, ascending
}

type kept struct {
	hash uint64
	key  string
}

// row is the newest row of an entity.
type row struct {
	keys    []string
	time    int64 // Unix ns
	created float64
	values  []value // by feature of the view
}

// NewSample returns an empty sample of a view's table.
func NewSample(v *config.View) *Sample {
	return &Sample{view: v, seed: maphash.MakeSeed(), rows: map[string]*row{}, cols: make([]int, len(v.Features))}
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
	h := maphash.Bytes(s.seed, key)
	full := len(s.kept) >= s.view.Sample
	if full && h > s.kept[len(s.kept)-1].hash {
		return
	}
	r := s.rows[string(key)]
	if r == nil {
		r = &row{keys: strings.Split(string(key), config.KeySeparator), time: math.MinInt64, values: make([]value, len(s.cols))}
		k := kept{h, string(key)}
		s.rows[k.key] = r
		at, _ := slices.BinarySearchFunc(s.kept, h, func(k kept, h uint64) int {
			if k.hash < h {
				return -1
			}
			return 1
		})
		s.kept = slices.Insert(s.kept, at, k)
		if full {
			last := len(s.kept) - 1
			delete(s.rows, s.kept[last].key)
			s.kept = s.kept[:last]
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

// Rows returns a copy of the sample.
func (s *Sample) take() []row {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := make([]row, 0, len(s.kept))
	for _, k := range s.kept {
		r := *s.rows[k.key]
		r.values = slices.Clone(r.values)
		rows = append(rows, r)
	}
	return rows
}
