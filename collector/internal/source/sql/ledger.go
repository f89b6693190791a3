package sql

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// ledger is what was counted so far, as far as it may still grow.
type ledger struct {
	High  int64  // newest watermark, Unix ns
	Text  string // as the table has it
	Floor int64  // rows up to it are not counted again: they were by other spans
	By    uint64 // identifies how rows are divided into spans
	// Columns are those of the spans.
	Columns []columnBy
	Spans   map[int64]*event.Aggregate
}

func newLedger() *ledger {
	return &ledger{High: math.MinInt64, Floor: math.MinInt64, Spans: map[int64]*event.Aggregate{}}
}

func (l *ledger) String() string {
	data, err := json.Marshal(l)
	if err != nil {
		panic("sql: counts cannot be written: " + err.Error()) // numbers in it are finite
	}
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, flate.BestSpeed) // the level exists
	_, _ = w.Write(data)                         // to memory
	_ = w.Close()
	return "counts " + base64.RawStdEncoding.EncodeToString(b.Bytes())
}

// maxLedger bounds a position that is read.
const maxLedger = 256 << 20

func parseLedger(at string) (*ledger, error) {
	text, ok := strings.CutPrefix(at, "counts ")
	if !ok {
		return nil, errPosition
	}
	data, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return nil, errPosition
	}
	if data, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), maxLedger)); err != nil {
		return nil, errPosition
	}
	l := newLedger()
	if json.Unmarshal(data, l) != nil || l.Spans == nil {
		return nil, errPosition
	}
	for _, a := range l.Spans {
		if a == nil || l.Columns != nil && len(a.Columns) != len(l.Columns) {
			return nil, errPosition
		}
	}
	return l, nil
}
