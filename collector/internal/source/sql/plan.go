package sql

import (
	"fmt"
	"slices"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// plan is how the columns of a table are read.
type plan struct {
	fields    []field
	decode    *decode.Table
	columns   []string // to be read, of the table
	into      []int    // which columns of decode they are, -1 if only the order needs them
	watermark int      // of columns
	key       []int    // likewise
	gaps      []int    // where rows that follow each other end, of the batch at hand
}

// newPlan chooses the columns that the mapping uses, and those of the order.
func newPlan(set *decode.Set, fields []field, watermark string, key []string) (*plan, error) {
	p := &plan{fields: fields, watermark: -1}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	p.decode = set.Table(names)
	for i, n := range names {
		if p.decode.Wants(i) {
			p.columns, p.into = append(p.columns, n), append(p.into, i)
		}
	}
	place := func(name, what string) (int, error) {
		if i := slices.Index(p.columns, name); i >= 0 {
			return i, nil
		}
		if !slices.Contains(names, name) {
			return 0, fmt.Errorf("there is no column %q, which is the %s; %s", name, what, config.Suggest(name, names))
		}
		p.columns, p.into = append(p.columns, name), append(p.into, -1)
		return len(p.columns) - 1, nil
	}
	var err error
	if watermark != "" {
		if p.watermark, err = place(watermark, "watermark"); err != nil {
			return nil, err
		}
	}
	for _, k := range key {
		i, err := place(k, "key")
		if err != nil {
			return nil, err
		}
		p.key = append(p.key, i)
	}
	if len(p.columns) == 0 && len(names) > 0 { // a statement reads something
		_, err = place(names[0], "first column")
	}
	return p, err
}

// fill appends rows of a page to b.
func (pl *plan) fill(b *event.Batch, p *page, rows []int32) {
	pl.decode.Begin(b, len(rows), 0)
	pl.gaps = pl.gaps[:0]
	for at := 1; at < len(rows); at++ {
		if rows[at] != rows[at-1]+1 {
			pl.gaps = append(pl.gaps, at)
		}
	}
	pl.gaps = append(pl.gaps, len(rows))
	for i, c := range p.columns {
		if pl.into[i] < 0 {
			continue
		}
		at := 0
		for _, end := range pl.gaps {
			c.put(pl.decode, pl.into[i], at, int(rows[at]), int(rows[end-1])+1)
			at = end
		}
	}
	pl.decode.End()
}
