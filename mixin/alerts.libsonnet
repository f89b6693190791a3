{
  prometheusAlerts+:: (import 'lib/rules.libsonnet')($._config.modelExporter)(import 'generated/alerts.json'),
}
