// Package event holds batches of decoded events as columns. A batch has one
// slice per column and one row per event, so that everything behind the decoder
// works on a whole column at a time and nothing is allocated per event.
package event

import (
	"bytes"
	"slices"
	"unsafe"
)

// Type is what an event tells.
type Type uint8

// The event types.
const (
	Prediction Type = iota
	Label
	Outcome
	NumTypes int = iota
)

var typeNames = [NumTypes]string{"prediction", "label", "outcome"}

// String returns the type's name in the canonical event.
func (t Type) String() string { return typeNames[t] }

// Cell says what a column holds in one row.
type Cell uint8

// The cells. Bool has 0 or 1 in Num, like a Number.
const (
	Absent   Cell = iota // the event has no such column
	Null                 // null, NaN, or a null word of a CSV file
	Number               // Num holds it; ±Inf is a number, NaN is Null
	Bool                 // Num holds 0 or 1
	Text                 // Code indexes Words; for code Unlisted, Num holds a hash
	Nested               // an array or object where a single value was expected
	NumCells int  = iota
)

// CountCells counts the cells that are want, many at a time.
func CountCells(cells []Cell, want Cell) int {
	// A Cell is a byte, and bytes are counted by vector instructions.
	return bytes.Count(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(cells))), len(cells)), []byte{byte(want)})
}

// Unlisted is the code of a text that is not in a column's Words, because the
// dictionary was full or the text too long. Num then holds the 64 bits of its
// hash (math.Float64frombits), so that distinct texts can still be counted.
const Unlisted = ^uint32(0)

// Column is one column of a batch. Cells, Nums and Codes have the batch's
// length; what Nums and Codes hold in a row depends on its cell.
type Column struct {
	Name  string
	Cells []Cell
	Nums  []float64
	Codes []uint32
	// Words are the texts behind the codes: an append-only dictionary of the
	// source, as long as it was when the batch was filled. It only grows from
	// batch to batch, a code means the same text for ever, and the slice may be
	// read while the decoder appends to its own.
	Words []string
}

// Text returns the text of a row whose cell is Text, and false if it is Unlisted.
func (c *Column) Text(row int) (string, bool) {
	if code := c.Codes[row]; code != Unlisted {
		return c.Words[code], true
	}
	return "", false
}

func (c *Column) resize(n int) {
	old := len(c.Cells)
	c.Cells = grow(c.Cells, n)
	c.Nums = grow(c.Nums, n)
	c.Codes = grow(c.Codes, n)
	if n > old {
		clear(c.Cells[old:n])
	}
}

func grow[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return slices.Grow(s, n-len(s))[:n]
}

// Reason says why a record is no event.
type Reason uint8

// The reasons of rejections, a closed list.
const (
	Malformed     Reason = iota // not JSON, or not CSV
	NotAnObject                 // JSON, but no object
	NoEvent                     // neither features nor a prediction, label or value
	UnknownType                 // a "type" that is none of ours
	BadTimestamp                // a timestamp that cannot be read
	TooLong                     // longer than max_line_bytes
	TooNested                   // nested deeper, or with more instances, than allowed
	WrongColumns                // a CSV record with another number of fields than its header
	BadPrediction               // a prediction that the model's task cannot use; the rest of its record counts
	BadLabel                    // the same of a label
	BadValue                    // the same of a business value
	NumReasons    int    = iota
)

var reasonNames = [NumReasons]string{
	"malformed", "not_an_object", "no_event", "unknown_type", "bad_timestamp",
	"too_long", "too_nested", "wrong_columns", "bad_prediction", "bad_label", "bad_value",
}

// String returns the reason as the label of model_exporter_rejected_total.
func (r Reason) String() string { return reasonNames[r] }

// Rejection is the first record of a batch that was rejected for a reason.
type Rejection struct {
	Reason Reason
	Offset int64  // bytes from the start of the file, uncompressed
	Detail string // what was found, short and printable
}

// Batch is a run of events from one source, in the order of its records. The
// zero value is an empty batch. A batch belongs to whoever holds it; handing it
// over is giving it away, its slices included.
type Batch struct {
	N     int // events
	Types []Type
	// IDs are stored back to back; ID returns one. An empty id is a missing one.
	idBytes []byte
	idEnds  []uint32
	// Times are Unix nanoseconds; NoTime where the event has none. The model
	// uses Arrival for those.
	Times   []int64
	Offsets []int64 // of the events' records, as in Rejection
	Arrival int64   // Unix nanoseconds at which the batch was read

	Model, Version     Column // Text; Absent where the source names none
	Prediction, Actual Column // Actual is the label
	Score              Column // Number
	Latency            Column // Number, seconds
	Error              Column // Text; empty or Absent is no error
	Shadow             Column // true if the answer was not used; see IsShadow
	Features           []Column
	Segments           []Column
	Scores             []Column // probability by class, the class is the name
	Values             []Column // business values of outcomes

	// Columns keep their index from batch to batch of a source; new ones are
	// appended. Dropped counts, per row and name, what did not fit any more.
	DroppedFeatures uint64

	// Aggregates are rows that were counted where they are, beside the N events.
	Aggregates []Aggregate

	Bytes     int64 // input consumed, rejected records included
	Fallbacks uint64
	Rejected  [NumReasons]uint64
	First     []Rejection // at most one per reason
	File      string      // where the rejections' offsets count from
	Hints     []string    // what about the file may not be meant as it stands
}

