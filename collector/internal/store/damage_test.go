package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// filled makes a store of several tables and openings and returns what it holds.
func filled(t *testing.T, dir string, fs vfs.FS) map[string]string {
	t.Helper()
	life := newSteps(7)
	for range 3 {
		s := open(t, dir, fs)
		for range 3 {
			b, want := life.next()
			if err := s.Commit(b); err != nil {
				t.Fatal(err)
			}
			life.done = want
		}
		shut(t, s)
	}
	return life.done
}

// files reads a folder.
func files(t *testing.T, fs vfs.FS, dir string) map[string]string {
	t.Helper()
	names, err := fs.List(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	m := map[string]string{}
	for _, name := range names {
		b, err := readFile(fs, fs.PathJoin(dir, name))
		if err != nil && !errors.Is(err, syscall.EISDIR) {
			t.Fatal(err)
		}
		m[name] = string(b)
	}
	return m
}

// having makes a disk with files.
func having(t *testing.T, files map[string]string) vfs.FS {
	t.Helper()
	fs := vfs.NewMem()
	if err := fs.MkdirAll("store", 0o750); err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		f, err := fs.Create(fs.PathJoin("store", name), vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return fs
}

// sound returns the files of a closed store, and what it holds.
func sound(t *testing.T) (all, want map[string]string) {
	fs := vfs.NewMem()
	want = filled(t, "store", fs)
	return files(t, fs, "store"), want
}

// TestFlippedBytes flips bits all over each file of a closed store: it is either
// found out, with the folder as it was, or changes nothing of the data.
func TestFlippedBytes(t *testing.T) {
	const perFile = 250 // with 1e6 it tries each byte, in half a minute
	all, want := sound(t)
	found := map[string]int{}
	for name, data := range all {
		kind, _, _ := strings.Cut(name, "-")
		if strings.HasSuffix(name, ".sst") {
			kind = "sst"
		}
		step := 1 + len(data)/perFile
		for at := 0; at < len(data); at += step {
			broken := []byte(data)
			broken[at] ^= 1 << (at % 8)
			files := maps.Clone(all)
			files[name] = string(broken)
			if damaged(t, files, fmt.Sprintf("%s byte %d", name, at), want) {
				found[kind]++
			}
		}
	}
	t.Log(found)
	for _, kind := range []string{"sst", "MANIFEST", headName} {
		if found[kind] == 0 {
			t.Errorf("no damage to %s was found: %v", kind, found)
		}
	}
}

// damaged tells whether the damage was found.
func damaged(t *testing.T, before map[string]string, what string, want map[string]string) bool {
	t.Helper()
	fs := having(t, before)
	s, err := Open("store", version, Options{FS: fs})
	if err == nil {
		got, err2 := contents(s)
		if err = err2; err == nil && !maps.Equal(got, want) {
			t.Errorf("%s: the data changed and nobody said so", what)
		}
		shut(t, s)
	} else if !maps.Equal(before, files(t, fs, "store")) {
		t.Errorf("%s: the folder was changed", what)
	}
	if err != nil && strings.Contains(err.Error(), "detail carrier") {
		t.Errorf("%s: the message holds what is not to be read: %v", what, err)
	}
	if err != nil && (!errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), `"store"`)) {
		t.Errorf("%s: %v", what, err)
	}
	return err != nil
}

// TestMissingFiles removes each file of a closed store.
func TestMissingFiles(t *testing.T) {
	all, want := sound(t)
	for name := range all {
		files := maps.Clone(all)
		delete(files, name)
		missed := damaged(t, files, "without "+name, want)
		if (strings.HasSuffix(name, ".sst") || name == headName) && !missed {
			t.Errorf("nobody misses %s", name)
		}
	}
}

