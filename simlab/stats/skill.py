"""Learning, forgetting and monitoring of skill: closed forms and control charts. Performance is a proportion right."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, stats


def deskilling_index(before: float, after: float) -> float | None:
    """Share of unaided performance lost: (before − after) / before. None when there was none to lose."""
    return (before - after) / before if before else None


def difference_in_differences(
    exposed_before: float, exposed_after: float, control_before: float, control_after: float
) -> float:
    """Change of the exposed arm minus change of the control arm."""
    return (exposed_after - exposed_before) - (control_after - control_before)


def dependency_gap(aided_before: float, unaided_before: float, aided_after: float, unaided_after: float) -> float:
    """Growth of the gain from aid: reliance can widen while aided scores rise."""
    return (aided_after - unaided_after) - (aided_before - unaided_before)


def retention_ratio(post: float, late: float, guessing: float = 0.0) -> float | None:
    """(late − g) / (post − g), g being the rate of right guesses. None when post is not above guessing."""
    return (late - guessing) / (post - guessing) if post > guessing else None


def savings(original: float, relearning: float) -> float | None:
    """Share of the effort to reach criterion that relearning saved. None when there was no original effort."""
    return (original - relearning) / original if original else None


def cases_to_streak(right: Sequence[bool], streak: int) -> int | None:
    """Cases until `streak` right answers in a row; None when the criterion was never reached (censored)."""
    run = 0
    for case, good in enumerate(right, start=1):
        run = run + 1 if good else 0
        if run == streak:
            return case
    return None


def noninferiority_n(p: float, margin: float, power: float = 0.8, alpha: float = 0.025) -> float:
    """Independent decisions a side to show that a true difference of 0 is above −margin (normal approximation)."""
    z = float(stats.norm.ppf(1 - alpha) + stats.norm.ppf(power))
    return 2 * p * (1 - p) * (z / margin) ** 2


@dataclass(frozen=True)
class Chart:
    """The path of a cumulative sum and the case (from 1) at which it first reached its limit, if it did."""

    path: tuple[float, ...]
    signal: int | None


def cusum(failures: Sequence[bool], p0: float, p1: float, limit: float) -> Chart:
    """Watch for loss of competence: failure rate p0 acceptable, p1 > p0 not. Cases in order of completion.

    A missing case is left out of the sequence: it neither advances nor resets the sum.
    """
    return _chart(failures, math.log(p1 / p0), math.log((1 - p1) / (1 - p0)), limit)


def learning_cusum(failures: Sequence[bool], p0: float, p1: float, limit: float) -> Chart:
    """Watch for competence being reached (LC-CUSUM): assumed absent until the sum reaches the limit."""
    return _chart(failures, math.log(p0 / p1), math.log((1 - p0) / (1 - p1)), limit)


def _chart(failures: Sequence[bool], failed: float, succeeded: float, limit: float) -> Chart:
    total, path = 0.0, []
    for failure in failures:
        total = max(0.0, total + (failed if failure else succeeded))
        path.append(total)
    signal = next((case for case, value in enumerate(path, start=1) if value >= limit), None)
    return Chart(tuple(path), signal)


@dataclass(frozen=True)
class Curve:
    """A forgetting curve fitted by least squares: its parameters by name, its sum of squares and AIC."""

    form: str
    parameters: dict[str, float]
    sse: float
    aic: float


def power_curve(days: Sequence[float], right: Sequence[float]) -> Curve:
    """R = a (1 + t)^−b."""
    return _curve("power", lambda t, a, b: a * (1 + t) ** -b, ("a", "b"), (0.9, 0.1), days, right)


def exponential_curve(days: Sequence[float], right: Sequence[float]) -> Curve:
    """R = c + (a − c) e^(−kt): decay to a floor c."""
    names, start = ("a", "c", "k"), (0.9, 0.4, 0.05)
    return _curve("exponential", lambda t, a, c, k: c + (a - c) * np.exp(-k * t), names, start, days, right)


def _curve(
    form: str,
    function: Callable[..., Any],
    names: tuple[str, ...],
    start: tuple[float, ...],
    days: Sequence[float],
    right: Sequence[float],
) -> Curve:
    t, r = np.asarray(days, dtype=np.float64), np.asarray(right, dtype=np.float64)
    found, _ = optimize.curve_fit(function, t, r, p0=start, maxfev=20_000)
    sse = float(((function(t, *found) - r) ** 2).sum())
    aic = len(t) * math.log(sse / len(t)) + 2 * (len(names) + 1) if sse > 0 else -math.inf
    return Curve(form, dict(zip(names, map(float, found), strict=True)), sse, aic)


def ebbinghaus(minutes: float, k: float = 1.84, c: float = 1.25) -> float:
    """Ebbinghaus's own curve of savings, in per cent: 100 k / ((log10 t)^c + k), t in minutes above 1."""
    return float(100 * k / (math.log10(minutes) ** c + k))
