"""From an ordinal model to what a reader thinks in: the share of each answer, and the mean answer, of a cell.

A log odds ratio is not a difference of answers. Shares are integrated over the random effects; standard errors are by
the delta method from the joint covariance of coefficients, variances and thresholds.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import expit

from simlab.stats.intervals import Array, Interval, quantile, symmetric
from simlab.stats.marginal import NODES, WEIGHTS, Cell
from simlab.stats.ordinal import OrdinalFit


def below(fit: OrdinalFit, cell: Cell) -> tuple[Array, Array]:
    """P(answer ≤ c) for each threshold (C − 1) and gradients in (beta, theta, cuts), averaged over the cell's rows.

    The cell's fixed rows have no intercept column.
    """
    x = np.atleast_2d(np.asarray(cell.x, dtype=np.float64))
    variance, turns, at = np.zeros(len(x)), [], 0
    for coded in fit.rows.factors:
        theta = fit.theta[at : at + len(coded.free)]
        at += len(coded.free)
        z = np.broadcast_to(np.atleast_2d(np.asarray(cell.z[coded.name], dtype=np.float64)), (len(x), coded.width))
        loaded = z @ coded.cholesky(theta)
        variance = variance + (loaded**2).sum(axis=1)
        turns.append(np.column_stack([2 * z[:, row] * loaded[:, column] for row, column in coded.free]))
    share = np.full(len(x), 1 / len(x)) if cell.weights is None else cell.weights / np.sum(cell.weights)
    random = np.sqrt(variance)[:, None] * NODES
    values, gradients = [], []
    for place, cut in enumerate(fit.cuts):
        p = expit(cut - (x @ fit.beta)[:, None] - random)
        first = p * (1 - p)
        by_eta = -(first @ WEIGHTS)
        by_variance = 0.5 * (first * (1 - 2 * p)) @ WEIGHTS
        in_cuts = np.zeros(len(fit.cuts))
        in_cuts[place] = -float(share @ by_eta)
        values.append(float(share @ (p @ WEIGHTS)))
        gradients.append(np.concatenate([(share * by_eta) @ x, (share * by_variance) @ np.hstack(turns), in_cuts]))
    return np.array(values), np.array(gradients)


def shares(fit: OrdinalFit, cell: Cell, *, level: float = 0.95) -> list[Interval]:
    """Share of each category in a cell; intervals are symmetric on the logit scale."""
    p, gradient = below(fit, cell)
    edge = np.zeros((1, gradient.shape[1]))
    values = np.diff(np.concatenate([[0.0], p, [1.0]]))
    slopes = np.diff(np.vstack([edge, gradient, edge]), axis=0)
    df, words = degrees_of_freedom(fit)
    method = f"cumulative logit mixed model, marginal over random effects, delta method on the logit, {words}"
    made = []
    for value, slope in zip(values, slopes, strict=True):
        se = _se(fit, slope)
        if not np.isfinite(se) or not 0 < value < 1:
            made.append(Interval(float(value), None, None, None, df, level, method, "proportion"))
            continue
        half = quantile(level, df) * se / (value * (1 - value))
        logit = np.log(value / (1 - value))
        low, high = float(expit(logit - half)), float(expit(logit + half))
        made.append(Interval(float(value), low, high, se, df, level, method, "proportion"))
    return made


def mean(fit: OrdinalFit, cell: Cell, *, level: float = 0.95) -> Interval:
    """Mean answer of a cell, in the answers' own numbers."""
    return _mean(fit, [cell], [1.0], level, "points")


def mean_difference(fit: OrdinalFit, one: Cell, other: Cell, *, level: float = 0.95) -> Interval:
    """Mean answer of `one` minus that of `other`."""
    return _mean(fit, [one, other], [1.0, -1.0], level, "points")


def _mean(fit: OrdinalFit, cells: Sequence[Cell], weights: Sequence[float], level: float, scale: str) -> Interval:
    # E(score) = top score − Σ over thresholds of the step there × P(answer ≤ c).
    steps = np.diff(fit.categories)
    found = [below(fit, cell) for cell in cells]
    value = sum(w * (fit.categories[-1] - float(steps @ p)) for w, (p, _) in zip(weights, found, strict=True))
    gradient = -np.sum([w * (steps @ g) for w, (_, g) in zip(weights, found, strict=True)], axis=0)
    df, words = degrees_of_freedom(fit)
    method = f"cumulative logit mixed model, marginal over random effects, delta method, {words}"
    made = symmetric(float(value), _se(fit, gradient), df, level, method, scale)
    return made if len(cells) > 1 else Interval(made.value, made.low, made.high, made.se, df, level, method, scale)


def degrees_of_freedom(fit: OrdinalFit) -> tuple[float, str]:
    """Levels of the smallest random factor less one."""
    least = min(fit.rows.factors, key=lambda coded: coded.count)
    return float(least.count - 1), f"t with {least.name}s − 1 = {least.count - 1} df"


def _se(fit: OrdinalFit, gradient: Array) -> float:
    variance = float(gradient @ fit.joint_vcov @ gradient)
    return float(np.sqrt(variance)) if variance >= 0 else float("nan")
