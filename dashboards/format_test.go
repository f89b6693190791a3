package dashboards

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// written are the files that Write makes.
func written(t *testing.T, f Format, o Options, object Object) map[string][]byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "folder")
	if err := Write(dir, f, o, object); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != len(boards) {
		t.Fatalf("%d files of %d dashboards", len(files), len(boards))
	}
	return files
}

// TestImport: the import page asks for the data source and finds where it goes;
// but for that the file is the usual one.
func TestImport(t *testing.T) {
	plain := written(t, Grafana, Defaults(), Object{})
	for name, text := range written(t, Import, Defaults(), Object{}) {
		var got, want map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(plain[name], &want); err != nil {
			t.Fatal(err)
		}
		input := got["__inputs"].([]any)[0].(map[string]any)
		if input["type"] != "datasource" || input["pluginId"] != "prometheus" {
			t.Errorf("%s asks for %v", name, input)
		}
		needs := map[string]bool{}
		for _, r := range got["__requires"].([]any) {
			r := r.(map[string]any)
			needs[r["type"].(string)+" "+r["id"].(string)] = true
		}
		for _, p := range kinds(want["panels"]) {
			if !needs["panel "+p] {
				t.Errorf("%s does not say that it needs %s", name, p)
			}
		}
		if !needs["grafana grafana"] || !needs["datasource prometheus"] {
			t.Errorf("%s needs only %v", name, needs)
		}
		source := got["templating"].(map[string]any)["list"].([]any)[0].(map[string]any)
		if current := source["current"].(map[string]any); current["value"] != "${"+input["name"].(string)+"}" {
			t.Errorf("%s: what was chosen goes to %v", name, current)
		}
		delete(got, "__inputs")
		delete(got, "__requires")
		delete(source, "current")
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s differs from the one for provisioning in more than that", name)
		}
	}
}

// TestOperator: each object holds the usual file, is one that the sidecar finds, and
// is not larger than Kubernetes allows.
func TestOperator(t *testing.T) {
	plain := written(t, Grafana, Defaults(), Object{})
	for name, text := range written(t, Operator, Defaults(), Object{Namespace: "monitoring", Labels: map[string]string{"team": "ml"}}) {
		if len(text) >= 1<<20 {
			t.Errorf("%s has %d bytes", name, len(text))
		}
		var got map[string]any
		if err := yaml.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		uid := strings.TrimSuffix(name, ".yml")
		want := map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{
				"name": uid, "namespace": "monitoring", "labels": map[string]any{"grafana_dashboard": "1", "team": "ml"},
			},
			"data": map[string]any{uid + ".json": string(plain[uid+".json"])},
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s is another object: %v %v", name, got["kind"], got["metadata"])
		}
	}
}

// TestOptions: each option does what it says in every dashboard.
func TestOptions(t *testing.T) {
	o := Options{Datasource: "thanos", Selector: `stage="prod"`, Cluster: "site", TitlePrefix: "ML / ", Tags: []string{"mine"}, RunbookURL: "https://wiki/alerts"}
	usual := written(t, Grafana, Defaults(), Object{})
	for name, text := range written(t, Grafana, o, Object{}) {
		for _, want := range []string{`"title": "ML / `, `"mine"`, `"value": "thanos"`, `"name": "site"`, `site=~\"$site\"`, `stage=\"prod\"`} {
			if !bytes.Contains(text, []byte(want)) || bytes.Contains(usual[name], []byte(want)) {
				t.Errorf("%s lacks %s, or always has it", name, want)
			}
		}
		if bytes.Count(text, []byte("${job:queryparam}")) != bytes.Count(text, []byte("${site:queryparam}")) {
			t.Errorf("%s: links forget the site", name)
		}
		if bytes.Contains(text, []byte(runbooks)) || bytes.Contains(text, []byte(Defaults().RunbookURL)) {
			t.Errorf("%s links to other runbooks", name)
		}
	}
	for _, r := range readAll(t, o) {
		for _, f := range unmatched(t, &r, "site") {
			if metric := f[strings.LastIndex(f, " ")+1:]; isExporter(metric) {
				t.Errorf("%s is of every site", f)
			}
		}
		for _, a := range r.asks() {
			selectors(parsed(t, a), func(s *parser.VectorSelector, _ []parser.Node) {
				if (matcher(s, "stage") == `stage="prod"`) != isExporter(s.Name) {
					t.Errorf("%s: %s is of another stage", a.where, s.Name)
				}
			})
		}
	}
	for want, err := range map[string]error{
		"names metrics":   only(All(Options{Selector: `{__name__="x"}`})),
		"no legal label":  only(All(Options{Cluster: "bad label"})),
		"means something": only(All(Options{Cluster: "model"})),
		"namespace":       Write(t.TempDir(), Operator, Defaults(), Object{Namespace: "Bad_NS"}),
		"bad label=x":     Write(t.TempDir(), Operator, Defaults(), Object{Labels: map[string]string{"bad label": "x"}}),
		"the sidecar":     Write(t.TempDir(), Operator, Defaults(), Object{Labels: map[string]string{"grafana_dashboard": "0"}}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want …%s…", err, want)
		}
	}
	if _, err := All(Options{Selector: `stage=prod`}); err == nil || !strings.Contains(err.Error(), "stage=prod") {
		t.Errorf("a selector without quotes gives %v", err)
	}
}

func only(_ []Dashboard, err error) error { return err }

// TestSameTwice: nothing depends on the order of a map or on the time.
func TestSameTwice(t *testing.T) {
	first := written(t, Operator, Defaults(), Object{})
	for name, text := range written(t, Operator, Defaults(), Object{}) {
		if !slices.Equal(first[name], text) {
			t.Errorf("%s differs from one time to the next", name)
		}
	}
}

func TestExpressions(t *testing.T) {
	x, err := newExpander(Options{}, []variable{{name: "datasource"}, {name: "job"}, {name: "model"}, {name: "window", single: true}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ expr, want string }{
		{`ml_predictions_total`, `ml_predictions_total{job=~"$job",model=~"$model"}`},
		{`ml_feature_mean{window="1h"}`, `ml_feature_mean{job=~"$job",model=~"$model",window="1h"}`},
		{`ml_feature_mean`, `ml_feature_mean{job=~"$job",model=~"$model",window="$window"}`},
		{`rate(ml_kpi_total[$__rate_interval] @@)`, `rate(ml_kpi_total{job=~"$job",model=~"$model"}[$__rate_interval])`},
		{`increase(model_exporter_rejected_total[$__range])`, `increase(model_exporter_rejected_total{job=~"$job"}[$__range])`},
		{`model:ml_predictions:rate5m`, `model:ml_predictions:rate5m{model=~"$model"}`},
		{`node_load1`, `node_load1`},
		{top(3, "model", `max by (model) (ml_table_ttl_seconds @@)`), `  (max by (model) (ml_table_ttl_seconds{job=~"$job",model=~"$model"}))
and on (model)
  topk(3, max by (model) (ml_table_ttl_seconds{job=~"$job",model=~"$model"} @ end()))`},
	} {
		if got, err := x.expr(c.expr); err != nil || got != c.want {
			t.Errorf("%s becomes %s (%v), want %s", c.expr, got, err, c.want)
		}
	}
	if _, err := x.expr(`sum(ml_predictions_total`); err == nil {
		t.Error("half an expression is none")
	}
}
