package dashboards

import (
	"strings"

	"github.com/grafana/grafana-foundation-sdk/go/units"
)

// budgetLeft is what is left of the error budget of 30 days, by model and
// objective. Each full hour's burn rate counts by its predictions, so that a bad
// night weighs what it cost; both are recorded, so a month of a model is some
// hundred samples. Before the first full hour it is as if the last one were all.
const budgetLeft = `
	1 - max by (model, objective) (
		sum_over_time((model_objective:ml_budget_burn:rate1h * on (model) group_left () model:ml_predictions:increase1h)[30d:1h])
		/ on (model) group_left () (sum_over_time(model:ml_predictions:increase1h[30d:1h]) > 0)
	)
	or 1 - max by (model, objective) (model_objective:ml_budget_burn:rate1h)`

var budgetSteps = []step{{color: "red"}, {from: 0, color: "orange"}, {from: 0.25, color: "green"}}

func objectivePanels() []panel {
	d := columns{by: []string{"model", "objective"}, sort: "Burn, 1 h"}
	return []panel{
		{
			title: "Objectives", width: 14, draw: d, unit: units.Short,
			description: "What each model promises (an availability, or a share of answers within its latency), " +
				"what is left of its error budget of 30 days (counted at each full hour), and how fast it is used up: at 1 it lasts exactly the 30 days. " +
				"Red burn pages (ModelErrorBudgetBurn, ModelLatencyBudgetBurn): the rows Latency and Errors say what is slow or fails. Needs the rule bundle.",
			links: more(d),
			queries: []query{
				{legend: "Promise", unit: units.PercentUnit, expr: `max by (model, objective) (ml_objective_ratio)`},
				{legend: "Budget left", unit: units.PercentUnit, steps: budgetSteps, expr: budgetLeft},
				{legend: "Burn, 1 h", steps: []step{{color: "green"}, {from: 14.4, color: "red"}}, expr: `max by (model, objective) (model_objective:ml_budget_burn:rate1h)`},
				{legend: "Burn, 6 h", steps: []step{{color: "green"}, {from: 6, color: "red"}}, expr: `max by (model, objective) (model_objective:ml_budget_burn:rate6h)`},
				{legend: "Burn, 1 d", steps: []step{{color: "green"}, {from: 3, color: "orange"}}, expr: `max by (model, objective) (model_objective:ml_budget_burn:rate1d)`},
				{legend: "Burn, 3 d", steps: []step{{color: "green"}, {from: 1, color: "blue"}}, expr: `max by (model, objective) (model_objective:ml_budget_burn:rate3d)`},
			},
		},
		{
			title: "How fast budgets burn", width: 10, draw: lines{}, unit: units.Short, min: ptr(0.0),
			description: "The ten fastest, over an hour. At 1 the budget of 30 days lasts 30 days; at 14.4 an hour costs 2 % of it, and somebody is paged. " +
				"The lines are those of the alerts over one hour and over six. Needs the rule bundle.",
			links: more(lines{}),
			queries: []query{
				{legend: "{{model}} {{objective}}", expr: top(10, "model, objective", `max by (model, objective) (model_objective:ml_budget_burn:rate1h @@)`)},
				{legend: "pages (1 h)", style: limit, expr: `vector(14.4)`},
				{legend: "pages (6 h)", style: limit, expr: `vector(6)`},
			},
		},
	}
}

// Traffic of the last hour and of the same hour last week.
const (
	hourOfTraffic     = `max by (model) (model:ml_predictions:increase1h @@)`
	lastWeeksTraffic  = `max by (model) (model:ml_predictions:increase1h offset 1w)`
	againstLastWeeks  = hourOfTraffic + ` / on (model) (` + lastWeeksTraffic + ` > 0) - 1`
	predictionsPerSec = `sum(rate(ml_predictions_total[$__rate_interval]))`
)

func trafficPanels() []panel {
	d := columns{by: []string{"model"}, sort: "Off by"}
	return []panel{
		{
			title: "Predictions, now and last week", width: 8, draw: lines{}, unit: units.RequestsPerSecond, min: ptr(0.0),
			description: "Predictions per second of the models that are chosen; dashed, those of the same time last week. Apart from each other: a caller stopped, " +
				"retries, or the traffic was moved. A week of data is needed for the dashed line.",
			queries: []query{
				{legend: "now", expr: predictionsPerSec},
				{legend: "last week", style: reference, expr: `sum(rate(ml_predictions_total[$__rate_interval] offset 1w))`},
			},
		},
		{
			title: "Last hour against last week", width: 8, draw: d, unit: units.Short,
			description: "Predictions of the last hour, and of the same hour last week, those that differ most first. Red: half is missing, " +
				"or four times as many came (ModelTrafficAnomaly). Ask the caller what changed. Needs the rule bundle.",
			links: more(d),
			queries: []query{
				{legend: "Last hour", expr: hourOfTraffic},
				{legend: "Last week", expr: lastWeeksTraffic},
				{legend: "Change", unit: units.PercentUnit, expr: againstLastWeeks,
					steps: []step{{color: "red"}, {from: -0.5, color: "green"}, {from: 3, color: "red"}}},
				{legend: "Off by", unit: units.PercentUnit, expr: `abs(` + againstLastWeeks + `)`},
			},
		},
		{
			title: "Predictions by version", width: 8, draw: lines{stacked: true}, unit: units.RequestsPerSecond,
			description: "Who answers: the ten versions with most traffic. A version that takes over where an error or latency curve bends is the first suspect; roll it back.",
			links:       more(lines{}),
			queries:     []query{{legend: "{{model}} {{model_version}}", expr: busiest("10", "model, model_version", "ml_predictions_total")}},
		},
	}
}

