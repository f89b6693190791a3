package evaluate

import (
	"math"
	"time"

	"github.com/model-exporter/model_exporter/collector/catalog"
	"github.com/model-exporter/model_exporter/collector/internal/drift"
	"github.com/model-exporter/model_exporter/collector/internal/model"
)

// A column that the baseline lacks is probably another one's new name if the events
// that have it lack the other, and it is distributed alike:
//
//	misfit = max(√(psi/psi_c), ks/ks_c) ≤ 1
//
// against the baseline's counts, psi on decision bins and for numbers ks on fine ones,
// with psi_c and ks_c the noise limits at alpha = 0.001. Both ratios grow like the
// difference of the shares. Of three guards against accidents, each must hold:
//
//   - the sample can tell: psi_c ≤ 0.1, what is called little drift. For deciles and
//     a large baseline that takes 290 values, more if they are correlated;
//   - the baseline is distinctive: its decision bins are worth at least 2.5 equal
//     ones, 1/Σq² ≥ 2.5. Booleans and columns of mostly one value are not; keys are no
//     distribution at all (model.Newcomer.Identifies);
//   - nothing else is near: a misfit below 2 of the newcomer with another column that
//     went, or of another newcomer with the same column, or a psi below 4·psi_c of
//     the newcomer with a column that is still there, leaves it open.
//
// If the shares of an unrelated column are drawn uniformly from all distributions over
// B bins (Dirichlet's law with parameters 1), it fits with about the probability that is
// the share of the simplex which {Σ (p−q)²/q ≤ psi_c} takes up:
//
//	(π·psi_c)^(d/2) / Γ(d/2+1) · √Π q · d!   with d = B−1
//
// For three equal categories and 1,000 values that is 0.017, for deciles 1e-6. A column
// whose psi against the baseline is below about 0.03 is not told apart. Columns with a
// law in common, such as standardized ones, are what the third guard is for: of those
// nothing is told.
const (
	renameAlpha = 0.001
	littleDrift = 0.1 // psi
	distinctive = 2.5 // equal bins
	farMisfit   = 2
)

// newcomerFits is what was found of one newcomer.
type newcomerFits struct {
	round   int               // of the newcomer when it was found, as are the following
	seen    uint64            // values
	away    int               // columns
	common  bool              // it is also like a column that is still there
	misfits map[int32]float64 // by column that is away, those below farMisfit
}

// Rename is a feature that probably is in another column now.
type Rename struct{ Feature, Column string }

// Renames returns, as of the last Evaluate, what probably goes by another name.
func (e *Evaluator) Renames(v *model.Version) []Rename {
	if w := e.views[v]; w != nil {
		return w.renamed
	}
	return nil
}

// setRenames publishes which columns probably go by another name.
func (w *view) setRenames() {
	newcomers := w.version.Newcomers()
	for name := range w.fits {
		if !has(newcomers, name) {
			delete(w.fits, name)
		}
	}
	window := w.cfg.Global.Windows[0]
	for _, n := range newcomers {
		if f := w.fits[n.Name]; f.outdated(n) {
			if w.fits == nil {
				w.fits = map[string]newcomerFits{}
			}
			w.fits[n.Name] = w.fit(n, window, f)
		}
	}
	w.renamed = w.renamed[:0]
	for _, n := range newcomers {
		if i, ok := renamed(w.fits, n.Name); ok {
			w.renamed = append(w.renamed, Rename{w.columns[i].column.Name, n.Name})
			w.renames.set(1, &catalog.FeatureRename, w.columns[i].column.Name, n.Name)
		}
	}
	w.renames.hide()
}

// outdated tells whether the newcomer is worth another look: it has twice as many
// values as at the last one, or a new round of them, or some column came back.
func (f *newcomerFits) outdated(n *model.Newcomer) bool {
	return n.Round != f.round || n.Seen >= 2*f.seen || len(n.Away()) != f.away
}

