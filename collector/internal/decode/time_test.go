package decode

import (
	"regexp"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("no time zone database")
	}
	noon := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, text string
		zone       *time.Location
		want       time.Time
	}{
		{"UTC", "2026-11-01T12:00:00Z", nil, noon},
		{"milliseconds", "2026-11-01T12:00:00.123Z", nil, noon.Add(123 * time.Millisecond)},
		{"nanoseconds", "2026-11-01T12:00:00.123456789Z", nil, noon.Add(123456789)},
		{"beyond nanoseconds", "2026-11-01T12:00:00.1234567899Z", nil, noon.Add(123456789)},
		{"offset", "2026-11-01T13:30:00+01:30", nil, noon},
		{"offset without colon", "2026-11-01T10:30:00-0130", nil, noon},
		{"offset of hours", "2026-11-01T13:00:00+01", nil, noon},
		{"PostgreSQL", "2026-11-01 12:00:00.5+00", nil, noon.Add(time.Second / 2)},
		{"str(datetime)", "2026-11-01 12:00:00.123456", nil, noon.Add(123456 * time.Microsecond)},
		{"logging.asctime", "2026-11-01 12:00:00,123", nil, noon.Add(123 * time.Millisecond)},
		{"Go's String", "2026-11-01 12:00:00 +0000", nil, noon},
		{"BigQuery", "2026-11-01 12:00:00 UTC", nil, noon},
		{"no seconds", "2026-11-01 12:00", nil, noon},
		{"date", "2026-11-01", nil, noon.Add(-12 * time.Hour)},
		{"zone of the source", "2026-11-01 13:00:00", berlin, noon},
		{"own zone wins", "2026-11-01T12:00:00Z", berlin, noon},
		{"date in a zone", "2026-11-01", berlin, noon.Add(-13 * time.Hour)},
		{"day of a change to winter time", "2026-10-25 12:00:00", berlin, time.Date(2026, 10, 25, 11, 0, 0, 0, time.UTC)},
		{"leap day", "2024-02-29T00:00:00Z", nil, time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"before 1970", "1900-03-01T00:00:00Z", nil, time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)},
		{"seconds", "1761998400", nil, time.Unix(1761998400, 0)},
		{"seconds with a fraction", "1761998400.123456", nil, time.Unix(1761998400, 123456000)},
		{"milliseconds since 1970", "1761998400123", nil, time.UnixMilli(1761998400123)},
		{"milliseconds with a fraction", "1761998400123.25", nil, time.Unix(1761998400, 123250000)},
		{"microseconds since 1970", "1761998400123456", nil, time.UnixMicro(1761998400123456)},
		{"nanoseconds since 1970", "1761998400123456789", nil, time.Unix(0, 1761998400123456789)},
		{"exponent", "1.7619984e9", nil, time.Unix(1761998400, 0)},
		{"negative", "-86400.5", nil, time.Unix(-86401, 5e8)},
		{"zero", "0", nil, time.Unix(0, 0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := parseTime([]byte(c.text), c.zone)
			if !ok || got != c.want.UnixNano() {
				t.Errorf("%s: got %v, %t; want %v", c.text, time.Unix(0, got).UTC(), ok, c.want.UTC())
			}
		})
	}
}

func TestParseTimeRefuses(t *testing.T) {
	for _, text := range []string{
		"", "yesterday", "2026-13-01", "2026-00-01", "2026-02-30", "2023-02-29", "1900-02-29T00:00:00Z",
		"2026-11-01T24:00:00Z", "2026-11-01T12:60:00Z", "2026-11-01T12:00:60Z", "2026-11-01T12:00:00.Z",
		"2026-11-01T12:00:00+1", "2026-11-01T12:00:00+24:00", "2026-11-01T12:00:00X", "2026-11-01x12:00:00",
		"2026/11/01 12:00:00", "9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z", "99999999999999999999", "1e400", "nan", "-", "12:00",
	} {
		if got, ok := parseTime([]byte(text), nil); ok {
			t.Errorf("%q read as %v", text, time.Unix(0, got).UTC())
		}
	}
}

func TestMinuteEqualsParseTime(t *testing.T) {
	texts := []string{
		"2026-11-01T12:00:00Z", "2026-11-01T12:00:59.999Z", "2026-11-01T12:01:00Z", "2026-11-01T12:00:60Z", "2026-11-01T12:00:0xZ",
		"2026-11-01T12:00:00.Z", "2026-11-01T12:00:00,5Z", "2026-11-01T12:00:00x5Z", "2026-11-01T12:00:00.5+01:00", "2026-11-01T12:00:00.12345678901Z",
		"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:00.25Z", "1900-01-01T00:00:30Z", "2026-11-01 12:00:00Z", "2026-11-01T12:00:00 Z", "2026-11-01T12:00-00Z",
	}
	for _, before := range texts {
		for _, text := range texts {
			m := minute{}
			m.parse([]byte(before), nil)
			got, ok := m.parse([]byte(text), nil)
			if want, wantOK := parseTime([]byte(text), nil); ok != wantOK || ok && got != want {
				t.Errorf("%q after %q: got %v, %t; want %v, %t", text, before, got, ok, want, wantOK)
			}
		}
	}
}

// strictRFC3339 leaves out what time.Parse takes beside RFC 3339: an hour of one
// digit, and zones of 24 hours or 60 minutes (go.dev/issue/54580).
var strictRFC3339 = regexp.MustCompile(`^.{10}T\d\d:.*(Z|([01]\d|2[0-3]):[0-5]\d)$`)

func FuzzTimestamp(f *testing.F) {
	f.Add("2026-11-01T12:00:00.123Z")
	f.Add("2024-02-29 00:00:00+0130")
	f.Add("1761998400.123")
	f.Add("9223372036854775807")
	f.Add("2026-11-01T12:00:00 Z")
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parseTime([]byte(text), nil)
		m := minute{}
		for range 2 { // the second time from the remembered minute
			if again, okAgain := m.parse([]byte(text), nil); again != got && ok || okAgain != ok {
				t.Fatalf("%q: %v, %t by the minute, %v, %t in whole", text, again, okAgain, got, ok)
			}
		}
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || want.Year() < 1679 || want.Year() > 2260 || !strictRFC3339.MatchString(text) {
			return
		}
		if !ok || got != want.UnixNano() {
			t.Fatalf("%q: got %v, %t; want %v", text, got, ok, want)
		}
	})
}
