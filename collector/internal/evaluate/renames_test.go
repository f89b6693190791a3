package evaluate

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/model-exporter/model_exporter/collector/config"
	"github.com/model-exporter/model_exporter/collector/internal/baseline"
	"github.com/model-exporter/model_exporter/collector/internal/event"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

// draw makes the value of a column in one event: a number, a text, a boolean, or nil
// for an event without the column.
type draw func(*rand.Rand) any

// laws are columns whose values nobody mistakes for another's.
var laws = map[string]draw{
	"amount":   func(r *rand.Rand) any { return math.Exp(r.NormFloat64()) },
	"age":      func(r *rand.Rand) any { return math.Round(45 + 12*r.NormFloat64()) },
	"country":  among("DE", "FR", "IT", "ES", "NL"),
	"flag":     func(r *rand.Rand) any { return r.IntN(3) == 0 },
	"constant": func(r *rand.Rand) any { return float64(r.IntN(20) / 19 * r.IntN(1000)) },
	"key":      func(r *rand.Rand) any { return float64(r.Uint64N(1 << 50)) },
	"z1":       func(r *rand.Rand) any { return r.NormFloat64() },
	"z2":       func(r *rand.Rand) any { return r.NormFloat64() },
}

func among(words ...string) draw {
	return func(r *rand.Rand) any { return words[min(r.IntN(len(words)), r.IntN(len(words)))] }
}

// table is rows of a feature table, minute by minute.
type table struct {
	set    *model.Set
	views  *Evaluator
	random *rand.Rand
	now    time.Time
	batch  *event.Batch
	store  memory // of restarts
}

// newTable has a baseline of 20,000 rows with these columns.
func newTable(t testing.TB, columns map[string]draw) *table { return newTableOf(t, 20_000, columns) }

func newTableOf(t testing.TB, n int, columns map[string]draw) *table {
	t.Helper()
	x := &table{random: rand.New(rand.NewPCG(1, 2)), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), batch: new(event.Batch)}
	builder := baseline.NewBuilder(baseline.Options{Model: "m", MaxCategories: 50})
	b := x.rows(n, columns)
	all := make([]int32, b.N)
	for i := range all {
		all[i] = int32(i)
	}
	builder.Add(b, all)
	f, err := builder.Build()
	if err != nil {
		t.Fatal(err)
	}
	x.build(t, f)
	return x
}

// build makes the set of models, empty.
func (x *table) build(t testing.TB, f *baseline.File) {
	t.Helper()
	cfg := config.ForTail([]string{"x"})
	cfg.Global.Time, cfg.Global.Windows = config.EventTime, []time.Duration{10 * time.Minute}
	cfg.Models = []config.Model{{Name: "m", Sources: []string{"s"}}}
	var err error
	if x.set, err = model.NewSet(cfg, map[string]*baseline.File{"m": f}, []string{"s"}); err != nil {
		t.Fatal(err)
	}
	x.views = New(cfg)
}

// rows fills the next batch, a minute after the one before.
func (x *table) rows(n int, columns map[string]draw) *event.Batch {
	x.now = x.now.Add(time.Minute)
	b := x.batch
	b.Reset()
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		if !slices.ContainsFunc(b.Features, func(c event.Column) bool { return c.Name == name }) {
			b.AddColumn(&b.Features, name)
		}
	}
	b.Resize(n)
	b.Arrival = x.now.UnixNano()
	for i := range n {
		b.Times[i] = x.now.UnixNano()
	}
	for i := range b.Features {
		if f := columns[b.Features[i].Name]; f != nil {
			for row := range n {
				x.put(&b.Features[i], row, f(x.random))
			}
		}
	}
	return b
}

func (x *table) put(c *event.Column, row int, value any) {
	switch v := value.(type) {
	case float64:
		c.Cells[row], c.Nums[row] = event.Number, v
	case bool:
		c.Cells[row], c.Nums[row] = event.Bool, 0
		if v {
			c.Nums[row] = 1
		}
	case string:
		code := slices.Index(c.Words, v)
		if code < 0 {
			code = len(c.Words)
			c.Words = append(c.Words, v)
		}
		c.Cells[row], c.Codes[row] = event.Text, uint32(code)
	}
}

