package file

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/decode"
	"github.com/model-exporter/model_exporter/collector/internal/source"
)

// Each case says what happens to app.log, of which a1 … was read, while nobody
// looks.
func TestResume(t *testing.T) {
	ids := numbered("a", 0, 100)
	tests := []struct {
		name  string
		globs []string
		away  func(r *rig)
		want  []string
	}{
		{"nothing", []string{"app.log"}, func(*rig) {}, nil},
		{"grown", []string{"app.log"}, func(r *rig) { r.append("app.log", lines("b")) }, []string{"b"}},
		{"renamed within the globs", []string{"app.log*"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.rename("app.log", "app.log.1")
			r.write("app.log", lines("c"))
		}, []string{"b", "c"}},
		{"renamed out of the globs", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.rename("app.log", "app.log.1")
			r.write("app.log", lines("c"))
		}, []string{"b", "c"}},
		{"renamed with an unfinished line", []string{"app.log"}, func(r *rig) {
			r.append("app.log", strings.TrimSuffix(lines("b"), "\n"))
			r.rename("app.log", "app.log.1")
		}, []string{"b"}},
		{"renamed twice", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.rename("app.log", "app.log.1")
			r.rename("app.log.1", "app.log.2")
			r.write("app.log", lines("c"))
		}, []string{"b", "c"}},
		{"copied and truncated, copy matched", []string{"app.log*"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.copy("app.log", "app.log.1")
			r.truncate("app.log")
			r.append("app.log", lines("c"))
		}, []string{"b", "c"}},
		{"truncated", []string{"app.log"}, func(r *rig) {
			r.truncate("app.log")
			r.append("app.log", lines("c"))
		}, []string{"c"}},
		{"rewritten, longer", []string{"app.log"}, func(r *rig) {
			r.write("app.log", lines(numbered("c", 0, 200)...))
		}, numbered("c", 0, 200)},
		{"deleted and re-created", []string{"app.log"}, func(r *rig) {
			r.remove("app.log")
			r.write("app.log", lines("c"))
		}, []string{"c"}},
		{"moved to another device or restored", []string{"app.log"}, func(r *rig) {
			r.copy("app.log", "copy")
			r.append("copy", lines("b"))
			r.remove("app.log")
			r.rename("copy", "app.log")
		}, []string{"b"}},
		{"another file appeared", []string{"*.log"}, func(r *rig) { r.write("other.log", lines("o")) }, []string{"o"}},
	}
	for _, start := range []config.Start{config.Beginning, config.End} {
		for _, tt := range tests {
			t.Run(string(start)+"/"+tt.name, func(t *testing.T) {
				r := newRig(t, t.TempDir(), slices.Clone(tt.globs)...)
				r.cfg.File.Start = start
				if start == config.End {
					r.write("app.log", lines("before"))
					r.open()
					r.poll()
					r.append("app.log", lines(ids...))
				} else {
					r.write("app.log", lines(ids...))
					r.open()
				}
				r.poll()
				r.want(ids...)
				r.close()
				tt.away(r)
				r.open()
				r.settle()
				r.want(tt.want...)
				r.reopen()
				r.settle()
				r.want()
				r.close()
			})
		}
	}
}

// A crash right after the first start: what was to be skipped stays skipped, and
// what comes after is read.
func TestStartAtEnd(t *testing.T) {
	r := newRig(t, t.TempDir(), "*.log*")
	r.cfg.File.Start = config.End
	r.write("app.log", lines("a", "b")+`{"id":"c",`)
	r.write("old.log.gz", gzipped(lines("z")))
	r.write("empty.log", "")
	r.old("old.log.gz")
	r.open()
	r.settle()
	r.want()
	r.reopen()
	r.append("app.log", `"prediction":1}`+"\n"+lines("d"))
	r.write("later.log", lines("e"))
	r.append("empty.log", lines("f"))
	r.settle()
	slices.Sort(r.ids)
	r.want("c", "d", "e", "f")
	r.close()

	// A glob that is new in the configuration is started like the first ones.
	r.write("new.txt", lines("n"))
	r.write("later2.log", lines("g"))
	r.cfg.File.Paths = append(r.cfg.File.Paths, r.path("*.txt"))
	r.open()
	r.settle()
	r.append("new.txt", lines("o"))
	r.settle()
	r.want("g", "o")
	r.close()
}

