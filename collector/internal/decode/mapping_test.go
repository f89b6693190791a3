package decode

import (
	"slices"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

func TestDefaults(t *testing.T) {
	all := config.Features{All: true}
	for _, c := range []struct {
		name string
		in   config.Fields
		want []string // paths of the id
	}{
		{"nothing mapped", config.Fields{}, []string{"id", "request_id", "prediction_id"}},
		{"filled in already", config.Fields{ID: paths("id"), Features: config.Features{Auto: true}}, []string{"id", "request_id", "prediction_id"}},
		{"applied twice", Defaults(config.Fields{}), []string{"id", "request_id", "prediction_id"}},
		{"mapped", config.Fields{ID: paths("key")}, []string{"key"}},
		{"mapped features", config.Fields{Features: all}, []string{"id"}},
		{"constant", config.Fields{ID: config.Field{Const: true, Value: "x"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Defaults(c.in)
			if !slices.Equal(got.ID.Paths, c.want) {
				t.Errorf("id at %q, want %q", got.ID.Paths, c.want)
			}
			if got.LatencyUnit != time.Millisecond || got.Timezone != time.UTC {
				t.Errorf("latency unit %v, zone %v", got.LatencyUnit, got.Timezone)
			}
		})
	}
}

func TestParsePath(t *testing.T) {
	for text, want := range map[string][]segment{
		"a":          {{"a", -1}},
		"a.b.0":      {{"a", -1}, {"b", -1}, {"0", 0}},
		"/a.b/c~1d":  {{"a.b", -1}, {"c/d", -1}},
		"/x~01/-/01": {{"x~1", -1}, {"-", -1}, {"01", -1}},
	} {
		if got := parsePath(text); !slices.Equal(got.segs, want) {
			t.Errorf("%s: got %v, want %v", text, got.segs, want)
		}
	}
}
