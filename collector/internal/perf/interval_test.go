package perf

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// TestWilson compares with scipy 1.10: binomtest(k, n).proportion_ci(0.99, "wilson").
func TestWilson(t *testing.T) {
	for _, tt := range []struct{ k, n, lower, upper float64 }{
		{0, 10, 0, 0.39885409330490806},
		{5, 10, 0.1842255182472355, 0.8157744817527646},
		{97, 100, 0.889124722848905, 0.9923878306982215},
		{1000, 1000, 0.9934088350965933, 1},
	} {
		v := usual.wilson("", tt.k/tt.n, tt.n)
		if math.Abs(v.Lower-tt.lower) > 1e-12 || math.Abs(v.Upper-tt.upper) > 1e-12 {
			t.Errorf("%v of %v: got %v, want [%v, %v]", tt.k, tt.n, v, tt.lower, tt.upper)
		}
	}
}

// TestStudent compares with scipy 1.10: stats.t.isf(alpha, df).
func TestStudent(t *testing.T) {
	for alpha, quantiles := range map[float64]map[float64]float64{
		0.005: {
			1: 63.65674116287404, 2: 9.924843200918074, 5: 4.032142983557536, 10: 3.169272667175838, 30: 2.7499956535670305,
			31: 2.7440419192941268, 60: 2.660283031150686, 1000: 2.5807546980659426, 1e5: 2.575878469908375,
		},
		1e-4: {
			1: 3183.098757153359, 2: 70.70007107496495, 5: 9.677566300886278, 10: 5.693820101511748, 30: 4.233985956584173,
			31: 4.215502580337101, 60: 3.962089364704994, 1000: 3.732851604575083, 1e5: 3.719154382641344,
		},
		1e-6: {
			1: 318309.88618278794, 2: 707.1057205259351, 5: 24.771029720535676, 10: 9.75199549094326, 30: 5.871117120418899,
			31: 5.828601803899672, 60: 5.263554854395259, 1000: 4.781608620455028, 1e5: 4.753704716391288,
		},
	} {
		within := 0.001
		if alpha == usual.alpha {
			within = 0.01 // the expansion from 5 on
		}
		for df, want := range quantiles {
			if got := levelOf(alpha).student(df); math.Abs(got-want) > within*want {
				t.Errorf("alpha=%v, df=%v: got %v, want %v within %v", alpha, df, got, want, within)
			}
		}
	}
}

// TestLevel compares with scipy 1.10: stats.norm.isf(alpha).
func TestLevel(t *testing.T) {
	for alpha, want := range map[float64]float64{usual.alpha: usual.z, 1e-4: 3.7190164854556804, 5.8e-5: 3.8544290837852535} {
		if got := levelOf(alpha).z; math.Abs(got-want) > 1e-9 {
			t.Errorf("alpha=%v: got %v, want %v", alpha, got, want)
		}
	}
}

// TestExact compares with Clopper and Pearson's interval by scipy's beta distribution,
// see testdata/loss.scipy.py, whole numbers of trials or not.
func TestExact(t *testing.T) {
	data, err := os.ReadFile("testdata/loss.scipy.json")
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		Shares []struct {
			K, N, Alpha float64
			Want        [2]float64
		}
	}
	if err := json.Unmarshal(data, &o); err != nil || len(o.Shares) == 0 {
		t.Fatal(err)
	}
	for _, tt := range o.Shares {
		v := levelOf(tt.Alpha).exact("", tt.K/tt.N, tt.N)
		for i, got := range []float64{v.Lower, v.Upper} {
			// betaQuantile is content with an alpha that is right to six digits.
			if math.Abs(got-tt.Want[i]) > 1e-6*math.Abs(got-tt.K/tt.N)+1e-13 {
				t.Errorf("%v of %v at %v: got %v, want %v", tt.K, tt.N, tt.Alpha, v, tt.Want)
			}
		}
	}
}
