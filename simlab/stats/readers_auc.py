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
    factorial: bool = True


def aucs(made: Readings) -> Array:
    """Empirical AUC by condition and reader (I × J), over the pairs that the reader rated; NaN without any pair."""
    found = np.full((len(made.conditions), len(made.readers)), np.nan)
    for i, j in np.ndindex(found.shape):
        kernel = made.kernel(i, j)
        if np.isfinite(kernel).any():
            found[i, j] = np.nanmean(kernel)
    return found


def area(made: Readings, covariance: Covariance = "jackknife", *, draws: int = 2000, seed: int = 0) -> Performance:
    """AUC of each reader with covariances.

    The jackknife takes any design in which every reader rated two cases of each kind under every condition: readings
    of other cases have covariance 0. DeLong and the bootstrap want all cases rated by all. Raises CannotFit otherwise.
    """
    shape = (len(made.conditions), len(made.readers))
    words = f"bootstrap of cases, {draws} draws" if covariance == "bootstrap" else _WORDS[covariance]
    if covariance == "jackknife":
        theta, found = _jackknife(made)
    else:
        _factorial(made)
        kernels = np.array([made.kernel(i, j) for i, j in np.ndindex(shape)])
        theta = kernels.mean(axis=(1, 2))
        found = _bootstrap(kernels, draws, seed) if covariance == "bootstrap" else _delong(kernels, theta)
    cases = len(made.positives) + len(made.negatives)
    return Performance(made.conditions, made.readers, theta.reshape(shape), found, cases, "auc", words, made.factorial)


_WORDS = {"delong": "DeLong", "jackknife": "jackknife over cases"}


def _delong(kernels: Array, theta: Array) -> Array:
    """Kernels: readings × positives × negatives."""
    _, m, n = kernels.shape
    one, other = kernels.mean(axis=2) - theta[:, None], kernels.mean(axis=1) - theta[:, None]
    found: Array = one @ one.T / ((m - 1) * m) + other @ other.T / ((n - 1) * n)
    return found


def _jackknife(made: Readings) -> tuple[Array, Array]:
    """Leaving a case out takes its structural component away, so no area is computed anew."""
    areas, without = [], []
    for i, j in np.ndindex(len(made.conditions), len(made.readers)):
        kernel = made.kernel(i, j)
        read = np.isfinite(kernel)
        one, other = np.asarray(read.any(axis=1)), np.asarray(read.any(axis=0))
        m, n = int(one.sum()), int(other.sum())
        if min(m, n) < 2:
            raise CannotFit(f"Reader {made.readers[j]} rated {m} positive and {n} negative cases under "
                            f"{made.conditions[i]}; the jackknife needs two of each.")  # fmt: skip
        held = kernel[np.ix_(one, other)]
        theta = float(held.mean())
        row = np.full(sum(kernel.shape), theta)  # a case that was not read changes nothing
        row[: len(one)][one] = (m * theta - held.mean(axis=1)) / (m - 1)
        row[len(one) :][other] = (n * theta - held.mean(axis=0)) / (n - 1)
        areas.append(theta)
        without.append(row)
    gaps = np.array(without)
    cases = gaps.shape[1]
    gaps = gaps - gaps.mean(axis=1, keepdims=True)
    found: Array = gaps @ gaps.T * (cases - 1) / cases
    return np.array(areas), found


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
