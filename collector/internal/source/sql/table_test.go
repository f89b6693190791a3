package sql

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/config"
)

// TestTableMetrics: what is known of a table besides its columns, in each mode: rows
// and the newest row's time, from which its age is told, in both; keys that come twice
// only where rows are read.
func TestTableMetrics(t *testing.T) {
	eachServer(t, func(t *testing.T, s *server) {
		s.createWide(t)
		id := 0
		s.insertWide(t, rand.New(rand.NewPCG(5, 6)), &id, 200, 0, 30*time.Minute, 0)
		s.exec(t, fmt.Sprintf("INSERT INTO @t (id, ts) VALUES (7, '%s'), (8, '%s'), (8, '%s')", at(31*time.Minute), at(32*time.Minute), at(33*time.Minute)))
		f := profileWide(t, s.wideConfig(t, config.RowsMode, ""))
		for mode, duplicates := range map[config.SQLMode]uint64{config.RowsMode: 3, config.AggregateMode: 0} {
			d := newSide(t, s, s.wideConfig(t, mode, ""), f)
			d.poll()
			if st := d.s.Status(); !st.Up || !st.CaughtUp {
				t.Fatalf("%s: status %+v", mode, st)
			}
			v := d.models.Models[0].Versions[0]
			if v.Predictions != 203 || v.LastEvent != start.Add(33*time.Minute).UnixNano() {
				t.Errorf("%s: %d rows up to %s, want 203 up to 33 minutes", mode, v.Predictions, time.Unix(0, v.LastEvent).Sub(start))
			}
			if v.Duplicates != duplicates {
				t.Errorf("%s: %d keys came twice, want %d", mode, v.Duplicates, duplicates)
			}
		}
	})
}
