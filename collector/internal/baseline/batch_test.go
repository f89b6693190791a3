package baseline_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// row is one prediction: nil values are absent, null{} is null.
type row struct {
	at                time.Time
	features          map[string]any
	prediction, score any
	label             any
	scores            map[string]float64 // by class
	id                string
}

type null struct{}

// batcher turns rows into batches as a decoder does: columns keep their place and
// dictionaries grow.
type batcher struct {
	b     event.Batch
	codes map[string]map[string]uint32
}

func (m *batcher) batch(rows []row) *event.Batch {
	b := &m.b
	b.Reset()
	b.Resize(len(rows))
	for i, r := range rows {
		b.AppendID([]byte(r.id))
		if !r.at.IsZero() {
			b.Times[i] = r.at.UnixNano()
		}
		for _, name := range slices.Sorted(maps.Keys(r.features)) {
			m.set(m.feature(name), i, r.features[name])
		}
		b.Prediction.Name, b.Score.Name = "prediction", "score"
		m.set(&b.Prediction, i, r.prediction)
		m.set(&b.Score, i, r.score)
		b.Actual.Name = "label"
		m.set(&b.Actual, i, r.label)
		for _, class := range slices.Sorted(maps.Keys(r.scores)) {
			m.set(m.scoreOf(class), i, r.scores[class])
		}
	}
	return b
}

func (m *batcher) feature(name string) *event.Column {
	for i := range m.b.Features {
		if m.b.Features[i].Name == name {
			return &m.b.Features[i]
		}
	}
	m.b.AddColumn(&m.b.Features, name)
	return &m.b.Features[len(m.b.Features)-1]
}

func (m *batcher) scoreOf(class string) *event.Column {
	for i := range m.b.Scores {
		if m.b.Scores[i].Name == class {
			return &m.b.Scores[i]
		}
	}
	m.b.AddColumn(&m.b.Scores, class)
	return &m.b.Scores[len(m.b.Scores)-1]
}

func (m *batcher) set(c *event.Column, i int, v any) {
	switch v := v.(type) {
	case nil:
	case null:
		c.Cells[i] = event.Null
	case float64:
		c.Cells[i], c.Nums[i] = event.Number, v
	case int:
		c.Cells[i], c.Nums[i] = event.Number, float64(v)
	case bool:
		c.Cells[i], c.Nums[i] = event.Bool, 0
		if v {
			c.Nums[i] = 1
		}
	case string:
		c.Cells[i], c.Codes[i] = event.Text, m.code(c, v)
	case []any:
		c.Cells[i] = event.Nested
	default:
		panic("no such cell")
	}
}

func (m *batcher) code(c *event.Column, text string) uint32 {
	if m.codes == nil {
		m.codes = map[string]map[string]uint32{}
	}
	if m.codes[c.Name] == nil {
		m.codes[c.Name] = map[string]uint32{}
	}
	code, ok := m.codes[c.Name][text]
	if !ok {
		code = uint32(len(c.Words))
		m.codes[c.Name][text] = code
		c.Words = append(c.Words, text)
	}
	return code
}

func all(b *event.Batch) []int32 {
	rows := make([]int32, b.N)
	for i := range rows {
		rows[i] = int32(i)
	}
	return rows
}

func build(t testing.TB, o baseline.Options, rows []row) *baseline.File {
	t.Helper()
	return buildParts(t, o, [][]row{rows})
}

// buildParts adds rows in several batches of one source.
func buildParts(t testing.TB, o baseline.Options, parts [][]row) *baseline.File {
	t.Helper()
	var m batcher
	b := baseline.NewBuilder(o)
	for _, rows := range parts {
		batch := m.batch(rows)
		b.Add(batch, all(batch))
	}
	f, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func column(t testing.TB, columns []baseline.Column, name string) *baseline.Column {
	t.Helper()
	for i := range columns {
		if columns[i].Name == name {
			return &columns[i]
		}
	}
	t.Fatalf("there is no column %q", name)
	return nil
}

// rowsOf makes rows of one feature "x".
func rowsOf(values ...any) []row {
	rows := make([]row, len(values))
	for i, v := range values {
		rows[i].features = map[string]any{"x": v}
	}
	return rows
}
