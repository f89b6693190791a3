// Dashboards that Go generated, with settings in place of the marks.
local names = import '../generated/names.json';
local text = import 'text.libsonnet';

function(config)
  local matchers = (import 'matchers.libsonnet')(config);
  local cluster = config.clusterLabel;
  local marks =
    matchers.marks(more=if cluster == '' then '' else '%s=~"$%s"' % [cluster, cluster]) +
    {
      // Links keep the choice of a cluster, which itself is one of all that there are.
      keepsCluster: if cluster == '' then '' else '&${%s:queryparam}' % cluster,
      first: matchers.marks().exporter,
      cluster: cluster,
    } +
    { ['runbook of ' + alert]: config.runbookURLPattern % alert for alert in names.clicked + names.alerts };

  // Marks are only within strings. Replacing them before the file is parsed is much
  // faster than walking what it becomes.
  local filled(json) = std.parseJson(text.fill(json, std.mapWithKey(function(_, value) text.inString(value), marks)));

  local source(v) = v {
    [if config.datasource != '' then 'current']: { text: config.datasource, value: config.datasource },
  };

  function(generated)
    local dashboards = filled(generated);
    {
      [file]:
        local d = dashboards[file];
        local variables = d.templating.list;
        d {
          title: config.dashboardTitlePrefix + d.title,
          tags: d.tags + config.dashboardTags,
          refresh: config.dashboardRefresh,
          templating+: {
            list:
              [source(variables[0])] +
              (if cluster == '' then [] else [filled(importstr '../generated/cluster.json')]) +
              variables[1:],
          },
        }
      for file in std.objectFields(dashboards)
    }