// NoTime marks an event without a timestamp.
const NoTime = int64(-1 << 63)

// Reset empties b and keeps its memory and its columns' identity.
func (b *Batch) Reset() {
	b.Resize(0)
	b.idBytes, b.idEnds = b.idBytes[:0], b.idEnds[:0]
	b.DroppedFeatures, b.Bytes, b.Fallbacks = 0, 0, 0
	clear(b.Rejected[:])
	b.First = b.First[:0]
	b.Aggregates = nil
	b.File, b.Hints = "", b.Hints[:0]
}

// Resize makes b hold n events. Rows that are new have Absent cells, no time,
// type Prediction, and no id until AppendID.
func (b *Batch) Resize(n int) {
	old := b.N
	b.N = n
	b.Types = grow(b.Types, n)
	b.Times = grow(b.Times, n)
	b.Offsets = grow(b.Offsets, n)
	for i := old; i < n; i++ {
		b.Types[i], b.Times[i] = Prediction, NoTime
	}
	for _, c := range b.single() {
		c.resize(n)
	}
	for _, group := range [...][]Column{b.Features, b.Segments, b.Scores, b.Values} {
		for i := range group {
			group[i].resize(n)
		}
	}
	if len(b.idEnds) > n {
		b.idEnds = b.idEnds[:n]
		b.idBytes = b.idBytes[:0]
		if n > 0 {
			b.idBytes = b.idBytes[:b.idEnds[n-1]]
		}
	}
}

// Keep leaves the given rows, in rising order, and drops the others.
func (b *Batch) Keep(rows []int) {
	var ids []byte
	var ends []uint32
	for to, from := range rows {
		b.Types[to], b.Times[to] = b.Types[from], b.Times[from]
		if from < len(b.idEnds) {
			ids = append(ids, b.ID(from)...)
			ends = append(ends, uint32(len(ids)))
		}
	}
	b.idBytes, b.idEnds = append(b.idBytes[:0], ids...), append(b.idEnds[:0], ends...)
	for _, c := range b.single() {
		c.keep(rows)
	}
	for _, group := range [...][]Column{b.Features, b.Segments, b.Scores, b.Values} {
		for i := range group {
			group[i].keep(rows)
		}
	}
	b.Resize(len(rows))
}

func (c *Column) keep(rows []int) {
	for to, from := range rows {
		c.Cells[to], c.Nums[to], c.Codes[to] = c.Cells[from], c.Nums[from], c.Codes[from]
	}
}

func (b *Batch) single() [8]*Column {
	return [...]*Column{&b.Model, &b.Version, &b.Prediction, &b.Actual, &b.Score, &b.Latency, &b.Error, &b.Shadow}
}

// AddColumn appends a column to one of b's groups (&b.Features, …), absent in
// all rows so far.
func (b *Batch) AddColumn(group *[]Column, name string) {
	c := Column{Name: name}
	c.resize(b.N)
	*group = append(*group, c)
}

// AppendID sets the id of the first event that has none yet. Ids are appended
// in row order, one per row; rows after the last call have no id.
func (b *Batch) AppendID(id []byte) {
	b.idBytes = append(b.idBytes, id...)
	b.idEnds = append(b.idEnds, uint32(len(b.idBytes)))
}

// ID returns the id of a row, empty if it has none. It is valid until b changes.
func (b *Batch) ID(row int) []byte {
	if row >= len(b.idEnds) {
		return nil
	}
	start := uint32(0)
	if row > 0 {
		start = b.idEnds[row-1]
	}
	return b.idBytes[start:b.idEnds[row]]
}

// IsShadow tells whether a row is a prediction whose answer was not used: one that
// says true, yes, or a number other than 0.
func (b *Batch) IsShadow(row int) bool {
	switch b.Shadow.Cells[row] {
	case Number, Bool:
		return b.Shadow.Nums[row] != 0
	case Text:
		text, _ := b.Shadow.Text(row)
		switch text {
		case "true", "True", "TRUE", "yes", "1", "shadow":
			return true
		}
	}
	return false
}

// Reject counts a record that is no event and keeps the first of its reason.
func (b *Batch) Reject(r Reason, offset int64, detail string) {
	if b.Rejected[r] == 0 {
		b.First = append(b.First, Rejection{r, offset, detail})
	}
	b.Rejected[r]++
}

// Refuse rejects what an event says in one of its columns, and leaves the event.
func (b *Batch) Refuse(r Reason, row int, c *Column) {
	detail := ""
	if b.Rejected[r] == 0 {
		detail = c.found(row)
	}
	b.Reject(r, b.Offsets[row], detail)
}
