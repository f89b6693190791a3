// Package simulate writes a realistic prediction log: a fraud classifier with
// twenty features, a known process behind its scores and labels, and faults on
// demand, each with the metrics it must move. It writes the public event format
// by itself, so that it can disagree with the decoder.
//
// Logs of one seed are equal byte for byte, and a fault draws its own random
// numbers: the events that it does not strike are those of the log without it.
package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Format is how events are written.
type Format string

// The formats.
const (
	JSON Format = "json" // one canonical event per line
	CSV  Format = "csv"  // a header, then one record per event
)

// DefaultRate is the events per second of event time where none are asked for.
const DefaultRate = 100

// Options say what to write. At least one of Events, Span and Follow is needed.
type Options struct {
	Events int           // stop after this many events; 0 for no limit
	Span   time.Duration // event time to write at once, of the whole log or before Follow
	Start  time.Time     // event time of the first event; zero: the log ends, or Follow begins, now
	Follow bool          // go on in real time until the context ends or Events are written

	Seed    uint64
	Rate    float64 // mean events per second of event time; 0 for DefaultRate
	Season  float64 // strength of the daily rhythm, see seasonTraffic; 0 for none, 1 for the usual
	Model   string  // empty for "fraud"
	Version string  // empty for "1"; the fault "version" brings another
	// Challenger is the version of a second model. After each event it writes one
	// more, of the same id and features, with its own score. Empty for none.
	Challenger string
	Format     Format  // empty for JSON
	Labels     bool    // write the true class into each event, as "label"
	Truth      Truth   // labels and outcomes of their own, later than the events
	Faults     []Fault // what goes wrong, and when
}

// flushInterval is how far a follower of the log lags behind its event time.
const flushInterval = 100 * time.Millisecond

// flushBytes is the size from which a block of lines is written.
const flushBytes = 256 << 10

// ErrOptions is what Run returns, with what is wrong, for options it cannot use.
var ErrOptions = errors.New("options cannot be used")

// Run writes the log to w, whole lines at a time. A log that is cut short by the
// end of ctx is an error; with Follow that end is the regular one.
func Run(ctx context.Context, w io.Writer, o Options) error {
	if err := o.complete(time.Now()); err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	g, err := newGenerator(&o)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrOptions, err)
	}
	buf := make([]byte, 0, flushBytes+64<<10)
	if o.Format == CSV {
		buf = g.appendHeader(buf)
	}
	end := never
	if !o.Follow && o.Span > 0 {
		end = g.start + int64(o.Span)
		g.notes.until = end
	}
	var truth publisher
	written, newest := 0, g.start
	for {
		until := end
		if o.Follow {
			until = time.Now().UnixNano()
		}
		for len(buf) < flushBytes && g.at <= until && g.at != never && !(o.Events > 0 && written == o.Events) {
			newest = g.at
			buf = g.append(buf)
			written++
		}
		full := len(buf) >= flushBytes
		if len(buf) > 0 {
			if _, err := w.Write(buf); err != nil {
				return fmt.Errorf("write log: %w", err)
			}
			buf = buf[:0]
		}
		done := o.Events > 0 && written == o.Events || !full && !o.Follow
		known := newest // labels are known until here
		switch {
		case o.Follow && !full:
			known = until
		case done && o.Events == 0 || done && written < o.Events:
			known = end
		}
		if err := truth.publish(g, known); err != nil {
			return err
		}
		switch {
		case done:
			return nil
		case full:
			err = ctx.Err()
		default:
			err = sleep(ctx, max(flushInterval, time.Until(time.Unix(0, min(g.at, g.notes.next())))))
		}
		if err != nil {
			if o.Follow {
				return nil
			}
			return fmt.Errorf("log is cut short after %d events: %w", written, err)
		}
	}
}

// Lines returns n canonical events without faults, for benchmarks and tests.
func Lines(n int, seed uint64) []byte {
	o := Options{Events: n, Seed: seed, Start: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
	if err := o.complete(o.Start); err != nil {
		panic(err) // nothing in o is the caller's but its length
	}
	g, err := newGenerator(&o)
	if err != nil {
		panic(err)
	}
	buf := make([]byte, 0, n*lineBytes)
	for range n {
		buf = g.append(buf)
	}
	return buf
}

// complete checks o and fills in its defaults.
func (o *Options) complete(now time.Time) error {
	var errs []error
	refuse := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	switch {
	case o.Events < 0:
		refuse("events: %d is negative; use 0 for no limit", o.Events)
	case o.Span < 0:
		refuse("span: %v is negative; write how much event time to cover", o.Span)
	case o.Events == 0 && o.Span == 0 && !o.Follow:
		refuse("the log would never end; set a number of events, a span, or follow")
	}
	if o.Follow && o.Span > 0 && !o.Start.IsZero() {
		refuse("start and span both say where a followed log begins; leave one of them out")
	}
	if !(o.Rate >= 1e-6 && o.Rate <= 1e9) {
		refuse("rate: %v events per second is not between 0.000001 and 1e9", o.Rate)
	}
	if !(o.Season >= 0 && o.Season <= 2) {
		refuse("season: %v is not between 0 (none) and 2 (twice the usual)", o.Season)
	}
	if o.Model == "" {
		o.Model = "fraud"
	}
	if o.Version == "" {
		o.Version = "1"
	}
	for _, name := range []string{o.Model, o.Version, o.Challenger} {
		if !plain(name) && name != "" {
			refuse("model or version %q: use letters, digits and _ . - only", name)
		}
	}
	if o.Challenger == o.Version {
		refuse("challenger: it has the version %q of the model it challenges; give it another", o.Challenger)
	}
	o.Truth.check(refuse)
	switch o.Format {
	case "":
		o.Format = JSON
	case JSON, CSV:
	default:
		refuse("format: %q is unknown; use json or csv", o.Format)
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	if o.Start.IsZero() {
		span := o.Span
		if span == 0 && !o.Follow {
			span = time.Duration(min(float64(o.Events)/o.Rate*1e9, math.MaxInt64/4))
		}
		o.Start = now.Add(-span)
	}
	if y := o.Start.UTC().Year(); y < 1990 || y > 2200 { // leaves room for maxDuration around it
		return fmt.Errorf("start: the year %d is not between 1990 and 2200", y)
	}
	return nil
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
