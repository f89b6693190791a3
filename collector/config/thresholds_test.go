package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
)

func TestThresholds(t *testing.T) {
	type p = map[catalog.Priority]float64
	const p0, p1, p2 = catalog.P0, catalog.P1, catalog.P2
	for _, test := range []struct {
		name, model             string
		psi, ks, missing, score p // of feature a, and of the outputs
	}{
		{"built in", "tier: critical", p{p2: 0.25}, nil, p{p1: 0.2, p2: 0.05}, p{p1: 0.25, p2: 0.1}},
		{"high importance", "features: { a: { importance: high } }",
			p{p1: 0.25, p2: 0.1}, nil, p{p1: 0.05, p2: 0.01}, p{p1: 0.25, p2: 0.1}},
		{"best effort moves down only what has no own", "tier: best_effort\nfeatures: { a: { importance: high } }",
			p{p2: 0.1}, nil, p{p2: 0.01}, p{p2: 0.1}},
		{"of the model", "thresholds: { feature_drift: { psi: { P1: 0.4 }, ks: { P1: 0.2 } }, output_drift: { psi: { P2: 0.2 } } }",
			p{p1: 0.4, p2: 0.25}, p{p1: 0.2}, p{p1: 0.2, p2: 0.05}, p{p1: 0.25, p2: 0.2}},
		{"best effort moves down a lone one", "tier: best_effort\nthresholds: { feature_drift: { ks: { P0: 0.3, P1: 0.2 } } }",
			p{p2: 0.25}, p{p2: 0.2}, p{p2: 0.05}, p{p2: 0.1}},
		{"standard moves P0 down", "thresholds: { feature_drift: { ks: { P0: 0.3 } } }",
			p{p2: 0.25}, p{p1: 0.3}, p{p1: 0.2, p2: 0.05}, p{p1: 0.25, p2: 0.1}},
		{"of the feature beats the model", "thresholds: { feature_drift: { psi: { P2: 0.5 } } }\nfeatures: { a: { thresholds: { feature_drift: { psi: { P2: 20% } }, feature_violations: { missing: { P2: 2% } } } } }",
			p{p2: 0.2}, nil, p{p1: 0.2, p2: 0.02}, p{p1: 0.25, p2: 0.1}},
		{"a lower P1 takes P2 with it", "thresholds: { feature_drift: { psi: { P1: 0.05 } } }",
			p{p1: 0.05, p2: 0.05}, nil, p{p1: 0.2, p2: 0.05}, p{p1: 0.25, p2: 0.1}},
		{"off", "thresholds: { feature_drift: { psi: { P2: off } }, output_drift: { psi: { P1: off } }, feature_violations: { missing: { P1: off, P2: false } } }",
			nil, nil, nil, p{p2: 0.1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "sources:\n  - { name: s, stdin: {} }\nmodels:\n  - name: m\n"
			for line := range strings.SplitSeq(test.model, "\n") {
				text += "    " + line + "\n"
			}
			c, err := config.Parse("m.yml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			m := c.Model("m")
			drift, checks := m.FeatureThresholds("a")
			got := []p{drift[catalog.PSI], drift[catalog.KS], checks[catalog.CheckMissing], m.OutputThresholds()[catalog.PSI]}
			if diff := cmp.Diff(got, []p{test.psi, test.ks, test.missing, test.score}); diff != "" {
				t.Errorf("psi, ks, missing, output (-got +want):\n%s", diff)
			}
		})
	}
}

func TestPerformanceThresholds(t *testing.T) {
	type p = map[catalog.Priority]float64
	for _, test := range []struct {
		name, model         string
		accuracy, estimated p
	}{
		{"built in", "tier: critical", p{catalog.P0: 0.15, catalog.P1: 0.05}, p{catalog.P1: 0.15, catalog.P2: 0.05}},
		{"the tier caps", "tier: best_effort", p{catalog.P2: 0.05}, p{catalog.P2: 0.05}},
		{"of the model", "tier: critical\nthresholds: { performance: { accuracy: { P0: 30% } }, estimated_performance: { accuracy: { P2: off } } }",
			p{catalog.P0: 0.3, catalog.P1: 0.05}, p{catalog.P1: 0.15}},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := "sources:\n  - { name: s, stdin: {} }\nmodels:\n  - name: m\n"
			for line := range strings.SplitSeq(test.model, "\n") {
				text += "    " + line + "\n"
			}
			cfg, err := config.Parse("m.yml", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			performance, estimated := cfg.Models[0].PerformanceThresholds()
			if diff := cmp.Diff(performance[catalog.Accuracy], test.accuracy); diff != "" {
				t.Errorf("performance (-got +want): %s", diff)
			}
			if diff := cmp.Diff(estimated[catalog.Accuracy], test.estimated); diff != "" {
				t.Errorf("estimated performance (-got +want): %s", diff)
			}
		})
	}
}

func TestFairnessThresholds(t *testing.T) {
	for tier, want := range map[catalog.Tier]catalog.Priority{
		catalog.Critical: catalog.P1, catalog.Standard: catalog.P1, catalog.BestEffort: catalog.P2,
	} {
		m := config.Model{Tier: tier}
		type p = map[catalog.Priority]float64
		if diff := cmp.Diff(m.FairnessThresholds(), map[catalog.Fairness]p{
			catalog.DemographicParityDifference: {want: 0.1},
			catalog.EqualOpportunityDifference:  {want: 0.1},
			catalog.DisparateImpactRatio:        {want: 0.8},
		}); diff != "" {
			t.Errorf("%s (-got +want):\n%s", tier, diff)
		}
	}
}

func TestMultivariateThresholds(t *testing.T) {
	type p = map[catalog.Priority]float64
	for _, test := range []struct {
		name, model string
		want        p
	}{
		{"built in", "tier: critical", p{catalog.P2: 0.2}},
		{"of the model", "thresholds: { multivariate_drift: { pca_reconstruction: { P1: 0.6, P2: 30% } } }", p{catalog.P1: 0.6, catalog.P2: 0.3}},
		{"off", "thresholds: { multivariate_drift: { pca_reconstruction: { P2: off } } }", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg, err := config.Parse("m.yml", []byte("sources:\n  - { name: s, stdin: {} }\nmodels:\n  - name: m\n    "+test.model+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(cfg.Models[0].MultivariateThresholds()[catalog.PCAReconstruction], test.want); diff != "" {
				t.Errorf("(-got +want): %s", diff)
			}
		})
	}
	_, err := config.Parse("m.yml", []byte("sources:\n  - { name: s, stdin: {} }\nmodels:\n  - name: m\n    features: { a: { thresholds: { multivariate_drift: { pca_reconstruction: { P2: 1 } } } } }\n"))
	if err == nil || !strings.Contains(err.Error(), "multivariate_drift") {
		t.Errorf("of one feature: %v", err)
	}
}
