"""Cut points, counts and moments of samples, computed with numpy for
TestCutEqualsNumpy. Run: /usr/bin/python3 quantiles.numpy.py > quantiles.numpy.json"""
import json
import sys

import numpy as np


def case(name, sample, decision, fine):
    sample = np.asarray(sample, dtype=float)
    per = fine // decision
    parts = decision * per
    n = len(sample)
    # Ranks by exact fractions: where n·j/parts is an integer, numpy's own result
    # depends on the rounding of the share j/parts. Elsewhere it must agree.
    exact = np.array([np.sort(sample)[(n * j + parts - 1) // parts - 1] for j in range(1, parts)])
    quantiles = np.quantile(sample, np.arange(1, parts) / parts, method="inverted_cdf")
    fractional = n * np.arange(1, parts) % parts != 0
    assert (exact == quantiles)[fractional].all(), name
    edges = np.unique(exact[exact < sample.max()])
    deciles = np.unique(exact[per - 1::per][exact[per - 1::per] < sample.max()])
    counts = np.histogram(sample, bins=np.concatenate(([-np.inf], np.nextafter(edges, np.inf), [np.inf])))[0]
    return {
        "name": name, "sample": sample.tolist(), "decision_bins": decision, "fine_bins": fine,
        "edges": edges.tolist(), "deciles": deciles.tolist(), "counts": counts.tolist(),
        "mean": sample.mean(), "stddev": sample.std(ddof=1), "min": sample.min(), "max": sample.max(),
        "low_mean": sample[sample <= edges[0]].mean(), "high_mean": sample[sample > edges[-1]].mean(),
    }


rng = np.random.default_rng(20261121)
cases = [
    case("normal", np.round(rng.normal(size=700), 4), 10, 64),
    case("fewer values than bins", rng.normal(size=37), 10, 256),
    case("ties", rng.poisson(3, size=500), 10, 256),
    case("zero and one", rng.integers(0, 2, size=200), 10, 256),
    case("mostly one value", np.where(rng.random(400) < 0.8, 0.0, rng.normal(size=400)), 10, 50),
    case("skewed", np.round(np.exp(rng.normal(0, 3, size=600)), 3), 10, 100),
    case("quintiles", np.round(rng.uniform(-1, 1, size=333), 5), 5, 5),
    case("large mean", 1e9 + np.round(rng.normal(size=300), 3), 10, 20),
]
json.dump(cases, sys.stdout, indent=1)
print()