// Hosts and pods are those of other exporters: queries name these variables
// themselves, by the labels that those exporters use.
var (
	hostVariable = variable{name: "host", label: "Serving host", query: `node_uname_info`, of: "instance"}
	podVariable  = variable{name: "pod", label: "Serving pod", query: `container_memory_working_set_bytes{container!=""}`, of: "pod"}
)

const (
	needsNode     = " Needs node_exporter on the hosts that serve models; choose them at the top."
	needsCadvisor = " Needs the kubelet's cAdvisor metrics, and limits from kube-state-metrics; choose the pods that serve models at the top."
	needsDCGM     = " Needs NVIDIA's dcgm-exporter on hosts with GPUs."
)

// podMemory is what a pod would have to give back before it is killed.
const podMemory = `sum by (namespace, pod) (container_memory_working_set_bytes{pod=~"$pod",container!=""} @@)`

func hostPanels() []panel {
	return []panel{
		{
			title: "CPU of hosts", width: 8, draw: lines{}, unit: units.PercentUnit, max: ptr(1.0), min: ptr(0.0), none: "no node_exporter",
			description: "Share of the CPU that is in use, the ten busiest hosts. Near 100 % answers wait in line: add hosts, or find what else runs there." + needsNode,
			queries:     []query{{legend: "{{instance}}", expr: top(10, "instance", `1 - avg by (instance) (rate(node_cpu_seconds_total{instance=~"$host",mode="idle"}[$__rate_interval] @@))`)}},
		},
		{
			title: "CPU of pods", width: 8, draw: lines{}, unit: units.Short, none: "no cAdvisor",
			description: "CPU cores in use, the ten busiest pods, and the share of time in which a limit held them back. " +
				"Throttled pods answer slowly however idle the host is: raise the limit." + needsCadvisor,
			queries: []query{
				{legend: "{{namespace}}/{{pod}}", expr: top(10, "namespace, pod", `sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{pod=~"$pod",container!=""}[$__rate_interval] @@))`)},
				{legend: "{{namespace}}/{{pod}} throttled", unit: units.PercentUnit, expr: top(10, "namespace, pod", `
					sum by (namespace, pod) (rate(container_cpu_cfs_throttled_periods_total{pod=~"$pod",container!=""}[$__rate_interval] @@))
					/ (sum by (namespace, pod) (rate(container_cpu_cfs_periods_total{pod=~"$pod",container!=""}[$__rate_interval] @@)) > 0)`)},
			},
		},
		{
			title: "GPU", width: 8, draw: lines{}, unit: units.PercentUnit, max: ptr(1.0), min: ptr(0.0), none: "no dcgm-exporter",
			description: "Share of time in which each GPU computed, the ten busiest. At 100 % with latency climbing: more replicas or smaller batches. " +
				"At 0 % while CPUs are busy: the model fell back to the CPU." + needsDCGM,
			queries: []query{{legend: "{{Hostname}} GPU {{gpu}}", expr: top(10, "Hostname, gpu", `max by (Hostname, gpu) (DCGM_FI_DEV_GPU_UTIL @@) / 100`)}},
		},
		{
			title: "Memory of hosts", width: 8, draw: lines{}, unit: units.PercentUnit, max: ptr(1.0), min: ptr(0.0), none: "no node_exporter",
			description: "Share of memory that is in use, the ten fullest hosts. Near 100 % the kernel ends processes: look for one that grows." + needsNode,
			queries: []query{{legend: "{{instance}}", expr: top(10, "instance", `
				1 - max by (instance) (node_memory_MemAvailable_bytes{instance=~"$host"} @@) / max by (instance) (node_memory_MemTotal_bytes{instance=~"$host"} @@)`)}},
		},
		{
			title: "Memory of pods", width: 8, draw: lines{}, unit: units.BytesIEC, none: "no cAdvisor",
			description: "Memory in use, the ten largest pods; dashed, their limits. A pod that reaches its limit is killed and its model is gone until it restarts: " +
				"raise the limit, or find the leak." + needsCadvisor,
			queries: []query{
				{legend: "{{namespace}}/{{pod}}", expr: top(10, "namespace, pod", podMemory)},
				{legend: "limit of {{namespace}}/{{pod}}", style: limit, expr: `
					sum by (namespace, pod) (kube_pod_container_resource_limits{pod=~"$pod",resource="memory"})
					and on (namespace, pod) topk(10, ` + strings.ReplaceAll(podMemory, "@@", "@ end()") + `)`},
			},
		},
		{
			title: "GPU memory", width: 8, draw: lines{}, unit: units.PercentUnit, max: ptr(1.0), min: ptr(0.0), none: "no dcgm-exporter",
			description: "Share of each GPU's memory that is in use, the ten fullest. Near 100 % the next load of a model fails: unload versions that nobody calls." + needsDCGM,
			queries: []query{{legend: "{{Hostname}} GPU {{gpu}}", expr: top(10, "Hostname, gpu", `
				max by (Hostname, gpu) (DCGM_FI_DEV_FB_USED @@)
				/ (max by (Hostname, gpu) (DCGM_FI_DEV_FB_USED @@) + max by (Hostname, gpu) (DCGM_FI_DEV_FB_FREE @@))`)}},
		},
	}
}
