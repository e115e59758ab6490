"""Obuchowski and Rockette's analysis of readers and cases, with Hillis' degrees of freedom.

Performance θ_ij of reader j under condition i is a two-way table whose errors are correlated because readers see the
same cases: Cov1 for one reader under two conditions, Cov2 for two readers under one, Cov3 for both different
(Obuchowski and Rockette 1995; Hillis 2007, 2014). Where Cov2 − Cov3 is estimated below zero it is taken as zero.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from scipy import stats

from simlab.stats.intervals import Array, CannotFit, Interval, symmetric
from simlab.stats.readers_auc import Performance

# What the conclusion is about: other readers and cases, other cases, or other readers.
Scope = Literal["readers and cases", "cases", "readers"]
CASES: Scope = "cases"
ROUNDING = 1e-14  # where cases are not shared covariances are 0 but for rounding
SCOPES: tuple[Scope, ...] = ("readers and cases", "cases", "readers")
WORDS: dict[Scope, str] = {
    "readers and cases": "random readers, random cases",
    "cases": "these readers, random cases",
    "readers": "random readers, these cases",
}


@dataclass(frozen=True)
class Components:
    """Mean squares, error (co)variances and variance components; components may be negative and are kept so."""

    mean_square_condition: float
    mean_square_reader: float
    mean_square_interaction: float
    variance_error: float
    cov1: float
    cov2: float
    cov3: float
    variance_reader: float
    variance_interaction: float


@dataclass(frozen=True)
class Test:
    """Equality of all conditions: F (or chi-square over its df, df2 infinite) and p."""

    scope: Scope
    statistic: float
    df1: float
    df2: float
    p: float


@dataclass(frozen=True)
class Analysed:
    """One analysis: mean by condition, every difference of two conditions, tests, components and remarks."""

    means: dict[str, dict[Scope, Interval]]
    differences: dict[tuple[str, str], dict[Scope, Interval]]
    tests: tuple[Test, ...]
    components: Components | None
    remarks: tuple[str, ...]


def analyse(made: Performance, *, level: float = 0.95) -> Analysed:
    """Everything the two-way table gives.

    One condition has means alone. One reader has neither components nor any conclusion about other readers. Where
    readers or conditions had cases of their own there is no conclusion about these cases alone.
    """
    i, j = made.theta.shape
    scopes = _scopes(made)
    parts = components(made) if i > 1 and j > 1 else None
    means = {name: _single(made, place, level) for place, name in enumerate(made.conditions)}
    differences = {}
    for one, other in combinations(range(i), 2):
        gap = float(made.theta[one].mean() - made.theta[other].mean())
        pair = (made.conditions[one], made.conditions[other])
        differences[pair] = {scope: _difference(gap, parts, made, scope, level) for scope in scopes}
    tests = tuple(_test(parts, made, scope) for scope in scopes) if parts else ()
    remarks = _remarks(parts) if parts else ()
    if j == 1:
        remarks = ("There is one reader: the intervals say nothing about other readers.",)
    return Analysed(means, differences, tests, parts, remarks)


def _scopes(made: Performance) -> tuple[Scope, ...]:
    if made.theta.shape[1] == 1:
        return (CASES,)
    return SCOPES if made.factorial else ("readers and cases", CASES)


def components(made: Performance) -> Components:
    """Mean squares of θ and the averaged covariances. Raises CannotFit with fewer than two readers or conditions."""
    theta = made.theta
    i, j = theta.shape
    if i < 2 or j < 2:
        raise CannotFit(f"{j} readers and {i} conditions: the analysis of variance needs two of each.")
    by_condition, by_reader, grand = theta.mean(axis=1), theta.mean(axis=0), float(theta.mean())
    interaction = theta - by_condition[:, None] - by_reader[None, :] + grand
    ms_t = j * float(((by_condition - grand) ** 2).sum()) / (i - 1)
    ms_r = i * float(((by_reader - grand) ** 2).sum()) / (j - 1)
    ms_tr = float((interaction**2).sum()) / ((i - 1) * (j - 1))
    error, cov1, cov2, cov3 = averaged(made.covariance, i, j)
    return Components(
        ms_t,
        ms_r,
        ms_tr,
        error,
        cov1,
        cov2,
        cov3,
        variance_reader=(ms_r - ms_tr) / i - cov1 + cov3,
        variance_interaction=ms_tr - error + cov1 + (cov2 - cov3),
    )


def averaged(covariance: Array, i: int, j: int) -> tuple[float, float, float, float]:
    """Error variance, Cov1, Cov2, Cov3: means over the entries of each kind; 0 where there is none."""
    blocks = covariance.reshape(i, j, i, j)
    total = float(blocks.sum())
    error = float(np.einsum("abab->", blocks))
    same_reader = float(np.einsum("abcb->", blocks)) - error
    same_condition = float(np.einsum("abac->", blocks)) - error
    rest = total - error - same_reader - same_condition
    pairs = (i * j, i * j * (i - 1), i * j * (j - 1), i * j * (i - 1) * (j - 1))
    sums = (error, same_reader, same_condition, rest)
    found = [s / n if n else 0.0 for s, n in zip(sums, pairs, strict=True)]
    return found[0], found[1], found[2], found[3]


def denominator(parts: Components, readers: int) -> float:
    """The mean square that the conditions' is compared with when readers and cases are random."""
    return parts.mean_square_interaction + readers * max(parts.cov2 - parts.cov3, 0.0)


