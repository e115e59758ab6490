"""Classical item statistics: difficulty, item-rest correlation, distractors, and Cronbach's alpha with intervals."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from simlab.stats.intervals import Array
from simlab.stats.resample import wilson

FEW_PERSONS = 10


@dataclass(frozen=True)
class Item:
    """One item. `difficulty` is the mean score: the share right where scores are 0 and 1.

    `rest`: correlation of the item with the mean of the person's other items; None where one of the two never varies.
    `alpha_without`: alpha of the other items. The interval of difficulty is Wilson's, for scores of 0 and 1 alone;
    that of `rest` is Fisher's.
    """

    name: str
    n: int
    difficulty: float | None
    low: float | None
    high: float | None
    rest: float | None
    rest_low: float | None
    rest_high: float | None
    alpha_without: float | None


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha with a percentile interval from resampling persons; KR-20 where scores are 0 and 1."""

    value: float | None
    low: float | None
    high: float | None
    persons: int
    items: int
    kr20: bool
    draws: int


def items(scores: Array, names: Sequence[str], *, level: float = 0.95) -> list[Item]:
    """Statistics of each item from scores (persons × items), NaN where an item was not given."""
    asked = np.isfinite(scores)
    filled = np.where(asked, scores, 0.0)
    binary = bool(np.isin(scores[asked], (0.0, 1.0)).all())
    total, count = filled.sum(axis=1), asked.sum(axis=1)
    covariance = pairwise(scores)
    made = []
    for place, name in enumerate(names):
        mine = asked[:, place]
        others = mine & (count > 1)
        own = scores[others, place]
        rest = (total[others] - own) / (count[others] - 1)
        r = _correlation(own, rest)
        n = int(mine.sum())
        p = float(scores[mine, place].mean()) if n else None
        low, high = wilson(float(scores[mine, place].sum()), n, level) if n and binary else (None, None)
        r_low, r_high = _fisher(r, int(others.sum()), level)
        left = [i for i in range(len(names)) if i != place]
        without = alpha_of(covariance[np.ix_(left, left)])
        made.append(Item(name, n, p, low, high, r, r_low, r_high, without))
    return made


def _correlation(one: Array, other: Array) -> float | None:
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _fisher(r: float | None, n: int, level: float) -> tuple[float | None, float | None]:
    if r is None or n < 4 or abs(r) >= 1:
        return None, None
    half = float(stats.norm.ppf(0.5 + level / 2)) / np.sqrt(n - 3)
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))


def pairwise(scores: Array) -> Array:
    """Covariances of items (I × I), each from the persons who were given both; NaN where fewer than two were."""
    asked = np.isfinite(scores).astype(np.float64)
    # Centring first keeps digits; the sums below allow for each pair's own means.
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = np.where(asked.sum(axis=0) > 0, np.where(asked > 0, scores, 0.0).sum(axis=0) / asked.sum(axis=0), 0.0)
        filled = np.where(asked > 0, scores - centre, 0.0)
        n = asked.T @ asked
        sums = filled.T @ asked  # of the row's item, over those who were given the column's too
        covariance = (filled.T @ filled - sums * sums.T / n) / (n - 1)
    made: Array = np.where(n > 1, covariance, np.nan)
    return made


def alpha_of(covariance: Array) -> float | None:
    """Alpha of a covariance matrix of items: k/(k − 1) · (1 − trace/sum). None with one item or no variance."""
    k = len(covariance)
    total = float(covariance.sum())
    if k < 2 or not np.isfinite(total) or total <= 0:
        return None
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total)


def alpha(scores: Array, *, rng: np.random.Generator, draws: int, level: float = 0.95) -> Alpha:
    """Alpha of scores (persons × items), covariances from persons given both items; persons are resampled.

    No interval with fewer than FEW_PERSONS persons or where half of the draws have no alpha.
    """
    scores = scores[np.isfinite(scores).any(axis=1)]
    persons, k = scores.shape
    asked = np.isfinite(scores)
    kr20 = bool(np.isin(scores[asked], (0.0, 1.0)).all())
    value = alpha_of(pairwise(scores)) if persons > 1 else None
    if value is None or persons < FEW_PERSONS:
        return Alpha(value, None, None, persons, k, kr20, 0)
    drawn = (alpha_of(pairwise(scores[rng.integers(persons, size=persons)])) for _ in range(draws))
    held = [one for one in drawn if one is not None]
    if len(held) <= draws / 2:
        return Alpha(value, None, None, persons, k, kr20, draws)
    low, high = np.quantile(held, [(1 - level) / 2, (1 + level) / 2])
    return Alpha(value, float(low), float(high), persons, k, kr20, draws)


@dataclass(frozen=True)
class Choice:
    """One answer to an item: how many gave it, what share, and the mean rest score of those who did."""

    answer: str
    n: int
    share: float
    rest_mean: float | None
    rest_correlation: float | None
    key: bool


def distractors(answers: Sequence[str | None], rest: Sequence[float | None], key: str | None) -> list[Choice]:
    """Each answer given to one item, commonest first. `rest`: each person's mean on the other items.

    A distractor that good persons choose (a positive correlation) speaks against the item or its key.
    """
    given = [(a, r) for a, r in zip(answers, rest, strict=True) if a is not None]
    made = []
    for answer, n in sorted(Counter(a for a, _ in given).items(), key=lambda pair: (-pair[1], pair[0])):
        known = [(float(a == answer), r) for a, r in given if r is not None]
        chosen = [r for flag, r in known if flag]
        r = _correlation(np.array([f for f, _ in known]), np.array([v for _, v in known]))
        made.append(Choice(answer, n, n / len(given), float(np.mean(chosen)) if chosen else None, r, answer == key))
    return made
