package sql

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// errSnapshot: a server without transactions let rows appear between two statements.
var errSnapshot = errors.New("the table changed while it was counted; it will be counted again")

// aggregate counts what is new since the last poll, in one snapshot.
func (s *Source) aggregate(ctx context.Context, b *event.Batch) (bool, error) {
	if s.poll.last {
		return false, nil
	}
	s.poll.last = true
	sc, high, err := s.scope(ctx, b)
	if err != nil || sc == nil {
		return false, err
	}
	now := counted{}
	if err := s.count(ctx, sc, now, &b.Bytes); err != nil {
		return false, err
	}
	hashes := counted{}
	if err := s.hash(ctx, sc, b.Arrival, high, now, hashes, &b.Bytes); err != nil {
		return false, err
	}
	if s.settle(b, now, sc, high); len(b.Aggregates) == 0 {
		return false, nil
	}
	for k, a := range hashes {
		a.At = k.at(s.counting.Distinct)
		a.Model, a.Version = s.model, s.version
		b.Aggregates = append(b.Aggregates, *a)
	}
	s.setUp()
	return true, nil
}

// run queries into the poll's page.
func (s *Source) run(ctx context.Context, st *statement) error {
	ctx, cancel := s.limited(ctx)
	defer cancel()
	return s.poll.conn.query(ctx, st.text.String(), st.args, &s.poll.page, nil)
}

// newest finds the last watermark that is not in the future; false if there is no
// row.
func (s *Source) newest(ctx context.Context) (bool, error) {
	d := dialects[s.cfg.Driver]
	w := d.ident(s.cfg.Watermark)
	st := d.statement().write("SELECT max(", w, ") FROM ", d.target(&s.cfg))
	for range 2 {
		if err := s.run(ctx, st); err != nil {
			return false, err
		}
		p := &s.poll.page
		if p.rows != 1 || p.columns[0].null[0] {
			return false, nil
		}
		s.plan.watermark = 0
		s.rows.form = p.columns[0].formAt(0)
		order, err := s.order(0)
		if err != nil {
			return false, err
		}
		if isNumber(s.rows.form) {
			return false, fmt.Errorf("the watermark %q is a number; mode aggregate needs the time of an event", s.cfg.Watermark)
		}
		until := s.until(s.rows.form)
		text := string(p.columns[0].spell(nil, s.rows.form, 0))
		if order <= until && order != event.NoTime {
			s.rows.high, s.rows.highs = order, text
			return true, nil
		}
		st = d.statement().write("SELECT max(", w, ") FROM ", d.target(&s.cfg), " WHERE ", w, " <= ", d.at(s.rows.form, until, text))
	}
	return false, nil
}

// scope says what to count; nil if there is nothing.
func (s *Source) scope(ctx context.Context, b *event.Batch) (*scope, int64, error) {
	ok, err := s.newest(ctx)
	if err != nil || !ok {
		return nil, 0, err
	}
	d, l, f := dialects[s.cfg.Driver], s.counts, s.rows.form
	if (f == formLocal || f == formDate || f == formText) && s.zone.String() != "UTC" {
		return nil, 0, fmt.Errorf("the watermark %q has no time zone; mode aggregate takes it as UTC, so remove fields.timezone", s.cfg.Watermark)
	}
	high := s.rows.high
	sc := &scope{d: d, cfg: &s.cfg, levels: s.counting.Levels}
	if sc.columns, err = s.columns(d); err != nil {
		return nil, 0, err
	}
	for _, f := range s.plan.fields {
		if f.name == s.cfg.Watermark {
			sc.class = d.count.class(f.kind)
		}
	}
	s.compare(sc)
	width := sc.levels[0].Width
	sc.begins = s.begins(sc.levels, b.Arrival, high)
	sc.low, sc.near = math.MinInt64, []times{{s.back(high, width), math.MaxInt64}}
	if l.High != math.MinInt64 {
		sc.low = s.back(l.High, width)
		sc.near = append(sc.near, times{sc.low, floorTo(l.High, width) + width})
		if l.Floor != math.MinInt64 {
			sc.low = max(sc.low, l.Floor+1)
		}
	}
	if d.count.place != nil {
		sc.cuts = sc.cut(high)
	}
	w := d.ident(s.cfg.Watermark)
	upper := d.at(f, s.until(f), s.rows.highs)
	sc.where = func(st *statement) {
		st.write(w, " <= ", upper)
		if sc.low != math.MinInt64 {
			st.write(" AND ", w, " >= ", d.at(f, sc.low, s.rows.highs))
		}
	}
	return sc, high, nil
}

