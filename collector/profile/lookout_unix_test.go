//go:build unix

package profile

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipesAreReadOnce: what cannot be read a second time is looked at once, and a name
// that it lacks is still an error.
func TestPipesAreReadOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "train.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for label, want := range map[string]string{"target": "", "targte": `has "targte"; correct its name`} {
		written := make(chan error)
		go func() {
			written <- os.WriteFile(path, []byte("amount,target,prediction\n1,1,1\n2,0,1\n3,0,0\n"), 0o600)
		}()
		_, err := Run(t.Context(), Options{Paths: []string{path}, Map: map[string]string{"label": label}})
		if err := <-written; err != nil {
			t.Fatal(err)
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", label, err, want)
		}
	}
}
