package simulate

import (
	"math"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Faults of the data: they strike at the value of one feature. A value that is
// missing anyway stays so.

// shift adds k standard deviations: x + k·σ, or x·exp(k·σ) where σ is that of
// the logarithm. The result stays inside the feature's range, so that no other
// check is disturbed.
func shift(in *injection, r *row) {
	i := in.args.feature
	f := &features[i]
	switch {
	case r.cell[i] != present:
		return
	case f.log:
		r.num[i] *= math.Exp(in.args.value * f.sd)
	default:
		r.num[i] += in.args.value * f.sd
	}
	r.num[i] = bound(r.num[i], f.lo, f.hi)
}

func shiftMoves(a *args) (moves, may []string) {
	name := features[a.feature].name
	moves = append(distribution(name), series(catalog.FeatureQuantile.Name, "feature", name), catalog.DriftedFeatures.Name)
	may = gauges(name)
	if a.at != logged {
		if features[a.feature].important {
			moves = append(moves, series(catalog.OutputDrift.Name, "output", "score"), series(catalog.OutputBin.Name, "output", "score"))
		}
		may = append(may, outputs()...)
	}
	return moves, may
}

// scale multiplies, and does not care for the range: that is what a wrong unit
// looks like.
func scale(in *injection, r *row) {
	if i := in.args.feature; r.cell[i] == present {
		r.num[i] *= in.args.value
	}
}

// scaleMoves: values beyond the range fail its check, and round prices repeat
// far outside the baseline often enough to look like sentinels.
func scaleMoves(a *args) (moves, may []string) {
	moves, may = shiftMoves(a)
	return moves, append(may, violations(a, catalog.CheckRange), violations(a, catalog.CheckSentinel))
}

func nulls(in *injection, r *row) {
	if in.hit() && r.cell[in.args.feature] == present {
		r.cell[in.args.feature] = null
	}
}

// nullsMoves: missing values are in no bin, so what is left has the same
// distribution, of fewer values.
func nullsMoves(a *args) (moves, may []string) {
	return []string{violations(a, catalog.CheckMissing)}, a.consequences(gauges(features[a.feature].name))
}

func sentinel(in *injection, r *row) {
	if i := in.args.feature; in.hit() && r.cell[i] == present {
		r.num[i] = in.args.value
	}
}

// sentinelMoves: a sentinel is a value like any other to bins, mean and
// extremes. If it is not declared, a declared range objects to it too.
func sentinelMoves(a *args) (moves, may []string) {
	name := features[a.feature].name
	moves = append(distribution(name), violations(a, catalog.CheckSentinel))
	return moves, a.consequences(append(gauges(name), violations(a, catalog.CheckRange)))
}

// outOfRange mirrors a value at the lower bound of its range, at least 0.01 below.
func outOfRange(in *injection, r *row) {
	if i := in.args.feature; in.hit() && r.cell[i] == present {
		lo := features[i].lo
		r.num[i] = lo - max(math.Abs(r.num[i]-lo), 0.01)
		if features[i].decimals < 2 {
			r.num[i] = min(r.num[i], lo-1)
		}
	}
}

// rangeMoves: -1, -9, -99 … among the mirrored values may repeat like sentinels.
func rangeMoves(a *args) (moves, may []string) {
	name := features[a.feature].name
	moves = append(distribution(name), violations(a, catalog.CheckRange))
	return moves, a.consequences(append(gauges(name), violations(a, catalog.CheckSentinel)))
}

func retype(in *injection, r *row) {
	if in.hit() && r.cell[in.args.feature] == present {
		r.cell[in.args.feature] = quoted
	}
}

// retypeMoves: a string in a column of numbers is in no bin.
func retypeMoves(a *args) (moves, may []string) {
	return []string{violations(a, catalog.CheckType), schema(a, catalog.ColumnRetyped)},
		a.consequences(append(gauges(features[a.feature].name), catalog.DriftedFeatures.Name))
}

func newCategory(in *injection, r *row) {
	if i := in.args.feature; in.hit() && r.cell[i] == present {
		r.cell[i], r.word[i], r.touched = word, in.args.text, true
	}
}

// newCategoryMoves: the bin "unseen" was empty in the baseline, and filling it
// is drift.
func newCategoryMoves(a *args) (moves, may []string) {
	name := features[a.feature].name
	moves = []string{
		violations(a, catalog.CheckUnseenCategory), series(catalog.FeatureDrift.Name, "feature", name),
		series(catalog.FeatureBin.Name, "feature", name, "bin", "unseen"), catalog.DriftedFeatures.Name,
	}
	return moves, a.consequences(gauges(name))
}

func rename(in *injection, r *row) {
	if in.hit() {
		r.key[in.args.feature], r.touched = in.args.text, true
	}
}

// renameMoves: what is not there is missing too, and found again by its distribution
// if that is one that tells columns apart.
func renameMoves(a *args) (moves, may []string) {
	moves, may = dropMoves(a)
	found := series(catalog.FeatureRename.Name, "feature", features[a.feature].name, "renamed_to", a.text)
	if a.feature == amount && a.share == 1 {
		moves = append(moves, found)
	} else {
		may = append(may, found)
	}
	return append(moves, series(catalog.SchemaViolations.Name, "feature", a.text, "change", string(catalog.ColumnAdded))), may
}

func dropFeature(in *injection, r *row) {
	if in.hit() {
		r.cell[in.args.feature] = absent
	}
}

func dropMoves(a *args) (moves, may []string) {
	name := features[a.feature].name
	return []string{schema(a, catalog.ColumnRemoved), violations(a, catalog.CheckMissing)},
		append(gauges(name), catalog.DriftedFeatures.Name)
}

// history is what a feature store would look up for a payment by its customer.
var history = []int{averageAmount30d, balance, velocity24h, deviceTrust}

// misjoin gives a payment the history of the payment that was struck before it: each
// column has the values that it always had, in other rows.
func misjoin(in *injection, r *row) {
	if !in.hit() {
		return
	}
	if in.other == nil {
		in.other = new(row)
		*in.other = *r
		return
	}
	for _, i := range history {
		r.num[i], in.other.num[i] = in.other.num[i], r.num[i]
		r.cell[i], in.other.cell[i] = in.other.cell[i], r.cell[i]
	}
}

// misjoinMoves: only the last row's values are missing from any column.
func misjoinMoves(a *args) (moves, may []string) {
	for _, i := range history {
		may = append(may, gauges(features[i].name)...)
		may = append(may, series(catalog.FeatureViolations.Name, "feature", features[i].name))
	}
	return []string{catalog.MultivariateDrift.Name}, a.consequences(may)
}

// distribution selects what moves with a numeric feature's values.
func distribution(name string) []string {
	return []string{
		series(catalog.FeatureDrift.Name, "feature", name),
		series(catalog.FeatureBin.Name, "feature", name),
		series(catalog.FeatureMean.Name, "feature", name),
	}
}

// gauges selects everything that is computed from a feature's values without
// being a check.
func gauges(name string) []string {
	all := []string{
		series(catalog.SegmentPredictions.Name, "segment", name), series(catalog.SegmentPerformance.Name, "segment", name),
		series(catalog.FairnessGap.Name, "segment", name), series(catalog.FairnessFavourable.Name, "segment", name),
		catalog.MultivariateDrift.Name, catalog.MultivariateDriftCritical.Name,
	}
	for _, f := range []*catalog.Family{
		&catalog.FeatureBin, &catalog.FeatureDrift, &catalog.FeatureDriftCritical, &catalog.WindowValues,
		&catalog.FeatureMean, &catalog.FeatureStddev, &catalog.FeatureMin, &catalog.FeatureMax,
		&catalog.FeatureDistinct, &catalog.FeatureQuantile,
	} {
		all = append(all, series(f.Name, "feature", name))
	}
	return all
}

// outputs selects everything that follows the score, with labels and without.
func outputs() []string {
	return append(realised(), catalog.OutputDrift.Name, catalog.OutputDriftCritical.Name, catalog.OutputBin.Name,
		catalog.PredictionClass.Name, catalog.PerformanceEstimated.Name, catalog.PerformanceEstimatedDegradation.Name,
		catalog.VersionAgreement.Name)
}

// consequences adds the outputs to may, if the fault strikes before the model.
func (a *args) consequences(may []string) []string {
	if a.at != logged {
		may = append(may, outputs()...)
	}
	return may
}

func violations(a *args, c catalog.Check) string {
	return series(catalog.FeatureViolations.Name, "feature", features[a.feature].name, "check", string(c))
}

func schema(a *args, c catalog.Change) string {
	return series(catalog.SchemaViolations.Name, "feature", features[a.feature].name, "change", string(c))
}
