package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const version = 3 // of the caller's format, in tests

func open(t testing.TB, dir string, fs vfs.FS) *Store {
	t.Helper()
	s, err := Open(dir, version, Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func shut(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func commit(t testing.TB, s *Store, pairs ...string) {
	t.Helper()
	b := s.Batch()
	for i := 0; i < len(pairs); i += 2 {
		b.Set([]byte(pairs[i]), []byte(pairs[i+1]))
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
}

// contents reads all of s.
func contents(s *Store) (map[string]string, error) {
	m := map[string]string{}
	err := s.Scan(nil, func(key, value []byte) error {
		m[string(key)] = string(value)
		return nil
	})
	return m, err
}

func holds(t testing.TB, s *Store, want map[string]string) {
	t.Helper()
	got, err := contents(s)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatalf("want -, got +:\n%s", d)
	}
}

func TestGetAndScan(t *testing.T) {
	dir := t.TempDir() + "/new/folder"
	s := open(t, dir, nil)
	commit(t, s, "a", "1", "b", "", "ba", "3", "b\xff\xff", "4", "c", "5", "\xfe\xff", "6")
	for range 2 {
		for key, want := range map[string]string{"a": "1", "b": "", "ba": "3", "\xfe\xff": "6"} {
			if v, ok, err := s.Get([]byte("x"), []byte(key)); string(v) != "x"+want || !ok || err != nil {
				t.Errorf("get %q: %q, %v, %v", key, v, ok, err)
			}
		}
		if v, ok, err := s.Get([]byte("x"), []byte("bb")); string(v) != "x" || ok || err != nil {
			t.Errorf("a key that is not there: %q, %v, %v", v, ok, err)
		}
		for prefix, want := range map[string]string{
			"": "a b ba b\xff\xff c \xfe\xff", "b": "b ba b\xff\xff", "b\xff": "b\xff\xff", "\xfe": "\xfe\xff", "\xff": "", "d": "",
		} {
			var keys []string
			if err := s.Scan([]byte(prefix), func(key, _ []byte) error {
				keys = append(keys, string(key))
				return nil
			}); err != nil || strings.Join(keys, " ") != want {
				t.Errorf("scan %q: %q, %v", prefix, keys, err)
			}
		}
		shut(t, s)
		s = open(t, dir, nil)
	}
	stop := errors.New("stop")
	if err := s.Scan(nil, func(_, _ []byte) error { return stop }); err != stop {
		t.Errorf("f's error comes back as %v", err)
	}
	shut(t, s)
}

// TestBatchesAreAppliedInOrder compares with a map, over batches of any calls, that
// are cut into tables anywhere, with reopening between.
func TestBatchesAreAppliedInOrder(t *testing.T) {
	key := rapid.StringMatching(`[a-d]{1,3}`)
	rapid.Check(t, func(t *rapid.T) {
		fs := vfs.NewMem()
		open := func() *Store {
			s, err := Open("store", version, Options{FS: fs})
			if err != nil {
				t.Fatal(err)
			}
			s.manifest = rapid.SampledFrom([]int64{maxManifest, 200}).Draw(t, "manifest")
			return s
		}
		s, want := open(), map[string]string{}
		b := s.Batch()
		for range rapid.IntRange(1, 5).Draw(t, "commits") {
			b.Reset()
			for i := range rapid.IntRange(1, 12).Draw(t, "calls") {
				k := key.Draw(t, "key")
				_, known := want[k]
				if _, ok, err := s.Get(nil, []byte(k)); i == 0 && (ok != known || err != nil) {
					t.Fatalf("get %q: %v, %v", k, ok, err)
				}
				switch rapid.IntRange(0, 5).Draw(t, "call") {
				case 0:
					b.Delete([]byte(k))
					delete(want, k)
				case 1:
					to := key.Draw(t, "to")
					b.DeleteRange([]byte(k), []byte(to))
					maps.DeleteFunc(want, func(x, _ string) bool { return k <= x && x < to })
				default:
					v := fmt.Sprint(i)
					if rapid.IntRange(0, 20).Draw(t, "large") == 0 {
						v = strings.Repeat(v, splitBytes)
					}
					b.Set([]byte(k), []byte(v))
					want[k] = v
				}
			}
			for range rapid.IntRange(1, 2).Draw(t, "times") {
				if err := s.Commit(b); err != nil {
					t.Fatal(err)
				}
			}
			if rapid.Bool().Draw(t, "reopen") {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open()
			}
			for k := range want {
				if v, ok, err := s.Get(nil, []byte(k)); string(v) != want[k] || !ok || err != nil {
					t.Fatalf("get %q: %d bytes, %v, %v", k, len(v), ok, err)
				}
			}
			got, err := contents(s)
			if err != nil || !maps.Equal(want, got) {
				t.Fatalf("want %q, got %q, %v", slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestCommitCutsTables sets more than one table takes, with a range across them.
func TestCommitCutsTables(t *testing.T) {
	s, err := OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	defer shut(t, s)
	commit(t, s, "b05\x00", "old", "b07\x00", "old", "b20", "old")
	b, want := s.Batch(), map[string]string{"b20": "old"}
	b.DeleteRange([]byte("b05"), []byte("b15"))
	for i := range 12 {
		k, v := fmt.Sprintf("b%02d", i), strings.Repeat(string(rune('a'+i)), tableBytes/4)
		b.Set([]byte(k), []byte(v))
		want[k] = v
	}
	if n := len(b.parts()); n < 4 {
		t.Fatalf("%d tables", n)
	}
	if err := s.Commit(b); err != nil {
		t.Fatal(err)
	}
	holds(t, s, want)
}

func TestMemoryBehavesAlike(t *testing.T) {
	s, err := OpenMemory()
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, "a", "1")
	holds(t, s, map[string]string{"a": "1"})
	shut(t, s)
}

func TestKeysThatAreNotTheCallers(t *testing.T) {
	for name, call := range map[string]func(*Batch){
		"empty":    func(b *Batch) { b.Set(nil, nil) },
		"reserved": func(b *Batch) { b.Delete([]byte{0xff}) },
		"range":    func(b *Batch) { b.DeleteRange([]byte("a"), []byte{0xff, 0}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is taken")
				}
			}()
			call(new(Batch))
		})
	}
}
