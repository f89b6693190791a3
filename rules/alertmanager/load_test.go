package alertmanager_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/model-exporter/model_exporter/rules/alertmanager"
)

// TestReadme loads what the project's README tells to write.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(readme), "```yaml\n# routing.yml\n")
	if !ok {
		t.Fatal("the README shows no routing.yml")
	}
	block, _, _ = strings.Cut(block, "```")
	if _, err := alertmanager.Parse("README.md", []byte(block)); err != nil {
		t.Error(err)
	}
}

// TestBadFiles loads every testdata/*.bad.yml, whose first lines are the errors.
func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, error %v", files, err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for line := range strings.Lines(string(data)) {
				finding, ok := strings.CutPrefix(line, "# ")
				if !ok {
					break
				}
				want = append(want, strings.TrimSpace(finding))
			}
			_, err = alertmanager.Load(f)
			if err == nil {
				t.Fatal("it was loaded")
			}
			if d := cmp.Diff(want, strings.Split(err.Error(), "\n")); d != "" {
				t.Error(d)
			}
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("a secret was repeated: %v", err)
			}
		})
	}
}

// TestNothingToRead covers files that hold nothing, or too much.
func TestNothingToRead(t *testing.T) {
	for name, data := range map[string]string{
		"empty":  "",
		"null":   "null",
		"spaces": "\n\n",
		"large":  strings.Repeat("# \n", 1<<20),
	} {
		if _, err := alertmanager.Parse("a.yml", []byte(data)); err == nil || !strings.HasPrefix(err.Error(), "a.yml:1: ") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// TestFromFlags has the same settings in a file and in flags.
func TestFromFlags(t *testing.T) {
	file, err := alertmanager.Parse("a.yml", []byte(`
slack_url_file: slack
email: [a@example.com, b@example.com]
email_from: c@example.com
smtp_host: localhost:25
scope: [cluster, namespace]
digest_at: 10:00
`))
	if err != nil {
		t.Fatal(err)
	}
	flags, err := alertmanager.FromFlags(map[string]string{
		"slack-url-file": "slack", "email": "a@example.com, b@example.com", "email-from": "c@example.com",
		"smtp-host": "localhost:25", "scope": "cluster,namespace", "digest-at": "10:00", "slack-channel": "",
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(file, flags); d != "" {
		t.Errorf("file and flags differ:\n%s", d)
	}
	_, err = alertmanager.FromFlags(map[string]string{"time-zone": "Mars", "slack-channel": "a b"})
	if err == nil || !regexp.MustCompile(`^--time-zone: .*\n--slack-channel: .*$`).MatchString(err.Error()) {
		t.Errorf("error %v", err)
	}
}

// TestTeamsInherit checks which webhook and channel a team gets.
func TestTeamsInherit(t *testing.T) {
	c, err := alertmanager.Parse("a.yml", []byte(`
slack_url_file: all
slack_channel: "#all"
digest_url_file: daily
teams:
  - { owner: a, slack_channel: "#a" }
  - { owner: b, slack_url_file: b }
  - { owner: c, digest_channel: "#c" }
`))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	var written struct {
		Receivers []struct {
			Name  string
			Slack []struct {
				File    string `yaml:"api_url_file"`
				Channel string
			} `yaml:"slack_configs"`
		}
	}
	if err := yaml.Unmarshal(b.Bytes(), &written); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range written.Receivers {
		got[strings.TrimPrefix(r.Name, "model_exporter_")] = r.Slack[0].File + r.Slack[0].Channel
	}
	want := map[string]string{
		"default": "all#all",
		"P0":      "all#all", "P1": "all#all", "P2": "daily",
		"owner_a_P0": "all#a", "owner_a_P1": "all#a", "owner_a_P2": "daily#a",
		"owner_b_P0": "b", "owner_b_P1": "b", "owner_b_P2": "b",
		"owner_c_P0": "all#all", "owner_c_P1": "all#all", "owner_c_P2": "daily#c",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// FuzzParse: no panic, errors with a line, and what loads can be written as YAML
// in which every receiver that a route names exists.
func FuzzParse(f *testing.F) {
	good, err := filepath.Glob("testdata/*.good.yml")
	if err != nil {
		f.Fatal(err)
	}
	bad, err := filepath.Glob("testdata/*.bad.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range slices.Concat(good, bad, []string{"routing.yml"}) {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	line := regexp.MustCompile(`^a\.yml:[1-9][0-9]*: `)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := alertmanager.Parse("a.yml", data)
		if err != nil {
			if !line.MatchString(err.Error()) {
				t.Fatalf("no line: %v", err)
			}
			return
		}
		var b bytes.Buffer
		if err := c.Write(&b); err != nil {
			t.Fatal(err)
		}
		checkReceivers(t, b.Bytes())
	})
}

type writtenRoute struct {
	Receiver string
	Routes   []writtenRoute
}

func checkReceivers(t *testing.T, data []byte) {
	var written struct {
		Route     writtenRoute
		Receivers []struct{ Name string }
	}
	if err := yaml.Unmarshal(data, &written); err != nil {
		t.Fatalf("%v:\n%s", err, data)
	}
	names := map[string]bool{}
	for _, r := range written.Receivers {
		if names[r.Name] {
			t.Errorf("receiver %q is there twice", r.Name)
		}
		names[r.Name] = true
	}
	var check func(r writtenRoute)
	check = func(r writtenRoute) {
		if !names[r.Receiver] {
			t.Errorf("no receiver %q", r.Receiver)
		}
		for _, c := range r.Routes {
			check(c)
		}
	}
	check(written.Route)
}
