package simulate

import (
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Feature describes one feature of the simulated model, for whoever configures
// its monitoring.
type Feature struct {
	Name       string
	Kind       catalog.Kind
	Important  bool        // the score leans on it
	Range      *[2]float64 // of a numeric feature, closed; clean logs stay inside
	Missing    float64     // natural share of nulls
	Categories []string    // of a categorical feature, most frequent first
}

// Features lists the features in the order of the events.
func Features() []Feature {
	list := make([]Feature, len(features))
	for i := range features {
		f := &features[i]
		list[i] = Feature{f.name, catalog.Numeric, f.important, &[2]float64{f.lo, f.hi}, f.missing, slices.Clone(f.words)}
		if f.words != nil {
			list[i].Kind, list[i].Range = catalog.Categorical, nil
		}
	}
	return list
}

// The features, by index.
const (
	amount = iota
	amountToAverage
	averageAmount30d
	balance
	customerAge
	accountAgeDays
	usualHour
	velocity1h
	velocity24h
	secondsSinceLast
	distanceHomeKm
	ipRisk
	deviceTrust
	deviceAgeDays
	emailMatch
	sessionSeconds
	merchantCategory
	country
	device
	entryMode
	numFeatures
)

// feature is one row of the table below.
type feature struct {
	name      string
	decimals  int     // of a number; 0 for an integer
	lo, hi    float64 // range of a number
	log       bool    // shifts add to its logarithm
	sd        float64 // standard deviation of the number, or of its logarithm
	missing   float64
	important bool
	words     []string // categories by rank, which makes it categorical
	zipf      float64  // share of rank r is proportional to 1/r^zipf
}

var features = [numFeatures]feature{
	amount:           {name: "amount", decimals: 2, lo: 0, hi: 50000, log: true, sd: 0.9, important: true},
	amountToAverage:  {name: "amount_to_average", decimals: 6, lo: 0, hi: 1e6, log: true, sd: 0.72},
	averageAmount30d: {name: "average_amount_30d", decimals: 2, lo: 0, hi: 50000, log: true, sd: 0.6, missing: 0.01},
	balance:          {name: "balance", decimals: 2, lo: 0, hi: 5e6, log: true, sd: 1, missing: 0.005},
	customerAge:      {name: "customer_age", decimals: 1, lo: 18, hi: 95, sd: 12.3, missing: 0.02},
	accountAgeDays:   {name: "account_age_days", lo: 0, hi: 9000, log: true, sd: 0.9},
	usualHour:        {name: "usual_hour", lo: 0, hi: 23, sd: 4.4},
	velocity1h:       {name: "velocity_1h", decimals: 6, lo: 0, hi: 100, sd: 0.93},
	velocity24h:      {name: "velocity_24h", decimals: 6, lo: 0, hi: 200, sd: 2.2},
	secondsSinceLast: {name: "seconds_since_last", decimals: 3, lo: 0, hi: 1e8, log: true, sd: 1.4, missing: 0.015},
	distanceHomeKm:   {name: "distance_home_km", decimals: 4, lo: 0, hi: 20040, log: true, sd: 1.4, missing: 0.01},
	ipRisk:           {name: "ip_risk", decimals: 6, lo: 0, hi: 1, sd: 0.28, missing: 0.03, important: true},
	deviceTrust:      {name: "device_trust", decimals: 6, lo: 0, hi: 1, sd: 0.21, important: true},
	deviceAgeDays:    {name: "device_age_days", decimals: 4, lo: 0, hi: 20000, sd: 300},
	emailMatch:       {name: "email_match", decimals: 6, lo: 0, hi: 1, sd: 0.2},
	sessionSeconds:   {name: "session_seconds", decimals: 3, lo: 0, hi: 1e6, log: true, sd: 0.8, missing: 0.02},
	merchantCategory: {name: "merchant_category", zipf: 0.9, missing: 0.002, words: []string{
		"grocery", "restaurants", "fuel", "clothing", "electronics", "pharmacy", "travel", "transport",
		"streaming", "home_garden", "books", "sports", "beauty", "toys", "telecom", "gaming",
		"jewelry", "gift_cards", "pets", "gambling", "art", "music", "charity", "money_transfer"}},
	country: {name: "country", zipf: 1, words: []string{
		"DE", "FR", "GB", "IT", "ES", "NL", "PL", "US", "AT", "BE", "CH", "SE", "PT", "CZ", "DK", "IE", "RO", "TR"}},
	device:    {name: "device", zipf: 0.8, missing: 0.003, words: []string{"android", "ios", "web", "pos", "phone_order"}},
	entryMode: {name: "entry_mode", zipf: 0.7, words: []string{"contactless", "online", "chip", "token"}},
}

// lookup is the category by the top 12 bits of a random number: a draw costs one
// load, and shares are exact to 1/4096.
type lookup [1 << 12]uint8

var lookups = func() (l [numFeatures]*lookup) {
	for i, f := range features {
		if f.words == nil {
			continue
		}
		total := 0.0
		for r := range f.words {
			total += math.Pow(float64(r+1), -f.zipf)
		}
		l[i] = new(lookup)
		upTo, from := 0.0, 0
		for r := range f.words {
			upTo += math.Pow(float64(r+1), -f.zipf) / total
			to := int(math.Round(upTo * float64(len(l[i]))))
			for ; from < to; from++ {
				l[i][from] = uint8(r)
			}
		}
	}
	return l
}()

// draw fills in a row's features. Amounts, averages and balances of one customer
// go together; so do velocities and the time since the last payment, and the
// risk of an address and the trust in a device.
func (g *generator) draw(r *row) {
	rnd, v := g.rand, &r.num
	customer := rnd.NormFloat64()
	average := math.Exp(3.6 + 0.6*customer)
	v[averageAmount30d] = average
	v[amount] = bound(math.Exp(3.7+0.54*customer+0.72*rnd.NormFloat64()+g.wealth), 0.5, 50000)
	v[amountToAverage] = v[amount] / average
	v[balance] = bound(math.Exp(7+0.6*customer+0.8*rnd.NormFloat64()), 0, 5e6)
	v[customerAge] = bound(42+13*rnd.NormFloat64(), 18, 95)
	v[accountAgeDays] = math.Floor(bound(math.Exp(6.3+0.9*rnd.NormFloat64()), 0, 9000))
	v[usualHour] = math.Floor(bound(14.5+4.5*rnd.NormFloat64(), 0, 23))
	v[velocity1h] = 0
	if bits := rnd.Uint64(); bits>>62 == 0 { // three of four had no other payment within the hour
		v[velocity1h] = min(1+rnd.ExpFloat64(), 100)
	}
	v[velocity24h] = v[velocity1h] + min(2*rnd.ExpFloat64(), 100)
	v[secondsSinceLast] = bound(math.Exp(10.8-0.4*min(v[velocity24h], 8)+1.1*rnd.NormFloat64()), 1, 1e8)
	v[distanceHomeKm] = 0
	if far := rnd.NormFloat64(); far > -0.4 { // one third pays at home
		v[distanceHomeKm] = min(math.Exp(2*far), 20000)
	}
	risk := rnd.Float64()
	v[ipRisk] = risk * risk * risk
	v[deviceTrust] = sigmoid(1.5 - 2*v[ipRisk] + rnd.NormFloat64())
	v[deviceAgeDays] = min(300*rnd.ExpFloat64(), 20000)
	v[emailMatch] = 1
	if match := rnd.Float64(); match < 0.4 {
		v[emailMatch] = math.Sqrt(match * 2.5)
	}
	v[sessionSeconds] = min(math.Exp(4.4+0.8*rnd.NormFloat64()), 1e6)
	bits := rnd.Uint64()
	for i := merchantCategory; i < numFeatures; i++ {
		v[i] = float64(lookups[i][bits>>52])
		bits <<= 12
	}
	g.drawMissing(r)
}

// drawMissing makes natural nulls: 16 random bits for each feature that has any.
func (g *generator) drawMissing(r *row) {
	bits, left := uint64(0), 0
	for i := range features {
		r.cell[i] = present
		limit := uint64(features[i].missing * (1 << 16))
		if limit == 0 {
			continue
		}
		if left == 0 {
			bits, left = g.rand.Uint64(), 4
		}
		if bits&0xFFFF < limit {
			r.cell[i] = null
		}
		bits >>= 16
		left--
	}
}

func bound(x, lo, hi float64) float64 { return min(max(x, lo), hi) }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
