package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

type options struct {
	modelDays, models, parallel int
	span                        time.Duration
	training                    time.Duration // what a model's baseline is made of, before the start
	seed                        uint64
	budget                      float64
	results                     string   // a file, or empty
	faults                      []string // none, but to see that they would be found
}

// start is a Monday.
var start = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

const (
	day = 24 * time.Hour
	// step is how often exporters are scraped and rules evaluated: just often enough
	// for the rate of five minutes. Alerts wait that much less, see bundle.
	step = 4 * time.Minute
)

// run reports after each batch, in their order, so that a run that is cut short
// tells how far it came.
func run(ctx context.Context, w io.Writer, o options) error {
	kept, err := openResults(o)
	if err != nil {
		return err
	}
	defer kept.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	total := tally{}
	for r := range ordered(ctx, o, kept) {
		if r.err != nil {
			return r.err
		}
		total.add(r.result)
		total.report(w, o)
		if err := kept.add(r.result); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return total.judge(o)
}

type outcome struct {
	result
	err error
}

// ordered runs as many batches as are asked for, some at a time, and yields them in
// the order of their seeds.
func ordered(ctx context.Context, o options, kept *results) func(yield func(outcome) bool) {
	var seeds []uint64
	for days := 0.0; days < float64(o.modelDays); days += float64(o.models) * o.span.Hours() / 24 {
		seeds = append(seeds, o.seed+uint64(len(seeds)*o.models))
	}
	return func(yield func(outcome) bool) {
		done := make([]chan outcome, len(seeds))
		for i := range done {
			done[i] = make(chan outcome, 1)
		}
		next := make(chan int)
		var workers sync.WaitGroup
		defer workers.Wait()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		for range max(1, o.parallel) {
			workers.Go(func() {
				for i := range next {
					if r, ok := kept.known[seeds[i]]; ok {
						done[i] <- outcome{result: r}
						continue
					}
					found, err := batch(ctx, o, seeds[i])
					done[i] <- outcome{kept.result(seeds[i], found), err}
				}
			})
		}
		workers.Go(func() {
			defer close(next)
			for i := range seeds {
				select {
				case next <- i:
				case <-ctx.Done():
					return
				}
			}
		})
		for _, c := range done {
			select {
			case r := <-c:
				if !yield(r) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// batch runs some models beside one another, as one Prometheus sees them.
func batch(ctx context.Context, o options, seed uint64) (found []alarm, err error) {
	dir, err := os.MkdirTemp("", "quiet")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	p, err := newPrometheus(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.db.Close()) }()
	e, err := newExporter(ctx, &setup{o, dir, seed}, p)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	for at := start.Add(step); !at.After(start.Add(o.span)); at = at.Add(step) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := e.advance(ctx, at); err != nil {
			return nil, err
		}
		if err := p.evaluate(ctx, at); err != nil {
			return nil, err
		}
		if at.Sub(start)%day == 0 {
			fmt.Fprintf(os.Stderr, "models %d to %d: %.0f model-days, %d alerts\n",
				seed, seed+uint64(o.models)-1, float64(o.models)*at.Sub(start).Hours()/24, len(p.found))
		}
	}
	slices.SortFunc(p.found, func(a, b alarm) int { // those of one time come in any order
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Labels, b.Labels))
	})
	return p.found, nil
}
