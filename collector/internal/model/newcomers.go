package model

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxNewcomers of a version are looked at: 16 samples are 800 KB.
	maxNewcomers = 16
	// newcomerSample is how many of a newcomer's values are kept. For deciles the
	// psi of as many values stays below 0.015 by chance, far from what is drift.
	newcomerSample = 2000
)

// Newcomer is a column that the baseline does not know and that came in events
// which lack columns of the baseline: one of those may go by its name now. It holds
// a uniform sample of the column's values since a round began; a round is as long as
// the shortest window.
type Newcomer struct {
	Name  string
	Round int    // from 1
	Seen  uint64 // values in this round

	cells []event.Cell // of the sample, as are the following
	nums  []float64    // of texts 0, or unlisted
	words []string

	away   []int32 // columns of the model that no sampled event has
	began  int64   // Unix ns of event time
	last   int64   // the same, of the newest value
	random *rand.Rand
	bound  float64 // see keep
	skip   uint64  // values to pass over before one is taken
}

// unlisted marks a text that nobody knows.
const unlisted = 1

// newcomers is what a version knows of columns that are not in its baseline.
type newcomers struct {
	removed uint64          // cells that lacked a column, as of the last batch
	settled map[string]bool // columns that came with all of the baseline's, as many as are counted by name
	list    []*Newcomer     // in order of appearance
}

// Newcomers lists the columns that may be others of the baseline under a new name.
func (v *Version) Newcomers() []*Newcomer {
	if v.panes == nil {
		return nil
	}
	idle := v.panes.End() - int64(v.Model.set.cfg.Global.Windows[0])
	v.newcomers.list = slices.DeleteFunc(v.newcomers.list, func(n *Newcomer) bool { return n.last < idle })
	return v.newcomers.list
}

// Away lists the columns of the model, by index, that no event of the sample has, though
// every event of the baseline had them. Events that the sample left out may have them.
func (n *Newcomer) Away() []int32 { return n.away }

// meetNewcomers samples columns that the baseline does not have, in batches that lack
// columns which it has. All other batches pay for a sum over the columns.
func (v *Version) meetNewcomers(b *event.Batch, rows []int32, m *columnMap) {
	if len(m.unknown) == 0 || len(rows) == 0 {
		return
	}
	removed := v.removed()
	s := &v.newcomers
	complete := removed == s.removed
	s.removed = removed
	for _, i := range m.unknown {
		col := &b.Features[i]
		if s.settled[col.Name] || count(col.Cells, rows, event.Absent) == len(rows) {
			continue
		}
		if complete {
			v.settle(col.Name)
		} else if n := v.newcomer(col.Name); n != nil {
			v.sample(n, b, col, rows, m)
		}
	}
}

// removed is how many cells lacked a column since the start.
func (v *Version) removed() (n uint64) {
	for i := range v.Columns {
		n += v.Columns[i].Removed
	}
	return n
}

// settle ends the search for a column that events have beside all of the baseline's.
func (v *Version) settle(name string) {
	s := &v.newcomers
	if s.settled == nil {
		s.settled = map[string]bool{}
	}
	if len(s.settled) < v.Model.set.cfg.Global.Limits.Features {
		s.settled[name] = true
	}
	s.list = slices.DeleteFunc(s.list, func(n *Newcomer) bool { return n.Name == name })
}

// newcomer finds or makes the one of a name, ready for a round; nil if there are too
// many, or if events with it turned out to have all of the baseline's columns.
func (v *Version) newcomer(name string) *Newcomer {
	s, end := &v.newcomers, v.panes.End()
	i := slices.IndexFunc(s.list, func(n *Newcomer) bool { return n.Name == name })
	switch {
	case i < 0 && len(s.list) == maxNewcomers:
		return nil
	case i < 0:
		i = len(s.list)
		s.list = append(s.list, &Newcomer{Name: name, began: end, random: rand.New(rand.NewPCG(event.Hash(name), 0))})
		s.list[i].begin(v, end)
	case len(s.list[i].cells) == newcomerSample && len(s.list[i].away) == 0:
		v.settle(name)
		return nil
	case end-s.list[i].began >= int64(v.Model.set.cfg.Global.Windows[0]):
		s.list[i].begin(v, end)
	}
	s.list[i].last = end
	return s.list[i]
}

// begin begins a round.
func (n *Newcomer) begin(v *Version, now int64) {
	n.Round, n.Seen, n.began, n.bound, n.skip = n.Round+1, 0, now, 1, 0
	n.cells, n.nums, n.words, n.away = n.cells[:0], n.nums[:0], n.words[:0], n.away[:0]
	for i := range v.Model.layout.columns {
		if c := &v.Model.layout.columns[i]; !c.Output && c.Base.Absent == 0 {
			n.away = append(n.away, int32(i))
		}
	}
}

