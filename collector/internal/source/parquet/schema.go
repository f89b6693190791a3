package parquet

import (
	"fmt"
	"net/url"
	"strings"

	pq "github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/model-exporter/model_exporter/collector/internal/decode"
)

// column is a leaf of a file's schema, or a list or map, which is not read.
type column struct {
	valueType
	name     string // dotted path
	leaf     int    // index in a row group; -1 for lists and maps, which are not read
	maxLevel byte   // definition level of values that are not null
}

// columnsOf lists the columns of a file. Structs are their fields.
func columnsOf(f *pq.File) ([]column, error) {
	var leaves []*format.SchemaElement
	for i := range f.Metadata().Schema {
		if e := &f.Metadata().Schema[i]; e.Type.Valid {
			leaves = append(leaves, e)
		}
	}
	var columns []column
	var walk func(parent *pq.Column, prefix string) error
	walk = func(parent *pq.Column, prefix string) error {
		for _, c := range parent.Columns() {
			name := prefix + c.Name()
			switch {
			case repeats(c):
				columns = append(columns, column{valueType: valueType{kind: decode.Containers}, name: name, leaf: -1})
			case c.Leaf():
				t, err := typeOf(c.Type(), leaves[c.Index()].LogicalType.Value)
				if err != nil {
					return fmt.Errorf("column %q cannot be read: %w", name, err)
				}
				columns = append(columns, column{valueType: t, name: name, leaf: c.Index(), maxLevel: byte(c.MaxDefinitionLevel())})
			default:
				if err := walk(c, name+"."); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return columns, walk(f.Root(), "")
}

// repeats tells lists and maps: what repeats, and groups around nothing but that.
func repeats(c *pq.Column) bool {
	return c.Repeated() || !c.Leaf() && len(c.Columns()) == 1 && c.Columns()[0].Repeated()
}

// partition is a column whose one value stands in the path of the file.
type partition struct {
	name, value string
	null        bool
}

// partitionsOf finds the parts of a path that look like key=value, as Hive and
// what came after it write them.
func partitionsOf(path string) []partition {
	parts := strings.Split(strings.ReplaceAll(path, `\`, "/"), "/")
	var found []partition
	for _, part := range parts[:len(parts)-1] {
		key, value, ok := strings.Cut(part, "=")
		if !ok || key == "" {
			continue
		}
		if text, err := url.PathUnescape(value); err == nil {
			value = text
		}
		found = append(found, partition{key, value, value == "__HIVE_DEFAULT_PARTITION__"})
	}
	return found
}
