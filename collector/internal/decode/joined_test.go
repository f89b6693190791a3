package decode

import (
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestTableWithAKeyOfSeveralColumns joins the key's columns in the order of the
// mapping, and takes no column for a field that is not mapped.
func TestTableWithAKeyOfSeveralColumns(t *testing.T) {
	src := config.DefaultSource
	src.Fields = config.Fields{
		Exact: true,
		ID:    config.Field{Paths: []string{"user", "item"}, Joined: true},
		Features: config.Features{
			Names: []string{"type", "score"}, // names of fields of an event
		},
	}
	set, err := New(src, config.DefaultGlobal.Limits)
	if err != nil {
		t.Fatal(err)
	}
	table := set.Table([]string{"item", "type", "user", "score"})
	texts := [][]string{{"a", "b"}, {"x", "y"}, {"1", "2"}, {"3", "4"}}
	var b event.Batch
	table.Begin(&b, 2, 0)
	for i, column := range texts {
		table.Put(i, 0, &Chunk{Kind: Untyped, Rows: 2, Spell: func(dst []byte, row int) []byte { return append(dst, column[row]...) }})
	}
	table.End()
	if b.N != 2 || len(b.First) > 0 {
		t.Fatalf("%d rows, rejections %v; want 2 and none", b.N, b.First)
	}
	if one, two := string(b.ID(0)), string(b.ID(1)); one != "1\x1fa" || two != "2\x1fb" {
		t.Errorf("ids %q and %q, want the user and the item of each row", one, two)
	}
	if len(b.Features) != 2 || b.Score.Cells[0] != event.Absent {
		t.Errorf("%d features, score cell %v; want 2, and no score", len(b.Features), b.Score.Cells[0])
	}
}
