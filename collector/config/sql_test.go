package config_test

import (
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
)

// TestTablesOfFeatures: a table or Parquet files of one model without predictions are a
// table of features; others may be a log of events.
func TestTablesOfFeatures(t *testing.T) {
	const parquet, table, log = "parquet: { paths: [a.parquet] }", "sql: { dsn: 'sqlite:a.db', table: t, watermark: ts, key: [id] }", "file: { paths: [a.jsonl] }"
	for _, c := range []struct {
		source, models string
		want           bool
	}{
		{table, "{ name: m, task: none, sources: [s] }", true},
		{parquet, "{ name: m, task: none, sources: [s] }", true},
		{log, "{ name: m, task: none, sources: [s] }", false},
		{table, "{ name: m, task: regression, sources: [s] }", false},
		{table, "{ name: m, sources: [s] }", false},
		{table, "{ name: m, task: none }", false},
		{table, "{ name: m, task: none, sources: [s] }, { name: n, task: none, sources: [s] }", false}, // told apart by a column
	} {
		cfg, err := config.Parse("/m.yml", []byte("sources: [{ name: s, "+c.source+" }]\nmodels: ["+c.models+"]\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.Sources[0].Fields.Table; got != c.want {
			t.Errorf("%s of %s: %t, want %t", c.source, c.models, got, c.want)
		}
	}
}
