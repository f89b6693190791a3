package parquet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

const (
	// maxRemembered files that are gone are remembered, in case they come back.
	maxRemembered = 1024
	// unfinishedAfter is how long a file may go unchanged without a footer before
	// that is an error.
	unfinishedAfter = time.Minute
	// scanShare: looking that took long puts off the next time for so many times
	// its duration.
	scanShare = 20
)

// Source reads the Parquet files of one configured source.
type Source struct {
	cfg     config.Parquet
	log     *slog.Logger
	set     *decode.Set
	written string // column among the values with the time of a row's writing; empty if there is none
	stores  []store
	now     func() time.Time
	wait    func(context.Context, time.Duration) // until ctx ends, or so long

	parts    map[string]*part // by path
	lost     []string         // paths that are gone, the first gone first
	queue    []object
	table    *table            // being read
	notices  []notice          // to be stored without events
	failures map[string]string // that last, by path
	nextScan time.Time

	mu     sync.Mutex
	status source.Status
}

// notice is a position without events: that a file was read before, is gone, or
// cannot be read for a reason.
type notice struct {
	source.Position
	err error
}

// part is what is known of a file.
type part struct {
	mark    mark
	gone    bool
	waiting bool // has no footer yet
	skipped int  // rows of the file that were in the one before it
}

var _ source.Source = (*Source)(nil)

