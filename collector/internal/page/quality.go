package page

import (
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

const (
	schemaRatio    = 0.1  // of events, as the rules have it
	misdatedRatio  = 0.01 // of events: no clock skew, a wrong zone
	lateRatio      = 0.1
	duplicateRatio = 0.01
)

// quality: checks that fail, and columns that are new or gone.
func (j *judge) quality() (r result) {
	if !j.compares(&r) {
		return r
	}
	failing := 0
	for i := range j.Features {
		before := len(r.Items)
		j.checkFeature(&r, i)
		if worstOf(fine, r.Items[before:]) >= wrong {
			failing++
		}
	}
	j.addedColumns(&r)
	j.oddEvents(&r)
	r.State = worstOf(fine, r.Items)
	long := lastly(j.lately.Long)
	switch bad := worstItems(r.Items); {
	case j.lately.Of.Predictions == 0 && r.State == fine:
		r.State, r.Head = unknown, "No value came "+long+"."
	case r.State >= wrong:
		r.Head = count(bad, "check fails", "checks fail") + " more often than " + itThey(bad) + " may."
		r.Advice = "Most often something upstream has changed: a join, a unit, a form field, a release."
		if rest := len(j.Features) - failing; rest > 0 {
			r.Rest = "The values of " + count(rest, "other feature", "other features") + " pass every check " + long + "."
		}
	case r.State == over:
		r.Head = "No check fails more often than it may."
	default:
		r.Head = "The values of " + count(len(j.Features), "feature", "features") + " pass their checks as usual " + long + "."
	}
	return r
}

// addedColumns adds columns that the baseline lacks.
func (j *judge) addedColumns(r *result) {
	n := j.Counts.Predictions
	for i, c := range j.Added {
		if slices.ContainsFunc(j.Renamed, func(r Rename) bool { return r.Column == c.Name }) {
			continue // the item of the feature says so
		}
		s := j.shares(c.N, n, func(then modelCounts) (uint64, uint64) { return named(then.added, i, c.Name), then.Predictions })
		j.judgeShare(r, s, schemaRatio, wrong, "added\xff"+c.Name,
			func(share string) string {
				return "The column " + c.Name + ", which the baseline lacks, is in " + share + " of events"
			}, "")
	}
}

// oddEvents adds events that are dated or repeated oddly.
func (j *judge) oddEvents(r *result) {
	n := j.Counts.Predictions
	for _, x := range []struct {
		k     uint64
		then  func(modelCounts) uint64
		limit float64
		bad   state
		text  string
		more  string
	}{
		{j.Counts.Future, func(c modelCounts) uint64 { return c.Future }, misdatedRatio, wrong, " of events are dated in the future",
			": a clock is ahead, or times lack their zone (fields.timezone); they count as of their arrival"},
		{j.Counts.Late, func(c modelCounts) uint64 { return c.Late }, lateRatio, over, " of events were too old for every window",
			": an old log that is read from its beginning looks like that"},
		{j.Counts.Duplicates, func(c modelCounts) uint64 { return c.Duplicates }, duplicateRatio, over, " of predictions repeat an id", ""},
	} {
		s := j.shares(x.k, n, func(then modelCounts) (uint64, uint64) { return x.then(then), then.Predictions })
		j.judgeShare(r, s, x.limit, x.bad, x.text, func(share string) string { return share + x.text }, x.more)
	}
}

// checkFeature adds the checks that values of the i-th feature fail too often.
func (j *judge) checkFeature(r *result, i int) {
	f := &j.Features[i]
	gone := j.shares(f.Removed, f.Values, func(then modelCounts) (uint64, uint64) {
		c := then.feature(i, f.Name)
		return c.removed, c.values
	})
	columnGone := gone.state(schemaRatio + f.Usual)
	if columnGone != fine {
		more := ""
		if k := slices.IndexFunc(j.Renamed, func(r Rename) bool { return r.Feature == f.Name }); k >= 0 {
			more = "; it is probably called " + j.Renamed[k].Column + " now"
		}
		j.judgeShare(r, gone, schemaRatio+f.Usual, wrong, "removed\xff"+f.Name,
			func(share string) string { return share + " of events lack the column " + f.Name }, more)
	}
	for k, check := range catalog.Checks {
		if f.Failed[k] == 0 || check == catalog.CheckMissing && columnGone != fine {
			continue
		}
		usual, more := 0.0, ""
		if check == catalog.CheckMissing {
			usual = f.Usual
			more = "; " + percent(usual) + " are usual"
		}
		s := j.shares(f.Failed[k], f.Values, func(then modelCounts) (uint64, uint64) {
			c := then.feature(i, f.Name)
			return c.failed[k], c.values
		})
		j.judgeShare(r, s, usual+f.Tolerated[k], wrong, string(check)+"\xff"+f.Name,
			func(share string) string { return share + " of " + f.Name + " " + checkText(check) }, more)
	}
}
