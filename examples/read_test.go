// Package examples holds no Go but these tests: each example is read strictly, and
// its files are held against each other and against what is generated.
package examples_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// decode reads a YAML document into v and refuses fields that v has not.
func decode(t *testing.T, path string, v any) {
	t.Helper()
	if n := len(decodeAll(t, path, func() any { return v })); n != 1 {
		t.Errorf("%s has %d documents, not one", path, n)
	}
}

// decodeAll does so for each document of a file, into what next returns.
func decodeAll(t *testing.T, path string, next func() any) []any {
	t.Helper()
	d := yaml.NewDecoder(bytes.NewReader(read(t, path)))
	d.KnownFields(true)
	var all []any
	for {
		v := next()
		err := d.Decode(v)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all = append(all, v)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
