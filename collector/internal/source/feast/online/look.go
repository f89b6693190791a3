package online

import (
	"context"
	"fmt"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// Report is what one look at the online store found.
type Report struct {
	Entities int   // looked up
	Missing  int   // of Entities, not in the store
	Stale    int   // of Entities, older than the table
	Expired  int   // of Entities, older than the TTL
	Newest   int64 // event time in the store, Unix ns; 0 for none
	Values   []int // compared, by feature of the view
	Skewed   []int // of Values, different
}

// found is what an online store has of an entity.
type found struct {
	ok     bool
	time   int64             // Unix ns; event.NoTime if the store has none
	values map[string][]byte // feast.types.Value by feature of the view
}

// lookup reads entities by their serialized keys, in that order.
type lookup func(ctx context.Context, o *config.Online, v *config.View, keys [][]byte) ([]found, error)

var stores = map[string]lookup{"redis": lookupRedis, "postgres": lookupPostgres, "sqlite": lookupSQLite}

// lookTimeout is how long one look may take.
const lookTimeout = 30 * time.Second

// Look compares the sample with the online store of the view.
func (s *Sample) Look(ctx context.Context, now time.Time) (*Report, error) {
	rows := s.take()
	v := s.view
	var keys [][]byte
	var asked []row
	for _, r := range rows {
		if key, ok := entityKey(v.Keys, r.keys, v.Online.KeyVersion); ok {
			keys, asked = append(keys, key), append(asked, r)
		}
	}
	rep := &Report{Entities: len(asked), Values: make([]int, len(v.Features)), Skewed: make([]int, len(v.Features))}
	if len(asked) == 0 {
		return rep, nil
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	all, err := stores[v.Online.Store](ctx, v.Online, v, keys)
	if err != nil {
		return nil, fmt.Errorf("online store in %s: %w", v.Online.Store, err)
	}
	for i := range all {
		rep.add(v, &asked[i], &all[i], now)
	}
	return rep, nil
}

func (rep *Report) add(v *config.View, r *row, f *found, now time.Time) {
	if !f.ok || f.time == event.NoTime {
		rep.Missing++
		return
	}
	rep.Newest = max(rep.Newest, f.time)
	if v.TTL > 0 && now.Sub(time.Unix(0, f.time)) > v.TTL {
		rep.Expired++
	}
	// Redis keeps whole seconds, and the others at most what the table has.
	switch here, there := seconds(r.time), seconds(f.time); {
	case there < here:
		rep.Stale++
	case there == here:
		rep.compare(v, r, f)
	}
}

func seconds(ns int64) int64 { return time.Unix(0, ns).Unix() }

func (rep *Report) compare(v *config.View, r *row, f *found) {
	for i, c := range v.Features {
		there, ok := parseValue(f.values[c.As])
		if !ok || r.values[i].cell == event.Nested {
			continue
		}
		rep.Values[i]++
		if !same(r.values[i], there, c.Type) {
			rep.Skewed[i]++
		}
	}
}
