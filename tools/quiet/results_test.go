package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestResultsAreKept: a run goes on where another one was cut short, but does not
// count batches of other options.
func TestResultsAreKept(t *testing.T) {
	o := options{models: 2, span: 9 * day, training: 7 * day, budget: 1, results: filepath.Join(t.TempDir(), "results.jsonl")}
	first, err := openResults(o)
	if err != nil {
		t.Fatal(err)
	}
	want := first.result(3, []alarm{{Name: "ModelStale", Priority: "P2", At: start, Labels: `{model="model-3"}`}})
	if err := first.add(want); err != nil {
		t.Fatal(err)
	}
	first.close()

	again, err := openResults(o)
	if err != nil {
		t.Fatal(err)
	}
	defer again.close()
	if got := again.known[3]; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if err := again.add(want); err != nil { // it is there already
		t.Fatal(err)
	}
	if lines, err := os.ReadFile(o.results); err != nil || len(lines) == 0 || lines[len(lines)-1] != '\n' || reflect.DeepEqual(again.known, map[uint64]result{}) {
		t.Errorf("file is %q, %v", lines, err)
	}
	for _, change := range []func(*options){
		func(o *options) { o.models = 3 },
		func(o *options) { o.span = 2 * day },
		func(o *options) { o.budget = 2 },
		func(o *options) { o.training = day },
	} {
		other := o
		change(&other)
		r, err := openResults(other)
		if err != nil {
			t.Fatal(err)
		}
		r.close()
		if len(r.known) > 0 {
			t.Errorf("%+v are the results of %+v", r.known, other)
		}
	}
}

// TestSeedsDecide: the same seeds find the same, however many batches run at a time,
// and a report is in their order.
func TestSeedsDecide(t *testing.T) {
	o := options{modelDays: 1, models: 4, span: day / 8, training: day / 4, budget: 1, seed: 5, faults: []string{"outage@2h"}}
	var all [2][]outcome
	for i := range all {
		o.parallel = 1 + i
		kept, err := openResults(o)
		if err != nil {
			t.Fatal(err)
		}
		for r := range ordered(t.Context(), o, kept) {
			if r.err != nil {
				t.Fatal(r.err)
			}
			r.result.CPU = 0
			all[i] = append(all[i], r)
		}
	}
	if len(all[0]) != 2 || len(all[0][0].result.Found) == 0 || all[0][1].result.Seed != 9 {
		t.Errorf("found %+v", all[0])
	}
	if !reflect.DeepEqual(all[0], all[1]) {
		t.Errorf("one at a time %+v, two at a time %+v", all[0], all[1])
	}
}
