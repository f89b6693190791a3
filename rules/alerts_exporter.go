package rules

import (
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

const onExporter = "Exporter {{ $labels.instance }} of job {{ $labels.job }}"

// exporterDown knows exporters by the name of their job, or by what they served
// in the last day. A pod that was replaced is no loss; a job of which no
// exporter is left is.
var exporterDown = alert{
	name: "ModelExporterDown", component: system, dashboard: exporterDashboard,
	summary: "An exporter cannot be scraped, so its models are out of sight.",
	cases: []alertCase{
		{
			priority: catalog.P1, scope: exporter, wait: 5 * time.Minute, keep: 5 * time.Minute,
			labels: map[string]string{"kind": "instance"},
			expr: `
				up{job=~".*model.?exporter.*"} == 0
				or (up == 0) and on (job, instance) last_over_time(model_exporter_build_info[1d])`,
			description: onExporter + ` has not answered for 5 minutes. Alerts about its models cannot fire meanwhile.`,
		},
		{
			priority: catalog.P1, scope: exporter, wait: unsteadyFor, keep: 15 * time.Minute,
			labels: map[string]string{"kind": "unsteady"},
			expr: unsteady("up", "job, instance") + `
				and on (job, instance) last_over_time(model_exporter_build_info[1d])`,
			description: onExporter + ` has answered only {{ $value | humanizePercentage }} of the scrapes of a quarter of an hour, for a while: it may be starting again and again. Alerts that one of its models makes no predictions cannot fire meanwhile.`,
		},
		{
			priority: catalog.P1, scope: exporter, wait: 15 * time.Minute, keep: 5 * time.Minute,
			labels:      map[string]string{"kind": "job"},
			expr:        `group by (job) (last_over_time(model_exporter_build_info[1d])) unless on (job) up`,
			description: `Job {{ $labels.job }} has no exporter any more: Prometheus finds no target. Alerts about its models cannot fire meanwhile.`,
		},
	},
}

// unsteady is the share of a quarter of an hour in which something was up, where that
// is too little to rely on: somewhat more than job_instance:model_exporter_lost:time
// takes, as the share of a regular pattern moves by one scrape from minute to minute.
// What has been down without a break for ten minutes has an alert of its own, and is
// left to it.
func unsteady(up, by string) string {
	return `max by (` + by + `) (avg_over_time(` + up + `[15m]) < 0.85 and ` + up + `)
		unless on (` + by + `) max_over_time(` + up + `[10m]) == 0`
}

// unsteadyFor is longer than the last quarter of an hour remembers one restart of up to
// ten minutes.
const unsteadyFor = 20 * time.Minute

var sourceStalled = alert{
	name: "ModelExporterSourceStalled", component: system, dashboard: exporterDashboard,
	summary: "A source of events cannot be read, or reading falls behind.",
	cases: []alertCase{
		{
			priority: catalog.P1, scope: exporter, wait: 10 * time.Minute, keep: 5 * time.Minute,
			labels:      map[string]string{"kind": "unreadable"},
			expr:        `max by (job, instance, source) (model_exporter_source_up) == 0`,
			description: onExporter + ` cannot read source {{ $labels.source }}. Its log says why.`,
		},
		{
			priority: catalog.P1, scope: exporter, wait: unsteadyFor, keep: 15 * time.Minute,
			labels:      map[string]string{"kind": "unsteady"},
			expr:        unsteady("model_exporter_source_up", "job, instance, source"),
			description: onExporter + ` could read source {{ $labels.source }} only {{ $value | humanizePercentage }} of the time in a quarter of an hour, and this goes on. Its log says why.`,
		},
		{
			priority: catalog.P1, scope: exporter, wait: 15 * time.Minute, keep: 5 * time.Minute,
			labels: map[string]string{"kind": "behind"},
			expr: `
				max by (job, instance, source) (model_exporter_source_lag_seconds) > 600
				unless on (job, instance, source) model_exporter_source_up == 0
				unless on (job, instance, source) deriv(model_exporter_source_lag_seconds[15m]) < -0.5`,
			description: onExporter + ` is {{ $value | humanizeDuration }} behind in source {{ $labels.source }} and does not catch up.`,
		},
	},
}

var rejectingEvents = alert{
	name: "ModelExporterRejectingEvents", component: data, dashboard: exporterDashboard,
	summary: "Records of a source are no events and are not counted.",
	cases: []alertCase{{
		priority: catalog.P1, scope: exporter, wait: 5 * time.Minute, keep: 15 * time.Minute,
		expr: `
			sum by (job, instance, source) (increase(model_exporter_rejected_total[15m]))
			/ on (job, instance, source) (
				sum by (job, instance, source) (increase(model_exporter_rejected_total[15m]))
				+ on (job, instance, source)
				(sum by (job, instance, source) (increase(model_exporter_events_total[15m])) or sum by (job, instance, source) (model_exporter_rejected_total) * 0)
			) > 0.01
			and on (job, instance, source) sum by (job, instance, source) (increase(model_exporter_rejected_total[15m])) >= 10`,
		description: onExporter + ` rejects {{ $value | humanizePercentage }} of the records of source {{ $labels.source }}; 1% is the threshold. Most frequent: ` +
			worst(`sum by (reason) (increase(model_exporter_rejected_total{job="$labels.job",instance="$labels.instance",source="$labels.source"}[15m])) > 0`,
				`{{ $f.Labels.reason }} ({{ $f.Value | printf "%.0f" }})`) + `. Its log shows the first record of each reason.`,
	}},
}

var storeDown = alert{
	name: "ModelExporterStoreDown", component: system, dashboard: exporterDashboard,
	summary: "An exporter cannot save its state, and serves old values.",
	cases: []alertCase{{
		priority: catalog.P1, scope: exporter, wait: 5 * time.Minute, keep: 5 * time.Minute,
		expr: `
			time() - max by (job, instance) (model_exporter_last_checkpoint_timestamp_seconds)
			and on (job, instance) (
				max by (job, instance) (model_exporter_store_up) == 0
				or time() - max by (job, instance) (model_exporter_last_checkpoint_timestamp_seconds) > 900
			)`,
		description: onExporter + ` last saved its state {{ $value | humanizeDuration }} ago. Until it can, nothing further is counted, and the values it serves stand still.`,
	}},
}

var seriesDropped = alert{
	name: "ModelExporterSeriesDropped", component: system, dashboard: exporterDashboard,
	summary: "An exporter reached a limit, and does not monitor everything.",
	cases: []alertCase{{
		priority: catalog.P2, scope: exporter, wait: 15 * time.Minute, keep: time.Hour,
		expr:        `sum by (job, instance, limit) (increase(model_exporter_series_dropped_total[1h])) > 0`,
		description: onExporter + ` has reached the limit on {{ $labels.limit }}: {{ $value | printf "%.0f" }} events of the last hour carried one more, which is not monitored.`,
	}},
}
