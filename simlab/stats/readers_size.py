"""How many readers and cases a comparison of two conditions needs, from the components of an earlier study.

Hillis, Obuchowski and Berbaum 2011: error (co)variances shrink as 1 / cases; what differs between readers does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from simlab.stats.intervals import CannotFit
from simlab.stats.readers_or import CASES, Components, Scope

MOST_CASES = 100_000


@dataclass(frozen=True)
class Size:
    """Cases needed with so many readers, and the power they give; `cases` None when no number of cases is enough."""

    readers: int
    cases: int | None
    power: float


def power(
    parts: Components,
    *,
    pilot_cases: int,
    readers: int,
    cases: int,
    difference: float,
    alpha: float = 0.05,
    scope: Scope = "readers and cases",
) -> float:
    """Power of the test of two conditions whose mean performances differ by `difference`.

    `pilot_cases` is the number of cases behind the components; positive and negative cases keep their proportion.
    """
    if readers < 2 and scope != CASES:
        raise CannotFit("A conclusion about other readers needs at least two; plan for two or more.")
    shrink = pilot_cases / cases
    shared = max(parts.cov2 - parts.cov3, 0.0)
    own = shrink * (parts.variance_error - parts.cov1 - shared)
    interaction = max(parts.variance_interaction, 0.0) if scope != CASES else 0.0
    over_cases = shrink * shared if scope != "readers" else 0.0
    residual = interaction + own
    error = residual + readers * over_cases
    if error <= 0:
        return 1.0
    noncentral = readers * difference**2 / (2 * error)
    if scope == CASES:
        critical = float(stats.chi2.ppf(1 - alpha, 1))
        return float(stats.ncx2.sf(critical, 1, noncentral))
    df = (readers - 1) * (error / residual) ** 2
    # scipy.stats.ncf is wrong where the difference is 0; the function beneath it is right.
    return 1.0 - float(special.ncfdtr(1, df, noncentral, stats.f.ppf(1 - alpha, 1, df)))


def sizes(
    parts: Components,
    *,
    pilot_cases: int,
    readers: Sequence[int],
    difference: float,
    wanted: float = 0.8,
    alpha: float = 0.05,
    scope: Scope = "readers and cases",
) -> list[Size]:
    """For each number of readers the fewest cases whose power is at least `wanted`."""
    made = []
    for count in readers:

        def at(cases: int, count: int = count) -> float:
            return power(parts, pilot_cases=pilot_cases, readers=count, cases=cases, difference=difference,
                         alpha=alpha, scope=scope)  # fmt: skip

        best = at(MOST_CASES)
        if best < wanted:
            made.append(Size(count, None, best))
            continue
        low, high = 1, MOST_CASES
        while low < high:
            middle = int(np.floor((low + high) / 2))
            low, high = (low, middle) if at(middle) >= wanted else (middle + 1, high)
        made.append(Size(count, low, at(low)))
    return made
