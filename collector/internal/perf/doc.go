// Package perf measures how good predictions are: additive sums over joined
// pairs of a prediction and its label, and the metrics with their 99 %
// intervals. It has no clock and does no I/O.
//
// # What is exact
//
// All metrics but roc_auc and pr_auc are those of the events themselves, as
// scikit-learn computes them. The two areas take the scores of one bin as ties:
// AUCBound and PRBound say how far that may have moved them. In the tests'
// data, from even scores to the ones of rare events, that is at most 0.0015.
//
// # Intervals
//
// They are of 99 %, for independent labels. Simulation finds them to hold at
// that rate from 30 labels on for shares and F1, from 50 for log_loss, brier,
// mae, mape, bias, rmse and r2 with normal errors, and from 2,000 for rmse, r2
// and mape where large errors are common; below, in 95 % of samples or more.
// Means over classes need about 30 labels and predictions of each class, roc_auc
// about 10 of either class. ece, and the areas of several classes, hold more
// often than 99 %: their intervals are wide rather than narrow.
//
// An alarm must not come from an interval of 99 %: a window that slides is looked at
// all day, and would leave such an interval many times a month. MetricsAt and
// EstimateAt make wider ones, at the level that the caller's budget of false alarms
// asks for; package evaluate says which, and counts in simulated months that it is
// kept. At such levels, one in a hundred thousand and less, shares have Clopper and
// Pearson's interval: Wilson's is right in the middle and misses too often far out.
// pr_auc's remains an approximation, which misses at either end up to twice as often
// as it should.
//
// A loss is the difference of two samples. Degradation and Excess take the baseline's
// own error into account, which At reads off the interval of 99 % that its file keeps.
// That a window slides while the baseline stays makes false alarms rarer than the
// level says, not more frequent: with a share s of the variance in the window, they
// begin s times as often.
//
// # Without labels
//
// A Calibrator, fitted on labels, turns scores into probabilities, and Estimate
// adds these up to the metrics to expect (CBPE). It can be believed where the
// inputs change and a score goes on meaning what it meant when the calibrator was
// fitted (covariate shift): in simulated shifts its interval holds the realised
// value. It cannot be believed where the meaning changed (concept drift): the same
// inputs then lead to other labels, the scores do not know, and the estimate is
// wrong by any amount, in either direction.
//
// Real data has both at once. In the year of the California housing data the
// inputs shift, and so does what a score means: of 12 months the realised accuracy
// lay in the 99 % interval of the estimate in 1, the realised AUC in 8. In July
// 2021 accuracy was estimated at 0.54 and rose to 0.82; in October it was estimated
// at 0.55 and fell to 0.28. The interval knows the noise of labels and calibrator,
// not whether the calibrator still holds, and nothing but labels tells that. So an
// estimate is a hint to look, or to ask for labels sooner; one that does not move
// is no proof that nothing happened.
package perf
