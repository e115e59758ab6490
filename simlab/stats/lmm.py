"""Linear mixed model, for log time above all, with crossed clinicians and cases and Satterthwaite degrees of freedom.

Restricted maximum likelihood as lme4's `lmer`; df as lmerTest (Kuznetsova, Brockhoff and Christensen 2017), with
analytic derivatives where lmerTest takes numerical ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simlab.stats.glmm import SMALL_SD, RandomEffect, random_effect, singularities
from simlab.stats.glmm_design import Factor, prepare
from simlab.stats.intervals import Array, CannotFit, Interval, symmetric, two_sided_p
from simlab.stats.lmm_optimum import climb, parameter_vcov
from simlab.stats.lmm_profile import LinearModel, Profile

__all__ = ["CannotFit", "Factor", "LmmFit", "fit"]

TIGHT = 1e-9  # expected fall of the deviance at which the search ends


@dataclass(frozen=True)
class LmmFit:
    """A fitted model. beta, se, df, t, p: (k) each; vcov (k × k); sigma: residual SD; theta relative to sigma.

    `parameter_vcov` is the covariance of (theta, sigma), used for df. `loglik` is restricted unless fitted by ML.
    """

    names: tuple[str, ...]
    beta: Array
    se: Array
    vcov: Array
    df: Array
    t: Array
    p: Array
    sigma: float
    theta: Array
    parameter_vcov: Array
    effects: tuple[RandomEffect, ...]
    loglik: float
    n_used: int
    n_dropped: int
    converged: bool
    verdict: str
    singular: tuple[str, ...]
    model: LinearModel
    profile: Profile

    def contrast(self, weights: Sequence[float] | Array, *, level: float = 0.95) -> Interval:
        """weights · beta (k weights) with its Satterthwaite interval."""
        row = np.asarray(weights, dtype=np.float64)
        df = _satterthwaite(self.model, self.profile, self.sigma, self.parameter_vcov, row)
        se = float(np.sqrt(row @ self.vcov @ row))
        method = f"linear mixed model, t with Satterthwaite df ({'REML' if self.model.reml else 'ML'})"
        return symmetric(float(row @ self.beta), se, df, level, method, "outcome")

    def coefficient(self, name: str, *, level: float = 0.95) -> Interval:
        """One coefficient with its Satterthwaite interval."""
        row = np.zeros(len(self.names))
        row[self.names.index(name)] = 1.0
        return self.contrast(row, level=level)


def fit(y: object, x: object, factors: Sequence[Factor], *, names: Sequence[str], reml: bool = True) -> LmmFit:
    """Fit the model to n outcomes; x: n × k with the intercept column; factors: one or two.

    Raises CannotFit for aliased columns, a factor with one level or fewer rows than parameters.
    """
    rows = prepare(y, x, factors, names)
    if rows.y.size <= rows.x.shape[1] + 1:
        raise CannotFit(f"{rows.y.size} complete rows cannot support {rows.x.shape[1]} coefficients; collect more.")
    model = LinearModel(rows, reml)
    theta, converged = climb(model)
    profile = model.profile(theta)
    sigma = float(np.sqrt(profile.rss / model.spare))
    parameters = parameter_vcov(model, profile, theta, sigma)
    vcov = sigma**2 * profile.inverse
    se = np.sqrt(np.diag(vcov))
    df = np.array([_satterthwaite(model, profile, sigma, parameters, row) for row in np.eye(len(names))])
    t = profile.beta / se
    effects = _effects(model, profile, theta, sigma)
    singular = singularities(effects, SMALL_SD * sigma)
    verdict = "converged" if converged else "did not converge: the search did not settle"
    if singular:
        verdict += "; singular: " + ", ".join(singular)
    return LmmFit(
        tuple(names),
        profile.beta,
        se,
        vcov,
        df,
        t,
        np.array([two_sided_p(float(a), float(b)) for a, b in zip(t, df, strict=True)]),
        sigma,
        theta,
        parameters,
        effects,
        -0.5 * model.deviance(profile),
        rows.y.size,
        rows.n_dropped,
        converged,
        verdict,
        singular,
        model,
        profile,
    )


def _satterthwaite(model: LinearModel, profile: Profile, sigma: float, parameters: Array, row: Array) -> float:
    """2 v² / Var(v), v the variance of the contrast as a function of (theta, sigma)."""
    unscaled = float(row @ profile.inverse @ row)
    slope = np.append(sigma**2 * model.variance_gradient(profile, row), 2 * sigma * unscaled)
    return 2 * (sigma**2 * unscaled) ** 2 / float(slope @ parameters @ slope)


def _effects(model: LinearModel, profile: Profile, theta: Array, sigma: float) -> tuple[RandomEffect, ...]:
    inverse, _ = model.engine.inverse_blocks(profile.factorised)
    weight = np.append(-profile.beta, 1.0)
    return tuple(
        random_effect(coded, sigma * lower, spherical @ weight / sigma, blocks, SMALL_SD * sigma)
        for coded, lower, spherical, blocks in zip(
            model.engine.coded, model.lowers(theta), profile.spherical, inverse, strict=True
        )
    )
