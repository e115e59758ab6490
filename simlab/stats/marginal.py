"""Risks, risk differences and ratios on the scale a reader thinks in, from a fitted logistic mixed model.

A logit effect is not a risk difference. The risk of a cell is integrated over the random effects, whose total
variance includes slopes and covariances of that cell; its SE is by the delta method from the joint covariance of
coefficients and variance parameters. So the estimate speaks of clinicians and cases such as these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from scipy.special import expit

from simlab.stats.glmm import NUDGE, CannotFit, GlmmFit, fit_rows
from simlab.stats.intervals import Array, Interval, quantile, symmetric

Freedom = Literal["satterthwaite", "normal", "cases", "clinicians", "least"] | float

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class Cell:
    """What is asked of the model: fixed rows x, (k) or (m, k), and random terms z per factor, (q) or (m, q).

    The first random term is the intercept, 1. Several rows are averaged, with `weights` (m) where given.
    """

    label: str
    x: Array
    z: Mapping[str, Array]
    weights: Array | None = None


@dataclass(frozen=True)
class Risk:
    """A marginal probability and its gradient in (beta, theta)."""

    value: float
    gradient: Array


def marginal_risk(fit: GlmmFit, cell: Cell) -> Risk:
    """E[expit(xβ + zb)] averaged over the rows of the cell, by 61-node Gauss–Hermite quadrature."""
    x = np.atleast_2d(np.asarray(cell.x, dtype=np.float64))
    k = fit.beta.size
    if x.shape[1] != k:
        raise CannotFit(f"Cell {cell.label} has {x.shape[1]} fixed columns; the model has {k}.")
    eta = x @ fit.beta
    variance = np.zeros(x.shape[0])
    turns: list[Array] = []
    at = 0
    for coded in fit.rows.factors:
        theta = fit.theta[at : at + len(coded.free)]
        at += len(coded.free)
        z = np.broadcast_to(np.atleast_2d(np.asarray(cell.z[coded.name], dtype=np.float64)), (len(x), coded.width))
        loaded = z @ coded.cholesky(theta)
        variance = variance + (loaded**2).sum(axis=1)
        turns.append(np.column_stack([2 * z[:, row] * loaded[:, column] for row, column in coded.free]))
    p = expit(eta[:, None] + np.sqrt(variance)[:, None] * NODES)
    first = p * (1 - p)
    # d/dv E f(m + √v Z) = ½ E f″, so no division by a variance that may be zero.
    by_variance = 0.5 * (first * (1 - 2 * p)) @ WEIGHTS
    by_eta = first @ WEIGHTS
    share = np.full(len(x), 1 / len(x)) if cell.weights is None else cell.weights / np.sum(cell.weights)
    gradient = np.concatenate([(share * by_eta) @ x, (share * by_variance) @ np.hstack(turns)])
    return Risk(float(share @ (p @ WEIGHTS)), gradient)


def risk(fit: GlmmFit, cell: Cell, *, level: float = 0.95, df: Freedom = "satterthwaite") -> Interval:
    """Marginal probability of a cell; the interval is symmetric on the logit scale."""
    found = marginal_risk(fit, cell)
    se = _se(fit, found.gradient)
    freedom, name = degrees_of_freedom(fit, found.gradient, df)
    spread = found.value * (1 - found.value)
    method = f"marginal over random effects, delta method on the logit, {name}"
    if not np.isfinite(se) or spread == 0:
        return Interval(found.value, None, None, None, freedom, level, method, "probability")
    half = quantile(level, freedom) * se / spread
    logit = np.log(found.value / (1 - found.value))
    low, high = expit(logit - half), expit(logit + half)
    return Interval(found.value, float(low), float(high), se, freedom, level, method, "probability")


def risk_difference(
    fit: GlmmFit, one: Cell, other: Cell, *, level: float = 0.95, df: Freedom = "satterthwaite"
) -> Interval:
    """Marginal risk of `one` minus that of `other`."""
    return linear_combination(fit, [one, other], [1.0, -1.0], level=level, df=df)


def linear_combination(
    fit: GlmmFit, cells: Sequence[Cell], weights: Sequence[float], *, level: float = 0.95, df: Freedom = "satterthwaite"
) -> Interval:
    """Σ weight × marginal risk: a difference in differences has weights 1, −1, −1, 1."""
    risks = [marginal_risk(fit, cell) for cell in cells]
    value = float(sum(w * r.value for w, r in zip(weights, risks, strict=True)))
    gradient = np.sum([w * r.gradient for w, r in zip(weights, risks, strict=True)], axis=0)
    freedom, name = degrees_of_freedom(fit, gradient, df)
    method = f"marginal over random effects, delta method, {name}"
    return symmetric(value, _se(fit, gradient), freedom, level, method, "risk difference")


def risk_ratio(fit: GlmmFit, one: Cell, other: Cell, *, level: float = 0.95, df: Freedom = "satterthwaite") -> Interval:
    """Marginal risk of `one` over that of `other`; interval and p on the log scale, `se` of the log ratio."""
    a, b = marginal_risk(fit, one), marginal_risk(fit, other)
    gradient = a.gradient / a.value - b.gradient / b.value
    freedom, name = degrees_of_freedom(fit, gradient, df)
    log = symmetric(float(np.log(a.value / b.value)), _se(fit, gradient), freedom, level, "", "")
    method = f"marginal over random effects, delta method on the log, {name}"
    low = None if log.low is None else float(np.exp(log.low))
    high = None if log.high is None else float(np.exp(log.high))
    return Interval(a.value / b.value, low, high, log.se, freedom, level, method, "risk ratio", log.p)


def _se(fit: GlmmFit, gradient: Array) -> float:
    return float(np.sqrt(gradient @ fit.joint_vcov @ gradient))


def degrees_of_freedom(fit: GlmmFit, gradient: Array, df: Freedom) -> tuple[float | None, str]:
    """The df asked for and its name: None is the normal distribution.

    "cases" and "clinicians" are levels of that factor minus 1; "least" the smallest of those and Satterthwaite's. Where
    sites were allocated a contrast of arms rests on them, so Satterthwaite's df are never above sites − 1.
    """
    if df == "normal":
        return None, "normal interval"
    if isinstance(df, (int, float)):
        return float(df), f"t with {df:g} df as given"
    counts = {coded.name: float(coded.count - 1) for coded in fit.rows.factors}
    if df == "cases" or df == "clinicians":
        name = df[:-1]
        if name not in counts:
            raise CannotFit(f"The model has no random factor {name} to count for the degrees of freedom.")
        return counts[name], f"t with {df} − 1 = {counts[name]:g} df"
    own = satterthwaite(fit, gradient)
    if own is None:
        return None, "normal interval (no standard error of the variances)"
    if df == "satterthwaite":
        capped = min(own, counts.get("site", own))
        return capped, f"t with Satterthwaite df {capped:.1f}" + (", held to sites − 1" if capped < own else "")
    least = min(own, *counts.values())
    return least, f"t with the least of Satterthwaite and cluster df {least:.1f}"


def satterthwaite(fit: GlmmFit, gradient: Array) -> float | None:
    """df of gradient · (beta, theta): 2 v² / Var(v), v its variance as a function of the variance parameters.

    v(theta) is taken from the weighted linear model at the mode, as lmerTest does for a linear model; the part of the
    gradient in theta is left out, being small beside that in beta.
    """
    k = fit.beta.size
    contrast = gradient[:k]
    spread = fit.joint_vcov[k:, k:]
    if not np.isfinite(spread).all():
        return None

    def variance(information: Array) -> float:
        return float(contrast @ np.linalg.solve(information, contrast))

    at, beside = fit.informations
    centre = variance(at)
    slope = np.array([(variance(more) - variance(less)) / (2 * NUDGE) for more, less in beside])
    uncertainty = float(slope @ spread @ slope)
    if uncertainty <= 0:
        return None
    return 2 * centre**2 / uncertainty


def bootstrap(
    fit: GlmmFit, one: Cell, other: Cell, *, rng: Generator, replicates: int = 500, level: float = 0.95
) -> Interval:
    """Risk difference with a parametric bootstrap-t interval: new clinicians, cases and answers from the fitted model.

    Replicates that cannot be fitted (a separated cell) are left out and counted in `method`.
    """
    centre = linear_combination(fit, [one, other], [1.0, -1.0], level=level, df="normal")
    if centre.se is None:
        return centre
    statistics = []
    for _ in range(replicates):
        again = _refit(fit, rng)
        if again is None:
            continue
        drawn = linear_combination(again, [one, other], [1.0, -1.0], df="normal")
        if drawn.se:
            statistics.append((drawn.value - centre.value) / drawn.se)
    low, high = np.quantile(statistics, [0.5 - level / 2, 0.5 + level / 2])
    method = f"marginal over random effects, parametric bootstrap-t, {len(statistics)} of {replicates} replicates"
    return Interval(
        centre.value,
        centre.value - high * centre.se,
        centre.value - low * centre.se,
        centre.se,
        None,
        level,
        method,
        "risk difference",
        _bootstrap_p(centre.value / centre.se, np.array(statistics)),
    )


def _refit(fit: GlmmFit, rng: Generator) -> GlmmFit | None:
    rows = fit.rows
    again = type(rows)(fit.simulate(rng), rows.x, rows.names, rows.factors, rows.n_dropped)
    refitted = fit_rows(again, prior=fit.prior, start=fit.psi)
    return refitted if refitted.converged else None


def _bootstrap_p(observed: float, statistics: Array) -> float:
    return float((1 + np.sum(np.abs(statistics) >= abs(observed))) / (1 + statistics.size))
