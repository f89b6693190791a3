package model

import (
	"fmt"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestLabelsDoNotAllocatePerEvent: predictions that are kept, their labels, and
// what both write at a commit reuse memory. What is left, of panes that are opened
// and tables that grow, is far below one allocation in a hundred events.
func TestLabelsDoNotAllocatePerEvent(t *testing.T) {
	const rounds, events = 12, 1000
	s := labelled(t, catalog.Binary)
	s.cfg.Global.LearnEvents = events // learning a baseline is no steady state
	var m teller
	var predictions, labels [rounds]*event.Batch
	for i := range rounds {
		var p, l []told
		for k := range events {
			id := fmt.Sprint(i, "-", k)
			at := noon.Add(time.Duration(i*events+k) * time.Millisecond)
			p = append(p, told{id: id, at: at, version: "1", class: "1", score: .7, country: "DE"})
			l = append(l, told{kind: event.Label, id: id, at: at.Add(time.Minute), label: "1"})
		}
		predictions[i], labels[i] = m.batch(p), m.batch(l)
	}
	i := 0
	round := func() {
		s.Apply(0, predictions[i], noon.UnixNano())
		s.Apply(0, labels[i], noon.UnixNano())
		s.table.Save(nothing{})
		i++
	}
	round() // panes, names, scratch
	round()
	allocs := testing.AllocsPerRun(rounds-3, round)
	t.Logf("%v allocations in %d events", allocs, 2*events)
	if got := allocs / (2 * events); got > .01 {
		t.Errorf("%.3f allocations per event", got)
	}
	if v := s.Models[0].Versions[0]; s.Err != nil || v.Labels != rounds*events {
		t.Errorf("%d labels: %v", v.Labels, s.Err)
	}
}

// nothing is a batch that goes nowhere.
type nothing struct{}

func (nothing) Set(_, _ []byte)         {}
func (nothing) Delete([]byte)           {}
func (nothing) DeleteRange(_, _ []byte) {}
