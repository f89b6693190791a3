#!/usr/bin/python3
"""Writes limits.scipy.json: upper quantiles of limit laws that have no closed
form, by plain simulation with many draws (a minute).

tvd: half the sum of |x_i|, x the multinomial deviations of ten equal bins.
wasserstein: the integral of a Brownian bridge's absolute value at 255 equally
spaced points, over the standard deviation of the uniform law.
"""
import json
import pathlib

import numpy as np

rng = np.random.default_rng(3)


def quantiles(draw, batches, alphas):
    values = np.concatenate([draw() for _ in range(batches)])
    return {"draws": len(values), "alphas": alphas, "quantiles": np.quantile(values, 1 - np.array(alphas)).tolist()}


def tvd():
    z = rng.standard_normal((200_000, 10), dtype=np.float32)
    return np.abs(z - z.mean(1, keepdims=True)).sum(1) / np.sqrt(10) / 2


def wasserstein(bins=256):
    z = rng.standard_normal((20_000, bins), dtype=np.float32)
    walk = np.cumsum(z - z.mean(1, keepdims=True), 1) / np.sqrt(bins)
    return np.abs(walk).sum(1) / bins * np.sqrt(12)


out = {
    "tvd": quantiles(tvd, 40, [0.1, 0.05, 0.01, 1e-3, 1e-4, 1e-5]),
    "wasserstein": quantiles(wasserstein, 100, [0.1, 0.05, 0.01, 1e-3, 1e-4]),
}
pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(out, indent=1) + "\n")
