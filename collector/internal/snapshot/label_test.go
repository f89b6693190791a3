package snapshot

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLabelValue(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "amount", "amount"},
		{"quotes stay for the escaper", `a"b\c` + "\n", `a"b\c` + "\n"},
		{"just fits", strings.Repeat("x", 256), strings.Repeat("x", 256)},
		{"too long", strings.Repeat("x", 257), strings.Repeat("x", 245) + "…"},
		{"cut between runes", strings.Repeat("ü", 200), strings.Repeat("ü", 122) + "…"},
		{"invalid", "a\xffb", "a\uFFFDb…"},
		{"rune cut by the writer", "caf\xc3", "caf\uFFFD…"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := labelValue(c.in)
			if head, _, changed := strings.Cut(c.want, "…"); changed {
				if !strings.HasPrefix(got, head+"…") || len(got) != len(head)+len("…00000000") {
					t.Errorf("got %q, want %q and a hash", got, head+"…")
				}
			} else if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Values that differ must stay different: a page with one series twice is
// refused.
func TestLabelValuesStayDistinct(t *testing.T) {
	seen := map[string]string{}
	for _, v := range hostile {
		got := labelValue(v)
		if len(got) > maxLabelValue || !utf8.ValidString(got) {
			t.Errorf("labelValue(%.20q…) = %q: too long or invalid", v, got)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%.20q… and %.20q… both become %q", v, other, got)
		}
		seen[got] = v
	}
}

func FuzzLabelValue(f *testing.F) {
	for _, v := range hostile {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v string) {
		got := labelValue(v)
		if len(got) > maxLabelValue || !utf8.ValidString(got) {
			t.Errorf("%q: too long or invalid", got)
		}
		escaped := appendEscaped(nil, got)
		if strings.ContainsAny(string(escaped), "\n") {
			t.Errorf("%q: a newline escaped the escaper", escaped)
		}
		if back := string(appendUnescaped(nil, escaped)); back != got {
			t.Errorf("unescaped %q, want %q", back, got)
		}
	})
}
