package dashboards

import (
	"context"
	"time"
)

// span is how long a query looks back, and step how far apart its points are.
func (q Query) span(d *Dashboard) (span, step time.Duration) {
	span = d.Span()
	if s, err := duration(q.Panel.TimeFrom); err == nil {
		span = s
	}
	least := q.Target.Interval
	if least == "" {
		least = q.Panel.Interval
	}
	return span, Interval(span, q.Panel.MaxDataPoints, least)
}

// Expand puts choices and Grafana's own variables into a query.
func (q Query) Expand(d *Dashboard, chosen Values) (string, error) {
	return chosen.Builtin(q.span(d)).Expand(q.Target.Expr)
}

// Ask runs a query as Grafana does: at one time if it is instant, else over the range
// of the dashboard.
func (a *API) Ask(ctx context.Context, d *Dashboard, q Query, expr string, to time.Time) ([]Series, error) {
	if q.Target.Instant && !q.Target.Range {
		return a.Query(ctx, expr, to)
	}
	span, step := q.span(d)
	return a.QueryRange(ctx, expr, to.Add(-span).Truncate(step), to, step)
}
