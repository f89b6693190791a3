package dashboards

import "strings"

// busiest is the rate of a counter by labels, of the k that counted most in all the
// time that is shown: what failed an hour ago and no more is still among them.
func busiest(k, by, counter string) string {
	return strings.NewReplacer("COUNTER", counter, "BY", by, "TOP", k).Replace(`
		sum by (BY) (rate(COUNTER[$__rate_interval]))
		and on (BY) topk(TOP, sum by (BY) (increase(COUNTER[$__range] @ end())) > 0)`)
}

// highest is a gauge by labels, of the k that were highest at some moment of the
// time that is shown.
func highest(k, by, gauge string) string {
	return strings.NewReplacer("GAUGE", gauge, "BY", by, "TOP", k).Replace(`
		max by (BY) (GAUGE)
		and on (BY) topk(TOP, max by (BY) (max_over_time(GAUGE[$__range] @ end())))`)
}

// highestCount is how many features a recorded series names, by labels, of the ten
// with most at some moment. What is recorded of features only where it exceeds a
// threshold is little, however many features there are.
func highestCount(by, recorded string) string {
	count := strings.NewReplacer("RECORDED", recorded, "BY", by).Replace(`count by (BY) (group by (BY, feature) (RECORDED))`)
	return count + ` and on (` + by + `) topk(10, max_over_time(` + count + `[$__range:1m] @ end()))`
}
