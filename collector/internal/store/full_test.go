//go:build linux

package store

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// limited is set in the process that TestFileSizeLimit starts.
const limited = "MODEL_EXPORTER_TEST_FILE_SIZE_LIMIT"

// TestFileSizeLimit meets a real limit of the system, that of a file's size, which fails writes
// to real files as a full disk does.  The limit holds for a whole process, and the testing
// package writes files too (its log of opened files, a profile), so a process of its own meets it.
func TestFileSizeLimit(t *testing.T) {
	if os.Getenv(limited) != "" {
		meetLimits(t)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFileSizeLimit$", "-test.v")
	cmd.Env = append(os.Environ(), limited+"=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("--- SKIP")) {
		t.Skipf("%s", out)
	}
}

func meetLimits(t *testing.T) {
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip("this system has no limit of file sizes:", err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	s := open(t, t.TempDir(), nil)
	defer shut(t, s)
	commit(t, s, "a", "1")
	b := s.Batch()
	b.Set([]byte("a"), []byte("2"))
	for i := range 256 {
		value := make([]byte, 4096)
		for j := range value {
			value[j] = byte(i*j*j ^ j>>3)
		}
		b.Set([]byte{'k', byte(i)}, append(value, os.Args[0]...))
	}
	for _, limit := range []uint64{0, 100, 4096, 10_000} {
		set(t, syscall.Rlimit{Cur: limit, Max: old.Max})
		err := s.Commit(b)
		set(t, old)
		if !errors.Is(err, ErrNoSpace) {
			t.Fatalf("limit of %d bytes: %v", limit, err)
		}
		holds(t, s, map[string]string{"a": "1"})
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	if v, _, err := s.Get(nil, []byte("a")); string(v) != "2" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
}

func set(t *testing.T, limit syscall.Rlimit) {
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Skip("this process may not change its limits:", err)
	}
}
