"""Deciles of the California housing reference, and PSI and KS of the analysis
against it, for TestCaliforniaAgreesWithNumpy. The data is not part of the
repository. Run:

    /usr/bin/python3 california.numpy.py $MODEL_EXPORTER_TESTDATA > california.numpy.json
"""
import csv
import json
import math
import sys

import numpy as np
from scipy import stats

COLUMNS = ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude",
           "y_pred_proba"]


def load(name):
    with open(f"{sys.argv[1]}/california_housing/california_housing_{name}.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    return {c: np.array([float(r[c]) for r in rows]) for c in COLUMNS}


def shares(values, edges):
    counts = np.array([np.sum((values > lo) & (values <= hi))
                       for lo, hi in zip([-math.inf] + edges, edges + [math.inf])], dtype=float)
    return counts.tolist(), np.where(counts == 0, 0.5, counts) / counts.sum()


reference, analysis = load("reference"), load("analysis")
out = {}
for column in COLUMNS:
    base, live = np.sort(reference[column]), analysis[column]
    edges = sorted({base[math.ceil(len(base) * i / 10) - 1] for i in range(1, 10)} - {base[-1]})
    m, q = shares(base, edges)
    n, p = shares(live, edges)
    out[column] = {
        "deciles": [float(e) for e in edges], "reference_counts": m, "analysis_counts": n,
        "psi": float(np.sum((p - q) * np.log(p / q))),
        "ks": float(stats.ks_2samp(base, live).statistic),
        "mean": float(base.mean()), "stddev": float(base.std(ddof=1)),
    }
json.dump(out, sys.stdout, indent=1)
print()
