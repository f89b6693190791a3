package snapshot

import "testing"

func TestNegotiateEncoding(t *testing.T) {
	for header, want := range map[string]encoding{
		"":                           identity,
		"gzip":                       gzip, // Prometheus
		"zstd":                       zstandard,
		"deflate, gzip, br, zstd":    zstandard, // curl --compressed, browsers
		"zstd, gzip":                 zstandard, // no order but that of weights
		"zstd;q=0.5, gzip":           gzip,
		"zstd;q=0.5,gzip;q=0.4":      zstandard,
		"gzip;q=0":                   identity,
		"gzip;q=0, zstd;q=0":         identity,
		"gzip; q=0.5, identity":      identity,
		"gzip;q=0.5, identity;q=0.5": gzip,
		"identity":                   identity,
		"*":                          gzip,
		"*;q=0":                      identity,
		"gzip;q=0, *":                identity,
		"zstd, *":                    zstandard,
		"GZIP":                       gzip,
		"x-gzip":                     gzip,
		"br":                         identity,
		"gzip;q=2":                   identity,
		"gzip;q=NaN":                 identity,
		"gzip;q=x":                   identity,
		"gzip;level=3;q=0.1":         gzip,
		",;q=,,":                     identity,
	} {
		if got := negotiateEncoding([]string{header}); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	if got := negotiateEncoding([]string{"gzip;q=0.1", "zstd;q=0.2"}); got != zstandard {
		t.Errorf("two headers: %s, want zstd", got)
	}
	if got := negotiateEncoding(nil); got != identity {
		t.Errorf("no header: %s, want identity", got)
	}
}
