// Package decode turns bytes of prediction logs into batches of columns. Any
// bytes become events or counted rejections, one for each record; nothing is
// allocated per event once columns and categories are known, and what a log can
// make the decoder remember is bounded.
package decode

import (
	"fmt"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

const (
	// maxRows is how many events Decode appends in one call, unless one record
	// has more. Narrower batches for wide tables keep maxCells.
	maxRows = 4096
	// maxCells bounds a batch's memory: 13 bytes each.
	maxCells = 1 << 20
	// maxColumns bounds the features of a source, whatever the limits say.
	maxColumns = 20_000

	defaultMaxLine = 1 << 20
)

// Set is what all streams of one source share: the mapping, the columns found so
// far and their dictionaries. One goroutine uses a Set and its Streams.
type Set struct {
	format  config.Format
	fields  config.Fields
	csv     config.CSV
	m       *mapping
	maxLine int
	latency float64 // seconds in the unit of latencies
	nulls   nullWords

	features, segments, scores, values                  group
	model, version, prediction, actual, failure, shadow column // of single values
	expected                                            map[string]Expected
	room                                                budget
	orders                                              orders
	constants                                           []constant
	grouped                                             bool // features were found in an object of their own, see planFeatures

	// Of the batch and the line at hand.
	b        *event.Batch
	minute   minute
	n        int // rows so far; b.N is how many there is room for
	row      row
	tape     tape
	skipper  tape // of values that a learned layout does not look into
	todos    []todo
	used     []int32 // nodes that the mapping's paths pass
	padded   []byte  // a copy of the block's last line
	buf      []byte  // of unescaped texts
	keyBuf   []byte
	idBuf    []byte
	records  []int32 // instances of the line
	idShared bool    // the instances have the record's id
	cells    []csvCell
	unquoted []byte // texts of cells that have doubled quotes
}

// New returns the decoder of a source. Limits that are zero take their defaults.
func New(src config.Source, limits config.Limits) (*Set, error) {
	s := &Set{
		format:   src.Format,
		fields:   Defaults(src.Fields),
		csv:      src.CSV,
		maxLine:  src.MaxLineBytes,
		expected: map[string]Expected{},
		room:     budget{maxSourceWords, maxSourceText},
	}
	switch s.format {
	case config.JSON, config.CSVFormat:
	case "":
		s.format = config.JSON
	default:
		return nil, fmt.Errorf("source %q: format %q is unknown", src.Name, src.Format)
	}
	if s.maxLine <= 0 {
		s.maxLine = defaultMaxLine
	}
	s.maxLine = min(s.maxLine, 1<<30) // nodes count in 32 bits
	s.m = newMapping(s.fields)
	s.latency = s.fields.LatencyUnit.Seconds()
	s.nulls = newNullWords(src.CSV.NullWords)
	if s.csv.Delimiter == 0 {
		s.csv.Delimiter = ','
	}
	// Twice the features of one model: a source may feed several models, and
	// columns come and go with their versions.
	features := limits.Features
	if features <= 0 {
		features = 1000
	}
	s.features = newGroup(min(max(2*features, 256), maxColumns))
	s.segments, s.values = newGroup(64), newGroup(256)
	s.scores = newGroup(min(max(limits.Categories, 64), 1024))
	for _, c := range []*column{&s.model, &s.version, &s.prediction, &s.actual, &s.failure, &s.shadow} {
		c.dict.left = maxWords
	}
	s.prediction.numbers, s.actual.numbers, s.actual.label = true, true, true
	f := &s.fields
	s.addConstant(setType, f.Type)
	s.addConstant(setID, f.ID)
	s.addConstant(setTime, f.Timestamp)
	s.addConstant(setModel, f.Model)
	s.addConstant(setVersion, f.Version)
	s.addConstant(setPrediction, f.Prediction)
	s.addConstant(setScore, f.Score)
	s.addConstant(setActual, f.Label)
	s.addConstant(setLatency, f.Latency)
	s.addConstant(setError, f.Error)
	return s, nil
}

// Stream decodes one file or connection.
type Stream struct {
	set      *Set
	started  bool     // something was consumed
	skipping bool     // within a record that is too long
	names    []string // of the CSV header
	spaced   bool     // blanks follow its delimiters
	plan     []todo   // what to do with its columns
}

// Stream returns a decoder for a file or connection.
func (s *Set) Stream() *Stream { return &Stream{set: s} }

// Decode appends the events of the complete records in data to b, a few thousand
// at most, and returns how many bytes it consumed. The caller calls again with
// the rest and more data behind it. With eof the last record may lack its
// newline. Offset is the position of data in its file, for rejections. Nothing of
// data is kept.
func (st *Stream) Decode(b *event.Batch, data []byte, offset int64, eof bool) (consumed int) {
	s := st.set
	s.begin(b)
	if s.format == config.CSVFormat {
		consumed = st.decodeCSV(data, offset, eof)
	} else {
		consumed = st.decodeJSON(data, offset, eof)
	}
	s.end()
	b.Bytes += int64(consumed)
	st.started = st.started || consumed > 0
	return consumed
}

func (s *Set) begin(b *event.Batch) {
	s.b, s.n = b, b.N
	s.features.sync(b, &b.Features)
	s.segments.sync(b, &b.Segments)
	s.scores.sync(b, &b.Scores)
	s.values.sync(b, &b.Values)
}

// rowLimit returns the row at which this call's batch is full.
func (s *Set) rowLimit() int {
	return s.b.N + min(maxRows, max(maxCells/max(len(s.features.cols), 1), 64))
}

func (s *Set) end() {
	b := s.b
	b.Resize(s.n)
	s.features.publish(b.Features)
	s.segments.publish(b.Segments)
	s.scores.publish(b.Scores)
	s.values.publish(b.Values)
	b.Model.Words, b.Version.Words = s.model.dict.words, s.version.dict.words
	b.Prediction.Words, b.Actual.Words = s.prediction.dict.words, s.actual.dict.words
	b.Error.Words, b.Shadow.Words = s.failure.dict.words, s.shadow.dict.words
	s.b = nil
}
