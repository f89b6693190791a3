package sql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

const (
	// grace is how much longer than its timeout a statement may take until the
	// connection is given up: the server is to say so itself.
	grace = 5 * time.Second
	// retryAfter an error, if polls are not more frequent anyway.
	retryAfter = 10 * time.Second
	// maxSnapshot is how long a poll may hold back the server from cleaning up.
	maxSnapshot = 5 * time.Minute
	// maxSkew is how far rows may be dated after now and still be read.
	maxSkew = time.Minute
)

// Source reads the table of one configured source.
type Source struct {
	cfg  config.SQL
	zone *time.Location
	log  *slog.Logger
	set  *decode.Set
	part string
	now  func() time.Time
	wait func(context.Context, time.Duration) // until ctx ends, or so long
	dial func(context.Context, *config.SQL) (conn, error)
	rows *memory
	// mode aggregate
	counting       *Counting
	counts         *ledger
	model, version string            // of the rows, where they are constants
	outputs        map[string]string // their columns
	features       []string          // columns that are listed
	poll           *poll
	plan           *plan             // of the last poll
	moved          []source.Position // to be handed over first
	fit            int               // rows that one page has room for, 0 if no page was too long
	short          bool              // it was said that late rows are not read as far back as overlap says
	next           time.Time
	lasts          string // the error that lasts

	mu     sync.Mutex
	status source.Status
}

var _ source.Source = (*Source)(nil)

// Open returns a source that goes on behind the resume position. The server is not
// spoken to before Next.
//
// counting is nil in mode rows.
func Open(cfg config.Source, set *decode.Set, counting *Counting, resume []source.Position, log *slog.Logger) (*Source, error) {
	s := &Source{
		cfg: *cfg.SQL, zone: cfg.Fields.Timezone, log: log.With("source_name", cfg.Name), set: set, part: partOf(cfg.SQL),
		now: time.Now, wait: wait, dial: connect, rows: newMemory(), status: source.Status{Up: true, Parts: 1},
		counting: counting, counts: newLedger(), model: cfg.Fields.Model.Value, version: cfg.Fields.Version.Value,
		outputs: map[string]string{"prediction": columnOf(cfg.Fields.Prediction, "prediction"), "score": columnOf(cfg.Fields.Score, "score")},
	}
	if s.zone == nil {
		s.zone = time.UTC
	}
	if len(cfg.Fields.Features.Path) == 0 {
		s.features = cfg.Fields.Features.Names
	}
	if err := s.resume(resume); err != nil {
		return nil, err
	}
	return s, nil
}

// columnOf is where a field is found.
func columnOf(f config.Field, usual string) string {
	if len(f.Paths) > 0 {
		return f.Paths[0]
	}
	return usual
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// Next reads the next rows of the poll at hand, or of the next one.
func (s *Source) Next(ctx context.Context, b *event.Batch) (source.Position, error) {
	for {
		if err := ctx.Err(); err != nil {
			return source.Position{}, err
		}
		b.Reset()
		b.Arrival = s.now().UnixNano()
		if len(s.moved) > 0 {
			p := s.moved[0]
			s.moved = s.moved[1:]
			return p, nil
		}
		if s.poll == nil {
			if d := s.next.Sub(s.now()); d > 0 {
				s.wait(ctx, d)
				continue
			}
			if err := s.begin(ctx); err != nil {
				s.failed(ctx, err)
				continue
			}
		}
		var more bool
		var err error
		position := func() source.Position {
			return source.Position{Part: segmentOf(s.part, s.rows.current), At: s.rows.String()}
		}
		if s.counting != nil {
			more, err = s.aggregate(ctx, b)
			position = func() source.Position { return source.Position{Part: s.part, At: s.counts.String()} }
		} else {
			more, err = s.read(ctx, b)
		}
		switch {
		case errors.Is(err, errAgain):
			s.leave()
		case err != nil:
			s.failed(ctx, err)
		case !more:
			s.finish()
		default:
			return position(), nil
		}
	}
}

// finish ends a poll that went well.
func (s *Source) finish() {
	cut := s.poll.cut
	s.leave()
	if s.next = s.now().Add(s.cfg.PollInterval); cut {
		s.next = s.now()
	}
	s.lasts = ""
	s.mu.Lock()
	s.status.Up, s.status.CaughtUp = true, !cut
	s.mu.Unlock()
}

func (s *Source) setUp() {
	s.mu.Lock()
	s.status.Up = true
	s.mu.Unlock()
}

// leave ends the poll at hand, if there is one, and its connection.
func (s *Source) leave() {
	if s.poll != nil {
		s.poll.end()
		s.poll = nil
	}
}

// failed notes an error; the next poll goes on where this one was. An error that
// lasts is told once.
func (s *Source) failed(ctx context.Context, err error) {
	s.leave()
	if ctx.Err() != nil {
		return
	}
	s.next = s.now().Add(min(s.cfg.PollInterval, retryAfter))
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("the server did not answer within statement_timeout and %s: %w", grace, err)
	}
	text := err.Error()
	if text == s.lasts {
		return
	}
	s.lasts = text
	s.log.Warn("Reading a table", "err", err)
	s.mu.Lock()
	s.status.Err, s.status.Up, s.status.CaughtUp = err, false, false
	s.status.Errors++
	s.mu.Unlock()
}

// Committed has nothing to do: a position is all that reading on needs.
func (s *Source) Committed(context.Context, source.Position) error { return nil }

// Status returns how the source is doing.
func (s *Source) Status() source.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Close ends the connection. Reading goes on elsewhere from the last position.
func (s *Source) Close() error {
	s.leave()
	return nil
}
