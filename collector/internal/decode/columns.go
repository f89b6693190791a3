package decode

import (
	"unicode/utf8"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// column is what a Set knows of one column of its batches.
type column struct {
	name string
	dict dict
	text bool // every value is wanted as text, numbers by their spelling
	// numbers says that texts may have to be read as numbers later, which those
	// without a code must therefore be now.
	numbers bool
	label   bool // an empty text is no value
}

// group is one of a batch's lists of columns, in the order of their discovery.
type group struct {
	cols  []column
	index map[string]int32
	max   int
}

func newGroup(limit int) group { return group{index: map[string]int32{}, max: limit} }

// find returns the column of a name, -1 if there is none.
func (g *group) find(name []byte) int32 {
	if i, ok := g.index[string(name)]; ok {
		return i
	}
	return -1
}

// add makes a column, unless there are too many or its name is too long or
// empty; then it returns -1.
func (g *group) add(name []byte) int32 {
	if len(g.cols) >= g.max || len(name) > maxText || len(name) == 0 {
		return -1
	}
	if !utf8.Valid(name) {
		name = valid(nil, name)
	}
	i := int32(len(g.cols))
	c := column{name: string(name), dict: dict{left: maxWords}}
	g.cols = append(g.cols, c)
	g.index[c.name] = i
	return i
}

// sync gives a recycled batch the columns that it lacks.
func (g *group) sync(b *event.Batch, columns *[]event.Column) {
	for i := len(*columns); i < len(g.cols); i++ {
		b.AddColumn(columns, g.cols[i].name)
	}
}

// publish shows a batch the words as they are now. Words that are appended later
// lie behind the end of these slices.
func (g *group) publish(columns []event.Column) {
	for i := range g.cols {
		columns[i].Words = g.cols[i].dict.words
	}
}

// Expected is a column as the baseline or the configuration knows it.
type Expected struct {
	Name       string
	Kind       catalog.Kind
	Categories []string
}

// Expect tells which columns are categorical, so that numbers in them stay texts
// as they are spelled (001 is not 1), and which texts must have a code however
// many others there are. A column "prediction" also concerns the labels.
func (s *Set) Expect(cols []Expected) {
	for _, e := range cols {
		s.expected[e.Name] = e
		if i, ok := s.features.index[e.Name]; ok {
			s.features.cols[i].expect(e)
		}
		if e.Name == "prediction" {
			s.prediction.expect(e)
			s.actual.expect(e)
		}
	}
	s.orders.forget() // what they do with a column depends on its kind
}

func (c *column) expect(e Expected) {
	c.text = e.Kind == catalog.Categorical
	for _, text := range e.Categories {
		c.dict.expect(text)
	}
}

// columnOf returns the column of a name in one of the groups and adds it to the
// batch at hand if it is new; -1 if there is no room for it.
func (s *Set) columnOf(a act, name []byte) int32 {
	g, columns := &s.features, &s.b.Features
	switch a {
	case setSegment:
		g, columns = &s.segments, &s.b.Segments
	case setClassScore:
		g, columns = &s.scores, &s.b.Scores
	case setValue:
		g, columns = &s.values, &s.b.Values
	}
	i := g.find(name)
	if i >= 0 {
		return i
	}
	if i = g.add(name); i < 0 {
		return -1
	}
	c := &g.cols[i]
	if e, ok := s.expected[c.name]; ok && a == setFeature {
		c.expect(e)
	}
	s.b.AddColumn(columns, c.name)
	return i
}
