package baseline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// fileJSON is File as it is written.
type fileJSON struct {
	Version     int              `json:"version"`
	Model       string           `json:"model"`
	Created     time.Time        `json:"created,omitzero"`
	Tool        string           `json:"tool,omitempty"`
	Sources     []string         `json:"sources,omitempty"`
	Learned     bool             `json:"learned,omitempty"`
	Rows        uint64           `json:"rows"`
	SampledRows uint64           `json:"sampled_rows"`
	From        time.Time        `json:"from,omitzero"`
	To          time.Time        `json:"to,omitzero"`
	Features    columnList       `json:"features"`
	Outputs     columnList       `json:"outputs,omitempty"`
	Performance *performanceJSON `json:"performance,omitempty"`

	Multivariate *multivariateJSON `json:"multivariate,omitempty"`
}

// columnJSON is Column as it is written: what its kind lacks is left out.
type columnJSON struct {
	Name       string         `json:"name"`
	Kind       catalog.Kind   `json:"kind"`
	Rows       uint64         `json:"rows"`
	Missing    uint64         `json:"missing"`
	Absent     uint64         `json:"absent"`
	Distinct   float64        `json:"distinct"`
	Mean       *float64       `json:"mean,omitempty"`
	Stddev     *float64       `json:"stddev,omitempty"`
	Min        *float64       `json:"min,omitempty"`
	Max        *float64       `json:"max,omitempty"`
	Low        *float64       `json:"low_mean,omitempty"`
	High       *float64       `json:"high_mean,omitempty"`
	Edges      []float64      `json:"edges,omitempty"`
	Decision   []int          `json:"decision,omitempty"`
	Categories []string       `json:"categories,omitempty"`
	Rare       []string       `json:"rare,omitempty"`
	Exhaustive bool           `json:"exhaustive,omitempty"`
	Counts     []uint64       `json:"counts"`
	Effects    []drift.Effect `json:"effects,omitempty"`
}

// Write writes f as JSON of the current version, one line for each field of a
// column.
func (f *File) Write(w io.Writer) error {
	j := fileJSON{
		Version: FormatVersion, Model: f.Model, Created: f.Created, Tool: f.Tool, Sources: f.Sources, Learned: f.Learned,
		Rows: f.Rows, SampledRows: f.SampledRows, From: f.From, To: f.To,
		Features: toJSON(f.Features), Outputs: toJSON(f.Outputs),
		Performance: performanceToJSON(f.Performance), Multivariate: multivariateToJSON(f.Multivariate),
	}
	var compact, indented bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(j); err != nil {
		return fmt.Errorf("encode baseline: %w", err)
	}
	indent(&indented, compact.Bytes())
	_, err := w.Write(indented.Bytes())
	return err
}

func toJSON(columns []Column) columnList {
	list := make(columnList, len(columns))
	for i := range columns {
		c := &columns[i]
		j := columnJSON{
			Name: c.Name, Kind: c.Kind, Rows: c.Rows, Missing: c.Missing, Absent: c.Absent, Distinct: c.Distinct,
			Edges: c.Edges, Decision: c.Decision, Categories: c.Categories, Rare: c.Rare, Exhaustive: c.Exhaustive,
			Counts: c.Counts, Effects: c.Effects,
		}
		if c.Kind == catalog.Numeric {
			j.Mean, j.Stddev, j.Min, j.Max = &c.Mean, &c.Stddev, &c.Min, &c.Max
			j.Low, j.High = orNothing(&c.Low), orNothing(&c.High)
		}
		list[i] = j
	}
	return list
}

func orNothing(x *float64) *float64 {
	if math.IsNaN(*x) {
		return nil
	}
	return x
}

// openDepth is how deep objects and arrays are written over several lines: the
// file, its columns, and a column.
const openDepth = 3

// indent writes compact JSON with a line for each field down to openDepth, and a
// line for each effect.
func indent(w *bytes.Buffer, data []byte) {
	depth := 0
	newline := func() {
		w.WriteByte('\n')
		for range depth {
			w.WriteString("  ")
		}
	}
	var open []bool // by depth: written over several lines
	inText, escaped := false, false
	for i, c := range data {
		if inText {
			w.WriteByte(c)
			inText = escaped || c != '"'
			escaped = c == '\\' && !escaped
			continue
		}
		switch c {
		case '{', '[':
			depth++
			next := data[i+1]
			list := c == '[' && next == '{'
			open = append(open, next != ']' && next != '}' && (depth <= openDepth && c == '{' || list))
			w.WriteByte(c)
			if open[depth-1] {
				newline()
			}
		case '}', ']':
			depth--
			if open[depth] {
				newline()
			}
			open = open[:depth]
			w.WriteByte(c)
		case ',':
			w.WriteByte(c)
			if open[depth-1] {
				newline()
			} else {
				w.WriteByte(' ')
			}
		case ':':
			w.WriteString(": ")
		default:
			inText = c == '"'
			w.WriteByte(c)
		}
	}
}
