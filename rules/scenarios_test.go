package rules

// suites, the longest first: they run in parallel. Scenarios are evaluated as
// seldom as their alerts allow; a week, each minute, would take minutes.
var suites = []suite{
	{"traffic", "30m", []string{"records.sight", "records.lost", "records.models", "records.traffic", "alerts.service"}, trafficScenarios},
	{"returns", "10m", []string{"records.sight", "records.lost", "records.models", "records.traffic", "alerts.service", "alerts.business"}, returnScenarios},
	{"service", "2m", []string{"records.sight", "records.lost", "records.models", "records.traffic", "alerts.service", "alerts.exporter"}, serviceScenarios},
	{"drift", "5m", nil, driftScenarios},
	{"together", "5m", nil, multivariateScenarios},
	{"quality", "5m", nil, qualityScenarios},
	{"performance", "5m", nil, performanceScenarios},
	{"exporter", "5m", nil, exporterScenarios},
	{"budgets", "1h", []string{"records.sight", "records.lost", "records.models", "records.budgets", "alerts.objectives"}, budgetScenarios},
	{"life", "15m", []string{"records.sight", "records.lost", "records.models", "records.traffic", "records.habits", "alerts.service", "alerts.performance", "alerts.life"}, lifeScenarios},
	{"kpi", "30m", []string{"records.sight", "records.lost", "records.models", "records.traffic", "alerts.service", "alerts.business"}, kpiScenarios},
}

const version1 = `model_version="1"`
