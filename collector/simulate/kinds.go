package simulate

// kinds is the table of faults. Adding one is a row here and a function of a few
// lines in values.go, lines.go, service.go or labels.go.
//
// Default shares are such that a fault of default parameters crosses the
// thresholds of its own check or statistic, and of no other.
var kinds []kind

// The table's functions read parameters that are parsed by means of the table.
func init() {
	kinds = []kind{
		// the data
		{name: "shift", summary: "a numeric feature moves by standard deviations (of its logarithm, if it is log-normal)",
			params: []param{numericFeature(amount), value("by", "1.5", "standard deviations", -100, 100), at(world)},
			row:    shift, moves: shiftMoves},
		{name: "scale", summary: "a numeric feature is multiplied, as by another unit",
			params: []param{numericFeature(amount), value("by", "100", "factor", -1e6, 1e6), at(logged)},
			row:    scale, moves: scaleMoves},
		{name: "nulls", summary: "a feature is null",
			params: []param{anyFeature(amount), share("0.2"), at(logged)},
			row:    nulls, moves: nullsMoves},
		{name: "sentinel", summary: "a number stands for missing values",
			params: []param{numericFeature(amount), value("value", "-999", "the number", -1e12, 1e12), share("0.1"), at(logged)},
			row:    sentinel, moves: sentinelMoves},
		{name: "range", summary: "a numeric feature lies below its range, mirrored at the lower bound, as by a lost sign",
			params: []param{numericFeature(amount), share("0.1"), at(logged)},
			row:    outOfRange, moves: rangeMoves},
		{name: "retype", summary: "a numeric feature is written as a string",
			params: []param{numericFeature(amount), share("1"), at(logged)},
			row:    retype, moves: retypeMoves},
		{name: "new_category", summary: "a categorical feature has a value never seen before",
			params: []param{categoricalFeature(merchantCategory), text("to", "crypto_exchange", "the value"), share("0.2"), at(logged)},
			row:    newCategory, moves: newCategoryMoves},
		{name: "rename", summary: "a feature goes by another name", onlyKey: true,
			params: []param{anyFeature(amount), text("to", "amount_eur", "the name"), share("1")},
			row:    rename, moves: renameMoves},
		{name: "drop_feature", summary: "a feature is left out", onlyKey: true,
			params: []param{anyFeature(amount), share("1")},
			row:    dropFeature, moves: dropMoves},
		{name: "misjoin", summary: "what is known of a payment's history comes from another payment, as by a wrong key of a join",
			params: []param{share("1"), at(logged)},
			row:    misjoin, moves: misjoinMoves},

		// the model and its service
		{name: "output_shift", summary: "scores move by a constant on the logit scale, and decisions with them",
			params: []param{value("by", "1.5", "shift of the log-odds", -100, 100)},
			row:    outputShift, moves: outputMoves},
		{name: "latency", summary: "answers take longer",
			params: []param{span("to", "800ms", "median time of an answer"), share("1")},
			row:    slow, moves: latencyMoves},
		{name: "errors", summary: "predictions fail",
			params: []param{text("reason", "backend_unavailable", "the reported reason"), share("0.2")},
			row:    fail, moves: errorsMoves},
		{name: "version", summary: "another model version answers",
			params: []param{text("to", "2", "the version"), share("1")},
			row:    newVersion, moves: versionMoves},
		{name: "traffic", summary: "there is more or less traffic",
			params: []param{value("by", "4", "factor", 1e-6, 1e3)},
			rate:   func(a *args) float64 { return a.value }, moves: trafficMoves},
		{name: "outage", summary: "there is no traffic at all",
			rate: func(*args) float64 { return 0 }, moves: trafficMoves},

		{name: "calibration", summary: "the model is too sure of itself: scores move away from the threshold, decisions stay", labelled: true,
			params: []param{value("by", "2", "factor on the logit scale; below 1 it is too unsure", 0.01, 100)},
			row:    miscalibrate, moves: calibrationMoves},
		{name: "unfair", summary: "payments from one country are suspected more than others", labelled: true,
			params: []param{aCountry("FR"), value("by", "2", "shift of the log-odds", -100, 100)},
			row:    suspect, moves: unfairMoves},

		// the world and what is known of it
		{name: "concept_drift", summary: "what makes a fraud changes; features and scores stay, accuracy falls", labelled: true,
			params: []param{value("angle", "90", "turn of the relation in degrees: at 90 scores say nothing, at 180 the opposite", 0, 180)},
			truth:  turn, needs: anyLabels, moves: conceptMoves},
		{name: "kpi_drop", summary: "payments earn less", labelled: true,
			params: []param{value("by", "0.5", "factor on the revenue", 0, 1e3)},
			row:    cheapen, needs: outcomes, moves: kpiMoves},
		{name: "label_delay", summary: "labels that are due come later, as after a stop of what sends them", labelled: true,
			params: []param{span("by", "6h", "how much later"), share("1")},
			label:  postpone, needs: labelFile, moves: arrivalMoves},
		{name: "label_loss", summary: "labels that are due never come", labelled: true,
			params: []param{share("0.5")},
			label:  lose, needs: labelFile, moves: arrivalMoves},
		{name: "label_correction", summary: "labels are wrong at first and corrected later", labelled: true,
			params: []param{share("0.2")},
			label:  correct, needs: labelFile, moves: correctionMoves},

		// the log and its transport
		{name: "malformed", summary: "lines are broken, each in one of several ways",
			params: []param{share("0.05")},
			line:   malformed, moves: malformedMoves},
		{name: "oversize", summary: "lines are padded to a huge length",
			params: []param{value("bytes", "2097152", "length of the line", lineBytes, 1<<28), share("0.0005")},
			line:   oversize, moves: oversizeMoves},
		{name: "duplicates", summary: "the line before is sent again in place of an event",
			params: []param{share("0.05")},
			line:   repeat, moves: duplicatesMoves},
		{name: "late", summary: "events are older than their neighbours: most by minutes, some by hours",
			params: []param{span("by", "48h", "at most (the logarithm of the delay is uniform from one second)"), share("0.1")},
			row:    delay, moves: lateMoves},
		{name: "clock_skew", summary: "events are dated in the future",
			params: []param{span("by", "1h", "how far"), share("0.05")},
			row:    skew, moves: skewMoves},
	}
}
