package page

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

const (
	errorRatio = 0.05             // of predictions, without an objective
	quiet      = 15 * time.Minute // without events, as the traffic alert has it
)

// answers: errors, latency and silence.
func (j *judge) answers() result {
	var r result
	events := "prediction"
	if j.Task == string(catalog.TaskNone) {
		events = "row"
	}
	silent := j.now.Sub(j.LastEvent)
	switch fresh := j.Objectives.Freshness; {
	case j.LastEvent.IsZero():
	case fresh > 0 && silent > fresh:
		r.add(item{Text: fmt.Sprintf("The newest %s is from %s; it may be %s old.", events, age(j.now, j.LastEvent), duration(fresh)),
			state: wrong, excess: math.Inf(1)})
	case fresh == 0 && silent >= quiet:
		r.add(item{Text: fmt.Sprintf("The last %s is from %s. Is the application still serving, and still logging?", events, age(j.now, j.LastEvent)),
			state: wrong, excess: math.Inf(1)})
	}
	n := j.Counts.Predictions
	limit, promise := errorRatio, "; no objective is configured, more than "+percent(errorRatio)+" is shown here"
	if a := j.Objectives.Availability; a > 0 {
		limit, promise = 1-a, "; the objective allows "+percent(1-a)
	}
	s := j.shares(j.Counts.Errors, n, func(then modelCounts) (uint64, uint64) { return then.Errors, then.Predictions })
	j.judgeShare(&r, s, limit, grave, "errors", func(share string) string { return share + " of predictions failed" }, promise)
	if o := j.Objectives; o.Latency > 0 {
		s := j.shares(j.Counts.Slow, n, func(then modelCounts) (uint64, uint64) { return then.Slow, then.Predictions })
		j.judgeShare(&r, s, 1-o.LatencyRatio, wrong, "slow",
			func(share string) string { return share + " of predictions took longer than " + short(o.Latency) },
			"; the objective allows "+percent(1-o.LatencyRatio))
	}
	r.State = worstOf(fine, r.Items)
	l := &j.lately
	r.Head = number(l.Of.Predictions) + " " + plural(events, l.Of.Predictions) + " read " + lastly(l.Long)
	if l.Of.Predictions > 0 && events == "prediction" {
		r.Head += ", " + percent(ratio{l.Of.Errors, l.Of.Predictions}.share()) + " of them errors"
	}
	r.Head += "."
	if l.Of.Predictions == 0 && r.State == fine {
		r.State = unknown
	}
	if slices.ContainsFunc(r.Items, func(i item) bool { return i.Since != "" }) {
		r.Advice = "Errors and latency are the service's own: look at its log and its last release."
	}
	return r
}
