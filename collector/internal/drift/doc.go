// Package drift measures how far a column's live distribution is from its
// baseline, and which part of that sampling noise explains. Both samples are
// counts over the same bins; nothing here does I/O, reads a clock or logs.
//
// Statistics is the table of distances. A Comparison is a baseline made ready
// to be compared with many windows: for each statistic it gives the distance
// and the critical value, which a window without drift exceeds with a chosen
// probability alpha. The probability is over the randomness of the window and
// of the baseline: a large window against one small baseline exceeds always or
// never, and of many such baselines a share of alpha does.
//
// # How critical values are found
//
// With n live and m base values, all statistics shrink like sqrt(1/n+1/m), or
// like its square, under sampling noise; what multiplies that is found from
// the baseline.
//
//   - psi, kl, js, hellinger and chi2 are sums over decision bins: χ² with B−1
//     degrees of freedom for large counts. For small ones the first three
//     cumulants are added up over the possible counts of every bin (sumLaws).
//   - tvd and linf (decision bins), ks and wasserstein (fine bins) are norms of
//     a Gaussian process on the bins; its law is simulated once per baseline,
//     with a fixed seed, and extended into the far tail by theory (tail).
//   - No statistic exceeds more often than the rare values of a single bin
//     allow (tail.single), and an event in a bin that is empty in the baseline
//     raises the limit by what one such event is worth: it takes more than one
//     event of a new category to be drift.
//
// # What is guaranteed
//
// Independent values. For numeric deciles and for categories of which the
// baseline saw a few dozen events each, n from 200 to 200,000 and m from 2,000
// to 1,000,000, the measured rate is between 0.8 and 1.25 times alpha for
// alpha = 0.05 and 0.01. The lower rates are those of ks, of which the limit
// law does not know that few values make large steps, and of wasserstein. Where
// few events of a category are expected, rates go in steps and stay below
// alpha. With 25 to 50 categories in a baseline of 2,000, many of them seen less
// than ten times, psi, kl, js, hellinger and chi2 have 0.1 to 1.9 alpha. Far
// tails are right as far as they could be checked: critical values of tvd and
// wasserstein within 5 % to alpha = 1e-4, those of ks and linf 3 % to 1e-6.
//
// Correlated values. Each baseline block of a window's length tells how much
// such windows differ without drift (Effect), and n is divided by the design
// effect for the block length next to the window's. The rate then stays at or
// below alpha within its error, if the baseline has seen what the stream does:
// autoregressive columns with correlation times of up to a tenth of the window
// have 0.6 to 1.35 alpha, given 20 to 100 blocks. Bounded wander (a daily
// rhythm, two regimes) exceeds less often than alpha, with critical values up
// to 1.4 times as large as they could be. With a handful of blocks critical
// values are large, for ks even 1, which nothing exceeds: seven blocks cannot
// tell what one in a hundred looks like. Where the correlation time is as long
// as the window itself, rates of chi2 and wasserstein may be 3 alpha.
// A regime, season or weekday that the baseline never saw is drift.
package drift
