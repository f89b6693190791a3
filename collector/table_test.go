package collector

import (
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/source/feast/online"
	"github.com/model-exporter/model_exporter/collector/internal/store"
)

// TestSamplesAreKeptApart stores samples of sources whose names are prefixes of each
// other: each comes back as it was, and what is dropped of one leaves the others.
func TestSamplesAreKeptApart(t *testing.T) {
	c, err := openCheckpoint("", store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.store.Close()
	names := []string{"a", "a\x00", "a\x00\x01", "", "ab", strings.Repeat("a", 300)}
	v := &config.View{Keys: []config.Column{{As: "id"}}, Sample: len(names)}
	for n, name := range names {
		var b event.Batch
		b.Resize(n + 1)
		for i := range b.N {
			b.AppendID([]byte{byte('0' + i)})
			b.Times[i] = 1
		}
		s := online.NewSample(v)
		s.Add(&b)
		c.saveSample(name, s)
	}
	holds := func(want ...int) {
		t.Helper()
		if err := c.commit(time.Now()); err != nil {
			t.Fatal(err)
		}
		samples, err := c.samples()
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range names {
			got := 0
			if s := samples[name]; s != nil {
				got = s.Len()
			}
			if got != want[i] {
				t.Errorf("%q has %d entities, want %d", name, got, want[i])
			}
		}
	}
	holds(1, 2, 3, 4, 5, 6)
	c.saveSample("a\x00", nil)
	c.dropSample("")
	c.dropSample("unknown")
	holds(1, 0, 3, 0, 5, 6)
}

// TestStoredSamplesAreChecked names the key of what cannot be a sample.
func TestStoredSamplesAreChecked(t *testing.T) {
	for key, want := range map[string]string{
		"t":              "stored sample, key : it is not expected here",
		"t\x05ab":        "stored sample, key 056162: it is not expected here",
		"t\x80":          "stored sample, key 80: it is not expected here",
		"t\x02ab":        `stored sample of source "ab", key : it comes without a format version`,
		"t\x02ab\x00":    `stored sample of source "ab", key 00: version 99`,
		"t\x02ab\x01key": `stored sample of source "ab", key 016b6579: it comes without a format version`,
	} {
		c, err := openCheckpoint("", store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.batch.Set([]byte(key), []byte{99})
		if err := c.commit(time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.samples(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("key %x: got %v, want %q", key, err, want)
		}
		if err := c.store.Close(); err != nil {
			t.Error(err)
		}
	}
}
