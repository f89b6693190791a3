// The marks behind the matchers of series.
local names = import '../generated/names.json';

local letters = std.set(std.stringChars('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_'));
local digits = std.set(std.stringChars('0123456789'));
local legal(name) =
  name != '' && std.setMember(name[0], letters) &&
  std.setDiff(std.set(std.stringChars(name)), std.setUnion(letters, digits)) == [];

function(config) {
  // The labels that are added, if they may be.
  labels:: {
    [name]:
      if !legal(name) then error 'modelExporter.labels: %s is no legal label name' % name
      else if std.member(names.ownLabels, name) then error 'modelExporter.labels: the rules set %s themselves' % name
      else config.labels[name]
    for name in std.objectFields(config.labels)
  },

  // Matchers of what the rules record.
  local recorded = ['%s=%s' % [name, std.escapeStringJson(self.labels[name])] for name in std.objectFields(self.labels)],

  // Matchers of what exporters serve.
  selector:: std.stripChars(config.selector, '{}'),

  // marks are what series are matched by besides: more, for those of exporters.
  // Where they stand, text makes other characters of them.
  marks(more='', text=function(t) t)::
    local of(kind, matchers) =
      local all = std.join(',', std.filter(function(m) m != '', matchers));
      {
        [kind]: if all == '' then '' else text('{' + all + '}'),
        [',' + kind]: if all == '' then '' else text(',' + all),
      };
    of('exporter', [$.selector, more]) + of('recorded', recorded),
}
