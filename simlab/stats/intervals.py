"""The values that every model and closed form of this package answers with."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]
Codes = NDArray[np.int64]


class CannotFit(ValueError):  # noqa: N818 - reads as a sentence where it is raised
    """The data cannot support the model that was asked for; the text names the place and a remedy."""


@dataclass(frozen=True)
class Interval:
    """A number with its interval, before it is given a name in a report.

    `value`, `low` and `high` are on `scale`; `se` is None where no standard error can be shown;
    `df` is None for a normal interval; `p` is two-sided against no effect, None where there is no such null.
    """

    value: float
    low: float | None
    high: float | None
    se: float | None
    df: float | None
    level: float
    method: str
    scale: str
    p: float | None = None


@dataclass(frozen=True)
class Noninferiority:
    """A one-sided answer to: is the difference above −margin? `low` is the one-sided 1 − alpha limit."""

    shown: bool
    low: float | None
    margin: float
    alpha: float
    p: float | None
    sentence: str


def quantile(level: float, df: float | None) -> float:
    """Two-sided critical value: normal when `df` is None, otherwise Student's t."""
    tail = 0.5 + level / 2
    return float(stats.norm.ppf(tail) if df is None else stats.t.ppf(tail, df))


def two_sided_p(statistic: float, df: float | None) -> float:
    """Two-sided p of a z (df None) or t statistic."""
    return float(2 * (stats.norm.sf(abs(statistic)) if df is None else stats.t.sf(abs(statistic), df)))


def symmetric(value: float, se: float, df: float | None, level: float, method: str, scale: str) -> Interval:
    """value ± critical value × se, with the p against zero; no interval when the SE is not finite."""
    if not np.isfinite(se):
        return Interval(value, None, None, None, df, level, method, scale)
    half = quantile(level, df) * se
    p = two_sided_p(value / se, df) if se > 0 else None
    return Interval(value, value - half, value + half, se, df, level, method, scale, p)


def transformed(interval: Interval, function: np.ufunc, scale: str) -> Interval:
    """The same interval read on another scale; the SE does not carry over, so it is dropped."""
    low = None if interval.low is None else float(function(interval.low))
    high = None if interval.high is None else float(function(interval.high))
    return replace(interval, value=float(function(interval.value)), low=low, high=high, se=None, scale=scale)


def holm(p_values: list[float | None]) -> list[float | None]:
    """Holm's step-down adjusted p values in the order given; an unknown p stays unknown and is not counted."""
    known = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[place] = highest
    return adjusted


def as_array(values: object) -> Array:
    """Floats, with None as NaN."""
    return cast(Array, np.asarray(values, dtype=np.float64))
