// Package examples loads configurations of examples/ with the packages of the
// programs that read them.
package examples

import (
	"os"
	"path/filepath"
	"testing"

	alertmanager "github.com/prometheus/alertmanager/config"
	"github.com/prometheus/common/promslog"
	prometheus "github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/install" // what scrape_configs may have
)

const compose = "../../examples/compose/"

func TestPrometheus(t *testing.T) {
	c, err := prometheus.LoadFile(compose+"prometheus.yml", false, promslog.NewNopLogger())
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := c.GetScrapeConfigs()
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs) < 1 || jobs[0].JobName != "model_exporter" || !jobs[0].ScrapeNativeHistogramsEnabled() {
		t.Errorf("the first job is not the exporter's, with native histograms: %+v", jobs)
	}
	if len(c.RuleFiles) != 1 || filepath.Base(c.RuleFiles[0]) != "model_exporter.rules.yml" {
		t.Errorf("rule files %q", c.RuleFiles)
	}
}

func TestAlertmanager(t *testing.T) {
	text, err := os.ReadFile(compose + "alertmanager.yml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := alertmanager.Load(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if c.Route == nil || c.Route.Receiver != "default" || len(c.Receivers) < 2 {
		t.Errorf("receivers %+v", c.Receivers)
	}
}
