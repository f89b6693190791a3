package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// DefaultModel is a model that the configuration does not list.
var DefaultModel = Model{Tier: catalog.Standard}

// Model returns the configured model of that name, or what the defaults mean for
// one that is not configured.
func (c *Config) Model(name string) *Model {
	for i := range c.Models {
		if c.Models[i].Name == name {
			return &c.Models[i]
		}
	}
	m := DefaultModel
	m.Name = name
	return &m
}

func modelBlock(m *Model) block {
	return block{
		fields: []field{
			{"name", name(&m.Name), "Unique; the label model.", "fraud"},
			{"task", withDefault(word(&m.Task, "task", catalog.Tasks), "as the baseline shows"),
				"What the model does. none: a feature table without predictions.", "binary"},
			{"positive_class", text(&m.PositiveClass), "The class that a binary model looks for.", `"1"`},
			{"owner", text(&m.Owner), "The label model_owner of ml_model_info; alerts are routed by it.", "risk-ml"},
			{"tier", word(&m.Tier, "tier", catalog.Tiers), "Caps the priority of the model's alerts: critical P0, standard P1, best_effort P2.", "critical"},
			{"runbook_url", checked(&m.RunbookURL, "URL", checkURL), "The model's own runbook; the overview page links to it. Alerts link to that of the alert.", "https://wiki.example.org/fraud"},
			{"sources", list(&m.Sources, "", name), "Sources whose events are the model's if they name no model. Empty: any source.", "[fraud_log]"},
			{"baseline", nested(func() block { return baselineBlock(&m.Baseline) }), "What live data is compared with.", ""},
			{"objectives", nested(func() block { return objectivesBlock(&m.Objectives) }), "Service levels promised for the model.", ""},
			{"features", named(&m.Features, "feature", newFeature, func(f *Feature) value { return nested(func() block { return featureBlock(f) }) }),
				"What is declared of single features. Others are monitored too.", ""},
			{"segments", list(&m.Segments, "", name), "Columns whose values are counted as slices of the traffic.", "[country]"},
			{"fairness", withDefault(list(&m.Fairness, "", name), "none: values differ for good reasons"),
				"Those of segments whose values a binary model must treat alike: ModelFairnessViolated is about them alone.", "[country]"},
			{"label_horizon", withDefault(span(&m.LabelHorizon, time.Minute, 2*365*24*time.Hour), "labels count only in the prediction event itself"),
				"How long a prediction is kept for labels and outcomes that come in events of their own. Those that come before their prediction wait an hour for it.", "30d"},
			{"kpis", named(&m.KPIs, "KPI", func(name string) KPI { return KPI{Name: name, Better: Higher} }, func(k *KPI) value { return nested(func() block { return kpiBlock(k) }) }),
				"Business figures: a value of each prediction's outcome, added up over predictions. An outcome that comes again counts once, and another value of the same figure corrects the earlier one (windows follow it, counters keep the first). What has several parts, such as the purchases after one recommendation, is added up before it is written, or has a name and a figure for each part.", ""},
			{"champion", withDefault(name(&m.Champion), "the version with most predictions"),
				"Version that others are compared with when they score the same ids.", `"3"`},
			{"thresholds", nested(func() block { return thresholdsBlock(&m.Thresholds, true) }), "From when on values alert; what is not listed keeps its built-in threshold.", ""},
		},
		later: []string{"challenger"},
		check: func(r *reader, at string) { m.validate(r, at) },
	}
}

func (m *Model) validate(r *reader, at string) {
	if !r.given(join(at, "name")) {
		r.failf(at, "has no name; add name: as the events have it")
	}
	if m.PositiveClass != "" && m.Task != catalog.Binary && r.given(join(at, "task")) {
		r.failf(join(at, "positive_class"), "is for task binary only, the task is %s; remove it", m.Task)
	}
	if len(m.Segments) > 16 {
		r.failf(join(at, "segments"), "has %d columns; write at most 16", len(m.Segments))
	}
	m.validateFairness(r, join(at, "fairness"))
	if len(m.KPIs) > maxKPIs {
		r.failf(join(at, "kpis"), "has %d figures; write at most %d", len(m.KPIs), maxKPIs)
	}
	m.Baseline.Training = r.resolvePath(m.Baseline.Training)
}

