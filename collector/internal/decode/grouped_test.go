package decode_test

import (
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// TestForeignLinesAreNoPredictions: applications write other things into the log
// of their predictions, which must not become features.
func TestForeignLinesAreNoPredictions(t *testing.T) {
	set, err := decode.New(config.Source{Name: "s", Format: config.JSON, MaxLineBytes: 1 << 20}, config.Limits{Models: 10, Versions: 10, Features: 100, Categories: 10})
	if err != nil {
		t.Fatal(err)
	}
	lines := `{"id":"1","features":{"x":1},"prediction":"1"}
{"level":"info","message":"reloading"}
{"id":"2","features":{"x":2},"prediction":"0"}
{"level":"warn","message":"slow","ms":12}
{"id":"3","label":"1"}
`
	var b event.Batch
	if n := set.Stream().Decode(&b, []byte(lines), 0, true); n != len(lines) {
		t.Fatalf("%d of %d bytes", n, len(lines))
	}
	if b.N != 3 || b.Rejected[event.NoEvent] != 2 || len(b.Features) != 1 {
		t.Errorf("%d events, %d rejected as no_event, %d features; want 3, 2 and 1", b.N, b.Rejected[event.NoEvent], len(b.Features))
	}
	if b.Types[2] != event.Label {
		t.Errorf("the label is a %v", b.Types[2])
	}
}

// TestFlatLinesAreFeatures: a log that never had such an object is taken as it is.
func TestFlatLinesAreFeatures(t *testing.T) {
	set, err := decode.New(config.Source{Name: "s", Format: config.JSON, MaxLineBytes: 1 << 20}, config.Limits{Models: 10, Versions: 10, Features: 100, Categories: 10})
	if err != nil {
		t.Fatal(err)
	}
	var b event.Batch
	set.Stream().Decode(&b, []byte(`{"id":"1","x":1,"y":"a","prediction":"1"}`+"\n"), 0, true)
	if b.N != 1 || len(b.Features) != 2 {
		t.Errorf("%d events with %d features, want 1 with x and y", b.N, len(b.Features))
	}
}
