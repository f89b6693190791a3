package sql

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// read fills b with the next new rows; false if the poll is over.
func (s *Source) read(ctx context.Context, b *event.Batch) (bool, error) {
	p := s.poll
	for {
		if p.at == p.page.rows {
			if p.last {
				s.makeRoom(mark{order: s.rows.high})
			}
			if p.cut = p.new > 0 && s.now().Sub(p.began) > maxSnapshot; p.last || p.cut {
				return false, nil
			}
			if err := s.readPage(ctx); err != nil {
				return false, err
			}
			b.Bytes += p.page.bytes
			s.mu.Lock()
			s.status.CaughtUp = false
			s.mu.Unlock()
		}
		if err := s.choose(); err != nil {
			return false, err
		}
		if len(p.kept) > 0 {
			p.new += len(p.kept)
			s.plan.fill(b, &p.page, p.kept)
			s.setUp()
			return true, nil
		}
	}
}

// errAgain: the poll is to begin again, with fewer rows on a page.
var errAgain = errors.New("a page is too long")

// readPage takes the next page and has the one behind it read.
func (s *Source) readPage(ctx context.Context) error {
	p := s.poll
	if p.ahead == nil {
		s.fetch(s.start(), 0)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-p.ahead:
		p.ahead = nil
		p.stop()
		if errors.Is(err, errTooWide) && s.fit != 1 {
			s.fit = max(1, p.next.rows/2)
			s.log.Info("The values of a table are long: fewer rows are read at a time", "rows", s.fit)
			return errAgain
		}
		if err != nil {
			return err
		}
	}
	if p.next.bytes < maxPageBytes/4 && p.next.rows >= s.fit {
		s.fit = min(2*s.fit, s.cfg.PageSize)
	}
	p.page, p.next = p.next, p.page
	if p.page.rows > 0 {
		if order, err := s.order(0); err == nil { // else choose finds it, too
			s.makeRoom(mark{order, s.rowAt(0)})
		}
	}
	size := p.at // of the page before
	p.at = 0
	if p.last = p.page.rows < p.limit; !p.last {
		equal := s.ties()
		if size > 0 && s.rows.fresh == 0 { // the server takes more rows for equal than a page has
			equal = 2 * p.limit
		}
		s.fetch(s.rowAt(p.page.rows-1), equal)
	}
	s.rows.turn()
	return nil
}

// makeRoom forgets rows if there are too many, and says so.
func (s *Source) makeRoom(at mark) {
	m := s.rows
	if !m.full() || !m.shed(s.overlap(m.form), at) {
		return
	}
	err := fmt.Errorf("more than %d rows are within the overlap, which is too many to remember: rows that appear late, before %s, will not be read; make overlap shorter, or use mode: aggregate",
		m.most, dialects[s.cfg.Driver].at(m.form, m.floor.order, m.highs).text)
	s.short = true
	s.log.Warn("Reading a table", "err", err)
	s.mu.Lock()
	s.status.Err = err
	s.status.Errors++
	s.mu.Unlock()
}

// fetch has the page behind a row read. The row comes again, with those that equal
// it: visit knows how many were handed over.
func (s *Source) fetch(row []arg, equal int) {
	p := s.poll
	p.limit = max(1, min(s.cfg.PageSize, maxCells/len(s.plan.columns)))
	if s.fit > 0 {
		p.limit = min(p.limit, s.fit)
	}
	p.limit += equal
	st := dialects[s.cfg.Driver].page(&s.cfg, s.plan.columns, row, p.upper, p.limit)
	ctx, cancel := s.limited(context.Background()) // until the poll ends
	p.ahead, p.stop = make(chan error, 1), cancel
	go func() { p.ahead <- p.conn.query(ctx, st.text.String(), st.args, &p.next, nil) }()
}

// ties counts the rows that equal the last one of the page.
func (s *Source) ties() int {
	p := s.poll
	last, err := s.identify(p.page.rows - 1)
	if err != nil {
		return 0 // choose finds it, too
	}
	n := 1
	for ; n < p.page.rows; n++ {
		if hash, err := s.identify(p.page.rows - 1 - n); err != nil || hash != last {
			break
		}
	}
	return n
}

