// Rules that Go generated, with settings in place of the marks.
local names = import '../generated/names.json';
local text = import 'text.libsonnet';

function(config)
  local known(what, given, names) =
    local wrong = std.setDiff(std.objectFields(given), std.set(names));
    if wrong == [] then given
    else error 'modelExporter.%s: unknown name %s; known are %s' % [what, wrong[0], std.join(', ', names)];
  local waits = known('for', config['for'], names.alerts);
  local keeps = known('keepFiringFor', config.keepFiringFor, names.alerts);
  local limits = known('limits', config.limits, names.limits);

  local matchers = (import 'matchers.libsonnet')(config);
  local words =
    { ['limits.' + name]: text.number(limits[name]) for name in std.objectFields(limits) } +
    { ['percent.' + name]: text.percent(limits[name]) for name in std.objectFields(limits) } +
    {
      exporterJobs: config.exporterJobs,
      exporterOwner: config.exporterOwner,
      dashboardURL: config.dashboardURL,
    };
  local inExpr = matchers.marks() + words;
  local inAnnotation = matchers.marks(text=text.quoted) + words;
  local filled(object, marks) = { [name]: text.fill(object[name], marks) for name in std.objectFields(object) };

  local rule(r) =
    local labels = matchers.labels + filled(std.get(r, 'labels', {}), words);
    r {
      expr: text.fill(r.expr, inExpr),
      [if labels != {} then 'labels']: labels,
    };
  local alert(r) = rule(r) {
    [if std.objectHas(waits, r.alert) then 'for']: waits[r.alert],
    [if std.objectHas(keeps, r.alert) then 'keep_firing_for']: keeps[r.alert],
    annotations: filled(r.annotations, inAnnotation) {
      runbook_url: config.runbookURLPattern % r.alert,
    },
  };

  function(generated) {
    groups: [
      group { rules: [if std.objectHas(r, 'alert') then alert(r) else rule(r) for r in group.rules] }
      for group in generated.groups
    ],
  }
