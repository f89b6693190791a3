package profile

import (
	"fmt"
	"strings"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// rejections counts the records that are no events.
type rejections struct {
	counts [event.NumReasons]uint64
	first  [event.NumReasons]string
}

func (r *rejections) add(b *event.Batch) {
	for reason := range b.Rejected {
		r.addReason(b, event.Reason(reason))
	}
}

func (r *rejections) addReason(b *event.Batch, reason event.Reason) {
	for _, f := range b.First {
		if f.Reason == reason && r.counts[reason] == 0 {
			r.first[reason] = strings.TrimSuffix(fmt.Sprintf("first in %s at byte %d: %s", b.File, f.Offset, f.Detail), ": ")
		}
	}
	r.counts[reason] += b.Rejected[reason]
}

func (r *rejections) total() uint64 {
	n := uint64(0)
	for _, k := range r.counts {
		n += k
	}
	return n
}

// String lists the reasons, each with its first record.
func (r *rejections) String() string {
	var list []string
	for reason, n := range r.counts {
		if n > 0 {
			list = append(list, fmt.Sprintf("%s %s (%s)", grouped(n), event.Reason(reason), r.first[reason]))
		}
	}
	return strings.Join(list, "; ")
}
