package collector_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestReloadKeepsItsPlace: a reload that opens a source anew commits where the
// source is, together with what was counted; a power cut right behind it makes
// nothing count twice.
func TestReloadKeepsItsPlace(t *testing.T) {
	j := newJournal(t, t.TempDir(), 5)
	file := j.setUp(t)
	synctest.Test(t, func(t *testing.T) {
		disk := vfs.NewCrashableMem()
		r := &rig{j: j, w: &watcher{}, fs: disk, pace: time.Hour}
		r.start(t, file)
		r.scrape(t, 2*time.Second) // the first page is there, the next one is in an hour
		j.write(t, 100, time.Now())
		time.Sleep(time.Second)
		r.owner = "another"
		if _, err := r.c.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := disk.CrashClone(vfs.CrashCloneCfg{})
		r.end()
		<-r.ended
		r.fs, r.pace = after, 20*time.Millisecond
		r.start(t, file)
		page := r.scrape(t, 2*time.Second)
		if err := j.matches(page); err != nil {
			t.Error(err)
		}
		if !strings.Contains(page, `model_owner="another"`) {
			t.Error("the other configuration is not served")
		}
		r.end()
		if err := <-r.ended; err != nil {
			t.Error(err)
		}
		r.w.report(t, 1)
	})
}
