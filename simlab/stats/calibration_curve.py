"""A smooth calibration curve: chance of being right as a restricted cubic spline of confidence, with its interval.

Bins depend on where they are cut; the spline shows the same without cuts. Knots at fixed quantiles (Harrell 2015), the
covariance clustered on participants, whose decisions are alike.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from simlab.stats.intervals import Array, quantile
from simlab.stats.resample import Numbers

POINTS = 21
_KNOTS = {4: (0.05, 0.35, 0.65, 0.95), 3: (0.10, 0.50, 0.90)}
_EXTREME = 20.0  # logits; beyond this the likelihood has no maximum


@dataclass(frozen=True)
class Smooth:
    """confidence, right, low, high: one number a point; knots: the places of the spline's knots, none for a line."""

    confidence: Array
    right: Array
    low: Array
    high: Array
    knots: tuple[float, ...]
    participants: int


def smooth(p: Numbers, y: Numbers, participant: "pd.Series[str]", level: float) -> Smooth | None:
    """The curve between the least and the greatest confidence; None for one confidence, one verdict, one participant
    or data without a finite fit. Four knots, three or a straight line in logits, as the distinct values allow."""
    person, people = pd.factorize(participant, sort=True)
    if len(people) < 2 or np.ptp(p) == 0 or np.ptp(y) == 0:
        return None
    knots = knots_of(p)
    x = basis(p, knots)
    beta = _logistic(x, y)
    if beta is None:
        return None
    fitted = _expit(x @ beta)
    bread = np.linalg.inv((x * (fitted * (1 - fitted))[:, None]).T @ x)
    scores = np.column_stack([np.bincount(person, column) for column in (x * (y - fitted)[:, None]).T])
    count = len(people)
    vcov = bread @ (scores.T @ scores) @ bread * count / (count - 1)
    at = np.linspace(float(p.min()), float(p.max()), POINTS)
    rows = basis(at, knots)
    eta, half = rows @ beta, np.sqrt(np.einsum("ij,jk,ik->i", rows, vcov, rows)) * quantile(level, count - 1)
    return Smooth(at, _expit(eta), _expit(eta - half), _expit(eta + half), knots, count)


def knots_of(p: Numbers) -> tuple[float, ...]:
    """Four knots, or three, at their quantiles where these differ; none where they do not."""
    for count, shares in _KNOTS.items():
        places = np.unique(np.quantile(p, shares))
        if len(places) == count:
            return tuple(float(k) for k in places)
    return ()


def basis(p: Numbers, knots: tuple[float, ...]) -> Array:
    """Intercept, p, and the truncated cubics that are linear beyond the outer knots, (n × 2 + knots − 2)."""
    columns = [np.ones(len(p)), np.asarray(p, dtype=np.float64)]
    if knots:
        last, before, width = knots[-1], knots[-2], (knots[-1] - knots[0]) ** 2
        for knot in knots[:-2]:
            tail = _cube(p - before) * (last - knot) - _cube(p - last) * (before - knot)
            columns.append((_cube(p - knot) - tail / (last - before)) / width)
    return np.column_stack(columns)


def _cube(value: Numbers) -> Numbers:
    return np.asarray(np.maximum(value, 0.0) ** 3)


def _expit(eta: Numbers) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * eta)))


def _logistic(x: Array, y: Numbers) -> Array | None:
    """Maximum likelihood by Newton steps; None without a finite maximum."""
    beta = np.zeros(x.shape[1])
    for _ in range(50):
        p = _expit(x @ beta)
        information = (x * (p * (1 - p))[:, None]).T @ x
        try:
            step = np.linalg.solve(information, x.T @ (y - p))
        except np.linalg.LinAlgError:
            return None
        beta = beta + step
        if not np.isfinite(beta).all() or np.abs(x @ beta).max() > _EXTREME:
            return None
        if np.abs(step).max() < 1e-10 * (1 + np.abs(beta).max()):
            return beta
    return None
