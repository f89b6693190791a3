// How settings become text. None of it knows PromQL: Go has put the marks in.
local number(x) = if std.isString(x) then x else '%.10g' % x;

local inString(text) =
  local json = std.escapeStringJson(text);
  std.substr(json, 1, std.length(json) - 2);

{
  // The text with marks[name] in place of each <<name>>.
  fill(text, marks)::
    local parts = std.split(text, '<<');
    parts[0] + std.join('', [
      local part = std.splitLimit(p, '>>', 1);
      marks[part[0]] + part[1]
      for p in parts[1:]
    ]),

  // A number, or what somebody wrote instead of one.
  number:: number,
  percent(x):: if std.isString(x) then x else number(100 * x) + '%',

  // A text as it stands between the quotes of JSON.
  inString:: inString,

  // And between those of a format in a template.
  quoted(text):: inString(std.strReplace(text, '%', '%%')),
}
