package file

import (
	"os"
	"strings"
	"testing"
)

func TestStatus(t *testing.T) {
	r := newRig(t, t.TempDir(), "*.log", "one")
	wantStatus := func(up bool, parts int, text string) {
		t.Helper()
		st := r.s.Status()
		if st.Up != up || st.Parts != parts || text != "" && (st.Err == nil || !strings.Contains(st.Err.Error(), text)) {
			t.Fatalf("got %+v, want up %v, %d parts, error with %q", st, up, parts, text)
		}
	}
	r.open()
	r.settle()
	wantStatus(false, 0, "no file matches")
	r.write("a.log", lines("a"))
	r.poll()
	wantStatus(true, 1, "")
	r.check(os.Symlink(r.path("loop.log"), r.path("loop.log"))) // even root cannot read it
	r.settle()
	wantStatus(false, 1, "loop.log")
	if n := r.s.Status().Errors; n != 2 {
		t.Errorf("%d errors, want each once", n)
	}
	r.remove("loop.log")
	r.write("loop.log", lines("b"))
	r.poll()
	wantStatus(true, 2, "")
	r.check(os.Mkdir(r.path("one"), 0o755))
	r.check(os.Mkdir(r.path("dir.log"), 0o755))
	r.poll()
	wantStatus(false, 2, `one is not a regular file`)
	r.want("a", "b")
	r.close()
}

func TestUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	r := newRig(t, t.TempDir(), "*.log")
	r.write("a.log", lines("a"))
	r.check(os.Chmod(r.path("a.log"), 0))
	r.open()
	r.settle()
	if st := r.s.Status(); st.Up || st.Errors != 1 {
		t.Fatalf("got %+v, want one error", st)
	}
	r.check(os.Chmod(r.path("a.log"), 0o644))
	r.poll()
	r.want("a")
	if !r.s.Status().Up {
		t.Error("still down")
	}
	r.close()
}
