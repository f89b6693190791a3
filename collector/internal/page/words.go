package page

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
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

// about writes d with what a glance can take in of it.
func about(d time.Duration) string {
	unit := time.Second
	switch {
	case d >= 24*time.Hour:
		unit = time.Hour
	case d >= time.Minute:
		unit = time.Minute
	}
	return strings.ReplaceAll(duration(d.Round(unit)), " ", nbsp)
}

// short writes a limit of time: 200 ms, 1.5 s.
func short(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', -1, 64) + nbsp + "ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + nbsp + "s"
}

// clockTime writes the time of t, with its day unless that is near.
func clockTime(now, t time.Time) string {
	if now.Sub(t) < 20*time.Hour {
		return t.UTC().Format("15:04") + " UTC"
	}
	return t.UTC().Format("2 Jan 15:04") + " UTC"
}

// plural writes a noun of which there are n.
func plural(noun string, n uint64) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
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
func baselineText(m *Model) string {
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

// checkTexts say what fails a check.
var checkTexts = map[catalog.Check]string{
	catalog.CheckMissing:        "are missing",
	catalog.CheckType:           "have the wrong type",
	catalog.CheckRange:          "are out of range",
	catalog.CheckSentinel:       "are a stand-in for “missing”, like −999",
	catalog.CheckUnseenCategory: "are categories the baseline never had",
}

func checkText(check catalog.Check) string {
	text, ok := checkTexts[check]
	if !ok {
		return "fail the check " + strconv.Quote(string(check))
	}
	return text
}

// words writes a name of ours without its underscores.
func words(name string) string { return strings.ReplaceAll(name, "_", " ") }

// capital begins a text of ours with a capital letter.
func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// gloss says what a metric measures.
func gloss(metric string) string {
	return map[catalog.Metric]string{
		catalog.Accuracy: "share of right predictions",
		catalog.F1:       "how many positives are found, and how many found ones are positive",
		catalog.ROCAUC:   "how well scores put positives before negatives",
		catalog.MAE:      "mean error",
		catalog.RMSE:     "mean error that weighs large ones more",
		catalog.NDCG:     "how well the best items come first",
	}[catalog.Metric(metric)]
}
