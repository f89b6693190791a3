{
  grafanaDashboards+:: (import 'lib/dashboards.libsonnet')($._config.modelExporter)(importstr 'generated/dashboards.json'),
}
