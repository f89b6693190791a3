package page

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
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

// styleOf is the style of a verdict: that of a drift of the same weight, but for what
// is worse than it may be.
func styleOf(verdict string) string {
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

// performance: predictions that are worse than the baseline's, by labels or by scores.
func (j *judge) performance() (r result) {
	p := j.Performance
	switch {
	case j.Task == string(catalog.TaskNone):
		return r
	case p == nil || len(p.Metrics) == 0:
		r.State, r.Head = unknown, "Too few labels yet to say anything."
		if !j.Labelled {
			r.Head = "Unknown: no labels are waited for, and scores tell nothing without a baseline that had labels."
		}
		j.rivals(&r)
		return r
	}
	var fit, alone []string
	worse := false
	for i := range p.Metrics {
		m := &p.Metrics[i]
		switch m.verdict() {
		case "degraded":
			state := grave
			if p.Estimated {
				state = wrong
			}
			r.add(item{Metric: m, Since: j.since(m.Name), state: state, excess: m.Worse / m.Threshold})
		case "":
			alone = append(alone, words(m.Name)+" "+measured(m.Value))
		case "worse":
			worse = true
			fit = append(fit, words(m.Name)+" "+measured(m.Value)+" ("+m.judgement()+")")
		default:
			fit = append(fit, words(m.Name)+" "+measured(m.Value))
		}
	}
	r.State = worstOf(fine, r.Items)
	how := ""
	if p.Estimated {
		how = ", as its scores let expect (no labels yet)"
	}
	switch {
	case r.State >= wrong:
		r.Head = "The model is worse than its baseline, even with the benefit of the doubt, over the last " + p.Window + how + "."
		if len(fit) > 0 {
			r.Rest = "Not worse, or by less than matters: " + strings.Join(fit, ", ") + "."
		}
		r.Advice = "If features drifted as well, start with those. If not, the world may have changed, and the model needs retraining."
		if p.Estimated {
			r.Advice = "No label says so yet, and a changed world would not show. Look at the drifted features."
		}
	case worse:
		r.Head = "Worse than its baseline, but by less than matters, over the last " + p.Window + how + ": " + strings.Join(append(fit, alone...), ", ") + "."
	case len(fit) > 0:
		r.Head = "As good as its baseline over the last " + p.Window + ", as far as can be told" + how + ": " + strings.Join(append(fit, alone...), ", ") + "."
	default:
		why := "There is no baseline to compare with"
		if j.compared() {
			why = "The baseline was profiled without labels, so there is nothing to compare with"
		}
		r.State, r.Head = unknown, why+". Over the last "+p.Window+": "+strings.Join(alone, ", ")+"."
	}
	j.rivals(&r)
	return r
}

// rivals adds the challengers that are better, by the metric by which they surely are
// most, and how the others compare.
func (j *judge) rivals(r *result) {
	var seen []string
	for _, x := range j.Rivals {
		if slices.Contains(seen, x.Challenger) {
			continue
		}
		seen = append(seen, x.Challenger)
		better := slices.IndexFunc(j.Rivals, func(y Rival) bool { return y.Challenger == x.Challenger && y.Lower > 0 })
		if better < 0 {
			continue
		}
		y := j.Rivals[better]
		r.add(item{state: over, Text: fmt.Sprintf("Challenger %s is better in %s on the same predictions: by %s (%s to %s) over the last %s. Both say the same in %s of them.",
			y.Challenger, y.Metric, measured(y.Value), measured(y.Lower), measured(y.Upper), y.Window, percent(y.Agreement))})
		r.State = max(r.State, over)
	}
}
