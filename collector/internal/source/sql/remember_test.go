package sql

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestMemory visits rows poll by poll, with restarts, and expects of each what a plain
// map of all rows says: as many are new as there are more than before.
func TestMemory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, known := newMemory(), map[uint64]uint64{}
		type row struct {
			order int64
			hash  uint64
		}
		var table []row
		high := int64(math.MinInt64)
		for range rapid.IntRange(1, 8).Draw(t, "polls") {
			for range rapid.IntRange(0, 40).Draw(t, "rows") {
				order := rapid.Int64Range(0, 30).Draw(t, "order")
				if high != math.MinInt64 {
					order += high - 10
				}
				table = append(table, row{order, uint64(order)<<8 | rapid.Uint64Range(0, 3).Draw(t, "key")})
			}
			slices.SortFunc(table, func(a, b row) int { return int(int64(a.hash) - int64(b.hash)) })
			m.begun = m.pass
			occurrence := uint64(0)
			for i, r := range table {
				if occurrence++; i == 0 || table[i-1] != r {
					occurrence = 1
				}
				want := occurrence > known[r.hash]
				if got := m.visit(r.hash, r.order, occurrence); got != want {
					t.Fatalf("row %v, %d times: new is %t, want %t", r, occurrence, got, want)
				}
				known[r.hash] = max(known[r.hash], occurrence)
				high = max(high, r.order)
				m.high = high
				if i%7 == 0 {
					_ = m.String()
				}
			}
			if rapid.Bool().Draw(t, "restart") {
				again, err := parseMemory(m.String())
				if err != nil {
					t.Fatalf("%q: %v", m, err)
				}
				m = again
			}
			if rapid.Bool().Draw(t, "forget") {
				old := func(order int64) bool { return order < high-5 }
				m.drop(func(r seen) bool { return old(r.order) })
				for _, r := range table {
					if old(r.order) {
						delete(known, r.hash)
					}
				}
				table = slices.DeleteFunc(table, func(r row) bool { return old(r.order) })
			}
		}
	})
}

// TestPositionsBefore: positions of older versions are read, and go on as they would.
func TestPositionsBefore(t *testing.T) {
	const high = 1793534400000000000
	var raw []byte
	for hash, behind := range []int64{500, 0} {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(hash))
		raw = binary.AppendUvarint(binary.AppendVarint(raw, behind), 2)
	}
	m, err := parseMemory(fmt.Sprintf(`%d %d "2026-11-01T12:00:00Z" from %d seen %s`, formTime, high, math.MinInt64, base64.RawStdEncoding.EncodeToString(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if m.visit(0, high-500, 2) || m.visit(1, high, 1) || !m.visit(1, high, 3) || !m.visit(2, high, 1) {
		t.Errorf("%+v", m.rows)
	}
	again, err := parseMemory(m.String())
	if err != nil || again.visit(0, high-500, 2) || again.visit(2, high, 1) || again.visit(1, high, 3) {
		t.Errorf("%q: %v", m, err)
	}
}

// BenchmarkPosition visits and writes rows as a poll does: a position for each batch.
func BenchmarkPosition(b *testing.B) {
	const rows, batch = 30_000, 4096
	b.ReportAllocs()
	for b.Loop() {
		m := newMemory()
		for i := range int64(rows) {
			m.visit(uint64(i)*0x9e3779b97f4a7c15, i*1e6, 1)
			if m.high = i * 1e6; i%batch == batch-1 {
				_ = m.String()
			}
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
