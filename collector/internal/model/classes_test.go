package model

import (
	"fmt"
	"slices"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// TestNamesBeyondTheLimitShareOther, also where the data has that name itself; what
// is stored of them can be read back.
func TestNamesBeyondTheLimitShareOther(t *testing.T) {
	for _, tt := range []struct {
		names []string
		codes []int
		list  []string
	}{
		{[]string{"a", "b", "c", "d", "a"}, []int{0, 1, 2, 2, 0}, []string{"a", "b", Other}},
		{[]string{"a", Other, "c", "d", Other}, []int{0, 1, 1, 1, 1}, []string{"a", Other}},
		{[]string{"a", "b", "c", Other}, []int{0, 1, 2, 2}, []string{"a", "b", Other}},
	} {
		n := &names{limit: 3}
		for i, name := range tt.names {
			code, shared := n.code(name)
			if code != tt.codes[i] || shared != (n.list[code] != name) {
				t.Errorf("%q: %q has code %d, shared %v; want %d", tt.names, name, code, shared, tt.codes[i])
			}
		}
		if !slices.Equal(n.list, tt.list) {
			t.Errorf("%q: list %q, want %q", tt.names, n.list, tt.list)
		}
		var c coder
		c.names(n)
		read := coder{b: c.b, reading: true}
		if read.names(&names{limit: 3}); read.err != nil {
			t.Errorf("%q: %v", tt.names, read.err)
		}
	}
}

// TestScoresOfSharedClassesAreIgnored: the score of a class that only shares the
// code of Other is not the one of a class with that name.
func TestScoresOfSharedClassesAreIgnored(t *testing.T) {
	s := labelled(t, "multiclass")
	m := s.Models[0]
	b := new(teller).batch(nil)
	b.AddColumn(&b.Scores, Other)
	for i := range perf.MaxClasses + 5 {
		b.AddColumn(&b.Scores, fmt.Sprint("c", i))
	}
	var ms modelSource
	if got := ms.scoreOf(m, b, m.class(Other)); got != 0 {
		t.Errorf("the score of %q is that of column %d, want 0", Other, got)
	}
}