// feed applies n rows and returns what is published as renamed: "amount=sum".
func (x *table) feed(n int, columns map[string]draw) []string {
	x.set.Apply(0, x.rows(n, columns), x.now.UnixNano())
	x.views.Evaluate(x.set, x.now.UnixNano())
	var told []string
	for _, w := range x.views.views {
		for key, r := range w.renames.refs {
			if r.set == w.renames.round-1 {
				labels := strings.Split(key, "\xff")
				told = append(told, labels[1]+"="+labels[2])
			}
		}
	}
	slices.Sort(told)
	return told
}

// but returns laws with some columns left out, and others under these names.
func but(without []string, more map[string]draw) map[string]draw {
	all := maps.Clone(laws)
	for _, name := range without {
		delete(all, name)
	}
	maps.Copy(all, more)
	return all
}

func TestRenames(t *testing.T) {
	for _, tt := range []struct {
		name string
		gone []string
		come map[string]draw
		rows int
		want string
	}{
		{"a number", []string{"amount"}, map[string]draw{"sum": laws["amount"]}, 1000, "amount=sum"},
		{"a whole number", []string{"age"}, map[string]draw{"years": laws["age"]}, 1000, "age=years"},
		{"a category", []string{"country"}, map[string]draw{"land": laws["country"]}, 1000, "country=land"},
		{"two at once", []string{"amount", "country"}, map[string]draw{"sum": laws["amount"], "land": laws["country"]}, 5000, "amount=sum country=land"},
		{"swapped with something new", []string{"amount"}, map[string]draw{"sum": laws["amount"], "other": laws["age"]}, 1000, "amount=sum"},
		{"another unit", []string{"amount"}, map[string]draw{"sum": func(r *rand.Rand) any { return 1.2 * math.Exp(r.NormFloat64()) }}, 1000, ""},
		{"other categories", []string{"country"}, map[string]draw{"land": among("DE", "FR", "IT", "ES", "PL")}, 1000, ""},
		{"another kind", []string{"amount"}, map[string]draw{"sum": laws["country"]}, 1000, ""},
		{"texts among the numbers", []string{"amount"}, map[string]draw{"sum": func(r *rand.Rand) any {
			if r.IntN(100) == 0 {
				return "n/a"
			}
			return math.Exp(r.NormFloat64())
		}}, 1000, ""},
		{"too few values", []string{"amount"}, map[string]draw{"sum": laws["amount"]}, 200, ""},
		{"two went that are alike", []string{"z1", "z2"}, map[string]draw{"z": laws["z1"]}, 1000, ""},
		{"two came that are alike", []string{"amount"}, map[string]draw{"sum": laws["amount"], "total": laws["amount"]}, 1000, ""},
		{"one that is alike stays", []string{"z1"}, map[string]draw{"z": laws["z1"]}, 1000, ""},
		{"a boolean", []string{"flag"}, map[string]draw{"mark": laws["flag"]}, 1000, ""},
		{"mostly one value", []string{"constant"}, map[string]draw{"still": laws["constant"]}, 1000, ""},
		{"keys", []string{"key"}, map[string]draw{"id": laws["key"]}, 1000, ""},
		{"nothing went", nil, map[string]draw{"sum": laws["amount"]}, 1000, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := newTable(t, laws)
			x.feed(500, laws)
			if got := strings.Join(x.feed(tt.rows, but(tt.gone, tt.come)), " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestRenameComesAndGoes: a roll-out in which only some events have the new name, an
// end to it, and a column that is new and was there before.
func TestRenameComesAndGoes(t *testing.T) {
	renamed := but([]string{"amount"}, map[string]draw{"sum": laws["amount"]})
	t.Run("rolled out, rolled back", func(t *testing.T) {
		x := newTable(t, laws)
		x.feed(500, laws)
		for range 3 {
			x.feed(200, laws)
			x.feed(200, renamed)
		}
		if got := x.feed(600, renamed); !slices.Equal(got, []string{"amount=sum"}) {
			t.Fatalf("got %v", got)
		}
		for range 11 { // a window later nobody sends the new name
			x.feed(100, laws)
		}
		if got := x.feed(100, laws); len(got) > 0 {
			t.Errorf("%v, a window after it was rolled back", got)
		}
	})
	t.Run("both names after all", func(t *testing.T) {
		x := newTable(t, laws)
		x.feed(1000, renamed)
		if got := x.feed(10, but(nil, map[string]draw{"sum": laws["amount"]})); len(got) > 0 {
			t.Errorf("%v, though events have both", got)
		}
	})
	t.Run("it stays through new rounds", func(t *testing.T) {
		x := newTable(t, laws)
		x.feed(1000, renamed)
		for minute := range 25 {
			if got := x.feed(30, renamed); !slices.Equal(got, []string{"amount=sum"}) {
				t.Fatalf("minute %d: got %v", minute, got)
			}
		}
	})
	t.Run("it was there before", func(t *testing.T) {
		x := newTable(t, laws)
		x.feed(500, but(nil, map[string]draw{"sum": laws["amount"]}))
		if got := x.feed(1000, renamed); len(got) > 0 {
			t.Errorf("%v, which came while amount was there", got)
		}
	})
}

// memory is a store.
type memory map[string]string

func (m memory) Set(k, v []byte) { m[string(k)] = string(v) }
func (m memory) Delete(k []byte) { delete(m, string(k)) }
func (m memory) DeleteRange(from, to []byte) {
	maps.DeleteFunc(m, func(k, _ string) bool { return k >= string(from) && k < string(to) })
}

func (m memory) Scan(_ []byte, f func(k, v []byte) error) error {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if err := f([]byte(k), []byte(m[k])); err != nil {
			return err
		}
	}
	return nil
}

// restart stores the state, and goes on with it in what a new process has.
func (x *table) restart(t *testing.T) {
	t.Helper()
	if x.store == nil {
		x.store = memory{}
	}
	x.set.Save(x.store)
	x.build(t, x.set.Models[0].Baseline)
	if anew, err := x.set.Load(x.store); err != nil || len(anew) > 0 {
		t.Fatalf("anew %q, %v", anew, err)
	}
	x.batch = new(event.Batch)
}

// TestRenamesAfterRestart: a column that came beside the old one is not its new name
// after a restart either, and columns that the baseline never had do not take the
// place of one that is.
func TestRenamesAfterRestart(t *testing.T) {
	sum := map[string]draw{"sum": laws["amount"]}
	t.Run("it was there before", func(t *testing.T) {
		x := newTable(t, laws)
		x.feed(500, but(nil, sum))
		x.restart(t)
		if got := x.feed(1000, but([]string{"amount"}, sum)); len(got) > 0 {
			t.Errorf("%v, which came while amount was there", got)
		}
	})
	t.Run("many others were", func(t *testing.T) {
		others := map[string]draw{}
		for i := range 20 {
			others[fmt.Sprint("other", i)] = laws["country"]
		}
		x := newTable(t, laws)
		x.feed(500, but(nil, others))
		maps.Copy(others, sum)
		for round := range 3 {
			if got := x.feed(1000, but([]string{"amount"}, others)); !slices.Equal(got, []string{"amount=sum"}) {
				t.Errorf("after %d restarts: %v", round, got)
			}
			x.restart(t)
		}
	})
}

// TestNewcomersAreBounded: a writer that invents columns costs no more than 16 samples.
func TestNewcomersAreBounded(t *testing.T) {
	x := newTable(t, laws)
	more := map[string]draw{}
	for i := range 200 {
		more[fmt.Sprintf("c%d", i)] = laws["amount"]
	}
	x.feed(2000, but([]string{"amount"}, more))
	for _, w := range x.views.views {
		if n := len(w.version.Newcomers()); n != 16 {
			t.Errorf("%d newcomers are looked at, want 16", n)
		}
	}
}

// TestChanceRename measures how often unrelated columns are told to be a renamed one.
// Their shares are uniform over all distributions on the baseline's bins, the accident
// that the formula at renameAlpha is about.
func TestChanceRename(t *testing.T) {
	const rounds, values = 3000, 1000
	words := []string{"a", "b", "c"}
	equal := func(r *rand.Rand) any { return words[r.IntN(3)] }
	columns := map[string]draw{"x": equal, "y": laws["amount"]}
	x := newTable(t, columns)
	told := 0
	for range rounds {
		shares := [3]float64{x.random.ExpFloat64(), x.random.ExpFloat64(), x.random.ExpFloat64()}
		all := shares[0] + shares[1] + shares[2]
		x.now = x.now.Add(20 * time.Minute) // another round
		told += len(x.feed(values, map[string]draw{"y": laws["amount"], "new": func(r *rand.Rand) any {
			switch u := all * r.Float64(); {
			case u < shares[0]:
				return "a"
			case u < shares[0]+shares[1]:
				return "b"
			}
			return "c"
		}}))
	}
	// χ² with 2 degrees of freedom exceeds −2·ln α with probability α.
	critical := -2 * math.Log(renameAlpha) * (1./values + 1./20_000)
	chance := math.Pi * critical * math.Sqrt(1./27) * 2
	noise := 4 * math.Sqrt(chance/rounds)
	if rate := float64(told) / rounds; math.Abs(rate-chance) > 0.1*chance+noise {
		t.Errorf("%.4f of unrelated columns are told to be renamed, want %.4f ± %.4f", rate, chance, noise)
	} else {
		t.Logf("%.4f, by the formula %.4f", rate, chance)
	}
}

// TestRenameIsFound measures how often a renamed column is not told: as often as chance
// alone takes psi or ks over its limit, twice renameAlpha at most.
func TestRenameIsFound(t *testing.T) {
	const rounds = 1000
	columns := map[string]draw{"amount": laws["amount"], "age": laws["age"]}
	x := newTable(t, columns)
	missed := 0
	for range rounds {
		x.now = x.now.Add(20 * time.Minute)
		if len(x.feed(1000, map[string]draw{"age": laws["age"], "sum": laws["amount"]})) == 0 {
			missed++
		}
	}
	if most := rounds*2*renameAlpha + 4*math.Sqrt(rounds*2*renameAlpha); float64(missed) > most {
		t.Errorf("%d of %d renames are not told, want at most %.0f", missed, rounds, most)
	} else {
		t.Logf("%d of %d not told", missed, rounds)
	}
}

// TestOtherShapesAreNoRename: columns with the mean and the spread of the one that went,
// and another shape.
func TestOtherShapesAreNoRename(t *testing.T) {
	normal := func(r *rand.Rand) any { return 10 + 3*r.NormFloat64() }
	shapes := map[string]draw{
		"uniform":     func(r *rand.Rand) any { return 10 + 3*math.Sqrt(12)*(r.Float64()-0.5) },
		"exponential": func(r *rand.Rand) any { return 7 + 3*r.ExpFloat64() },
		"laplace":     func(r *rand.Rand) any { return 10 + 3/math.Sqrt2*(r.ExpFloat64()-r.ExpFloat64()) },
		"gamma":       func(r *rand.Rand) any { return 10 + 3/math.Sqrt(3)*(distuv.Gamma{Alpha: 3, Beta: 1, Src: r}.Rand()-3) },
		"two peaks": func(r *rand.Rand) any {
			return 10 + 3*(float64(2*r.IntN(2)-1)*math.Sqrt(0.75)+0.5*r.NormFloat64())
		},
	}
	x := newTable(t, map[string]draw{"x": normal, "age": laws["age"]})
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		for range 100 {
			x.now = x.now.Add(20 * time.Minute)
			if got := x.feed(2000, map[string]draw{"age": laws["age"], name: shapes[name]}); len(got) > 0 {
				t.Errorf("%s: got %v", name, got)
			}
		}
	}
}

// BenchmarkNewcomers applies batches with 16 columns that the baseline lacks, while a
// column of it is gone, beside the same batches with all of it.
func BenchmarkNewcomers(b *testing.B) {
	more := map[string]draw{}
	for i := range 16 {
		more[fmt.Sprint("new", i)] = laws["z1"]
	}
	const rows = 4096
	tables := [2]*table{newTable(b, laws), newTable(b, laws)}
	for i, gone := range [2][]string{nil, {"constant"}} {
		x := tables[i]
		x.set.Apply(0, x.rows(rows, but(gone, more)), x.now.UnixNano())
	}
	var took [2]time.Duration
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		for i, x := range tables {
			start := time.Now()
			x.set.Apply(0, x.batch, x.now.UnixNano())
			took[i] += time.Since(start)
		}
	}
	events := float64(b.N) * rows
	b.ReportMetric(events/took[0].Seconds(), "complete-events/s")
	b.ReportMetric(events/took[1].Seconds(), "events/s")
	b.ReportMetric(took[0].Seconds()/took[1].Seconds(), "of-complete")
}
