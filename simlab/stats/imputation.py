"""Multiple imputation of decisions that were not made, and Rubin's rules.

The model of the missing is a logistic mixed model with clinicians and cases as random. Each imputation draws its
coefficients and variances, then the effects of clinicians and cases given those, then the decisions: so that nothing is
taken as known that was estimated (Rubin 1987; Carpenter and Kenward 2013, chapter 9). Whoever has no decision at all
draws effects from the population. One variable is incomplete, so the chain of equations has one link.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.special import expit

from simlab.stats import glmm
from simlab.stats.glmm import Factor, GlmmFit, Prior
from simlab.stats.glmm_laplace import Laplace
from simlab.stats.intervals import Array, CannotFit, Interval, symmetric


@dataclass(frozen=True)
class Pooled:
    """Rubin's rules: mean, total variance and its parts, Barnard and Rubin's df, and the share of information missing.

    `within` is the mean variance, `between` the variance of the m estimates.
    """

    value: float
    se: float
    df: float | None
    within: float
    between: float
    missing_information: float
    imputations: int

    def interval(self, *, level: float, method: str, scale: str) -> Interval:
        """value ± t × se."""
        return symmetric(self.value, self.se, self.df, level, method, scale)


def pool(values: Sequence[float], variances: Sequence[float], *, complete_df: float | None = None) -> Pooled:
    """Pool m ≥ 2 estimates and their variances; `complete_df`: df if nothing were missing (None: without end).

    Barnard and Rubin 1999: df never exceed those of complete data. Raises CannotFit for fewer than two.
    """
    m = len(values)
    if m < 2:
        raise CannotFit("Rubin's rules need at least two imputations.")
    between, within = float(np.var(values, ddof=1)), float(np.mean(variances))
    extra = (1 + 1 / m) * between
    total = within + extra
    share = max(extra / total, 1e-4)
    df = (m - 1) / share**2
    if complete_df is not None:
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        df = df * observed / (df + observed)
    ratio = extra / within
    information = (ratio + 2 / (df + 3)) / (ratio + 1)
    return Pooled(float(np.mean(values)), float(np.sqrt(total)), df, within, between, information, m)


@dataclass(frozen=True)
class Drawn:
    """One imputation before decisions: log odds (rows) of every missing decision, and the uniform that decides it."""

    eta: Array
    uniform: Array

    def decisions(self, shift: Array | float = 0.0) -> Array:
        """1 for right; `shift` (logits) makes the missing unlike what was seen. One draw serves every shift."""
        return (self.uniform < expit(self.eta + shift)).astype(np.float64)


@dataclass(frozen=True)
class Imputer:
    """A fitted model and the m rows that it is asked about: x (m × k), and labels (m) and z (m × q) of each factor."""

    fit: GlmmFit
    x: Array
    labels: tuple[np.ndarray, ...]
    z: tuple[Array, ...]

    def draw(self, rng: Generator) -> Drawn:
        """One proper draw for every missing decision."""
        psi = rng.multivariate_normal(self.fit.psi, self.fit.joint_vcov, method="cholesky")
        k = len(self.fit.beta)
        eta = self.x @ psi[:k]
        effects = posterior_effects(self.fit, psi, rng)
        lowers = Laplace(self.fit.rows).cholesky(psi)
        for place, coded in enumerate(self.fit.rows.factors):
            known = {str(level): row for level, row in zip(coded.levels, effects[place], strict=True)}
            asked, where = np.unique(self.labels[place].astype(str), return_inverse=True)
            own = np.empty((len(asked), coded.width))
            for index, label in enumerate(asked):
                new = lowers[place] @ rng.standard_normal(coded.width)
                own[index] = known.get(str(label), new)
            eta = eta + np.einsum("ij,ij->i", self.z[place], own[where])
        return Drawn(eta, rng.random(len(eta)))


def posterior_effects(fit: GlmmFit, psi: Array, rng: Generator) -> list[Array]:
    """Effects of each factor (levels × q), drawn from their normal approximation at psi.

    With A = I + Λ'Z'WZΛ, A⁻¹(Λ'Z'W^½ε₁ + ε₂) has covariance A⁻¹: a draw costs one solve.
    """
    model = Laplace(fit.rows)
    mode = model.mode(psi)
    lowers = model.cholesky(psi)
    noise = np.sqrt(mode.weight) * rng.standard_normal(len(mode.weight))
    right = [
        term.totals(noise) @ lower + rng.standard_normal((term.count, term.width))
        for term, lower in zip(model.terms, lowers, strict=True)
    ]
    moved = model.solve(mode.factorised, right)
    return [(u + d) @ lower.T for u, d, lower in zip(mode.effects, moved, lowers, strict=True)]


def imputer(y: Array, x: Array, factors: Sequence[Factor], *, names: Sequence[str]) -> Imputer:
    """Fit the model to the rows with an outcome; rows whose y is NaN are asked about.

    A model that may not be read is fitted again with a weak prior on coefficients and variances, as an imputation must
    exist where an estimate need not. Raises CannotFit when that fails too.
    """
    missing = np.isnan(y)
    fit = glmm.fit(y, x, factors, names=names)
    if not fit.converged or not np.isfinite(fit.joint_vcov).all() or not _positive(fit.joint_vcov):
        fit = glmm.fit(y, x, factors, names=names, prior=Prior(2.5, 1.0))
    if not fit.converged or not _positive(fit.joint_vcov):
        raise CannotFit(f"the model of the missing decisions did not settle: {fit.verdict}")
    by_name = {factor.name: factor for factor in factors}
    ordered = [by_name[coded.name] for coded in fit.rows.factors]
    labels = tuple(np.asarray(factor.labels, dtype=object)[missing] for factor in ordered)
    z = tuple(
        np.column_stack([np.ones(int(missing.sum())), *(np.asarray(s, float)[missing] for s in f.slopes.values())])
        for f in ordered
    )
    return Imputer(fit, x[missing], labels, z)


def _positive(vcov: Array) -> bool:
    return bool(np.isfinite(vcov).all()) and float(np.linalg.eigvalsh(vcov)[0]) > 0
