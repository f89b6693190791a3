package main

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// format writes a value in a unit of Grafana's, with about three digits.
func format(x float64, unit string, decimals *int) string {
	switch unit {
	case "percentunit":
		return digits(100*x, decimals) + " %"
	case "percent":
		return digits(x, decimals) + " %"
	case "s":
		return seconds(x, decimals)
	case "ms":
		return seconds(x/1000, decimals)
	case "bytes", "binBps":
		return scaled(x, 1024, []string{" B", " KiB", " MiB", " GiB", " TiB"}, decimals) + map[bool]string{true: "/s"}[unit == "binBps"]
	case "reqps":
		return scaled(x, 1000, []string{"", " K", " Mil"}, decimals) + " req/s"
	case "eps":
		return scaled(x, 1000, []string{"", " K", " Mil"}, decimals) + " evt/s"
	case "cps":
		return scaled(x, 1000, []string{"", " K", " Mil"}, decimals) + " c/s"
	case "dateTimeFromNow":
		return seconds(float64(time.Now().UnixMilli())/1000-x/1000, nil) + " ago"
	case "dateTimeAsIso":
		return time.UnixMilli(int64(x)).UTC().Format(time.DateTime)
	case "short", "":
		return scaled(x, 1000, []string{"", " K", " Mil", " Bil", " Tri"}, decimals)
	}
	return digits(x, decimals) + " " + unit
}

func digits(x float64, decimals *int) string {
	if decimals != nil {
		return strconv.FormatFloat(x, 'f', *decimals, 64)
	}
	n := 0
	if a := math.Abs(x); a > 0 && a < 100 {
		n = min(max(2-int(math.Floor(math.Log10(a))), 0), 6)
	}
	// Rounded first, so that zeros at the end are left out.
	p := math.Pow10(n)
	return strconv.FormatFloat(math.Round(x*p)/p+0, 'f', -1, 64) // without the sign of −0
}

func scaled(x, base float64, names []string, decimals *int) string {
	i := 0
	for math.Abs(x) >= base && i < len(names)-1 {
		x /= base
		i++
	}
	return digits(x, decimals) + names[i]
}

func seconds(x float64, decimals *int) string {
	a := math.Abs(x)
	for _, u := range []struct {
		least float64
		name  string
	}{{365 * 86400, "year"}, {7 * 86400, "week"}, {86400, "day"}, {3600, "hour"}, {60, "min"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}} {
		if a >= u.least {
			return fmt.Sprintf("%s %s", digits(x/u.least, decimals), u.name)
		}
	}
	return digits(x, decimals) + " s"
}
