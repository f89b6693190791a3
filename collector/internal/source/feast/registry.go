package feast

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Field numbers and meanings are those of feast.core, in
// https://github.com/feast-dev/feast/tree/master/protos/feast/core.

// entity is what a join key stands for.
type entity struct {
	project, name, joinKey string
	typ                    int
}

// column is a feature or a join key.
type column struct {
	name string
	typ  int // feast.types.ValueType
}

// registry is all that is read of one.
type registry struct {
	entities []entity
	views    []view
	services []service
}

// parseRegistry reads a feast.core.Registry.
func parseRegistry(message []byte) (*registry, error) {
	r := &registry{}
	return r, each(message, func(f field) error {
		switch f.num {
		case 1:
			return r.addEntity(f.bytes)
		case 6:
			return r.addView(f.bytes, batchSpec)
		case 7:
			return r.addService(f.bytes)
		case 14:
			return r.addView(f.bytes, streamSpec)
		}
		return nil
	})
}

func (r *registry) addEntity(message []byte) error {
	var e entity
	err := each(message, func(f field) error {
		if f.num != 1 { // EntitySpecV2
			return nil
		}
		return each(f.bytes, func(f field) error {
			switch f.num {
			case 1:
				e.name = f.text()
			case 2:
				e.typ = int(f.number)
			case 4:
				e.joinKey = f.text()
			case 9:
				e.project = f.text()
			}
			return nil
		})
	})
	e.joinKey = cmp.Or(e.joinKey, e.name)
	r.entities = append(r.entities, e)
	return err
}

// joinKeys returns the join keys of a view with their types.
func (r *registry) joinKeys(v *view) ([]column, error) {
	types := map[string]int{}
	for _, c := range v.keys {
		types[c.name] = c.typ
	}
	var keys []column
	for _, name := range v.entities {
		if name == "__dummy" { // Feast's own, of views without entities
			continue
		}
		i := slices.IndexFunc(r.entities, func(e entity) bool {
			return e.name == name && (e.project == v.project || e.project == "")
		})
		switch {
		case i >= 0:
			e := r.entities[i]
			typ, ok := types[e.joinKey]
			if !ok || typ == 0 {
				typ = e.typ
			}
			keys = append(keys, column{e.joinKey, typ})
		case types[name] != 0:
			keys = append(keys, column{name, types[name]})
		default:
			return nil, fmt.Errorf("the registry has no entity %q", name)
		}
	}
	slices.SortFunc(keys, func(a, b column) int { return strings.Compare(a.name, b.name) })
	return keys, nil
}
