package model

import (
	"bytes"
	"testing"
)

// TestLawsAreKept: a restart does not simulate again what was found, and another
// baseline does not get the laws of the one before.
func TestLawsAreKept(t *testing.T) {
	base := learned(t)
	s, stored := exampleReader(t, base), memory{}
	found := append([]byte{3}, bytes.Repeat([]byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f}, 24)...) // 1, 24 times
	for _, l := range s.byName["fraud"].laws() {
		if _, err := l.Decode(found); err != nil {
			t.Fatal(err)
		}
	}
	s.Save(stored)
	known := func(s *Set) (n int) {
		for _, l := range s.byName["fraud"].laws() {
			n += l.Known()
		}
		return n
	}
	again := exampleReader(t, base)
	if _, err := again.Load(stored); err != nil || known(again) != known(s) || known(s) == 0 {
		t.Errorf("%d laws are known after a restart, want %d (%v)", known(again), known(s), err)
	}
	other := *base
	other.Rows++
	changed := exampleReader(t, &other)
	if _, err := changed.Load(stored); err != nil || known(changed) != 0 {
		t.Errorf("%d laws are known of another baseline, want none (%v)", known(changed), err)
	}
}