func (m *Model) validateFairness(r *reader, at string) {
	if len(m.Fairness) > 0 && m.Task != "" && m.Task != catalog.Binary {
		r.failf(at, "is for task binary only, the task is %s; remove it", m.Task)
	}
	for i, s := range m.Fairness {
		if s != "" && !slices.Contains(m.Segments, s) {
			r.failf(index(at, i), "%q is none of the segments; add it there, or remove it here", s)
		}
		if slices.Contains(m.Fairness[:i], s) {
			r.failf(index(at, i), "%q is listed already; remove it", s)
		}
	}
}

const maxKPIs = 16

func kpiBlock(k *KPI) block {
	return block{
		fields: []field{
			{"sum", withDefault(checked(&k.Sum, "name of a value", checkKPI), ""), "Which value of the outcome events to add up.", "values.revenue"},
			{"better", word(&k.Better, "direction", []Direction{Higher, Lower}), "Whether a `higher` or a `lower` figure is good news; ModelKPIDropped is about the other.", "lower"},
		},
		check: func(r *reader, at string) {
			if !r.given(join(at, "sum")) {
				r.failf(at, "does not say what to add up; write { sum: values.revenue }")
			}
			if len(k.Name) > 128 || k.Name == "" {
				r.failf(at, "the name of a KPI has 1 to 128 bytes; shorten it")
			}
			k.Sum = strings.TrimPrefix(k.Sum, "values.")
		},
	}
}

func checkKPI(s string) string {
	if strings.TrimPrefix(s, "values.") == "" {
		return "names no value; write values. and its name, such as values.revenue"
	}
	return ""
}

func checkURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return strconv.Quote(s) + " is not a web address; write one that starts with https://"
	}
	return ""
}

// maxRolling is a quarter of a year: what lies further back is no news.
const maxRolling = 92 * 24 * time.Hour

func baselineBlock(b *Baseline) block {
	return block{
		fields: []field{
			{"training", withDefault(text(&b.Training), "learned from the first events"),
				`A file that "model_exporter profile" wrote. A relative path starts from the configuration's folder.`, "baselines/fraud.json"},
			{"rolling", withDefault(span(&b.Rolling, time.Hour, maxRolling), "no comparison"),
				"Each window that is no longer is also compared with the time of this length before it, on the same bins: what changed lately, beside what changed since training. It is shown, and does not alert.", "7d"},
		},
		later:   []string{"seasonal"},
		instead: "use training or rolling",
	}
}

// validateRolling: a window is compared with no less time than it has.
func (m *Model) validateRolling(r *reader, at string, windows []time.Duration) {
	if m.Baseline.Rolling > 0 && len(windows) > 0 && m.Baseline.Rolling < windows[0] {
		r.failf(at, "%s is shorter than every window; write at least %s", duration(m.Baseline.Rolling), duration(windows[0]))
	}
}

func objectivesBlock(o *Objectives) block {
	return block{fields: []field{
		{"availability", withDefault(ratio(&o.Availability, 0, 1), "no objective"), "Share of predictions without an error.", "99.9%"},
		{"latency", nested(func() block { return latencyObjective(o) }), "Share of predictions that are fast enough.", ""},
		{"freshness", withDefault(span(&o.Freshness, time.Second, maxWindow), "no objective; of a feature view, its TTL"), "The newest event of the model, or row of the table, is no older.", "1d"},
	}}
}

