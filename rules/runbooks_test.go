package rules

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var promqlBlocks = regexp.MustCompile("(?s)```promql\n(.*?)```")

// TestEveryAlertHasARunbook, and no page is without an alert. Their PromQL names
// only what exists; a name in angle brackets is for the reader to fill in.
func TestEveryAlertHasARunbook(t *testing.T) {
	files, err := os.ReadDir("runbooks")
	if err != nil {
		t.Fatal(err)
	}
	names, all := AlertNames(), known()
	pages := map[string]bool{}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".md")
		if !ok || !slices.Contains(names, name) {
			t.Errorf("runbooks/%s is about no alert", f.Name())
			continue
		}
		pages[name] = true
		text, err := os.ReadFile("runbooks/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		checkPage(t, name, string(text), all)
	}
	for _, name := range names {
		if !pages[name] {
			t.Errorf("%s has no page in runbooks", name)
		}
	}
}

func checkPage(t *testing.T, name, text string, all map[string][]string) {
	t.Helper()
	if !strings.HasPrefix(text, "# "+name+"\n") {
		t.Errorf("%s.md: the title is another", name)
	}
	for _, heading := range []string{"What it means", "Look first", "Decide", "Act", "Silence", "When it is wrong"} {
		if !strings.Contains(text, "\n## "+heading+"\n") {
			t.Errorf("%s.md has no section %q", name, heading)
		}
	}
	blocks := promqlBlocks.FindAllStringSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Errorf("%s.md has no query to begin with", name)
	}
	for _, block := range blocks {
		for query := range strings.SplitSeq(strings.TrimSpace(block[1]), "\n\n") {
			e, err := promql.ParseExpr(query)
			if err != nil {
				t.Errorf("%s.md: %s: %v", name, query, err)
				continue
			}
			for _, u := range undeclared(e, all) {
				t.Errorf("%s.md: nobody declares %s", name, u)
			}
		}
	}
}
