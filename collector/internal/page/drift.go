package page

import (
	"fmt"
	"math"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

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

// inputs: features that drifted.
func (j *judge) inputs() (r result) {
	if !j.compares(&r) {
		return r
	}
	if len(j.Drifts) == 0 {
		return result{State: unknown, Head: "Too few values yet to compare with the baseline."}
	}
	j.judgeDrifts(&r, j.Drifts)
	like, moved := len(j.Drifts)-len(r.Items), 0
	for i := range j.Drifts {
		if j.Drifts[i].verdict() == "shifted" {
			moved++
		}
	}
	calm := func(one, many string) string {
		var parts []string
		if like > 0 {
			parts = append(parts, count(like, one+" looks", many+" look")+" like the baseline")
		}
		if moved > 0 {
			parts[0] += fmt.Sprintf(", of which %d moved a little: more than chance explains, less than matters", moved)
		}
		if few := len(j.Features) - len(j.Drifts); few > 0 {
			parts = append(parts, count(few, one+" has", many+" have")+" too few values to tell")
		}
		if len(parts) == 0 {
			return ""
		}
		return strings.Join(parts, "; ") + "."
	}
	switch drifted := worstItems(r.Items); {
	case drifted > 0:
		r.Head = fmt.Sprintf("%d of %s no longer %s like the baseline.", drifted, count(len(j.Features), "feature", "features"), looks(drifted))
		r.Advice = "Look for a change in the data's origin first: a release, a new market, a broken field. If the world has changed, the model may need retraining."
		r.Rest = calm("other feature", "other features")
	case len(r.Items) > 0:
		r.Head = count(len(r.Items), "feature", "features") + " drifted, and lately " + looks(len(r.Items)) + " as usual again. " + calm("other feature", "other features")
		r.Head = strings.TrimSpace(r.Head)
	default:
		r.Head = calm("feature", "features")
	}
	return r
}

func looks(n int) string {
	if n == 1 {
		return "looks"
	}
	return "look"
}

// judgeDrifts adds the columns that drifted.
func (j *judge) judgeDrifts(r *result, drifts []Drift) {
	for i := range drifts {
		d := &drifts[i]
		if d.verdict() != "drifted" {
			continue
		}
		x := item{Drift: d, state: wrong, excess: d.Value / d.Threshold}
		if d.Shorter != "" {
			x.state, x.Text = over, "Over the last "+d.Shorter+" it looks as usual again."
		} else if x.Since = j.since(d.Name); d.Longer != "" {
			x.Text = "It is recent: over " + d.Longer + " it does not show yet."
		}
		r.add(x)
	}
	r.State = worstOf(fine, r.Items)
}

// outputs: predictions and scores that drifted.
func (j *judge) outputs() (r result) {
	if j.Task == string(catalog.TaskNone) {
		return r
	}
	if !j.compares(&r) {
		return r
	}
	j.judgeDrifts(&r, j.Outputs)
	var names []string
	for i := range j.Outputs {
		if j.Outputs[i].verdict() != "drifted" {
			names = append(names, j.Outputs[i].Name)
		}
	}
	both := strings.Join(names, " and ")
	switch bad := worstItems(r.Items); {
	case len(j.Outputs) == 0:
		r.State, r.Head = unknown, "Too few predictions yet to compare with the baseline."
	case bad > 0:
		r.Head = "The model answers differently than on its baseline."
		r.Advice = "If inputs drifted as well, this follows from them. If not, look at the model's release and its thresholds."
		if both != "" {
			r.Rest = "As on the baseline: " + both + "."
		}
	case len(r.Items) > 0:
		r.Head = "The model answered differently for a while, and answers as on its baseline again."
	default:
		r.Head = "Distributed as on the baseline: " + both + "."
	}
	return r
}

// together: numeric features that no longer go together.
func (j *judge) together() (r result) {
	if !j.compares(&r) {
		return r
	}
	if j.Together == nil {
		return result{State: unknown, Head: "Not measured: too few rows yet, or a baseline that does not know how features go together."}
	}
	d := *j.Together
	d.Name = "numeric features together"
	j.judgeDrifts(&r, []Drift{d})
	switch {
	case r.State >= wrong:
		r.Head = "The values of numeric features no longer go together as they did."
		r.Advice = "If features drifted as well, this follows from them. If not, look for a join with a wrong key, or swapped columns."
	case r.State == over:
		r.Head = "Numeric features did not go together as they did, and do so again."
	default:
		r.Head = "Numeric features go together as they did."
	}
	return r
}
