package page

import (
	"math"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// labels: whether the truth still comes.
func (j *judge) labels() (r result) {
	if !j.Labelled {
		if j.Task == string(catalog.TaskNone) {
			return r
		}
		return result{State: unknown, Head: "Not waited for: the configuration has no label_horizon for the model."}
	}
	last := j.h.labels[j.key()]
	if last.n != j.Counts.Labels || last.at.IsZero() {
		last = lastLabel{j.Counts.Labels, j.now}
		j.h.labels[j.key()] = last
	}
	p := j.Performance
	if p != nil && !math.IsNaN(p.Coverage) {
		r.Head = percent(p.Coverage) + " of the predictions of the last " + p.Window + " have their label so far."
	}
	delay := ""
	if j.LabelDelay > 0 {
		delay = " On average labels took " + about(j.LabelDelay) + "."
	}
	silent := j.now.Sub(last.at)
	switch {
	case j.Counts.Labels == 0:
		r.State, r.Head = unknown, "No label has come yet."
	case j.lately.Of.Predictions > 0 && silent >= quiet && silent > 7*j.LabelDelay: // nine of ten, thrice, if delays are exponential
		r.State = wrong
		r.add(item{Text: "No label has arrived for " + about(silent) + "." + delay, Since: "since " + clockTime(j.now, last.at), state: wrong})
		r.Advice = "Until they come again, performance is that of older predictions. Is the job that writes labels still running?"
	default:
		r.State = fine
		r.Head = strings.TrimSpace(r.Head + delay)
	}
	if r.Head == "" {
		r.Head = "Labels arrive."
	}
	return r
}
