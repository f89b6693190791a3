package examples_test

// The fields of a Compose file that the example has, as the Compose specification
// names them. Decoding refuses all others, so that a mistyped one is found.
type (
	composeFile struct {
		Name     string              `yaml:"name"`
		Services map[string]*service `yaml:"services"`
		Volumes  map[string]struct{} `yaml:"volumes"`
	}
	service struct {
		Image       string            `yaml:"image"`
		Build       *build            `yaml:"build"`
		Entrypoint  []string          `yaml:"entrypoint"`
		Command     []string          `yaml:"command"`
		Init        bool              `yaml:"init"`
		Environment map[string]string `yaml:"environment"`
		Volumes     []string          `yaml:"volumes"`
		Ports       []string          `yaml:"ports"`
		ReadOnly    bool              `yaml:"read_only"`
		CapDrop     []string          `yaml:"cap_drop"`
		SecurityOpt []string          `yaml:"security_opt"`
		Healthcheck *healthcheck      `yaml:"healthcheck"`
		DependsOn   []string          `yaml:"depends_on"`
		Restart     string            `yaml:"restart"`
	}
	build struct {
		Context    string `yaml:"context"`
		Dockerfile string `yaml:"dockerfile"`
	}
	healthcheck struct {
		Test        []string `yaml:"test"`
		Interval    string   `yaml:"interval"`
		Timeout     string   `yaml:"timeout"`
		Retries     int      `yaml:"retries"`
		StartPeriod string   `yaml:"start_period"`
	}
)

// Of Prometheus' configuration; tools/examples loads it with Prometheus' package.
type (
	prometheusFile struct {
		Global struct {
			ScrapeInterval     string `yaml:"scrape_interval"`
			EvaluationInterval string `yaml:"evaluation_interval"`
		} `yaml:"global"`
		RuleFiles []string `yaml:"rule_files"`
		Alerting  struct {
			Alertmanagers []struct {
				StaticConfigs []targets `yaml:"static_configs"`
			} `yaml:"alertmanagers"`
		} `yaml:"alerting"`
		ScrapeConfigs []struct {
			JobName       string    `yaml:"job_name"`
			Native        bool      `yaml:"scrape_native_histograms"`
			StaticConfigs []targets `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	targets struct {
		Targets []string `yaml:"targets"`
	}
)

// Of what Grafana is provisioned with.
type (
	datasources struct {
		APIVersion  int          `yaml:"apiVersion"`
		Datasources []datasource `yaml:"datasources"`
	}
	datasource struct {
		Name      string            `yaml:"name"`
		UID       string            `yaml:"uid"`
		Type      string            `yaml:"type"`
		Access    string            `yaml:"access"`
		URL       string            `yaml:"url"`
		IsDefault bool              `yaml:"isDefault"`
		JSONData  map[string]string `yaml:"jsonData"`
	}
	providers struct {
		APIVersion int        `yaml:"apiVersion"`
		Providers  []provider `yaml:"providers"`
	}
	provider struct {
		Name            string            `yaml:"name"`
		Folder          string            `yaml:"folder"`
		Type            string            `yaml:"type"`
		DisableDeletion bool              `yaml:"disableDeletion"`
		AllowUIUpdates  bool              `yaml:"allowUiUpdates"`
		Options         map[string]string `yaml:"options"`
	}
)
