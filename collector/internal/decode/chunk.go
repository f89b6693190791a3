package decode

import (
	"math"
	"time"
	"unicode/utf8"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Kind says what the values of a Chunk are.
type Kind uint8

// The kinds.
const (
	Numbers    Kind = iota // Nums
	Bools                  // Nums, 0 or 1
	Texts                  // Codes in Words
	Times                  // Nanos
	Untyped                // Spell, as the cells of a CSV file
	Containers             // lists and maps: nothing that could be one value
)

// Chunk is a run of rows of one column of a table. Its slices have a value for
// each row; that of a row that is null means nothing.
type Chunk struct {
	Kind  Kind
	Rows  int
	Null  []bool // nil: none is
	Nums  []float64
	Nanos []int64 // Unix; event.NoTime for what 64 bits cannot hold
	Local bool    // Nanos are those of a clock in an unknown zone
	Codes []uint32
	Words *Words
	// Spell appends the text of a row's value, of any kind but Containers. It is
	// used where a text is wanted: for ids, classes and segments.
	Spell func(dst []byte, row int) []byte
}

// Words are the texts behind the codes of chunks. They do not change.
type Words struct {
	Data []byte
	Ends []uint32 // one more than there are words: word i is Data[Ends[i]:Ends[i+1]]
	// Once says that no later chunk has these words, so that nothing about them
	// is worth remembering.
	Once bool
}

// Put fills in rows of a column, from a row of those that Begin made room for on.
// Chunks of a column come in the order of their rows.
func (t *Table) Put(column, at int, c *Chunk) {
	steps := t.steps[column]
	for i := range steps {
		t.put(&steps[i], t.base+at, c)
	}
}

func (t *Table) put(st *tableStep, at int, c *Chunk) {
	s, b := t.set, t.set.b
	switch st.act {
	case setFeature:
		t.putCells(st, &b.Features[st.col], &s.features.cols[st.col], at, c)
	case setPrediction:
		t.putCells(st, &b.Prediction, &s.prediction, at, c)
	case setActual:
		t.putCells(st, &b.Actual, &s.actual, at, c)
	case setSegment:
		t.putTexts(st, &b.Segments[st.col], &s.segments.cols[st.col], event.Absent, at, c)
	case setModel:
		t.putTexts(st, &b.Model, &s.model, event.Absent, at, c)
	case setVersion:
		t.putTexts(st, &b.Version, &s.version, event.Absent, at, c)
	case setClassScore:
		t.putNumbers(st, &b.Scores[st.col], 1, at, c)
	case setValue:
		t.putNumbers(st, &b.Values[st.col], 1, at, c)
	case setScore:
		t.putNumbers(st, &b.Score, 1, at, c)
	case setLatency:
		t.putNumbers(st, &b.Latency, s.latency, at, c)
	case setTime:
		t.putTimes(st, at, c)
	case dropFeature, dropColumn:
	default:
		t.putEach(st, at, c)
	}
}

// putCells writes values as what they are: times as seconds since 1970.
func (t *Table) putCells(st *tableStep, to *event.Column, col *column, at int, c *Chunk) {
	switch {
	case c.Kind == Texts:
		t.putTexts(st, to, col, event.Null, at, c)
	case c.Kind == Untyped || c.Kind == Containers || col.text:
		t.putEach(st, at, c)
	case c.Kind == Bools:
		fill(to, at, c, event.Bool, 1)
	default:
		fill(to, at, c, event.Number, 1)
	}
}

func (t *Table) putNumbers(st *tableStep, to *event.Column, scale float64, at int, c *Chunk) {
	if c.Kind == Numbers || c.Kind == Times && st.act == setValue {
		fill(to, at, c, event.Number, scale)
		return
	}
	t.putEach(st, at, c)
}

// fill writes numbers. One loop for each of what the usual column has: values in
// all rows, or some nulls.
func fill(to *event.Column, at int, c *Chunk, as event.Cell, scale float64) {
	cells, nums := to.Cells[at:at+c.Rows], to.Nums[at:at+c.Rows]
	if c.Kind == Times {
		for i, ns := range c.Nanos[:c.Rows] {
			nums[i] = float64(ns) / 1e9
			if ns == event.NoTime {
				nums[i] = math.NaN()
			}
		}
	} else {
		copy(nums, c.Nums[:c.Rows])
	}
	if scale != 1 {
		for i := range nums {
			nums[i] *= scale
		}
	}
	for i, f := range nums {
		cell := as
		if f != f {
			cell = event.Null
		}
		cells[i] = cell
	}
	if c.Null != nil {
		for i, null := range c.Null[:c.Rows] {
			if null {
				cells[i] = event.Null
			}
		}
	}
}

// putTexts writes texts by their code. missing is what a null is: absent where
// only texts count.
func (t *Table) putTexts(st *tableStep, to *event.Column, col *column, missing event.Cell, at int, c *Chunk) {
	if c.Kind != Texts {
		t.putEach(st, at, c)
		return
	}
	if st.words != c.Words {
		st.words, st.codes = c.Words, st.codes[:0]
		if !c.Words.Once {
			for range len(c.Words.Ends) - 1 {
				st.codes = append(st.codes, unknownCode)
			}
		}
	}
	s := t.set
	before := s.n
	for i, word := range c.Codes[:c.Rows] {
		s.n = at + i
		if c.Null != nil && c.Null[i] {
			to.Cells[s.n] = missing
			continue
		}
		if !c.Words.Once {
			if code := st.codes[word]; code < unknownCode {
				to.Cells[s.n], to.Codes[s.n] = event.Text, code
				continue
			}
		}
		text := c.Words.Data[c.Words.Ends[word]:c.Words.Ends[word+1]]
		if len(text) == 0 && missing == event.Absent {
			to.Cells[s.n] = event.Absent
			continue
		}
		if !utf8.Valid(text) {
			s.buf = valid(s.buf[:0], text)
			text = s.buf
		}
		s.setWord(to, col, text)
		if !c.Words.Once && to.Cells[s.n] == event.Text {
			st.codes[word] = to.Codes[s.n] // stays unknown if it is unlisted, for its hash
		}
	}
	s.n = before
}

// unknownCode is that of a word that was not looked up yet. Codes are below it,
// event.Unlisted is not.
const unknownCode = event.Unlisted - 1

// putTimes writes event times. What is no time by its type may be one by its
// text: Unix time of any unit, or RFC 3339.
func (t *Table) putTimes(st *tableStep, at int, c *Chunk) {
	if c.Kind != Times {
		t.putEach(st, at, c)
		return
	}
	zone := t.set.fields.Timezone
	move := c.Local && zone != time.UTC
	for i, ns := range c.Nanos[:c.Rows] {
		switch {
		case c.Null != nil && c.Null[i]:
			ns = event.NoTime
		case ns == event.NoTime:
			t.fail(at-t.base+i, event.BadTimestamp, c.Spell(nil, i))
		case move:
			u := time.Unix(0, ns).UTC()
			ns = time.Date(u.Year(), u.Month(), u.Day(), u.Hour(), u.Minute(), u.Second(), u.Nanosecond(), zone).UnixNano()
		}
		t.set.b.Times[at+i] = ns
	}
}

// putEach does a step row by row, as the decoders of text do.
func (t *Table) putEach(st *tableStep, at int, c *Chunk) {
	s := t.set
	t.each(st.step, c.Rows, at, func(i int) ([]byte, node) {
		switch {
		case c.Null != nil && c.Null[i]:
			return nil, node{}
		case c.Kind == Containers:
			s.padded = append(s.padded[:0], "[.]"...)
			return s.padded, node{kind: array, end: 3}
		}
		s.padded = c.Spell(s.padded[:0], i)
		n := node{kind: text, plain: true}
		switch c.Kind {
		case Numbers:
			n.kind, n.num = number, c.Nums[i]
			if n.num != n.num {
				n.kind = null
			}
		case Bools:
			n.kind, n.num = boolean, c.Nums[i]
		case Untyped:
			n.kind = cell
			if s.nulls.has(s.padded) {
				n.kind = null
			}
		}
		if !utf8.Valid(s.padded) {
			s.padded = valid(nil, s.padded)
		}
		n.end = int32(len(s.padded))
		return s.padded, n
	})
}
