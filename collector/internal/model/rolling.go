package model

import (
	"github.com/model-exporter/model_exporter/collector/internal/window"
)

// trail is what a version's windows are compared with beside the baseline. For 7 days
// and a window of a day that are up to 33 sums over 6 hours: 10 KB per numeric feature
// with few thousand values an hour, 19 KB with a hundred thousand.
type trail = window.Trail[*pane, packedPane, *Sum]

// follow gives the version the rolling baseline that its model is configured with.
func (v *Version) follow() {
	length := v.Model.Config.Baseline.Rolling
	v.trail = nil
	switch {
	case v.panes == nil:
	case length == 0:
		v.panes.Unfollow()
	default:
		v.trail = v.panes.Follow(length)
	}
}

// Rolling tells which span of time the i-th window is compared with beside the
// baseline, Unix ns, half open. It is false without a rolling baseline, for a window that
// is longer, and until half of the span has passed since the first events.
func (v *Version) Rolling(i int) (from, to int64, ok bool) {
	if v.trail == nil || i >= v.trail.Windows() {
		return 0, 0, false
	}
	from, to = v.trail.Range(i)
	return from, to, v.trail.Since() <= from+(to-from)/2
}

// RollingSum sets s to the sum over that span.
func (v *Version) RollingSum(i int, s *Sum) { v.trail.Sum(i, s) }

// trailState is a trail and how to write it.
type trailState struct {
	trail *trail
	codec *paneOps
}

func (t trailState) save(w window.Writer, b []byte) []byte { return t.trail.Save(t.codec, w, b) }
func (t trailState) restore(key, value []byte) error       { return t.trail.Restore(t.codec, key, value) }
func (t trailState) restored() error                       { return t.trail.Restored() }
