package drift_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// TestRest: what a comparison keeps between evaluations is small, whatever was
// compared, and resting changes no result.
func TestRest(t *testing.T) {
	const columns = 200
	resting, never := make([]*drift.Comparison, columns), drift.New(normalShape(), normalBase(200), nil)
	for i := range resting {
		resting[i] = drift.New(normalShape(), normalBase(200), nil)
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	for _, n := range []uint64{100, 150, 300} {
		want := never.Compare(nil, normalBase(n), catalog.Statistics, 1e-4, time.Hour)
		for _, c := range resting {
			got := c.Compare(nil, normalBase(n), catalog.Statistics, 1e-4, time.Hour)
			c.Rest()
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("-without +with rest:\n%s", diff)
			}
		}
	}
	after := heap()
	if each := (after - min(before, after)) / columns; each > 16<<10 {
		t.Errorf("%d bytes are kept of each column", each)
	}
	runtime.KeepAlive(resting)
}
