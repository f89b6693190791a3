package simulate_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/model-exporter/model_exporter/collector/simulate"
)

var texts = []string{
	"outage",
	"outage@30m+10m0s",
	"latency@5s",
	"shift:feature=ip_risk,by=-2,at=log@10m0s+20m0s",
	"rename:feature=country,to=land",
	"nulls:share=0@1h30m",
	"late:by=2h",
}

func TestParseFault(t *testing.T) {
	for _, text := range texts {
		f, err := simulate.ParseFault(text)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		again, err := simulate.ParseFault(f.String())
		if err != nil || again.String() != f.String() || again.Start != f.Start || again.Duration != f.Duration {
			t.Errorf("%s becomes %s, and that %s (%v)", text, f.String(), again.String(), err)
		}
	}
	f := faults(t, "shift:by=2@10m+20s")[0]
	if f.Start != 10*time.Minute || f.Duration != 20*time.Second || f.String() != "shift:by=2@10m0s+20s" {
		t.Errorf("got %v from %v for %v", f.String(), f.Start, f.Duration)
	}
	var flag simulate.Fault
	if err := flag.UnmarshalText([]byte("outage@1s")); err != nil || flag.String() != "outage@1s" {
		t.Errorf("a flag gives %s, %v", flag.String(), err)
	}
}

func TestParseErrorsNameTheFix(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", `unknown fault; use one of shift, scale, nulls`},
		{"shfit", `fault "shfit": unknown fault; did you mean "shift"?`},
		{"meteor_strike", "unknown fault; use one of shift,"},
		{"shift:", "write shift:name=value"},
		{"shift:by", `parameter "by" has no value; write by=value`},
		{"shift:buy=1", `shift has no parameter "buy"; did you mean "by"?`},
		{"outage:share=1", `outage has no parameters; remove "share=1"`},
		{"shift:by=1,by=2", `parameter "by" is given twice; remove one`},
		{"shift:by=lots", `parameter "by": "lots" is not a number from -100 to 100`},
		{"shift:by=NaN", "is not a number from"},
		{"nulls:share=20", `"20" is not a number from 0 to 1`},
		{"shift:feature=amuont", `"amuont" is no numeric feature; did you mean "amount"?`},
		{"shift:feature=country", `"country" is no numeric feature; use one of amount,`},
		{"new_category:feature=amount", `"amount" is no categorical feature; use one of merchant_category,`},
		{"shift:at=wrold", `"wrold" is unknown; did you mean "world"?`},
		{`errors:reason="x"`, `letters, digits and _ . - only`},
		{"latency:to=fast", `"fast" is not a duration up to ten years; write it like 90s`},
		{"latency:to=1ns", "less than a millisecond"},
		{"outage@", `start "" is not a duration`},
		{"outage@-5m", `start "-5m" is not a duration`},
		{"outage@5", `write it like 90s, 10m or 1h30m`},
		{"outage@5m+", `duration "" is not a duration`},
		{"outage@5m+0s", "leave it out for a fault that lasts"},
		{"outage@999999h", "up to ten years"},
	} {
		_, err := simulate.ParseFault(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.text, err, tt.want)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	for _, info := range simulate.Faults() {
		for _, p := range info.Params {
			f.Add(info.Name + ":" + p.Name + "=" + p.Default + "@1m+1s")
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := simulate.ParseFault(text)
		if err != nil {
			if msg := err.Error(); !strings.HasPrefix(msg, "fault ") {
				t.Fatalf("error does not name the fault: %s", msg)
			}
			return
		}
		again, err := simulate.ParseFault(fault.String())
		if err != nil || again.String() != fault.String() {
			t.Fatalf("%q becomes %q, then %q (%v)", text, fault.String(), again.String(), err)
		}
		if fault.Start+fault.Duration > 20*365*24*time.Hour {
			t.Fatalf("%q lasts until %v", text, fault.Start+fault.Duration)
		}
		if strings.Contains(text, "oversize:bytes") { // a line of 256 MiB takes too long here
			return
		}
		endless := strings.HasPrefix(text, "outage") && fault.Duration == 0
		o := simulate.Options{Events: 20, Faults: []simulate.Fault{fault, fault}, Truth: simulate.Truth{Labels: io.Discard, Outcomes: io.Discard}}
		if lines := strings.Count(string(write(t, o)), "\n"); lines != 20 && !endless {
			t.Fatalf("%q gives %d lines, want 20", text, lines)
		}
	})
}
