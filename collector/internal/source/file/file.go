package file

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

const (
	blockSize = 256 << 10 // one read; more gains nothing, a turn stays short
	maxOpen   = 512       // files held open
	// maxRemembered logs without a file are remembered, for the day on which
	// their archive or copy turns up.
	maxRemembered = 1024
	// scanShare: a poll that took long puts off the next one for so many times
	// its duration.
	scanShare      = 20
	defaultMaxLine = 1 << 20
)

// Source follows the files of one configured source.
type Source struct {
	cfg       config.File
	log       *slog.Logger
	newStream func() stream
	now       func() time.Time
	wait      func(context.Context, time.Duration) // until ctx ends, or so long

	buf      []byte // the block at hand
	block    block
	archive  *archive // at most one is open
	files    []*file  // in the order of discovery
	byInode  map[inode]*file
	parts    []*part // those without a file first lost, first forgotten
	lastID   uint64
	backlog  []*file           // of the first scan, still behind
	ready    []*file           // with news, in turn
	notices  []source.Position // to be stored without events
	started  map[string]bool   // globs whose present files were skipped, see Start
	failures map[string]string // of the last scan, by path
	scratch  [2][]byte         // samples of files, to compare
	scanned  bool
	nextScan time.Time

	mu     sync.Mutex
	status source.Status
}

var _ source.Source = (*Source)(nil)

// Open returns a source that goes on behind the resume positions: the last one
// of each part, in any order. Nothing is read before Next.
func Open(cfg config.Source, set *decode.Set, resume []source.Position, log *slog.Logger) (*Source, error) {
	return open(cfg, func() stream { return set.Stream() }, resume, log)
}

func open(cfg config.Source, newStream func() stream, resume []source.Position, log *slog.Logger) (*Source, error) {
	if cfg.MaxLineBytes <= 0 {
		cfg.MaxLineBytes = defaultMaxLine
	}
	s := &Source{
		cfg: *cfg.File, log: log.With("source_name", cfg.Name), newStream: newStream,
		now: time.Now, wait: wait,
		buf:     make([]byte, window+cfg.MaxLineBytes+blockSize),
		scratch: [2][]byte{make([]byte, sampleSize), make([]byte, sampleSize)},
		byInode: map[inode]*file{}, started: map[string]bool{},
		status: source.Status{Up: true},
	}
	if s.cfg.PollInterval <= 0 {
		s.cfg.PollInterval = config.DefaultFile.PollInterval
	}
	for _, glob := range s.cfg.Paths {
		if _, err := filepath.Match(glob, ""); err != nil {
			return nil, fmt.Errorf("path %q: %w", glob, err)
		}
	}
	for _, p := range resume {
		if err := s.resume(p); err != nil {
			return nil, fmt.Errorf("part %q: %w", p.Part, err)
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

func (s *Source) resume(p source.Position) error {
	if p.At == "" {
		return nil
	}
	if p.Part == startedPart {
		globs, err := parseGlobs(p.At)
		for _, glob := range globs {
			s.started[glob] = true
		}
		return err
	}
	m, err := parseMark(p.At)
	if err != nil {
		return err
	}
	id, err := strconv.ParseUint(p.Part, 10, 64)
	if err != nil {
		return err
	}
	s.lastID = max(s.lastID, id)
	s.parts = append(s.parts, &part{id: p.Part, mark: m})
	return nil
}

// Next reads the next block of records, in turn over the files that have any.
func (s *Source) Next(ctx context.Context, b *event.Batch) (source.Position, error) {
	for {
		if err := ctx.Err(); err != nil {
			return source.Position{}, err
		}
		if !s.now().Before(s.nextScan) {
			s.scan()
		}
		b.Reset()
		if len(s.notices) > 0 {
			p := s.notices[0]
			s.notices = s.notices[1:]
			return s.deliver(b, "", p), nil
		}
		if s.block.file == nil && !s.load() {
			s.setCaughtUp(true)
			s.wait(ctx, s.nextScan.Sub(s.now()))
			continue
		}
		f := s.block.file
		if s.decode(b) {
			return s.deliver(b, f.path, f.part.position()), nil
		}
		s.finish()
	}
}

func (s *Source) deliver(b *event.Batch, path string, p source.Position) source.Position {
	b.File, b.Arrival = path, s.now().UnixNano()
	return p
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

// fail notes that f cannot be read now. An error that lasts is told once.
func (s *Source) fail(f *file, err error) {
	if text := err.Error(); text != f.failure {
		f.failure = text
		s.report(err)
	}
}

func (s *Source) report(err error) {
	s.log.Warn("Reading a file", "err", err)
	s.mu.Lock()
	s.status.Err = err
	s.status.Errors++
	s.mu.Unlock()
}

// Close closes all files. Reading goes on elsewhere from the last position.
func (s *Source) Close() error {
	var errs []error
	s.closeArchive()
	for _, f := range s.files {
		errs = append(errs, f.close())
	}
	s.files, s.byInode = nil, nil
	return errors.Join(errs...)
}
