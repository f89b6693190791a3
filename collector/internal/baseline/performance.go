package baseline

import (
	"cmp"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// Performance is how good the model was on the events that have a label.
type Performance struct {
	Task          catalog.Task
	Labels        uint64   // labelled predictions
	Classes       []string // in the order of their codes; none of a regression or ranking
	PositiveClass string   // one of Classes if the task is binary
	Metrics       []perf.Value
	Calibrator    *perf.Calibrator // nil without scores, or with few labels
}

// performance collects the labelled predictions of a Builder. What the task is
// and which class is positive shows only when all are there, so that sums are
// kept for every possibility, as long as it is one.
type performance struct {
	declared bool // the task is
	possible []possibility

	classes           classes
	predicted, actual codes
	columns           []scoreColumn // of batch.Scores
	actuals           []uint64      // labels by class
	scores            []float64     // of the row at hand, by class
}

// possibility is a task that the model may have, and its sums.
type possibility struct {
	config perf.Config
	sums   perf.State
}

// scoreColumn is the class that a column of scores is of.
type scoreColumn struct {
	name string
	code int // noClass until it has a score
}

// newPerformance prepares for what is declared of the task and positive class.
func newPerformance(task catalog.Task, positive string) performance {
	if positive != "" {
		task = cmp.Or(task, catalog.Binary)
	}
	p := performance{declared: task != ""}
	for _, c := range [...]perf.Config{
		{Task: catalog.Binary, Positive: 0}, {Task: catalog.Binary, Positive: 1}, {Task: catalog.Multiclass}, {Task: catalog.Regression},
		{Task: catalog.Ranking},
	} {
		if task == c.Task || task == "" && c.Task != catalog.Ranking { // which data cannot tell from a regression
			p.possible = append(p.possible, possibility{config: c})
		}
	}
	if positive != "" && task == catalog.Binary {
		p.classes.code(ClassName(positive))
		p.possible = p.possible[:1]
	}
	return p
}

// add adds the rows that have a label.
func (p *performance) add(b *event.Batch, rows []int32) {
	if len(p.possible) == 0 || !anyValue(&b.Actual, rows) {
		return
	}
	if p.possible[0].config.Task == catalog.Ranking {
		p.addRequests(b, rows)
		return
	}
	p.predicted.follow(b.Prediction.Words)
	p.actual.follow(b.Actual.Words)
	for _, r := range rows {
		if isValue(b.Actual.Cells[r]) {
			p.addRow(b, r)
		}
	}
}

func anyValue(c *event.Column, rows []int32) bool {
	for _, r := range rows {
		if isValue(c.Cells[r]) {
			return true
		}
	}
	return false
}

func isValue(c event.Cell) bool { return c == event.Number || c == event.Bool || c == event.Text }

func (p *performance) addRow(b *event.Batch, row int32) {
	said := perf.Prediction{Class: noClass, Value: number(&b.Prediction, row)}
	label := perf.Label{Class: noClass, Value: number(&b.Actual, row)}
	if p.possible[0].config.Task != catalog.Regression { // it is the last one
		known := len(p.classes.names)
		said.Class = p.predicted.of(&p.classes, &b.Prediction, row)
		label.Class = p.actual.of(&p.classes, &b.Actual, row)
		p.readScores(b, row)
		if len(p.classes.names) > known || p.classes.crowded {
			p.exclude()
		}
	}
	if label.Class >= 0 {
		for len(p.actuals) <= label.Class {
			p.actuals = append(p.actuals, 0)
		}
		p.actuals[label.Class]++
	}
	for i := range p.possible {
		q := &p.possible[i]
		said.Scores = p.scoresFor(&q.config, &b.Score, row)
		q.sums.Join(&q.config, &said, &label, 1)
	}
}

// number returns the number in a cell, or NaN.
func number(c *event.Column, row int32) float64 {
	if c.Cells[row] == event.Number {
		return c.Nums[row]
	}
	return math.NaN()
}

// exclude drops what the model cannot be: binary with three classes, and of any
// classes if they are more than a few numbers.
func (p *performance) exclude() {
	if p.declared {
		return
	}
	p.possible = slices.DeleteFunc(p.possible, func(q possibility) bool {
		return q.config.Task == catalog.Binary && len(p.classes.names) > 2 ||
			q.config.Task != catalog.Regression && p.classes.crowded
	})
}

// readScores reads the probabilities by class of a row.
func (p *performance) readScores(b *event.Batch, row int32) {
	p.scores = p.scores[:0]
	for i := range b.Scores {
		c := &b.Scores[i]
		if c.Cells[row] != event.Number {
			continue
		}
		code := p.scoreClass(i, c.Name)
		for len(p.scores) <= code {
			p.scores = append(p.scores, 0)
		}
		p.scores[code] += c.Nums[row] // those of several other classes add up
	}
}

// scoreClass returns the class of the i-th column of scores.
func (p *performance) scoreClass(i int, name string) int {
	for len(p.columns) <= i {
		p.columns = append(p.columns, scoreColumn{code: noClass})
	}
	if c := &p.columns[i]; c.code == noClass || c.name != name {
		*c = scoreColumn{name, p.classes.code(ClassName(name))}
	}
	return p.columns[i].code
}

// scoresFor returns the scores as a task wants them: by class, or only the
// positive one's.
func (p *performance) scoresFor(c *perf.Config, score *event.Column, row int32) []float64 {
	switch {
	case c.Task == catalog.Multiclass:
		return p.scores
	case c.Task != catalog.Binary:
		return nil
	case score.Cells[row] == event.Number:
		return score.Nums[row : row+1]
	case c.Positive < len(p.scores):
		return p.scores[c.Positive : c.Positive+1]
	}
	return nil
}

// build returns what the labels showed, nil if they are none, or do not fit the
// predictions. The kinds are those of the columns, predicted "" if there is none.
func (p *performance) build(predicted, actual catalog.Kind) *Performance {
	q := p.choose(predicted, actual)
	if q == nil || q.sums.Labels() <= 0 {
		return nil
	}
	out := &Performance{Task: q.config.Task, Labels: uint64(q.sums.Labels()), Metrics: q.sums.Metrics(&q.config)}
	if out.Task == catalog.Regression || out.Task == catalog.Ranking {
		return out
	}
	out.Classes = slices.Clone(p.classes.names)
	out.Calibrator = perf.Fit(&q.config, &q.sums)
	if out.Task == catalog.Binary {
		out.PositiveClass = out.Classes[q.config.Positive]
	}
	return out
}

// choose returns the task that fits: regression if predictions and labels are
// numbers, and not just a few integers; else by the number of classes.
func (p *performance) choose(predicted, actual catalog.Kind) *possibility {
	task, positive := catalog.Regression, 0
	switch n := len(p.classes.names); {
	case p.declared && len(p.possible) > 0:
		task = p.possible[0].config.Task
	case predicted == catalog.Numeric || actual == catalog.Numeric:
		if predicted == "" {
			return nil // a score says nothing about a number
		}
	case n < 2:
		return nil // nothing to tell apart
	case n == 2:
		task = catalog.Binary
	default:
		task = catalog.Multiclass
	}
	if task == catalog.Binary && len(p.possible) > 1 {
		positive = p.classes.positive(p.actuals)
	}
	for i := range p.possible {
		if q := &p.possible[i]; q.config.Task == task && (task != catalog.Binary || q.config.Positive == positive) && positive < max(1, len(p.classes.names)) {
			return q
		}
	}
	return nil
}
