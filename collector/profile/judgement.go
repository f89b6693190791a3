package profile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// warnAboutLabels says what about the labels, or what they were measured with, may
// not be what the user thinks.
func (r *run) warnAboutLabels(f *baseline.File) (w []string) {
	if r.labels.asked && r.labels.joins == 0 {
		w = append(w, "No label has its prediction here, and no prediction its label. Are the ids of both the same? Map the field id.")
	}
	p := f.Performance
	if p == nil {
		switch {
		case !slices.ContainsFunc(f.Outputs, isLabel) || r.in.task == catalog.TaskNone:
		default:
			w = append(w, "There are labels, but nothing to measure by them: predictions and labels must both be numbers, or name at least two classes between them. Map the fields prediction and score, and declare the task of the model.")
		}
		return w
	}
	if p.Task == catalog.Binary && r.in.positive == "" && !usualPositive(p.PositiveClass) {
		w = append(w, fmt.Sprintf("The positive class is taken to be %s, the rarer one among the labels. If it is another, declare positive_class in the configuration.", quoted(p.PositiveClass)))
	}
	for _, c := range f.Outputs {
		probability := p.Task == catalog.Binary || p.Task == catalog.Multiclass
		if c.Name == baseline.Score && probability && (c.Min < 0 || c.Max > 1) {
			w = append(w, fmt.Sprintf("Scores from %s to %s are no probabilities: those outside of 0 to 1 measure nothing.", short(c.Min), short(c.Max)))
		}
	}
	for _, v := range p.Metrics {
		if p.Task == catalog.Binary && v.Metric == catalog.ROCAUC && v.Upper < 0.5 {
			w = append(w, fmt.Sprintf("A roc_auc of %s is worse than chance: the score may be that of another class than %s. Map the score of the positive class, or declare positive_class.", four(v.Value), quoted(p.PositiveClass)))
		}
	}
	return append(w, warnAboutProbabilities(f)...)
}

func isLabel(c baseline.Column) bool { return c.Name == baseline.Label }

func usualPositive(class string) bool {
	return slices.Contains([]string{"1", "true", "yes"}, strings.ToLower(class))
}

// warnAboutProbabilities recognises a classifier whose prediction is its score.
func warnAboutProbabilities(f *baseline.File) []string {
	if f.Performance.Task != catalog.Regression {
		return nil
	}
	shares, classes := false, false
	for _, c := range f.Outputs {
		switch c.Name {
		case baseline.Prediction:
			shares = c.Min >= 0 && c.Max <= 1
		case baseline.Label:
			classes = c.Distinct == 2 && c.Min == 0 && c.Max == 1
		}
	}
	if !shares || !classes {
		return nil
	}
	return []string{"Predictions between 0 and 1 and labels that are 0 or 1 were measured as a regression. If the predictions are probabilities of a class, map them as score."}
}
