package event_test

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

func TestHashIsTheSameForStringsAndBytes(t *testing.T) {
	for n := range 40 {
		text := strings.Repeat("ü", n)
		if s, b := event.Hash(text), event.Hash([]byte(text)); s != b {
			t.Errorf("%d characters: string %x, bytes %x", n, s, b)
		}
	}
}

// Checkpoints keep hashes, so a release must not change them.
func TestHashIsStable(t *testing.T) {
	for text, want := range map[string]uint64{"": 0xdda25a1d9c0a499, "DE": 0xb36c29755da7557a, "merchant-0000042": 0xf62e11ea394e2e2d} {
		if got := event.Hash(text); got != want {
			t.Errorf("Hash(%q) = %#x, want %#x", text, got, want)
		}
	}
}

// HyperLogLog reads leading zeros and low bits: similar texts must spread in both.
func TestHashSpreads(t *testing.T) {
	const n = 1 << 16
	seen := make(map[uint64]bool, n)
	var low, high [64]int
	zeros := 0
	for i := range n {
		h := event.Hash(fmt.Sprintf("user-%d", i))
		seen[h] = true
		low[h&63]++
		high[h>>58]++
		zeros += bits.LeadingZeros64(h)
	}
	if len(seen) != n {
		t.Errorf("%d collisions", n-len(seen))
	}
	for i := range low { // 1,024 expected, standard deviation 32
		if low[i] < 824 || low[i] > 1224 || high[i] < 824 || high[i] > 1224 {
			t.Errorf("cell %d holds %d by low and %d by high bits, want about 1024", i, low[i], high[i])
		}
	}
	if mean := float64(zeros) / n; mean < 0.97 || mean > 1.03 {
		t.Errorf("mean leading zeros %v, want 1", mean)
	}
}

func TestCountCells(t *testing.T) {
	cells := []event.Cell{event.Text, event.Number, event.Text, event.Absent, event.Text}
	for want, n := range map[event.Cell]int{event.Text: 3, event.Number: 1, event.Null: 0} {
		if got := event.CountCells(cells, want); got != n {
			t.Errorf("%d cells of kind %d, want %d", got, want, n)
		}
	}
	if event.CountCells(nil, event.Text) != 0 {
		t.Error("no cells are some")
	}
}
