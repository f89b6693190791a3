package config

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "rewrite the generated files")

// TestGenerated compares the schema and the reference with the table that the
// decoder runs on; with -update it writes them.
func TestGenerated(t *testing.T) {
	for path, want := range map[string]string{
		"config.schema.json": schemaText(t),
		"CONFIG.md":          referenceText(),
	} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(got), "\n"), strings.Split(want, "\n")); diff != "" {
			t.Errorf("%s is not up to date; run make generate (-got +want):\n%s", path, diff)
		}
	}
}

// TestSchemaAgrees holds the schema against the decoder: it accepts what Load
// accepts, and knows the fields that Load does not.
func TestSchemaAgrees(t *testing.T) {
	schema := schemaOf(described())
	for pattern, legal := range map[string]bool{"*.good.yml": true, "fields.bad.yml": false, "later.bad.yml": false, "models.bad.yml": false, "shapes.bad.yml": false} {
		paths, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(paths) == 0 {
			t.Fatal(pattern, err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := yaml.Unmarshal(data, &v); err != nil {
				t.Fatal(err)
			}
			if finding := violation(schema, v, ""); (finding == "") != legal {
				t.Errorf("%s: the schema finds %q, legal is %t", path, finding, legal)
			}
		}
	}
}

// TestExamples reads the example of every field as that field.
func TestExamples(t *testing.T) {
	n := 0
	for _, s := range sections(described(), "") {
		for _, f := range s.fields {
			if f.example == "" {
				continue
			}
			n++
			var doc yaml.Node
			if err := yaml.Unmarshal([]byte(f.example), &doc); err != nil {
				t.Errorf("%s.%s: %v", s.path, f.name, err)
				continue
			}
			r := &reader{file: "example", lines: map[string]int{}}
			r.read(f.value, doc.Content[0], f.name, 1)
			if err := r.err(); err != nil {
				t.Errorf("%s: %v", s.path, err)
			}
		}
	}
	if n < 50 {
		t.Errorf("only %d examples were found", n)
	}
}

// TestReferenceLoads loads every YAML block of the reference's text.
func TestReferenceLoads(t *testing.T) {
	blocks := strings.Split(referenceText(), "```yaml\n")[1:]
	if len(blocks) == 0 {
		t.Fatal("no YAML in the reference")
	}
	for _, b := range blocks {
		text, _, _ := strings.Cut(b, "```")
		if _, err := Parse("reference.yml", []byte(text)); err != nil {
			t.Error(err)
		}
	}
}

// TestEveryFieldIsDescribed keeps the reference complete.
func TestEveryFieldIsDescribed(t *testing.T) {
	for _, s := range sections(described(), "") {
		for _, f := range s.fields {
			isBlock := len(sections(f.value.shape, "x")) > 0
			if f.doc == "" || !strings.HasSuffix(f.doc, ".") {
				t.Errorf("%s.%s: %q is no sentence", s.path, f.name, f.doc)
			}
			if !isBlock && f.example == "" {
				t.Errorf("%s.%s has no example", s.path, f.name)
			}
		}
	}
}

// described is the shape of a whole file.
func described() shape {
	cfg := Config{Global: DefaultGlobal}
	return nested(func() block { return configBlock(&cfg) }).shape
}
