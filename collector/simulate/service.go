package simulate

import (
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
)

// Faults of the model and of the service around it.

func outputShift(in *injection, r *row) { r.logit += in.args.value }

func outputMoves(*args) (moves, may []string) {
	return []string{
		series(catalog.OutputDrift.Name, "output", "score"), series(catalog.OutputDrift.Name, "output", "prediction"),
		series(catalog.OutputBin.Name, "output", "score"), catalog.PredictionClass.Name,
	}, outputs()
}

// slow moves the median from 50 ms and keeps the spread.
func slow(in *injection, r *row) {
	if in.hit() {
		r.latency *= float64(in.args.span) / float64(50*time.Millisecond)
	}
}

func latencyMoves(*args) (moves, may []string) {
	return []string{catalog.PredictionLatency.Name}, nil
}

func fail(in *injection, r *row) {
	if in.hit() {
		r.reason = in.args.text
	}
}

// errorsMoves: a prediction that failed has neither class nor score, and nothing
// to compare a label with.
func errorsMoves(a *args) (moves, may []string) {
	return []string{series(catalog.PredictionErrors.Name, "reason", a.text)},
		append(append(outputs(), arrivals()...), catalog.PredictionErrors.Name)
}

func newVersion(in *injection, r *row) {
	if in.hit() {
		r.version = in.args.text
	}
}

// versionMoves: the new version has all series of its own; the old one gets
// fewer events, or none.
func versionMoves(a *args) (moves, may []string) {
	return []string{
		series(catalog.Predictions.Name, "model_version", a.text), series(catalog.ModelInfo.Name, "model_version", a.text),
	}, anything()
}

// anything selects whatever is said of a model: other events are counted, and wait
// for labels, than without the fault.
func anything() []string { return []string{"ml_*", catalog.PendingLabels.Name} }

// trafficMoves: with more or fewer events every count changes, though no share.
func trafficMoves(*args) (moves, may []string) {
	return []string{catalog.Predictions.Name, catalog.WindowValues.Name}, append(anything(), catalog.SourceEvents.Name)
}

// delay dates an event back by 1 s · (by / 1 s)^u, with u uniform in 0..1.
func delay(in *injection, r *row) {
	if in.hit() {
		r.at -= int64(1e9 * math.Pow(max(in.args.span.Seconds(), 1), in.rand.Float64()))
	}
}

// lateMoves: what is older than every window is late; what is not goes to the
// window of its own time.
func lateMoves(*args) (moves, may []string) {
	return []string{catalog.LateEvents.Name}, anything()
}

func skew(in *injection, r *row) {
	if in.hit() {
		r.at += int64(in.args.span)
	}
}

// skewMoves holds for a log that is read while it is written: in an old one the
// future is past.
func skewMoves(*args) (moves, may []string) {
	return []string{catalog.FutureEvents.Name}, anything()
}
