#!/usr/bin/env python3
"""Reconstruction errors by scikit-learn, to compare ours with.

Writes pca.sklearn.json beside this file: rows that components are fitted to, other
rows, and the errors of those. Needs numpy and scikit-learn.
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.decomposition import PCA

REACH = 5  # standard deviations within which values count


def case(name, fit, rows):
    with np.errstate(invalid="ignore"):
        mean, std = np.nanmean(fit, axis=0), np.nanstd(fit, axis=0, ddof=1)
        low, high = mean - REACH * std, mean + REACH * std
        inside = np.clip(fit, low, high)
        mean, std = np.nanmean(inside, axis=0), np.nanstd(inside, axis=0, ddof=1)

    def standardise(x):
        x = np.where(np.isinf(x), np.nan, x)
        z = (np.clip(x, low, high) - mean) / std
        return np.where(np.isnan(z), 0, z)

    pca = PCA(n_components=0.65, svd_solver="full").fit(standardise(fit))
    z = standardise(rows)
    errors = np.linalg.norm(z - pca.inverse_transform(pca.transform(z)), axis=1)
    listed = lambda x: [[None if np.isnan(v) else float(v) for v in row] for row in x]
    return {
        "name": name,
        "fit": listed(fit),
        "rows": listed(rows),
        "components": int(pca.n_components_),
        "explained": float(pca.explained_variance_ratio_.sum()),
        "errors": errors.tolist(),
    }


def main():
    r = np.random.default_rng(7)

    def correlated(n, d, factors):
        return r.normal(size=(n, factors)) @ r.normal(size=(factors, d)) + 0.5 * r.normal(size=(n, d))

    def rounded(x):
        return np.round(x, 4)

    together = rounded(correlated(160, 6, 2))
    cases = [
        case("two factors", together[:100], together[100:]),
        case("independent", rounded(r.normal(size=(120, 5))), rounded(r.normal(size=(40, 5)))),
    ]
    skewed = rounded(np.exp(correlated(160, 4, 1)) * np.array([1, 1e-3, 1e3, 50]))
    cases.append(case("skewed, beyond the bounds", skewed[:100], np.vstack([skewed[100:], [[1e9] * 4, [-1e9] * 4]])))
    holes = rounded(correlated(160, 5, 2))
    holes[r.random(holes.shape) < 0.15] = np.nan
    cases.append(case("missing values", holes[:100], np.vstack([holes[100:], [[np.nan] * 5]])))
    text = json.dumps({"sklearn": sklearn.__version__, "numpy": np.__version__, "cases": cases}, separators=(",", ":"))
    pathlib.Path(__file__).with_suffix(".json").write_text(text.replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
