package evaluate

import (
	"github.com/model-exporter/model_exporter/collector/internal/model"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// Rival is how much better a challenger is than a version, by one metric, on the
// predictions of one window that both made. Positive is better.
type Rival struct {
	Challenger, Window string
	Agreement          float64 // share of ids on which both say the same
	perf.Value
}

// Rivals returns, as of the last Evaluate, the comparisons in which v is the champion,
// each challenger's in the longest window with enough predictions.
func (e *Evaluator) Rivals(v *model.Version) []Rival {
	w := e.views[v]
	if w == nil {
		return nil
	}
	var longest []Rival
	for _, r := range w.performance.rivals { // the shortest window first
		kept := longest[:0]
		for _, o := range longest {
			if o.Challenger != r.Challenger || o.Window == r.Window {
				kept = append(kept, o)
			}
		}
		longest = append(kept, r)
	}
	return longest
}
