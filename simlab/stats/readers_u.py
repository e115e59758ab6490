"""Unbalanced and split-plot reader studies by U-statistics: variances without bias, whoever read whatever.

The AUC of a condition is the mean of the kernel over all (reader, positive, negative) triples that were read, so a
reader counts by the number of pairs. Its covariance with another is the product of the two means minus the mean of
products of triples that share nothing; sums over triples that share given parts come from inclusion and exclusion
(Gallas, Bandos, Samuelson and Wagner 2009; Gallas and Brown 2008).
"""

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from simlab.stats.intervals import Array, CannotFit, Interval, symmetric
from simlab.stats.readers_table import Readings

# Each factor of a triple; a subset says what two triples share at least.
FACTORS = ("reader", "positive", "negative")
Shared = frozenset[str]
SUBSETS: tuple[Shared, ...] = tuple(
    frozenset(f for f, kept in zip(FACTORS, flags, strict=True) if kept) for flags in product((0, 1), repeat=3)
)
NORMAL_FROM = 50.0  # degrees of freedom are whole, and t is normal above this many, as in iMRMC


@dataclass(frozen=True)
class Moments:
    """Sums of products over pairs of triples that share at least a subset, and how many such pairs there are."""

    total: dict[Shared, float]
    pairs: dict[Shared, float]

    def exactly(self, shared: Shared) -> tuple[float, float]:
        """Sum and number of pairs that share these factors and no other."""
        total = pairs = 0.0
        for more in SUBSETS:
            if more >= shared:
                sign = (-1) ** (len(more) - len(shared))
                total += sign * self.total[more]
                pairs += sign * self.pairs[more]
        return total, pairs

    @property
    def covariance(self) -> float:
        """Unbiased covariance of the two means over readers and cases."""
        nothing, n = self.exactly(frozenset())
        if n <= 0:
            raise CannotFit("No two ratings share neither reader nor case; the variance needs more readers and cases.")
        return self.total[frozenset()] / self.pairs[frozenset()] - nothing / n

    def weight(self, factor: str) -> float:
        """Share of pairs of triples that share this factor: 1 / n in a factorial design of n."""
        return self.pairs[frozenset({factor})] / self.pairs[frozenset()]

    def component(self, factor: str) -> float:
        """Plug-in variance component of one factor, from sums that keep the diagonal."""
        whole = frozenset[str]()
        own = frozenset({factor})
        return self.total[own] / self.pairs[own] - self.total[whole] / self.pairs[whole]


def moments(made: Readings, one: int, other: int) -> Moments:
    """Moments of two conditions (or of one with itself)."""
    p, n = len(made.positives), len(made.negatives)
    sums = {side: np.zeros((2, p, n)) for side in (0, 1)}
    total = dict.fromkeys(SUBSETS, 0.0)
    pairs = dict.fromkeys(SUBSETS, 0.0)
    for j in range(len(made.readers)):
        sides = []
        for side, condition in enumerate((one, other)):
            kernel = made.kernel(condition, j)
            both = np.array([np.nan_to_num(kernel), np.isfinite(kernel)], dtype=np.float64)
            sums[side] += both
            sides.append(both)
        _add(total, sides[0][0], sides[1][0], {"reader"})
        _add(pairs, sides[0][1], sides[1][1], {"reader"})
    _add(total, sums[0][0], sums[1][0], set())
    _add(pairs, sums[0][1], sums[1][1], set())
    return Moments(total, pairs)


def _add(into: dict[Shared, float], one: Array, other: Array, shared: set[str]) -> None:
    """Add products of two positive × negative matrices summed over what is not shared."""
    into[frozenset(shared)] += float(one.sum() * other.sum())
    into[frozenset(shared | {"positive"})] += float(one.sum(axis=1) @ other.sum(axis=1))
    into[frozenset(shared | {"negative"})] += float(one.sum(axis=0) @ other.sum(axis=0))
    into[frozenset(shared | {"positive", "negative"})] += float((one * other).sum())


@dataclass(frozen=True)
class Estimated:
    """AUC of each condition and the differences of each pair, with what could not be given.

    `cautious` holds the differences on the least degrees of freedom, where not every reader read every case.
    """

    means: dict[str, Interval]
    differences: dict[tuple[str, str], Interval]
    remarks: tuple[str, ...]
    cautious: dict[tuple[str, str], Interval]


