package sql

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// difference is what a has more than before, which may be nil: what became less
// was deleted, and stays counted. A row that was changed in place is another one
// where it is now.
func difference(a, before *event.Aggregate) *event.Aggregate {
	if before == nil {
		return a
	}
	d := &event.Aggregate{At: a.At, Last: a.Last, Rows: more(a.Rows, before.Rows), Columns: make([]event.Counted, len(a.Columns))}
	for i := range a.Columns {
		if old := &before.Columns[i]; old.Name != "" && old.Removed == a.Columns[i].Removed {
			d.Rows = max(d.Rows, subtractColumn(&d.Columns[i], &a.Columns[i], old))
		}
	}
	for i := range a.Columns {
		c, old := &a.Columns[i], &before.Columns[i]
		switch {
		case d.Columns[i].Name != "":
		case c.Removed:
			d.Columns[i] = event.Counted{Name: c.Name, Output: c.Output, Removed: true, Missing: d.Rows}
		case old.Removed:
			// A column that came without values for the rows that were there: all others are new.
			if subtractColumn(&d.Columns[i], c, old) != d.Rows {
				d.Columns[i] = event.Counted{}
			}
		}
	}
	return d
}

// subtractColumn has of a column what is more, and returns how many rows that is at
// least.
func subtractColumn(to, c, old *event.Counted) (n uint64) {
	*to = *c
	to.Missing, to.Type, to.Range, to.Sentinel = more(c.Missing, old.Missing), more(c.Type, old.Type), more(c.Range, old.Range), more(c.Sentinel, old.Sentinel)
	to.Unlisted = more(c.Unlisted, old.Unlisted)
	n = to.Missing + to.Type + to.Unlisted
	to.Bins, n = moreOf(c.Bins, old.Bins, binOf, n)
	to.Words, n = moreOf(c.Words, old.Words, wordOf, n)
	subtract(to, c, old)
	return n
}

func more(a, b uint64) uint64 { return a - min(a, b) }

// part is a bin or a word, and how many values are of it.
type part[T any, K comparable] func(*T) (K, *uint64)

func binOf(b *event.BinCount) (int, *uint64)      { return b.Bin, &b.N }
func wordOf(w *event.WordCount) (string, *uint64) { return w.Word, &w.N }

func find[T any, K comparable](parts []T, k K, of part[T, K]) (n *uint64) {
	for i := range parts {
		if key, n := of(&parts[i]); key == k {
			return n
		}
	}
	return nil
}

// moreOf also adds up what is more.
func moreOf[T any, K comparable](a, b []T, of part[T, K], sum uint64) ([]T, uint64) {
	var d []T
	for _, x := range a {
		k, n := of(&x)
		if old := find(b, k, of); old != nil {
			*n = more(*n, *old)
		}
		if *n > 0 {
			d = append(d, x)
			sum += *n
		}
	}
	return d, sum
}

func mostOf[T any, K comparable](a, b []T, of part[T, K]) []T {
	all := slices.Clone(a)
	for _, x := range b {
		k, n := of(&x)
		if have := find(all, k, of); have != nil {
			*have = max(*have, *n)
		} else {
			all = append(all, x)
		}
	}
	return all
}

// subtract takes the moments of old from those of c. Where values are gone too the
// new ones cannot be told from the rest, and are in no moments.
func subtract(to, c, old *event.Counted) {
	added := uint64(0)
	for _, b := range to.Bins {
		added += b.N
	}
	total := func(bins []event.BinCount) (n uint64) {
		for _, b := range bins {
			n += b.N
		}
		return n
	}
	if total(old.Bins)+added != total(c.Bins) {
		to.N, to.Sum, to.SumSq, to.Min, to.Max, to.LowN, to.HighN, to.Low, to.High = 0, 0, 0, 0, 0, 0, 0, 0, 0
		return
	}
	to.N, to.LowN, to.HighN = more(c.N, old.N), more(c.LowN, old.LowN), more(c.HighN, old.HighN)
	to.Sum, to.SumSq, to.Low, to.High = c.Sum-old.Sum, math.Max(0, c.SumSq-old.SumSq), c.Low-old.Low, c.High-old.High
}

// most is the larger of each count: what was counted once is not counted again when
// it comes back.
func most(a, before *event.Aggregate) *event.Aggregate {
	if before == nil {
		return a
	}
	m := &event.Aggregate{At: a.At, Last: max(a.Last, before.Last), Rows: max(a.Rows, before.Rows), Columns: make([]event.Counted, len(a.Columns))}
	for i := range a.Columns {
		c, old := &a.Columns[i], &before.Columns[i]
		m.Columns[i] = *c
		if old.Name == "" || old.Removed != c.Removed {
			continue // was counted by something else
		}
		to := &m.Columns[i]
		to.Missing, to.Type, to.Range, to.Sentinel = max(c.Missing, old.Missing), max(c.Type, old.Type), max(c.Range, old.Range), max(c.Sentinel, old.Sentinel)
		to.Unlisted = max(c.Unlisted, old.Unlisted)
		to.Bins, to.Words = mostOf(c.Bins, old.Bins, binOf), mostOf(c.Words, old.Words, wordOf)
	}
	return m
}