// Open returns a source that goes on behind the resume positions: the last one of
// each part, in any order. Nothing is read before Next.
func Open(cfg config.Source, set *decode.Set, resume []source.Position, log *slog.Logger) (*Source, error) {
	s := &Source{
		cfg: *cfg.Parquet, log: log.With("source_name", cfg.Name), set: set, now: time.Now, wait: wait,
		parts: map[string]*part{}, failures: map[string]string{}, status: source.Status{Up: true},
	}
	if cfg.View != nil {
		s.written = cfg.View.Created
	}
	if s.cfg.PollInterval <= 0 {
		s.cfg.PollInterval = config.DefaultParquet.PollInterval
	}
	var err error
	if s.stores, err = stores(s.cfg); err != nil {
		return nil, err
	}
	for _, p := range resume {
		if p.At == "" {
			continue
		}
		m, err := parseMark(p.At)
		if err != nil {
			return nil, fmt.Errorf("part %q: %w", p.Part, err)
		}
		s.parts[p.Part] = &part{mark: m}
		if m.bad {
			s.failures[p.Part] = "was damaged before"
		}
	}
	return s, nil
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Next reads the next rows of the file at hand, or of the oldest one that has any.
func (s *Source) Next(ctx context.Context, b *event.Batch) (source.Position, error) {
	for {
		if err := ctx.Err(); err != nil {
			return source.Position{}, err
		}
		b.Reset()
		b.Arrival = s.now().UnixNano()
		if len(s.notices) > 0 {
			n := s.notices[0]
			s.notices = s.notices[1:]
			if n.err != nil {
				b.File = n.Part
				b.Reject(event.Malformed, 0, n.err.Error())
			}
			return n.Position, nil
		}
		switch {
		case s.table != nil:
			if p, ok := s.read(ctx, b); ok {
				return p, nil
			}
		case !s.now().Before(s.nextScan):
			s.scan(ctx)
		case len(s.queue) > 0:
			o := s.queue[0]
			s.queue = s.queue[1:]
			s.begin(ctx, o)
		default:
			s.setCaughtUp(true)
			s.wait(ctx, s.nextScan.Sub(s.now()))
		}
	}
}

// begin opens a file and goes on where it was left.
func (s *Source) begin(ctx context.Context, o object) {
	p := s.parts[o.path]
	if p == nil {
		p = &part{mark: mark{content: "0"}}
		s.parts[o.path] = p
	}
	r, o, err := o.store.open(ctx, o)
	if err != nil {
		s.fail(o.path, err)
		return
	}
	t, err := open(o, r, s.set)
	switch {
	case errors.Is(err, errUnfinished) && s.now().Sub(o.modified) < unfinishedAfter:
		p.waiting = true
		return
	case err != nil:
		s.giveUp(o, r, err)
		return
	}
	m := p.mark
	known := ""
	if m.group <= len(t.groups()) && m.covers() <= len(t.groups()) {
		known, err = t.identity(m.covers())
	}
	if err == nil {
		if known != m.content {
			m.group, m.row, m.content, m.again = 0, 0, "0", !m.whole.empty()
			s.log.Info("File was replaced by another one; reading it from its beginning", "file", o.path, "rows_by_time", m.again)
			p.mark, p.skipped = m, 0
		}
		err = t.seek(m.group, m.row)
	}
	if err != nil {
		t.close()
		s.giveUp(o, r, err)
		return
	}
	p.waiting = false
	s.table = t
	if s.advance(m.content); t.done() {
		s.notices = append(s.notices, notice{Position: p.position(o.path)})
		s.leave()
	}
}

func (p *part) position(path string) source.Position {
	return source.Position{Part: path, At: p.mark.String()}
}

// advance moves the mark to where the table is.
func (s *Source) advance(content string) {
	t, p := s.table, s.parts[s.table.path]
	m := mark{group: t.group, row: t.row, content: content, size: t.size, newest: p.mark.newest, whole: p.mark.whole, again: p.mark.again}
	if t.done() {
		m.stamp = t.stamp
		if m.again {
			s.log.Info("Rows of a file that was written again were read before", "file", t.path, "rows", p.skipped)
		}
		m.whole, m.again = m.newest, false
		delete(s.failures, t.path)
	}
	p.mark = m
}

// once drops the rows of b that were in a file before this one, and notes the others.
func (s *Source) once(b *event.Batch, p *part) {
	if p.mark.again {
		p.skipped += p.mark.whole.sift(b, s.written)
	}
	p.mark.newest.add(timedRows(b, s.written))
}

func (s *Source) leave() {
	s.table.close()
	s.table = nil
	s.updateStatus()
}

// read fills b with the next rows of the table.
func (s *Source) read(ctx context.Context, b *event.Batch) (source.Position, bool) {
	t, p := s.table, s.parts[s.table.path]
	if x, ok := t.r.ReaderAt.(*ranges); ok {
		x.ctx = ctx
	}
	err := t.fill(b, math.MaxInt)
	var content string
	if err == nil {
		next := mark{group: t.group, row: t.row}
		if content, err = t.identity(next.covers()); err == nil && t.store.same(t.r, t.object) {
			s.once(b, p)
			s.advance(content)
			b.File = t.path
			if t.done() {
				s.leave()
			}
			return p.position(t.path), true
		}
	}
	b.Reset()
	b.Arrival = s.now().UnixNano()
	switch {
	case err == nil || !t.store.same(t.r, t.object):
		// Changed while it was read: the next scan finds it again. What was read of
		// it is not told apart from the change, and not delivered.
		s.leave()
		return source.Position{}, false
	case t.r.failed != nil:
		s.fail(t.path, err) // and tried again, though the file has not changed
		s.leave()
		return source.Position{}, false
	}
	s.leave()
	s.damage(t.object, err)
	b.File = t.path
	b.Reject(event.Malformed, t.first+t.row, err.Error())
	return p.position(t.path), true
}

// giveUp leaves a file that could not be opened.
func (s *Source) giveUp(o object, r *input, err error) {
	if r.failed != nil {
		s.fail(o.path, err) // and tried again at the next scan
		return
	}
	s.damage(o, err)
	s.notices = append(s.notices, notice{s.parts[o.path].position(o.path), err})
}

// damage remembers that a file cannot be used any further as it is now.
func (s *Source) damage(o object, err error) {
	p := s.parts[o.path]
	p.mark.size, p.mark.stamp, p.mark.bad, p.waiting = o.size, o.stamp, true, false
	s.fail(o.path, err)
}

// Committed has nothing to do: a position is all that reading on needs.
func (s *Source) Committed(context.Context, source.Position) error { return nil }

// Status returns how the source is doing.
func (s *Source) Status() source.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

func (s *Source) setCaughtUp(is bool) {
	s.mu.Lock()
	s.status.CaughtUp = is
	s.mu.Unlock()
}

// fail notes an error of a file or path. One that lasts is told once.
func (s *Source) fail(path string, err error) {
	text := err.Error()
	if s.failures[path] == text {
		return
	}
	s.failures[path] = text
	s.log.Warn("Reading Parquet files", "err", err)
	s.mu.Lock()
	s.status.Err, s.status.Up = err, false
	s.status.Errors++
	s.mu.Unlock()
}

func (s *Source) updateStatus() {
	n := 0
	for _, p := range s.parts {
		if !p.gone {
			n++
		}
	}
	s.mu.Lock()
	s.status.Up, s.status.Parts = len(s.failures) == 0, n
	s.mu.Unlock()
}

// Close closes the file at hand. Reading goes on elsewhere from the last position.
func (s *Source) Close() error {
	if s.table != nil {
		s.leave()
	}
	return nil
}

// forget drops the position of the file that has been gone for longest.
func (s *Source) forget() {
	for len(s.lost) > maxRemembered {
		path := s.lost[0]
		s.lost = slices.Delete(s.lost, 0, 1)
		if p := s.parts[path]; p != nil && p.gone {
			delete(s.parts, path)
			s.notices = append(s.notices, notice{Position: source.Position{Part: path}})
		}
	}
}
