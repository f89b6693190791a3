package profile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// blockSize is how much is read at once.
const blockSize = 512 << 10

// errStop ends reading of a file early.
var errStop = errors.New("enough")

// each reads the file batch by batch. The batch is use's until it returns.
func (f *file) each(ctx context.Context, read func(n int), use func(*event.Batch) error) error {
	if f.sql != nil {
		return f.eachOfSQL(ctx, read, use)
	}
	if f.table == nil {
		return eachBatch(f.path, f.set, read, use)
	}
	return f.eachOfTable(ctx, read, use)
}

// eachBatch decodes a file batch by batch. The batch is f's until it returns.
func eachBatch(path string, set *decode.Set, read func(n int), f func(*event.Batch) error) error {
	opened, err := os.Open(path)
	if err != nil {
		return errors.Unwrap(err) // the caller names the file
	}
	defer opened.Close()
	r, err := decompress(bufio.NewReaderSize(&countingReader{opened, read}, blockSize))
	if err != nil {
		return err
	}
	defer r.Close()

	stream := set.Stream()
	b := &event.Batch{Arrival: time.Now().UnixNano()}
	buf := make([]byte, 0, 2*blockSize)
	for offset, eof := int64(0), false; ; {
		if !eof {
			if buf, eof, err = fill(r, buf); err != nil {
				return err
			}
		}
		b.Reset()
		b.File = path
		consumed := stream.Decode(b, buf, offset, eof)
		if err := f(b); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
		offset += int64(consumed)
		buf = buf[:copy(buf, buf[consumed:])]
		if eof && (len(buf) == 0 || consumed == 0) {
			return nil
		}
	}
}

// fill reads a block behind what is in buf.
func fill(r io.Reader, buf []byte) (filled []byte, eof bool, err error) {
	if cap(buf)-len(buf) < blockSize {
		buf = append(make([]byte, 0, 2*cap(buf)), buf...) // a record longer than that
	}
	// Not io.ReadFull: its error for the end of a file is that of a cut archive.
	for end := len(buf) + blockSize; len(buf) < end; {
		n, err := r.Read(buf[len(buf):end])
		buf = buf[:len(buf)+n]
		if errors.Is(err, io.EOF) {
			return buf, true, nil
		}
		if err != nil {
			return buf, false, err
		}
	}
	return buf, false, nil
}

// countingReader tells how much was read of a file as it is on disk.
type countingReader struct {
	r    io.Reader
	read func(n int)
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.read(n)
	return n, err
}

// decompress tells archives by their first bytes, as the file source does.
func decompress(r *bufio.Reader) (io.ReadCloser, error) {
	head, _ := r.Peek(4) // a shorter file is no archive
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		return gzip.NewReader(r)
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}
	return io.NopCloser(r), nil
}

// readFile adds a file's events to the baseline.
func (r *run) readFile(ctx context.Context, f *file, bar *bar) error {
	return f.each(ctx, bar.add, func(b *event.Batch) error {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("reading was interrupted: %w", err)
		}
		r.bytes += b.Bytes
		r.dropped += b.DroppedFeatures
		r.rejected.add(b)
		for _, hint := range b.Hints {
			if !slices.Contains(r.hints, hint) && len(r.hints) < maxNamed {
				r.hints = append(r.hints, hint)
			}
		}
		r.mapped.look(b)
		rows, past, err := r.selector.choose(r.rows[:0], b)
		if err != nil {
			return err
		}
		r.rows = rows
		if r.selector.labels > 0 && !r.labels.everywhere {
			return errLabels
		}
		for _, row := range rows {
			r.usable(b, row)
		}
		r.labels.bad.addReason(b, event.BadLabel)
		r.labels.join(b, rows)
		r.labels.judgeOnce(b, rows)
		r.builder.Add(b, rows)
		r.labels.leave(b)
		if past {
			return errStop
		}
		return nil
	})
}

// firstTime returns the time of the first event that has one, math.MaxInt64 if
// the first records have none.
func firstTime(ctx context.Context, f *file) (int64, error) {
	first := int64(math.MaxInt64)
	err := f.each(ctx, func(int) {}, func(b *event.Batch) error {
		for _, t := range b.Times[:b.N] {
			if t != event.NoTime {
				first = t
				return errStop
			}
		}
		if b.N == 0 && b.Bytes > 0 && b.Rejected == [event.NumReasons]uint64{} {
			return nil // only a header so far
		}
		return errStop
	})
	return first, err
}
