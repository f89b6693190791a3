// Package stdin reads records from standard input, or any other stream, once.
package stdin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

const (
	blockSize      = 256 << 10
	defaultMaxLine = 1 << 20
)

// Source reads one stream to its end. A stream cannot be read again, so its
// positions only say how far it was read.
type Source struct {
	r      io.Reader
	name   string
	stream *decode.Stream
	now    func() time.Time

	buf        []byte
	start, end int   // of what is still to be decoded
	offset     int64 // of buf[start] in the stream
	eof        bool
	asks       chan []byte // to the reading goroutine, made at the first read
	reads      chan read
	asked      bool // a read is on its way, and buf is not to be moved

	mu     sync.Mutex
	status source.Status
}

type read struct {
	n   int
	err error
}

var _ source.Source = (*Source)(nil)

// Open returns the source of standard input.
func Open(cfg config.Source, set *decode.Set) *Source {
	return New(cfg, set, os.Stdin, "stdin")
}

// New returns the source of any stream. name is what rejections call it.
func New(cfg config.Source, set *decode.Set, r io.Reader, name string) *Source {
	if cfg.MaxLineBytes <= 0 {
		cfg.MaxLineBytes = defaultMaxLine
	}
	return &Source{
		r: r, name: name, stream: set.Stream(), now: time.Now,
		buf:    make([]byte, cfg.MaxLineBytes+blockSize),
		status: source.Status{Up: true, Parts: 1},
	}
}

// Next decodes what there is, or waits for more. At the end of the stream the
// last record may lack its newline; then io.EOF follows.
func (s *Source) Next(ctx context.Context, b *event.Batch) (source.Position, error) {
	b.Reset()
	for {
		if err := ctx.Err(); err != nil {
			return source.Position{}, err
		}
		if s.start < s.end {
			n := s.stream.Decode(b, s.buf[s.start:s.end], s.offset, s.eof)
			s.start += n
			s.offset += int64(n)
			if n > 0 {
				b.File, b.Arrival = s.name, s.now().UnixNano()
				return source.Position{Part: s.name, At: strconv.FormatInt(s.offset, 10)}, nil
			}
		}
		if s.eof {
			return source.Position{}, io.EOF
		}
		if err := s.fill(ctx); err != nil {
			return source.Position{}, err
		}
	}
}

// fill reads more behind what the decoder left, which is less than a record.
func (s *Source) fill(ctx context.Context) error {
	if !s.asked {
		s.end = copy(s.buf, s.buf[s.start:s.end])
		s.start = 0
	}
	s.setCaughtUp(true)
	n, err := s.read(ctx)
	s.setCaughtUp(false)
	s.end += n
	switch {
	case errors.Is(err, io.EOF):
		s.eof = true
		s.setCaughtUp(true)
	case err != nil && ctx.Err() == nil:
		err = fmt.Errorf("read %s: %w", s.name, err)
		s.mu.Lock()
		s.status.Up, s.status.Err = false, err
		s.status.Errors++
		s.mu.Unlock()
		return err
	}
	return ctx.Err()
}

// read reads in a goroutine of its own, because a read from a terminal or pipe
// cannot be interrupted. The goroutine ends with the next byte, or with the
// process: nothing can end it earlier.
func (s *Source) read(ctx context.Context) (int, error) {
	if s.asks == nil {
		s.asks, s.reads = make(chan []byte), make(chan read, 1)
		go func() {
			for b := range s.asks {
				n, err := s.r.Read(b)
				s.reads <- read{n, err}
			}
		}()
	}
	if !s.asked {
		s.asks <- s.buf[s.end:min(s.end+blockSize, len(s.buf))]
		s.asked = true
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case r := <-s.reads:
		s.asked = false
		return r.n, r.err
	}
}

func (s *Source) setCaughtUp(is bool) {
	s.mu.Lock()
	s.status.CaughtUp = is
	s.mu.Unlock()
}

// Committed has nothing to do: what was read is gone from the stream.
func (s *Source) Committed(context.Context, source.Position) error { return nil }

// Status returns how the source is doing.
func (s *Source) Status() source.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Close ends the reading; the stream itself belongs to the caller.
func (s *Source) Close() error {
	if s.asks != nil {
		close(s.asks)
		s.asks = nil
	}
	return nil
}
