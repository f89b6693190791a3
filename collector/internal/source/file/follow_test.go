package file

import (
	"os"
	"strings"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
)

// Each case says what happens to the files between polls; "a" is what has been
// written to app.log before.
func TestFollow(t *testing.T) {
	long := numbered("long", 0, 100) // longer than a fingerprint
	tests := []struct {
		name  string
		globs []string
		run   func(r *rig)
	}{
		{"grows", []string{"*.log"}, func(r *rig) {
			r.append("app.log", lines("b", "c"))
			r.poll()
			r.want("b", "c")
		}},
		{"writer pauses in mid-line", []string{"*.log"}, func(r *rig) {
			r.append("app.log", `{"id":"b","predi`)
			r.settle()
			r.want()
			r.append("app.log", `ction":1}`)
			r.settle()
			r.want()
			r.append("app.log", "\n")
			r.poll()
			r.want("b")
		}},
		{"line longer than a block", []string{"*.log"}, func(r *rig) {
			r.append("app.log", `{"id":"b","prediction":"`+strings.Repeat("x", 60<<10)+"\"}\n"+lines("c"))
			r.poll()
			r.want("b", "c")
		}},
		{"line longer than allowed", []string{"*.log"}, func(r *rig) {
			r.append("app.log", strings.Repeat("x", 1<<20)+"\n"+lines("c"))
			r.poll()
			r.want("c")
			if r.rejected != 1 {
				r.t.Fatalf("%d rejections, want 1", r.rejected)
			}
		}},
		{"quote that is never closed", []string{"*.log"}, func(r *rig) {
			r.cfg.Format = config.CSVFormat
			r.reopen()
			r.write("b.log", "id,prediction\nb,1\n\"c"+strings.Repeat("x,1\n", 200_000)+"d,1\n")
			r.settle()
			if len(r.ids) == 0 || r.ids[0] != "b" || r.ids[len(r.ids)-1] != "d" || r.rejected == 0 {
				r.t.Fatalf("%d events, %d rejected", len(r.ids), r.rejected)
			}
			r.ids = nil
		}},
		{"appears later", []string{"*.log"}, func(r *rig) {
			r.write("b.log", lines("b"))
			r.poll()
			r.want("b")
		}},
		{"two paths, one inode", []string{"*.log", "app*"}, func(r *rig) {
			r.check(os.Symlink(r.path("app.log"), r.path("link.log")))
			r.check(os.Link(r.path("app.log"), r.path("hard.log")))
			r.append("app.log", lines("b"))
			r.settle()
			r.want("b")
		}},
		{"rename and create, matched", []string{"app.log*"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.rename("app.log", "app.log.1")
			r.write("app.log", lines("d"))
			r.append("app.log.1", lines("c"))
			r.poll()
			r.want("b", "c", "d")
			r.append("app.log.1", lines("late"))
			r.settle()
			r.want("late")
		}},
		{"rename and create, not matched", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.rename("app.log", "app.log.1")
			r.poll()
			r.write("app.log", lines("d"))
			r.append("app.log.1", lines("c"))
			r.poll()
			r.want("b", "c", "d")
		}},
		{"rotated with an unfinished last line", []string{"app.log"}, func(r *rig) {
			r.append("app.log", strings.TrimSuffix(lines("b"), "\n"))
			r.rename("app.log", "app.log.1")
			r.poll()
			r.want()
			r.settle()
			r.want("b")
		}},
		{"renamed within the globs with an unfinished last line", []string{"app.log*"}, func(r *rig) {
			r.append("app.log", strings.TrimSuffix(lines("b"), "\n"))
			r.rename("app.log", "app.log.1")
			r.poll()
			r.want()
			r.settle()
			r.want("b")
		}},
		{"deleted and re-created", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.remove("app.log")
			r.write("app.log", lines("c"))
			r.poll()
			r.want("b", "c")
		}},
		{"deleted and re-created with the same line", []string{"app.log"}, func(r *rig) {
			r.remove("app.log")
			r.settle()
			r.write("app.log", lines("a"))
			r.settle()
			r.want("a")
		}},
		{"truncated and written anew, shorter", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines(long...))
			r.poll()
			r.want(long...)
			r.truncate("app.log")
			r.append("app.log", lines("b"))
			r.settle()
			r.want("b")
		}},
		{"truncated and written anew, longer", []string{"app.log"}, func(r *rig) {
			r.truncate("app.log")
			r.append("app.log", lines(long...))
			r.settle()
			r.want(long...)
		}},
		{"truncated and written anew, same size", []string{"app.log"}, func(r *rig) {
			r.truncate("app.log")
			r.append("app.log", lines("b"))
			r.settle()
			r.want("b")
		}},
		{"truncated, then the same line", []string{"app.log"}, func(r *rig) {
			r.truncate("app.log")
			r.settle()
			r.append("app.log", lines("a"))
			r.settle()
			r.want("a")
		}},
		{"same head, other content", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines(long...))
			r.poll()
			r.want(long...)
			r.write("app.log", lines("a")+lines(long[:60]...)+lines(numbered("new", 0, 100)...))
			r.settle()
			r.want(append(append([]string{"a"}, long[:60]...), numbered("new", 0, 100)...)...)
		}},
		{"copytruncate, copy matched", []string{"app.log*"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.copy("app.log", "app.log.1")
			r.settle()
			r.want("b")
			r.append("app.log", lines("c"))
			r.copy("app.log", "app.log.1")
			r.truncate("app.log")
			r.append("app.log", lines("d"))
			r.settle()
			r.want("c", "d")
		}},
		{"copytruncate, copy not matched", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines("b"))
			r.poll()
			r.copy("app.log", "app.log.1")
			r.truncate("app.log")
			r.poll()
			r.append("app.log", lines("c"))
			r.settle()
			r.want("b", "c")
		}},
		{"copy that goes on differently", []string{"*.log"}, func(r *rig) {
			r.copy("app.log", "b.log")
			r.settle()
			r.want()
			r.append("b.log", lines("b"))
			r.append("app.log", lines("c"))
			r.settle()
			r.want("c", "a", "b")
		}},
		{"symlink swap", []string{"current"}, func(r *rig) {
			r.check(os.Symlink(r.path("app.log"), r.path("current")))
			r.append("app.log", lines("b"))
			r.poll()
			r.want("a", "b")
			r.append("app.log", lines("c"))
			r.write("next.log", lines("d"))
			r.check(os.Symlink(r.path("next.log"), r.path("new")))
			r.rename("new", "current")
			r.poll()
			r.want("c", "d")
			r.append("app.log", lines("late"))
			r.poll()
			r.want("late")
		}},
		{"replaced by a longer version of itself", []string{"app.log"}, func(r *rig) {
			r.append("app.log", lines(long...))
			r.poll()
			r.want(long...)
			r.copy("app.log", "temporary")
			r.append("temporary", lines("b"))
			r.rename("temporary", "app.log")
			r.settle()
			r.want("b")
		}},
		{"short beginning shared with an idle file", []string{"*.log"}, func(r *rig) {
			r.write("b.log", lines("a", "b"))
			r.settle()
			r.want("a", "b")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, t.TempDir(), tt.globs...)
			r.write("app.log", lines("a"))
			r.open()
			defer r.close()
			r.poll()
			if tt.globs[0] != r.path("current") {
				r.want("a")
			}
			tt.run(r)
			r.settle()
			r.want()
			r.append("app.log", "\n")
			r.poll()
			if st := r.s.Status(); !st.Up || !st.CaughtUp {
				t.Errorf("status %+v", st)
			}
		})
	}
}
