package decode

import (
	"bytes"
	"math"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// act is what becomes of a value.
type act uint8

const (
	ignore act = iota
	setType
	setID
	setTime
	setModel
	setVersion
	setPrediction
	setActual
	setScore
	setLatency
	setError
	setShadow
	setFeature
	setSegment
	setClassScore
	setValue
	dropFeature // there are too many columns
	dropColumn
)

// row is what is known of the event at hand beside its cells.
type row struct {
	id     []byte
	time   int64
	typ    event.Type
	typed  bool // the record names its type
	has    content
	failed bool // reason and detail say why the record is no event
	reason event.Reason
	detail []byte
}

// content tells which parts of an event a record has.
type content uint8

const (
	hasFeatures content = 1 << iota
	hasPrediction
	hasLabel
	hasValues
	hasError
)

// brings is the content that comes with an act.
var brings = [...]content{
	setPrediction: hasPrediction, setScore: hasPrediction, setClassScore: hasPrediction,
	setFeature: hasFeatures, dropFeature: hasFeatures,
	setActual: hasLabel, setValue: hasValues, dropColumn: 0,
}

// set does one step with a value of a line.
func (s *Set) set(st step, line []byte, n *node) {
	s.row.has |= brings[st.act]
	b := s.b
	switch st.act {
	case setFeature:
		s.setCell(&b.Features[st.col], &s.features.cols[st.col], line, n)
	case setSegment:
		s.setText(&b.Segments[st.col], &s.segments.cols[st.col], line, n)
	case setClassScore:
		s.setNumber(&b.Scores[st.col], line, n, 1)
	case setValue:
		s.setValue(&b.Values[st.col], &s.values.cols[st.col], line, n)
	case setPrediction:
		s.setCell(&b.Prediction, &s.prediction, line, n)
	case setActual:
		s.setCell(&b.Actual, &s.actual, line, n)
	case setModel:
		s.setText(&b.Model, &s.model, line, n)
	case setVersion:
		s.setText(&b.Version, &s.version, line, n)
	case setScore:
		s.setNumber(&b.Score, line, n, 1)
	case setLatency:
		s.setNumber(&b.Latency, line, n, s.latency)
	case setError:
		s.setError(line, n)
	case setShadow:
		s.setCell(&b.Shadow, &s.shadow, line, n)
	case setID:
		s.setID(line, n)
	case setTime:
		s.setTime(line, n)
	case setType:
		s.setType(line, n)
	case dropFeature, dropColumn:
		b.DroppedFeatures++
	}
}

// setCell writes a value as what it is.
func (s *Set) setCell(c *event.Column, col *column, line []byte, n *node) {
	switch {
	case n.kind == null:
		c.Cells[s.n] = event.Null
	case n.kind >= object:
		c.Cells[s.n] = event.Nested
	case n.kind == text || col.text:
		s.setWord(c, col, nodeText(line, n, &s.buf))
	case n.kind == cell:
		s.setTableCell(c, col, line, n)
	case n.kind == boolean:
		c.Cells[s.n], c.Nums[s.n] = event.Bool, n.num
	default:
		c.Cells[s.n], c.Nums[s.n] = event.Number, n.num
	}
}

// setTableCell writes the untyped value of a table.
func (s *Set) setTableCell(c *event.Column, col *column, line []byte, n *node) {
	t := line[n.start:n.end]
	f, ok := spacedNumber(t)
	switch {
	case ok && f != f:
		c.Cells[s.n] = event.Null
	case ok:
		c.Cells[s.n], c.Nums[s.n] = event.Number, f
	case isWord(t, "true"):
		c.Cells[s.n], c.Nums[s.n] = event.Bool, 1
	case isWord(t, "false"):
		c.Cells[s.n], c.Nums[s.n] = event.Bool, 0
	default:
		s.setWord(c, col, nodeText(line, n, &s.buf))
	}
}

// spacedNumber reads a number also between blanks.
func spacedNumber(t []byte) (float64, bool) {
	f, ok := parseNumber(t)
	if !ok && len(t) > 1 && (t[0] == ' ' || t[len(t)-1] == ' ') {
		return parseNumber(bytes.Trim(t, " "))
	}
	return f, ok
}

// isWord compares without case; word is in lower-case letters.
func isWord(t []byte, word string) bool {
	if len(t) != len(word) {
		return false
	}
	for i := range t {
		if t[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}

// setText writes a value as its spelling. None is no text rather than a Null.
func (s *Set) setText(c *event.Column, col *column, line []byte, n *node) {
	switch {
	case n.kind >= object:
		c.Cells[s.n] = event.Nested
	case n.kind == null || n.start == n.end:
		c.Cells[s.n] = event.Absent
	default:
		s.setWord(c, col, nodeText(line, n, &s.buf))
	}
}

func (s *Set) setWord(c *event.Column, col *column, t []byte) {
	if col.label && len(t) == 0 {
		c.Cells[s.n] = event.Null
		return
	}
	code := col.dict.code(t, &s.room)
	if code == event.Unlisted && col.numbers {
		if f, ok := parseNumber(t); ok && f == f {
			c.Cells[s.n], c.Nums[s.n] = event.Number, f
			return
		}
	}
	c.Cells[s.n], c.Codes[s.n] = event.Text, code
	if code == event.Unlisted {
		c.Nums[s.n] = math.Float64frombits(event.Hash(t))
	}
}

// setNumber writes a number, also from a text that is one. Anything else is
// missing, or Nested.
func (s *Set) setNumber(c *event.Column, line []byte, n *node, scale float64) {
	f, ok := n.num, n.kind == number
	if n.kind == text || n.kind == cell {
		f, ok = spacedNumber(line[n.start:n.end])
		ok = ok && f == f
	}
	switch {
	case ok:
		c.Cells[s.n], c.Nums[s.n] = event.Number, f*scale
	case n.kind >= object:
		c.Cells[s.n] = event.Nested
	default:
		c.Cells[s.n] = event.Null
	}
}

// setValue writes a business value: a number, or else what it is, so that it can
// be told from one that is missing.
func (s *Set) setValue(c *event.Column, col *column, line []byte, n *node) {
	s.setNumber(c, line, n, 1)
	if c.Cells[s.n] != event.Null || n.start == n.end {
		return
	}
	switch n.kind {
	case boolean:
		c.Cells[s.n], c.Nums[s.n] = event.Bool, n.num
	case text, cell:
		if _, isNaN := parseNumber(line[n.start:n.end]); !isNaN {
			s.setWord(c, col, nodeText(line, n, &s.buf))
		}
	}
}

// setError writes what went wrong: null, false, 0 and what is empty is nothing,
// and what is no text is just "error".
func (s *Set) setError(line []byte, n *node) {
	c := &s.b.Error
	c.Cells[s.n] = event.Absent
	t := errorText
	switch n.kind {
	case null:
		return
	case boolean:
		if n.num == 0 {
			return
		}
	case object, array:
		if isEmptyContainer(line[n.start:n.end]) {
			return
		}
	case number:
		if n.num == 0 {
			return
		}
		t = line[n.start:n.end]
	default:
		t = nodeText(line, n, &s.buf)
		if len(t) == 0 || n.kind == cell && (isWord(t, "false") || string(t) == "0") {
			return
		}
		if n.kind == cell && isWord(t, "true") {
			t = errorText
		}
	}
	s.row.has |= hasError
	s.setWord(c, &s.failure, t)
}

var errorText = []byte("error")

// isEmptyContainer tells that nothing but white space is between the brackets.
func isEmptyContainer(t []byte) bool {
	for _, c := range t[1 : len(t)-1] {
		if c > ' ' {
			return false
		}
	}
	return true
}

// maxID is the longest id kept in whole; in place of a longer one's end stands
// its hash.
const maxID = 256

func (s *Set) setID(line []byte, n *node) {
	if n.kind != text && n.kind != number && n.kind != cell {
		s.row.id = nil
		return
	}
	id := nodeText(line, n, &s.idBuf)
	if len(id) > maxID {
		h := event.Hash(id)
		s.idBuf = append(s.idBuf[:0], id[:maxID-16]...)
		for ; len(s.idBuf) < maxID; h >>= 4 {
			s.idBuf = append(s.idBuf, "0123456789abcdef"[h&15])
		}
		id = s.idBuf
	}
	s.row.id = id
}

func (s *Set) setTime(line []byte, n *node) {
	if n.kind == null || n.start == n.end {
		return
	}
	t := line[n.start:n.end]
	if n.kind <= cell && n.kind != boolean {
		var ok bool
		if n.kind == number {
			s.row.time, ok = parseUnix(t)
		} else {
			s.row.time, ok = s.minute.parse(t, s.fields.Timezone)
		}
		if ok {
			return
		}
	}
	s.fail(event.BadTimestamp, t)
}

func (s *Set) setType(line []byte, n *node) {
	if n.kind == null || n.start == n.end {
		return
	}
	s.typeNamed(line[n.start:n.end])
}

func (s *Set) typeNamed(t []byte) {
	s.row.typed = true
	switch string(t) {
	case "prediction":
		s.row.typ = event.Prediction
	case "label":
		s.row.typ = event.Label
	case "outcome":
		s.row.typ = event.Outcome
	default:
		s.fail(event.UnknownType, t)
	}
}

// fail marks the record as no event; the first reason counts.
func (s *Set) fail(r event.Reason, detail []byte) {
	if !s.row.failed {
		s.row.failed, s.row.reason, s.row.detail = true, r, detail
	}
}
