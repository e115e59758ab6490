"""Agreement of two raters beyond chance."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Kappa:
    """Cohen's kappa with its large-sample interval.

    `kappa` is None where all ratings are alike or there are none; the interval is None where the standard error is 0,
    as when one rater says the same of everything, since it would claim a certainty that so few texts cannot give.
    """

    n: int
    agreed: int
    kappa: float | None
    se: float | None = None
    low: float | None = None
    high: float | None = None


def cohen_kappa(pairs: Sequence[tuple[bool, bool]]) -> Kappa:
    """Kappa of two raters over yes-or-no ratings (Cohen 1960).

    The standard error is that of Fleiss, Cohen and Everitt (1969), equation 13. Nothing is estimated where expected
    agreement is complete, since then there is nothing beyond chance to agree on.
    """
    n = len(pairs)
    agreed = sum(first == second for first, second in pairs)
    if n == 0:
        return Kappa(0, 0, None)
    cells = {(i, j): sum(pair == (i, j) for pair in pairs) / n for i in (False, True) for j in (False, True)}
    row = {i: cells[i, False] + cells[i, True] for i in (False, True)}
    column = {j: cells[False, j] + cells[True, j] for j in (False, True)}
    observed = agreed / n
    expected = sum(row[i] * column[i] for i in (False, True))
    if math.isclose(expected, 1.0):
        return Kappa(n, agreed, None)
    kappa = (observed - expected) / (1 - expected)
    same = sum(cells[i, i] * (1 - (row[i] + column[i]) * (1 - kappa)) ** 2 for i in (False, True))
    other = (1 - kappa) ** 2 * sum(cells[i, j] * (column[i] + row[j]) ** 2 for i, j in cells if i != j)
    variance = same + other - (kappa - expected * (1 - kappa)) ** 2
    se = math.sqrt(max(0.0, variance)) / (1 - expected) / math.sqrt(n)
    if math.isclose(se, 0.0, abs_tol=1e-12):
        return Kappa(n, agreed, kappa, 0.0)
    return Kappa(n, agreed, kappa, se, max(-1.0, kappa - Z95 * se), min(1.0, kappa + Z95 * se))
