"""What follows from the cells of a grid beside each other: ceilings, the smallest design, what wrong advice buys."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from scipy import stats

if TYPE_CHECKING:
    from simlab.rehearsal.power import CellResult
    from simlab.rehearsal.replicate import Target

Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class Ceiling:
    """The power of one number of cases if clinicians were without end, and what limits each size until then.

    The mean squared standard error is taken as a + b / clinicians: a is what these cases leave unknown of others,
    b / clinicians what more clinicians would still bring. ``cases_share`` is a's part at the largest size tried; more
    than half, and the cases bind. ``low`` and ``high`` are a 95 % Monte-Carlo interval.
    """

    effect: float | None
    wrong: int | None
    cases: int | None
    from_cases: float
    from_clinicians: float
    power: float
    low: float
    high: float
    clinicians: int
    cases_share: float
    binds: Literal["cases", "clinicians"]


@dataclass(frozen=True)
class Smallest:
    """The smallest design of an effect whose power reaches the target; ``sure`` when its interval does too."""

    effect: float | None
    wrong: int | None
    cases: int | None
    clinicians: int
    power: float
    low: float
    high: float
    sure: bool


@dataclass(frozen=True)
class Bought:
    """What ``more`` wrong pieces of advice a form, from ``wrong`` to ``to``, change."""

    effect: float | None
    cases: int | None
    clinicians: int
    wrong: int
    to: int
    more: int
    rsr_width: float | None
    rsr_width_then: float | None
    undefined_rsr: float
    undefined_rsr_then: float
    power: float
    power_then: float


def shown_by(target: "Target", effect: float, se: float) -> float:
    """The chance that a normal estimate with this standard error shows the claim of the target at 5 %."""
    if se <= 0.0:
        return 1.0 if effect + (target.margin or 0.0) != 0.0 else 0.05
    if target.claim == "noninferiority" and target.margin is not None:
        return float(stats.norm.sf(Z - (effect + target.margin) / se))
    above = float(stats.norm.sf(Z - effect / se))
    return above if target.claim == "superiority" else above + float(stats.norm.cdf(-Z - effect / se))


def ceilings(cells: Sequence["CellResult"], target: "Target") -> list[Ceiling]:
    """A ceiling for each number of cases that was tried with two or more numbers of clinicians."""
    made = []
    for group in _groups(cells, "effect", "wrong", "cases"):
        known = [one for one in group if one.se2 is not None]
        if len({one.clinicians for one in known}) < 2:
            continue
        a, error, b = _line(known)
        largest = max(one.clinicians for one in known)
        powers = [shown_by(target, group[0].truth, sqrt(max(a + step * Z * error, 0.0))) for step in (0, 1, -1)]
        share = a / (a + b / largest) if a + b > 0 else 0.0
        first = group[0]
        made.append(
            Ceiling(
                first.effect, first.wrong, first.cases, a, b, powers[0], min(powers), max(powers), largest, share,
                "cases" if share > 0.5 else "clinicians",
            )
        )  # fmt: skip
    return made


def _line(cells: Sequence["CellResult"]) -> tuple[float, float, float]:
    """a, its standard error, and b of mean squared SE = a + b / clinicians, by weighted least squares; both >= 0."""
    x = np.array([1.0 / one.clinicians for one in cells])
    y = np.array([one.se2 for one in cells], dtype=np.float64)
    spread = np.array([one.se2_error or 0.0 for one in cells])
    weights = 1.0 / np.maximum(spread, 1e-3 * y) ** 2
    design = np.column_stack([np.ones_like(x), x])
    covariance = np.linalg.inv(design.T @ (weights[:, None] * design))
    a, b = covariance @ design.T @ (weights * y)
    if a < 0.0:
        a, b = 0.0, float((weights * x * y).sum() / (weights * x * x).sum())
    if b < 0.0:
        a, b = float((weights * y).sum() / weights.sum()), 0.0
    return float(a), float(np.sqrt(covariance[0, 0])), float(b)


def smallest(cells: Sequence["CellResult"], power: float) -> list[Smallest]:
    """For each effect the design of fewest decisions (clinicians × cases) that reaches the power; none where none does.

    Where the protocol's own forms are used, the number of clinicians decides.
    """
    made = []
    for group in _groups(cells, "effect"):
        able = [one for one in group if one.power is not None and one.power >= power]
        if not able:
            continue
        best = min(able, key=lambda one: (one.clinicians * (one.cases or 1), one.clinicians, -(one.power or 0.0)))
        low, high = best.power_low or 0.0, best.power_high or 1.0
        made.append(
            Smallest(
                best.effect, best.wrong, best.cases, best.clinicians, float(best.power or 0.0), low, high, low >= power
            )
        )
    return made


def bought(cells: Sequence["CellResult"]) -> list[Bought]:
    """Each step from one number of wrong advice to the next, all else equal."""
    made = []
    for group in _groups(cells, "effect", "cases", "clinicians"):
        rated = sorted((one for one in group if one.wrong is not None), key=lambda one: one.wrong or 0)
        for one, other in pairwise(rated):
            less, more = one.wrong or 0, other.wrong or 0
            made.append(
                Bought(
                    one.effect, one.cases, one.clinicians, less, more, more - less, one.rsr_width, other.rsr_width,
                    one.undefined_rsr, other.undefined_rsr, float(one.power or 0.0), float(other.power or 0.0),
                )
            )  # fmt: skip
    return made


def _groups(cells: Sequence["CellResult"], *names: str) -> Iterator[list["CellResult"]]:
    found: dict[tuple[Any, ...], list[CellResult]] = {}
    for one in cells:
        found.setdefault(tuple(getattr(one, name) for name in names), []).append(one)
    yield from found.values()