func has(newcomers []*model.Newcomer, name string) bool {
	for _, n := range newcomers {
		if n.Name == name {
			return true
		}
	}
	return false
}

// renamed returns the column that a newcomer is, if there is exactly one and nobody
// else is like it.
func renamed(fits map[string]newcomerFits, name string) (column int32, ok bool) {
	f := fits[name]
	if f.common || len(f.misfits) != 1 {
		return 0, false
	}
	for i, x := range f.misfits {
		column, ok = i, x <= 1
	}
	for other := range fits {
		if _, near := fits[other].misfits[column]; near && other != name {
			return 0, false
		}
	}
	return column, ok
}

// fit compares a newcomer with all columns. What was known before stays while too few
// values of a new round tell nothing yet.
func (w *view) fit(n *model.Newcomer, window time.Duration, before newcomerFits) newcomerFits {
	f := newcomerFits{round: n.Round, seen: n.Seen, away: len(n.Away()), misfits: map[int32]float64{}}
	undecided := false
	away := map[int32]bool{}
	yardstick := 0.0
	keys := n.Identifies()
	for _, i := range n.Away() {
		away[i] = true
		misfit, critical, enough := w.columns[i].misfit(w, n, window)
		if undecided = undecided || !enough; keys || misfit >= farMisfit {
			continue
		}
		f.misfits[i] = misfit
		yardstick = max(yardstick, critical)
	}
	if undecided && len(f.misfits) == 0 {
		for i, x := range before.misfits {
			if away[i] {
				f.misfits[i], f.common = x, before.common
			}
		}
		return f
	}
	for i := range w.columns {
		c := &w.columns[i]
		if len(f.misfits) == 0 || c.column.Output || away[int32(i)] {
			continue
		}
		if counts, ok := c.column.Sort(n); ok && c.psi(w, counts) < farMisfit*farMisfit*yardstick {
			f.common = true
			break
		}
	}
	return f
}

// psi is that of a sample and the baseline, on decision bins.
func (c *columnView) psi(w *view, counts []uint64) float64 {
	return drift.PSI(append([]uint64(nil), c.decide(w, counts)...), c.decide(w, c.column.Base.Counts))
}

// misfit tells how much less alike a newcomer and a column are than chance explains,
// +Inf for not at all, and the noise limit of psi. It is not enough if more values
// would tell more.
func (c *columnView) misfit(w *view, n *model.Newcomer, window time.Duration) (x, critical float64, enough bool) {
	far := math.Inf(1)
	if !(worth(c.decide(w, c.column.Base.Counts)) >= distinctive) {
		return far, 0, true
	}
	counts, ok := c.column.Sort(n)
	// The noise limit takes a while to find: not if even that of independent values
	// is too high, mean and three standard deviations of χ², or what differs much more.
	if d := float64(len(c.bins) - 1); (d+3*math.Sqrt(2*d))/float64(sum(counts)) > littleDrift {
		return far, 0, !ok
	}
	if !ok || !(c.psi(w, counts) < farMisfit*farMisfit*littleDrift) {
		return far, 0, true
	}
	side := drift.Side{Counts: counts, Low: nan, High: nan}
	for _, r := range c.compare.Compare(nil, side, []catalog.Statistic{catalog.PSI}, renameAlpha, window) {
		if !(r.Critical <= littleDrift) {
			return far, 0, false
		}
		x, critical = math.Sqrt(r.Distance/r.Critical), r.Critical
	}
	if x >= farMisfit || c.column.Kind != catalog.Numeric {
		return x, critical, true
	}
	for _, r := range c.compare.Compare(nil, side, []catalog.Statistic{catalog.KS}, renameAlpha, window) {
		x = max(x, r.Distance/r.Critical)
	}
	return x, critical, true
}

// worth is how many equal bins these are worth: 1/Σq².
func worth(counts []uint64) float64 {
	n, squares := float64(sum(counts)), 0.0
	for _, c := range counts {
		squares += float64(c) / n * (float64(c) / n)
	}
	return 1 / squares
}
