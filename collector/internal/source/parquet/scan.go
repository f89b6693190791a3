package parquet

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
)

// scan lists the files and queues those that have changed, the oldest first.
func (s *Source) scan(ctx context.Context) {
	start := s.now()
	broken := map[string]bool{} // paths that could not be listed, or name nothing
	whole := true
	var found []object
	for _, st := range s.stores {
		found = append(found, st.list(ctx, func(path string, err error) {
			if ctx.Err() == nil {
				broken[path] = true
				whole = whole && errors.As(err, new(noMatch))
				s.fail(path, err)
			}
		})...)
	}
	if ctx.Err() != nil {
		return // half a listing says nothing
	}
	present := make(map[string]bool, len(found))
	s.queue = s.queue[:0]
	for _, o := range found {
		if present[o.path] {
			continue
		}
		present[o.path] = true
		if p := s.parts[o.path]; p == nil || p.waiting || p.mark.size != o.size || p.mark.stamp != o.stamp {
			s.queue = append(s.queue, o)
		}
	}
	slices.SortStableFunc(s.queue, func(a, b object) int {
		return cmp.Or(a.modified.Compare(b.modified), strings.Compare(a.path, b.path))
	})
	if whole {
		s.findLost(present)
	}
	// What was said about a path holds until it can be listed, about a file until
	// it can be read or is gone.
	maps.DeleteFunc(s.failures, func(path, _ string) bool { return !broken[path] && !present[path] })
	s.updateStatus()
	if len(s.queue) > 0 {
		s.setCaughtUp(false)
	}
	end := s.now()
	s.nextScan = end.Add(max(s.cfg.PollInterval, scanShare*end.Sub(start)))
}

// findLost notes which files are gone.
func (s *Source) findLost(present map[string]bool) {
	var gone []string
	for path, p := range s.parts {
		switch {
		case present[path]:
			p.gone = false
		case !p.gone:
			p.gone = true
			gone = append(gone, path)
		}
	}
	s.lost = slices.DeleteFunc(s.lost, func(path string) bool { return present[path] })
	slices.Sort(gone)
	s.lost = append(s.lost, gone...)
	s.forget()
}
