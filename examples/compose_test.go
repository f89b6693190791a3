package examples_test

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/rules"
)

func loadCompose(t *testing.T) composeFile {
	t.Helper()
	var c composeFile
	decode(t, "compose/compose.yaml", &c)
	return c
}

// source is what is mounted at a path of a container, or a folder above it.
func (s *service) source(path string) (file string, found bool) {
	for _, v := range s.Volumes {
		from, to, _ := strings.Cut(v, ":")
		to, _, _ = strings.Cut(to, ":")
		if below, ok := strings.CutPrefix(path, to); ok && (below == "" || below[0] == '/') {
			return filepath.Join("compose", from) + below, true
		}
	}
	return "", false
}

// serves tells whether host:port is a service of the file, at a port of it.
func (c *composeFile) serves(address string) bool {
	host, port, _ := strings.Cut(address, ":")
	s := c.Services[host]
	return s != nil && slices.ContainsFunc(s.Ports, func(p string) bool { return strings.HasSuffix(p, ":"+port) })
}

func TestComposeServices(t *testing.T) {
	c := loadCompose(t)
	used := map[string]bool{}
	for name, s := range c.Services {
		switch {
		case s.Build != nil:
			if s.Image != "" || !exists(filepath.Join("compose", s.Build.Context, s.Build.Dockerfile)) {
				t.Errorf("%s: no such Dockerfile: %+v", name, s.Build)
			}
		case !regexp.MustCompile(`^[a-z/]+:v?\d+\.\d+\.\d+$`).MatchString(s.Image):
			t.Errorf("%s: image %q has no fixed version", name, s.Image)
		}
		for _, v := range s.Volumes {
			from, to, _ := strings.Cut(v, ":")
			_, local := strings.CutPrefix(from, ".")
			if _, declared := c.Volumes[from]; !local && !declared {
				t.Errorf("%s: volume %s is not declared", name, from)
			}
			if local && (!strings.HasSuffix(to, ":ro") || !exists(filepath.Join("compose", from))) {
				t.Errorf("%s: %s does not exist, or can be written to", name, v)
			}
			used[from] = true
		}
		for _, p := range s.Ports {
			if !regexp.MustCompile(`^127\.0\.0\.1:(\d+):(\d+)$`).MatchString(p) {
				t.Errorf("%s: port %s is open to other machines", name, p)
			}
		}
		for _, other := range s.DependsOn {
			if c.Services[other] == nil {
				t.Errorf("%s: depends on %s, which is no service", name, other)
			}
		}
	}
	for v := range c.Volumes {
		if !used[v] {
			t.Errorf("nobody uses volume %s", v)
		}
	}
}

func TestComposeExporter(t *testing.T) {
	c := loadCompose(t)
	s := c.Services["exporter"]
	if port := s.Environment["MODEL_EXPORTER_WEB_LISTEN_ADDRESS"]; !c.serves("exporter" + port) {
		t.Errorf("it listens on %s and its ports are %v", port, s.Ports)
	} else if probe := s.Healthcheck.Test[len(s.Healthcheck.Test)-1]; probe != "http://127.0.0.1"+port+"/-/ready" {
		t.Errorf("the health check asks %s", probe)
	}
	for _, d := range []string{s.Healthcheck.Interval, s.Healthcheck.Timeout, s.Healthcheck.StartPeriod} {
		if _, err := time.ParseDuration(d); err != nil {
			t.Error(err)
		}
	}
	if script, ok := s.source(s.Entrypoint[1]); !ok || !exists(script) {
		t.Errorf("%v: there is no %s", s.Entrypoint, script)
	}
	if data, ok := s.source(s.Environment["FRAUD_DIR"]); !ok || !s.ReadOnly || !strings.HasPrefix(data, "compose/exporter") {
		t.Errorf("it writes to %s, mounted from %s", s.Environment["FRAUD_DIR"], data)
	}
}

