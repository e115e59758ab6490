"""One and two proportions: Wilson, Newcombe, and the score methods with restricted maximum likelihood.

The score interval of statsmodels 0.15 solves a wrong cubic (its issue 10269), so the restricted likelihood is solved
here. Every function returns None where a denominator is zero.
"""

from collections.abc import Callable

import numpy as np
from scipy import optimize, stats

from simlab.stats.intervals import Interval, Noninferiority, quantile, two_sided_p


def wilson(k: int, n: int, *, level: float = 0.95) -> Interval | None:
    """Share k / n with Wilson's score interval (Wilson 1927)."""
    _refuse(k, n)
    if n == 0:
        return None
    p, z = k / n, quantile(level, None)
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return Interval(p, low, high, None, None, level, "Wilson score", "proportion")


def wald(k1: int, n1: int, k2: int, n2: int, *, level: float = 0.95) -> Interval | None:
    """Difference of shares ± z × unpooled SE. Kept because papers print it; too narrow in small or extreme samples."""
    return _two(k1, n1, k2, n2, level, "Wald, unpooled", _wald)


def newcombe(k1: int, n1: int, k2: int, n2: int, *, level: float = 0.95) -> Interval | None:
    """Difference of shares from two Wilson intervals (Newcombe 1998, method 10)."""
    return _two(k1, n1, k2, n2, level, "Newcombe", _newcombe)


def mee(k1: int, n1: int, k2: int, n2: int, *, level: float = 0.95) -> Interval | None:
    """Difference of shares by inverting the score test (Mee 1984)."""
    return _two(k1, n1, k2, n2, level, "Mee score", lambda a, b, c, d, e: _invert(a, b, c, d, e, correction=1.0))


def miettinen_nurminen(k1: int, n1: int, k2: int, n2: int, *, level: float = 0.95) -> Interval | None:
    """Difference of shares by inverting the score test with variance × N / (N − 1) (Miettinen and Nurminen 1985)."""
    return _two(
        k1,
        n1,
        k2,
        n2,
        level,
        "Miettinen–Nurminen score",
        lambda a, b, c, d, e: _invert(a, b, c, d, e, correction=(b + d) / (b + d - 1)),
    )


def farrington_manning(
    k1: int, n1: int, k2: int, n2: int, margin: float, *, alpha: float = 0.025
) -> Noninferiority | None:
    """Non-inferiority of the first share: H0 p1 − p2 <= −margin, score test (Farrington and Manning 1990)."""
    _refuse(k1, n1)
    _refuse(k2, n2)
    if n1 == 0 or n2 == 0:
        return None
    if not 0 < margin < 1:
        raise ValueError(f"The margin is {margin:g}; give the largest acceptable loss between 0 and 1.")
    p = float(stats.norm.sf(score(k1, n1, k2, n2, -margin)))
    interval = _two(k1, n1, k2, n2, 1 - 2 * alpha, "", lambda a, b, c, d, e: _invert(a, b, c, d, e, correction=1.0))
    low = None if interval is None else interval.low
    shown = p < alpha
    return Noninferiority(
        shown,
        low,
        margin,
        alpha,
        p,
        f"Farrington–Manning score test against a loss of {margin:.1%}: non-inferiority is "
        f"{'shown' if shown else 'not shown'}.",
    )


def restricted(k1: int, n1: int, k2: int, n2: int, difference: float) -> tuple[float, float]:
    """Maximum likelihood (p1, p2) subject to p1 − p2 = difference.

    By the root of the score in p2, which falls from plus to minus infinity between its limits.
    """
    low, high = max(0.0, -difference), min(1.0, 1.0 - difference)
    if high - low < 1e-14:
        return low + difference, low

    def slope(p2: float) -> float:
        p1 = p2 + difference
        total = 0.0
        for k, n, p in ((k1, n1, p1), (k2, n2, p2)):
            total += (k / max(p, 1e-300) if k else 0.0) - ((n - k) / max(1 - p, 1e-300) if n > k else 0.0)
        return total

    gap = 1e-13 * (high - low)
    a, b = low + gap, high - gap
    if slope(a) <= 0:
        p2 = low
    elif slope(b) >= 0:
        p2 = high
    else:
        p2 = float(optimize.brentq(slope, a, b, xtol=1e-15, rtol=1e-14, maxiter=300))
    return min(max(p2 + difference, 0.0), 1.0), p2


def score(k1: int, n1: int, k2: int, n2: int, difference: float, correction: float = 1.0) -> float:
    """z of H0 p1 − p2 = difference with the variance at the restricted maximum likelihood."""
    p1, p2 = restricted(k1, n1, k2, n2, difference)
    variance = (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2) * correction
    gap = k1 / n1 - k2 / n2 - difference
    if variance <= 0:
        return 0.0 if gap == 0 else float(np.copysign(np.inf, gap))
    return float(gap / np.sqrt(variance))


Limits = Callable[[int, int, int, int, float], tuple[float, float, float | None]]


def _two(k1: int, n1: int, k2: int, n2: int, level: float, method: str, limits: Limits) -> Interval | None:
    _refuse(k1, n1)
    _refuse(k2, n2)
    if n1 == 0 or n2 == 0:
        return None
    low, high, se = limits(k1, n1, k2, n2, level)
    p = two_sided_p(score(k1, n1, k2, n2, 0.0), None)
    return Interval(k1 / n1 - k2 / n2, low, high, se, None, level, method, "risk difference", p)


def _wald(k1: int, n1: int, k2: int, n2: int, level: float) -> tuple[float, float, float | None]:
    p1, p2 = k1 / n1, k2 / n2
    se = float(np.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2))
    half = quantile(level, None) * se
    return p1 - p2 - half, p1 - p2 + half, se


def _newcombe(k1: int, n1: int, k2: int, n2: int, level: float) -> tuple[float, float, float | None]:
    one, two = wilson(k1, n1, level=level), wilson(k2, n2, level=level)
    if one is None or two is None or one.low is None or one.high is None or two.low is None or two.high is None:
        raise ValueError("Wilson's interval needs at least one observation in each group.")
    gap = one.value - two.value
    low = gap - float(np.hypot(one.value - one.low, two.high - two.value))
    high = gap + float(np.hypot(one.high - one.value, two.value - two.low))
    return low, high, None


def _invert(
    k1: int, n1: int, k2: int, n2: int, level: float, *, correction: float
) -> tuple[float, float, float | None]:
    gap, z = k1 / n1 - k2 / n2, quantile(level, None)

    def edge(sign: float, end: float) -> float:
        def distance(difference: float) -> float:
            return sign * score(k1, n1, k2, n2, difference, correction) - z

        far = end + sign * 1e-10
        if distance(far) <= 0:
            return end
        return float(optimize.brentq(distance, far, gap, xtol=1e-13, rtol=1e-13))

    return edge(1.0, -1.0), edge(-1.0, 1.0), None


def _refuse(k: int, n: int) -> None:
    if n < 0 or not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a share; give a count between 0 and its denominator.")
