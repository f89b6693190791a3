#!/usr/bin/python3
"""Writes samples.scipy.json: exact distances of raw samples, by scipy, with the
samples' counts over baseline quantiles."""
import json
import pathlib

import numpy as np
from scipy import stats

rng = np.random.default_rng(7)


def case(name, live, base, bins):
    edges = np.unique(np.quantile(base, np.arange(1, bins) / bins, method="inverted_cdf"))

    def side(values):
        index = np.searchsorted(edges, values, side="left")  # right-closed bins
        counts = np.bincount(index, minlength=len(edges) + 1)
        mean = [float(values[index == i].mean()) if counts[i] else None for i in (0, len(edges))]
        return {"counts": counts.tolist(), "low": mean[0], "high": mean[1]}

    scale = float(base.std(ddof=1))
    quantiles = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
    return {
        "name": name,
        "edges": edges.tolist(),
        "scale": scale,
        "live": side(live),
        "base": side(base),
        "min": float(live.min()),
        "max": float(live.max()),
        "ks": float(stats.ks_2samp(live, base).statistic),
        "wasserstein": float(stats.wasserstein_distance(live, base)) / scale,
        "quantiles": quantiles,
        "quantile_values": np.quantile(live, quantiles, method="inverted_cdf").tolist(),
    }


n, m = 3000, 20000
cases = [
    case("same normal", rng.normal(size=n), rng.normal(size=m), 256),
    case("shifted normal", rng.normal(0.3, 1, n), rng.normal(size=m), 256),
    case("wider normal", rng.normal(0, 1.5, n), rng.normal(size=m), 256),
    case("lognormal, heavier", rng.lognormal(0, 1.3, n), rng.lognormal(0, 1, m), 256),
    case("exponential, coarse bins", rng.exponential(1.2, n), rng.exponential(1, m), 10),
    case("integers", rng.poisson(3.5, n).astype(float), rng.poisson(3, m).astype(float), 256),
    case("many zeros", rng.exponential(1, n) * (rng.random(n) < 0.3), rng.exponential(1, m) * (rng.random(m) < 0.2), 256),
    case("outside the baseline", rng.uniform(5, 6, n), rng.uniform(0, 1, m), 64),
    case("far from zero", 1e9 + rng.normal(0.2, 1, n), 1e9 + rng.normal(size=m), 256),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(cases, separators=(",", ":")).replace('},{"name"', '},\n{"name"') + "\n")