func latencyObjective(o *Objectives) block {
	return block{
		fields: []field{
			{"threshold", withDefault(span(&o.Latency, time.Millisecond, time.Hour), "no objective"), "A prediction within it is a good one.", "200ms"},
			{"ratio", withDefault(ratio(&o.LatencyRatio, 0, 1), "no objective"), "Share of good predictions.", "0.99"},
		},
		check: func(r *reader, at string) {
			if r.given(join(at, "threshold")) != r.given(join(at, "ratio")) {
				r.failf(at, "needs both threshold and ratio; write { threshold: 200ms, ratio: 0.99 }")
			}
		},
	}
}

func newFeature(name string) Feature { return Feature{Name: name, Importance: Normal} }

func featureBlock(f *Feature) block {
	kinds := []catalog.Kind{catalog.Numeric, catalog.Categorical, catalog.Boolean}
	return block{
		fields: []field{
			{"kind", withDefault(word(&f.Kind, "kind", kinds, "text", "embedding", "timestamp"), "as the baseline has it"),
				"What the values are.", "categorical"},
			{"importance", word(&f.Importance, "importance", []Importance{High, Normal}), "high: lower thresholds and more urgent alerts.", "high"},
			{"range", rangeValue(&f.Range), "Least and greatest legal value, both included; .inf and -.inf leave a side open.", "[0, 50000]"},
			{"sentinels", list(&f.Sentinels, 0, func(x *float64) value { return withDefault(number(x, -unbounded, unbounded), "") }),
				"Numbers that stand for something else, such as -999 for unknown.", "[-999]"},
			{"max_categories", withDefault(count(&f.MaxCategories, 2, 10_000), "global.max_categories"), "Categories to tell apart; the rest is \"other\".", "200"},
			{"thresholds", nested(func() block { return thresholdsBlock(&f.Thresholds, false) }), "From when on the feature's values alert.", ""},
		},
		check: func(r *reader, at string) { f.validate(r, at) },
	}
}

func (f *Feature) validate(r *reader, at string) {
	if len(f.Name) > 256 || f.Name == "" {
		r.failf(at, "the name of a feature has 1 to 256 bytes; shorten it")
	}
	if f.Kind == "" || f.Kind == catalog.Numeric {
		if f.Kind == catalog.Numeric && f.MaxCategories > 0 {
			r.failf(join(at, "max_categories"), "a numeric feature has none; remove it")
		}
		return
	}
	if f.Range != nil {
		r.failf(join(at, "range"), "is for numeric features, this one is %s; remove it", f.Kind)
	}
	if len(f.Sentinels) > 0 {
		r.failf(join(at, "sentinels"), "is for numeric features, this one is %s; remove it", f.Kind)
	}
}

// rangeValue is a list of the least and the greatest value.
func rangeValue(p **[2]float64) value {
	each := func() shape { return shape{kind: "number", types: []string{"number", "string"}} }
	v := value{shape: shape{kind: "[least, greatest]", types: []string{"array"}, each: each}}
	v.read = func(r *reader, n *yaml.Node, at string) {
		if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
			r.failf(at, "is not a pair; write [least, greatest]")
			return
		}
		var bounds [2]float64
		for i, c := range n.Content {
			if !r.bound(resolve(c), index(at, i), &bounds[i]) {
				return
			}
		}
		if bounds[0] > bounds[1] {
			r.failf(at, "[%s, %s] is empty; write the lower bound first", decimal(bounds[0]), decimal(bounds[1]))
			return
		}
		*p = &bounds
	}
	return v
}

func (r *reader) bound(n *yaml.Node, at string, p *float64) bool {
	s, ok := r.scalar(n, at, "number")
	if !ok {
		return false
	}
	if i := slices.Index([]string{".inf", "+.inf", "-.inf"}, s); i >= 0 {
		*p = [...]float64{unbounded, unbounded, -unbounded}[i]
		return true
	}
	number(p, -unbounded, unbounded).read(r, n, at)
	return !r.failed(at)
}
