package snapshot

import (
	"strconv"
	"strings"
)

// negotiateEncoding chooses a content encoding by Accept-Encoding (RFC 9110,
// 12.5.3): the one with the highest weight, the better compressing one if
// several are equal, and none if the header names nothing we have.
func negotiateEncoding(headers []string) encoding {
	const unnamed = -1
	weight := [numEncodings]float64{0, unnamed, unnamed}
	other := 0. // of "*"
	for _, h := range headers {
		for item := range strings.SplitSeq(h, ",") {
			name, q := parseWeighted(item)
			switch name {
			case "gzip", "x-gzip":
				weight[gzip] = q
			case "zstd":
				weight[zstandard] = q
			case "identity":
				weight[identity] = q
			case "*":
				other = q
			}
		}
	}
	if weight[gzip] == unnamed {
		weight[gzip] = other // "*" means gzip, which everybody reads
	}
	best := identity
	for _, e := range []encoding{gzip, zstandard} {
		if weight[e] > 0 && weight[e] >= weight[best] {
			best = e
		}
	}
	return best
}

// parseWeighted splits an item like "gzip;q=0.5". A weight that is no number
// between 0 and 1 refuses the item.
func parseWeighted(item string) (name string, q float64) {
	name, params, _ := strings.Cut(item, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	q = 1
	for p := range strings.SplitSeq(params, ";") {
		key, value, ok := strings.Cut(strings.TrimSpace(p), "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		var err error
		if q, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil || !(q >= 0 && q <= 1) {
			return name, 0
		}
	}
	return name, q
}
