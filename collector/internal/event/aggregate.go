package event

// Aggregate is what a source counted of rows that it did not hand over. All of them
// are predictions of one span of time, which lies within one pane of every window.
type Aggregate struct {
	Model, Version string // empty where the source names none
	At             int64  // Unix ns, within the span
	Last           int64  // Unix ns, newest event time
	Rows           uint64
	Columns        []Counted
	Added          []string // columns that the baseline does not have
}

// Counted is what was counted of one column. Fields that do not belong to the kind
// of the column are zero.
type Counted struct {
	Name    string
	Output  bool
	Removed bool // there is no such column
	// Missing, Type, Range and Sentinel are rows that fail a check.
	Missing, Type, Range, Sentinel uint64

	Bins []BinCount // numeric: values by the baseline's fine bins

	N                 uint64 // finite values, about Shift:
	Shift, Sum, SumSq float64
	Min, Max          float64
	LowN, HighN       uint64 // of them, those in the two open bins
	Low, High         float64

	Words    []WordCount // categories
	Unlisted uint64      // values that are none of the words asked for

	Ranks []Rank // of values that are no Words, for distinct counts
}

// BinCount is the number of values in a bin.
type BinCount struct {
	Bin int
	N   uint64
}

// WordCount is the number of values of a category.
type WordCount struct {
	Word string
	N    uint64
}

// Rank is the longest run of zeros behind one prefix of hashes, as a HyperLogLog
// keeps it.
type Rank struct {
	Register uint16
	Rank     uint8
}