// start finds the row that the poll begins at, and where it ends.
func (s *Source) start() []arg {
	p, m := s.poll, s.rows
	p.low = math.MinInt64
	if m.empty() {
		return nil
	}
	p.low = m.low(s.overlap(m.form))
	d := dialects[s.cfg.Driver]
	p.upper = d.at(m.form, s.until(m.form), m.highs)
	if p.low == m.floor.order && p.low > m.high-s.overlap(m.form) && !s.short {
		s.short = true
		s.log.Warn("Rows that appear late are not read as far back as overlap says until the newest row is further on", "since", d.at(m.form, p.low, m.highs).text)
	}
	if p.low > m.floor.order || m.floor.row == nil {
		return []arg{d.at(m.form, p.low, m.highs)}
	}
	return m.floor.row
}

// overlap returns how far to go back, in the unit of the watermark.
func (s *Source) overlap(f form) int64 {
	if isNumber(f) {
		return s.cfg.Overlap.Count
	}
	return int64(s.cfg.Overlap.Time)
}

func isNumber(f form) bool { return f == formInt || f == formUint }

// until is the largest watermark to read: numbers have none.
func (s *Source) until(f form) int64 {
	now := s.now().Add(maxSkew)
	switch f {
	case formInt, formUint:
		return event.NoTime
	case formLocal, formDate, formText:
		now = now.In(s.zone)
		now = time.Date(now.Year(), now.Month(), now.Day(), now.Hour(), now.Minute(), now.Second(), now.Nanosecond(), time.UTC)
	}
	return now.UnixNano()
}

// choose visits rows of the page, as many as a batch takes, and keeps the new ones.
func (s *Source) choose() error {
	p, m := s.poll, s.rows
	p.kept = p.kept[:0]
	most := s.plan.decode.MaxRows()
	until, highest := int64(math.MaxInt64), -1
	m.next(segmentRows)
	for ; p.at < p.page.rows && len(p.kept) < most; p.at++ {
		order, err := s.order(p.at)
		if until == math.MaxInt64 && !isNumber(m.form) {
			until = s.until(m.form)
		}
		if err == nil && order > until {
			p.last, p.at = true, p.page.rows // only in the first page of all: others end there
			break
		}
		var hash uint64
		if err == nil {
			hash, err = s.identify(p.at)
		}
		if err != nil && len(p.kept) > 0 {
			break // those before it are handed over first
		} else if err != nil {
			return err
		}
		if order == event.NoTime || order < p.low {
			m.fresh++
			continue // infinite, or the place to begin was rounded down
		}
		if m.visit(hash, order) {
			p.kept = append(p.kept, int32(p.at))
			if order > m.high {
				m.high, highest = order, p.at
			}
		}
	}
	if highest >= 0 {
		m.highs = string(p.page.columns[s.plan.watermark].spell(nil, m.form, highest))
	}
	m.forget(s.overlap(m.form))
	return nil
}

// order returns the watermark of a row as a number.
func (s *Source) order(row int) (int64, error) {
	c, m := s.poll.page.columns[s.plan.watermark], s.rows
	f := c.formAt(row)
	if m.empty() || m.form == formNull {
		m.form = f
	}
	if f != m.form {
		return 0, s.retyped()
	}
	if order, ok := c.order(f, row); ok {
		return order, nil
	}
	return 0, fmt.Errorf("the watermark %q is neither a time nor a whole number: %q", s.cfg.Watermark, c.spell(nil, f, row))
}

// order returns a watermark as a number; false if it is neither a time nor a whole
// number.
func (c *column) order(f form, row int) (int64, bool) {
	switch {
	case f.ordered():
		return c.whole(row), true
	case f == formText:
		if t, _, ok := parseText(string(c.text(row))); ok {
			return t.UnixNano(), true
		}
	}
	return 0, false
}

// ordered tells that every value of the form may be a watermark. A text may be a time.
func (f form) ordered() bool {
	switch f {
	case formInt, formUint, formLocal, formDate, formTime:
		return true
	}
	return false
}

// rowAt returns the watermark and the key of a row.
func (s *Source) rowAt(row int) []arg {
	p := s.poll
	at := []arg{argOf(p.page.columns[s.plan.watermark], row)}
	for _, k := range s.plan.key {
		at = append(at, argOf(p.page.columns[k], row))
	}
	return at
}

// identify hashes the watermark and the key of a row.
func (s *Source) identify(row int) (uint64, error) {
	p := s.poll
	w := p.page.columns[s.plan.watermark]
	p.text = w.raw(p.text[:0], row)
	for i, k := range s.plan.key {
		c := p.page.columns[k]
		if c.null[row] {
			return 0, fmt.Errorf("a row has no value in column %q of the key; name columns that always have one, or read a query that leaves such rows out", s.cfg.Key[i])
		}
		p.text = c.raw(p.text, row)
	}
	return event.Hash(p.text), nil
}
