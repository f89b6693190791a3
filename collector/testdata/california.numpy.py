"""Writes california.numpy.json: PSI and KS of the California housing analysis
file against its reference, computed without any code of this project.

    MODEL_EXPORTER_TESTDATA=... python3 california.numpy.py > california.numpy.json

Deciles are data values, the smallest whose share of values at or below it
reaches q; bins are closed on the right. An empty bin counts half a value.
KS is the exact two-sample statistic on raw values.
"""
import csv
import json
import math
import os
import sys

import numpy
from scipy import stats

folder = os.path.join(os.environ["MODEL_EXPORTER_TESTDATA"], "california_housing")


def load(name):
    with open(os.path.join(folder, f"california_housing_{name}.csv")) as f:
        return list(csv.DictReader(f))


def shares(counts):
    n = counts.sum()
    return numpy.where(counts == 0, 0.5, counts) / n


reference, analysis = load("reference"), load("analysis")
out = {}
for column in ["MedInc", "HouseAge", "AveRooms", "AveBedrms", "Population", "AveOccup", "Latitude", "Longitude", "y_pred_proba"]:
    base = numpy.array([float(r[column]) for r in reference])
    live = numpy.array([float(r[column]) for r in analysis])
    ordered = numpy.sort(base)
    edges = sorted({ordered[math.ceil(i * len(base) / 10) - 1] for i in range(1, 10)} - {ordered[-1]})
    p, q = (shares(numpy.bincount(numpy.searchsorted(edges, x, side="left"), minlength=len(edges) + 1)) for x in (live, base))
    out[column] = {
        "deciles": [float(e) for e in edges],
        "psi": float(((p - q) * numpy.log(p / q)).sum()),
        "ks": float(stats.ks_2samp(live, base).statistic),
    }
json.dump(out, sys.stdout, indent=1)
print()
