package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/model-exporter/model_exporter/collector/simulate"
)

// log is a simulated log that is written as it is read.
type log struct {
	next             func() ([]byte, bool)
	close            func()
	err              error // of the simulation
	ended            bool
	blocks           []block // of predictions, not read yet
	labels, outcomes bytes.Buffer
}

// block is some lines, and the time of the last of them.
type block struct {
	lines []byte
	last  time.Time
}

// newLog simulates a log whose labels take ten minutes and outcomes a minute. Some
// labels never come, and some are corrected.
func newLog(ctx context.Context, o simulate.Options) *log {
	l := &log{}
	l.next, l.close = iter.Pull(func(yield func([]byte) bool) {
		o.Truth = simulate.Truth{
			Labels: &l.labels, Delay: 10 * time.Minute, Loss: 0.05, Correction: 0.01,
			Outcomes: &l.outcomes, OutcomeDelay: time.Minute,
		}
		if err := simulate.Run(ctx, writer(yield), o); !errors.Is(err, errClosed) {
			l.err = err
		}
	})
	return l
}

var errClosed = errors.New("nobody reads on")

// writer hands on what is written.
type writer func([]byte) bool

func (w writer) Write(p []byte) (int, error) {
	if !w(bytes.Clone(p)) {
		return 0, errClosed
	}
	return len(p), nil
}

// until returns the lines up to a time: predictions, and then the labels and
// outcomes that came. Those of a block are known when the next block is.
func (l *log) until(at time.Time) ([]byte, error) {
	for !l.ended && (len(l.blocks) < 2 || !l.blocks[len(l.blocks)-2].last.After(at)) {
		if err := l.more(); err != nil {
			return nil, err
		}
	}
	var lines []byte
	for len(l.blocks) > 0 {
		b := &l.blocks[0]
		taken, rest, err := split(b.lines, at)
		if err != nil {
			return nil, err
		}
		lines = append(lines, taken...)
		b.lines = rest
		if len(rest) > 0 {
			break
		}
		l.blocks = l.blocks[1:]
	}
	for _, known := range []*bytes.Buffer{&l.labels, &l.outcomes} {
		due, _, err := split(known.Bytes(), at)
		if err != nil {
			return nil, err
		}
		lines = append(lines, due...)
		known.Next(len(due))
	}
	return lines, nil
}

func (l *log) more() error {
	lines, ok := l.next()
	if !ok {
		l.ended = true
		return l.err
	}
	last, err := timeOf(lines[bytes.LastIndexByte(lines[:len(lines)-1], '\n')+1:])
	if err != nil {
		return fmt.Errorf("simulated log: %w", err)
	}
	l.blocks = append(l.blocks, block{lines, last})
	return nil
}

// split cuts lines, which are in order, after the last one up to a time.
func split(lines []byte, at time.Time) (taken, rest []byte, err error) {
	n := 0
	for n < len(lines) {
		end := n + bytes.IndexByte(lines[n:], '\n') + 1
		t, err := timeOf(lines[n:end])
		if err != nil || t.After(at) {
			return lines[:n], lines[n:], err
		}
		n = end
	}
	return lines, nil, nil
}

var timestamp = []byte(`"timestamp":"`)

// timeOf reads the time of an event line.
func timeOf(line []byte) (time.Time, error) {
	_, rest, ok := bytes.Cut(line, timestamp)
	text, _, end := bytes.Cut(rest, []byte(`"`))
	if !ok || !end {
		return time.Time{}, fmt.Errorf("no timestamp in %s", line)
	}
	return time.Parse(time.RFC3339Nano, string(text))
}
