//go:build unix

package profile

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/model-exporter/model_exporter/collector/internal/baseline"
)

// TestOutputIsNotAlwaysAFile: what is no file, or a link to one, stays what it is.
func TestOutputIsNotAlwaysAFile(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "internal", "baseline", "testdata", "baseline.v1.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := baseline.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	var want bytes.Buffer
	if err := b.Write(&want); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }

	if err := syscall.Mkfifo(in("pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	pipe, err := os.OpenFile(in("pipe"), os.O_RDWR, 0) // so that no side waits for the other
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	if err := write(in("pipe"), b); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(in("pipe")); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("the pipe became %v, %v", info.Mode(), err)
	}
	got := make([]byte, want.Len())
	if n, err := pipe.Read(got); err != nil || !bytes.Equal(got[:n], want.Bytes()[:n]) {
		t.Errorf("read %q, %v of the pipe", got[:n], err)
	}

	if err := os.WriteFile(in("v1"), []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("v1", in("current")); err != nil {
		t.Fatal(err)
	}
	if err := write(in("current"), b); err != nil {
		t.Fatal(err)
	}
	if to, err := os.Readlink(in("current")); err != nil || to != "v1" {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if got, err := os.ReadFile(in("v1")); err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("the link's file holds %d bytes, %v", len(got), err)
	}

	if err := write(dir, b); err == nil {
		t.Error("a directory was written")
	}
	if left, _ := filepath.Glob(in(".*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
