#!/usr/bin/python3
"""Writes critical.scipy.json: quantiles of the limit laws, by scipy."""
import json
import pathlib

from scipy import stats

alphas = [0.1, 0.05, 0.01, 1e-3, 1e-4, 1e-5, 1e-6]
out = {
    "alphas": alphas,
    "chi2": [{"d": d, "quantiles": [stats.chi2.isf(a, d) for a in alphas]} for d in (1, 2, 4, 9, 49, 255)],
    "f": [
        {"d1": d1, "d2": d2, "quantiles": [stats.f.isf(a, d1, d2) for a in alphas]}
        for d1, d2 in ((1, 3), (1, 99), (2.5, 40.5), (9, 81), (9, 4000), (49, 20))
    ],
    "kolmogorov": [stats.kstwobign.isf(a) for a in alphas],
    "normal_two_sided": [stats.norm.isf(a / 2) for a in alphas],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, indent=1) + "\n")
