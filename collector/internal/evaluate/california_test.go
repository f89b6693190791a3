package evaluate

import (
	"encoding/csv"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// houses returns the eight features of the California housing data by name, rows in a
// random order.
func houses(t *testing.T) map[string][]float64 {
	t.Helper()
	folder := os.Getenv("MODEL_EXPORTER_TESTDATA")
	if folder == "" {
		t.Skip("MODEL_EXPORTER_TESTDATA is not set: the California housing data is not part of the repository")
	}
	file, err := os.Open(filepath.Join(folder, "california_housing", "california_housing_reference.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]float64{}
	for _, row := range rows[1:] {
		for i, name := range rows[0][1:9] {
			x, err := strconv.ParseFloat(row[1+i], 64)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = append(all[name], x)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(rows)-1, func(i, j int) {
		for _, column := range all {
			column[i], column[j] = column[j], column[i]
		}
	})
	return all
}

// inTurn draws the values one after the other, from the first on again after the last.
func inTurn(values []float64) draw {
	at := 0
	return func(*rand.Rand) any {
		at++
		return values[(at-1)%len(values)]
	}
}

// TestRenamesOfRealColumns: of the eight features, every one is found under a new name,
// alone and when any other is lost with it; and with a value lost, its neighbours'
// values under a new name are never taken for it.
func TestRenamesOfRealColumns(t *testing.T) {
	all := houses(t)
	names := slices.Sorted(maps.Keys(all))
	half := len(all[names[0]]) / 2
	trained := map[string]draw{}
	for _, name := range names {
		trained[name] = inTurn(all[name][:half])
	}
	for _, lost := range names {
		for _, also := range names {
			x := newTableOf(t, half, trained)
			live := map[string]draw{"new": inTurn(all[lost][half:])}
			for _, name := range names {
				if name != lost && name != also {
					live[name] = inTurn(all[name][half:])
				}
			}
			if got := strings.Join(x.feed(2000, live), " "); got != lost+"=new" {
				t.Errorf("%s is called new, and %s is lost: got %q", lost, also, got)
			}
			if also == lost {
				continue
			}
			// The other one is lost, and this one is there twice.
			x = newTableOf(t, half, trained)
			live[lost] = inTurn(all[lost][half:])
			if got := x.feed(2000, live); len(got) > 0 {
				t.Errorf("%s is lost, and %s is called new, too: got %q", also, lost, got)
			}
		}
	}
}
