{
  prometheusRules+:: (import 'lib/rules.libsonnet')($._config.modelExporter)(import 'generated/rules.json'),
}
