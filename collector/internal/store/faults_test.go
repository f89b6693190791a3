package store

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// steps commits what changes a state again and again: keys that are rewritten, keys
// that are new, ranges that go, values that are large.
type steps struct {
	rng  *rand.Rand
	n    int
	done map[string]string
}

func newSteps(seed uint64) *steps {
	return &steps{rng: rand.New(rand.NewPCG(seed, 1)), done: map[string]string{}}
}

// next returns a batch and what the store holds after it.
func (s *steps) next() (*Batch, map[string]string) {
	s.n++
	b, want := new(Batch), maps.Clone(s.done)
	set := func(k, v string) {
		b.Set([]byte(k), []byte(v))
		want[k] = v
	}
	set("position", fmt.Sprint(s.n))
	for range s.rng.IntN(8) {
		set(fmt.Sprintf("join/%03d/%03d", s.n/4, s.rng.IntN(100)), fmt.Sprint(s.n))
	}
	if s.rng.IntN(4) == 0 {
		set("state", strings.Repeat(fmt.Sprint(s.n), 5000))
	}
	if s.n%8 == 0 {
		from, to := "join/000", fmt.Sprintf("join/%03d", s.n/8)
		b.DeleteRange([]byte(from), []byte(to))
		maps.DeleteFunc(want, func(k, _ string) bool { return from <= k && k < to })
	}
	return b, want
}

// TestPowerCut cuts the power at any write, sync, creation, link, rename or removal
// of a life with several openings, and keeps any part of what was not synced.
func TestPowerCut(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 60
	}
	for seed := range uint64(rounds) {
		powerCut(t, seed)
	}
}

func powerCut(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 2))
	disk := vfs.NewCrashableMem()
	var after *vfs.MemFS
	var before, inFlight map[string]string // as known when the power is cut
	life := newSteps(seed)
	pending := life.done
	left := 1 + rng.IntN(400)
	var mu sync.Mutex
	cut := errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			if left--; left == 0 {
				after = disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(3) * 50, RNG: rng})
				before, inFlight = life.done, pending
			}
		}
		return nil
	})
	fs := errorfs.Wrap(disk, cut)
	for after == nil {
		s := open(t, "a/store", fs)
		for range 1 + rng.IntN(20) {
			b, want := life.next()
			mu.Lock()
			pending = want
			mu.Unlock()
			if err := s.Commit(b); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			life.done = want
			mu.Unlock()
		}
		shut(t, s)
	}
	s, err := Open("a/store", version, Options{FS: after})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	defer shut(t, s)
	got, err := contents(s)
	if err != nil || !maps.Equal(got, before) && !maps.Equal(got, inFlight) {
		t.Fatalf("seed %d: position %q with %d keys (%v), want %q with %d or %q with %d", seed,
			got["position"], len(got), err, before["position"], len(before), inFlight["position"], len(inFlight))
	}
	commit(t, s, "z", "it goes on")
}

// TestPowerCutWhileOpening cuts the power at every change of opening a store, and
// keeps many different parts of what was not synced.
func TestPowerCutWhileOpening(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := open(t, "store", disk)
	commit(t, s, "a", "1")
	shut(t, s)
	for at := 1; ; at++ {
		before := disk.CrashClone(vfs.CrashCloneCfg{})
		var mu sync.Mutex // the database removes files in the background
		left, parts := at, []*vfs.MemFS(nil)
		fs := errorfs.Wrap(before, errorfs.InjectorFunc(func(op errorfs.Op) error {
			mu.Lock()
			defer mu.Unlock()
			if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
				return nil
			}
			if left--; left == 0 {
				for seed := range uint64(40) {
					parts = append(parts, before.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: rand.New(rand.NewPCG(seed, uint64(at)))}))
				}
			}
			return nil
		}))
		shut(t, open(t, "store", fs))
		if len(parts) == 0 {
			t.Logf("%d places", at)
			return
		}
		for i, part := range parts {
			s, err := Open("store", version, Options{FS: part})
			if err != nil {
				t.Fatalf("place %d, part %d: %v", at, i, err)
			}
			holds(t, s, map[string]string{"a": "1"})
			shut(t, s)
		}
	}
}

// faulty is a disk that fails a number of changes, from one of them on.
type faulty struct {
	mu     sync.Mutex
	at     int // changes until the first failure
	times  int // how many fail
	err    error
	failed int
}

func (f *faulty) String() string { return "faulty" }

func (f *faulty) MaybeError(op errorfs.Op) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	if f.at--; f.at >= 0 || f.failed == f.times {
		return nil
	}
	f.failed++
	return f.err
}

func (f *faulty) wrap(fs vfs.FS) vfs.FS { return errorfs.Wrap(fs, f) }

