"""Profiled (restricted) deviance of the linear mixed model, its exact gradient, and what Satterthwaite's df need.

theta holds the free elements of the Cholesky factors relative to the residual SD. All cross-products of the rows are
taken once, so an evaluation does not depend on the number of rows.
"""

from dataclasses import dataclass

import numpy as np

from simlab.stats.glmm_design import Rows
from simlab.stats.glmm_laplace import Factorised, Laplace
from simlab.stats.intervals import Array


@dataclass
class Profile:
    """Everything at one theta. Quantities with V mean V = I + ZΛΛᵀZᵀ, the covariance over sigma²."""

    beta: Array
    inverse: Array  # C = (XᵀV⁻¹X)⁻¹
    rss: float  # (y − Xβ)ᵀV⁻¹(y − Xβ)
    logdet_v: float
    logdet_x: float
    spherical: list[Array]  # ΛᵀZᵀV⁻¹[X y], per factor (levels, q, k + 1)
    raw: list[Array]  # ZᵀV⁻¹[X y], per factor (levels, q, k + 1)
    trace: list[Array]  # Σ over levels of the own blocks of ZᵀZΛA⁻¹, (q, q)
    factorised: Factorised


class LinearModel:
    """The linear mixed model of `rows`; `reml` chooses the restricted likelihood."""

    def __init__(self, rows: Rows, reml: bool) -> None:
        self.engine = Laplace(rows)
        self.n, self.k = rows.x.shape
        self.reml = reml
        self.sums = self.engine.sums(np.ones(self.n))
        joined = np.column_stack([rows.x, rows.y])
        self.gram = joined.T @ joined
        self.products = [
            np.stack([term.totals(joined[:, j]) for j in range(self.k + 1)], axis=2) for term in self.engine.terms
        ]
        self.evaluations = 0

    @property
    def spare(self) -> int:
        """Rows that the residual variance is divided by."""
        return int(self.n - self.k if self.reml else self.n)

    def lowers(self, theta: Array) -> list[Array]:
        return self.engine.cholesky(np.concatenate([np.zeros(self.k), theta]))

    def profile(self, theta: Array) -> Profile:
        self.evaluations += 1
        lowers = self.lowers(theta)
        factorised = self.engine.factorise(self.sums, lowers)
        right = [np.matmul(lower.T, product) for lower, product in zip(lowers, self.products, strict=True)]
        spherical = self._solve(factorised, right)
        whole = self.gram - sum(
            (np.tensordot(a, b, axes=([0, 1], [0, 1])) for a, b in zip(right, spherical, strict=True)),
            np.zeros_like(self.gram),
        )
        k = self.k
        information = 0.5 * (whole[:k, :k] + whole[:k, :k].T)
        inverse = np.linalg.inv(information).astype(np.float64)
        beta = inverse @ whole[:k, k]
        rss = float(whole[k, k] - beta @ whole[:k, k])
        raw = self._unscaled(lowers, spherical)
        return Profile(
            beta,
            inverse,
            rss,
            factorised.logdet,
            float(np.linalg.slogdet(information)[1]),
            spherical,
            raw,
            self._traces(factorised, lowers),
            factorised,
        )

    def _solve(self, factorised: Factorised, right: list[Array]) -> list[Array]:
        columns = [
            self.engine.solve(factorised, [np.ascontiguousarray(part[:, :, j]) for part in right])
            for j in range(self.k + 1)
        ]
        return [np.stack([column[place] for column in columns], axis=2) for place in range(len(right))]

    def _unscaled(self, lowers: list[Array], spherical: list[Array]) -> list[Array]:
        effects = [np.matmul(lower, part) for lower, part in zip(lowers, spherical, strict=True)]
        raw = [
            product - np.matmul(block, effect)
            for product, block, effect in zip(self.products, self.sums.blocks, effects, strict=True)
        ]
        for (i, j), crossed in self.sums.crossed.items():
            raw[i] = raw[i] - np.tensordot(crossed, effects[j], axes=([2, 3], [0, 1]))
            raw[j] = raw[j] - np.tensordot(crossed, effects[i], axes=([0, 1], [0, 1]))
        return raw

    def _traces(self, factorised: Factorised, lowers: list[Array]) -> list[Array]:
        inverse, crossings = self.engine.inverse_blocks(factorised)
        traces = [
            np.matmul(block @ lower, own).sum(axis=0)
            for block, lower, own in zip(self.sums.blocks, lowers, inverse, strict=True)
        ]
        for (i, j), crossed in self.sums.crossed.items():
            between = crossings[i, j]
            traces[i] = traces[i] + np.einsum("gahb,gchb->ac", crossed @ lowers[j], between)
            turned = np.einsum("gahb,ac->gchb", crossed, lowers[i])
            traces[j] = traces[j] + np.einsum("gahb,gahd->bd", turned, between)
        return traces

    def deviance(self, profile: Profile) -> float:
        """−2 (restricted) log-likelihood with the residual variance profiled out."""
        spare = self.spare
        value = profile.logdet_v + spare * (np.log(2 * np.pi * profile.rss / spare) + 1)
        return float(value + profile.logdet_x if self.reml else value)

    def gradient(self, profile: Profile, variance: float) -> Array:
        """Of the deviance in theta at a fixed residual variance (at rss / spare it is the profiled gradient too)."""
        weight = np.concatenate([-profile.beta, [1.0]])
        parts = []
        for place, term in enumerate(self.engine.terms):
            raw, spherical = profile.raw[place], profile.spherical[place]
            change = profile.trace[place] - (raw @ weight).T @ (spherical @ weight) / variance
            if self.reml:
                left = raw[:, :, : self.k] @ profile.inverse
                change = change - np.einsum("lak,lbk->ab", left, spherical[:, :, : self.k])
            parts.append(2 * term.coded.theta(change))
        return np.concatenate(parts)

    def rss_gradient(self, profile: Profile) -> Array:
        """Of rss in theta."""
        weight = np.concatenate([-profile.beta, [1.0]])
        return np.concatenate(
            [
                -2 * term.coded.theta((raw @ weight).T @ (spherical @ weight))
                for term, raw, spherical in zip(self.engine.terms, profile.raw, profile.spherical, strict=True)
            ]
        )

    def variance_gradient(self, profile: Profile, contrast: Array) -> Array:
        """Of contrastᵀ C contrast in theta."""
        turned = profile.inverse @ contrast
        return np.concatenate(
            [
                2 * term.coded.theta((raw[:, :, : self.k] @ turned).T @ (spherical[:, :, : self.k] @ turned))
                for term, raw, spherical in zip(self.engine.terms, profile.raw, profile.spherical, strict=True)
            ]
        )
