package file

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// benchLog writes a log of 20 features per event, about 600 bytes each.
func benchLog(b *testing.B, events int) (path string, size int64) {
	path = filepath.Join(b.TempDir(), "bench.jsonl")
	var text strings.Builder
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range events {
		fmt.Fprintf(&text, `{"id":"01J%012d","timestamp":%q,"model":"fraud","version":"3","features":{`,
			i, at.Add(time.Duration(i)*time.Millisecond).Format(time.RFC3339Nano))
		for f := range 16 {
			fmt.Fprintf(&text, `"numeric_feature_%02d":%.4f,`, f, float64(i*7919*(f+1)%100_003)/97)
		}
		fmt.Fprintf(&text, `"country":"C%d","merchant":"M%d","device":"D%d","channel":"web"},"prediction":"%d","score":%.4f}`+"\n",
			i%30, i%50, i%5, i%2, float64(i%1000)/1000)
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	return path, int64(text.Len())
}

// scanLines is the reference: read blocks and count newlines.
func scanLines(b *testing.B, path string) (n int) {
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, blockSize)
	for {
		m, err := f.Read(buf)
		n += bytes.Count(buf[:m], []byte{'\n'})
		if err != nil {
			return n
		}
	}
}

// counter is a decoder that only counts lines: what is left is the source.
type counter struct{ lines *int }

func (counter) Prime([]byte) {}

func (c counter) Decode(_ *event.Batch, data []byte, _ int64, _ bool) int {
	*c.lines += bytes.Count(data, []byte{'\n'})
	return bytes.LastIndexByte(data, '\n') + 1
}

// BenchmarkRead compares reading lines through the source, without and with
// decoding, with the plain scan of the same file.
func BenchmarkRead(b *testing.B) {
	const events = 100_000
	path, size := benchLog(b, events)
	report := func(b *testing.B) {
		b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
	}
	b.Run("through=scan", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			if n := scanLines(b, path); n != events {
				b.Fatal(n)
			}
		}
		report(b)
	})
	cfg := config.Source{Name: "bench", Format: config.JSON, File: &config.File{Paths: []string{path}, PollInterval: time.Second}}
	readAll := func(b *testing.B, newStream func() stream) (rows int) {
		s, err := open(cfg, newStream, nil, discard)
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		s.wait = func(context.Context, time.Duration) { cancel() }
		var batch event.Batch
		for {
			if _, err := s.Next(ctx, &batch); err != nil {
				break
			}
			rows += batch.N
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		return rows
	}
	b.Run("through=source", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			readAll(b, func() stream { return counter{&n} })
			if n < events {
				b.Fatal(n)
			}
		}
		report(b)
	})
	b.Run("through=decode", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			set, err := decode.New(cfg, config.Limits{})
			if err != nil {
				b.Fatal(err)
			}
			if n := readAll(b, func() stream { return set.Stream() }); n != events {
				b.Fatal(n)
			}
		}
		report(b)
	})
}

// BenchmarkPoll is one look at files without news.
func BenchmarkPoll(b *testing.B) {
	for _, files := range []int{10, 400} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			dir := b.TempDir()
			for i := range files {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%04d.log", i)), []byte(lines(fmt.Sprint(i))), 0o644); err != nil {
					b.Fatal(err)
				}
			}
			r := newRig(b, dir, "*.log").open()
			r.settle()
			if len(r.ids) != files {
				b.Fatal(len(r.ids))
			}
			b.ReportAllocs()
			for b.Loop() {
				r.s.scan()
			}
			r.close()
		})
	}
}
