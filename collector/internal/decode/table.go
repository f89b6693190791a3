package decode

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Table fills batches from a table whose columns are typed already, a run of rows
// of one column at a time, by the same mapping that records of text go through.
// Columns are found by the whole name of a path, as those of a CSV header.
type Table struct {
	set     *Set
	steps   [][]tableStep // by column of the table
	has     content       // of every row
	base    int           // rows that the batch had before
	offset  int64         // of the first row
	rows    []rowState    // of the batch at hand
	ids     []idPart      // of the batch at hand
	id      []byte        // of the row at hand
	kept    []int32
	failing int // rows that are no event
}

// idPart is a column that the ids consist of, or all of them.
type idPart struct {
	bytes []byte // back to back
	ends  []int
}

func (p *idPart) add(id []byte) {
	p.bytes = append(p.bytes, id...)
	p.ends = append(p.ends, len(p.bytes))
}

func (p *idPart) at(row int) []byte {
	if row >= len(p.ends) {
		return nil
	}
	start := 0
	if row > 0 {
		start = p.ends[row-1]
	}
	return p.bytes[start:p.ends[row]]
}

// tableStep is what to do with one column.
type tableStep struct {
	step
	words *Words   // whose codes are known
	codes []uint32 // in the dictionary of the batch's column, by code in words
}

// rowState is content, and what else is known of a row that all columns add to.
type rowState struct {
	has    content
	typed  bool
	failed bool
	reason event.Reason
	detail string
}

// Table returns how the set reads a table with columns of these names.
func (s *Set) Table(names []string) *Table {
	t := &Table{set: s, steps: make([][]tableStep, len(names)), ids: make([]idPart, 1)}
	s.begin(&event.Batch{}) // takes the columns that are new; Begin adds them to each batch
	for _, td := range s.planHeader(names) {
		t.steps[td.node] = append(t.steps[td.node], tableStep{step: td.step})
		t.has |= brings[td.act]
		if td.act == setID && int(td.col) >= len(t.ids) {
			t.ids = append(t.ids, make([]idPart, int(td.col)+1-len(t.ids))...)
		}
	}
	s.end()
	return t
}

// Wants tells whether a column is used, so that others need not be read.
func (t *Table) Wants(column int) bool {
	return slices.ContainsFunc(t.steps[column], func(st tableStep) bool { return st.act != dropFeature && st.act != dropColumn })
}

// Feature tells whether a column is a feature.
func (t *Table) Feature(column int) bool {
	return slices.ContainsFunc(t.steps[column], func(st tableStep) bool { return st.act == setFeature })
}

// MaxRows is how many rows a batch should have.
func (t *Table) MaxRows() int {
	return min(maxRows, max(maxCells/max(len(t.set.features.cols), 1), 64))
}

// Begin makes room for n rows behind those of b. offset is the place of the first
// one in the table, for rejections.
func (t *Table) Begin(b *event.Batch, n int, offset int64) {
	s := t.set
	s.begin(b)
	t.base = b.N
	b.Resize(t.base + n)
	t.offset, t.failing = offset, 0
	for i := range t.ids {
		t.ids[i].bytes, t.ids[i].ends = t.ids[i].bytes[:0], t.ids[i].ends[:0]
	}
	t.rows = slices.Grow(t.rows[:0], n)[:n]
	for i := range t.rows {
		t.rows[i] = rowState{has: t.has}
	}
	for i := range s.constants {
		c := &s.constants[i]
		t.each(c.step, n, t.base, func(int) ([]byte, node) { return c.line, c.node })
	}
	for _, steps := range t.steps {
		for _, st := range steps {
			if st.act == dropFeature || st.act == dropColumn {
				b.DroppedFeatures += uint64(n)
			}
		}
	}
}

// End turns the rows into events and rejections.
func (t *Table) End() {
	s, b := t.set, t.set.b
	t.kept = t.kept[:0]
	for i := range t.rows {
		r := &t.rows[i]
		if !r.failed && r.has == 0 {
			r.failed, r.reason = true, event.NoEvent
		}
		if r.failed {
			b.Reject(r.reason, t.offset+int64(i), r.detail)
			continue
		}
		at := t.base + i
		b.Types[at] = (&row{has: r.has, typ: b.Types[at], typed: r.typed}).eventType()
		b.Offsets[t.base+len(t.kept)] = t.offset + int64(i)
		t.kept = append(t.kept, int32(at))
		b.AppendID(t.rowID(i))
	}
	if len(t.kept) < len(t.rows) {
		t.compact()
	}
	s.n = t.base + len(t.kept)
	s.end()
}

// compact moves the rows that are kept to the front.
func (t *Table) compact() {
	b := t.set.b
	for i, from := range t.kept {
		b.Types[t.base+i], b.Times[t.base+i] = b.Types[from], b.Times[from]
	}
	for _, c := range [...]*event.Column{&b.Model, &b.Version, &b.Prediction, &b.Actual, &b.Score, &b.Latency, &b.Error, &b.Shadow} {
		t.compactColumn(c)
	}
	for _, group := range [...][]event.Column{b.Features, b.Segments, b.Scores, b.Values} {
		for i := range group {
			t.compactColumn(&group[i])
		}
	}
}

func (t *Table) compactColumn(c *event.Column) {
	for i, from := range t.kept {
		to := t.base + i
		c.Cells[to], c.Nums[to], c.Codes[to] = c.Cells[from], c.Nums[from], c.Codes[from]
	}
}

// rowID is the id of a row; of several columns, with a separator between them.
func (t *Table) rowID(row int) []byte {
	if len(t.ids) == 1 {
		return t.ids[0].at(row)
	}
	t.id = append(t.id[:0], t.ids[0].at(row)...)
	for i := range t.ids[1:] {
		t.id = append(append(t.id, config.KeySeparator...), t.ids[1+i].at(row)...)
	}
	return t.id
}

// each does a step with a value of every row, one by one. at counts in the batch.
func (t *Table) each(st step, n, at int, value func(row int) ([]byte, node)) {
	s, b := t.set, t.set.b
	before := s.n
	for i := range n {
		line, v := value(i)
		r := &t.rows[at-t.base+i]
		s.n, s.row = at+i, row{time: event.NoTime, typ: event.Prediction}
		s.set(st, line, &v)
		r.has |= s.row.has
		switch st.act {
		case setID:
			t.ids[st.col].add(s.row.id)
		case setTime:
			b.Times[at+i] = s.row.time
		case setType:
			b.Types[at+i], r.typed = s.row.typ, r.typed || s.row.typed
		}
		if s.row.failed {
			t.fail(at-t.base+i, s.row.reason, s.row.detail)
		}
	}
	s.n = before
}

func (t *Table) fail(row int, reason event.Reason, detail []byte) {
	if r := &t.rows[row]; !r.failed {
		r.failed, r.reason = true, reason
		if t.failing++; t.failing <= event.NumReasons {
			r.detail = printable(detail)
		}
	}
}
