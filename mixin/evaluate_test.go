package mixin

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-jsonnet"

	"github.com/model-exporter/model_exporter/rules"
)

// evaluated is what the mixin is for given settings.
type evaluated struct {
	Alerts, Rules struct{ Groups []rules.Group }
	Dashboards    map[string]any
}

// groups are all groups, in the order of the rule file.
func (e evaluated) groups() []rules.Group {
	return append(e.Rules.Groups, e.Alerts.Groups...)
}

// vm reads each file once for all tests.
var vm = sync.OnceValue(jsonnet.MakeVM)

// evaluate runs the mixin as a user does who has jsonnet and not Go. The settings
// are the fields of _config.modelExporter.
func evaluate(t *testing.T, settings string) (evaluated, error) {
	t.Helper()
	var e evaluated
	text, err := vm().EvaluateAnonymousSnippet("user.jsonnet", `
		local mixin = (import 'mixin.libsonnet') + { _config+:: { modelExporter+: {`+settings+`} } };
		{ Alerts: mixin.prometheusAlerts, Rules: mixin.prometheusRules, Dashboards: mixin.grafanaDashboards }`)
	if err != nil {
		return e, err
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields() // such as a field that is no rule's
	return e, d.Decode(&e)
}
