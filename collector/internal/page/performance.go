package page

import (
	"math"
	"slices"
)

// Performance is how good a model's predictions of one window are.
type Performance struct {
	Window    string
	Coverage  float64 // share of the predictions whose label has come, 0 to 1; NaN if none is waited for
	Estimated bool    // Metrics are what scores let expect; there are no labels
	Metrics   []Metric
	Figures   []Figure
}

// Metric is a measure of performance, with its 99 % confidence interval.
type Metric struct {
	Name                string
	Value, Lower, Upper float64
	LowerIsBetter       bool
	Baseline            float64 // NaN if unknown
	Worse               float64 // at least so much, as a share of the baseline; NaN if unknown
	Threshold           float64 // of Worse, from which it matters; +Inf for none
}

// Figure is a business figure per prediction.
type Figure struct {
	Name  string
	Value float64
}

// verdict says what a metric means beside its baseline: degraded, worse (more than
// chance, but not enough to matter), better, normal, or nothing without a baseline.
func (m Metric) verdict() string {
	switch {
	case math.IsNaN(m.Baseline) || math.IsNaN(m.Worse):
		return ""
	case m.Worse > 0 && m.Worse >= m.Threshold:
		return "degraded"
	case m.Worse > 0:
		return "worse"
	case m.LowerIsBetter && m.Upper < m.Baseline, !m.LowerIsBetter && m.Lower > m.Baseline:
		return "better"
	default:
		return "normal"
	}
}

// judgement says a verdict to people.
func (m Metric) judgement() string {
	switch verdict := m.verdict(); verdict {
	case "degraded", "worse":
		return "at least " + percent(m.Worse) + " worse"
	case "normal":
		return "as before"
	default:
		return verdict
	}
}

// look is the style of a verdict: that of a drift of the same weight, but for what
// is worse than it may be.
func look(verdict string) string {
	switch verdict {
	case "degraded":
		return "degraded"
	case "worse":
		return "shifted"
	case "":
		return "alone" // there is nothing to compare with
	default:
		return "normal"
	}
}

// band is a metric's interval on a scale, in percent of its width. Further right
// is better, whatever the metric's direction.
type band struct {
	From, Width, Baseline, Threshold float64
	HasBaseline, HasThreshold        bool
}

func (m Metric) band() band {
	limit := m.Baseline * (1 - m.Threshold)
	if m.LowerIsBetter {
		limit = m.Baseline * (1 + m.Threshold)
	}
	b := band{HasBaseline: isFinite(m.Baseline)}
	b.HasThreshold = b.HasBaseline && isFinite(limit)
	shown := []float64{m.Lower, m.Upper}
	if b.HasBaseline {
		shown = append(shown, m.Baseline)
	}
	if b.HasThreshold {
		shown = append(shown, limit)
	}
	low, high := slices.Min(shown), slices.Max(shown)
	width := 1.3 * (high - low)
	if !isFinite(width) || width <= 0 {
		return band{Width: 100}
	}
	place := func(x float64) float64 {
		at := 100 * (0.15*(high-low) + x - low) / width
		if m.LowerIsBetter {
			at = 100 - at
		}
		return at
	}
	b.From = min(place(m.Lower), place(m.Upper))
	b.Width = math.Abs(place(m.Upper) - place(m.Lower))
	if b.HasBaseline {
		b.Baseline = place(m.Baseline)
	}
	if b.HasThreshold {
		b.Threshold = place(limit)
	}
	return b
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// rated tells whether any model's performance is drawn, so that it is explained.
func rated(models []Model) bool {
	return slices.ContainsFunc(models, func(m Model) bool { return m.Performance != nil && len(m.Performance.Metrics) > 0 })
}

// warnOfPerformance says that predictions are worse than they were. Of several
// metrics the worst speaks for all.
func (m *Model) warnOfPerformance(title string, add addWarning) {
	p := m.Performance
	if p == nil {
		return
	}
	var worst *Metric
	for i := range p.Metrics {
		if x := &p.Metrics[i]; x.verdict() == "degraded" && (worst == nil || x.Worse > worst.Worse) {
			worst = x
		}
	}
	switch {
	case worst == nil:
	case p.Estimated:
		add(caution, "No label says so yet: it is what the scores let expect of inputs like these. Look at the drifted features.",
			"Model %s: %s is expected to be at least %s worse than in the baseline (%s instead of %s, in %s).",
			title, worst.Name, percent(worst.Worse), rounded(worst.Value), rounded(worst.Baseline), p.Window)
	default:
		add(problem, "If features drifted as well, start with those. If not, the world may have changed, and the model needs retraining.",
			"Model %s: %s is at least %s worse than in the baseline (%s instead of %s, in %s).",
			title, worst.Name, percent(worst.Worse), rounded(worst.Value), rounded(worst.Baseline), p.Window)
	}
}
