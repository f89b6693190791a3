package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// finding is a sentence for whoever is on call, and what to do about it.
type finding struct {
	State               state
	Text, Since, Advice string
}

const (
	rejectedRatio = 0.01 // of a source's records: one in a hundred is no accident
	behind        = time.Minute
)

// judge finds what is wrong with a source.
func (s *Source) judge(h *History, now time.Time) (out []finding) {
	since := func(what string) string { return h.since("\xff"+s.Name+"\xff"+what, now, h.early(now)) }
	rejected := total(s.Rejected)
	switch {
	case !s.Up:
		out = append(out, finding{grave, fmt.Sprintf("Source %s cannot be read: %s.", s.Name, strings.Join(s.Paths, ", ")), since("down"),
			"Does it exist, and may the exporter's user read it? The log says what went wrong."})
	case s.Events+rejected == 0:
		out = append(out, finding{wrong, fmt.Sprintf("Source %s has brought nothing yet.", s.Name), "",
			"If it should have data by now, check the path and that the application writes there."})
	}
	x := h.shares(now, func(then *moment) ratio {
		old := then.sources[s.Name]
		n := total(grown(s.Rejected, old.Rejected))
		return ratio{n, n + more(s.Events, old.Events)}
	})
	switch x.state(rejectedRatio) {
	case wrong:
		out = append(out, finding{wrong, fmt.Sprintf("Source %s: %s of its records %s were not understood, mostly %s.",
			s.Name, percent(x.now.share()), lastly(x.nowLong), mostly(s.Lately.Of.Rejected)), h.since("\xff"+s.Name+"\xffrejected", now, !h.known),
			"The exporter's log shows the first of each kind with its place in the file."})
	case over:
		out = append(out, finding{over, fmt.Sprintf("Source %s: %s of its records %s were not understood, but only %s %s.",
			s.Name, percent(x.all.share()), lastly(x.allLong), percent(x.now.share()), lastly(x.nowLong)), "", ""})
	}
	if s.Lag >= behind {
		out = append(out, finding{wrong, fmt.Sprintf("Source %s is %s behind.", s.Name, duration(s.Lag)), since("behind"),
			"It is catching up, or data arrives faster than it can be read."})
	}
	return out
}

// mostly names the most frequent of counts.
func mostly(counts []Count) string {
	var most Count
	for _, c := range counts {
		if c.N > most.N {
			most = c
		}
	}
	return strings.ReplaceAll(most.Name, "_", " ")
}

// worst is the state of a source.
func (s *Source) worst() state {
	worst := fine
	for _, f := range s.found {
		worst = max(worst, f.State)
	}
	return worst
}

// findings are what concerns the exporter and its sources, the worst first.
func (o *Overview) findings() (out []finding) {
	if o.ReloadError != "" {
		out = append(out, finding{grave, "The last change of the configuration was refused: " + o.ReloadError, "",
			"Correct the file and reload again; until then the old configuration keeps running."})
	}
	if o.StoreError != "" {
		out = append(out, finding{grave, "Nothing is counted until the state can be stored again: " + o.StoreError + ".", "",
			"Counting goes on by itself as soon as it can be, and nothing is lost. The numbers below are the last that were stored."})
	}
	if len(o.Sources) == 0 {
		out = append(out, finding{grave, "There is no source of data.", "", "Name one in the configuration, or start with --tail."})
	}
	for i := range o.Sources {
		out = append(out, o.Sources[i].found...)
	}
	switch n := len(o.Silent); {
	case n > 0:
		names := strings.Join(o.Silent[:min(n, mostNames)], ", ")
		if n > mostNames {
			names += fmt.Sprintf(" and %d others", n-mostNames)
		}
		out = append(out, finding{wrong, "No event was read of model " + names + ".", "", "If it should be serving, compare its name with the one in the log."})
	case len(o.Models) == 0 && len(o.Sources) > 0:
		out = append(out, finding{over, "No model has sent an event yet.", "", ""})
	}
	if n := total(o.dropped.Of); n > 0 {
		var limits []string
		for _, c := range o.dropped.Of {
			limits = append(limits, c.Name)
		}
		out = append(out, finding{over, fmt.Sprintf("%s times %s a name was not monitored, as the limit of %s was reached.",
			number(n), lastly(o.dropped.Long), strings.Join(limits, " and of ")), "", "Raise it under global, or leave such columns out of the log."})
	}
	slices.SortStableFunc(out, func(a, b finding) int { return cmp.Compare(b.State, a.State) })
	return out
}

// Lately names the time that is looked back at most.
func (o *Overview) Lately() string { return lastly(o.dropped.Long) }
