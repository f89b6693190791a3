package model

import (
	"slices"
	"strconv"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/sketch"
)

// Column is one feature or output as the baseline describes it. It is shared by
// all versions of a model and does not change.
type Column struct {
	Name   string
	Output bool
	Kind   catalog.Kind
	Base   *baseline.Column

	First, Len int // its bins within Sum.Counts
	Moments    int // its index within Sum.Moments; -1 if it is not numeric

	Range     *[2]float64 // declared, closed
	Sentinels []float64   // declared

	// Laws are shared by all comparisons with the column.
	Laws *drift.Laws

	bins  *sketch.Bins   // numeric
	words map[string]int // categorical: bin of each category the baseline knows
}

// Checks lists the checks that can fail on the column.
func (c *Column) Checks() []catalog.Check {
	checks := []catalog.Check{catalog.CheckMissing, catalog.CheckType}
	if c.Range != nil {
		checks = append(checks, catalog.CheckRange)
	}
	if c.Kind == catalog.Numeric {
		return append(checks, catalog.CheckSentinel)
	}
	return append(checks, catalog.CheckUnseenCategory)
}

// In returns the column's bins within a window's sum.
func (c *Column) In(s *Sum) []uint64 { return s.Counts[c.First : c.First+c.Len] }

// unseen is the bin of categories the baseline never had.
func (c *Column) unseen() int { return c.Len - 1 }

// bin returns the bin of a category by name. A number is the same category
// whether spelled 1 or 1.0, a boolean whether true or True; 01 is a code, not 1.
func (c *Column) bin(word string) int {
	if bin, ok := c.words[word]; ok {
		return bin
	}
	if number, ok := asNumber(word); ok {
		if bin, ok := c.words[number]; ok {
			return bin
		}
	}
	if x, err := strconv.ParseBool(word); err == nil {
		if bin, ok := c.words[strconv.FormatBool(x)]; ok {
			return bin
		}
	}
	return c.Base.Unknown()
}

// asNumber spells a word that is a number as Spell does.
func asNumber(word string) (string, bool) {
	if len(word) > 1 && word[0] == '0' && word[1] != '.' {
		return "", false
	}
	x, err := strconv.ParseFloat(word, 64)
	return event.Spell(x), err == nil
}

// layout places all columns of a model in one row of bins.
type layout struct {
	columns []Column
	bins    int
	shifts  []float64 // of the moments
	// features holds the names of columns that are no outputs.
	features map[string]int
	outputs  map[string]int
	label    *Column // what labels are compared with; nil if the baseline has none
}

// newLayout places at most max features; dropped counts the rest.
func newLayout(f *baseline.File, declared *config.Model, max int) (l *layout, dropped int, err error) {
	l = &layout{features: map[string]int{}, outputs: map[string]int{}}
	features := f.Features
	if len(features) > max {
		features, dropped = features[:max], len(features)-max
	}
	for i := range features {
		if err := l.add(&features[i], declared, false); err != nil {
			return nil, 0, err
		}
	}
	for i := range f.Outputs {
		if f.Outputs[i].Name == baseline.Label {
			c, err := newColumn(&f.Outputs[i])
			if err != nil {
				return nil, 0, err
			}
			l.label = &c
			continue
		}
		if err := l.add(&f.Outputs[i], declared, true); err != nil {
			return nil, 0, err
		}
	}
	return l, dropped, nil
}

// newColumn returns a column that is in no layout yet.
func newColumn(base *baseline.Column) (Column, error) {
	c := Column{Name: base.Name, Kind: base.Kind, Base: base, Len: len(base.Counts), Moments: -1, Laws: new(drift.Laws)}
	if c.Kind != catalog.Numeric {
		c.words = categoryBins(base)
		return c, nil
	}
	bins, err := sketch.NewBins(base.Edges)
	c.bins = bins
	return c, err
}

func (l *layout) add(base *baseline.Column, declared *config.Model, output bool) error {
	c, err := newColumn(base)
	if err != nil {
		return err
	}
	c.Output, c.First = output, l.bins
	if c.Kind == catalog.Numeric {
		c.Moments = len(l.shifts)
		l.shifts = append(l.shifts, base.Mean)
	}
	names := l.outputs
	if !output {
		names = l.features
		i := slices.IndexFunc(declared.Features, func(f config.Feature) bool { return f.Name == c.Name })
		if i >= 0 && c.Kind == catalog.Numeric {
			c.Range, c.Sentinels = declared.Features[i].Range, declared.Features[i].Sentinels
		}
	}
	names[c.Name] = len(l.columns)
	l.bins += c.Len
	l.columns = append(l.columns, c)
	return nil
}

func categoryBins(base *baseline.Column) map[string]int {
	other := len(base.Categories)
	bins := make(map[string]int, other+len(base.Rare)+2)
	// Categories of these names are not told apart from the bins.
	bins[baseline.Other], bins[baseline.Unseen] = other, other
	for _, rare := range base.Rare {
		bins[rare] = other
	}
	for i, category := range base.Categories {
		bins[category] = i
	}
	// Texts such as 1.50 are met as the number 1.5, too.
	for _, category := range slices.Concat(base.Categories, base.Rare) {
		if number, ok := asNumber(category); ok {
			if _, taken := bins[number]; !taken {
				bins[number] = bins[category]
			}
		}
	}
	return bins
}
