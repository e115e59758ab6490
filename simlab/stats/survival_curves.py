"""Kaplan–Meier curves of decisions that are clustered in clinicians.

A clinician's decisions are alike, so Greenwood's variance is too small. The variance here is the infinitesimal
jackknife by clinician, as R's `survfit(…, cluster = clinician)` has it; limits are symmetric on the log(−log) scale.
"""

from dataclasses import dataclass

import numpy as np

from simlab.stats.intervals import Array, CannotFit, Codes, quantile
from simlab.stats.prepare import Mask

LARGEST = 20_000_000  # decisions × times; above it the curve is kept at GRID times, evenly spread over the events
GRID = 500
EQUAL = 1e-12


@dataclass(frozen=True)
class Curve:
    """Share not yet decided after each time (J): seconds, number at risk, events, share with its limits.

    Limits are NaN where every decision at risk was made: nothing is left to vary.
    """

    time: Array
    at_risk: Array
    events: Array
    survival: Array
    low: Array
    high: Array
    clusters: int

    def reached(self, share: float) -> tuple[float | None, float | None, float | None]:
        """Seconds by which this share has decided, with limits; None where the curve does not come down so far."""
        return tuple(_crossing(self.time, line, 1 - share) for line in (self.survival, self.low, self.high))  # type: ignore[return-value]

    def at(self, seconds: float) -> float:
        """Share not yet decided at this time."""
        place = int(np.searchsorted(self.time, seconds, side="right")) - 1
        return 1.0 if place < 0 else float(self.survival[place])


def kaplan_meier(
    seconds: Array, decided: Array, clusters: Codes, *, level: float = 0.95, df: float | None = None
) -> Curve:
    """The curve of n times, `decided` 1 for a decision and 0 for a time cut short; clusters: n codes from 0.

    df: of the t distribution of the limits; None is the normal one. Raises CannotFit without any decision.
    """
    events = decided > 0
    if not events.any():
        raise CannotFit("No decision was made before its time was cut short, so there is no curve.")
    time, place, deaths = np.unique(seconds[events], return_inverse=True, return_counts=True)
    at_risk = (len(seconds) - np.searchsorted(np.sort(seconds), time, side="left")).astype(np.float64)
    d = deaths.astype(np.float64)
    left = at_risk - d
    survival = np.asarray(np.cumprod(left / at_risk), dtype=np.float64)
    gone = np.zeros(len(seconds))
    own = np.divide(1.0, left, out=np.full_like(left, np.nan), where=left > 0)
    gone[events] = own[place]
    each = np.divide(d, at_risk * left, out=np.full_like(left, np.nan), where=left > 0)
    spread = np.asarray(np.cumsum(each), dtype=np.float64)
    kept = np.arange(len(time))
    if len(seconds) * len(time) > LARGEST:
        kept = np.unique(np.linspace(0, len(time) - 1, GRID).astype(int))
    se = _log_se(seconds, events, clusters, time, kept, gone, spread)
    low, high = _limits(survival[kept], se, quantile(level, df))
    return Curve(time[kept], at_risk[kept], d[kept], survival[kept], low, high, int(clusters.max()) + 1)


def _log_se(
    seconds: Array, events: Mask, clusters: Codes, time: Array, kept: Codes, gone: Array, spread: Array
) -> Array:
    """SE of log survival at each kept time: what each cluster's weight moves it, squared and summed."""
    count = int(clusters.max()) + 1
    last = np.searchsorted(time, seconds, side="right") - 1
    made = np.empty(len(kept))
    for index, at in enumerate(kept):
        before = np.minimum(last, at)
        moved = np.where(before >= 0, spread[before], 0.0)
        moved = moved - np.where(events & (last <= at), gone, 0.0)
        made[index] = np.sqrt(np.sum(np.bincount(clusters, moved, count) ** 2))
    return made


def _limits(survival: Array, se: Array, critical: float) -> tuple[Array, Array]:
    inner = (survival > 0) & (survival < 1) & np.isfinite(se)
    low, high = np.full_like(survival, np.nan), np.full_like(survival, np.nan)
    log = np.log(survival[inner])
    half = critical * se[inner] / -log
    low[inner] = np.exp(log * np.exp(half))
    high[inner] = np.exp(log * np.exp(-half))
    return low, high


def _crossing(time: Array, line: Array, share: float) -> float | None:
    """The first time at which the line is at or below the share; half-way to the next step where it stays on it."""
    held = np.isfinite(line)
    below = np.flatnonzero(held & (line < share - EQUAL))
    level = np.flatnonzero(held & (np.abs(line - share) <= EQUAL))
    if len(level) and (not len(below) or level[0] < below[0]):
        following = below[0] if len(below) else None
        return None if following is None else float((time[level[0]] + time[following]) / 2)
    return float(time[below[0]]) if len(below) else None
