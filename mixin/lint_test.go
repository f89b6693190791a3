package mixin

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/formatter"
	"github.com/google/go-jsonnet/linter"

	"github.com/model-exporter/model_exporter/rules"
)

// written are the files by hand.
func written(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.jsonnet", "*.libsonnet", "lib/*.libsonnet"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		files = append(files, found...)
	}
	return files
}

// TestFormatted: as jsonnetfmt would write them, and without what its linter finds.
func TestFormatted(t *testing.T) {
	for _, file := range written(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := formatter.Format(file, string(text), formatter.DefaultOptions())
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if want != string(text) {
			t.Errorf("%s is not formatted; run go test -run TestFormatted -update ./mixin", file)
		}
		var found strings.Builder
		if linter.LintSnippet(jsonnet.MakeVM(), &found, []linter.Snippet{{FileName: file, Code: string(text)}}) {
			t.Errorf("%s: %s", file, found.String())
		}
	}
}

// TestMixtoolRules are those of mixtool lint, which cannot be installed as a Go
// module. What dashboard-linter says besides is tested where dashboards are made.
func TestMixtoolRules(t *testing.T) {
	e, err := evaluate(t, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range append(lintGroups(e.groups()), lintBoards(e.Dashboards)...) {
		t.Error(found)
	}
}

var (
	camelCase = regexp.MustCompile(`^([A-Z]+[a-z0-9]+)+$`)
	severity  = regexp.MustCompile(`^(critical|warning|info)$`)
	templated = regexp.MustCompile(`\{\{.*\}\}`)
	sentence  = regexp.MustCompile(`^[A-Z].*\.$`)
)

// lintGroups returns what mixtool would object to.
func lintGroups(groups []rules.Group) []string {
	var found []string
	check := func(ok bool, rule, where string) {
		if !ok {
			found = append(found, rule+": "+where)
		}
	}
	for _, g := range groups {
		check(len(g.Name) <= 40, "group-name-length", g.Name)
		check(len(g.Rules) <= 20, "group-size", g.Name)
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			a := r.Annotations
			check(camelCase.MatchString(r.Alert), "alert-name-camelcase", r.Alert)
			check(len(r.Alert) <= 40, "alert-name-length", r.Alert)
			check(severity.MatchString(r.Labels["severity"]), "alert-severity", r.Alert)
			check(templated.MatchString(a["description"]), "alert-description-templating", r.Alert)
			check(a["summary"] != "" && !templated.MatchString(a["summary"]), "alert-summary-templating", r.Alert)
			check(sentence.MatchString(a["summary"]), "alert-summary-style", r.Alert)
		}
	}
	return found
}

func lintBoards(boards map[string]any) []string {
	var found []string
	uids := map[any]string{}
	for file, board := range boards {
		board, _ := board.(map[string]any)
		if title, _ := board["title"].(string); title == "" {
			found = append(found, "dashboard-title: "+file)
		}
		uid, _ := board["uid"].(string)
		if uid == "" || len(uid) > 40 || uids[uid] != "" {
			found = append(found, "dashboard-uid: "+file)
		}
		uids[uid] = file
	}
	return found
}

// TestLintFinds: each of those rules can fail.
func TestLintFinds(t *testing.T) {
	bad := rules.Group{Name: strings.Repeat("x", 41), Rules: make([]rules.Rule, 21)}
	bad.Rules[0] = rules.Rule{
		Alert: "model_" + strings.Repeat("x", 40), Labels: map[string]string{"severity": "P0"},
		Annotations: map[string]string{"description": "static", "summary": "{{ $value }}"},
	}
	boards := map[string]any{"a.json": map[string]any{"title": "", "uid": "a"}, "b.json": map[string]any{"title": "B", "uid": "a"}}
	all := strings.Join(append(lintGroups([]rules.Group{bad}), lintBoards(boards)...), "\n")
	for _, rule := range []string{
		"group-name-length", "group-size", "alert-name-camelcase", "alert-name-length", "alert-severity",
		"alert-description-templating", "alert-summary-templating", "alert-summary-style",
		"dashboard-title", "dashboard-uid",
	} {
		if !strings.Contains(all, rule) {
			t.Errorf("%s found nothing in\n%s", rule, all)
		}
	}
}

// TestEntryPoints: each one-line file gives a YAML document, for who has jsonnet -S
// and no mixtool.
func TestEntryPoints(t *testing.T) {
	vm := jsonnet.MakeVM()
	if _, err := vm.EvaluateFile("dashboards.jsonnet"); err != nil {
		t.Error(err)
	}
	vm.StringOutput = true
	for file, begins := range map[string]string{"alerts.jsonnet": "\"groups\":\n- \"name\": \"model_exporter.alerts.", "rules.jsonnet": "\"groups\":\n- \"name\": \"model_exporter.records."} {
		text, err := vm.EvaluateFile(file)
		if err != nil {
			t.Error(err)
		} else if !strings.HasPrefix(text, begins) {
			t.Errorf("%s begins with %.60q", file, text)
		}
	}
}

// TestReadme runs the example, of which jsonnet -m makes files.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, ok := strings.Cut(string(text), "```jsonnet\n")
	example, _, end := strings.Cut(example, "```")
	if !ok || !end {
		t.Fatal("there is no example")
	}
	example = strings.Replace(example, "github.com/model-exporter/model_exporter/mixin/", "", 1)
	files, err := jsonnet.MakeVM().EvaluateAnonymousSnippetMulti("monitoring.jsonnet", example)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alerts.yml", "rules.yml", "model-exporter-fleet.json"} {
		if !strings.Contains(files[name], `cluster`) {
			t.Errorf("%s does not know of clusters", name)
		}
	}
}

// TestJsonnetfile: what jsonnet-bundler reads; nothing has to be fetched.
func TestJsonnetfile(t *testing.T) {
	text, err := os.ReadFile("jsonnetfile.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Version       int
		Dependencies  []any
		LegacyImports bool
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil || file.Version != 1 || file.Dependencies == nil || len(file.Dependencies) > 0 || file.LegacyImports {
		t.Errorf("%+v, %v", file, err)
	}
}
