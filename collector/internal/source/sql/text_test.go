package sql

import (
	"fmt"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// TestTextsThatDoNotSort: times as texts with an offset, or in two layouts, are an
// error that names a way out, before and after rows were read.
func TestTextsThatDoNotSort(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string // layouts of the rows there are, and of those that appear
		word          string
		offset        int // seconds
	}{
		"UTC":           {"2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05.000Z", "", 0},
		"west":          {"2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05-07:00", "has an offset", -5 * 3600},
		"west later":    {"2006-01-02 15:04:05", "2006-01-02 15:04:05-07:00", "has an offset", -5 * 3600},
		"east later":    {"2006-01-02T15:04:05.000Z", "2006-01-02T15:04:05-07:00", "has an offset", 19800},
		"blank after T": {"2006-01-02T15:04:05", "2006-01-02 15:04:05", "is written as", 0},
		"T after blank": {"2006-01-02 15:04:05", "2006-01-02T15:04:05", "is written as", 0},
		"days too":      {"2006-01-02 15:04:05", "2006-01-02", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			for _, mode := range []config.SQLMode{config.RowsMode, config.AggregateMode} {
				s := newServer(t, config.SQLite)
				s.exec(t, "CREATE TABLE @t (id integer PRIMARY KEY, ts text, value real DEFAULT 1)")
				write := func(layout string, from int) {
					for i := range 20 {
						s.exec(t, fmt.Sprintf("INSERT INTO @t (ts) VALUES ('%s')", start.Add(time.Duration(from+i)*time.Second).In(time.FixedZone("", c.offset)).Format(layout)))
					}
				}
				r := newRig(t, s)
				if mode == config.AggregateMode {
					r.cfg.SQL.Mode, r.counting = mode, &Counting{Levels: []Level{{60e9, 60}}, Distinct: []Level{{60e9, 60}}}
				}
				write(c.first, 0)
				if c.first == c.second && c.word != "" {
					r.down(c.word)
				} else {
					r.poll()
					write(c.second, 20)
					if c.word != "" {
						r.down(c.word)
					} else if r.poll(); r.s.Status().Err != nil {
						t.Error(r.s.Status().Err)
					}
				}
				if mode == config.AggregateMode || c.word == "" {
					continue
				}
				r.cfg.SQL.Query, r.cfg.SQL.Table, r.cfg.SQL.Watermark = "SELECT *, strftime('%Y-%m-%d %H:%M:%f', ts) AS at FROM t", "", "at"
				r.last, r.ids = nil, nil
				r.restart()
				r.poll()
				if n := len(r.ids); n < 20 || r.s.Status().Err != nil {
					t.Errorf("%d rows of the query: %v", n, r.s.Status().Err)
				}
				r.once()
			}
		})
	}
}
