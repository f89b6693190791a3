package sql

import (
	"context"
	"fmt"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Count returns how many rows there are.
func Count(ctx context.Context, cfg *config.SQL) (int64, error) {
	c, err := snapshot(ctx, cfg)
	if err != nil {
		return 0, err
	}
	defer c.close()
	var p page
	err = c.query(ctx, "SELECT count(*) FROM "+dialects[cfg.Driver].target(cfg), nil, &p, nil)
	if err != nil || p.rows == 0 {
		return 0, err
	}
	return (&cells{p: &p}).whole(), nil
}

// Each reads all rows in one statement and calls use with batch after batch, until
// that returns an error, which is returned. A batch is use's until it returns. If
// ordered is set rows come in the order of the watermark.
func Each(ctx context.Context, cfg *config.SQL, set *decode.Set, ordered bool, use func(*event.Batch) error) error {
	return each(ctx, cfg, set, ordered, 0, &event.Batch{}, func(b *event.Batch) error {
		err := use(b)
		b.Reset()
		return err
	})
}

// Sample appends the first n rows to b, or as many as there are. Whether they have the
// configured watermark and key is for Check to say.
func Sample(ctx context.Context, cfg *config.SQL, set *decode.Set, b *event.Batch, n int) (rows int, err error) {
	unordered := *cfg
	unordered.Watermark, unordered.Key = "", nil
	before := b.N
	for _, rejected := range b.Rejected {
		before += int(rejected)
	}
	err = each(ctx, &unordered, set, false, n, b, func(*event.Batch) error { return nil })
	rows = b.N - before
	for _, rejected := range b.Rejected {
		rows += int(rejected)
	}
	return rows, err
}

// each appends rows to b, limit at most unless it is 0, and calls use whenever it
// has.
func each(ctx context.Context, cfg *config.SQL, set *decode.Set, ordered bool, limit int, b *event.Batch, use func(*event.Batch) error) error {
	c, err := snapshot(ctx, cfg)
	if err != nil {
		return err
	}
	defer c.close()
	d := dialects[cfg.Driver]
	fields, err := c.describe(ctx, "SELECT * FROM "+d.target(cfg)+" WHERE 1 = 0")
	if err != nil {
		return err
	}
	plan, err := newPlan(set, fields, cfg.Watermark, cfg.Key)
	if err != nil {
		return err
	}
	stmt := "SELECT " + d.list(plan.columns) + " FROM " + d.target(cfg)
	if ordered && cfg.Watermark != "" {
		stmt += " ORDER BY " + d.ident(cfg.Watermark)
	}
	if limit > 0 {
		stmt += fmt.Sprintf(" LIMIT %d", limit)
	}
	var p page
	full := func() error { return plan.all(b, &p, use) }
	if err := c.query(ctx, stmt, nil, &p, full); err != nil {
		return err
	}
	return full()
}

// snapshot connects and begins. A statement may take as long as it takes: somebody
// waits for it, and can end ctx.
func snapshot(ctx context.Context, cfg *config.SQL) (conn, error) {
	short, cancel := context.WithTimeout(ctx, cfg.StatementTimeout+grace)
	defer cancel()
	c, err := connect(short, cfg)
	if err != nil {
		return nil, err
	}
	if err := c.begin(short, 0); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// all appends all rows of a page, batch by batch.
func (pl *plan) all(b *event.Batch, p *page, use func(*event.Batch) error) error {
	most := pl.decode.MaxRows()
	rows := make([]int32, 0, most)
	for at := 0; at < p.rows; {
		for rows = rows[:0]; at < p.rows && len(rows) < most; at++ {
			rows = append(rows, int32(at))
		}
		b.Arrival = time.Now().UnixNano()
		b.Bytes += p.bytes * int64(len(rows)) / int64(p.rows)
		pl.fill(b, p, rows)
		if err := use(b); err != nil {
			return err
		}
	}
	return nil
}
