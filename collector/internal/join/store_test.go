package join_test

import (
	"bytes"
	"maps"
	"slices"

	"github.com/model-exporter/model_exporter/collector/internal/join"
)

// memory is a store of committed keys and values.
type memory struct {
	data map[string]string
	gets int
}

func newMemory() *memory { return &memory{data: map[string]string{}} }

func (m *memory) Get(dst, key []byte) ([]byte, bool, error) {
	m.gets++
	value, ok := m.data[string(key)]
	return append(dst, value...), ok, nil
}

func (m *memory) Scan(prefix []byte, f func(key, value []byte) error) error {
	for _, k := range slices.Sorted(maps.Keys(m.data)) {
		if bytes.HasPrefix([]byte(k), prefix) {
			if err := f([]byte(k), []byte(m.data[k])); err != nil {
				return err
			}
		}
	}
	return nil
}

// batch is operations in order, until they are committed.
type batch struct {
	ops  []func(*memory)
	sets []string // keys
}

func (b *batch) Set(key, value []byte) {
	k, v := string(key), string(value)
	b.sets = append(b.sets, k)
	b.ops = append(b.ops, func(m *memory) { m.data[k] = v })
}

func (b *batch) Delete(key []byte) {
	k := string(key)
	b.ops = append(b.ops, func(m *memory) { delete(m.data, k) })
}

func (b *batch) DeleteRange(from, to []byte) {
	f, t := string(from), string(to)
	b.ops = append(b.ops, func(m *memory) {
		maps.DeleteFunc(m.data, func(k, _ string) bool { return k >= f && k < t })
	})
}

func (b *batch) commit(m *memory) {
	for _, op := range b.ops {
		op(m)
	}
	*b = batch{}
}

// save commits everything in t.
func save(t *join.Table, m *memory) {
	var b batch
	t.Save(&b)
	b.commit(m)
}

var (
	_ join.Storage = (*memory)(nil)
	_ join.Batch   = (*batch)(nil)
)
