package profile

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/model-exporter/model_exporter/collector/config"
)

// TestMappedFieldsMustBeThere: a name that no record has, and an output or label without a
// value, is an error that names what there is; nothing is written.
func TestMappedFieldsMustBeThere(t *testing.T) {
	late := strings.Repeat(`{"features":{"x":1},"prediction":1}`+"\n", 9000)
	wide := "target"
	for i := range 3000 {
		wide += fmt.Sprintf(",c%d", i)
	}
	wide += ",proba\n1" + strings.Repeat(",2", 3000) + ",0.5\n"
	dir := folder(t, map[string]string{
		"train.csv":    "amount,Target,y_pred,proba,empty,word\n1,1,1,0.9,,high\n2,0,0,0.2,,low\n3,1,0,0.4,,low\n",
		"other.csv":    "amount,label\n1,1\n2,0\n",
		"flat.jsonl":   `{"amount":1,"output":{"p":0.3,"class":1},"truth":1}` + "\n" + `{"amount":2,"output":{"p":0.4,"class":0},"truth":0}` + "\n",
		"late.jsonl":   late + `{"features":{"x":1},"prediction":1,"truth":{"was":0}}` + "\n",
		"types.jsonl":  late + `{"id":"1","features":{"x":1},"prediction":1}` + "\n" + `{"id":"1","kind":"label","label":0}` + "\n",
		"wide.csv":     wide,
		"header.csv":   "amount,Target\n",
		"nothing.csv":  "",
		"labels.csv":   "key,truth\n1,0\n",
		"keyed.csv":    "key,amount,prediction\n1,1,1\n2,2,0\n",
		"strange.csv":  "amount,\x1b[31mred\n1,2\n",
		"broken.jsonl": "no JSON\n",
		"classes.csv":  "amount,y,probs.a,probs.b\n1,a,0.9,0.1\n2,b,0.2,0.8\n",
	})
	writeParquet(t, filepath.Join(dir, "labels.parquet"), 0, 10)
	in := func(names ...string) (paths []string) {
		for _, n := range names {
			paths = append(paths, filepath.Join(dir, n))
		}
		return paths
	}
	type m = map[string]string
	for _, c := range []struct {
		name   string
		paths  []string
		labels []string
		m      m
		want   []string // of the error; nil for none
	}{
		{"all is there", in("train.csv"), nil, m{"label": "Target", "prediction": "y_pred", "score": "proba"}, nil},
		{"table", in("train.csv"), nil, m{"label": "targte"}, []string{`--map label=targte: no record of `, `train.csv has "targte"; did you mean "Target"?`}},
		{"nothing like it", in("train.csv"), nil, m{"score": "confidence"}, []string{`has "confidence"; there are amount, Target, y_pred, proba, empty, word`}},
		{"two", in("train.csv"), nil, m{"label": "targte", "score": "prob"}, []string{"the mapping does not fit the records:\n--map label=targte: no record", "\n--map score=prob: no record of ", `did you mean "proba"?`}},
		{"any field", in("train.csv"), nil, m{"id": "a1", "timestamp": "b1", "type": "c1", "model": "d1", "version": "e1", "scores": "f1"},
			[]string{"--map id=a1", "--map model=d1", "--map scores=f1", "--map timestamp=b1", "--map type=c1", "--map version=e1"}},
		{"one of several files has it", in("train.csv", "other.csv"), nil, m{"label": "Target"}, nil},
		{"none of several files has it", in("train.csv", "other.csv"), nil, m{"label": "targets"}, []string{`no record of 2 files has "targets"; did you mean "Target"?`}},
		{"nested", in("flat.jsonl"), nil, m{"score": "output.p", "prediction": "/output/class", "label": "truth"}, nil},
		{"scores of several columns", in("classes.csv"), nil, m{"prediction": "y", "scores": "probs"}, nil},
		{"no scores", in("classes.csv"), nil, m{"prediction": "y", "scores": "prob"}, []string{`has "prob"; there are amount, y, probs.a, probs.b`}},
		{"nested, misspelled", in("flat.jsonl"), nil, m{"prediction": "output.clas"}, []string{`has "output.clas"; did you mean "output.class"?`}},
		{"nowhere", in("flat.jsonl"), nil, m{"prediction": "answer.value"}, []string{`has "answer.value"; there are amount, output, truth`}},
		{"late in a log", in("late.jsonl"), nil, m{"label": "truth.was"}, nil},
		{"not in a log", in("late.jsonl"), nil, m{"label": "truht"}, []string{`has "truht"; there are features, prediction`}},
		{"a type", in("types.jsonl"), nil, m{"type": "kind"}, nil},
		{"no type", in("types.jsonl"), nil, m{"type": "kinds"}, []string{`has "kinds"`}},
		{"a column that is not monitored", in("wide.csv"), nil, m{"label": "target", "prediction": "c2999", "score": "proba"}, nil},
		{"no value", in("train.csv"), nil, m{"label": "empty"}, []string{`--map label=empty: "empty" has no value in any record of `, "; map another column, or none"}},
		{"no number", in("train.csv"), nil, m{"score": "word"}, []string{`--map score=word: "word" has no number in any record of `}},
		{"no id is no harm", in("train.csv"), nil, m{"id": "empty"}, nil},
		{"Parquet", in("labels.parquet"), nil, m{"prediction": "labl"}, []string{`labels.parquet has "labl"; did you mean "label"?`}},
		{"labels apart", in("keyed.csv"), in("labels.csv"), m{"id": "key", "label": "truth"}, nil},
		{"labels apart, misspelled", in("keyed.csv"), in("labels.csv"), m{"id": "key", "label": "thruth"}, []string{`no record of 2 files has "thruth"; did you mean "truth"?`}},
		{"labels apart without ids", in("keyed.csv"), in("other.csv"), m{"id": "key"}, []string{"other.csv has both an id and a label", "it has amount, label"}},
		{"only a header", in("header.csv"), nil, m{"label": "Target"}, []string{"nothing to profile"}},
		{"nothing", in("nothing.csv"), nil, m{"label": "Target"}, []string{"nothing to profile: the files are empty"}},
		{"no events", in("broken.jsonl"), nil, m{"label": "Target"}, []string{`has "Target"; correct its name`}},
		{"names that disturb", in("strange.csv"), nil, m{"label": "rad"}, []string{"there are amount, \uFFFD[31mred"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "b.json")
			_, err := Run(t.Context(), Options{Paths: c.paths, Labels: c.labels, Map: c.m, Output: output})
			_, missing := os.Stat(output)
			if c.want == nil {
				if err != nil || missing != nil {
					t.Fatal(err, missing)
				}
				return
			}
			if err == nil || missing == nil {
				t.Fatalf("error %v; the output is there: %t", err, missing == nil)
			}
			if empty := strings.HasPrefix(err.Error(), "nothing to profile"); errors.Is(err, ErrOptions) == empty {
				t.Errorf("error %v is one of options: %t", err, !empty)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q lacks %q", err, w)
				}
			}
		})
	}
}

// TestMappedColumnsOfATable: a table on a server is not read for a name that it lacks.
func TestMappedColumnsOfATable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE t (amount REAL, target INTEGER, answer INTEGER); INSERT INTO t VALUES (1, 1, 1), (2, 0, 1), (3, 0, 0); CREATE TABLE empty (amount REAL, target INTEGER)"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ table, label, want string }{
		{"t", "target", ""},
		{"t", "targte", `--map label=targte: no record of t has "targte"; did you mean "target"?`},
		{"empty", "targte", "nothing to profile"},
	} {
		at, err := config.TableAt("sqlite:"+path, c.table)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(t.Context(), Options{SQL: at, Map: map[string]string{"label": c.label}})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.label, err, c.want)
		}
	}
}
