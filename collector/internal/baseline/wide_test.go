package baseline

import (
	"fmt"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestWideTablesShrinkTheSample adds columns when the sample is full already.
func TestWideTablesShrinkTheSample(t *testing.T) {
	b := NewBuilder(Options{SampleRows: 8000})
	b.cells = 40_000
	var batch event.Batch
	for n := range 30 {
		batch.Reset()
		if n%3 == 0 {
			batch.AddColumn(&batch.Features, fmt.Sprint("f", n))
		}
		batch.Resize(1000)
		rows := make([]int32, 1000)
		for i := range rows {
			rows[i] = int32(i)
			for k := range batch.Features {
				c := &batch.Features[k]
				c.Cells[i], c.Nums[i] = event.Number, float64(1000*n+i)
			}
		}
		b.Add(&batch, rows)
		if cells := b.sample.filled * (len(b.columns) + 2); cells > b.cells {
			t.Fatalf("batch %d: %d cells, at most %d are allowed", n, cells, b.cells)
		}
	}
	f, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if f.Rows != 30_000 || f.SampledRows != 2000 {
		t.Fatalf("%d rows, %d sampled; want 30000, 2000", f.Rows, f.SampledRows)
	}
	for i := range f.Features {
		c := &f.Features[i]
		share := float64(c.Rows-c.Absent) / float64(c.Rows)
		if got := float64(c.Values()) / 2000; got < share-.06 || got > share+.06 {
			t.Errorf("%s: values in %.3f of the sample, %.3f of the rows", c.Name, got, share)
		}
	}
}
