package sql

import (
	"fmt"
	"math"
	"reflect"
	"sort"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/event"
)

// drawScope is any division of the rows up to a newest one.
func drawScope(t *rapid.T) (sc *scope, newest int64) {
	second := int64(time.Second)
	sc = &scope{low: math.MinInt64}
	width := rapid.Int64Range(1, 90).Draw(t, "width") * second
	newest = start.UnixNano() + rapid.Int64Range(-1e6, 1e6).Draw(t, "newest")*second/7
	now := newest + rapid.SampledFrom([]int64{0, 0, 30, 5000, 1e6}).Draw(t, "age")*second
	for range rapid.IntRange(1, 3).Draw(t, "levels") {
		count := rapid.Int64Range(1, 70).Draw(t, "count")
		sc.levels = append(sc.levels, Level{width, count})
		sc.begins = append(sc.begins, floorTo(now, width)-(count-1)*width)
		width *= rapid.Int64Range(1, 30).Draw(t, "times")
	}
	overlap := rapid.Int64Range(0, 4000).Draw(t, "overlap") * second
	w := sc.levels[0].Width
	sc.near = []times{{floorTo(newest-overlap, w), math.MaxInt64}}
	if rapid.Bool().Draw(t, "before") {
		before := newest - rapid.Int64Range(0, 1e5).Draw(t, "since")*second
		sc.low = floorTo(before-overlap, w)
		sc.near = append(sc.near, times{sc.low, floorTo(before, w) + w})
		if rapid.Bool().Draw(t, "floor") {
			sc.low = max(sc.low, before+1)
		}
	}
	return sc, newest
}

// TestCuts: a time that is found in the list is in the span that it has by itself.
func TestCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sc, newest := drawScope(t)
		if sc.cuts = sc.cut(newest); sc.cuts == nil {
			if sc.low <= newest {
				t.Fatal("too many cuts")
			}
			return // nothing is left to count
		}
		at := []int64{newest, sc.low, newest - 1e15}
		for _, c := range sc.cuts {
			at = append(at, c.from-1, c.from, c.from+1)
		}
		for range 50 {
			at = append(at, newest-rapid.Int64Range(0, 3e14).Draw(t, "before"))
		}
		for _, ns := range at {
			if ns > newest || ns < newest-1e15 {
				continue
			}
			p := sort.Search(len(sc.cuts), func(i int) bool { return sc.cuts[i].from > ns })
			cells := rowOf(int64(p))
			got, ok := sc.span(&cells)
			if want := sc.spanOf(ns); ok != (ns >= sc.low) || ok && got != want {
				t.Fatalf("%d is in %v (%t), want %v; low %d, begins %v, near %v, cuts %v", ns, got, ok, want, sc.low, sc.begins, sc.near, sc.cuts)
			}
		}
	})
}

func rowOf(values ...int64) cells {
	p := &page{}
	p.reset(len(values))
	for i, v := range values {
		p.columns[i].addInt(v)
	}
	p.rows = 1
	return cells{p: p}
}

// TestTooManyCuts: a list that would be very long is none.
func TestTooManyCuts(t *testing.T) {
	minute := int64(time.Minute)
	now := floorTo(start.UnixNano(), minute)
	for name, from := range map[string]int64{"long": now - 13_000*minute, "endless": math.MinInt64} {
		sc := &scope{low: math.MinInt64, levels: []Level{{minute, 60}}, begins: []int64{now - 59*minute}, near: []times{{from, math.MaxInt64}}}
		if cuts := sc.cut(now); cuts != nil {
			t.Errorf("%s: %d cuts", name, len(cuts))
		}
	}
}

