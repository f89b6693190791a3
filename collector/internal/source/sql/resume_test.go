package sql

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// TestKeyChanges goes on behind the newest row, and back again.
func TestKeyChanges(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.create(t)
		s.exec(t, "CREATE TABLE @u (id bigint, ts varchar(40), value int)")
		r := newRig(t, s)
		s.insert(t, 1, 100, 0)
		s.insert(t, 101, 200, time.Minute)
		r.up(200)
		last, newest := 200, time.Minute
		for _, key := range [][]string{{"name", "id"}, {"id"}, {"id", "value"}} {
			r.cfg.SQL.Key = key
			r.restart()
			r.up(0)
			r.restart()
			s.insert(t, last+1, last+10, newest-time.Second)
			r.up(0) // late
			newest += time.Minute
			s.insert(t, last+11, last+60, newest)
			r.up(50)
			r.restart()
			s.insert(t, last+61, last+70, newest-time.Second)
			s.insert(t, last+71, last+80, newest)
			r.up(20)
			last += 100
			if len(r.last) != 1 {
				t.Errorf("positions %v", r.last)
			}
		}
		r.once()
		r.cfg.SQL.Table = s.schema + "u" // is other data
		r.restart()
		s.exec(t, "INSERT INTO @u VALUES (1001, '"+at(0)+"', 1)")
		if s.driver == config.SQLite {
			r.up(1)
		}
		r.cfg.SQL.Table = s.schema + "t"
		r.restart()
		r.up(0)
	})
}

// TestModeChanges goes on with what the other mode left.
func TestModeChanges(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.createWide(t)
		id, random := 0, rand.New(rand.NewPCG(1, 2))
		s.insertWide(t, random, &id, 300, 0, 20*time.Minute, 0)
		f := profileWide(t, s.wideConfig(t, config.RowsMode, ""))
		var last map[string]string
		want := uint64(300)
		for i, mode := range []config.SQLMode{config.RowsMode, config.AggregateMode, config.RowsMode, config.AggregateMode} {
			for range 2 { // and a restart
				d := newSide(t, s, s.wideConfig(t, mode, ""), f)
				d.last = last
				d.poll()
				if st := d.s.Status(); !st.Up || !st.CaughtUp {
					t.Fatalf("%s: status %+v", mode, st)
				}
				got := uint64(0)
				for _, v := range d.models.Models[0].Versions {
					got += v.Predictions
				}
				if got != want {
					t.Errorf("%s, change %d: %d rows, want %d", mode, i, got, want)
				}
				last, want = d.last, 0
			}
			from := time.Duration(20+10*i) * time.Minute
			s.insertWide(t, random, &id, 100, from+time.Second, from+10*time.Minute, 0)
			want = 100
		}
	})
}
