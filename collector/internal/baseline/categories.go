package baseline

import (
	"cmp"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// category is a value of a categorical or boolean column.
type category struct {
	name    string
	sampled uint64
	total   uint64 // of all rows, as far as they were counted
}

// categories are the values of one column.
type categories struct {
	kind    catalog.Kind
	list    []category
	index   map[string]int
	ofWord  []int // by id of words
	ofCell  map[cell]int
	other   uint64 // sampled texts that are not kept
	partial bool   // there are values that are not in the list
}

// cell is a number or boolean of a column of categories.
type cell struct {
	x      float64
	isBool bool
}

func (c *categories) add(name string, total uint64) int {
	i, ok := c.index[name]
	if !ok {
		i = len(c.list)
		c.index[name] = i
		c.list = append(c.list, category{name: name})
	}
	c.list[i].total += total
	return i
}

func (c *categories) addCell(x cell, total uint64) int {
	i, ok := c.ofCell[x]
	if !ok {
		i = c.add(spellCell(c.kind, x.x, x.isBool), 0)
		c.ofCell[x] = i
	}
	c.list[i].total += total
	return i
}

// categories lists all values of a column that are known, with their totals.
func (c *column) categories(kind catalog.Kind, sampled bool) *categories {
	k := &categories{kind: kind, index: map[string]int{}, ofCell: map[cell]int{}}
	if kind == catalog.Boolean {
		k.add("false", 0)
		k.add("true", 0)
	}
	for id, text := range c.words.list {
		k.ofWord = append(k.ofWord, k.add(text, c.words.counts[id]))
	}
	k.partial = c.words.lost+c.unlisted > 0
	switch {
	case c.numbers == nil || c.numbers.lost:
		// What the sample has of them is all there is to know.
		k.partial = k.partial || sampled && c.cells[event.Number]+c.cells[event.Bool] > 0
	default:
		for x, total := range c.numbers.counts {
			k.addCell(cell{x, false}, total)
		}
		for x, total := range c.numbers.bools {
			if total > 0 {
				k.addCell(cell{float64(x), true}, total)
			}
		}
	}
	return k
}

// count counts the sample, and returns each slot's index in the list, -1 for no
// value, and -2 for one that is not in the list. onlySample tells that totals of
// numbers are not known otherwise.
func (k *categories) count(c *column, onlySample bool) []int32 {
	of := make([]int32, len(c.kinds))
	for slot, kind := range c.kinds {
		of[slot] = -1
		i := -1
		switch kind {
		case event.Text:
			if id := uint32(math.Float64bits(c.values[slot])); id != noWord {
				i = k.ofWord[id]
			} else {
				of[slot] = -2
				k.other++
			}
		case event.Number, event.Bool:
			total := uint64(0)
			if onlySample {
				total = 1
			}
			i = k.addCell(cell{c.values[slot], kind == event.Bool}, total)
		}
		if i >= 0 {
			k.list[i].sampled++
			of[slot] = int32(i)
		}
	}
	return of
}

// maxRare is how many values are listed beside the categories.
const maxRare = 1000

// buildCategories fills in what categorical and boolean columns have, with at most
// so many categories. It returns the bin of each slot, -1 for none. sampled tells that there are more rows than
// in the sample.
func (c *column) buildCategories(out *Column, most int, sampled bool) []int32 {
	k := c.categories(out.Kind, sampled)
	of := k.count(c, c.numbers == nil || c.numbers.lost)

	ranked := make([]int, len(k.list))
	for i := range ranked {
		ranked[i] = i
	}
	slices.SortFunc(ranked, func(a, b int) int {
		x, y := &k.list[a], &k.list[b]
		return cmp.Or(cmp.Compare(y.sampled, x.sampled), cmp.Compare(y.total, x.total), cmp.Compare(x.name, y.name))
	})
	bin := make([]int32, len(k.list))
	var values, once, distinct uint64
	for _, i := range ranked {
		x := &k.list[i]
		values += x.total
		if x.total == 1 {
			once++
		}
		if x.total > 0 {
			distinct++
		}
		if len(out.Categories) < most && x.name != Other && x.name != Unseen {
			bin[i] = int32(len(out.Categories))
			out.Categories = append(out.Categories, x.name)
			out.Counts = append(out.Counts, x.sampled)
		} else {
			bin[i] = -1
			k.other += x.sampled
			out.Rare = append(out.Rare, x.name)
		}
	}
	other := int32(len(out.Categories))
	out.Counts = append(out.Counts, k.other, 0)
	// By Good and Turing, values that came once are about as frequent as values
	// that never came: if they are more than one in 200, new ones are no surprise.
	out.Exhaustive = !k.partial && once <= max(1, values/200) && len(out.Rare) <= maxRare
	if !out.Exhaustive {
		out.Rare = nil
	}
	if !k.partial {
		out.Distinct = float64(distinct)
	}
	slices.Sort(out.Rare)
	for slot, i := range of {
		switch {
		case i == -2 || i >= 0 && bin[i] < 0:
			of[slot] = other
		case i >= 0:
			of[slot] = bin[i]
		}
	}
	return of
}
