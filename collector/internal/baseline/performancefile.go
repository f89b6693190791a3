package baseline

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/perf"
)

// maxPerformance bounds the section in bytes: 64 curves of a thousand steps are
// half as large.
const maxPerformance = 4 << 20

// performanceJSON is Performance as it is written.
type performanceJSON struct {
	Task          catalog.Task     `json:"task"`
	Labels        uint64           `json:"labels"`
	Classes       []string         `json:"classes,omitempty"`
	PositiveClass string           `json:"positive_class,omitempty"`
	Metrics       []metricJSON     `json:"metrics"`
	Calibrator    *perf.Calibrator `json:"calibrator,omitempty"`
}

type metricJSON struct {
	Metric catalog.Metric `json:"metric"`
	Value  float64        `json:"value"`
	Lower  float64        `json:"lower"`
	Upper  float64        `json:"upper"`
}

// UnmarshalJSON implements json.Unmarshaler. It limits the length, because an
// empty object takes two bytes in the file and fifty times that in memory.
func (j *performanceJSON) UnmarshalJSON(data []byte) error {
	type plain performanceJSON // without this method
	return decodeSection("performance", maxPerformance, data, (*plain)(j))
}

// decodeSection decodes a section of the file of at most so many bytes.
func decodeSection(name string, most int, data []byte, into any) error {
	if len(data) > most {
		return fmt.Errorf("%s: larger than %d MiB", name, most>>20)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func performanceToJSON(p *Performance) *performanceJSON {
	if p == nil {
		return nil
	}
	j := performanceJSON{
		Task: p.Task, Labels: p.Labels, Classes: p.Classes, PositiveClass: p.PositiveClass,
		Metrics: make([]metricJSON, len(p.Metrics)), Calibrator: p.Calibrator,
	}
	for i, v := range p.Metrics {
		j.Metrics[i] = metricJSON(v)
	}
	return &j
}

func performanceOf(j *performanceJSON) *Performance {
	if j == nil {
		return nil
	}
	p := Performance{
		Task: j.Task, Labels: j.Labels, Classes: j.Classes, PositiveClass: j.PositiveClass,
		Metrics: make([]perf.Value, len(j.Metrics)), Calibrator: j.Calibrator,
	}
	for i, v := range j.Metrics {
		p.Metrics[i] = perf.Value(v)
	}
	return &p
}

// check returns the field in which something is wrong, and what.
func (p *Performance) check(rows uint64) (field string, err error) {
	if p.Labels == 0 || p.Labels > rows {
		return "labels", fmt.Errorf("%d of %d rows", p.Labels, rows)
	}
	if field, err := p.checkClasses(); err != nil {
		return field, err
	}
	if err := p.checkMetrics(); err != nil {
		return "metrics", err
	}
	return "calibrator", p.checkCalibrator()
}

func (p *Performance) checkClasses() (field string, err error) {
	switch p.Task {
	case catalog.Binary, catalog.Multiclass:
		if len(p.Classes) == 0 || len(p.Classes) > perf.MaxClasses {
			return "classes", fmt.Errorf("%d of them; 1 to %d are possible", len(p.Classes), perf.MaxClasses)
		}
	case catalog.Regression, catalog.Ranking:
		if len(p.Classes) > 0 {
			return "classes", fmt.Errorf("a %s has none", p.Task)
		}
	default:
		return "task", fmt.Errorf("%q has no performance", p.Task)
	}
	for i, name := range p.Classes {
		if name == "" || slices.Contains(p.Classes[:i], name) {
			return "classes", fmt.Errorf("%q is empty or there twice", name)
		}
	}
	if binary := p.Task == catalog.Binary; binary != (p.positive() >= 0) || !binary && p.PositiveClass != "" {
		return "positive_class", fmt.Errorf("%q; only a binary model has one, and it is one of the classes", p.PositiveClass)
	}
	return "", nil
}

// positive returns the code of the positive class, -1 if there is none.
func (p *Performance) positive() int { return slices.Index(p.Classes, p.PositiveClass) }

func (p *Performance) checkMetrics() error {
	last := -1
	for _, v := range p.Metrics {
		i := slices.Index(catalog.Metrics, v.Metric)
		switch {
		case i < 0:
			return fmt.Errorf("%q is unknown", v.Metric)
		case i <= last:
			return fmt.Errorf("%s is there twice, or not in the order of the reference", v.Metric)
		case !(v.Lower <= v.Value && v.Value <= v.Upper):
			return fmt.Errorf("%s: %v is not between %v and %v", v.Metric, v.Value, v.Lower, v.Upper)
		}
		last = i
	}
	return nil
}

func (p *Performance) checkCalibrator() error {
	if p.Calibrator == nil {
		return nil
	}
	if len(p.Calibrator.Curves) == 0 {
		return errors.New("has no curves; leave it out")
	}
	last := -1
	for i := range p.Calibrator.Curves {
		c := &p.Calibrator.Curves[i]
		switch {
		case c.Class <= last || c.Class >= len(p.Classes):
			return fmt.Errorf("class %d after %d of %d classes; they ascend", c.Class, last, len(p.Classes))
		case p.Task == catalog.Binary && c.Class != p.positive():
			return fmt.Errorf("class %d is not the positive one", c.Class)
		}
		if err := checkCurve(c, p.Labels); err != nil {
			return fmt.Errorf("class %d: %w", c.Class, err)
		}
		last = c.Class
	}
	return nil
}

func checkCurve(c *perf.Curve, labels uint64) error {
	n := len(c.Edges)
	if n == 0 || n > perf.ScoreBins || len(c.Probabilities) != n || len(c.Labels) != n {
		return fmt.Errorf("%d edges, %d probabilities and %d labels; they are as many as steps, 1 to %d", n, len(c.Probabilities), len(c.Labels), perf.ScoreBins)
	}
	if c.Edges[0] != 0 {
		return fmt.Errorf("edges: the first is %v, not 0", c.Edges[0])
	}
	edge, probability := math.Inf(-1), 0.0
	for i := range n {
		switch e, p, k := c.Edges[i], c.Probabilities[i], c.Labels[i]; {
		case e <= edge || e > 1:
			return fmt.Errorf("edges: %v after %v; they ascend within 0..1", e, edge)
		case p < probability || p > 1:
			return fmt.Errorf("probabilities: %v after %v; they ascend within 0..1", p, probability)
		case k <= 0 || uint64(k) > labels:
			return fmt.Errorf("labels: %d, of %d that are left", k, labels)
		default:
			edge, probability, labels = e, p, labels-uint64(k)
		}
	}
	return nil
}
