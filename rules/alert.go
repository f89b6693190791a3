package rules

import (
	"maps"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// alert is one name that users route and silence by. It becomes a rule for each
// of its cases and for each priority to which a model's tier caps them.
type alert struct {
	name      string
	component component
	dashboard string
	summary   string // static: the headline of a group
	cases     []alertCase
}

// component says whose problem it is.
type component string

const (
	data     component = "data"
	models   component = "model"
	system   component = "system"
	business component = "business"
)

// alertCase is one condition of an alert.
type alertCase struct {
	priority    catalog.Priority
	expr        string
	description string
	wait        time.Duration
	keep        time.Duration     // keeps firing so long after the last bad evaluation
	labels      map[string]string // static ones, where two cases have equal labels else
	scope       scope
}

// scope says what an alert is about: whose labels the condition has, and where
// owner and tier come from.
type scope int

const (
	byVersion  scope = iota // a model version; capped by its tier
	byModel                 // all versions of a model; capped by its tier
	thresholds              // a model version against threshold series, which the exporter caps
	exporter                // an exporter, which has no tier
)

type alertGroup struct {
	name   string
	alerts []alert
}

// capped lists the tiers at which a condition of a priority fires with each.
var capped = map[catalog.Priority][]struct {
	priority catalog.Priority
	tiers    []catalog.Tier
}{
	catalog.P0: {
		{catalog.P0, []catalog.Tier{catalog.Critical}},
		{catalog.P1, []catalog.Tier{catalog.Standard}},
		{catalog.P2, []catalog.Tier{catalog.BestEffort}},
	},
	catalog.P1: {
		{catalog.P1, []catalog.Tier{catalog.Critical, catalog.Standard}},
		{catalog.P2, []catalog.Tier{catalog.BestEffort}},
	},
	catalog.P2: {{catalog.P2, nil}},
}

func (a *alert) rules(w *rewriter) ([]Rule, error) {
	var rules []Rule
	add := func(c *alertCase, p catalog.Priority, expr string) error {
		r, err := a.rule(w, c, p, expr)
		rules = append(rules, r)
		return err
	}
	for i := range a.cases {
		c := &a.cases[i]
		var err error
		switch c.scope {
		case exporter:
			err = add(c, c.priority, c.expr)
		case thresholds:
			err = add(c, c.priority, owned(c.expr, byVersion, nil))
		default:
			for _, cap := range capped[c.priority] {
				if err == nil {
					err = add(c, cap.priority, owned(c.expr, c.scope, cap.tiers))
				}
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// owned gives the results of a condition the label model_owner, and keeps those
// of models of the tiers. It does not change a value: the info is 1.
func owned(expr string, s scope, tiers []catalog.Tier) string {
	on, info := "model, model_version", "model_version_owner_tier:ml_model_info:max"
	if s == byModel {
		on, info = "model", "model_owner_tier:ml_model_info:max"
	}
	matcher := ""
	if len(tiers) > 0 {
		var words []string
		for _, t := range tiers {
			words = append(words, string(t))
		}
		matcher = `{model_tier=~"` + strings.Join(words, "|") + `"}`
	}
	return "(" + expr + ") * on (" + on + ") group_left (model_owner) " + info + matcher
}

func (a *alert) rule(w *rewriter, c *alertCase, p catalog.Priority, expr string) (Rule, error) {
	expr, err := w.pretty(expr)
	if err != nil {
		return Rule{}, err
	}
	description, err := w.template(strings.TrimSpace(c.description))
	if err != nil {
		return Rule{}, err
	}
	r := Rule{
		Alert: a.name, Expr: expr,
		For: w.wait(a.name, c.wait), KeepFiringFor: model.Duration(c.keep),
		Labels: map[string]string{"priority": string(p), "severity": severities[p], "component": string(a.component)},
		Annotations: map[string]string{
			"summary":       a.summary,
			"description":   description,
			"runbook_url":   w.RunbookURL + "/" + a.name + ".md",
			"dashboard_url": w.DashboardURL + "/" + a.dashboard,
		},
	}
	if c.scope == exporter {
		r.Labels["model_owner"] = w.ExporterOwner
	}
	maps.Copy(r.Labels, c.labels)
	maps.Copy(r.Labels, w.Labels)
	return r, nil
}
