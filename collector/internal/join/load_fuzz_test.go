package join_test

import (
	"errors"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/join"
)

// FuzzLoad reads stores of any keys and values: an error or a table that works.
func FuzzLoad(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x01v\x01\x01"))
	f.Add([]byte("\x01v\x01\x01\x09b\x00\x00\x00\x03\x00\x00\x00\x01\x18\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00" +
		"\x11p\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05\x03\x04\x02x"))
	f.Add([]byte("\x01v\x01\x01\x15w\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x05\xff\xff\xff\xff\xff\xff\xff\xff\x08\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m := storeOf(b)
		table, err := join.New(m, join.Options{MaxPending: 1 << 16})
		if err != nil {
			return
		}
		k := join.Key{Model: 3, ID: 5}
		if _, _, _, err := table.Find(k); err != nil {
			return
		}
		pending := table.Pending(3)
		if err := table.Put(join.Key{Model: 3, ID: 6}, 0, 12*second, []byte("x")); errors.Is(err, join.ErrFull) {
			return // the last number of a bucket is taken
		} else if err != nil {
			t.Fatal(err)
		}
		table.Wait(k, 0, []byte("label"))
		labels := table.WaitingLabels()
		save(table, m)
		table, err = join.New(m, join.Options{MaxPending: 1 << 16})
		if err != nil {
			t.Fatalf("saved and not read again: %v", err)
		}
		_, value, ok, err := table.Find(join.Key{Model: 3, ID: 6})
		if err != nil || !ok || string(value) != "x" {
			t.Fatalf("got %q %v %v", value, ok, err)
		}
		if got := table.Pending(3); got < pending || got > pending+1 {
			t.Fatalf("%d pending after one more than %d", got, pending)
		}
		if got := table.WaitingLabels(); got != labels {
			t.Fatalf("%d labels wait, want %d", got, labels)
		}
	})
}

// storeOf reads keys and values, each after its length.
func storeOf(b []byte) *memory {
	m := newMemory()
	text := func() (s string) {
		if len(b) > 0 {
			n := min(int(b[0]), len(b)-1)
			s, b = string(b[1:1+n]), b[1+n:]
		}
		return s
	}
	for len(b) > 0 {
		key := text()
		m.data[key] = text()
	}
	return m
}
