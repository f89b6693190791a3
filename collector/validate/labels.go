package validate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	promodel "github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

const (
	// pendingBytes is what a prediction that waits for its label takes in memory;
	// the rest of it is in the store.
	pendingBytes = 7
	// unsavedBytes is what one takes until it is in the store, with its copy in the
	// commit, and mostUnsaved what all of them take.
	unsavedBytes = 360
	mostUnsaved  = 80 << 20
	// mostPending wait at once.
	mostPending = 1 << 26
)

// truth is what the samples have of a model and its labels.
type truth struct {
	predictions int
	labelled    int // of them, with their label
	apart       int // labels that are events of their own
	outcomes    int
	missing     []string // values that the model's KPIs add up and no outcome has
}

// truthOf counts the events that name the model, or that are in one of its sources
// and name none.
func truthOf(m *model.Model, samples []*sample) (n truth) {
	for _, s := range samples {
		b := &s.batch
		for row, kind := range b.Types {
			name, named := "", b.Model.Cells[row] == event.Text
			if named {
				name, _ = b.Model.Text(row)
			}
			switch {
			case named && name != m.Name || !named && !reads(m.Config, s.source.Name):
			case kind == event.Outcome:
				n.outcomes++
			case kind == event.Label:
				n.apart++
			default:
				n.predictions++
				if c := b.Actual.Cells[row]; c == event.Number || c == event.Bool || c == event.Text {
					n.labelled++
				}
			}
		}
	}
	if n.outcomes > 0 {
		n.missing = missingValues(m.Config, samples)
	}
	return n
}

// missingValues lists what KPIs add up and no sample has a value of.
func missingValues(c *config.Model, samples []*sample) (names []string) {
	for _, k := range c.KPIs {
		if !slices.ContainsFunc(samples, func(s *sample) bool {
			return slices.ContainsFunc(s.batch.Values, func(col event.Column) bool {
				return col.Name == k.Sum && event.CountCells(col.Cells, event.Number) > 0
			})
		}) {
			names = append(names, k.Sum)
		}
	}
	return names
}

// labels prints how each model gets its labels, and returns the memory of the
// predictions that wait for them, by model.
func (r *report) labels(set *model.Set, samples []*sample) map[*model.Model]int {
	rows := [][]string{{"model", "label_horizon", "with their label", "labels apart", "outcomes", "predictions waiting", "baseline"}}
	bytes, truths, all := map[*model.Model]int{}, map[*model.Model]truth{}, 0
	for _, m := range set.Models {
		truths[m] = truthOf(m, samples)
		all += truths[m].predictions
	}
	perSecond, problems := rate(samples), []string(nil)
	for _, m := range set.Models {
		n := truths[m]
		if !n.concern(m.Config) {
			continue
		}
		horizon, waiting := "none", "-"
		if h := m.Config.LabelHorizon; h > 0 {
			horizon, waiting = promodel.Duration(h).String(), "unknown"
			if own := perSecond * float64(n.predictions) / float64(max(1, all)); own > 0 {
				pending := min(own*h.Seconds(), mostPending)
				waiting, bytes[m] = "about "+thousands(rounded(pending)), int(pending*pendingBytes+min(pending*unsavedBytes, mostUnsaved))
			}
		}
		rows = append(rows, []string{m.Name, horizon, percent(n.labelled, n.predictions), thousands(n.apart), thousands(n.outcomes), waiting, performance(m)})
		if p := n.unmet(m.Config); p != "" {
			problems = append(problems, fmt.Sprintf("model %q %s; set label_horizon to how long predictions shall wait", m.Name, p))
		}
		for _, name := range n.missing {
			problems = append(problems, fmt.Sprintf("no outcome of model %q has a number values.%s; correct the KPI, or where fields.values is found", m.Name, name))
		}
		if p := unknownPositive(m); p != "" {
			problems = append(problems, p)
		}
	}
	if len(rows) == 1 {
		return nil
	}
	r.printf("Labels\n")
	r.table(rows...)
	for _, p := range problems {
		r.problem("%s", p)
	}
	r.printf("\n")
	return bytes
}

// concern tells whether the model has to do with labels.
func (n truth) concern(c *config.Model) bool {
	return c.LabelHorizon > 0 || len(c.KPIs) > 0 || len(c.Thresholds.Performance) > 0 || n.labelled > 0 || n.apart+n.outcomes > 0
}

// unmet is what is asked for and cannot be, because no prediction waits.
func (n truth) unmet(c *config.Model) string {
	switch {
	case c.LabelHorizon > 0:
		return ""
	case n.apart+n.outcomes > 0:
		return "gets labels or outcomes, and no prediction waits for them"
	case len(c.KPIs) > 0:
		return "has kpis, and no prediction waits for outcomes"
	case len(c.Thresholds.Performance) > 0 && n.labelled == 0:
		return "has thresholds of performance, and no prediction has or waits for a label"
	}
	return ""
}

// unknownPositive says that the positive class is none of the baseline's.
func unknownPositive(m *model.Model) string {
	p, class := m.Performance(), m.Config.PositiveClass
	if p == nil || class == "" || m.Baseline.Learned || len(p.Classes) == 0 {
		return ""
	}
	name := baseline.ClassName(class)
	if slices.Contains(p.Classes, name) || slices.Contains(p.Classes, baseline.ClassTwin(name)) {
		return ""
	}
	return fmt.Sprintf("positive_class %q of model %q is no class of its baseline; write one of %s", class, m.Name, strings.Join(p.Classes, ", "))
}

// performance says what a model's performance is compared with.
func performance(m *model.Model) string {
	p := m.Performance()
	if p == nil || m.Baseline.Learned { // by now, from the sample
		return "no performance; profile with labels"
	}
	var best []string
	for _, v := range p.Metrics {
		if slices.Contains([]catalog.Metric{catalog.Accuracy, catalog.ROCAUC, catalog.MAE, catalog.RMSE}, v.Metric) {
			best = append(best, fmt.Sprintf("%s %.4g", v.Metric, v.Value))
		}
	}
	return fmt.Sprintf("%s of %s", strings.Join(best, ", "), plural(int(p.Labels), "label"))
}

// rate estimates how many predictions a second the samples have, by the gaps
// between them. The longest hundredth is left out: it is between files.
func rate(samples []*sample) (perSecond float64) {
	for _, s := range samples {
		var times []int64
		for i, t := range s.batch.Times {
			if s.batch.Types[i] == event.Prediction && t != event.NoTime {
				times = append(times, t)
			}
		}
		slices.Sort(times)
		var gaps []int64
		for i := 1; i < len(times); i++ {
			gaps = append(gaps, times[i]-times[i-1])
		}
		slices.Sort(gaps)
		gaps = gaps[:len(gaps)-len(gaps)/100]
		sum := int64(0)
		for _, g := range gaps {
			sum += g
		}
		if sum > 0 {
			perSecond += float64(len(gaps)) / time.Duration(sum).Seconds()
		}
	}
	return perSecond
}

// rounded keeps two digits: it is an estimate.
func rounded(x float64) int {
	unit := 1.0
	for x >= 100*unit {
		unit *= 10
	}
	return int(x/unit+0.5) * int(unit)
}
