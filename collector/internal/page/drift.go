package page

import "math"

// verdict says what a drift value means: drifted, shifted (more than chance, but
// not enough to matter), or normal.
func (d Drift) verdict() string {
	switch {
	case !math.IsNaN(d.Limit) && d.Value <= d.Limit:
		return "normal"
	case d.Threshold > 0 && d.Value >= d.Threshold:
		return "drifted"
	default:
		return "shifted"
	}
}

// marks are positions on a drift's scale in percent of its width.
type marks struct {
	Value, Threshold, Limit float64
	HasThreshold, HasLimit  bool
}

// marks places value, threshold and noise limit on one scale. The scale ends at
// twice the threshold, or a quarter above the largest of the three.
func (d Drift) marks() marks {
	end := 1.25 * max(finite(d.Value), finite(d.Limit), 1e-9)
	matters := d.Threshold > 0 && !math.IsInf(d.Threshold, 1)
	if matters {
		end = max(end, 2*finite(d.Threshold))
	}
	m := marks{HasThreshold: matters, HasLimit: !math.IsNaN(d.Limit)}
	m.Value, m.Threshold, m.Limit = 100*finite(d.Value)/end, 100*finite(d.Threshold)/end, 100*finite(d.Limit)/end
	return m
}

// finite makes a position of what may be none.
func finite(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return min(x, 1e9)
}
