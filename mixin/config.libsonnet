{
  // What differs between installations. All of it is below one name, so that it
  // can be merged with the settings of other mixins.
  _config+:: {
    modelExporter+: {
      // Label matchers for every series that is read from an exporter, such as
      // 'job="model_exporter",cluster="eu"'.
      selector: '',

      // Labels of every alert and recorded series, such as { cluster: 'eu' }.
      labels: {},

      // How long an alert waits before it fires, instead of its usual time:
      // { ModelFeatureDrift: '30m' }. And how long it goes on firing after that.
      'for': {},
      keepFiringFor: {},

      // Thresholds that no series gives. All others are set by model, in the
      // exporter's configuration.
      limits: {
        // ModelExporterSourceStalled: reading is so far behind the log.
        sourceLagSeconds: 600,
        // ModelExporterStoreDown: state was last saved so long ago.
        checkpointAgeSeconds: 900,
        // ModelExporterRejectingEvents: this share of the records are no events.
        rejectedRatio: 0.01,
        // ModelStale: training data are so old.
        trainingAgeDays: 90,
        // ModelCalibrationDegraded: ece is so much larger than the baseline's.
        calibrationError: 0.05,
        // ModelLabelsLate: coverage is below this share of the usual one.
        labelCoverageRatio: 0.8,
        // ModelTrafficAnomaly: an hour has less, or more, than so many times the
        // usual predictions.
        trafficDropRatio: 0.5,
        trafficSurgeRatio: 4,
        // ModelKPIDropped: a figure is so far below last week's.
        kpiDropRatio1h: 0.4,
        kpiDropRatio6h: 0.2,
        // ModelFeatureDrift: this share of the features drifted at once. (A text
        // is taken as PromQL.)
        driftedFeaturesRatio: '1 / 3',
      },

      // ModelExporterDown: jobs of exporters that never answered.
      exporterJobs: 'job=~".*model.?exporter.*"',

      // Label model_owner of alerts about the exporter itself.
      exporterOwner: 'platform',

      // Links to runbooks. %s is the name of the alert.
      runbookURLPattern: 'https://github.com/model-exporter/model_exporter/blob/main/rules/runbooks/%s.md',
      // Links to dashboards in alerts: Grafana's address and /d.
      dashboardURL: '/d',

      // Dashboards: what precedes their titles, tags besides model_exporter, and how
      // often they ask anew.
      dashboardTitlePrefix: '',
      dashboardTags: [],
      dashboardRefresh: '1m',

      // Data source that they show at first: its name or uid. Without one it is the
      // first of Grafana's list.
      datasource: '',

      // A label that tells clusters apart, such as 'cluster': with it each dashboard
      // has a choice of them.
      clusterLabel: '',
    },
  },
}
