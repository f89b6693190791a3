#!/usr/bin/python3
"""Writes statistics.scipy.json: every statistic on counts over equal bins, by scipy."""
import json
import pathlib

import numpy as np
from scipy import special, stats
from scipy.spatial import distance

rng = np.random.default_rng(20240501)


def half(counts):
    """Shares, with half a count for an empty bin."""
    return np.where(counts == 0, 0.5, counts) / counts.sum()


def statistics(live, base):
    used = (live + base) > 0
    live, base = live[used], base[used]
    p, q = live / live.sum(), base / base.sum()
    hp, hq = half(live), half(base)
    full = (live > 0).all() and (base > 0).all()
    r = (hp + hq) / 2
    out = {
        "psi": np.sum((hp - hq) * np.log(hp / hq)),
        "kl": stats.entropy(p, q) if full else max(0, np.sum(special.rel_entr(hp, hq))),
        "js": distance.jensenshannon(p, q, base=2)
        if full
        else np.sqrt(np.sum(special.rel_entr(hp, r) + special.rel_entr(hq, r)) / 2 / np.log(2)),
        "hellinger": np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2),
        "tvd": distance.cityblock(p, q) / 2,
        "linf": distance.chebyshev(p, q),
        "chi2": stats.contingency.association(np.array([live, base]), method="cramer"),
        "ks": np.abs(np.cumsum(p) - np.cumsum(q)).max(),
    }
    if full:
        out["psi"] = stats.entropy(p, q) + stats.entropy(q, p)
    return {k: float(v) for k, v in out.items()}


def case(name, live, base):
    live, base = np.asarray(live), np.asarray(base)
    return {"name": name, "live": live.tolist(), "base": base.tolist(), "want": statistics(live, base)}


zipf = 1 / np.arange(1, 51)
zipf /= zipf.sum()
cases = [
    case("two bins", [30, 70], [500, 500]),
    case("deciles without drift", rng.multinomial(2000, [0.1] * 10), [10000] * 10),
    case("deciles with drift", rng.multinomial(2000, np.arange(1, 11) / 55), [10000] * 10),
    case("live is a tiny sample", rng.multinomial(7, [0.1] * 10), [100] * 10),
    case("categories", rng.multinomial(20000, zipf), rng.multinomial(100000, zipf)),
    case("sparse categories", rng.multinomial(50, zipf), rng.multinomial(2000, zipf)),
    case("unseen category", [400, 300, 200, 0, 100], [5000, 3000, 2000, 0, 0]),
    case("a category disappeared", [600, 400, 0], [5000, 3000, 2000]),
    case("nothing in common", [100, 0, 50, 0], [0, 1000, 0, 30]),
    case("large counts", rng.integers(1, 10**9, 256), rng.integers(1, 10**9, 256)),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(cases, indent=1) + "\n")
