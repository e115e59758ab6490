"""Empirical AUC, sensitivity and specificity of each reader, and their covariances over cases.

The empirical area is also the trapezoidal one (Bamber 1975). Covariances of areas that share cases are those of DeLong,
DeLong and Clarke-Pearson (1988), of the jackknife over all cases, or of a bootstrap within positives and negatives.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from simlab.stats.intervals import Array, CannotFit
from simlab.stats.readers_table import Readings

Covariance = Literal["jackknife", "delong", "bootstrap"]
Outcome = Literal["auc", "sensitivity", "specificity"]


@dataclass(frozen=True)
class Performance:
    """theta (I × J): one number for each condition and reader; covariance (I·J × I·J) over cases; and how."""

    conditions: tuple[str, ...]
    readers: tuple[str, ...]
    theta: Array
    covariance: Array
    cases: int
    outcome: Outcome
    method: str


def aucs(made: Readings) -> Array:
    """Empirical AUC by condition and reader (I × J), over the pairs that the reader rated; NaN without any pair."""
    found = np.full((len(made.conditions), len(made.readers)), np.nan)
    for i, j in np.ndindex(found.shape):
        kernel = made.kernel(i, j)
        if np.isfinite(kernel).any():
            found[i, j] = np.nanmean(kernel)
    return found


def area(made: Readings, covariance: Covariance = "jackknife", *, draws: int = 2000, seed: int = 0) -> Performance:
    """AUC of each reader with covariances. Raises CannotFit where a rating is missing: use U-statistics there."""
    _factorial(made)
    kernels = np.array([[made.kernel(i, j) for j in range(len(made.readers))] for i in range(len(made.conditions))])
    flat = kernels.reshape(-1, *kernels.shape[2:])
    theta = flat.mean(axis=(1, 2))
    if covariance == "bootstrap":
        found = _bootstrap(flat, draws, seed)
    elif covariance == "delong":
        found = _delong(flat, theta)
    else:
        found = _jackknife(flat, theta)
    shape = kernels.shape[:2]
    words = f"bootstrap of cases, {draws} draws" if covariance == "bootstrap" else _WORDS[covariance]
    return Performance(made.conditions, made.readers, theta.reshape(shape), found, sum(flat.shape[1:]), "auc", words)


_WORDS = {"delong": "DeLong", "jackknife": "jackknife over cases"}


def _delong(kernels: Array, theta: Array) -> Array:
    """Kernels: readings × positives × negatives."""
    _, m, n = kernels.shape
    one, other = kernels.mean(axis=2) - theta[:, None], kernels.mean(axis=1) - theta[:, None]
    found: Array = one @ one.T / ((m - 1) * m) + other @ other.T / ((n - 1) * n)
    return found


def _jackknife(kernels: Array, theta: Array) -> Array:
    """Leaving a case out takes its structural component away, so no area is computed anew."""
    _, m, n = kernels.shape
    without = np.hstack(
        [(m * theta[:, None] - kernels.mean(axis=2)) / (m - 1), (n * theta[:, None] - kernels.mean(axis=1)) / (n - 1)]
    )
    gaps = without - without.mean(axis=1, keepdims=True)
    found: Array = gaps @ gaps.T * (m + n - 1) / (m + n)
    return found


def _bootstrap(kernels: Array, draws: int, seed: int) -> Array:
    _, m, n = kernels.shape
    rng = np.random.default_rng([seed, 20])
    one = rng.multinomial(m, np.full(m, 1 / m), size=draws) / m
    other = rng.multinomial(n, np.full(n, 1 / n), size=draws) / n
    drawn = np.array([((one @ kernel) * other).sum(axis=1) for kernel in kernels])
    return np.atleast_2d(np.cov(drawn))


def share_right(made: Readings, outcome: Outcome, threshold: float) -> Performance:
    """Sensitivity or specificity of each reader: a rating above `threshold` calls a case positive."""
    _factorial(made)
    positive = outcome == "sensitivity"
    ratings = made.positive_ratings if positive else made.negative_ratings
    right = (ratings > threshold) == positive
    flat = right.reshape(-1, right.shape[2]).astype(float)
    k = flat.shape[1]
    theta = flat.mean(axis=1)
    gaps = flat - theta[:, None]
    covariance = gaps @ gaps.T / ((k - 1) * k)
    return Performance(
        made.conditions,
        made.readers,
        theta.reshape(right.shape[:2]),
        covariance,
        k,
        outcome,
        "sample covariance over cases, which is also the jackknife's",
    )


def _factorial(made: Readings) -> None:
    if not made.factorial:
        raise CannotFit("Not every reader rated every case under every condition; use the U-statistics.")
    if min(len(made.positives), len(made.negatives)) < 2:
        raise CannotFit("Covariances over cases need at least two positive and two negative cases.")
