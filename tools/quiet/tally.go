package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"
)

// tally is what was found so far.
type tally struct {
	models int
	found  []alarm
	cpu    float64 // seconds
}

func (t *tally) add(r result) {
	t.models += r.Models
	t.found = append(t.found, r.Found...)
	t.cpu += r.CPU
}

func (t *tally) modelDays(o options) float64 { return float64(t.models) * o.span.Hours() / 24 }

func (t *tally) report(w io.Writer, o options) {
	counts := map[string]int{}
	var names []string
	for _, a := range t.found {
		name := a.Priority + " " + a.Name
		if counts[name]++; counts[name] == 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	cpu := time.Duration(t.cpu * float64(time.Second)).Round(time.Second)
	fmt.Fprintf(w, "%.0f quiet model-days (%d models, %s each) in %s of CPU: %d P0, %d P1 (budget %.1f), %d P2\n",
		t.modelDays(o), t.models, o.span, cpu, t.count("P0"), t.count("P1"), t.allowed(o), t.count("P2"))
	for _, name := range names {
		fmt.Fprintf(w, "  %4d %s\n", counts[name], name)
	}
}

func (t *tally) count(priority string) (n int) {
	for _, a := range t.found {
		if a.Priority == priority {
			n++
		}
	}
	return n
}

// allowed is the budget of P1 alerts: it is given per model and month.
func (t *tally) allowed(o options) float64 { return o.budget * t.modelDays(o) / 30 }

func (t *tally) judge(o options) error {
	if n := t.count("P0"); n > 0 {
		return fmt.Errorf("%d P0 in quiet days", n)
	}
	if n := t.count("P1"); float64(n) > math.Ceil(t.allowed(o)) {
		return fmt.Errorf("%d P1 in quiet days, the budget is %.1f", n, t.allowed(o))
	}
	return nil
}