// begins is where each window begins that ends now, or at the newest row.
func (s *Source) begins(levels []Level, now, newest int64) (begins []int64) {
	if s.counting.EventTime {
		now = newest
	}
	for _, l := range levels {
		begins = append(begins, floorTo(now, l.Width)-(l.Count-1)*l.Width)
	}
	return begins
}

// hash has the values of columns hashed. Adding a value once more changes
// nothing, so rows that were hashed before do no harm.
func (s *Source) hash(ctx context.Context, of *scope, now, newest int64, rows, into counted, bytes *int64) error {
	sc := *of
	sc.levels, sc.near = s.counting.Distinct, nil
	sc.begins = s.begins(sc.levels, now, newest)
	if sc.cuts != nil {
		sc.cuts = sc.cut(newest)
	}
	for i := range sc.columns {
		c := &sc.columns[i]
		if c.source == "" || !c.readable() || !c.numeric() && !rows.unlisted(c) {
			continue
		}
		if err := s.run(ctx, sc.ranks(c)); err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		*bytes += s.poll.page.bytes
		if err := sc.readRanks(&s.poll.page, c, into); err != nil {
			return err
		}
	}
	return nil
}

// back is where the overlap before a time begins.
func (s *Source) back(t, width int64) int64 { return floorTo(t-int64(s.cfg.Overlap.Time), width) }

// columns finds the table's columns for those of the baseline.
func (s *Source) columns(d *dialect) ([]columnPlan, error) {
	var plans []columnPlan
	for i := range s.counting.Columns {
		c, name := s.columnOf(d, i)
		switch {
		case c.countable():
		case c.replaced():
			return nil, fmt.Errorf("column %q has categories in the baseline that are bytes and no text, which cannot be told apart where they are; leave it out of fields.features and profile again, or use mode: rows", name)
		default:
			return nil, fmt.Errorf("column %q has a type that cannot be counted where it is; read a query that makes it a number or a text, or use mode: rows", name)
		}
		plans = append(plans, c)
	}
	return plans, nil
}

// columnOf finds the table's column for the i-th of the baseline, and its name.
func (s *Source) columnOf(d *dialect, i int) (columnPlan, string) {
	c := columnPlan{Column: &s.counting.Columns[i], at: i, noZero: d.count == postgresCounter}
	name := c.Name
	if c.Output {
		name = s.outputs[c.Name]
	}
	if k := slices.IndexFunc(s.plan.fields, func(f field) bool { return f.name == name }); k >= 0 {
		c.source, c.class = d.ident(name), d.count.class(s.plan.fields[k].kind)
	}
	return c, name
}

// summaryColumns at a time: servers limit what one statement returns.
const summaryColumns = 64

// count runs the statements.
func (s *Source) count(ctx context.Context, sc *scope, into counted, bytes *int64) error {
	p := &s.poll.page
	for first := 0; first == 0 || first < len(sc.columns); first += summaryColumns {
		columns := sc.columns[first:min(first+summaryColumns, len(sc.columns))]
		if err := s.run(ctx, sc.summary(columns)); err != nil {
			return err
		}
		*bytes += p.bytes
		if err := sc.readSummary(p, columns, first == 0, into); err != nil {
			return err
		}
	}
	for i := range sc.columns {
		c := &sc.columns[i]
		if c.source == "" || !c.readable() {
			continue
		}
		st, read := sc.words, sc.readWords
		if c.numeric() {
			st, read = sc.bins, sc.readBins
		}
		if err := s.run(ctx, st(c)); err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		*bytes += p.bytes
		if err := read(p, c, into); err != nil {
			return err
		}
	}
	return nil
}