def analyse(made: Readings, *, level: float = 0.95) -> Estimated:
    """AUC by condition, weighted by pairs read, and differences; random readers and cases.

    A variance estimated at or below zero gives no interval, and is said.
    """
    count = len(made.conditions)
    known = {(a, b): moments(made, a, b) for a in range(count) for b in range(a, count)}
    values = [_value(made, known[a, a], a) for a in range(count)]
    remarks: list[str] = []
    means = {
        made.conditions[a]: _interval(values[a], known[a, a].covariance, _freedom([known[a, a]]), level,
                                      f"AUC of {made.conditions[a]}", "proportion", remarks)
        for a in range(count)
    }  # fmt: skip
    differences, cautious = {}, {}
    for a, b in combinations(range(count), 2):
        three = [known[a, a], known[b, b], known[a, b]]
        variance = three[0].covariance + three[1].covariance - 2 * three[2].covariance
        pair = (made.conditions[a], made.conditions[b])
        name, freedom = " minus ".join(pair), _freedom(three)
        differences[pair] = _interval(values[a] - values[b], variance, freedom, level, name, "difference", remarks)
        if variance > 0 and not made.factorial:
            cautious[pair] = _cautiously(differences[pair], variance, freedom[0], name, remarks)
    return Estimated(means, differences, tuple(remarks), cautious)


def _cautiously(found: Interval, variance: float, least: float, name: str, remarks: list[str]) -> Interval:
    """The interval on the least degrees of freedom, and a remark that gives it.

    The degrees of freedom of Obuchowski, Gallas and Hillis (2012) are those of a plug-in variance in a design in which
    all read all. The unbiased variance of a split design varies more: that of 12 readers with half of the cases each
    as if it had 9 degrees of freedom, where the formula gives 30 (docs/validation_further.md).
    """
    wide = symmetric(found.value, float(np.sqrt(variance)), least, found.level, found.method, found.scale)
    remarks.append(
        "Not every reader read every case. There, intervals by U-statistics, with the degrees of freedom of "
        f"Obuchowski, Gallas and Hillis (2012), tend to be too narrow. On the least degrees of freedom, "
        f"{least:g}, the interval of {name} is {wide.low:.4f} to {wide.high:.4f}."
    )
    return wide


def _value(made: Readings, own: Moments, condition: int) -> float:
    if own.pairs[frozenset()] == 0:
        raise CannotFit(f"Nobody rated both a positive and a negative case under {made.conditions[condition]}.")
    # The sum over all pairs of triples is the square of the sum over triples.
    return float(np.sqrt(own.total[frozenset()] / own.pairs[frozenset()]))


def _interval(
    value: float,
    variance: float,
    freedom: "tuple[float, dict[str, float]]",
    level: float,
    name: str,
    scale: str,
    remarks: list[str],
) -> Interval:
    method = "U-statistics, random readers and cases, readers weighted by pairs"
    if variance <= 0:
        remarks.append(f"The variance of {name} is estimated at {variance:.3g}: no interval can be given.")
        return Interval(value, None, None, None, None, level, method, scale)
    least, spread = freedom
    noise = sum(spread.values())
    df = max(variance**2 / noise, least) if noise > 0 else None
    if df is not None:
        df = None if df > NORMAL_FROM else float(np.floor(df))
    return symmetric(value, float(np.sqrt(variance)), df, level, method, scale)


def _freedom(known: list[Moments]) -> tuple[float, dict[str, float]]:
    """The least degrees of freedom, and each factor's part of the Satterthwaite denominator.

    One Moments for a mean; two with their cross moments for a difference.
    """
    own = known[:1] if len(known) == 1 else known[:2]
    least: dict[str, float] = {}
    spread: dict[str, float] = {}
    for factor in FACTORS:
        degrees = min(round(1 / m.weight(factor) - 1) for m in own)
        if degrees < 1:
            raise CannotFit(f"One {factor} makes nearly all ratings; the variance needs more than one.")
        component = sum(m.component(factor) for m in own)
        if len(known) == 3:
            component -= 2 * known[2].component(factor) if known[2].pairs[frozenset({factor})] else 0.0
        least[factor] = degrees
        spread[factor] = component**2 / degrees**3
    return min(least.values()), spread