def _difference(gap: float, parts: Components | None, made: Performance, scope: Scope, level: float) -> Interval:
    i, j = made.theta.shape
    if parts is None:
        error, cov1, _, _ = averaged(made.covariance, i, j)
        variance, df = error - cov1, None
    else:
        variance, df = _error(parts, i, j, scope)
    method = f"Obuchowski–Rockette, {WORDS[scope]}; covariances: {made.method}"
    se = float(np.sqrt(max(2 / j * variance, 0.0)))
    return symmetric(gap, se, df, level, method, "difference")


def _error(parts: Components, i: int, j: int, scope: Scope) -> tuple[float, float | None]:
    """The error mean square of a scope and its degrees of freedom, None for a normal."""
    plain = float((i - 1) * (j - 1))
    if scope == "cases":
        return parts.variance_error - parts.cov1 + (j - 1) * max(parts.cov2 - parts.cov3, 0.0), None
    if scope == "readers":
        return parts.mean_square_interaction, plain
    mean_square = denominator(parts, j)
    if parts.mean_square_interaction == 0:
        return mean_square, None
    return mean_square, plain * (mean_square / parts.mean_square_interaction) ** 2


def _test(parts: Components, made: Performance, scope: Scope) -> Test:
    i, j = made.theta.shape
    variance, df = _error(parts, i, j, scope)
    if variance <= 0:
        return Test(scope, float("inf"), i - 1, df or float("inf"), 0.0)
    statistic = parts.mean_square_condition / variance
    if df is None:
        return Test(scope, statistic, i - 1, float("inf"), float(stats.chi2.sf((i - 1) * statistic, i - 1)))
    return Test(scope, statistic, i - 1, df, float(stats.f.sf(statistic, i - 1, df)))


def _single(made: Performance, place: int, level: float) -> dict[Scope, Interval]:
    """Mean over readers of one condition, from that condition's data alone."""
    i, j = made.theta.shape
    theta = made.theta[place]
    block = made.covariance.reshape(i, j, i, j)[place, :, place, :]
    error = float(np.trace(block)) / j
    cov2 = max((float(block.sum()) - j * error) / (j * (j - 1)), 0.0) if j > 1 else 0.0
    errors: dict[Scope, tuple[float, float | None]] = {}
    if j > 1:
        ms = float(((theta - theta.mean()) ** 2).sum()) / (j - 1)
        both = ms + j * cov2
        errors["readers and cases"] = (both / j, (j - 1) * (both / ms) ** 2 if ms > 0 else None)
    errors[CASES] = ((error + (j - 1) * cov2) / j, None)
    if j > 1:
        errors["readers"] = (ms / j, float(j - 1))
    words = f"covariances: {made.method}"
    return {
        scope: symmetric(float(theta.mean()), float(np.sqrt(variance)), df, level,
                         f"Obuchowski–Rockette, {WORDS[scope]}; {words}", "proportion")
        for scope, (variance, df) in errors.items()
        if scope in _scopes(made)
    }  # fmt: skip


def _remarks(parts: Components) -> tuple[str, ...]:
    says = []
    if parts.cov2 < parts.cov3 - ROUNDING:
        gap = parts.cov2 - parts.cov3
        says.append(f"Cov2 − Cov3 is {gap:.3g}, below zero; it is taken as zero in tests and limits.")
    if parts.variance_interaction < 0:
        says.append(
            f"The reader by condition variance is estimated below zero ({parts.variance_interaction:.3g}): readers "
            "respond to the condition no more differently than cases explain."
        )
    if parts.variance_reader < 0:
        says.append(f"The reader variance is estimated below zero ({parts.variance_reader:.3g}); it is shown as found.")
    return tuple(says)
