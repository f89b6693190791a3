package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// warning is a sentence for whoever is on call, and what to do about it.
type warning struct {
	Level  string // problem, warning or note
	Text   string
	Advice string
}

const (
	problem = "problem"
	caution = "warning"
	note    = "note"

	rejectedRatio  = 0.01             // of a source's records: one in a hundred is no accident
	violationRatio = 0.05             // of a feature's values, as the built-in thresholds have it
	misdatedRatio  = 0.01             // of a model's events: no clock skew, a wrong zone
	lateRatio      = 0.1              // of a model's events
	quiet          = 15 * time.Minute // without events, as the traffic alert has it
	behind         = time.Minute
)

// findings are the warnings of a page: those that are shown at once, and those
// behind a click.
type findings struct{ Shown, Folded []warning }

// maxShown keeps the models on the first screen when a hundred of them warn.
const maxShown = 6

// find says in plain words what is not as it should be, the worst first. Notes
// need nobody's attention, so they are folded.
func find(o *Overview) findings {
	all := warnings(o)
	shown := slices.IndexFunc(all, func(w warning) bool { return w.Level == note })
	if shown < 0 {
		shown = len(all)
	}
	shown = min(shown, maxShown)
	return findings{all[:shown], all[shown:]}
}

func warnings(o *Overview) []warning {
	var out []warning
	add := func(level, advice, format string, args ...any) {
		out = append(out, warning{level, fmt.Sprintf(format, args...), advice})
	}
	if o.ReloadError != "" {
		add(problem, "Correct the file and reload again; until then the old configuration keeps running.",
			"The last change of the configuration was refused: %s", o.ReloadError)
	}
	if o.StoreError != "" {
		add(problem, "Counting goes on by itself as soon as it can be, and nothing is lost. The numbers below are the last that were stored.",
			"Nothing is counted until the state can be stored again: %s.", o.StoreError)
	}
	if len(o.Sources) == 0 {
		add(problem, "Name one in the configuration, or start with --tail.", "There is no source of data.")
	}
	for i := range o.Sources {
		o.Sources[i].warn(add)
	}
	for i := range o.Models {
		o.Models[i].warn(o.Now, add)
	}
	switch {
	case len(o.Silent) > 0:
		add(caution, "If it should be serving, compare its name with the one in the log.",
			"No event of model %s was read since the start.", strings.Join(o.Silent, ", "))
	case len(o.Models) == 0 && len(o.Sources) > 0:
		add(note, "", "No model has sent an event yet.")
	}
	rank := map[string]int{problem: 0, caution: 1, note: 2}
	slices.SortStableFunc(out, func(a, b warning) int { return cmp.Compare(rank[a.Level], rank[b.Level]) })
	return out
}

type addWarning func(level, advice, format string, args ...any)

func (s *Source) warn(add addWarning) {
	rejected := total(s.Rejected)
	switch {
	case !s.Up:
		add(problem, "Does it exist, and may the exporter's user read it? The log says what went wrong.",
			"Source %s cannot be read: %s.", s.Name, strings.Join(s.Paths, ", "))
	case s.Events+rejected == 0:
		add(caution, "If it should have data by now, check the path and that the application writes there.",
			"Source %s has brought nothing yet.", s.Name)
	}
	if records := s.Events + rejected; rejected > 0 && float64(rejected) >= rejectedRatio*float64(records) {
		most := slices.MaxFunc(s.Rejected, func(a, b Count) int { return cmp.Compare(a.N, b.N) })
		add(caution, "The exporter's log shows the first of each kind with its place in the file.",
			"Source %s: %s of its records were not understood, mostly %s (%s).",
			s.Name, percent(float64(rejected)/float64(records)), most.Name, number(most.N))
	}
	if s.Lag >= behind {
		add(caution, "It is catching up, or data arrives faster than it can be read.",
			"Source %s is %s behind.", s.Name, duration(s.Lag))
	}
}

func (m *Model) warn(now time.Time, add addWarning) {
	title := strings.TrimSpace(m.Name + " " + m.Version)
	switch m.Baseline {
	case "training":
	case "learned":
		add(note, "If those were not typical, profile data that you trust: model_exporter profile.",
			"Model %s is compared with its own first events.", title)
	case "learning":
		add(note, "Until then predictions, errors and latency are counted; classes, data quality and drift follow.",
			"Model %s is still learning what is normal (%s).", title, percent(m.Learned))
	default:
		add(caution, "Profile its training data: model_exporter profile.",
			"Model %s has no baseline, so drift cannot be measured.", title)
	}
	if !m.LastEvent.IsZero() && now.Sub(m.LastEvent) >= quiet {
		add(caution, "Is the application still serving, and still logging?",
			"Model %s: the last event is from %s.", title, age(now, m.LastEvent))
	}
	if share := float64(m.Future) / float64(m.Events); share >= misdatedRatio {
		add(caution, "A clock is ahead, or times lack their zone (fields.timezone). They count as of their arrival.",
			"Model %s: %s of its events are dated in the future.", title, percent(share))
	}
	if share := float64(m.Late) / float64(m.Events); share >= lateRatio {
		add(note, "An old log that is read from its beginning looks like that; time: event moves windows along with it.",
			"Model %s: %s of its events were too old for every window.", title, percent(share))
	}
	m.warnOfPerformance(title, add)
	m.warnOfDrift(title, add)
	for _, v := range m.Violations {
		if v.Ratio >= violationRatio {
			add(caution, "Most often something upstream has changed: a join, a unit, a form field.",
				"Model %s: %s of the values of %s so far %s.", title, percent(v.Ratio), v.Feature, checkText(v.Check))
		}
	}
}

// warnOfDrift says which features no longer look like the baseline.
func (m *Model) warnOfDrift(title string, add addWarning) {
	if m.Drifted == 0 {
		if d := m.Together; d != nil && d.verdict() == "drifted" {
			add(caution, "Look for a join with a wrong key, swapped columns, or parts of the data that are of different times.",
				"Model %s: each feature looks like the data it is compared with, but their values no longer go together as they did.", title)
		}
		return
	}
	features := "1 feature no longer looks"
	if m.Drifted > 1 {
		features = fmt.Sprintf("%d of %d features no longer look", m.Drifted, m.Features)
	}
	var names []string
	for _, d := range m.Worst {
		if d.verdict() == "drifted" && !slices.Contains(names, d.Feature) {
			names = append(names, d.Feature)
		}
	}
	first := ""
	if len(names) > 0 {
		first = ": " + strings.Join(names, ", ")
		if len(names) < m.Drifted {
			first += " and others"
		}
	}
	add(caution, "Look for a change in the data's origin first: a release, a new market, a broken field. "+
		"If the world has changed, the model may need retraining.",
		"Model %s: %s like the data it is compared with%s.", title, features, first)
}

// allFine is what to say if nothing is wrong: that, or that nothing can be said yet.
func allFine(o *Overview) string {
	compared := slices.ContainsFunc(o.Models, func(m Model) bool { return len(m.Worst) > 0 })
	if len(o.Models) > 0 && !compared {
		return "Nothing is wrong so far; there are too few events yet to compare with a baseline."
	}
	return "Everything looks normal."
}
