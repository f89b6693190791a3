package profile

import (
	"path/filepath"
	"testing"
)

// BenchmarkRun profiles the same predictions without labels, which is the
// reference, with labels in the event, in a file of their own, and after the
// predictions in the same log.
func BenchmarkRun(b *testing.B) {
	const n = 200_000
	dir := folder(b, map[string]string{
		"bare.csv": labelledTable(n, ""), "whole.csv": labelledTable(n, "label"), "labels.csv": truthTable(0, n, "id", "label"),
		"labels.jsonl": truthLines(0, n, `{"type":"label","id":"p%d","label":%d}`),
	})
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, bb := range []struct {
		name string
		o    Options
	}{
		{"labels=none", Options{Paths: []string{path("bare.csv")}}},
		{"labels=inline", Options{Paths: []string{path("whole.csv")}}},
		{"labels=apart", Options{Paths: []string{path("bare.csv")}, Labels: []string{path("labels.csv")}}},
		{"labels=after", Options{Paths: []string{path("bare.csv"), path("labels.jsonl")}}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Run(b.Context(), bb.o); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
