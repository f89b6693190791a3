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
		m, known, segments := newMemory(), map[uint64]uint64{}, map[int]string{}
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
				if order < m.floor.order {
					continue // is skipped
				}
				table = append(table, row{order, uint64(order)<<8 | rapid.Uint64Range(0, 3).Draw(t, "key")})
			}
			slices.SortFunc(table, func(a, b row) int { return int(int64(a.hash) - int64(b.hash)) })
			m.begun = m.page
			m.turn()
			occurrence := uint64(0)
			for i, r := range table {
				if occurrence++; i == 0 || table[i-1] != r {
					occurrence = 1
				}
				want := occurrence > known[r.hash]
				if got := m.visit(r.hash, r.order); got != want {
					t.Fatalf("row %v, %d times: new is %t, want %t", r, occurrence, got, want)
				}
				known[r.hash] = max(known[r.hash], occurrence)
				high = max(high, r.order)
				m.high = high
				if i%7 == 0 {
					segments[m.current] = m.String()
					m.next(5)
				}
			}
			segments[m.current] = m.String()
			m.next(5)
			if rapid.Bool().Draw(t, "restart") {
				again, err := parseMemories(segments)
				if err != nil {
					t.Fatalf("%v: %v", segments, err)
				}
				m = again
			}
			if rapid.Bool().Draw(t, "forget") {
				low := high - rapid.Int64Range(0, 20).Draw(t, "overlap")
				old := func(order int64) bool { return order < low }
				m.forgetBefore(low)
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
	visit := func(m *memory, want ...bool) {
		t.Helper()
		m.turn()
		for i, order := range []int64{high - 500, high - 500, high, high, high, high} {
			if hash := []uint64{0, 0, 1, 1, 1, 2}[i]; m.visit(hash, order) != want[i] {
				t.Errorf("row %d is new: %t", i, !want[i])
			}
		}
	}
	visit(m, false, false, false, false, true, true)
	again, err := parseMemory(m.String())
	if err != nil {
		t.Fatalf("%q: %v", m, err)
	}
	visit(again, false, false, false, false, false, false)
}

// BenchmarkPosition visits and writes rows as a poll does: a position for each batch.
func BenchmarkPosition(b *testing.B) {
	const rows, batch = maxRemembered, 4096
	b.ReportAllocs()
	for b.Loop() {
		m := newMemory()
		m.turn()
		for i := range int64(rows) {
			m.visit(uint64(i)*0x9e3779b97f4a7c15, i*1e6)
			if m.high = i * 1e6; i%batch == batch-1 {
				_ = m.String()
				m.next(segmentRows)
			}
		}
	}
	b.ReportMetric(float64(rows*b.N)/b.Elapsed().Seconds(), "rows/s")
}
