package simulate

import (
	"fmt"
	"math"
	"slices"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Faults that show only when labels or outcomes meet their predictions.

// What a fault needs in order to be seen.
func anyLabels(o *Options) string {
	if o.Labels || o.Truth.Labels != nil {
		return ""
	}
	return "write labels, into the events or into a file of their own"
}

func labelFile(o *Options) string {
	if o.Truth.Labels != nil {
		return ""
	}
	return "write labels into a file of their own"
}

func outcomes(o *Options) string {
	if o.Truth.Outcomes != nil {
		return ""
	}
	return "write outcomes"
}

// The distribution of the logit in a clean log, from 600,000 events.
const (
	logitMean = -3.83
	logitSD   = 1.754
)

// turn rotates the relation of features and label by an angle θ, from the
// model's direction towards one that the model does not look at, u:
//
//	μ + σ·(cos θ·(logit − μ)/σ + sin θ·u),  u = (ln session_seconds − 4.4) / 0.8
//
// u is standard normal and independent of the logit.
func turn(in *injection, r *row) {
	u := 0.0
	if r.cell[sessionSeconds] == present {
		u = (math.Log(max(r.num[sessionSeconds], 1e-3)) - 4.4) / 0.8
	}
	sin, cos := math.Sincos(in.args.value * math.Pi / 180)
	r.truth = logitMean + cos*(r.truth-logitMean) + sin*logitSD*u
}

// conceptMoves: nothing that is known without labels moves.
func conceptMoves(*args) (moves, may []string) {
	moves = []string{
		series(catalog.Performance.Name, "metric", string(catalog.ROCAUC)),
		series(catalog.Performance.Name, "metric", string(catalog.Accuracy)),
		series(catalog.PerformanceDegradation.Name, "metric", string(catalog.ROCAUC)), catalog.Confusion.Name,
	}
	return moves, realised()
}

// thresholdLogit is the log-odds of the threshold.
var thresholdLogit = math.Log(threshold / (1 - threshold))

func miscalibrate(in *injection, r *row) {
	r.logit = thresholdLogit + in.args.value*(r.logit-thresholdLogit)
}

// calibrationMoves: decisions and the order of scores stay, and with them what is
// computed from those alone; areas under curves move within a bin of scores.
func calibrationMoves(*args) (moves, may []string) {
	score := []string{"output", "score"}
	moves = []string{
		series(catalog.OutputDrift.Name, score...), series(catalog.OutputBin.Name, score...),
		series(catalog.Performance.Name, "metric", string(catalog.ECE)),
		series(catalog.Performance.Name, "metric", string(catalog.LogLoss)),
		series(catalog.Performance.Name, "metric", string(catalog.Brier)),
	}
	for _, f := range []*catalog.Family{
		&catalog.Performance, &catalog.PerformanceLower, &catalog.PerformanceUpper,
		&catalog.PerformanceDegradation, &catalog.PerformanceDegradationLower, &catalog.SegmentPerformance,
		&catalog.VersionDifference, &catalog.VersionDifferenceLower, &catalog.VersionDifferenceUpper,
	} {
		for _, m := range []catalog.Metric{catalog.ECE, catalog.LogLoss, catalog.Brier, catalog.ROCAUC, catalog.PRAUC} {
			may = append(may, series(f.Name, "metric", string(m)))
		}
	}
	return moves, append(may, series(catalog.OutputDriftCritical.Name, score...),
		catalog.PerformanceEstimated.Name, catalog.PerformanceEstimatedDegradation.Name, catalog.CalibrationDegradationLower.Name)
}

func suspect(in *injection, r *row) {
	if r.cell[country] == present && features[country].words[int(r.num[country])] == in.args.text {
		r.logit += in.args.value
	}
}

func unfairMoves(a *args) (moves, may []string) {
	return []string{
		series(catalog.FairnessGap.Name, "segment", "country", "metric", string(catalog.DemographicParityDifference)),
		series(catalog.SegmentPerformance.Name, "segment", "country", "value", a.text), catalog.PredictionClass.Name,
	}, outputs()
}

func cheapen(in *injection, r *row) { r.fee *= in.args.value }

func kpiMoves(*args) (moves, may []string) {
	return []string{
		series(catalog.KPI.Name, "kpi", "revenue"), series(catalog.KPIPerPrediction.Name, "kpi", "revenue"),
	}, nil
}

func postpone(in *injection, l *labelling) {
	if in.hit() {
		l.due += int64(in.args.span)
	}
}

func lose(in *injection, l *labelling) {
	if in.hit() {
		l.lost = true
	}
}

// arrivalMoves: fewer labels have come, and what is computed from them is
// computed from fewer.
func arrivalMoves(*args) (moves, may []string) {
	return []string{catalog.Labels.Name, catalog.LabelCoverage.Name, catalog.LabelDelay.Name},
		append(append(realised(), arrivals()...), series(catalog.SourceEvents.Name, "type", "label"))
}

func correct(in *injection, l *labelling) {
	if in.hit() {
		l.corrected = true
	}
}

// correctionMoves: first labels come as they did, and counters keep what those said.
func correctionMoves(*args) (moves, may []string) {
	return []string{catalog.LabelsCorrected.Name, catalog.Confusion.Name},
		append(realised(), catalog.LabelsRepeated.Name, series(catalog.SourceEvents.Name, "type", "label"))
}

// realised selects everything that is computed from pairs of a prediction and
// its label or outcome.
func realised() []string {
	return families(
		&catalog.Confusion, &catalog.Performance, &catalog.PerformanceLower, &catalog.PerformanceUpper,
		&catalog.PerformanceDegradation, &catalog.PerformanceDegradationLower, &catalog.CalibrationDegradationLower, &catalog.LabelDrift,
		&catalog.LabelDriftCritical, &catalog.SegmentPerformance, &catalog.FairnessGap, &catalog.FairnessFavourable, &catalog.KPI, &catalog.KPIPerPrediction,
		&catalog.VersionDifference, &catalog.VersionDifferenceLower, &catalog.VersionDifferenceUpper,
	)
}

// arrivals selects everything about the coming of labels, whatever they say.
func arrivals() []string {
	return families(
		&catalog.Labels, &catalog.LabelsUnmatched, &catalog.LabelsRepeated, &catalog.LabelsCorrected,
		&catalog.LabelDelay, &catalog.LabelCoverage, &catalog.PendingLabels,
	)
}

func families(list ...*catalog.Family) (all []string) {
	for _, f := range list {
		all = append(all, f.Name)
	}
	return all
}

// aCountry is the parameter of a value of the feature country.
func aCountry(fallback string) param {
	return param{ParamInfo{"country", fallback, "the country"}, func(a *args, s string) error {
		if known := features[country].words; !slices.Contains(known, s) {
			return fmt.Errorf("%q is no country of the log; %s", s, oneOf(s, known))
		}
		a.text = s
		return nil
	}}
}