// TestCutList cuts the list of tables anywhere, as a crash cannot: it is durable
// before a commit returns.
func TestCutList(t *testing.T) {
	all, want := sound(t)
	for name, data := range all {
		if !strings.HasPrefix(name, "MANIFEST") {
			continue
		}
		for n := range data {
			files := maps.Clone(all)
			files[name] = data[:n]
			damaged(t, files, fmt.Sprintf("%s of %d bytes", name, n), want)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(t *testing.T, dir string)
		is   error
		want []string
	}{
		{"newer format", func(t *testing.T, dir string) {
			s, err := Open(dir, version+4, Options{})
			if err != nil {
				t.Fatal(err)
			}
			commit(t, s, "a", "1")
			shut(t, s)
		}, ErrNewer, []string{"format is 7", "up to 3", "run that version"}},
		{"newer layout", func(t *testing.T, dir string) {
			shut(t, open(t, dir, nil))
			path := filepath.Join(dir, headName)
			b, _ := os.ReadFile(path)
			b[8] = layout + 1
			os.WriteFile(path, append(b, 1, 2, 3), 0o600)
		}, ErrNewer, []string{"layout is 2", "run that version"}},
		{"foreign files", func(t *testing.T, dir string) {
			os.MkdirAll(dir, 0o750)
			os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("text"), 0o600)
		}, ErrForeign, []string{`"thesis.txt"`, "name an empty folder"}},
		{"a folder with a folder", func(t *testing.T, dir string) {
			os.MkdirAll(filepath.Join(dir, "photos"), 0o750)
		}, ErrForeign, []string{`"photos"`}},
		{"the same process", func(t *testing.T, dir string) {
			s := open(t, dir, nil)
			t.Cleanup(func() { shut(t, s) })
		}, ErrLocked, []string{"stop that process"}},
		{"another process", func(t *testing.T, dir string) { child(t, "hold", dir) }, ErrLocked, []string{"stop that process"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			tt.make(t, dir)
			before := files(t, vfs.Default, dir)
			_, err := Open(dir, version, Options{})
			if !errors.Is(err, tt.is) {
				t.Fatal(err)
			}
			for _, w := range append(tt.want, dir) {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is missing in: %v", w, err)
				}
			}
			t.Log(err)
			if !maps.Equal(before, files(t, vfs.Default, dir)) {
				t.Error("the folder was changed")
			}
		})
	}
}

// child starts this test binary again; it lives until the test ends, or until it is
// killed by the caller, and has written a line when child returns.
func child(t *testing.T, role, dir string) (*exec.Cmd, io.Reader) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "STORE_TEST_ROLE="+role, "STORE_TEST_DIR="+dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err == nil {
		_, err = c.StdinPipe()
	}
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	if _, err := io.ReadFull(out, make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	return c, out
}

func TestMain(m *testing.M) {
	role, dir := os.Getenv("STORE_TEST_ROLE"), os.Getenv("STORE_TEST_DIR")
	if role == "" {
		os.Exit(m.Run())
	}
	s, err := Open(dir, version, Options{})
	if err != nil {
		panic(err)
	}
	// The child tells how many commits returned, 8 digits each.
	if fmt.Printf("%08d", 0); role == "hold" {
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test is gone
		os.Exit(0)
	}
	got, err := contents(s)
	if err != nil {
		panic(err)
	}
	n := 0
	fmt.Sscan(got["n"], &n)
	for {
		n++
		b := s.Batch()
		for _, k := range []string{"n", "m", fmt.Sprintf("key/%d", n%50)} {
			b.Set([]byte(k), []byte(fmt.Sprint(n)))
		}
		if err := s.Commit(b); err != nil {
			panic(err)
		}
		fmt.Printf("%08d", n)
	}
}

// TestKill kills a process that commits at random moments.
func TestKill(t *testing.T) {
	rounds := 25
	if testing.Short() {
		rounds = 5
	}
	dir := filepath.Join(t.TempDir(), "store")
	for round := range rounds {
		c, out := child(t, "commit", dir)
		var last [8]byte
		for range 1 + (round*7)%23 {
			if _, err := io.ReadFull(out, last[:]); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(out)
		_ = c.Wait()
		if n := len(rest) / 8; n > 0 {
			copy(last[:], rest[8*(n-1):])
		}
		var told int
		fmt.Sscan(string(bytes.TrimLeft(last[:], "0")), &told)
		s := open(t, dir, nil)
		got, err := contents(s)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		fmt.Sscan(got["n"], &n)
		if n != told && n != told+1 || got["m"] != got["n"] || got[fmt.Sprintf("key/%d", n%50)] != got["n"] {
			t.Fatalf("round %d: commit %d returned, the store holds %q", round, told, got)
		}
		shut(t, s)
	}
}

// TestCloseLeavesNothingRunning opens, stops and replaces databases.
func TestCloseLeavesNothingRunning(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 3 {
		f := &faulty{at: 150, times: 2, err: os.ErrClosed}
		s, err := Open("store", version, Options{FS: f.wrap(vfs.NewMem())})
		if err != nil {
			t.Fatal(err)
		}
		s.manifest = 1000
		life := newSteps(9)
		for range 60 {
			b, want := life.next()
			for s.Commit(b) != nil {
			}
			life.done = want
		}
		holds(t, s, life.done)
		shut(t, s)
	}
	// What has been told to end may take a moment; the test's own limit ends the wait.
	for runtime.NumGoroutine() > before {
		runtime.Gosched()
	}
}
