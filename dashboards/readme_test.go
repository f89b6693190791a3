package dashboards

import (
	"os"
	"strings"
	"testing"
)

// TestReadme: the README lists every dashboard and every format.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, of := range boards {
		b := of()
		if want := "| [" + b.title + "](json/" + b.uid + ".json) |"; !strings.Contains(string(text), want) {
			t.Errorf("the README has no line %s", want)
		}
	}
	for _, f := range []Format{Import, Operator} {
		if !strings.Contains(string(text), "--format "+string(f)) {
			t.Errorf("the README does not say what --format %s is for", f)
		}
	}
}