// sample adds the selected rows. Once the sample is full it knows how many values to
// pass over until the next one that it takes, and only counts those.
func (v *Version) sample(n *Newcomer, b *event.Batch, col *event.Column, rows []int32, m *columnMap) {
	all := len(rows) == len(col.Cells)
	for len(rows) > 0 {
		some := rows[:min(len(rows), passedAtOnce)]
		rows = rows[len(some):]
		if n.pass(col.Cells, some, all) {
			continue
		}
		for _, r := range some {
			switch {
			case col.Cells[r] <= event.Null:
			case n.skip > 0:
				n.Seen++
				n.skip--
			default:
				n.Seen++
				v.keep(n, b, col, r, m)
			}
		}
	}
}

// passedAtOnce is how many rows pass looks at: few enough that most pass even when
// each batch has some that are taken.
const passedAtOnce = 256

// pass counts the values of rows if none of them is taken. all tells that the batch's
// rows are all selected, so that these have no gaps.
func (n *Newcomer) pass(cells []event.Cell, rows []int32, all bool) bool {
	if n.skip == 0 {
		return false
	}
	if all {
		cells = cells[rows[0]:][:len(rows)]
	}
	values := uint64(len(rows) - count(cells, rows, event.Absent) - count(cells, rows, event.Null))
	if values > n.skip {
		return false
	}
	n.Seen += values
	n.skip -= values
	return true
}

// keep takes the value of a row: the sample is the first ones, and then each value
// that is taken is put in the place of any (Li's algorithm L, ACM Trans. Math. Softw.
// 20, 1994). bound is the largest of as many uniform numbers as there are in the
// sample, if each value has one and the smallest are kept.
func (v *Version) keep(n *Newcomer, b *event.Batch, col *event.Column, r int32, m *columnMap) {
	at := len(n.cells)
	if at < newcomerSample {
		n.cells, n.nums, n.words = append(n.cells, 0), append(n.nums, 0), append(n.words, "")
	} else {
		at = n.random.IntN(newcomerSample)
	}
	if len(n.cells) == newcomerSample {
		n.bound *= math.Exp(n.logUniform() / newcomerSample)
		if x := n.logUniform() / math.Log1p(-n.bound); x < math.MaxInt64 {
			n.skip = uint64(x)
		} else {
			n.skip = math.MaxInt64
		}
	}
	n.cells[at], n.nums[at], n.words[at] = col.Cells[r], col.Nums[r], ""
	if col.Cells[r] == event.Text {
		n.nums[at] = 0
		var listed bool
		if n.words[at], listed = col.Text(int(r)); !listed {
			n.nums[at] = unlisted
		}
	}
	n.away = slices.DeleteFunc(n.away, func(i int32) bool {
		of := m.column(b, v.Model, int(i))
		return of != nil && of.Cells[r] != event.Absent
	})
}

// logUniform is the logarithm of a uniform number above 0, up to 1.
func (n *Newcomer) logUniform() float64 { return math.Log(1 - n.random.Float64()) }

// Sort counts a newcomer's sample in the column's bins. It is false if the values
// are not all of the column's kind.
func (c *Column) Sort(n *Newcomer) (counts []uint64, ok bool) {
	counts = make([]uint64, c.Len)
	var cells [event.NumCells]uint64
	for _, cell := range n.cells {
		cells[cell]++
	}
	if wrongType(c.Kind, &cells) > 0 {
		return nil, false
	}
	for i, cell := range n.cells {
		switch {
		case c.Kind == catalog.Numeric:
			counts[c.bins.Index(n.nums[i])]++
		case cell == event.Text && n.nums[i] == unlisted:
			counts[c.Base.Unknown()]++
		case cell == event.Text:
			counts[c.bin(n.words[i])]++
		default:
			counts[c.bin(spellAs(c.Kind, n.nums[i], cell == event.Bool))]++
		}
	}
	return counts, true
}

// Identifies tells whether the sample looks like keys: whole numbers, or texts, none
// of which repeats. Keys of two tables may well have the same distribution.
func (n *Newcomer) Identifies() bool {
	numbers, words := map[float64]bool{}, map[string]bool{}
	for i, cell := range n.cells {
		x := n.nums[i]
		switch {
		case cell == event.Text && n.nums[i] == unlisted:
		case cell == event.Text && words[n.words[i]], cell != event.Text && numbers[x]:
			return false
		case cell == event.Text:
			words[n.words[i]] = true
		case x != math.Trunc(x):
			return false
		default:
			numbers[x] = true
		}
	}
	return true
}
