package evaluate

import (
	"math"
	"slices"
	"testing"
	"time"
)

// TestAlphaKeepsTheBudget: over a month, the expected number of false alarms of
// all comparisons is the budget, unless single ones are capped.
func TestAlphaKeepsTheBudget(t *testing.T) {
	for _, tt := range []struct {
		name    string
		budget  float64
		columns int
		windows []time.Duration
	}{
		{"usual", 1, 20, []time.Duration{time.Hour, 24 * time.Hour}},
		{"many features", 1, 10_000, []time.Duration{10 * time.Minute, time.Hour, 24 * time.Hour}},
		{"small budget", 0.1, 20, []time.Duration{time.Hour}},
		{"window longer than a month", 1, 100, []time.Duration{2000 * time.Hour}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			expected := 0.0
			for _, w := range tt.windows {
				looks := looksPerWindow * math.Max(1, float64(month)/float64(w))
				expected += Alpha(tt.budget, tt.columns, len(tt.windows), w) * looks * float64(tt.columns)
			}
			if math.Abs(expected-tt.budget) > 1e-9*tt.budget {
				t.Errorf("%v false alarms a month, want %v", expected, tt.budget)
			}
		})
	}
	if a := Alpha(1000, 1, 1, 24*time.Hour); a != 0.05 {
		t.Errorf("a generous budget gives alpha %v, want it capped at 0.05", a)
	}
}

func TestVersionsAreOrderedByNumber(t *testing.T) {
	versions := []string{"10", "9", "v2", "unknown", "100", "a"}
	slices.SortFunc(versions, compareVersions)
	if want := []string{"9", "10", "100", "a", "unknown", "v2"}; !slices.Equal(versions, want) {
		t.Errorf("got %v, want %v", versions, want)
	}
}
