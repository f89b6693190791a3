package dashboards

import (
	"cmp"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// variable is a choice at the top of a dashboard: the values of a label. Every
// query of the dashboard on a metric with a label of that name matches it.
type variable struct {
	name, label string
	query       string // the series whose label it is; "" is the data source
	of          string // the label, where it has another name; queries then match it themselves
	listed      bool   // all of them are named one by one, since the label has more values
	single      bool   // one value, not several or all
	first       string // chosen at first; without it all, or the first
}

// shared are the variables of every dashboard.
func shared(o Options) []variable {
	vs := []variable{{name: "datasource", label: "Data source"}}
	if o.Cluster != "" {
		vs = append(vs, variable{name: o.Cluster, label: "Cluster", query: `ml_model_info`})
	}
	return append(vs, variable{name: "job", label: "Job", query: `ml_model_info`})
}

// The variables of dashboards about models. Links from alerts set the first two.
var (
	modelVariable      = variable{name: "model", label: "Model", query: `ml_model_info`}
	oneModelVariable   = variable{name: "model", label: "Model", query: `ml_model_info`, single: true}
	versionVariable    = variable{name: "model_version", label: "Version", query: `ml_model_info`}
	oneVersionVariable = variable{name: "model_version", label: "Version", query: `ml_model_info`, single: true}
	windowVariable     = variable{name: "window", label: "Window", query: `ml_window_values`, single: true}
	metricVariable     = variable{name: "metric", label: "Metric", query: `ml_performance`, single: true}
	statisticVariable  = variable{name: "statistic", label: "Statistic", query: `ml_feature_drift`, single: true, first: "psi"}
	segmentVariable    = variable{name: "segment", label: "Segment", query: `ml_segment_predictions_total`, single: true}
	featureVariable    = variable{name: "feature", label: "Feature", query: `ml_feature_values_total`, single: true}
)

func (v *variable) model(x *expander) (dashboard.VariableModel, error) {
	m := dashboard.NewVariableModel()
	m.Name, m.Label = v.name, ptr(v.label)
	if v.query == "" {
		m.Type = dashboard.VariableTypeDatasource
		m.Query = &dashboard.StringOrMap{String: ptr("prometheus")}
		if x.Datasource != "" {
			m.Current = option(x.Datasource, x.Datasource)
		}
		return *m, nil
	}
	expr, err := x.before(v).expr(v.query)
	query := "label_values(" + expr + ", " + cmp.Or(v.of, v.name) + ")"
	m.Type, m.Datasource = dashboard.VariableTypeQuery, source()
	m.Query, m.Definition = &dashboard.StringOrMap{String: &query}, &query
	m.Refresh = ptr(dashboard.VariableRefreshOnTimeRangeChanged)
	m.Sort = ptr(dashboard.VariableSortNaturalAsc)
	m.Multi, m.IncludeAll = ptr(!v.single), ptr(!v.single)
	switch {
	case v.first != "":
		m.Current = option(v.first, v.first)
	case !v.single:
		if !v.listed {
			m.AllValue = ptr(".+")
		}
		m.Current = &dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		}
	}
	return *m, err
}

func option(text, value string) *dashboard.VariableOption {
	return &dashboard.VariableOption{
		Text:  dashboard.StringOrArrayOfString{String: &text},
		Value: dashboard.StringOrArrayOfString{String: &value},
	}
}
