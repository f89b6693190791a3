package decode

import (
	"strconv"
	"unicode/utf8"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// constant is a field that the configuration sets for every record. A path of
// the same field overrides it.
type constant struct {
	step
	line []byte
	node node
}

func (s *Set) addConstant(a act, f config.Field) {
	if f.Const {
		s.constants = append(s.constants, constant{step{act: a}, []byte(f.Value), node{kind: cell, plain: utf8.ValidString(f.Value), end: int32(len(f.Value))}})
	}
}

// startRow makes room for a row and gives it the constants.
func (s *Set) startRow() {
	if s.n == s.b.N {
		// Doubling clears few cells for a few lines, and many at once for many.
		s.b.Resize(max(64, 2*s.n))
	}
	s.row = row{time: event.NoTime}
	for i := range s.constants {
		c := &s.constants[i]
		s.set(c.step, c.line, &c.node)
	}
}

// finishRow keeps the row if it is an event, and otherwise rejects the record at
// an offset. The caller then clears the row's cells in the groups.
func (s *Set) finishRow(offset int64) bool {
	r := &s.row
	if !r.failed && r.has == 0 {
		s.fail(event.NoEvent, nil)
	}
	if r.failed {
		s.reject(r.reason, offset, r.detail)
		s.clearSingles()
		return false
	}
	b := s.b
	b.Types[s.n], b.Times[s.n], b.Offsets[s.n] = r.eventType(), r.time, offset
	b.AppendID(r.id)
	s.n++
	return true
}

// eventType is what the record says, or what it can only be: one without
// features and prediction that has a label is a label.
func (r *row) eventType() event.Type {
	switch {
	case r.typed || r.has&(hasFeatures|hasPrediction|hasError) != 0:
		return r.typ
	case r.has&hasLabel != 0:
		return event.Label
	case r.has&hasValues != 0:
		return event.Outcome
	}
	return r.typ
}

func (s *Set) clearSingles() {
	b := s.b
	for _, c := range [...]*event.Column{&b.Model, &b.Version, &b.Prediction, &b.Actual, &b.Score, &b.Latency, &b.Error, &b.Shadow} {
		c.Cells[s.n] = event.Absent
	}
}

// clear takes back what a step has written into a group's column.
func (s *Set) clear(st step) {
	b := s.b
	switch st.act {
	case setFeature:
		b.Features[st.col].Cells[s.n] = event.Absent
	case setSegment:
		b.Segments[st.col].Cells[s.n] = event.Absent
	case setClassScore:
		b.Scores[st.col].Cells[s.n] = event.Absent
	case setValue:
		b.Values[st.col].Cells[s.n] = event.Absent
	case dropFeature, dropColumn:
		b.DroppedFeatures--
	}
}

// reject counts a record that is no event. Only the first of a reason costs a
// text.
func (s *Set) reject(r event.Reason, offset int64, detail []byte) {
	text := ""
	if s.b.Rejected[r] == 0 && len(detail) > 0 {
		text = printable(detail)
	}
	s.b.Reject(r, offset, text)
}

// printable quotes the beginning of what was found.
func printable(found []byte) string {
	const most = 60
	if len(found) <= most {
		return strconv.QuoteToASCII(string(found))
	}
	return strconv.QuoteToASCII(string(found[:most])) + "..."
}
