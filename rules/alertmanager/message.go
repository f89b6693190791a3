package alertmanager

import "strings"

// Templates of Alertmanager. Alerts of a group share name and model; a digest
// has all of an owner. Values come from logs: Slack's control characters are
// escaped, so that no feature's name can call a channel.
const (
	escape = `{{ define "escape" }}{{ . | reReplaceAll "&" "&amp;" | reReplaceAll "<" "&lt;" | reReplaceAll ">" "&gt;" }}{{ end -}}
`
	runbookURL   = `{{ (index .Alerts 0).Annotations.runbook_url }}`
	dashboardURL = `{{ (index .Alerts 0).Annotations.dashboard_url }}`
	silenceURL   = `{{ .ExternalURL }}/#/silences/new?filter=%7B{{ range $i, $l := .GroupLabels.SortedPairs }}{{ if $i }}%2C%20{{ end }}{{ $l.Name }}%3D%22{{ $l.Value` + inMatcher + ` }}%22{{ end }}` +
		`{{ if not .GroupLabels.model }}{{ range $l := .CommonLabels.SortedPairs }}{{ if match "^(instance|source|job)$" $l.Name }}%2C%20{{ $l.Name }}%3D%22{{ $l.Value` + inMatcher + ` }}%22{{ end }}{{ end }}{{ end }}%7D`
	// inMatcher writes a value between the quotes of a matcher in an address.
	inMatcher = ` | reReplaceAll "[\"\\\\]" "\\$0" | urlquery | reReplaceAll "\\+" "%20"`
	digestURL = `{{ .ExternalURL }}/#/alerts?filter=%7Bpriority%3D%22P2%22%7D`

	// subject: [P0] ModelErrorBudgetBurn: fraud.
	subject = `[{{ .CommonLabels.priority }}{{ if eq .Status "resolved" }} resolved{{ end }}] {{ .GroupLabels.alertname }}: ` +
		`{{ with .GroupLabels.model }}{{ . }}{{ else }}{{ with .CommonLabels.instance }}{{ . }}{{ else }}{{ .CommonLabels.job }}{{ end }}{{ end }}`

	// who: Model fraud, owner risk-ml, component system.
	who = `{{ with .GroupLabels.model }}Model {{ . }}, {{ end }}{{ with .CommonLabels.model_owner }}owner {{ . }}, {{ end }}component {{ .CommonLabels.component }}`

	slackText = `*{{ .CommonAnnotations.summary }}*
` + who + `
{{- $alerts := .Alerts.Firing }}{{ if eq .Status "resolved" }}{{ $alerts = .Alerts.Resolved }}{{ end }}
{{- range $i, $a := $alerts }}{{ if lt $i 5 }}
• {{ if eq $a.Status "resolved" }}It was: {{ end }}{{ $a.Annotations.description }}{{ end }}{{ end }}
{{- if gt (len $alerts) 5 }}
… {{ len $alerts }} in all{{ end }}`

	digestTitle = `Daily digest: {{ len .Alerts.Firing }} finding{{ if ne (len .Alerts.Firing) 1 }}s{{ end }}{{ with .GroupLabels.model_owner }} for {{ . }}{{ end }}`
	digestText  = `{{ range $i, $a := .Alerts.Firing }}{{ if lt $i 20 }}{{ if $i }}
{{ end }}• *{{ with $a.Labels.model }}{{ . }}: {{ end }}{{ $a.Annotations.summary }}* {{ $a.Annotations.description }} <{{ $a.Annotations.runbook_url }}|Runbook> · <{{ $a.Annotations.dashboard_url }}|Dashboard>{{ end }}{{ end }}
{{- if gt (len .Alerts.Firing) 20 }}
… {{ len .Alerts.Firing }} in all{{ end }}`

	mailText = `{{ .CommonAnnotations.summary }}
` + who + `
{{ range .Alerts }}
{{ if eq .Status "resolved" }}Resolved. It was: {{ end }}{{ .Annotations.description }}
{{ end }}
Runbook:   ` + runbookURL + `
Dashboard: ` + dashboardURL + `
Silence:   ` + silenceURL + `
`
	mailDigest = `{{ range .Alerts.Firing }}{{ with .Labels.model }}{{ . }}: {{ end }}{{ .Annotations.summary }}
{{ .Annotations.description }}
Runbook:   {{ .Annotations.runbook_url }}
Dashboard: {{ .Annotations.dashboard_url }}

{{ end }}All of them: ` + digestURL + `
`

	pagerdutySummary = `{{ .CommonLabels.priority }} {{ .GroupLabels.alertname }}: {{ with .GroupLabels.model }}{{ . }}: {{ end }}{{ .CommonAnnotations.summary }}`
)

// forSlack escapes the values that a template inserts.
func forSlack(template string) string {
	return escape + strings.NewReplacer(
		"{{ . }}", `{{ template "escape" . }}`,
		"{{ $a.Annotations.description }}", `{{ template "escape" $a.Annotations.description }}`,
	).Replace(template)
}

// pagerdutyDetails replace Alertmanager's own firing and resolved, which list
// every label.
var pagerdutyDetails = map[string]string{
	"priority":  `{{ .CommonLabels.priority }}`,
	"model":     `{{ .GroupLabels.model }}`,
	"owner":     `{{ .CommonLabels.model_owner }}`,
	"component": `{{ .CommonLabels.component }}`,
	"runbook":   runbookURL,
	"dashboard": dashboardURL,
	"firing":    `{{ range $i, $a := .Alerts.Firing }}{{ if $i }} | {{ end }}{{ $a.Annotations.description }}{{ end }}`,
	"resolved":  `{{ range $i, $a := .Alerts.Resolved }}{{ if $i }} | {{ end }}{{ $a.Annotations.description }}{{ end }}`,
}
