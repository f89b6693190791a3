package feast

import (
	"time"
)

// view is a feature view as the registry has it.
type view struct {
	project, name, owner string
	tags                 map[string]string
	entities             []string
	keys                 []column // join keys with types; empty in old registries
	features             []column
	ttl                  time.Duration
	source               dataSource
	online               bool
	version              uint64
	materialized         time.Time
}

// specNumbers are the numbers of fields that the specs of batch and stream feature
// views do not share.
type specNumbers struct{ tags, ttl, source, online, owner, keys int }

var (
	batchSpec  = specNumbers{tags: 5, ttl: 6, source: 7, online: 8, owner: 11, keys: 12}
	streamSpec = specNumbers{tags: 7, ttl: 9, source: 10, online: 12, owner: 8, keys: 5}
)

func (r *registry) addView(message []byte, n specNumbers) error {
	v := view{tags: map[string]string{}}
	err := each(message, func(f field) error {
		switch f.num {
		case 1:
			return v.readSpec(f.bytes, n)
		case 2:
			return v.readMeta(f.bytes)
		}
		return nil
	})
	r.views = append(r.views, v)
	return err
}

func (v *view) readSpec(message []byte, n specNumbers) error {
	return each(message, func(f field) (err error) {
		switch int(f.num) {
		case 1:
			v.name = f.text()
		case 2:
			v.project = f.text()
		case 3:
			v.entities = append(v.entities, f.text())
		case 4:
			v.features, err = addColumn(v.features, f)
		case n.keys:
			v.keys, err = addColumn(v.keys, f)
		case n.tags:
			var key, value string
			key, value, err = f.pair()
			v.tags[key] = value
		case n.ttl:
			v.ttl, err = f.duration()
		case n.source:
			err = v.source.read(f.bytes, true)
		case n.online:
			v.online = f.number != 0
		case n.owner:
			v.owner = f.text()
		}
		return err
	})
}

func (v *view) readMeta(message []byte) error {
	return each(message, func(f field) error {
		switch f.num {
		case 3: // MaterializationInterval
			return each(f.bytes, func(f field) error {
				if f.num != 2 {
					return nil
				}
				end, err := f.time()
				if end.After(v.materialized) {
					v.materialized = end
				}
				return err
			})
		case 4:
			v.version = f.number
		}
		return nil
	})
}

// addColumn reads a FeatureSpecV2.
func addColumn(columns []column, f field) ([]column, error) {
	var c column
	err := each(f.bytes, func(f field) error {
		switch f.num {
		case 1:
			c.name = f.text()
		case 2:
			c.typ = int(f.number)
		}
		return nil
	})
	return append(columns, c), err
}
