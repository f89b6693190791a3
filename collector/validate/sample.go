package validate

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source/parquet"
	"github.com/model-exporter/model_exporter/collector/internal/source/sql"
)

// sampleRecords are read of each source.
const sampleRecords = 1000

// sampleFiles share these records, if there are as many: they may be of several
// kinds, such as predictions and labels.
const sampleFiles = 10

const blockSize = 256 << 10

// sample is the first records of a source.
type sample struct {
	source  *config.Source
	set     *decode.Set
	batch   event.Batch
	files   int // that match
	records int
	most    int     // records to read until the end of the file at hand
	failed  []error // of files that could not be read
	first   map[event.Reason]string
}

// take reads the first records of a source's files, in the order of their names,
// as many from each.
func take(ctx context.Context, src *config.Source, limits config.Limits, columns []decode.Expected) (*sample, error) {
	s := &sample{source: src, first: map[event.Reason]string{}}
	var err error
	if s.set, err = decode.New(*src, limits); err != nil {
		return nil, err
	}
	s.set.Expect(columns)
	s.batch.Arrival = time.Now().UnixNano()
	if src.Stdin {
		return s, nil
	}
	if src.Parquet != nil {
		return s, s.readTables(ctx, *src.Parquet)
	}
	if src.SQL != nil {
		return s, s.readSQL(ctx, src.SQL)
	}
	paths := match(src.File.Paths)
	s.files = len(paths)
	for i, path := range paths {
		if s.records >= sampleRecords {
			break
		}
		s.most = s.records + (sampleRecords-s.records)/max(1, min(len(paths), sampleFiles)-i)
		if err := s.readFile(path); err != nil {
			s.failed = append(s.failed, err)
		}
	}
	return s, nil
}

// readTables reads the first rows of a source's Parquet files.
func (s *sample) readTables(ctx context.Context, cfg config.Parquet) error {
	files, err := parquet.Files(ctx, cfg)
	if err != nil {
		s.failed = append(s.failed, err)
	}
	s.files = len(files)
	for i := range files {
		if s.records >= sampleRecords || ctx.Err() != nil {
			break
		}
		n, err := files[i].Sample(ctx, s.set, &s.batch, sampleRecords-s.records)
		s.records += n
		s.note(files[i].Path)
		if err != nil {
			s.failed = append(s.failed, err)
		}
	}
	return ctx.Err()
}

// readSQL reads the first rows of a source's table.
func (s *sample) readSQL(ctx context.Context, cfg *config.SQL) error {
	n, err := sql.Sample(ctx, cfg, s.set, &s.batch, sampleRecords)
	s.records = n
	s.note(cfg.Name())
	if err != nil {
		s.failed = append(s.failed, fmt.Errorf("%s: %w", cfg.Name(), err))
	}
	return ctx.Err()
}

// match lists the files of some globs, each once.
func match(globs []string) []string {
	var paths []string
	for _, g := range globs {
		found, _ := filepath.Glob(g) // the configuration has legal globs only
		for _, p := range found {
			if info, err := os.Stat(p); err != nil || !info.IsDir() {
				paths = append(paths, p)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (s *sample) readFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := decompress(bufio.NewReader(f))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := s.read(r, path); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// decompress tells archives by their first bytes, as reading them for good does.
func decompress(r *bufio.Reader) (io.Reader, error) {
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
	return r, nil
}

// read decodes records until there are enough. A block is cut behind as many
// lines as are wanted, because the decoder takes all it is given.
func (s *sample) read(r io.Reader, path string) error {
	stream := s.set.Stream()
	s.batch.File = path
	var rest []byte
	offset := int64(0)
	for s.records < s.most {
		block := make([]byte, blockSize)
		n, eof, err := fill(r, block)
		if err != nil {
			return err
		}
		rest = append(rest, block[:n]...)
		for s.records < s.most {
			data := firstLines(rest, s.most-s.records)
			last := eof && len(data) == len(rest)
			before := s.count()
			consumed := stream.Decode(&s.batch, data, offset, last)
			s.records += s.count() - before
			s.note(path)
			rest, offset = rest[consumed:], offset+int64(consumed)
			if consumed == 0 {
				break
			}
		}
		if eof {
			return nil
		}
	}
	return nil
}

// fill reads until block is full or r ends. Unlike io.ReadFull it tells the end
// of a file from that of an archive which is cut short.
func fill(r io.Reader, block []byte) (n int, eof bool, err error) {
	for n < len(block) && err == nil {
		var k int
		k, err = r.Read(block[n:])
		n += k
	}
	if errors.Is(err, io.EOF) {
		return n, true, nil
	}
	return n, false, err
}

func firstLines(data []byte, n int) []byte {
	end := 0
	for range n {
		i := bytes.IndexByte(data[end:], '\n')
		if i < 0 {
			return data
		}
		end += i + 1
	}
	return data[:end]
}

// count returns the events and rejections so far.
func (s *sample) count() int {
	n := s.batch.N
	for _, rejected := range s.batch.Rejected {
		n += int(rejected)
	}
	return n
}

// note keeps where each reason of rejections was met first.
func (s *sample) note(path string) {
	for _, f := range s.batch.First {
		if s.first[f.Reason] == "" {
			s.first[f.Reason] = strings.TrimSuffix(fmt.Sprintf("%s, byte %d: %s", path, f.Offset, f.Detail), ": ")
		}
	}
}
