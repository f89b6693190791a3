package sql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// countsOf is before the part of a position in mode aggregate.
const countsOf = "counts of "

// tableOf names what is read, and its watermark: positions of another key or mode
// still say up to where.
func tableOf(cfg *config.SQL) string {
	what := cfg.Table
	if cfg.Query != "" {
		what = fmt.Sprintf("query %016x", event.Hash(cfg.Query))
	}
	return fmt.Sprintf("%s by %s", what, cfg.Watermark)
}

// partOf names what is read, how and in which order.
func partOf(cfg *config.SQL) string {
	part := strings.Join(append([]string{tableOf(cfg)}, cfg.Key...), ", ")
	if cfg.Mode == config.AggregateMode {
		part = countsOf + part
	}
	return part
}

// segmentOf names a part of what is remembered.
func segmentOf(part string, n int) string {
	if n == 0 {
		return part
	}
	return fmt.Sprintf("%s #%d", part, n)
}

// numbered splits the part of a position into what it is of and its segment.
func numbered(part string) (of string, n int) {
	of, number, ok := cutLast(part, " #")
	n, err := strconv.Atoi(number)
	if !ok || err != nil || segmentOf(of, n) != part {
		return part, 0
	}
	return of, n
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// sameTable tells whether a part is of a table and its watermark, with any key and
// in any mode.
func sameTable(part, table string) bool {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(part, countsOf), table)
	return ok && (rest == "" || strings.HasPrefix(rest, ", "))
}

// resume goes on where positions say. With another key or in another mode than theirs
// that is behind their newest watermark: which rows they remember cannot be told by
// another key.
func (s *Source) resume(positions []source.Position) error {
	segments, others := map[string]map[int]string{}, []string{}
	for _, p := range positions {
		of, n := numbered(p.Part)
		switch {
		case p.At == "":
		case !sameTable(of, tableOf(&s.cfg)):
			others = append(others, p.Part)
		case segments[of] == nil:
			segments[of] = map[int]string{n: p.At}
		default:
			segments[of][n] = p.At
		}
	}
	if len(segments) == 0 && len(others) > 0 {
		s.log.Warn("The source reads another table or by another watermark than before: it is read from its beginning, and what was counted before stays counted",
			"part", s.part, "before", slices.Min(others))
	}
	last, from := newMemory(), s.part
	for of, texts := range segments {
		m, l, err := parsePart(of, texts)
		if err != nil {
			return fmt.Errorf("part %q: %w", of, err)
		}
		if m.high > last.high || m.high == last.high && of == s.part {
			last, from, s.counts = m, of, l
		}
	}
	if s.counting == nil {
		s.rows = last
	}
	if from == s.part {
		return nil
	}
	s.log.Warn("The key or mode of a table changed: reading goes on behind the newest row that was read; rows that appear late before it are not read",
		"part", s.part, "before", from, "newest", last.highs)
	s.counts = newLedger()
	s.counts.High, s.counts.Text = last.high, last.highs // by no columns: they are its floor, too
	if s.counting != nil {
		s.moved = append(s.moved, source.Position{Part: s.part, At: s.counts.String()})
	} else {
		s.rows = newMemory()
		s.rows.form, s.rows.high, s.rows.highs, s.rows.floor = last.form, last.high, last.highs, mark{order: last.high + 1}
		s.moved = append(s.moved, source.Position{Part: s.part, At: s.rows.String()})
	}
	for of, texts := range segments {
		for n := range texts {
			if part := segmentOf(of, n); part != s.part {
				s.moved = append(s.moved, source.Position{Part: part})
			}
		}
	}
	return nil
}

// parsePart reads the positions of one part, in either mode: of that of counts only the
// newest watermark is in the memory.
func parsePart(part string, texts map[int]string) (*memory, *ledger, error) {
	if !strings.HasPrefix(part, countsOf) {
		m, err := parseMemories(texts)
		return m, newLedger(), err
	}
	l, err := parseLedger(texts[0])
	if err != nil {
		return nil, nil, err
	}
	m := newMemory()
	m.high, m.highs = l.High, l.Text
	return m, l, nil
}
