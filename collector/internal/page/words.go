package page

import (
	"math"
	"strconv"
	"strings"
	"time"
)

const nbsp = "\u00a0" // keeps a number and its unit on one line

// number writes n with its thousands apart: 1,234,567.
func number(n uint64) string {
	s := strconv.FormatUint(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// rounded writes x with three digits, which is what a glance can take in.
func rounded(x float64) string {
	switch {
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 0):
		return "∞"
	case x != 0 && math.Abs(x) < 0.001:
		return "< 0.001"
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

// measured writes a measurement with three digits, zeros at its end included, so
// that it lines up with the ends of its interval; from a thousand on whole.
func measured(x float64) string {
	size := math.Abs(x)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0) || size >= 1e12:
		return rounded(x)
	case size >= 999.5:
		text := number(uint64(math.Round(size)))
		if x < 0 {
			text = "−" + text
		}
		return text
	}
	decimals := 3
	for limit := 0.9995; size >= limit && decimals > 0; limit *= 10 {
		decimals--
	}
	return strings.Replace(strconv.FormatFloat(x, 'f', decimals, 64), "-", "−", 1)
}

// percent writes a share of 0 to 1. What is not nothing does not look like it.
func percent(x float64) string {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return rounded(x)
	case x > 0 && x < 0.001:
		return "<" + nbsp + "0.1" + nbsp + "%"
	case x < 0.0995:
		return strconv.FormatFloat(100*x, 'f', 1, 64) + nbsp + "%"
	case x < 1 && x > 0.995:
		return ">" + nbsp + "99" + nbsp + "%"
	}
	return strconv.FormatFloat(100*x, 'f', 0, 64) + nbsp + "%"
}

// duration writes d in its two largest units.
func duration(d time.Duration) string {
	units := []struct {
		name string
		of   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	for i, u := range units {
		if d < u.of {
			continue
		}
		text := strconv.FormatInt(int64(d/u.of), 10) + " " + u.name
		if i+1 < len(units) {
			if rest := d % u.of / units[i+1].of; rest > 0 {
				text += " " + strconv.FormatInt(int64(rest), 10) + " " + units[i+1].name
			}
		}
		return text
	}
	return "0 s"
}

// age says how long before now t was.
func age(now, t time.Time) string {
	switch d := now.Sub(t); {
	case t.IsZero():
		return "never"
	case d < -time.Second:
		return "in " + duration(-d)
	case d < time.Second:
		return "just now"
	default:
		return duration(d) + " ago"
	}
}

func total(counts []Count) uint64 {
	var n uint64
	for _, c := range counts {
		n += c.N
	}
	return n
}

// baselineText says what a model's live data is compared with.
func baselineText(m Model) string {
	switch m.Baseline {
	case "training":
		return "compared with its training data"
	case "learned":
		return "compared with its own first events"
	case "learning":
		return "learning from its first events, " + percent(m.Learned)
	default:
		return "compared with nothing"
	}
}

// checkText says what fails a check.
func checkText(check string) string {
	text, ok := map[string]string{
		"missing":         "are missing",
		"type":            "have the wrong type",
		"range":           "are out of range",
		"sentinel":        "are a stand-in for “missing”, like −999",
		"unseen_category": "are categories the baseline never had",
	}[check]
	if !ok {
		return "fail the check " + strconv.Quote(check)
	}
	return text
}
