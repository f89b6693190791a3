package sql

import (
	"fmt"
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

// numberOf tells which segment of a part p is; -1 if it is none.
func numberOf(part, p string) int {
	if p == part {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimPrefix(p, part+" #"))
	if err != nil || segmentOf(part, n) != p {
		return -1
	}
	return n
}

// resume goes on where positions say.
func (s *Source) resume(positions []source.Position) (err error) {
	segments := map[int]string{}
	for _, p := range positions {
		n := numberOf(s.part, p.Part)
		if n < 0 || p.At == "" {
			continue
		}
		if segments[n] = p.At; s.counting != nil {
			if s.counts, err = parseLedger(p.At); err != nil {
				return fmt.Errorf("part %q: %w", p.Part, err)
			}
		}
	}
	if s.counting == nil {
		if s.rows, err = parseMemories(segments); err != nil {
			return fmt.Errorf("part %q: %w", s.part, err)
		}
	}
	return nil
}
