(import 'alerts.libsonnet') +
(import 'dashboards.libsonnet') +
(import 'rules.libsonnet') +
(import 'config.libsonnet')
