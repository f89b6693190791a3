package drift_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
)

// TestSharedLaws: a comparison with laws that another one found, or that were
// stored, says the same to the bit.
func TestSharedLaws(t *testing.T) {
	live := normalBase(5000)
	compare := func(l *drift.Laws) []drift.Result {
		c := drift.New(normalShape(), normalBase(100_000), someEffects())
		c.Share(l)
		return c.Compare(nil, live, catalog.Statistics, 0.01, time.Hour)
	}
	var found, stored drift.Laws
	want := compare(&found)
	if found.Known() != 2 {
		t.Fatalf("%d of 2 simulations are known", found.Known())
	}
	b := found.AppendTo(nil)
	rest, err := stored.Decode(append(bytes.Clone(b), 7))
	if err != nil || !bytes.Equal(rest, []byte{7}) {
		t.Fatalf("rest %v, %v", rest, err)
	}
	for name, l := range map[string]*drift.Laws{"shared": &found, "stored": &stored} {
		for i, r := range compare(l) {
			if r != want[i] {
				t.Errorf("%s: got %+v, want %+v", name, r, want[i])
			}
		}
	}
}

func FuzzDecodeLaws(f *testing.F) {
	f.Add(new(drift.Laws).AppendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		var l drift.Laws
		rest, err := l.Decode(b)
		if err == nil && !bytes.Equal(append(l.AppendTo(nil), rest...), b) {
			t.Errorf("%x is encoded as %x", b, l.AppendTo(nil))
		}
	})
}
