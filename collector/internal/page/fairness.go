package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// text says what a gap means.
func (g *Gap) text() string {
	of := "over the last " + g.Window
	points := func(x float64) string { return fmt.Sprintf("%.1f points", 100*x) }
	switch g.Metric {
	case catalog.DemographicParityDifference:
		return fmt.Sprintf("Between values of %s, the share of positive predictions differs by at least %s (%s measured) %s; %s are allowed.",
			g.Segment, points(g.Favourable), points(g.Value), of, points(g.Threshold))
	case catalog.EqualOpportunityDifference:
		return fmt.Sprintf("Between values of %s, the share of true positives that are found differs by at least %s (%s measured) %s; %s are allowed.",
			g.Segment, points(g.Favourable), points(g.Value), of, points(g.Threshold))
	case catalog.DisparateImpactRatio:
		return fmt.Sprintf("The value of %s with the fewest positive predictions gets at most %s times as many as the one with the most (%s measured) %s; it should be %s or more.",
			g.Segment, rounded(g.Favourable), rounded(g.Value), of, rounded(g.Threshold))
	default:
		return fmt.Sprintf("%s between values of %s is %s, %s.", g.Metric, g.Segment, rounded(g.Favourable), of)
	}
}

// excess orders gaps that are exceeded.
func (g *Gap) excess() float64 {
	if g.Metric == catalog.DisparateImpactRatio {
		return g.Threshold / g.Favourable
	}
	return g.Favourable / g.Threshold
}

// fairness: segments whose values are treated more differently than is allowed.
func (j *judge) fairness() (r result) {
	switch {
	case j.Task != string(catalog.Binary) && len(j.Fair) == 0:
		return r
	case len(j.Fair) == 0:
		return result{State: unknown, Head: "Not judged: the configuration names no segment under fairness."}
	case len(j.Gaps) == 0:
		return result{State: unknown, Head: "Too few predictions yet of two values of " + strings.Join(j.Fair, ", ") + "."}
	}
	var ok []string
	for i := range j.Gaps {
		g := &j.Gaps[i]
		if g.Exceeded {
			r.add(item{Text: g.text(), Since: j.since(g.Segment, string(g.Metric)), state: wrong, excess: g.excess()})
		} else if !slices.Contains(ok, g.Segment) {
			ok = append(ok, g.Segment)
		}
	}
	r.State = worstOf(fine, r.Items)
	if r.State == fine {
		r.Head = "Values of " + strings.Join(ok, ", ") + " are treated alike, as far as is required."
		return r
	}
	r.Head = "The model treats values of a segment more differently than is allowed, even with the benefit of the doubt."
	r.Advice = "Compare the segment's values on the dashboard: has one of them changed, or the model?"
	return r
}
