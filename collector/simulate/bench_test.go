package simulate_test

import (
	"bytes"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/simulate"
)

// BenchmarkRun writes a log; the reference only encodes events that are ready
// made, with encoding/json.
func BenchmarkRun(b *testing.B) {
	for _, tt := range []struct {
		name   string
		format simulate.Format
		fault  string
		truth  simulate.Truth
	}{
		{name: "format=json", format: simulate.JSON},
		{name: "format=csv", format: simulate.CSV},
		{name: "format=json/fault=shift", format: simulate.JSON, fault: "shift"},
		{name: "format=json/labels", format: simulate.JSON, truth: simulate.Truth{Labels: io.Discard, Delay: 10 * time.Minute}},
		{name: "format=json/labels/outcomes", format: simulate.JSON, truth: simulate.Truth{
			Labels: io.Discard, Delay: 10 * time.Minute, Outcomes: io.Discard, OutcomeDelay: time.Minute}},
	} {
		b.Run(tt.name, func(b *testing.B) {
			o := simulate.Options{Events: b.N, Format: tt.format, Truth: tt.truth}
			if tt.fault != "" {
				o.Faults = faults(b, tt.fault)
			}
			b.ReportAllocs()
			if err := simulate.Run(b.Context(), io.Discard, o); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
	b.Run("reference=encoding_json", func(b *testing.B) {
		var events []event
		for line := range bytes.Lines(simulate.Lines(1000, 1)) {
			var e event
			if err := json.Unmarshal(line, &e); err != nil {
				b.Fatal(err)
			}
			events = append(events, e)
		}
		enc := json.NewEncoder(io.Discard)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if err := enc.Encode(&events[i%len(events)]); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	})
}