// Every batch's position is a place to go on from: with the state up to there
// every event is counted once.
func TestResumeAfterEveryBatch(t *testing.T) {
	ids := numbered("a", 0, 30_000)
	text := lines(ids...)
	for _, tt := range []struct{ name, content string }{
		{"plain", text}, {"gzip", gzipped(text)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, t.TempDir(), "*")
			r.write("app.log", tt.content)
			r.old("app.log")
			for batches := 0; len(r.ids) < len(ids); batches++ {
				if batches > len(ids) {
					t.Fatalf("no progress at %d events", len(r.ids))
				}
				r.open()
				r.one()
				r.close()
			}
			r.open()
			r.settle()
			r.want(ids...)
			r.close()
		})
	}
}

// The header of a CSV file is needed wherever reading goes on.
func TestResumeCSV(t *testing.T) {
	for _, start := range []config.Start{config.Beginning, config.End} {
		r := newRig(t, t.TempDir(), "*")
		r.cfg.Format, r.cfg.File.Start = config.CSVFormat, start
		r.write("a.csv", "prediction,id\n1,a\n")
		r.open()
		r.poll()
		r.ids = nil
		r.append("a.csv", "1,b\n")
		r.poll()
		r.want("b")
		r.reopen()
		r.append("a.csv", "1,c\n")
		r.poll()
		r.want("c")
		r.close()
	}
}

func TestForgets(t *testing.T) {
	r := newRig(t, t.TempDir(), "*.log")
	r.open()
	for i := range maxRemembered + 10 {
		name := numbered("f", i, i+1)[0] + ".log"
		r.write(name, lines(name))
		r.poll()
		r.remove(name)
		r.pollAfter(2 * rotateWait)
	}
	r.settle()
	if n := len(r.positions); n != maxRemembered {
		t.Errorf("%d positions kept, want %d", n, maxRemembered)
	}
	if len(r.ids) != maxRemembered+10 {
		t.Errorf("%d events", len(r.ids))
	}
	r.close()
}

func TestOpenRefuses(t *testing.T) {
	r := newRig(t, t.TempDir(), "*")
	set, err := decode.New(r.cfg, config.Limits{})
	r.check(err)
	good := mark{head: head{length: 1}}.String()
	for _, tt := range []struct {
		name   string
		globs  []string
		resume source.Position
		want   string
	}{
		{"glob", []string{"a["}, source.Position{}, `path "a["`},
		{"mark", nil, source.Position{Part: "1", At: "offset=1"}, `part "1": position "offset=1"`},
		{"part", nil, source.Position{Part: "x", At: good}, `part "x"`},
		{"started", nil, source.Position{Part: startedPart, At: `"a" b`}, `part "started"`},
	} {
		cfg := r.cfg
		cfg.File = &config.File{Paths: tt.globs}
		_, err := Open(cfg, set, []source.Position{tt.resume}, discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func FuzzParseMark(f *testing.F) {
	f.Add(mark{offset: 12, inode: inode{2049, 77}, head: head{1024, 5}, tail: 6, path: "/var/log/a b\n.jsonl"}.String())
	f.Add(`offset=0 inode=0:0 head=1:0000000000000000 tail=0000000000000000 archive=9 path=""`)
	f.Add("offset=-1 inode=0:0 head=1:0 tail=0 archive=0 path=``")
	f.Fuzz(func(t *testing.T, at string) {
		m, err := parseMark(at)
		if err != nil {
			return
		}
		if m.String() != at {
			t.Errorf("%q is read as %q", at, m)
		}
		if m.offset < 0 || m.head.length > window {
			t.Errorf("%q is read as an impossible mark %+v", at, m)
		}
	})
}

func FuzzParseGlobs(f *testing.F) {
	f.Add(formatGlobs([]string{"/a/*.log", `b "c"`}))
	f.Add("")
	f.Fuzz(func(t *testing.T, at string) {
		globs, err := parseGlobs(at)
		if err == nil && formatGlobs(globs) != at {
			t.Errorf("%q is read as %q", at, globs)
		}
	})
}

func TestMain(m *testing.M) {
	if os.Getenv(writerStyle) != "" {
		os.Exit(writerMain())
	}
	os.Exit(m.Run())
}
