package profile

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// writePerformance shows how good the model was.
func writePerformance(w io.Writer, p *baseline.Performance) {
	if p == nil {
		return
	}
	what := "predictions"
	if p.Task == catalog.Ranking {
		what = "requests"
	}
	fmt.Fprintf(w, "\nPerformance of %s labelled %s, %s\n\n", grouped(p.Labels), what, taskOf(p))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METRIC\tVALUE\t99 % INTERVAL\tBETTER")
	for _, v := range p.Metrics {
		fmt.Fprintf(t, "%s\t%s\t%s to %s\t%s\n", v.Metric, four(v.Value), four(v.Lower), four(v.Upper), better[v.Metric.Better()])
	}
	_ = t.Flush() // of a strings.Builder
	fmt.Fprintf(w, "\n%s\n", calibration(p))
}

var better = map[catalog.Better]string{catalog.Higher: "higher", catalog.Lower: "lower", catalog.Neither: "near 0"}

func taskOf(p *baseline.Performance) string {
	switch p.Task {
	case catalog.Binary:
		return fmt.Sprintf("binary, positive class %s", quoted(p.PositiveClass))
	case catalog.Multiclass:
		return fmt.Sprintf("%s, classes %s", p.Task, printable(list(p.Classes), 200))
	}
	return string(p.Task)
}

func quoted(class string) string { return strconv.Quote(printable(class, 40)) }

// calibration says whether performance can be estimated without labels.
func calibration(p *baseline.Performance) string {
	switch {
	case p.Task == catalog.Regression || p.Task == catalog.Ranking:
		return fmt.Sprintf("Of a %s, performance is not estimated without labels.", p.Task)
	case !hasScores(p):
		return "There are no labelled scores, so performance will not be estimated without labels."
	case p.Calibrator == nil:
		return "There are too few labelled scores to calibrate, so performance will not be estimated without labels."
	}
	steps := 0
	for i := range p.Calibrator.Curves {
		steps += len(p.Calibrator.Curves[i].Edges)
	}
	return fmt.Sprintf("Scores are calibrated (isotonic, %s), so performance will be estimated without labels.", plural(steps, "step"))
}

// hasScores tells whether there was a label with a score.
func hasScores(p *baseline.Performance) bool {
	for _, v := range p.Metrics {
		if v.Metric == catalog.LogLoss {
			return true
		}
	}
	return false
}

// four writes a number with four digits behind the point if it is small.
func four(x float64) string {
	if x > -10 && x < 10 {
		return strconv.FormatFloat(x, 'f', 4, 64)
	}
	return short(x)
}
