package online

import (
	"encoding/hex"
	"testing"

	"github.com/model-exporter/model_exporter/collector/config"
)

// TestEntityKey has the bytes that Feast writes: u32 number of keys, then type,
// length and text of each name, then type, length and bytes of each value.
func TestEntityKey(t *testing.T) {
	driver := []config.Column{{As: "driver_id", Type: typeInt64}}
	both := []config.Column{{As: "a", Type: typeString}, {As: "b", Type: typeInt32}}
	for _, test := range []struct {
		name    string
		keys    []config.Column
		texts   []string
		version int
		want    string // hex; empty for none
	}{
		{"version 3", driver, []string{"1001"}, 3, "0100000002000000090000006472697665725f69640400000008000000e903000000000000"},
		{"version 2", driver, []string{"1001"}, 2, "020000006472697665725f69640400000008000000e903000000000000"},
		{"two keys", both, []string{"xy", "-1"}, 3, "0200000002000000010000006102000000010000006202000000020000007879" + "0300000004000000ffffffff"},
		{"no number", driver, []string{"1001.5"}, 3, ""},
		{"too large", []config.Column{{As: "a", Type: typeInt32}}, []string{"2147483648"}, 3, ""},
		{"no key type", []config.Column{{As: "a", Type: typeDouble}}, []string{"1"}, 3, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := entityKey(test.keys, test.texts, test.version)
			if ok != (test.want != "") || ok && hex.EncodeToString(got) != test.want {
				t.Errorf("%x, %t; want %s", got, ok, test.want)
			}
		})
	}
}

// TestMurmur3 has published values of MurmurHash3_x86_32 with seed 0, and fields
// as Feast's Redis store names them.
func TestMurmur3(t *testing.T) {
	for text, want := range map[string]uint32{
		"": 0, "test": 0xba6bd213, "Hello, world!": 0xc0363e43, "The quick brown fox jumps over the lazy dog": 0x2e4ff723,
	} {
		if got := murmur3(text); got != want {
			t.Errorf("murmur3(%q) = %#x, want %#x", text, got, want)
		}
	}
	for feature, want := range map[string]string{"conv_rate": "6160e3da", "acc_rate": "fa5e58ad", "avg_daily_trips": "18a5e5a3"} {
		if got := hex.EncodeToString([]byte(redisField("driver_hourly_stats", feature))); got != want {
			t.Errorf("field of %s is %s, want %s", feature, got, want)
		}
	}
}
