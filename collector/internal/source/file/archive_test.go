package file

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text)) // to memory
	_ = w.Close()
	return b.String()
}

func zstdCompressed(text string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(text), nil))
}

// old is an mtime that says that a file is finished.
func (r *rig) old(name string) {
	r.t.Helper()
	at := r.clock.Add(-time.Hour)
	r.check(os.Chtimes(r.path(name), at, at))
}

func TestArchives(t *testing.T) {
	ids := numbered("old", 0, 20_000) // several blocks
	text := lines(ids...)
	tests := []struct{ name, file, content string }{
		{"gzip", "old.log.gz", gzipped(text)},
		{"zstd", "old.log.zst", zstdCompressed(text)},
		{"any name", "old.log.1", gzipped(text)},
		{"several members", "old.log.gz", gzipped(text[:1000]) + gzipped(text[1000:300_000]) + gzipped(text[300_000:])},
		{"several frames", "old.log.zst", zstdCompressed(text[:1000]) + zstdCompressed(text[1000:])},
		{"no newline at the end", "old.log.gz", gzipped(strings.TrimSuffix(text, "\n"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, t.TempDir(), "*")
			r.write(tt.file, tt.content)
			r.open()
			r.settle()
			r.want(ids...)
			r.reopen()
			r.settle()
			r.rename(tt.file, "renamed")
			r.settle()
			r.want()
			r.close()
		})
	}
}

func TestTruncatedArchive(t *testing.T) {
	ids := numbered("old", 0, 20_000)
	for _, tt := range []struct{ name, content string }{
		{"gzip", gzipped(lines(ids...))},
		{"zstd", zstdCompressed(lines(ids...))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, t.TempDir(), "*")
			r.write("a.log", lines("a"))
			r.write("old", tt.content[:len(tt.content)*2/3])
			r.old("old")
			r.open()
			r.settle()
			n := len(r.ids)
			if n < 2000 || n > 19_000 {
				t.Fatalf("%d events of two thirds of an archive of 20,000", n)
			}
			if st := r.s.Status(); st.Errors != 1 || !st.Up || !st.CaughtUp {
				t.Errorf("status %+v, want up with one error", st)
			}
			if r.rejected != 0 {
				t.Errorf("%d records rejected, want the broken one to wait", r.rejected)
			}
			r.reopen()
			r.settle()
			if len(r.ids) != n {
				t.Fatalf("%d events after a restart, want none twice", len(r.ids)-n)
			}
			r.write("old", tt.content) // its writer was just slow
			r.settle()
			all := append([]string{"a"}, ids...)
			if r.ids[0] != "a" {
				all = append(ids[:n-1:n-1], append([]string{"a"}, ids[n-1:]...)...)
			}
			r.want(all...)
			r.close()
		})
	}
}

func TestNoArchiveAtAll(t *testing.T) {
	r := newRig(t, t.TempDir(), "*")
	r.write("broken.gz", "\x1f\x8b\x08 and then nothing sensible")
	r.write("a.log", lines("a"))
	r.old("broken.gz")
	r.open()
	r.settle()
	r.want("a")
	if st := r.s.Status(); st.Errors != 1 || st.Up {
		t.Errorf("status %+v, want one error while the file is there", st)
	}
	r.remove("broken.gz")
	r.settle()
	if st := r.s.Status(); st.Errors != 1 || !st.Up {
		t.Errorf("status %+v, want up again", st)
	}
	r.close()
}

// The styles in which a rotated log ends up compressed.
func TestCompressAfterRotation(t *testing.T) {
	ids := numbered("a", 0, 100)
	rest := numbered("b", 0, 100)
	tests := []struct {
		name  string
		globs []string
		run   func(r *rig)
	}{
		{"all names matched", []string{"app.log*"}, func(r *rig) {
			r.rename("app.log", "app.log.1")
			r.write("app.log", lines("new"))
			r.poll()
			r.want("new")
			r.write("app.log.1.gz", gzipped(lines(ids...)))
			r.settle()
			r.remove("app.log.1")
			r.settle()
			r.rename("app.log.1.gz", "app.log.2.gz")
		}},
		{"original kept", []string{"app.log*"}, func(r *rig) {
			r.rename("app.log", "app.log.1")
			r.write("app.log.1.gz", gzipped(lines(ids...)))
		}},
		{"plain rotated log not matched", []string{"app.log", "*.gz"}, func(r *rig) {
			r.rename("app.log", "app.log.1")
			r.settle()
			r.write("app.log.1.gz", gzipped(lines(ids...)))
			r.remove("app.log.1")
		}},
		{"archive is written slowly", []string{"app.log*"}, func(r *rig) {
			all := gzipped(lines(ids...))
			r.rename("app.log", "app.log.1")
			for _, n := range []int{1, 9, len(all) / 2, len(all)} {
				r.write("app.log.1.gz", all[:n])
				r.poll()
			}
			r.remove("app.log.1")
		}},
		{"at once, and the name used again", []string{"app.log*"}, func(r *rig) {
			r.write("app.log.1.gz", gzipped(lines(ids...)))
			r.remove("app.log")
			r.append("app.log", lines("new"))
			r.poll()
			r.want("new")
		}},
		{"copied, compressed, truncated", []string{"app.log*"}, func(r *rig) {
			r.append("app.log", lines(rest...))
			r.write("app.log.1.gz", gzipped(lines(append(ids, rest...)...)))
			r.truncate("app.log")
			r.append("app.log", lines("new"))
			r.poll()
			r.settle()
			r.want(append([]string{"new"}, rest...)...)
		}},
		{"while nobody looked", []string{"app.log*"}, func(r *rig) {
			r.close()
			r.append("app.log", lines(rest...))
			r.write("app.log.1.gz", gzipped(lines(append(ids, rest...)...)))
			r.remove("app.log")
			r.open()
			r.settle()
			r.want(rest...)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, t.TempDir(), tt.globs...)
			r.write("app.log", lines(ids...))
			r.open()
			r.poll()
			r.want(ids...)
			tt.run(r)
			r.settle()
			r.want()
			r.reopen()
			r.settle()
			r.want()
			r.close()
		})
	}
}

// A header line longer than the fingerprint makes all files begin alike.
func TestLongCommonHeader(t *testing.T) {
	r := newRig(t, t.TempDir(), "*")
	r.cfg.Format = "csv"
	header := "id,prediction," + strings.Repeat("column,", 300) + "x\n"
	row := func(id string) string { return id + ",1," + strings.Repeat("2,", 300) + "3\n" }
	r.write("a.csv", header+row("a1")+row("a2"))
	r.write("b.csv", header+row("b1"))
	r.write("c.csv.gz", gzipped(header+row("c1")))
	for _, name := range []string{"a.csv", "b.csv", "c.csv.gz"} {
		r.old(name)
	}
	r.open()
	r.poll()
	r.want("a1", "a2", "b1", "c1")
	r.write("d.csv", header)
	r.poll()
	r.append("d.csv", row("d1"))
	r.poll()
	r.reopen()
	r.append("b.csv", row("b2"))
	r.poll()
	r.want("d1", "b2")
	r.close()
}
