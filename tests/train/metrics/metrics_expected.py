#!/usr/bin/env python3
"""Prints the expected numbers of metrics_test.cpp, computed with scikit-learn and NumPy (Debian: python3-sklearn).

The data come from a small generator that the test repeats; all values are exact in float32, and many are equal.
"""
import numpy as np
from sklearn import metrics as m


class Generator:
    """The linear congruential generator of the C standard's example, upper bits."""

    def __init__(self, seed):
        self.state = seed

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return (self.state >> 16) % n


def weights_of(g, rows, weighted):
    return np.array([g.below(5) * 0.25 if weighted else 1.0 for _ in range(rows)])


def classification(k, weighted):
    g, rows = Generator(k), 200
    p, y = np.zeros((rows, k)), np.zeros(rows, int)
    for i in range(rows):
        y[i] = g.below(k)
        p[i, y[i]] += g.below(24)
        left = 64 - int(p[i, y[i]])
        for _ in range(left):
            p[i, g.below(k)] += 1
    p /= 64
    w = weights_of(g, rows, weighted)
    guess = p.argmax(1)
    one_hot = np.eye(k)[y]
    aucs = [m.roc_auc_score(y == c, p[:, c], sample_weight=w) for c in range(k)]
    precision, recall, f1, support = m.precision_recall_fscore_support(
        y, guess, labels=range(k), sample_weight=w, zero_division=0)
    confidence, right = p.max(1), guess == y
    ece = 0.0
    for b in range(15):
        inside = np.minimum((confidence * 15).astype(int), 14) == b
        if w[inside].sum() > 0:
            ece += w[inside].sum() / w.sum() * abs(
                np.average(right[inside], weights=w[inside]) - np.average(confidence[inside], weights=w[inside]))
    order = np.argsort(-p, axis=1, kind="stable")[:, :5]
    top5 = np.average((order == y[:, None]).any(1), weights=w)
    values = [m.log_loss(y, p, eps=1e-15, sample_weight=w), m.accuracy_score(y, guess, sample_weight=w),
              m.balanced_accuracy_score(y, guess, sample_weight=w),
              m.f1_score(y, guess, average="macro", sample_weight=w),
              m.f1_score(y, guess, average="weighted", sample_weight=w),
              aucs[1] if k == 2 else np.mean(aucs), ece, np.average(((p - one_hot)**2).sum(1), weights=w), top5,
              precision[-1], recall[-1], f1[-1], support[-1], aucs[-1],
              m.confusion_matrix(y, guess, sample_weight=w)[0, k - 1]]
    print(f"    {{{k}, {str(weighted).lower()}, " + ", ".join(f"{float(v):.15g}" for v in values) + "},")


def multilabel(weighted):
    g, rows, k = Generator(77), 150, 4
    p, y = np.zeros((rows, k)), np.zeros((rows, k), int)
    for i in range(rows):
        for j in range(k):
            y[i, j] = g.below(3) == 0
            p[i, j] = (g.below(48) + 16 * y[i, j]) / 64
    w = weights_of(g, rows, weighted)
    guess = (p > 0.5).astype(int)
    true_p = np.clip(np.where(y == 1, p, 1 - p), 1e-15, None)
    values = [np.average(-np.log(true_p).mean(1), weights=w), m.accuracy_score(y, guess, sample_weight=w),
              m.hamming_loss(y, guess, sample_weight=w), m.f1_score(y, guess, average="micro", sample_weight=w),
              m.f1_score(y, guess, average="macro", sample_weight=w), m.roc_auc_score(y, p, sample_weight=w)]
    print(f"    {{{str(weighted).lower()}, " + ", ".join(f"{v:.15g}" for v in values) + "},")


def regression(weighted):
    g, rows, k = Generator(5), 120, 3
    y, z = np.zeros((rows, k)), np.zeros((rows, k))
    for i in range(rows):
        for j in range(k):
            y[i, j] = g.below(1000) / 8 * (j + 1) - 40
            z[i, j] = y[i, j] + (g.below(200) - 90) / 16
    w = weights_of(g, rows, weighted)
    used = w > 0
    values = [m.mean_squared_error(y, z, sample_weight=w, squared=False), m.mean_absolute_error(y, z, sample_weight=w),
              m.r2_score(y, z, sample_weight=w), np.abs(y - z)[used].max(),
              m.mean_squared_error(y[:, 2], z[:, 2], sample_weight=w, squared=False),
              m.mean_absolute_error(y[:, 2], z[:, 2], sample_weight=w), m.r2_score(y[:, 2], z[:, 2], sample_weight=w),
              np.abs(y - z)[used, 2].max(), np.average(y[:, 2], weights=w),
              np.sqrt(np.average((y[:, 2] - np.average(y[:, 2], weights=w))**2, weights=w)),
              np.average(0.5 * ((z - y)**2).sum(1), weights=w)]
    print(f"    {{{str(weighted).lower()}, " + ", ".join(f"{v:.15g}" for v in values) + "},")


for classes in range(2, 13):
    for is_weighted in (False, True):
        classification(classes, is_weighted)
for is_weighted in (False, True):
    multilabel(is_weighted)
for is_weighted in (False, True):
    regression(is_weighted)
