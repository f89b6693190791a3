package baseline

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// featureKind is the declared kind, or what most values are: texts make a column
// categorical, booleans boolean, numbers numeric, however few different ones there
// are. Cells of another type are violations. A column without any value is
// categorical, without categories.
func (b *Builder) featureKind(c *column) catalog.Kind {
	if kind := b.o.Kinds[c.name]; kind != "" {
		return kind
	}
	if c.seen() == 0 {
		return catalog.Categorical
	}
	return c.majority()
}

func (c *column) majority() catalog.Kind {
	numbers, bools, texts := c.cells[event.Number], c.cells[event.Bool], c.cells[event.Text]
	switch {
	case texts > numbers+bools:
		return catalog.Categorical
	case bools > numbers:
		return catalog.Boolean
	default:
		return catalog.Numeric
	}
}

// predictionKind takes numbers for classes if they are integers and few: at most
// MaxCategories different ones, each ten times on average.
func (b *Builder) predictionKind(c *column) catalog.Kind {
	kind := c.majority()
	if kind != catalog.Numeric || c.numbers.lost {
		return kind
	}
	for x := range c.numbers.counts {
		if x != math.Trunc(x) { // ±Inf count as integers, and as a class
			return kind
		}
	}
	different := len(c.numbers.counts)
	if different > b.o.MaxCategories || different > 2 && uint64(different)*10 > c.seen() {
		return kind
	}
	return catalog.Categorical
}

// outputKinds returns the kinds of the outputs by themselves, "" for one that has
// no value.
func (b *Builder) outputKinds() (kinds [3]catalog.Kind) {
	for i, c := range b.outputs {
		switch {
		case c.seen() == 0:
		case c.name == Score:
			kinds[i] = catalog.Numeric
		default:
			kinds[i] = b.predictionKind(c)
		}
	}
	return kinds
}

// labelKind is that of numbers if they are what is predicted, and else of classes,
// boolean ones if the predictions are and the labels can be.
func (b *Builder) labelKind(task catalog.Task, predicted catalog.Kind) catalog.Kind {
	c := b.outputs[2]
	if task == catalog.Regression {
		return catalog.Numeric
	}
	if c.cells[event.Text] > 0 || c.numbers.lost {
		return catalog.Categorical
	}
	for x := range c.numbers.counts {
		if x != 0 && x != 1 || predicted != catalog.Boolean {
			return catalog.Categorical
		}
	}
	return catalog.Boolean
}
