"""Logistic (or probit) mixed model for right or wrong decisions; clinicians, cases and sites are random factors.

Maximum likelihood by Laplace approximation, as glmmTMB and lme4's `glmer` do. Standard errors come from the joint
Hessian of coefficients and variance parameters, so they carry the uncertainty of the variances. A variance of zero
is reported as such and keeps the right estimate; a coefficient without a finite estimate is never given an SE.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.random import Generator

from simlab.stats.glmm_design import Coded, Factor, Rows, prepare
from simlab.stats.glmm_laplace import Laplace
from simlab.stats.glmm_link import LOGIT, Link
from simlab.stats.glmm_optimum import Optimum, Prior, climb, give_up
from simlab.stats.intervals import Array, CannotFit
from simlab.stats.separation import separated

__all__ = ["CannotFit", "Factor", "GlmmFit", "Prior", "RandomEffect", "fit"]

SMALL_SD = 1e-3  # logits; below this a variance is reported as zero
EXTREME = 15.0  # logits; a coefficient or SD beyond this has run away
LEAST_START, LEVELLED = 0.2, 1e-4  # logits and their square; an SD to begin at, and a variance for flat directions
NUDGE = 1e-3  # logits; for differences in the variance parameters


@dataclass(frozen=True)
class RandomEffect:
    """One random factor: SDs (q), correlations and covariance (q × q), and per level the modes and their SDs (L × q).

    The SDs of the modes are conditional on the estimated parameters.
    """

    name: str
    terms: tuple[str, ...]
    levels: tuple[object, ...]
    sd: Array
    corr: Array
    covariance: Array
    modes: Array
    mode_sd: Array


@dataclass(frozen=True)
class Start:
    """Where a search begins: (beta, theta) of similar data, their names, and a root of their covariance as metric."""

    names: tuple[str, ...]
    psi: Array
    metric: Array


@dataclass(frozen=True)
class GlmmFit:
    """A fitted model. `se`, `vcov` and `joint_vcov` are NaN when a coefficient is separated or the fit failed.

    beta, se (k), vcov (k × k): log odds, or probits where `rows.link` says so. theta: free elements of the Cholesky
    factors; joint_vcov covers (beta, theta). `verdict` is one sentence for a reader; `singular` lists variances
    estimated as zero.
    """

    names: tuple[str, ...]
    beta: Array
    se: Array
    vcov: Array
    theta_names: tuple[str, ...]
    theta: Array
    joint_vcov: Array
    effects: tuple[RandomEffect, ...]
    loglik: float
    n_used: int
    n_dropped: int
    converged: bool
    verdict: str
    singular: tuple[str, ...]
    separation: str | None
    prior: Prior | None
    evaluations: int
    rows: Rows
    spherical: tuple[Array, ...]  # the modes before they are scaled, (levels, q) a factor

    @property
    def psi(self) -> Array:
        """(beta, theta)."""
        return np.concatenate([self.beta, self.theta])

    @cached_property
    def informations(self) -> tuple[Array, tuple[tuple[Array, Array], ...]]:
        """Information on beta (k × k) at theta, and with each element of theta NUDGE more and NUDGE less.

        It belongs to no contrast, so the degrees of freedom of every contrast come from one computation.
        """
        model, steps = Laplace(self.rows, self.spherical), NUDGE * np.eye(self.theta.size)
        centre = model.beta_information(self.psi)
        thetas = np.concatenate([self.theta + steps, self.theta - steps])
        points = np.hstack([np.tile(self.beta, (len(thetas), 1)), thetas])
        more, less = np.split(model.beta_informations(points), 2)
        return centre, tuple(zip(more, less, strict=True))

    def effect(self, name: str) -> RandomEffect:
        """The random factor of that name."""
        for effect in self.effects:
            if effect.name == name:
                return effect
        known = ", ".join(effect.name for effect in self.effects)
        raise KeyError(f"The model has no random factor {name}; it has {known}.")

    def simulate(self, rng: Generator) -> Array:
        """New outcomes (n) from the fitted model: new clinicians and cases in the same design."""
        eta = self.rows.x @ self.beta
        for coded, lower in zip(self.rows.factors, _lowers(self.rows, self.theta), strict=True):
            drawn = rng.standard_normal((coded.count, coded.width)) @ lower.T
            eta = eta + np.einsum("ij,ij->i", coded.z, drawn[coded.codes])
        return (rng.random(eta.size) < self.rows.link.probability(eta)).astype(np.float64)


def fit(
    y: object,
    x: object,
    factors: Sequence[Factor],
    *,
    names: Sequence[str],
    prior: Prior | None = None,
    start: Array | Start | None = None,
    link: Link = LOGIT,
) -> GlmmFit:
    """Fit the model to n outcomes of 0 or 1.

    x: n × k fixed effects with the intercept column; factors: one to three random factors; start: (beta, theta) from a
    similar fit, or a Start; link: LOGIT, or PROBIT for signal detection. Raises CannotFit for outcomes other than 0
    and 1, aliased columns or a factor with one level.
    """
    rows = replace(prepare(y, x, factors, names), link=link)
    return fit_rows(rows, prior=prior, start=start)


def fit_rows(rows: Rows, *, prior: Prior | None = None, start: Array | Start | None = None) -> GlmmFit:
    """`fit` for rows that are prepared already. A Start of a model with other parameters is not used."""
    _refuse_outcomes(rows.y)
    apart = separated(rows.y, rows.x, rows.names)
    model = Laplace(rows)
    optimum = climb(model, prior, *_begin(rows, start)) if apart is None or prior is not None else give_up(model)
    k = model.k
    beta, theta = optimum.psi[:k], optimum.psi[k:]
    if apart is None and prior is None:
        apart = _runaway(rows, beta, theta)
    joint = optimum.vcov
    if apart is not None and prior is None:
        joint = np.full((model.size, model.size), np.nan)
    vcov = joint[:k, :k]
    effects = effects_at(model, optimum)
    singular = singularities(effects)
    converged = optimum.converged and bool(np.isfinite(vcov).all())
    return GlmmFit(
        names=rows.names,
        beta=beta,
        se=np.sqrt(np.diag(vcov)),
        vcov=vcov,
        theta_names=_parameters(rows)[k:],
        theta=theta,
        joint_vcov=joint,
        effects=effects,
        loglik=optimum.loglik,
        n_used=rows.y.size,
        n_dropped=rows.n_dropped,
        converged=converged,
        verdict=_verdict(optimum, apart, singular, prior, converged),
        singular=singular,
        separation=apart,
        prior=prior,
        evaluations=model.evaluations,
        rows=rows,
        spherical=tuple(model.mode(optimum.psi).effects),
    )


def start_from(fits: Sequence[GlmmFit]) -> Start | None:
    """A start for data like those of the converged `fits`: mean parameters, mean covariance; None where none converged.

    No SD begins at zero, where its gradient is nothing whatever the data say.
    """
    sound = [one for one in fits if one.converged]
    alike = [one for one in sound if _parameters(one.rows) == _parameters(sound[0].rows)]
    if not alike:
        return None
    psi = np.mean([one.psi for one in alike], axis=0)
    at = alike[0].beta.size
    for coded in alike[0].rows.factors:
        for place, (row, column) in enumerate(coded.free):
            if row == column:
                psi[at + place] = max(psi[at + place], LEAST_START)
        at += len(coded.free)
    covariance = np.mean([one.joint_vcov for one in alike], axis=0) + LEVELLED * np.eye(psi.size)
    return Start(_parameters(alike[0].rows), psi, np.linalg.cholesky(covariance))


def _parameters(rows: Rows) -> tuple[str, ...]:
    return (*rows.names, *(name for coded in rows.factors for name in coded.theta_names()))


def _begin(rows: Rows, start: Array | Start | None) -> tuple[Array | None, Array | None]:
    if not isinstance(start, Start):
        return start, None
    return (start.psi, start.metric) if start.names == _parameters(rows) else (None, None)


def _refuse_outcomes(y: Array) -> None:
    if not np.isin(y, (0.0, 1.0)).all():
        raise CannotFit(f"An outcome of {y[~np.isin(y, (0.0, 1.0))][0]:g} is neither 0 nor 1; code right as 1.")


def _lowers(rows: Rows, theta: Array) -> list[Array]:
    result, at = [], 0
    for coded in rows.factors:
        result.append(coded.cholesky(theta[at : at + len(coded.free)]))
        at += len(coded.free)
    return result


def _runaway(rows: Rows, beta: Array, theta: Array) -> str | None:
    """A coefficient or SD that diverged although the fixed effects alone are not separated."""
    spread = rows.x.std(axis=0)
    reach = np.abs(beta) * np.where(spread > 0, spread, 1.0)
    if reach.max() > EXTREME:
        return f"separation: the coefficient {rows.names[int(reach.argmax())]} has run away"
    for coded, lower in zip(rows.factors, _lowers(rows, theta), strict=True):
        if np.sqrt((lower**2).sum(axis=1)).max() > EXTREME:
            return f"separation: the variance of {coded.name} has run away"
    return None


def effects_at(model: Laplace, optimum: Optimum) -> tuple[RandomEffect, ...]:
    """The random factors in words of SDs and modes at an optimum."""
    mode = model.mode(optimum.psi)
    inverse, _ = model.inverse_blocks(mode.factorised)
    return tuple(
        random_effect(coded, lower, spherical, blocks, SMALL_SD)
        for coded, lower, spherical, blocks in zip(
            model.coded, model.cholesky(optimum.psi), mode.effects, inverse, strict=True
        )
    )


def random_effect(coded: Coded, lower: Array, spherical: Array, blocks: Array, small: float) -> RandomEffect:
    """One factor in words of SDs: lower is L (q × q), spherical (L × q), blocks of the inverse Hessian (L, q, q)."""
    covariance = lower @ lower.T
    sd = np.sqrt(np.diag(covariance))
    outer = np.outer(sd, sd)
    corr = np.divide(covariance, outer, out=np.full_like(covariance, np.nan), where=outer > small**2)
    np.fill_diagonal(corr, 1.0)
    mode_sd = np.sqrt(np.einsum("ab,lbc,ac->la", lower, blocks, lower))
    return RandomEffect(coded.name, coded.terms, coded.levels, sd, corr, covariance, spherical @ lower.T, mode_sd)


def singularities(effects: tuple[RandomEffect, ...], small: float = SMALL_SD) -> tuple[str, ...]:
    """Variances of zero and correlations of ±1, each as one phrase."""
    found = []
    for effect in effects:
        for place, term in enumerate(effect.terms):
            label = "intercept" if place == 0 else f"slope {term}"
            if effect.sd[place] < small:
                found.append(f"{effect.name} {label}: variance 0")
            found.extend(
                f"{effect.name} {label}: correlation {effect.corr[place, other]:+.0f} with {effect.terms[other]}"
                for other in range(place)
                if abs(effect.corr[place, other]) > 0.9999 and min(effect.sd[place], effect.sd[other]) >= small
            )
    return tuple(found)


def _verdict(
    optimum: Optimum, apart: str | None, singular: tuple[str, ...], prior: Prior | None, converged: bool
) -> str:
    parts = []
    if apart is not None and prior is None:
        parts.append(f"{apart}; no standard error can be shown; declare a weak prior or use a score method")
    elif not converged:
        parts.append(f"did not converge: {optimum.reason}")
    else:
        parts.append("converged")
    if apart is not None and prior is not None:
        parts.append(f"{apart} without the prior")
    if singular:
        parts.append("singular: " + ", ".join(singular))
    if prior is not None:
        parts.append(prior.sentence())
    return "; ".join(parts)


def coded(fit: GlmmFit, name: str) -> Coded:
    """The coded factor of that name."""
    return next(factor for factor in fit.rows.factors if factor.name == name)
