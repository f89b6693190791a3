package dashboards

// folder is where the generated dashboards are.
const folder = "../../dashboards/json"

const (
	noHosts = "no node_exporter runs here"
	noPods  = "no cAdvisor or kube-state-metrics runs here"
	noGPU   = "there is no GPU and no DCGM exporter here"
)

// exceptions are the queries that have no data here, by dashboard and name, and why.
var exceptions = map[string]string{
	"model-exporter-operations: CPU of hosts / A":    noHosts,
	"model-exporter-operations: Memory of hosts / A": noHosts,
	"model-exporter-operations: variable host":       noHosts,
	"model-exporter-operations: CPU of pods / A":     noPods,
	"model-exporter-operations: CPU of pods / B":     noPods,
	"model-exporter-operations: Memory of pods / A":  noPods,
	"model-exporter-operations: Memory of pods / B":  noPods,
	"model-exporter-operations: variable pod":        noPods,
	"model-exporter-operations: GPU / A":             noGPU,
	"model-exporter-operations: GPU memory / A":      noGPU,
}
