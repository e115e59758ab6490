"""Boundaries of a trial that is looked at more than once, by alpha spending.

The score at information fraction t is a Brownian motion, B(t) = Z(t)·√t ~ N(drift·t, t), whose drift is the mean of Z
at the end. Its density on the continuation region is carried from look to look by numerical integration (Armitage,
McPherson and Rowe 1969; Jennison and Turnbull 2000, chapter 19). Spending: Lan and DeMets 1983, in the types of O'Brien
and Fleming and of Pocock; Kim and DeMets 1987; Hwang, Shih and DeCani 1990; Haybittle 1971 and Peto 1976.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import optimize
from scipy.special import ndtr, ndtri

from simlab.stats.intervals import Array

Spending = Literal["obrien-fleming", "pocock", "kim-demets", "hwang-shih-decani", "haybittle-peto"]
Sides = Literal[1, 2]

_POINTS = 401
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(_POINTS)
_FAR = 9.0  # standard deviations; a one-sided region ends this far below the mean
_HIGHEST = 12.0  # no boundary on the scale of z lies beyond
HAYBITTLE = 3.0


@dataclass(frozen=True)
class Look:
    """One look: information fraction, alpha spent up to it, boundary on z, and the nominal p that belongs to it."""

    fraction: float
    spent: float
    z: float
    p: float


def spent(spending: Spending, fraction: float, alpha: float, sides: Sides = 2, parameter: float | None = None) -> float:
    """Alpha spent up to an information fraction, 0 to alpha.

    parameter: rho of Kim and DeMets (2), gamma of Hwang, Shih and DeCani (−4).
    """
    t = min(fraction, 1.0)
    if spending == "obrien-fleming":
        tail = alpha / (2 * sides)
        return float(2 * sides * ndtr(ndtri(tail) / np.sqrt(t)))
    if spending == "pocock":
        return float(alpha * np.log1p((np.e - 1) * t))
    if spending == "kim-demets":
        return float(alpha * t ** (2.0 if parameter is None else parameter))
    if spending == "hwang-shih-decani":
        gamma = -4.0 if parameter is None else parameter
        return float(alpha * (t if gamma == 0 else np.expm1(-gamma * t) / np.expm1(-gamma)))
    raise ValueError("Haybittle and Peto's boundary spends what its fixed limits take")


def boundaries(
    fractions: Sequence[float],
    alpha: float,
    spending: Spending = "obrien-fleming",
    *,
    sides: Sides = 2,
    parameter: float | None = None,
) -> list[Look]:
    """The boundary at each look. With `haybittle-peto` every look but the last has `parameter` (3) and the last takes
    what is left of alpha; raises ValueError for fractions that do not rise from above 0 to at most 1."""
    _refuse(fractions)
    if spending == "haybittle-peto":
        return _fixed(fractions, alpha, HAYBITTLE if parameter is None else parameter, sides)
    wanted = [spent(spending, t, alpha, sides, parameter) for t in fractions]
    steps = np.diff(np.concatenate([[0.0], wanted]))
    z: list[float] = []
    walk = Walk(sides)
    for t, step in zip(fractions, steps, strict=True):
        z.append(walk.limit(t, float(step)))
        walk.go_on(t, z[-1])
    return _looks(fractions, wanted, z, sides)


def _refuse(fractions: Sequence[float]) -> None:
    known = [0.0, *fractions]
    if not fractions or any(b <= a for a, b in pairwise(known)) or fractions[-1] > 1:
        raise ValueError("information fractions must rise from above 0 to at most 1")


def _looks(fractions: Sequence[float], used: Sequence[float], z: Sequence[float], sides: Sides) -> list[Look]:
    tails = sides * ndtr(-np.asarray(z))
    return [Look(t, s, b, float(p)) for t, s, b, p in zip(fractions, used, z, tails, strict=True)]


def _fixed(fractions: Sequence[float], alpha: float, limit: float, sides: Sides) -> list[Look]:
    walk, used, z, total = Walk(sides), [], [], 0.0
    for place, t in enumerate(fractions):
        last = place == len(fractions) - 1 and t >= 1
        if last and total >= alpha:
            raise ValueError("the limits of the earlier looks spend all of alpha")
        z.append(walk.limit(t, alpha - total) if last else limit)
        total += sum(walk.crossing(t, z[-1]))
        used.append(total)
        walk.go_on(t, z[-1])
    return _looks(fractions, used, z, sides)


def shaped(
    fractions: Sequence[float], alpha: float, shape: Literal["pocock", "obrien-fleming"], *, sides: Sides = 2
) -> list[Look]:
    """The classical boundaries: one limit for all looks (Pocock 1977), or limits C/√t (O'Brien and Fleming 1979)."""
    _refuse(fractions)
    scale = np.ones(len(fractions)) if shape == "pocock" else 1 / np.sqrt(np.asarray(fractions))
    constant = _root(lambda c: sum(map(sum, crossings(fractions, c * scale, sides=sides))) - alpha)
    z = (constant * scale).tolist()
    used = np.cumsum([sum(pair) for pair in crossings(fractions, z, sides=sides)]).tolist()
    return _looks(fractions, used, z, sides)


def crossings(
    fractions: Sequence[float], z: Sequence[float] | Array, *, drift: float = 0.0, sides: Sides = 2
) -> list[tuple[float, float]]:
    """Chance of crossing for the first time at each look: (above, below); below is 0 for one side."""
    walk, made = Walk(sides, drift), []
    for t, limit in zip(fractions, z, strict=True):
        made.append(walk.crossing(t, float(limit)))
        walk.go_on(t, float(limit))
    return made


def drift_for(fractions: Sequence[float], z: Sequence[float], power: float, *, sides: Sides = 2) -> float:
    """The drift (mean of z at the end) at which the chance of crossing above is `power`."""
    return _root(lambda d: sum(up for up, _ in crossings(fractions, z, drift=d, sides=sides)) - power, 0.0)


def _root(function: Callable[[float], float], low: float = 0.05) -> float:
    return float(optimize.brentq(function, low, _HIGHEST, xtol=1e-12, rtol=1e-14))


class Walk:
    """The density of B on the continuation region after the last look; at first all of it is at 0."""

    def __init__(self, sides: Sides, drift: float = 0.0) -> None:
        self.sides, self.drift = sides, drift
        self.at = 0.0
        self.nodes, self.mass = np.zeros(1), np.ones(1)

    def crossing(self, t: float, z: float) -> tuple[float, float]:
        """Chance of going on to fraction t and being above z there, or below −z."""
        step = t - self.at
        ahead = self.nodes + self.drift * step
        edge, sd = z * np.sqrt(t), np.sqrt(step)
        above = float(self.mass @ ndtr((ahead - edge) / sd))
        below = float(self.mass @ ndtr((-edge - ahead) / sd)) if self.sides == 2 else 0.0
        return above, below

    def limit(self, t: float, share: float) -> float:
        """The boundary at t that is crossed with chance `share`; _HIGHEST where that is too small to be reached."""
        if sum(self.crossing(t, _HIGHEST)) >= share:
            return _HIGHEST
        return _root(lambda z: sum(self.crossing(t, z)) - share, -_HIGHEST if self.sides == 1 else 0.0)

    def go_on(self, t: float, z: float) -> None:
        """Carry the density to t and keep what lies inside the boundary."""
        step = t - self.at
        edge = z * np.sqrt(t)
        least = -edge if self.sides == 2 else min(self.drift * t, edge) - _FAR * np.sqrt(t)
        half = (edge - least) / 2
        nodes = least + half * (_NODES + 1)
        ahead = self.nodes + self.drift * step
        density = np.exp(-0.5 * ((nodes[:, None] - ahead) ** 2) / step) / np.sqrt(2 * np.pi * step)
        self.nodes, self.mass, self.at = nodes, (density @ self.mass) * _WEIGHTS * half, t
