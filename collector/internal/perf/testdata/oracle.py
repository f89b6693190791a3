#!/usr/bin/python3
"""Writes metrics.sklearn.json beside this script: data and what scikit-learn
(1.2) and numpy say about it. Run by hand; tests read the file."""
import json, os
import numpy as np
from sklearn import metrics as m
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(20261101)
out = {}


def ece(p, y):
    b = np.minimum((p * 10).astype(int), 9)
    return float(sum((b == i).mean() * abs(p[b == i].mean() - y[b == i].mean()) for i in range(10) if (b == i).any()))


def binary(name, p, y, threshold):
    f = (p >= threshold).astype(int)
    tn, fp, fn, tp = m.confusion_matrix(y, f, labels=[0, 1]).ravel()
    out[name] = dict(task="binary", scores=[[float(v)] for v in p], predicted=f.tolist(), actual=y.tolist(), want=dict(
        accuracy=m.accuracy_score(y, f), precision=m.precision_score(y, f), recall=m.recall_score(y, f),
        f1=m.f1_score(y, f), fpr=fp / (fp + tn), fnr=fn / (fn + tp),
        roc_auc=m.roc_auc_score(y, p), pr_auc=m.average_precision_score(y, p),
        log_loss=m.log_loss(y, np.c_[1 - p, p], eps=1e-15), brier=m.brier_score_loss(y, p), ece=ece(p, y)))


n = 2000
p = rng.uniform(size=n)
binary("uniform", p, (rng.uniform(size=n) < p).astype(int), 0.5)
x = rng.normal(-6.6, 1, size=8000)
y = (rng.uniform(size=8000) < 1 / (1 + np.exp(-x))).astype(int)
binary("fraud", 1 / (1 + np.exp(-(x + rng.normal(0, .3, size=8000)))), y, 0.004)
p = np.where(rng.uniform(size=n) < .3, np.round(rng.uniform(size=n)), rng.uniform(size=n))
binary("zero_and_one", p, (rng.uniform(size=n) < .2 + .6 * p).astype(int), 0.5)
p = rng.choice([.1, .3, .35, .9], size=n)
binary("few_values", p, (rng.uniform(size=n) < p).astype(int), 0.33)
p = 1 / (1 + np.exp(-rng.normal(0, 6, size=n)))
binary("confident", p, (rng.uniform(size=n) < .9 * p + .05).astype(int), 0.5)

for name, k, n in [("multiclass", 4, 600), ("rare_classes", 9, 300)]:
    logits = rng.normal(size=(n, k)) + np.linspace(0, 2.5, k)
    s = np.exp(logits); s /= s.sum(1, keepdims=True)
    f = s.argmax(1)
    y = np.array([rng.choice(k, p=q) for q in (s * .7 + .3 / k)])
    if name == "rare_classes":
        y[y == 0] = 1  # a class that is sometimes predicted, never true, and one never predicted
        f[f == 2] = 3
    onehot = np.eye(k)[y]
    seen = [c for c in range(k) if 0 < onehot[:, c].sum() < n]
    want = dict(accuracy=m.accuracy_score(y, f), brier=float(((s - onehot) ** 2).sum(1).mean()),
                log_loss=m.log_loss(y, s, labels=range(k), eps=1e-15),
                ece=ece(s[np.arange(n), f], (f == y).astype(int)),
                roc_auc=float(np.mean([m.roc_auc_score(onehot[:, c], s[:, c]) for c in seen])),
                pr_auc=float(np.mean([m.average_precision_score(onehot[:, c], s[:, c]) for c in seen])))
    for metric, fn in [("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)]:
        want[metric] = fn(y, f, average="macro", zero_division=0)
        for average in ["micro", "weighted"]:
            want[metric + "_" + average] = fn(y, f, average=average, zero_division=0)
    labels = sorted(set(y) | set(f))
    mc = m.multilabel_confusion_matrix(y, f, labels=labels)
    share = lambda a, b: a / b if b else 0
    want["fpr"] = float(np.mean([share(c[0, 1], c[0].sum()) for c in mc]))
    want["fnr"] = float(np.mean([share(c[1, 0], c[1].sum()) for c in mc]))
    pc = m.precision_recall_fscore_support(y, f, labels=range(k), zero_division=0)
    out[name] = dict(task="multiclass", scores=s.tolist(), predicted=f.tolist(), actual=y.tolist(), want=want,
                     classes=[[float(v) for v in r] for r in zip(*pc[:3])])

for name, centre, spread, n in [("regression", 3, 2, 1000), ("far_from_zero", 1e9, 1, 1000), ("two", 5, 1, 2)]:
    y = centre + spread * rng.standard_normal(n)
    f = y + .5 * spread * rng.standard_normal(n) + .1 * spread
    if name == "regression":
        y[:5] = 0
    e = f - y
    nz = y != 0
    out[name] = dict(task="regression", values=f.tolist(), truth=y.tolist(), want=dict(
        mae=m.mean_absolute_error(y, f), rmse=m.mean_squared_error(y, f, squared=False), r2=m.r2_score(y, f),
        mape=m.mean_absolute_percentage_error(y[nz], f[nz]), bias=float(e.mean())))


def dcg(r):
    return sum((2 ** v - 1) / np.log2(i + 2) for i, v in enumerate(r[:10]))


requests, ndcg, rr, hit = [], [], [], []
for _ in range(200):
    r = rng.choice([0, 0, 0, 0, 0, 0, 1, 2, 3], size=rng.integers(1, 25)).astype(float)
    requests.append(r.tolist())
    best = dcg(sorted(r, reverse=True))
    ndcg.append(dcg(r) / best if best else 0)
    if len(r) > 1:  # sklearn, given gains as relevance, agrees
        gain = (2 ** r - 1)[None]
        assert abs(ndcg[-1] - m.ndcg_score(gain, -np.arange(len(r))[None], k=10)) < 1e-12
    first = next((i + 1 for i, v in enumerate(r) if v > 0), 0)
    rr.append(1 / first if first else 0)
    hit.append(0 < first <= 10)
flat = [v for r in requests for v in r]
out["ranking"] = dict(task="ranking", requests=requests, want=dict(
    ndcg=float(np.mean(ndcg)), mrr=float(np.mean(rr)), hit_rate=float(np.mean(hit)),
    ctr=float(np.mean([v > 0 for v in flat]))))

# isotonic regression of grouped data: score, right ones, all
g = 60
x = np.sort(rng.choice(np.arange(1, 512), size=g, replace=False)) / 512 + 1 / 1024
n = rng.integers(1, 40, size=g)
k = rng.binomial(n, np.clip(x + rng.normal(0, .2, size=g), 0, 1))
fit = IsotonicRegression().fit(x, k / n, sample_weight=n)
isotonic = dict(scores=x.tolist(), right=k.tolist(), labels=n.tolist(), want=fit.predict(x).tolist())

here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "metrics.sklearn.json"), "w") as f:
    json.dump(dict(cases=out, isotonic=isotonic), f, default=lambda v: v.item())
    f.write("\n")
