package config_test

import (
	"fmt"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
)

func TestSuggest(t *testing.T) {
	var many []string
	for i := range 100 {
		many = append(many, fmt.Sprintf("COLUMN_%d", i))
	}
	for _, c := range []struct {
		name  string
		names []string
		want  string
	}{
		{"amunt", []string{"country", "amount"}, `did you mean "amount"?`},
		{"created_at", []string{"ID", "Created_At"}, `did you mean "Created_At"?`},
		{"TARGTE", []string{"Target"}, `did you mean "Target"?`},
		{"column_7", many, `did you mean "COLUMN_7"?`},
		{"amount", many[:3], "there are COLUMN_0, COLUMN_1, COLUMN_2"},
		{"amount", many[:1], "there is COLUMN_0"},
		{"amount", many, "there are COLUMN_0, COLUMN_1, COLUMN_2, COLUMN_3, COLUMN_4, COLUMN_5, COLUMN_6, COLUMN_7, COLUMN_8, COLUMN_9, " +
			"COLUMN_10, COLUMN_11, COLUMN_12, COLUMN_13, COLUMN_14, COLUMN_15, COLUMN_16, COLUMN_17, COLUMN_18, COLUMN_19, …"},
		{"amount", nil, "there is nothing else"},
	} {
		if got := config.Suggest(c.name, c.names); got != c.want {
			t.Errorf("%q: %s, want %s", c.name, got, c.want)
		}
	}
}
