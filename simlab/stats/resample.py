"""Ratios over decisions with intervals from resampling whole participants.

Decisions of one participant are alike, so the participant is drawn, not the decision. The interval speaks of other
participants on these cases: it does not allow for drawing other cases.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from simlab.stats.prepare import Codes, Mask, Sieved
from simlab.stats.result import Estimate

Numbers = npt.NDArray[np.float64]
FEW = 10
_AT_ONCE = 4_000_000


def generator(seed: int, label: str) -> np.random.Generator:
    """A random generator that belongs to one use of a seed, so that adding an analysis does not change another."""
    return np.random.default_rng([seed, zlib.crc32(label.encode())])


@dataclass(frozen=True)
class Ratio:
    """Sum of numerators over sum of denominators, with a percentile interval; value None when the denominator is 0."""

    numerator: float
    denominator: float
    value: float | None
    low: float | None
    high: float | None
    se: float | None
    method: str
    participants: int
    undefined_draws: int = 0


def sums(participant: Codes, flags: Mask | Numbers, participants: int) -> Numbers:
    """Column sums by participant: shape (participants, measures) from flags of shape (rows, measures)."""
    columns = [np.bincount(participant, weights=flags[:, j], minlength=participants) for j in range(flags.shape[1])]
    return np.column_stack(columns).astype(np.float64)


def ratios(
    numerators: Numbers, denominators: Numbers, *, rng: np.random.Generator, draws: int, level: float
) -> list[Ratio]:
    """One Ratio a measure from sums by participant of shape (participants, measures)."""
    # A participant without any opportunity adds nothing and is not drawn: "participants" means those with one.
    used = (denominators > 0).any(axis=1)
    over, under = numerators[used], denominators[used]
    drawn = _draw(over, under, rng, draws) if len(over) > 1 else np.full((0, over.shape[1]), np.nan)
    return [_ratio(over[:, j], under[:, j], drawn[:, j], level) for j in range(over.shape[1])]


def _draw(over: Numbers, under: Numbers, rng: np.random.Generator, draws: int) -> Numbers:
    people = len(over)
    made = np.empty((draws, over.shape[1]))
    step = max(1, _AT_ONCE // people)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        weights = rng.multinomial(people, np.full(people, 1.0 / people), size=size).astype(np.float64)
        below = weights @ under
        with np.errstate(invalid="ignore", divide="ignore"):
            made[start : start + size] = np.where(below > 0, (weights @ over) / below, np.nan)
    return made


def statistic(
    by_person: Numbers,
    function: Callable[[Numbers], Numbers],
    *,
    rng: np.random.Generator,
    draws: int,
    level: float,
    groups: Codes | None = None,
) -> tuple[float | None, float | None]:
    """Percentile limits of a function of column sums, resampling rows of `by_person` (participants, columns).

    `function` takes sums of shape (draws, columns) and gives (draws). With `groups` (a code each) participants are
    drawn within their own group, as arms of a fixed size are. Limits are None for one participant or when
    half of the draws or more have no value.
    """
    return statistics(by_person, [function], rng=rng, draws=draws, level=level, groups=groups)[0]


def statistics(
    by_person: Numbers,
    functions: Sequence[Callable[[Numbers], Numbers]],
    *,
    rng: np.random.Generator,
    draws: int,
    level: float,
    groups: Codes | None = None,
) -> list[tuple[float | None, float | None]]:
    """`statistic` of several functions of the same sums, on the same draws."""
    people = len(by_person)
    if people < 2:
        return [(None, None)] * len(functions)
    made = np.empty((len(functions), draws))
    step = max(1, _AT_ONCE // people)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        drawn = _weights(rng, people, groups, size) @ by_person
        with np.errstate(invalid="ignore", divide="ignore"):
            for place, function in enumerate(functions):
                made[place, start : start + size] = function(drawn)
    return [_limits(row[np.isfinite(row)], draws, level) for row in made]


def _limits(held: Numbers, draws: int, level: float) -> tuple[float | None, float | None]:
    if len(held) <= draws / 2:
        return None, None
    low, high = np.quantile(held, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _weights(rng: np.random.Generator, people: int, groups: Codes | None, size: int) -> Numbers:
    """How often each participant is drawn, (size, people)."""
    if groups is None:
        return rng.multinomial(people, np.full(people, 1.0 / people), size=size).astype(np.float64)
    made = np.zeros((size, people))
    for group in np.unique(groups):
        own = np.flatnonzero(groups == group)
        made[:, own] = rng.multinomial(len(own), np.full(len(own), 1.0 / len(own)), size=size)
    return made


def _ratio(over: Numbers, under: Numbers, drawn: Numbers, level: float) -> Ratio:
    numerator, denominator = float(over.sum()), float(under.sum())
    people = int((under > 0).sum())
    if denominator == 0:
        return Ratio(0.0, 0.0, None, None, None, None, "undefined: no such decision", 0)
    value = numerator / denominator
    if people < 2:
        return Ratio(numerator, denominator, value, None, None, None, "no interval: one participant", people)
    if numerator in (0.0, denominator):
        low, high = wilson(value * people, people, level)
        return Ratio(numerator, denominator, value, low, high, None, "Wilson interval on participants", people)
    held = drawn[np.isfinite(drawn)]
    tail = (1 - level) / 2
    low, high = np.quantile(held, [tail, 1 - tail])
    method = f"percentile bootstrap of participants on these cases, {len(drawn)} draws"
    spread = float(np.std(held, ddof=1))
    return Ratio(numerator, denominator, value, float(low), float(high), spread, method, people, len(drawn) - len(held))


def estimate(name: str, label: str, ratio: Ratio, about: Sieved, level: float) -> Estimate:
    """An Estimate of a ratio over the decisions that it is about."""
    return Estimate(
        name,
        label,
        ratio.value,
        "proportion",
        ratio.method,
        low=ratio.low,
        high=ratio.high,
        se=ratio.se,
        level=level if ratio.low is not None else None,
        numerator=ratio.numerator,
        denominator=ratio.denominator,
        n_used=int(ratio.denominator),
        n_dropped=about.n_dropped,
        dropped=about.dropped,
        note=None if ratio.value is not None else "No decision of this kind: the ratio is undefined.",
    )


def wilson(successes: float, n: float, level: float) -> tuple[float, float]:
    """Wilson's score interval for a proportion; n > 0."""
    z = float(stats.norm.ppf(0.5 + level / 2))
    p = successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