func (f *faulty) heal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times = f.failed
}

// TestDiskFull lets the disk fail from every change on in a row of commits that
// compacts in the background, once or until there is room again.
func TestDiskFull(t *testing.T) {
	const step = 3 // each kind of failure begins elsewhere; with 1 it takes half a minute
	for i, tt := range []struct {
		name  string
		times int
		err   error
		is    error
	}{
		{"full once", 1, syscall.ENOSPC, ErrNoSpace},
		{"full for long", 1 << 30, syscall.ENOSPC, ErrNoSpace},
		{"broken once", 1, syscall.EIO, syscall.EIO},
		{"broken for long", 1 << 30, syscall.EIO, syscall.EIO},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for at := i % step; ; at += step {
				f := &faulty{at: at, times: tt.times, err: tt.err}
				if !diskFull(t, f, tt.is) {
					t.Logf("%d places", at)
					return
				}
			}
		})
	}
}

// diskFull tells whether the disk failed at all.
func diskFull(t *testing.T, f *faulty, is error) bool {
	t.Helper()
	disk := vfs.NewCrashableMem()
	at := f.at
	f.at += 1 << 30 // not while it is made
	s := open(t, "store", errorfs.Wrap(disk, f))
	f.mu.Lock()
	f.at = at
	f.mu.Unlock()
	life := newSteps(5)
	for range 12 {
		b, want := life.next()
		err := s.Commit(b)
		for try := 0; err != nil; try++ {
			if !errors.Is(err, is) || !strings.Contains(err.Error(), `"store"`) {
				t.Fatalf("place %d: %v", at, err)
			}
			holds(t, s, life.done)
			if try == 0 && !errors.Is(err, ErrUnknown) {
				// What is on the disk, and what survives a power cut, is the last state.
				for _, percent := range []int{0, 50, 100} {
					holdsAfterCrash(t, at, disk, percent, life.done)
				}
			}
			if try == 1 {
				f.heal()
			}
			if try > 2 {
				t.Fatalf("place %d: it does not recover: %v", at, err)
			}
			err = s.Commit(b)
		}
		life.done = want
		holds(t, s, want)
	}
	f.heal()
	shut(t, s)
	s = open(t, "store", disk)
	holds(t, s, life.done)
	shut(t, s)
	return f.failed > 0
}

func holdsAfterCrash(t *testing.T, place int, disk *vfs.MemFS, percent int, want map[string]string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(place), uint64(percent)))
	s := open(t, "store", disk.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rng}))
	defer shut(t, s)
	got, err := contents(s)
	if err != nil || !maps.Equal(got, want) {
		t.Fatalf("place %d, %d %% of what is not synced: position %q, want %q (%v)", place, percent, got["position"], want["position"], err)
	}
}

// TestOpenOnFullDisk fails every change of opening, of a new store and of one with
// data, and opens it later.
func TestOpenOnFullDisk(t *testing.T) {
	for _, old := range []bool{false, true} {
		for at := 0; ; at++ {
			disk, want := vfs.NewMem(), map[string]string{}
			if old {
				s := open(t, "store", disk)
				commit(t, s, "a", "1")
				want["a"] = "1"
				shut(t, s)
			}
			f := &faulty{at: at, times: 1 << 30, err: syscall.ENOSPC}
			s, err := Open("store", version+1, Options{FS: errorfs.Wrap(disk, f)})
			if err == nil {
				f.heal()
				shut(t, s)
			} else if !errors.Is(err, ErrNoSpace) {
				t.Errorf("place %d: %v", at, err)
			}
			s, err = Open("store", version+1, Options{FS: disk})
			if err != nil {
				t.Fatalf("old %v, place %d: %v", old, at, err)
			}
			holds(t, s, want)
			shut(t, s)
			if f.failed == 0 {
				t.Logf("%d places", at)
				break
			}
		}
	}
}

// TestCommitDuringCompaction holds every compaction at its first file while commits
// go on, and lets Close wait for them.
func TestCommitDuringCompaction(t *testing.T) {
	held, release := make(chan struct{}, 100), make(chan struct{})
	hold := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpCreate && strings.HasSuffix(op.Path, ".sst") {
			held <- struct{}{}
			<-release
		}
		return nil
	})
	s := open(t, "store", errorfs.Wrap(vfs.NewMem(), hold))
	life := newSteps(3)
	commit := func() {
		b, want := life.next()
		if err := s.Commit(b); err != nil {
			t.Fatal(err)
		}
		life.done = want
	}
	for len(held) == 0 {
		commit()
	}
	for range 50 {
		commit()
	}
	holds(t, s, life.done)
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	select {
	case err := <-closed:
		t.Fatalf("close did not wait: %v", err)
	default:
		close(release)
	}
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
}
