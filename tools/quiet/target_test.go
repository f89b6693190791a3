package main

import (
	"math"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
)

// TestScrape: what rules read is stored with the target's labels, the rest is not,
// and what is gone is marked.
func TestScrape(t *testing.T) {
	p, err := newPrometheus(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer p.db.Close()
	target := newTarget("a", p)
	const (
		head = "# HELP ml_predictions_total Text.\n# TYPE ml_predictions_total counter\n"
		odd  = `ml_predictions_total{model="a b} 1",model_version="1"} 7` + "\n"
		rest = "# TYPE ml_feature_bin_total counter\nml_feature_bin_total{bin=\"1\"} 5\n" +
			"# TYPE ml_label_delay_seconds histogram\nml_label_delay_seconds_bucket{le=\"+Inf\"} NaN\n"
	)
	for i, page := range []string{head + odd + rest, head + rest} {
		if err := target.scrape(t.Context(), []byte(page), start.Add(time.Duration(1+i)*step)); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string][]float64{}
	q, err := p.db.Querier(0, math.MaxInt64)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	found := q.Select(t.Context(), true, nil, labels.MustNewMatcher(labels.MatchRegexp, "__name__", ".+"))
	for found.Next() {
		s := found.At()
		for it := s.Iterator(nil); it.Next() != 0; {
			_, x := it.At()
			got[s.Labels().String()] = append(got[s.Labels().String()], x)
		}
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	gone := got[`{__name__="ml_predictions_total", instance="a", job="model_exporter", model="a b} 1", model_version="1"}`]
	if len(got) != 3 || len(gone) != 2 || gone[0] != 7 || !value.IsStaleNaN(gone[1]) {
		t.Errorf("stored %v", got)
	}
	if err := target.scrape(t.Context(), []byte(head+"ml_predictions_total 1 2\n"), start.Add(4*step)); err == nil {
		t.Error("a series with a time is stored")
	}
}
