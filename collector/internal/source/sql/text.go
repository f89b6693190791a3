package sql

import (
	"strconv"
	"time"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// at returns a watermark as a parameter; empty if there is no such limit. Texts
// are written as sample is, which is one of them.
func (d *dialect) at(f form, order int64, sample string) arg {
	switch {
	case order == event.NoTime:
		return arg{}
	case f == formInt:
		return arg{f, strconv.FormatInt(order, 10)}
	case f == formUint:
		return arg{f, strconv.FormatUint(uint64(order), 10)}
	case f == formText:
		_, layout, _ := parseText(sample)
		return arg{f, time.Unix(0, order).UTC().Format(layout)}
	}
	return arg{f, time.Unix(0, order).UTC().Format(d.times[f])}
}

// textLayouts are how SQLite tables write times, which have no type there.
var textLayouts = []string{
	time.DateTime, "2006-01-02T15:04:05", time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04",
}

// parseText reads a time as text and finds the layout that sorts with it: to the
// second at most, and without a zone.
func parseText(s string) (t time.Time, layout string, ok bool) {
	for _, l := range textLayouts {
		for _, zone := range [...]string{"", "Z07:00", "-07", " -0700 MST"} {
			if t, err := time.Parse(l+zone, s); err == nil {
				return t, l, true
			}
		}
	}
	return time.Time{}, "", false
}
