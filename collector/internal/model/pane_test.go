package model

import "testing"

// TestMergedPanesDoNotOverflow: a pane of twelve hours may hold more events in one
// bin than an open pane's counts can.
func TestMergedPanesDoNotOverflow(t *testing.T) {
	o := &paneOps{layout: &layout{bins: 3}}
	p := o.New()
	p.counts[1] = 3_000_000_000
	half := o.Pack(p)
	s := o.NewSum()
	o.AddExact(s, o.Merge(half, half))
	if s.Counts[0] != 0 || s.Counts[1] != 6_000_000_000 || s.Counts[2] != 0 {
		t.Errorf("merged counts %v", s.Counts)
	}
}
