package store

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/v1 anew")

// TestVersion1 opens the store that this test wrote when layout 1 was made.
func TestVersion1(t *testing.T) {
	const dir = "testdata/v1"
	if *update {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		filled(t, dir, nil)
	}
	copied := filepath.Join(t.TempDir(), "store")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	want := newSteps(7)
	for range 9 {
		_, want.done = want.next()
	}
	s := open(t, copied, nil)
	holds(t, s, want.done)
	if s.FormatVersion() != version {
		t.Errorf("format %d", s.FormatVersion())
	}
	commit(t, s, "a", "new")
	shut(t, s)

	// A newer writer converts it; from then on it is closed to this version.
	s, err := Open(copied, version+1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.FormatVersion() != version {
		t.Errorf("format %d for one who converts", s.FormatVersion())
	}
	shut(t, s)
	if _, err := Open(copied, version, Options{}); err == nil {
		t.Error("an older version opens it")
	}
}