// TestListAndArithmeticAgree: PostgreSQL counts the same by a list as by arithmetic,
// for watermarks of each type and infinite ones.
func TestListAndArithmeticAgree(t *testing.T) {
	s := newServer(t, config.Postgres)
	for kind, class := range map[string]class{"timestamptz": classTime, "timestamp": classLocal, "date": classDate} {
		t.Run(kind, func(t *testing.T) {
			s.exec(t, "DROP TABLE IF EXISTS @t")
			s.exec(t, "CREATE TABLE @t (ts "+kind+", value double precision)")
			s.exec(t, fmt.Sprintf(`INSERT INTO @t SELECT timestamp '%s' - i * i * interval '1.000001 second', CASE WHEN i %% 7 > 0 THEN i / 10.0 END FROM generate_series(0, 3000) i`, at(0)))
			s.exec(t, "INSERT INTO @t VALUES ('infinity', 1), ('-infinity', 2), (NULL, 3), ('1901-01-01', 'NaN'), ('2026-10-30', 'infinity'), ('2026-10-30', '-infinity')")
			cfg := config.DefaultSQL
			cfg.Driver, cfg.DSN, cfg.Table, cfg.Watermark = s.driver, s.dsn, s.schema+"t", "ts"
			c, err := connect(t.Context(), &cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer c.close()
			if err := c.begin(t.Context(), 0); err != nil {
				t.Fatal(err)
			}
			column := columnPlan{Column: &Column{Name: "value", Kind: catalog.Numeric, Edges: []float64{3, 50, 100, 200}, Shift: 100}, source: `"value"`, class: classNumber}
			newest, minute := start.UnixNano(), int64(time.Minute)
			if kind == "date" {
				newest = floorTo(newest, int64(24*time.Hour))
			}
			for _, low := range []int64{math.MinInt64, newest - 4000*minute} {
				sc := &scope{
					d: dialects[config.Postgres], cfg: &cfg, class: class, low: low, columns: []columnPlan{column},
					where:  func(st *statement) { st.write(`"ts" <= `, arg{formTime, "2026-11-01T12:00:00Z"}) },
					levels: []Level{{minute, 60}, {24 * minute, 60}}, near: []times{{floorTo(newest-100*minute, minute), math.MaxInt64}},
					begins: []int64{newest - 59*minute, floorTo(newest, 24*minute) - 59*24*minute},
				}
				count := func() counted {
					var p page
					into := counted{}
					for _, q := range []struct {
						st   *statement
						read func() error
					}{
						{sc.summary(sc.columns), func() error { return sc.readSummary(&p, sc.columns, true, into) }},
						{sc.bins(&column), func() error { return sc.readBins(&p, &column, into) }},
					} {
						if err := c.query(t.Context(), q.st.text.String(), q.st.args, &p, nil); err != nil {
							t.Fatalf("%s: %v", q.st.text.String(), err)
						}
						if err := q.read(); err != nil {
							t.Fatal(err)
						}
					}
					return into
				}
				want := count()
				if sc.cuts = sc.cut(newest); sc.cuts == nil {
					t.Fatal("no list")
				}
				got := count()
				if len(got) < 2 || len(got) != len(want) {
					t.Fatalf("%d spans by the list, %d by arithmetic", len(got), len(want))
				}
				for k, a := range want {
					b := got[k]
					if b == nil || a.Rows != b.Rows || a.Last != b.Last {
						t.Fatalf("span %v: %+v by the list, %+v by arithmetic", k, b, a)
					}
					x, y := a.Columns[0], b.Columns[0]
					for _, p := range [][2]*float64{{&x.Sum, &y.Sum}, {&x.SumSq, &y.SumSq}, {&x.Low, &y.Low}, {&x.High, &y.High}} {
						if math.Abs(*p[0]-*p[1]) > 1e-9*max(1, math.Abs(*p[0])) { // added up in another order
							t.Errorf("span %v: %+v by the list, %+v by arithmetic", k, y, x)
						}
						*p[1] = *p[0]
					}
					if !reflect.DeepEqual(x, y) {
						t.Errorf("span %v: %+v by the list, %+v by arithmetic", k, y, x)
					}
				}
			}
		})
	}
}

// TestNonsenseIsAnError: counts that no table has are not believed.
func TestNonsenseIsAnError(t *testing.T) {
	sc := &scope{}
	for rows, wrong := range map[int64]bool{1 << 33: false, maxRows: false, maxRows + 1: true, math.MaxInt64: true} {
		c := rowOf(0, 60e9, rows, 61e9)
		into := counted{}
		if err := sc.readSummary(c.p, nil, true, into); (err != nil) != wrong {
			t.Errorf("%d rows: %v", rows, err)
		}
		if a := into[span{0, 60e9}]; !wrong && (a.Rows != uint64(rows) || a.Last != 61e9) {
			t.Errorf("%d rows: %+v", rows, a)
		}
	}
	for text, values := range map[string]uint64{"0:3,-1:4,5:1,4:2": 10, "": 0, "1": 0, "1:x": 0, "a:1": 0, "1:-1": 0} {
		var to event.Counted
		got, err := addBins(&to, text, 4)
		if got != values || (err == nil) != (values > 0) {
			t.Errorf("%q: %d values, %v", text, got, err)
		}
		if want := []event.BinCount{{Bin: 0, N: 7}, {Bin: 4, N: 3}}; values > 0 && !reflect.DeepEqual(to.Bins, want) {
			t.Errorf("%q: %v, want %v", text, to.Bins, want)
		}
	}
}
