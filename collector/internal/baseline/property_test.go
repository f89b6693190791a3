package baseline_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// anyValue draws every cell there is, with numbers and texts that are hard to keep.
func anyValue() *rapid.Generator[any] {
	return rapid.OneOf(
		rapid.Just[any](nil), rapid.Just[any](null{}), rapid.Just[any]([]any{}),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Float64().Filter(func(x float64) bool { return x == x }), func(x float64) any { return x }),
		rapid.Map(rapid.IntRange(-2, 2), func(i int) any { return i }),
		rapid.Map(rapid.SampledFrom([]string{"a", "b", "", "other", "unseen", "1", "true", "\xff", "\xfe", "\uFFFD", "\u2028<&>"}), func(s string) any { return s }),
	)
}

// TestAnyValuesGiveALegalFile: whatever the events hold, what is built can be
// written, passes the checks of Read, and counts every sampled value once.
func TestAnyValuesGiveALegalFile(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(anyValue(), 1, 80).Draw(rt, "values")
		kind := rapid.SampledFrom([]catalog.Kind{"", catalog.Numeric, catalog.Categorical, catalog.Boolean}).Draw(rt, "kind")
		rows := rowsOf(values...)
		for i, v := range values {
			rows[i].prediction = v
			if x, ok := v.(float64); ok {
				rows[i].score = x
			}
		}
		o := baseline.Options{
			MaxCategories: rapid.IntRange(1, 5).Draw(rt, "categories"), Kinds: map[string]catalog.Kind{"x": kind},
			FineBins:     rapid.SampledFrom([]int{1, 2, 10, 256, 5000}).Draw(rt, "fine bins"),
			DecisionBins: rapid.SampledFrom([]int{1, 2, 10, 300}).Draw(rt, "decision bins"),
			SampleRows:   rapid.SampledFrom([]int{10, 1000}).Draw(rt, "sample"),
		}
		var m batcher
		b := baseline.NewBuilder(o)
		batch := m.batch(rows)
		b.Add(batch, all(batch))
		f, err := b.Build()
		if err != nil {
			nested, other := 0, 0
			for _, v := range values {
				switch v.(type) {
				case []any:
					nested++
				case nil, null:
				default:
					other++
				}
			}
			// Nothing but lists, and nulls beside them, is no feature unless declared.
			left := nested > 0 && other == 0 && kind == ""
			if !left && slices.ContainsFunc(values, func(v any) bool { return v != nil }) {
				rt.Fatal(err)
			}
			return
		}
		roundTrip(rt, f)
		for _, c := range append(f.Features, f.Outputs...) {
			if len(c.Edges) >= max(o.FineBins, 3) || len(c.Categories) > max(o.MaxCategories, 2) {
				rt.Fatalf("%d edges, categories %q", len(c.Edges), c.Categories)
			}
			if f.SampledRows == f.Rows && c.Kind != catalog.Numeric && c.Values() > c.Rows-c.Missing {
				rt.Fatalf("%d values in bins, %d there are", c.Values(), c.Rows-c.Missing)
			}
			if math.IsNaN(c.Mean) || math.IsNaN(c.Stddev) || c.Mean < c.Min || c.Mean > c.Max {
				rt.Fatalf("mean %v of %v..%v, stddev %v", c.Mean, c.Min, c.Max, c.Stddev)
			}
		}
	})
}
