#!/usr/bin/python3
"""Writes loss.scipy.json beside this script: what scipy (1.10) and numpy (1.24) say about
losses of two samples. Run by hand; tests read the file. It also prints the favourable ends
in TestFairness.

limits:  the smallest loss that fits a baseline and a window, found as a root of its definition
         (Fieller 1954; Donner and Zou 2012), not by the closed form.
shares:  Clopper and Pearson's interval of k of n at a level, by scipy's beta distribution.
restated: a metric with its 99 % interval, computed from its sums, and with that of another
         level, computed from the same sums.
sizes:   how often two samples of one model, of n labels each, look like a loss of accuracy:
         the sum of the probabilities of all pairs of counts that do."""
import json, os
import numpy as np
from scipy import optimize, stats

out = dict(limits=[], shares=[], restated=[], sizes=[])
USUAL = 0.005


def limit(higher, base, v):
    """base and v are (value, lower, upper). Bisects upwards from far below the loss."""
    b, scale = base[0], abs(base[0])
    sign = 1 if higher else -1
    dv = v[2] - v[0] if higher else v[0] - v[1]
    db = b - base[1] if higher else base[2] - b
    loss = sign * (b - v[0]) / scale

    def excess(c):  # how far the difference at this loss is beyond what chance explains
        moved = b - sign * c * scale  # the value that would be this loss
        factor = moved / b
        return sign * (moved - v[0]) - np.sqrt(dv ** 2 + (factor * db) ** 2)

    grid = loss - np.concatenate([[0], np.geomspace(1e-9, 1e6, 4000)])
    for right, left in zip(grid, grid[1:]):
        if excess(left) >= 0:
            return loss, optimize.brentq(excess, left, right, xtol=1e-15, rtol=1e-14)
    return loss, None


for metric, higher, base, v in [
    ("accuracy", True, (.8, .8, .8), (.6, .5, .7)),
    ("accuracy", True, (.8, .78, .81), (.6, .5, .7)),
    ("accuracy", True, (.9, .85, .93), (.88, .8, .93)),
    ("accuracy", True, (.8, .7, .85), (.9, .85, .95)),
    ("f1", True, (.1, .02, .3), (.02, 0, .05)),
    ("r2", True, (.5, .4, .6), (.1, -.1, .2)),
    ("r2", True, (-.5, -.6, -.4), (-1, -2, -.75)),
    ("r2", True, (.3, -.05, .6), (-2, -2.2, -1.9)),  # the baseline may be 0, and this is worse
    ("r2", True, (.3, -.05, .6), (.1, 0, .2)),  # and this may not be
    ("mae", False, (2, 1.8, 2.2), (3, 2.5, 4)),
    ("log_loss", False, (.3, .1, .7), (.5, .45, .6)),  # the baseline's error is larger than itself
    ("mae", False, (2, 1.8, 2.2), (1, .8, 1.3)),
    ("mae", False, (1e-6, 9e-7, 12e-7), (5e-6, 4e-6, 6e-6)),
    ("log_loss", False, (.01, .001, .05), (.03, .0, .5)),
]:
    loss, lower = limit(higher, base, v)
    out["limits"].append(dict(metric=metric, base=base, v=v, loss=loss, lower=lower))


def exact(k, n, alpha):
    return [float(stats.beta.ppf(alpha, k, n - k + 1)) if k > 0 else 0., float(stats.beta.isf(alpha, k + 1, n - k)) if k < n else 1.]


for k, n in [(0, 10), (5, 10), (97, 100), (99, 100), (1000, 1000), (12.5, 40.25), (180000, 240000), (0, 1e5), (99999, 1e5), (1e7, 1e7), (30, 1e7)]:
    for alpha in [.05, 1e-4, 3e-6, 1e-7, 1e-11]:
        out["shares"].append(dict(k=k, n=n, alpha=alpha, want=exact(k, n, alpha)))


def wilson(k, n):
    z, v = stats.norm.isf(USUAL), k / n
    c, h = (v + z * z / 2 / n) / (1 + z * z / n), z * np.sqrt(v * (1 - v) / n + z * z / 4 / n / n) / (1 + z * z / n)
    return [v, max(c - h, 0), min(c + h, 1)]


def restated(metric, labels, alpha, usual, want):
    out["restated"].append(dict(metric=metric, labels=labels, alpha=alpha, usual=[float(x) for x in usual], want=[float(x) for x in want]))


rng = np.random.default_rng(20261121)
f1 = lambda js: [2 * j / (1 + j) for j in js]
for alpha in [.05, 1e-4, 3e-6]:
    for k, n in [(850, 1000), (1000, 1000), (0, 700), (3, 500), (49500, 50000)]:
        restated("accuracy", n, alpha, wilson(k, n), [k / n] + exact(k, n, alpha))
        restated("f1", 2 * n, alpha, f1(wilson(k, n)), f1([k / n] + exact(k, n, alpha)))
    for n in [500, 5000]:
        losses = rng.exponential(size=n)
        m, s = losses.mean(), losses.std() / np.sqrt(n - 1)
        r2, se = .6, .08
        auc, area = .8, .02 / .8 / .2
        by = lambda a: np.array([0, -1, 1]) * stats.t.isf(a, n - 1)
        for metric, of in [("log_loss", lambda a: m * np.exp(by(a) * s / m)), ("r2", lambda a: 1 - (1 - r2) * np.exp(-by(a) * se)),
                           ("roc_auc", lambda a: 1 / (1 + (1 - auc) / auc * np.exp(-by(a) * area))),
                           ("ndcg", lambda a: np.clip(.99 + by(a) * .003, 0, 1))]:
            restated(metric, n, alpha, of(USUAL), of(alpha))


def size(p, nb, nw, alpha):
    """Both counts run over all that have a probability above 1e-20."""
    ks = [np.arange(stats.binom.ppf(1e-20, n, p), stats.binom.isf(1e-20, n, p) + 1) for n in (nb, nw)]
    b, w = ks[0] / nb, ks[1] / nw
    low = np.where(ks[0] > 0, stats.beta.ppf(alpha, ks[0], nb - ks[0] + 1), 0)
    high = np.where(ks[1] < nw, stats.beta.isf(alpha, ks[1] + 1, nw - ks[1]), 1)
    sure = (b[:, None] - w) ** 2 > ((b - low) ** 2)[:, None] + (high - w) ** 2
    sure &= b[:, None] > w
    return float(stats.binom.pmf(ks[0], nb, p) @ sure @ stats.binom.pmf(ks[1], nw, p))


for p in [.5, .8, .95, .99]:
    for nb in [500, 5000, 50000]:
        for nw in [100, 1000, 10000]:
            if nb * nw <= 5e7:
                for alpha in [1e-2, 1e-4, 3e-6]:
                    out["sizes"].append(dict(p=p, base=nb, window=nw, alpha=alpha, want=size(p, nb, nw, alpha)))

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "loss.scipy.json"), "w") as f:
    json.dump(out, f, indent=0, separators=(",", ":"))

interval = lambda k, n: (k / n, *exact(k, n, .005))
excess = lambda a, b: a[0] - b[0] - np.hypot(a[0] - a[1], b[2] - b[0])
print(repr(excess(interval(500, 1000), interval(300, 1000))), repr(excess(interval(90, 100), interval(60, 100))))
print(repr(1 - limit(True, interval(500, 1000), interval(300, 1000))[1]))