func TestComposePrometheus(t *testing.T) {
	c := loadCompose(t)
	s := c.Services["prometheus"]
	if file, _ := s.source(flagOf(t, s.Command, "--config.file")); file != "compose/prometheus.yml" {
		t.Errorf("its configuration is %s", file)
	}
	var p prometheusFile
	decode(t, "compose/prometheus.yml", &p)
	for _, r := range p.RuleFiles {
		if file, _ := s.source(r); file != "../rules/model_exporter.rules.yml" {
			t.Errorf("rule file %s is %q, not the committed one", r, file)
		}
	}
	if len(p.RuleFiles) == 0 || len(p.Alerting.Alertmanagers) == 0 {
		t.Error("no rules, or nobody is told")
	}
	for _, a := range p.Alerting.Alertmanagers {
		for _, address := range addresses(a.StaticConfigs) {
			if !c.serves(address) {
				t.Errorf("there is no Alertmanager at %s", address)
			}
		}
	}
	jobs := map[string][]string{}
	for _, job := range p.ScrapeConfigs {
		jobs[job.JobName] = addresses(job.StaticConfigs)
		for _, address := range jobs[job.JobName] {
			if !c.serves(strings.Replace(address, "localhost", "prometheus", 1)) {
				t.Errorf("job %s scrapes %s, where nobody serves", job.JobName, address)
			}
		}
	}
	if !slices.Equal(jobs["model_exporter"], []string{"exporter:9877"}) {
		t.Errorf("the exporter is not scraped: %v", jobs)
	}
}

func addresses(all []targets) []string {
	var out []string
	for _, s := range all {
		out = append(out, s.Targets...)
	}
	return out
}

func flagOf(t *testing.T, args []string, name string) string {
	t.Helper()
	for _, a := range args {
		if value, ok := strings.CutPrefix(a, name+"="); ok {
			return value
		}
	}
	t.Fatalf("no %s in %q", name, args)
	return ""
}

// TestComposeAlertmanager: what it is told to read is mounted.
func TestComposeAlertmanager(t *testing.T) {
	s := loadCompose(t).Services["alertmanager"]
	if file, _ := s.source(flagOf(t, s.Command, "--config.file")); file != "compose/alertmanager.yml" {
		t.Errorf("its configuration is %s", file)
	}
	secrets := regexp.MustCompile(`_file: (\S+)`).FindAllStringSubmatch(string(read(t, "compose/alertmanager.yml")), -1)
	if len(secrets) == 0 {
		t.Error("no secret is read from a file")
	}
	for _, m := range secrets {
		if file, _ := s.source(m[1]); filepath.Dir(file) != "compose/secrets" {
			t.Errorf("%s is mounted from %q", m[1], file)
		}
	}
}

func TestComposeGrafana(t *testing.T) {
	c := loadCompose(t)
	s := c.Services["grafana"]
	var d datasources
	var p providers
	const provisioning = "/etc/grafana/provisioning/"
	for path, file := range map[string]any{"datasources/model_exporter.yml": &d, "dashboards/model_exporter.yml": &p} {
		local, ok := s.source(provisioning + path)
		if !ok {
			t.Fatalf("nothing is mounted at %s", path)
		}
		decode(t, local, file)
	}
	for _, d := range d.Datasources {
		u, err := url.Parse(d.URL)
		if err != nil || !c.serves(u.Host) || d.IsDefault != (d.Type == "prometheus") {
			t.Errorf("data source %+v, %v", d, err)
		}
	}
	for _, p := range p.Providers {
		folder, _ := s.source(p.Options["path"])
		if len(glob(t, folder+"/model-exporter-*.json")) == 0 || p.Type != "file" {
			t.Errorf("%+v provides %q", p, folder)
		}
	}
	if home, _ := s.source(s.Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]); !exists(home) {
		t.Errorf("the home dashboard %q does not exist", home)
	}
	if len(d.Datasources) == 0 || len(p.Providers) == 0 || d.APIVersion != 1 || p.APIVersion != 1 {
		t.Errorf("%+v, %+v", d, p)
	}
	// Where dashboards are is what alerts link to.
	if u := rules.Defaults().DashboardURL; u != "/d" {
		t.Errorf("alerts link to %s", u)
	}
}
